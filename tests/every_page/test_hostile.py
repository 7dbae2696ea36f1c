"""Test that hostile requests at every address cause neither a 5xx nor a logged error.

Each address is sent the fields that its own view reads (names are learnt as they are read), anonymously and by people
of every kind. What an answer changes is rolled back before the next.
"""

import logging
import random
from urllib.parse import quote

import pytest
from django.db import transaction
from django.test import Client
from django.utils.datastructures import MultiValueDict

from tests.every_address import Address, every_address, people_of, values_of

SEED = 20261127
FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
DEEP = "[" * 3_000
# As they stand in an address or a form that is encoded already.
WILD = [quote(word) for word in (
    "\0", "a\0b", "\x07", "\U0001f30a", "\u202e", "e" + "\u0301" * 50, "x" * 5_000, "9" * 400, "-1", "0", "1e400",
    "NaN", "inf", "-0.0", "²", "٣", "", " ", "'", '"><script>', "%", "%s", "{{ x }}", "../../etc/passwd", "null",
    "true", "[]", "{}", DEEP, '{"type": "Polygon", "coordinates": []}', '{"a": "\\ud800"}', "2026-02-30", "0001-01-01",
    "9999-12-31", "9999-12-31T23:59:59Z", "2026-01-01T00:00:00+99:99", "1,2,3,4", "nan,nan,nan,nan", "-180,-90,180,90",
    "1e300,0,1,1", "0.1 0.1", "18446744073709551616", "9223372036854775807", "2147483648", "127.0.0.1", "http://[::1",
    "a@b",
)] + ["%00", "a%00b"] * 4 + ["%ED%A0%80", "%FF%FE", "%C3", "%E0%80%AF", "%2500", "%u0000", "+"]  # fmt: skip
BODIES = [
    (DEEP, "application/json"), ('{"endpoint": "\\u0000", "keys": {"p256dh": 1, "auth": []}}', "application/json"),
    ("[1e400, NaN]", "application/json"), (b"\xff\xfe\0", "application/json"),
    (b"\0" * 100, FORM), (b"\xff" * 100, FORM),
    ("&".join(["a=1"] * 1_200), FORM), ("x=1", "multipart/form-data"), ("--b\r\n", PARTS), ("--b\r\nContent-", PARTS),
    ("--b--\r\n", PARTS), ("a=1", FORM + "; charset=utf-16"), ("<a/>", "text/xml"),
    (b"PK\3\4", "application/zip"), ("a=1", "nonsense"), ("", ""),
]  # fmt: skip
HEADERS = [
    {}, {"HTTP_ACCEPT": "text/html"}, {"HTTP_ACCEPT": "nonsense;q=x"}, {"HTTP_LAST_EVENT_ID": "9" * 40},
    {"HTTP_IF_NONE_MATCH": '"\xff'}, {"HTTP_IF_MODIFIED_SINCE": "yesterday"}, {"HTTP_RANGE": "bytes=9-1"},
    {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://[::1"}, {"HTTP_IDEMPOTENCY_KEY": "x" * 5_000},
    {"HTTP_X_FORWARDED_FOR": "nonsense, ::"}, {"HTTP_REFERER": "http://[::1"},
    {"HTTP_COOKIE": 'sessionid="a\\000b"; django_language="\\377"; csrftoken=x; messages="[["'},
    {"HTTP_X_ZEVENT_TIMESTAMP": "9" * 400}, {"HTTP_ACCEPT_LANGUAGE": "x" * 3_000},
]  # fmt: skip
METHODS = ["GET"] * 5 + ["POST"] * 6 + ["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "NONSENSE"]


class Questions:
    """Records which names a view reads from the query, the form and its files."""

    def __init__(self, monkeypatch):
        self.field_names: dict[str, set[str]] = {}
        self.route = ""
        for reading in ("get", "__getitem__", "__contains__", "getlist"):
            monkeypatch.setattr(MultiValueDict, reading, self.noting(getattr(MultiValueDict, reading)))

    def noting(self, read):
        def noted(form, name, *more, **others):
            if isinstance(name, str):
                self.field_names.setdefault(self.route, set()).add(name)
            return read(form, name, *more, **others)

        return noted

    def names(self):
        return sorted(self.field_names.get(self.route, set()) - {"csrfmiddlewaretoken"})


class Asker:
    """Asks wild things, the same in every run."""

    def __init__(self, seed, questions):
        self.dice, self.questions = random.Random(seed), questions

    def wild_path(self, address: Address):
        parts = address.path.split("/")
        if self.dice.random() < 0.7 or len(parts) < 3:
            return address.path
        parts[self.dice.randrange(1, len(parts))] = self.dice.choice(WILD)
        return "/".join(parts)

    def pairs(self):
        names = self.questions.names() or ["q"]
        chosen = self.dice.sample(names, min(len(names), self.dice.randint(1, 4)))
        pairs = [(name, self.dice.choice(WILD)) for name in chosen]
        return pairs * self.dice.choice((1, 1, 2)) + [(name, "1") for name in names if self.dice.random() < 0.5]

    def body(self):
        kind = self.dice.random()
        encoded = [(quote(name), value) for name, value in self.pairs()]
        if kind < 0.5:
            return "&".join(f"{name}={value}" for name, value in encoded), FORM
        if kind < 0.8:
            return self.in_parts(encoded), PARTS
        return self.dice.choice(BODIES)

    def in_parts(self, pairs):
        parts = []
        for name, value in pairs:
            file = self.dice.choice(("", "", f'; filename="{value[:40]}.jpg"'))
            content = self.dice.choice((value.encode(), b"a\0b", b"\xed\xa0\x80", b"\xff\xd8\xff\xe0"))
            parts.append(
                f'--b\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + content + b"\r\n"
            )
        return b"".join(parts) + b"--b--\r\n"

    def ask(self, client, address: Address):
        self.questions.route = address.route
        method, path = self.dice.choice(METHODS), self.wild_path(address)
        query = "&".join(f"{quote(name)}={value}" for name, value in self.pairs()) if self.dice.random() < 0.7 else ""
        body, kind = self.body() if method not in ("GET", "HEAD") else ("", FORM)
        headers = self.dice.choice(HEADERS) if self.dice.random() < 0.3 else {}
        answer = client.generic(method, path, body, content_type=kind, QUERY_STRING=query, **headers)
        return answer.status_code, f"{method} {path[:200]}?{query[:300]} {headers} {kind} {str(body)[:300]}"


def hostile(monkeypatch, town, rounds, of_admin, seed=SEED):
    """Returns [(request, answer)] of all server errors."""
    people = people_of(town)
    addresses = every_address(values_of(town, people))
    asker = Asker(seed, Questions(monkeypatch))
    clients = {name: Client(raise_request_exception=False) for name in [*people, "stranger"]}
    for name, user in people.items():
        clients[name].force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    names, failed = sorted(clients), []
    for address in addresses:
        for number in range(of_admin if address.route.startswith("/admin/") else rounds):
            who = ("stranger", "mighty")[number] if number < 2 else asker.dice.choice(names)
            if address.route.startswith("/admin/"):
                who = "stranger" if number else asker.dice.choice(("mighty", "admin"))
            with transaction.atomic():
                status, request_text = asker.ask(clients[who], address)
                transaction.set_rollback(True)
            if status >= 500:
                failed.append((status, who, request_text))
    return failed


@pytest.fixture
def errors(caplog):
    """Collects logged errors, except refusals by Django (`django.security`)."""
    caplog.set_level(logging.ERROR)
    return lambda: [line.getMessage() for line in caplog.records if not line.name.startswith("django.security")]


@pytest.mark.parametrize(("times", "of_admin"), [(2, 1), pytest.param(5, 2, marks=pytest.mark.deep)])
def test_no_request_is_answered_by_an_error(monkeypatch, town, settings, errors, times, of_admin):
    settings.SMS_CALLBACK_TOKEN, settings.ZALO_OA_SECRET = "x" * 24, "secret"
    settings.VAPID_KEY = "egKLiT_T9pk1Yas2u-KGMG0PrXEUab4sSwTDnYT5oY0"
    assert hostile(monkeypatch, town, times, of_admin) == []
    assert errors() == []
