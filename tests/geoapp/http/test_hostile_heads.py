"""Test damaged heads and bodies at every known and some unknown addresses: refused, never a 500.

Clients here are asked for CSRF tokens, as browsers are: what reads a form for its token reads a damaged one, too.
"""

import asyncio
import random

import pytest
from asgiref.testing import ApplicationCommunicator
from django.db import transaction
from django.test import Client

from geoapp.asgi import application
from geoapp.http.text_validation import is_content_type
from tests.every_address import every_address, is_of_a_model, people_of, values_of
from tests.every_page.test_hostile import SEED, errors

FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
CHARSETS = (
    "latin-1", "ISO-8859-1", "windows-1258", "utf-16", "utf-32", "utf-7", "UTF8", "hex", "rot13", "idna", "punycode",
    "unicode_escape", "undefined", "nonsense", "\xe9", "", '"', "a b", "x" * 300, "utf-8, utf-8",
)  # fmt: skip
# Parameters of a header as RFC 2231 has them, of which one is unknown, twice there, or numbered without an end.
PARAMETERS = (
    "charset*=nope''a",
    "charset*=hex''%41",
    "a*=x; a*0=y",
    f"a*{'9' * 5_000}=x",
    "a*0*=nope''x; a*1=y",
    "a*=''",
)
MANY = "&".join(f"a{number}=1" for number in range(1_200))


def part(disposition, *, more=""):
    return f"--b\r\nContent-Disposition: {disposition}\r\n{more}\r\nx\r\n--b--\r\n"


BODIES = [
    *((kind + f"; charset={charset}", "a=1") for charset in CHARSETS for kind in (FORM, PARTS)),
    *((f"{kind}; {words}", "a=1") for words in PARAMETERS for kind in (FORM, PARTS, "text/plain", "application/json")),
    *((PARTS, part(f"form-data; name=a; {words}")) for words in PARAMETERS),
    *((PARTS, part("form-data; name=a", more=f"Content-Type: text/plain; {words}\r\n")) for words in PARAMETERS),
    *((PARTS, part(f'form-data; name="f"; filename="a"; {words}')) for words in PARAMETERS),
    (FORM, MANY), (PARTS, "".join(part(f"form-data; name=a{n}")[:-7] for n in range(1_200)) + "\r\n--b--\r\n"),
    (PARTS, "".join(part(f"form-data; name=f; filename=a{n}")[:-7] for n in range(120)) + "\r\n--b--\r\n"),
    (PARTS, part("form-data; name=a", more="Content-Transfer-Encoding: base64\r\n")),
    (PARTS, part("form-data; name=f; filename=a", more="Content-Transfer-Encoding: base64\r\n")),
    (PARTS, part("form-data; name=" + "x" * 5_000)), (PARTS, "--b\r\n" + "x" * 5_000), (PARTS, "--b"), (PARTS, ""),
    ("multipart/form-data", "a"), ("multipart/form-data; boundary=", "a"), ("multipart/form-data; boundary=\xe9", "a"),
    ("multipart/form-data; boundary=" + "b" * 300, "a"), ("multipart/form-data; boundary=*b", "a"),
    ("multipart/mixed; boundary=b", "--b--"), (";", "a"), (";;;=;", "a"), ("/", "a"), ("\xff", "a"), (FORM, "\xff=%ff"),
    (FORM, "a" * 2_600_000), (FORM + "; ", "%"), (f"{FORM}, {FORM}", "a=1"), ("application/json", "\xff"),
]  # fmt: skip
HEADERS = [
    *({"HTTP_ACCEPT": f"text/html; {words}"} for words in PARAMETERS),
    *({"HTTP_ACCEPT": accept} for accept in ("", ",", ";q", "*", "text/html;q=nan", "text/html;q=1e9", "/;;=", "\xff")),
    *({"HTTP_COOKIE": text} for text in ("=", ";;;", "a", "csrftoken=" + "x" * 5_000, "\xff=\xff", "messages=[[",
      "sessionid=\xff", "sessionid=" + "x" * 5_000, "django_language=" + "x" * 5_000, 'a="\\777"', "theme=\xff")),
    *({"HTTP_ORIGIN": text} for text in ("null", "http://[::1", "\xff", "http://a:99999")),
    *({"HTTP_REFERER": text} for text in ("http://[::1", "\xff", "http://a:b")),
    *({"HTTP_HOST": text} for text in ("[::1", "a:b", "\xff", "a b", "", "evil.example")),
    *({"CONTENT_LENGTH": text} for text in ("-1", "x", "", "3,3", "\xb2", "0x3")),
    *({"HTTP_AUTHORIZATION": text} for text in ("Basic", "Basic \xff", "Bearer", "Basic =", "Signature a")),
    *({"HTTP_ACCEPT_LANGUAGE": text} for text in ("\xff", "vi;q=x", "," * 3_000, "x-" * 2_000)),
    *({"HTTP_RANGE": text} for text in ("bytes=", "bytes=-", f"bytes={'9' * 5_000}-", "bytes=0-0,1-1", "\xff")),
    *({"HTTP_IF_MODIFIED_SINCE": text} for text in ("\xff", "Mon, 99 Foo 0000 00:00:00 GMT", "9" * 40)),
    {"HTTP_IF_NONE_MATCH": '"\xff'}, {"HTTP_IF_NONE_MATCH": "W/"}, {"HTTP_X_REQUEST_ID": "\xff" * 300},
    {"HTTP_X_FORWARDED_FOR": "\xff, ::"}, {"HTTP_X_FORWARDED_PROTO": "\xff"}, {"HTTP_LAST_EVENT_ID": "\xff"},
    {"HTTP_IDEMPOTENCY_KEY": "\xff"}, {"HTTP_X_CSRFTOKEN": "\xff" * 64}, {"HTTP_EXPECT": "x"}, {"HTTP_TE": "\xff"},
    {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "%ff", "HTTP_HX_CURRENT_URL_URI_AUTOENCODED": "true"},
    {"HTTP_CONTENT_ENCODING": "gzip"}, {"HTTP_ACCEPT_ENCODING": "\xff;q=x, gzip;q=2"}, {"REMOTE_ADDR": "nonsense"},
]  # fmt: skip
UNKNOWN = (
    "/no/such/", "/i/none/", "/f/none/", "/desk/none/none/", "/admin/none/", "/mapit/none", "/ogc/none",
    "/data/none.csv", "/open311/v2/none.json", "/control/none/", "/hooks/none/", "/photo/none", "/report/none/",
    "/.well-known/none", "/static/none.css", "/tiles/none", "/api/none", "//", "/\xff",
)  # fmt: skip
assert errors  # a fixture


def post(client, path, kind, body, headers, *, method="POST"):
    """Return the status; 400 where the server refuses the head before Django (see `test_server…`)."""
    if not is_content_type([(b"content-type", kind.encode("latin-1"))]):
        return 400
    sent = body.encode("utf-8" if "\xff" not in body else "latin-1")
    with transaction.atomic():
        try:
            status = client.generic(method, path, sent, content_type=kind, **headers).status_code
        except Exception as error:  # a server would answer 500
            status = repr(error)
        transaction.set_rollback(True)
    return status


def failures(answers):
    return [answer for answer in answers if not isinstance(answer[0], int) or answer[0] >= 500]


def stranger():
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


def test_unknown_addresses_refuse_every_damaged_head(town, errors):
    dice, client = random.Random(SEED), stranger()
    requests = [(path, kind, body, {}) for kind, body in BODIES for path in dice.sample(UNKNOWN, 4)]
    requests += [(path, FORM, "a=1", headers) for headers in HEADERS for path in dice.sample(UNKNOWN, 4)]
    answers = [(post(client, *sent), *sent) for sent in requests]
    assert failures(answers) == []
    assert {answer[0] for answer in answers} <= {400, 403, 404, 405, 413}
    assert errors() == []


@pytest.mark.parametrize("times", [2, pytest.param(12, marks=pytest.mark.deep)])
def test_every_address_refuses_damaged_heads(town, settings, errors, times):
    """Each address is sent some of them, by a stranger and by somebody who sees all; what they change is undone."""
    settings.SMS_CALLBACK_TOKEN, settings.ZALO_OA_SECRET = "x" * 24, "secret"
    settings.LIMITS = {}
    dice, people = random.Random(SEED), people_of(town)
    clients = [stranger(), Client(raise_request_exception=False)]
    clients[1].force_login(people["mighty"], backend="django.contrib.auth.backends.ModelBackend")
    answers = []
    for address in every_address(values_of(town, people)):
        if is_of_a_model(address):
            continue
        for number in range(times):
            (kind, body), headers = dice.choice(BODIES), dice.choice(HEADERS)
            if number % 2:
                kind, body, method = FORM, "a=1", dice.choice(("POST", "GET", "PUT"))
            else:
                headers, method = {}, "POST"
            sent = (clients[dice.random() < 0.5], address.path, kind, body, headers)
            answers.append((post(*sent, method=method), method, address.path, kind, body[:80], headers))
    assert failures(answers) == []
    assert errors() == []


KINDS = sorted({kind for kind, _body in BODIES})


@pytest.mark.django_db(transaction=True)
def test_server_refuses_every_odd_content_type(town):
    """Django reads some of them before there is a request; what it cannot read is refused before Django."""

    async def ask(path, kind):
        scope = {
            "type": "http", "method": "POST", "path": path, "query_string": b"", "root_path": "", "http_version": "1.1",
            "headers": [(b"host", b"localhost"), (b"content-type", kind.encode("latin-1")), (b"content-length", b"3")],
        }  # fmt: skip
        server = ApplicationCommunicator(application, scope)
        await server.send_input({"type": "http.request", "body": b"a=1"})
        status = (await server.receive_output(60))["status"]
        await server.wait(60)
        return status

    async def ask_all():
        return {(path, kind): await ask(path, kind) for kind in KINDS for path in ("/no/such/", "/language/")}

    answers = asyncio.run(ask_all())
    assert {request: status for request, status in answers.items() if status not in (400, 403, 404)} == {}
