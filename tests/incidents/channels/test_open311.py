"""Open311 GeoReport v2 by the conformance checklist of clients and validators."""

import hashlib
import json
import re
import unicodedata
from datetime import datetime, timedelta
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils.timezone import now

from gis_data.models import Level
from incidents import workflow
from incidents.channels import open311, open311_sandbox
from incidents.models import ApiKey, Contact, Event, Incident, Photo, Report, TrialReport
from tests import factories

BASE = "/open311/v2/"
KEY = "swordfish"
HERE = {"lat": "50.005", "long": "10.005"}


@pytest.fixture
def key(town):
    return ApiKey.objects.create(name="Neighbour City", sha256=hashlib.sha256(KEY.encode()).hexdigest())


@pytest.fixture
def post(client, key, town):
    """Send a report with valid defaults."""

    def send(suffix="json", base=BASE, headers=None, **fields):
        sent = {"api_key": KEY, "service_code": "ST.1", "description": "Knee deep"} | HERE | fields
        sent = {name: value for name, value in sent.items() if value is not None}
        return client.post(f"{base}requests.{suffix}", sent, headers=headers)

    return send


def posted_incident(response):
    """Incident of a successful answer."""
    assert response.status_code == 200, response.content.decode()
    (answer,) = response.json()
    return Incident.objects.get(reference=answer["service_request_id"])


def errors(response):
    return [error["description"] for error in response.json()]


def tree(response):
    return ElementTree.fromstring(response.content)


def age_incident(incident, days):
    Incident.objects.filter(pk=incident.pk).update(received_at=now() - timedelta(days=days))
    return incident


def ids(response):
    assert response.status_code == 200, response.content.decode()
    return [row["service_request_id"] for row in response.json()]


# --- every call, both forms ------------------------------------------------------------------------------


def addresses(incident):
    return [
        ("/open311/discovery", "discovery"),
        (BASE + "discovery", "discovery"),
        (BASE + "services", "services"),
        (BASE + "services/ST.1", "service_definition"),
        (BASE + "requests", "service_requests"),
        (f"{BASE}requests/{incident.reference}", "service_requests"),
        (BASE + "requests/nowhere", "errors"),
        (BASE + "services/nothing", "errors"),
    ]


def test_every_call_answers_in_both_forms_with_the_exact_type(client, incident):
    for address, root in addresses(incident):
        as_json, as_xml = client.get(address + ".json"), client.get(address + ".xml")
        assert as_json["Content-Type"] == "application/json; charset=utf-8"
        assert as_xml["Content-Type"] == "text/xml; charset=utf-8"
        assert as_xml.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
        assert as_json.status_code == as_xml.status_code == (404 if root == "errors" else 200)
        assert isinstance(as_json.json(), dict if root in ("discovery", "service_definition") else list)
        document = tree(as_xml)
        assert document.tag == root
        assert all(not element.attrib and "}" not in element.tag for element in document.iter())


def test_one_child_is_a_list_and_none_is_an_empty_one(client, incident):
    assert len(client.get(BASE + "requests.json").json()) == 1
    assert client.get(BASE + "requests.json", {"status": "closed"}).json() == []
    assert len(tree(client.get(BASE + "requests.xml", {"status": "closed"}))) == 0
    assert client.get(BASE + "services/ST.1.json").json() == {"service_code": "ST.1", "attributes": []}


def test_a_request_has_every_field_in_its_type(client, incident):
    (row,) = client.get(BASE + "requests.json").json()
    assert {name: type(value) for name, value in row.items()} == {
        "service_request_id": str,
        "status": str,
        "status_notes": str,
        "service_name": str,
        "service_code": str,
        "description": str,
        "agency_responsible": str,
        "service_notice": type(None),
        "requested_datetime": str,
        "updated_datetime": str,
        "expected_datetime": str,
        "address": str,
        "address_id": type(None),
        "zipcode": type(None),
        "lat": float,
        "long": float,
        "media_url": type(None),
    }
    assert (row["lat"], row["long"], row["status"]) == (50.005, 10.005, "open")
    for name in ("requested_datetime", "updated_datetime", "expected_datetime"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", row[name])
    (service,) = [offered for offered in client.get(BASE + "services.json").json() if offered["service_code"] == "ST.1"]
    assert service["metadata"] is False
    assert service["type"] == "realtime"


def test_xml_and_json_say_the_same(client, incident):
    (row,) = client.get(BASE + "requests.json").json()
    (element,) = tree(client.get(BASE + "requests.xml"))
    assert element.tag == "request"
    assert {child.tag: child.text for child in element} == {
        name: None if value is None else str(value) for name, value in row.items()
    }


@pytest.mark.parametrize("address", ["requests.yaml", "requests", "services.json.exe", "requests/1.html", "xml"])
def test_another_form_is_not_found(client, town, address):
    assert client.get(BASE + address).status_code == 404


def test_open311_refuses_other_methods_and_allows_cors_reading(client, town):
    refused = client.delete(BASE + "requests.json")
    assert (refused.status_code, refused["Allow"]) == (405, "GET, POST, HEAD, OPTIONS")
    assert refused.json()[0]["code"] == 405
    assert client.options(BASE + "services.xml")["Access-Control-Allow-Origin"] == "*"
    head = client.head(BASE + "services.xml")
    assert (head.status_code, head.content, head["Access-Control-Allow-Origin"]) == (200, b"", "*")


# --- discovery and services ------------------------------------------------------------------------------


def test_discovery_names_a_production_and_a_test_endpoint(client, town, settings):
    settings.SITE_URL = "https://city.example"
    Contact.objects.create(authority=town.desk, label="Day and night", phone="0100 200")
    discovery = client.get("/open311/discovery.json").json()
    assert datetime.fromisoformat(discovery["changeset"]) < now()
    assert discovery["contact"] == "Tổ trực. Day and night: 0100 200"
    assert discovery["key_service"]
    assert [(element["type"], element["url"]) for element in discovery["endpoints"]] == [
        ("production", "https://city.example/open311/v2"),
        ("test", "https://city.example/open311/test/v2"),
    ]
    xml = tree(client.get("/open311/discovery.xml"))
    assert [element.text for element in xml.find("endpoints/endpoint/formats")] == ["text/xml", "application/json"]


def test_services_are_what_can_be_reported(client, town):
    rows = client.get(BASE + "services.json").json()
    without_a_place = ["question", "thanks", "complaint"]
    assert [row["service_code"] for row in rows] == ["ST.1", "ST.2", "ST.3", "ST.9", "WA.1", *without_a_place]
    assert {row["service_code"]: row["group"] for row in rows}["WA.1"] == "Nước"
    assert {row["service_code"]: row["keywords"] for row in rows}["ST.3"] == "private"


def test_services_at_a_place_are_those_with_a_unit_there(client, town):
    here = client.get(BASE + "services.json", HERE).json()
    assert [row["service_code"] for row in here] == ["ST.1", "ST.2", "ST.3", "WA.1"]
    assert client.get(BASE + "services.json", {"lat": "51", "long": "11"}).json() == []
    assert client.get(BASE + "services.json", {"lat": "51"}).status_code == 400


def test_an_unknown_service_is_not_found_in_the_form_asked_for(client, town):
    assert client.get(BASE + "services/ST.xml").status_code == 404  # a group cannot be reported
    document = tree(client.get(BASE + "services/nothing.xml"))
    assert [element.tag for element in document[0]] == ["code", "description"]
    assert client.get(BASE + "services/%07.json").status_code == 404


# --- sending ---------------------------------------------------------------------------------------------


def test_a_report_comes_in_through_the_one_door(post, town):
    response = post(email="ann@example.org", phone="+84 901 234 567", first_name="Ann", device_id="x")
    incident = posted_incident(response)
    report = incident.reports.get()
    assert (incident.authority, incident.area, incident.text) == (town.office, town.old, "Knee deep")
    assert (report.channel, report.email, report.phone) == ("open311", "ann@example.org", "+84901234567")
    assert [event.kind for event in incident.timeline.all()] == ["received", "assigned"]
    (answer,) = response.json()
    assert "token" not in answer
    assert answer["service_notice"].startswith("UBND Old Wharf")
    assert "Access-Control-Allow-Origin" not in response


def test_danger_is_answered_with_the_numbers_first(post, town):
    town.city.emergency = [{"number": "115", "what": "Cấp cứu", "what_en": "Ambulance", "dangers": ["injury"]}]
    town.city.save()
    (answer,) = post(description="Có người bị thương nặng").json()
    assert answer["service_notice"].startswith("Có ai đang gặp nguy hiểm không? Gọi ngay: 115 (Cấp cứu).")
    assert "UBND Old Wharf" in answer["service_notice"]
    (answer,) = post(description="Đèn đường cháy bóng").json()
    assert answer["service_notice"].startswith("UBND Old Wharf")


def test_the_answer_in_xml(post, town):
    document = tree(post("xml"))
    assert document.tag == "service_requests"
    assert document.find("request/service_request_id").text == Incident.objects.get().reference


@pytest.mark.usual_rows(10)
@pytest.mark.parametrize(("change", "status", "named"), [
    ({"api_key": None}, 403, ["api_key"]),
    ({"api_key": "guess"}, 403, ["api_key"]),
    ({"service_code": None}, 400, ["service_code"]),
    ({"service_code": ""}, 400, ["service_code"]),
    ({"service_code": "nothing"}, 404, ["service_code"]),
    ({"service_code": "ST"}, 404, ["service_code"]),
    ({"service_code": "\x00"}, 400, ["service_code"]),
    ({"service_code": "ST.9"}, 400, ["service_code"]),
    ({"long": None}, 400, ["long"]),
    ({"lat": None}, 400, ["lat"]),
    ({"lat": None, "long": None}, 400, ["lat"]),
    ({"lat": "nan"}, 400, ["lat"]),
    ({"lat": "inf"}, 400, ["lat"]),
    ({"lat": "91"}, 400, ["lat"]),
    ({"lat": "north"}, 400, ["lat"]),
    ({"lat": "10.005", "long": "50.005"}, 400, ["lat"]),
    ({"lat": "0", "long": "0"}, 400, ["lat"]),
    ({"lat": None, "long": None, "address_string": "Atlantis"}, 400, ["address_string"]),
    ({"lat": None, "long": None, "address_string": "Wharf"}, 400, ["address_string"]),
    ({"description": "x" * 4001}, 400, ["description"]),
    ({"service_code": "nothing", "lat": "x", "email": "@", "description": "x" * 5000}, 404,
     ["description", "lat", "service_code"]),
])  # fmt: skip
def test_what_is_wrong_is_named_and_nothing_is_kept(post, change, status, named):
    response = post(**change)
    assert response.status_code == status, response.content.decode()
    assert {error["code"] for error in response.json()} == {status}
    assert sorted(re.split("[: ]", description)[0] for description in errors(response)) == named
    assert (Incident.objects.count(), Report.objects.count(), Event.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize(("bad", "stored", "notice"), [
    ({"phone": "+84 1"}, ("", "ann@example.org"), "phone was left out: "),
    ({"phone": "ask me"}, ("", "ann@example.org"), "phone was left out: "),
    ({"email": "ann"}, ("+84901234567", ""), "email was left out: "),
])  # fmt: skip
def test_contact_that_is_none_refuses_no_report(post, bad, stored, notice):
    response = post(headers={"Accept-Language": "en"}, **{"email": "ann@example.org", "phone": "+84 901 234 567"} | bad)
    report = posted_incident(response).reports.get()
    assert (report.phone, report.email) == stored
    assert notice in response.json()[0]["service_notice"]


def test_what_is_not_kept_is_said(post):
    response = post(headers={"Accept-Language": "en"}, first_name="Ann", device_id="x", **{"attribute[WH]": "1"})
    posted_incident(response)
    assert response.json()[0]["service_notice"].endswith("Not saved: attribute[WH]. Not saved: first_name, device_id.")


def test_parameters_that_mean_nothing_are_named(post, client, incident):
    form = urlencode({"api_key": KEY, "service_code": "ST.1", "descripton": "typo", "ngày\r\nX": "1"} | HERE)
    sent = client.post(BASE + "requests.json", form, content_type="application/x-www-form-urlencoded")
    assert (sent.status_code, sent["X-Unknown-Parameters"]) == (200, "descripton, ng%C3%A0y%0D%0AX")
    assert "X-Unknown-Parameters" not in post(jurisdiction_id="x")
    query = {"jurisdiction_id": "x", "page_size": "5", "sort": "date"}
    assert client.get(BASE + "requests.json", query)["X-Unknown-Parameters"] == "sort"
    assert client.get(BASE + "services.xml", {"lat": "91", "x": ""})["X-Unknown-Parameters"] == "x"


@pytest.mark.parametrize(("accepted", "language", "expected"), [
    ("en", "en", "There is no such service_code."),
    ("fr, en-GB;q=0.5", "en", "There is no such service_code."),
    ("vi-VN,en;q=0.5", "vi", "Không có service_code này."),
    ("*", "vi", "Không có service_code này."),
    (None, "vi", "Không có service_code này."),
    ("\x00;q=;;" * 100, "vi", "Không có service_code này."),
])  # fmt: skip
def test_answers_are_in_the_language_that_is_accepted(client, town, accepted, language, expected):
    headers = {"Accept-Language": accepted} if accepted else {}
    response = client.get(BASE + "services/nothing.json", headers=headers)
    assert (response["Content-Language"], errors(response)) == (language, [expected])


def test_answer_that_is_known_is_not_sent_again(client, incident):
    first = client.get(BASE + "requests.json")
    again = client.get(BASE + "requests.json", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert again["Access-Control-Allow-Origin"] == "*"
    workflow.move(incident, "accept")
    assert client.get(BASE + "requests.json", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_a_key_may_stand_in_the_address_and_be_taken_out_of_use(client, key, town):
    sent = {"service_code": "ST.1"} | HERE
    address = f"{BASE}requests.json?api_key={KEY}"
    assert client.post(address, sent).status_code == 200
    call_command("api_key", key.name, revoke=True)
    assert client.post(address, sent).status_code == 403


def test_a_key_is_printed_once(town, capsys):
    call_command("api_key", "Water Board")
    secret = capsys.readouterr().out.strip()
    assert ApiKey.objects.opened_by(secret).get().name == "Water Board"
    assert secret not in str(ApiKey.objects.values())
    with pytest.raises(CommandError, match="has a key already"):
        call_command("api_key", "Water Board")
    with pytest.raises(CommandError, match="no key"):
        call_command("api_key", "Nobody", revoke=True)


def test_no_token_of_a_page_is_asked_for(town, key, client):
    strict = type(client)(enforce_csrf_checks=True)
    sent = {"api_key": KEY, "service_code": "ST.1"} | HERE
    assert strict.post(BASE + "requests.json", sent).status_code == 200


def test_an_empty_parameter_is_none(post):
    empty = dict.fromkeys(("jurisdiction_id", "address_id", "email", "phone", "media_url", "address_string"), "")
    assert posted_incident(post(**empty)).reports.get().email == ""


def test_a_place_in_words_is_enough_where_it_is_one_area(post, town):
    incident = posted_incident(post(lat=None, long=None, address_string="12 Harbour Road, Phường New Wharf"))
    assert (incident.area, incident.address) == (town.new, "12 Harbour Road, Phường New Wharf")
    assert incident.accuracy_m > 100


@pytest.fixture
def quay(town):
    """Pasteur crosses Harbour Road in Old Wharf; the fish market is in New Wharf; Quay District was both."""
    factories.street(town.city, "Pasteur", (10.003, 50.001), (10.003, 50.008))
    factories.junction(town.city, "Harbour Road", "Pasteur", (10.003, 50.0051))
    factories.landmark(town.city, "market", "Chợ Cá", (10.016, 50.004))
    factories.former(town.city, "q", "Quận Quay", "", (town.old, "main"), (town.new, "part"), level=Level.DISTRICT)
    return town


@pytest.mark.parametrize(("words", "ward", "metres"), [
    ("Pasteur, Phường Old Wharf", "old", 389),
    ("góc Harbour Road và Pasteur", "old", 25),
    ("gần chợ cá", "new", 80),
    ("Phường New Wharf", "new", 504),
    ("12 Unheard Road, Phường New Wharf", "new", 504),
])  # fmt: skip
def test_an_address_that_names_one_place_is_taken(post, quay, words, ward, metres):
    incident = posted_incident(post(lat=None, long=None, address_string=words))
    assert (incident.area, incident.accuracy_m) == (getattr(quay, ward), metres)


def test_long_map_link_as_address_is_the_place_it_says(post, quay):
    link = f"https://www.google.com/maps/place/{'X+' * 300}/data=!3d50.005!4d10.015?entry=ttu"
    incident = posted_incident(post(lat=None, long=None, address_string=link))
    assert (incident.area, incident.place.coords) == (quay.new, (10.015, 50.005))


@pytest.mark.parametrize(("words", "known"), [
    ("Harbour Road", ["Harbour Road, Phường New Wharf", "Harbour Road, Phường Old Wharf"]),
    ("Quận Quay", ["Phường New Wharf", "Phường Old Wharf"]),
    ("Wharf", ["Phường New Wharf", "Phường Old Wharf"]),
])  # fmt: skip
def test_an_address_of_several_places_gets_them_to_choose_from(post, client, quay, words, known):
    response = post(lat=None, long=None, address_string=words)
    (message,) = errors(response)
    places = re.findall(r"([^;]+?) \(lat=(\S+), long=(\S+)\)", message.removeprefix("address_string: ").split("? ")[1])

    assert response.status_code == 400
    assert sorted(title.strip() for title, _lat, _long in places) == known
    as_xml = tree(post("xml", lat=None, long=None, address_string=words))
    assert [element.tag for element in as_xml] == ["error"]
    assert as_xml.find("error/description").text == message
    title, lat, long = places[0]
    assert posted_incident(post(lat=lat, long=long)).area.title in title


def test_an_address_in_another_province_is_refused(post, town):
    town.city.elsewhere = [{"names": ["Tỉnh Đồng Xa"], "namesake": False}]
    town.city.save()
    response = post(lat=None, long=None, address_string="Old Wharf, tỉnh Đồng Xa")
    assert (response.status_code, errors(response)) == (
        400, ["address_string: tỉnh Đồng Xa nằm ngoài thành phố."],
    )  # fmt: skip


def test_the_longest_description_is_taken(post):
    assert len(posted_incident(post(description="x" * 4000)).text) == 4000


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_vietnamese_survives_however_it_is_encoded(post, client, form):
    incident = posted_incident(post(description=unicodedata.normalize(form, "Ngập sâu ở bến")))
    assert incident.text == "Ngập sâu ở bến"
    assert tree(client.get(BASE + "requests.xml")).find("request/description").text == "Ngập sâu ở bến"


def test_markup_is_text(post, client):
    posted_incident(post(description="<script>alert('&')</script>\x0b"))
    response = client.get(BASE + "requests.xml")
    assert b"<script>" not in response.content
    assert tree(response).find("request/description").text == "<script>alert('&')</script>"


def test_what_xml_cannot_carry_is_left_out():
    assert open311.xml_element("description", "a\x0b\ufffe\ud800b") == "<description>ab</description>"


def test_attributes_and_unknown_fields_do_no_harm(post):
    posted_incident(post(**{"attribute[WHISKER][]": ["a", "b"], "attribute[DEPTH]": "1", "anything": "else"}))


def test_photos_come_as_files(post, client, settings):
    settings.SITE_URL = "https://city.example"
    sent = [SimpleUploadedFile("a.jpg", factories.jpeg()), SimpleUploadedFile("b.jpg", factories.jpeg(80, 60))]
    incident = posted_incident(post(media=sent, photo1=SimpleUploadedFile("c.jpg", factories.jpeg())))
    assert incident.photos.count() == 3
    address = client.get(BASE + "requests.json").json()[0]["media_url"]
    assert address == f"https://city.example/photo/{incident.photos.first().pk}/large.jpg"
    assert client.get(address.removeprefix("https://city.example")).status_code == 200


def test_a_file_that_is_no_photo_is_named(post):
    response = post(media=SimpleUploadedFile("plan.pdf", b"%PDF-1.4"))
    assert (response.status_code, Incident.objects.count(), Photo.objects.count()) == (400, 0, 0)
    assert "media" in errors(response)[0]
    assert "plan.pdf" in errors(response)[0]


@pytest.mark.parametrize("address", ["http://127.0.0.1/", "ftp://example.org/1.jpg", "file:///etc/passwd"])
def test_addresses_of_photos_are_not_followed(post, address):
    response = post(media_url=address)
    assert "media_url" in response.json()[0]["service_notice"]
    assert posted_incident(response).photos.count() == 0


@pytest.mark.parametrize(("body", "kind", "status"), [
    (json.dumps({"service_code": "ST.1"}), "application/json", 415),
    ("", "text/plain", 415),
    ("--x\r\nbroken", "multipart/form-data", 400),
    ("service_code=ST.1&" + "&".join(f"a{n}=1" for n in range(1100)), "application/x-www-form-urlencoded", 400),
    ("description=" + "x" * 2_600_000, "application/x-www-form-urlencoded", 400),
])  # fmt: skip
def test_a_body_that_is_no_form_is_refused_in_the_form_asked_for(client, key, body, kind, status):
    response = client.post(f"{BASE}requests.xml?api_key={KEY}", body, content_type=kind)
    assert (response.status_code, tree(response)[0][0].text) == (status, str(status))


@pytest.mark.parametrize("named", [{"client_request_id": "A-17"}, {"headers": {"Idempotency-Key": "A-17"}}])
def test_the_same_report_sent_again_is_one(post, key, named):
    assert posted_incident(post(**named)) == posted_incident(post(**named))
    assert Report.objects.count() == 1
    other = ApiKey.objects.create(name="Other", sha256=hashlib.sha256(b"other").hexdigest())
    posted_incident(post(api_key="other", **named))
    assert Report.objects.count() == 2, other


TRIED = "/open311/test/v2/"


def serial():
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM incident_serial")
        return cursor.fetchone()[0]


def test_the_test_endpoint_checks_everything_and_keeps_nothing(post, client, settings):
    before = serial()
    response = post(base=TRIED, media=SimpleUploadedFile("a.jpg", factories.jpeg()))
    assert response.status_code == 200
    assert response.json()[0]["service_request_id"]
    assert post(base=TRIED, lat="91").status_code == 400
    assert serial() == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        jobs = cursor.fetchone()[0]
    assert (Incident.objects.count(), Report.objects.count(), Photo.objects.count(), jobs) == (0, 0, 0, 0)
    assert not list(settings.MEDIA_ROOT.glob("**/*.jpg"))


def test_test_endpoint_tells_for_an_hour_what_was_sent(post, client, town, standing_clock):
    (answer,) = post(base=TRIED, description="Call 0901 234 567", phone="0909 888 777", client_request_id="7").json()
    (trial,) = client.get(f"{TRIED}requests/{answer['service_request_id']}.json").json()
    assert (trial["service_code"], trial["agency_responsible"], trial["status"]) == ("ST.1", town.office.title, "open")
    assert (trial["lat"], trial["long"], trial["description"][:5]) == (50.005, 10.005, "Call ")
    assert not re.search("0901|0909", json.dumps(trial))
    (again,) = post(base=TRIED, client_request_id="7").json()
    assert again["service_request_id"] == answer["service_request_id"]
    assert ids(client.get(TRIED + "requests.json")) == [answer["service_request_id"]]
    assert ids(client.get(TRIED + "requests.json", {"status": "closed"})) == []
    assert client.get(f"{BASE}requests/{answer['service_request_id']}.json").status_code == 404
    TrialReport.objects.update(sent_at=now() - open311_sandbox.KEPT_FOR)
    assert ids(client.get(TRIED + "requests.json")) == []
    open311_sandbox.forget_trials()
    assert not TrialReport.objects.exists()


# --- reading ---------------------------------------------------------------------------------------------


@pytest.mark.usual_rows(4)
@pytest.mark.parametrize(("steps", "status"), [
    ([], "open"),
    (["accept"], "open"),
    (["ask"], "open"),
    (["accept", "resolve"], "closed"),
    (["reject"], "closed"),
    (["reject", "reopen"], "open"),
    (["pass_on"], "open"),
    (["accept", "more_time"], "open"),
    (["resolve", "dispute"], "open"),
    (["resolve", "close"], "closed"),
])  # fmt: skip
def test_every_state_is_open_or_closed(client, incident, steps, status):
    for step in steps:
        workflow.move(incident, step, note="Filled with asphalt")
    (row,) = client.get(f"{BASE}requests/{incident.reference}.json").json()
    assert row["status"] == status
    assert [row["service_request_id"]] == ids(client.get(BASE + "requests.json", {"status": status}))
    assert ids(client.get(BASE + "requests.json", {"status": {"open": "closed", "closed": "open"}[status]})) == []
    assert ids(client.get(BASE + "requests.json", {"status": "open,closed"})) == [row["service_request_id"]]
    if status == "closed":
        assert datetime.fromisoformat(row["updated_datetime"]) == incident.closed_at.replace(microsecond=0)
        assert row["status_notes"].endswith(": Filled with asphalt")


def test_what_is_not_public_does_not_exist(client, town, officer):
    secret = factories.incident(town.secret)
    client.force_login(officer)  # whose desk it is on: a session does not count here
    missing = client.get(f"{BASE}requests/{secret.reference}.json")
    assert (missing.status_code, missing.content) == (404, client.get(f"{BASE}requests/1.json").content)
    assert ids(client.get(BASE + "requests.json")) == []
    assert ids(client.get(BASE + "requests.json", {"service_request_id": secret.reference})) == []


def test_nobody_learns_who_reported(client, town):
    factories.incident(town.hole, text="Call 0901 234 567", phone="+84909888777", email="ann@example.org")
    for suffix in ("xml", "json"):
        body = client.get(f"{BASE}requests.{suffix}").content.decode()
        assert not re.search("0901|909888777|ann@example|token", body)


def test_numbers_override_every_other_filter(client, town):
    old, new = age_incident(factories.incident(town.hole), 200), factories.incident(town.waste)
    query = {"service_request_id": f"{old.reference}, {new.reference},9999-1", "status": "closed", "start_date": "x"}
    assert ids(client.get(BASE + "requests.json", query)) == [new.reference, old.reference]


def test_services_are_filtered_by_a_list(client, town):
    hole, waste, _leak = (factories.incident(category) for category in (town.hole, town.waste, town.leak))
    found_ids = ids(client.get(BASE + "requests.json", {"service_code": "ST.1,ST.2"}))
    assert found_ids == [waste.reference, hole.reference]
    assert ids(client.get(BASE + "requests.json", {"service_code": "nothing"})) == []


def test_without_dates_the_latest_ninety_days_are_told(client, town):
    _old, new = age_incident(factories.incident(town.hole), 91), age_incident(factories.incident(town.hole), 89)
    assert ids(client.get(BASE + "requests.json")) == [new.reference]


def test_one_date_opens_a_window_of_ninety_days(client, town):
    first, second, third = (age_incident(factories.incident(town.hole), days) for days in (200, 120, 10))
    start = (now() - timedelta(days=205)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert ids(client.get(BASE + "requests.json", {"start_date": start})) == [second.reference, first.reference]
    end = (now() - timedelta(days=100)).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    assert ids(client.get(BASE + "requests.json", {"end_date": end})) == [second.reference]
    assert third.reference in ids(client.get(BASE + "requests.json"))


@pytest.mark.usual_rows(8)
@pytest.mark.parametrize("query", [
    {"start_date": "2026-01-05T08:00:00"},
    {"start_date": "2026-01-05"},
    {"end_date": "yesterday"},
    {"start_date": "0001-01-01T00:00:00Z", "end_date": "9999-01-01T00:00:00Z"},
    {"end_date": "0001-01-01T00:00:00Z"},
    {"start_date": "9999-12-31T23:59:59-14:00"},
    {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-04-02T00:00:00Z"},
    {"start_date": "2026-02-01T00:00:00Z", "end_date": "2026-01-01T00:00:00Z"},
    {"status": "done"},
    {"page": "0"},
    {"page": "99999999999999999999"},
    {"page_size": "1001"},
    {"bbox": "1,2,3"},
    {"bbox": "nan,1,2,3"},
    {"updated_after": "now"},
    {"extensions": "yes"},
    {"radius": "100"},
    {"lat": "50"},
    {"lat": "50", "long": "10", "radius": "10001"},
    {"q": "x" * 101},
])  # fmt: skip
def test_a_filter_that_cannot_be_is_refused(client, town, query):
    response = client.get(BASE + "requests.json", query)
    assert (response.status_code, response.json()[0]["code"]) == (400, 400)


def test_a_plus_sign_that_was_not_escaped_is_understood(client, incident):
    start = (now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    assert ids(client.get(f"{BASE}requests.json?start_date={start}")) == [incident.reference]


def test_pages_and_boxes_and_changes(client, town):
    first, second, third = (
        factories.incident(town.hole, place) for place in (factories.IN_OLD, *[factories.IN_NEW] * 2)
    )
    assert ids(client.get(BASE + "requests.json", {"page_size": 2})) == [third.reference, second.reference]
    assert ids(client.get(BASE + "requests.json", {"page_size": 2, "page": 2})) == [first.reference]
    assert ids(client.get(BASE + "requests.json", {"page_size": 2, "page": 3})) == []
    assert ids(client.get(BASE + "requests.json", {"bbox": "10,50,10.01,50.01"})) == [first.reference]
    soon = (now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert ids(client.get(BASE + "requests.json", {"updated_after": soon})) == []
    assert len(ids(client.get(BASE + "requests.json", {"updated_before": soon}))) == 3


def test_requests_around_a_point_and_with_words(client, town):
    here = factories.incident(town.hole, text="Ổ gà sâu")
    incident_there = factories.incident(town.waste, factories.IN_NEW, text="Ổ gà nông")
    query = {"lat": str(factories.IN_OLD.y), "long": str(factories.IN_OLD.x)}
    assert ids(client.get(BASE + "requests.json", query)) == [here.reference]
    assert ids(client.get(BASE + "requests.json", query | {"radius": "10000"})) == [
        incident_there.reference,
        here.reference,
    ]
    assert ids(client.get(BASE + "requests.json", {"q": "o ga nong"})) == [incident_there.reference]
    assert ids(client.get(BASE + "requests.json", {"q": "gà", "service_code": "ST.1"})) == [here.reference]


def test_extensions_tell_state_and_history(client, incident):
    workflow.move(incident, "accept")
    (row,) = client.get(BASE + "requests.json", {"extensions": "true"}).json()
    assert (row["extended_attributes"]["state"], row["extended_attributes"]["area_code"]) == ("accepted", "001")
    assert [note["type"] for note in row["notes"]] == ["received", "assigned", "accepted"]
    document = client.get(f"{BASE}requests/{incident.reference}.xml", {"extensions": "true"})
    assert [note.tag for note in tree(document)[0].find("notes")] == ["note"] * 3
    assert "notes" not in client.get(BASE + "requests.json", {"extensions": "false"}).json()[0]


def test_list_of_requests_asks_one_query(client, town, django_assert_num_queries):
    for _one in range(3):
        factories.incident(town.hole)
    with django_assert_num_queries(1):
        assert len(ids(client.get(BASE + "requests.json"))) == 3


def test_at_most_a_thousand_are_told(client, incident):
    fields = [field.attname for field in Incident._meta.concrete_fields if not field.primary_key]
    same = {name: getattr(incident, name) for name in fields}
    rows = [Incident(**same | {"reference": f"2611-9{number:04d}"}) for number in range(1005)]
    Incident.objects.bulk_create(rows)
    first = client.get(BASE + "requests.json")
    assert (len(ids(first)), first["X-Total-Count"], 'rel="next"' in first["Link"]) == (1000, "1006", True)
    second = client.get(BASE + "requests.json", {"page": 2})
    assert (len(ids(second)), second["X-Total-Count"], 'rel="next"' in second["Link"]) == (6, "1006", False)
    (following,) = re.findall(r'<([^>]+)>; rel="next"', first["Link"])
    assert ids(client.get(following.removeprefix(settings.SITE_URL))) == ids(second)


def test_a_report_takes_few_statements(post, django_assert_num_queries):
    """Each statement is a round trip, for which other reports wait."""
    posted_incident(post())
    # Two begin and end the transaction, two ask the limits ahead of it, one counts the key's use; all that writes is
    # one more, not counted here.
    with django_assert_num_queries(10):
        post()
