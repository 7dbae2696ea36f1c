"""Test that NUL and lone surrogates are refused in the reader's language, and nothing is stored."""

import asyncio
import json

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from geoapp.asgi import application
from geoapp.http.text_validation import InvalidJson, read_json
from incidents.models import Incident, Report
from tests import factories

NUL = "Có ký tự không hợp lệ."


@pytest.mark.parametrize(("path", "name"), [
    ("/?q=a%00b", "q"),
    ("/list/?reference=%00", "reference"),
    ("/stats/?field=a%00b", "field"),
    ("/people/?q=%00", "q"),
    ("/photo/1/small.jpg?token=%00", "token"),
    ("/addresses/?q=%00", "q"),
    ("/areas/search/?q=%00", "q"),
    ("/ogc/collections/areas/items?code=%00", "code"),
    ("/mapit/areas/WARD?country=%00", "country"),
    ("/open511/cameras/?road_name=%00", "road_name"),
    ("/open311/v2/requests.json?service_code=%00", "service_code"),
    ("/cameras/register/?q=%00", "q"),
    ("/?a%00b=1", "ab"),
])  # fmt: skip
def test_nul_in_what_is_asked_is_told_by_its_field(client, town, path, name):
    answer = client.get(path)
    assert (answer.status_code, answer.json()["error"]) == (400, f"{name}: {NUL}")


@pytest.mark.parametrize("path", ["/i/%00/", "/f/%00/", "/w/%00/", "/cameras/a%00/", "/open511/cameras/%00/",
                                  "/mapit/areas/a%00b", "/open311/v2/services/%00.json", "/no/such/%00"])  # fmt: skip
def test_nul_in_an_address_is_refused(client, town, path):
    answer = client.get(path)
    assert (answer.status_code, answer.json()["error"]) == (400, NUL)


def test_nul_in_a_cookie_is_refused(client, town):
    assert client.get("/", headers={"cookie": r'sessionid="a\000b"'}).status_code == 400


@pytest.mark.parametrize("kind", ["form", "parts"])
def test_nul_in_a_field_is_told_and_nothing_is_kept(client, town, kind):
    form = {"category": "ST.1", "text": "a\0b", "lon": "10.005", "lat": "50.005", "pho\0ne": "1"}
    if kind == "form":
        body = {"data": "category=ST.1&text=a%00b&pho%00ne=1", "content_type": "application/x-www-form-urlencoded"}
        answer = client.post("/report/", **body)
    else:
        answer = client.post("/report/", form)
    assert (answer.status_code, answer.json()["error"]) == (400, f"text: {NUL} phone: {NUL}")
    assert not Incident.objects.exists()


def test_open311_tells_it_in_its_own_form(client, town):
    for sent in ({"service_code": "ST.1\0", "lat": "50", "long": "10"}, {"service_code": "ST.1", "description": "\0"}):
        answer = client.post("/open311/v2/requests.json", sent)
        [error] = answer.json()
        assert (answer.status_code, error["code"], error["description"].endswith(NUL)) == (400, 400, True)


def test_bytes_of_uploads_and_their_names_are_taken(client, town):
    picture = SimpleUploadedFile("street\0.jpg", factories.jpeg() + b"\0\0", content_type="image/jpeg")
    form = {"category": "ST.1", "text": "Knee deep", "lon": "10.005", "lat": "50.005", "photos": picture}
    assert client.post("/report/", form).status_code == 303
    assert Report.objects.get().photos.count() == 1


@pytest.mark.parametrize(("language", "sentence"), [("vi", NUL), ("en", "It contains an invalid character.")])
def test_a_browser_gets_a_page_in_its_language(client, town, language, sentence):
    client.cookies["django_language"] = language
    answer = client.get("/?q=%00", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (answer.status_code, answer["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert f"q: {sentence}" in answer.content.decode()


@pytest.mark.parametrize("charset", ["hex", "idna", "nonsense", "undefined", "utf-7"])
def test_odd_character_sets_are_refused_or_known(town, charset):
    client = Client(raise_request_exception=False)
    kind = f"multipart/form-data; boundary=b; charset={charset}"
    body = b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n+2AA-\r\n--b--\r\n'
    assert client.generic("POST", "/report/", body, content_type=kind).status_code == 400
    assert client.generic("POST", "/open311/v2/requests.json", body, content_type=kind).status_code in (400, 403)


@pytest.mark.parametrize("charset", ["hex", "idna", "nonsense", "undefined", "utf-7"])
@pytest.mark.django_db(transaction=True)
def test_a_question_in_an_odd_character_set_is_refused(charset):
    """Django reads it in the one that the head names, before there is a request. UTF-7 can say half a letter."""
    kind = f"text/plain; charset={charset}".encode()
    scope = {
        "type": "http", "method": "GET", "path": "/list/", "query_string": b"reference=%2B2AA-", "root_path": "",
        "headers": [(b"host", b"localhost"), (b"content-type", kind)],
    }  # fmt: skip

    async def request():
        to = ApplicationCommunicator(application, scope)
        await to.send_input({"type": "http.request", "body": b""})
        status = (await to.receive_output(30))["status"]
        await to.wait(30)
        return status

    assert asyncio.run(request()) in (400, 404)


@pytest.mark.parametrize("text", [
    "", "{", "[" * 100_000, "[" * 70 + "]" * 70, '{"a":' * 70 + "1" + "}" * 70, "NaN", "-Infinity", "1e400", "9" * 5000,
    '"\\u0000"', '"\\ud800"', '{"\\u0000": 1}', b"\xff", '[["\\ud800"]]',
])  # fmt: skip
def test_what_is_no_json_of_use(text):
    with pytest.raises(InvalidJson):
        read_json(text)


@pytest.mark.parametrize("text", ["1", '"a\\\\u0000b"', '{"a": [1.5, null, true, "\U0001f30a"]}', "[" * 50 + "]" * 50])
def test_what_is_json_is_read(text):
    assert read_json(text) == json.loads(text)


@pytest.mark.parametrize(("path", "body", "kind"), [
    ("/push/", "[" * 3_900, "application/json"),
    ("/push/", "[" * 3_900, "multipart/form-data; boundary=b"),
    ("/push/", '{"endpoint": "\\u0000"}', "application/json"),
    ("/push/", '{"endpoint": "https://a\\ud800.example/"}', "application/json"),
])  # fmt: skip
def test_push_takes_no_odd_json(client, officer, settings, path, body, kind):
    settings.VAPID_KEY = "egKLiT_T9pk1Yas2u-KGMG0PrXEUab4sSwTDnYT5oY0"
    client.force_login(officer)
    assert client.post(path, body, content_type=kind).status_code == 400
