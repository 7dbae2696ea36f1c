"""Reports as JSON by partners: received once, all faults named, and their state served."""

import hashlib
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from incidents import workflow
from incidents.models import ApiKey, HeldReport, Incident, Question, RemotePhoto, Report, WatchedWord
from tests import factories

PATH, KEY = "/api/reports/", "swordfish"
# As a ward's app, the national portal, and a water gauge send it.
SAMPLES = {
    "ward app": {
        "id": "P-2026-17", "category": "ST.1", "place": {"lat": 50.005, "lon": 10.005, "accuracy_m": 12},
        "text": "Ổ gà sâu", "phone": "+84 901 234 567", "language": "vi",
        "answers": {"depth": "knee", "where": ["a", "b"]},
    },
    "national portal": {
        "id": "G22.99.18-261128-0001", "category": "ST.2", "address": "12 Harbour Road, Phường New Wharf",
        "text": "Rác chưa được thu gom", "email": "ann@example.org", "photo_urls": ["https://example.org/1.jpg"],
    },
    "sensor": {
        "id": "gauge-7/2026-11-28T03:00Z", "category": "WA.1", "place": {"lat": 50.004, "lon": 10.012},
        "answers": {"cm": 41.5},
    },
}  # fmt: skip


@pytest.fixture
def key(town):
    choices = [{"key": name, "vi": name, "en": name} for name in ("a", "b")]
    for category, code, kind in [
        (town.hole, "depth", "string"),
        (town.hole, "where", "multivaluelist"),
        (town.leak, "cm", "number"),
    ]:
        Question.objects.create(
            category=category, code=code, datatype=kind, text=code, choices=choices if code == "where" else []
        )
    return ApiKey.objects.create(name="Ward App", sha256=hashlib.sha256(KEY.encode()).hexdigest())


@pytest.fixture
def post(client, key):
    def send(document, **headers):
        body = document if isinstance(document, str) else json.dumps(document)
        all_headers = {"Authorization": f"Bearer {KEY}", "Accept-Language": "en"} | headers
        return client.post(PATH, body, content_type="application/json", headers=all_headers)

    return send


@pytest.mark.parametrize("name", SAMPLES)
def test_report_of_each_system_comes_in_by_the_one_door(post, client, town, name):
    sent = SAMPLES[name]
    first, again = post(sent), post(sent)
    assert (first.status_code, again.status_code, Report.objects.count()) == (201, 200, 1), first.content
    report = Report.objects.get()
    document = first.json()
    assert (document["id"], document["reference"], document["category"]) == (
        sent["id"],
        report.incident.reference,
        sent["category"],
    )
    assert document["authority"]["code"] == report.incident.authority.code
    assert (report.channel, report.text) == ("api", sent.get("text", ""))
    assert {answer["code"] for answer in report.answers} == set(sent.get("answers", ()))
    assert again.json() == document


def test_what_each_member_becomes(post, town):
    post(SAMPLES["ward app"])
    report = Report.objects.get()
    assert (report.phone, report.accuracy_m, report.incident.area) == ("+84901234567", 12, town.old)
    assert [answer["value"] for answer in report.answers] == [["knee"], ["a", "b"]]
    post(SAMPLES["national portal"])
    report = Report.objects.latest("pk")
    assert (report.email, report.incident.area, RemotePhoto.objects.get().url) == (
        "ann@example.org", town.new, "https://example.org/1.jpg",
    )  # fmt: skip


GOOD = {"id": "1", "category": "ST.1", "place": {"lat": 50.005, "lon": 10.005}}


@pytest.mark.usual_rows(10)
@pytest.mark.parametrize(("change", "fields"), [
    ({"id": None}, ["id"]),
    ({"id": 7}, ["id"]),
    ({"id": "x" * 201}, ["id"]),
    ({"category": "XX"}, ["category"]),
    ({"category": ["ST.1"]}, ["category"]),
    ({"place": None}, ["place.lat"]),
    ({"place": [50, 10]}, ["place", "place.lat"]),
    ({"place": {"lat": "50", "lon": 10}}, ["place.lat"]),
    ({"place": {"lat": 50.005, "lon": 1e300}}, ["place.lon"]),
    ({"place": {"lat": 51, "lon": 11}}, ["place.lat"]),
    ({"place": {"lat": 50.005, "lon": 10.005, "accuracy_m": -1}}, ["place.accuracy_m"]),
    ({"place": {"lat": 50.005, "lon": 10.005, "z": 1}}, ["place.z"]),
    ({"place": None, "address": "Wharf"}, ["address"]),
    ({"text": "x" * 4001}, ["text"]),
    ({"language": "fr"}, ["language"]),
    ({"answers": {"where": "c"}}, ["answers.where"]),
    ({"answers": {"where": {"a": 1}}}, ["answers.where"]),
    ({"answers": []}, ["answers"]),
    ({"photo_urls": "https://example.org"}, ["photo_urls"]),
    ({"colour": "red"}, ["colour"]),
    ({"id": 7, "category": "XX", "text": "x" * 4001, "colour": 1}, ["category", "colour", "id", "text"]),
])  # fmt: skip
def test_every_fault_is_named_and_nothing_is_kept(post, change, fields):
    response = post(GOOD | change)
    assert (response.status_code, Report.objects.count()) == (400, 0), response.content
    assert sorted({error["field"] for error in response.json()["errors"]}) == fields
    assert all(error["message"] for error in response.json()["errors"])


@pytest.mark.parametrize(("body", "kind", "status"), [
    ("{", "application/json", 400), ("[]", "application/json", 400), ("null", "application/json", 400),
    ('{"id": NaN}', "application/json", 400), ("[" * 5000, "application/json", 400), ("\x00", "application/json", 400),
    ("id=1", "application/x-www-form-urlencoded", 415), ("", "text/plain", 415), ("x", "multipart/form-data", 400),
])  # fmt: skip
def test_body_that_is_no_document_is_refused(client, key, body, kind, status):
    response = client.generic("POST", PATH, body, content_type=kind, headers={"X-API-Key": KEY})
    assert (response.status_code, bool(response.json()["errors"]), Report.objects.count()) == (status, True, 0)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer guess"}, {"Authorization": KEY}, {"X-API-Key": ""}])
def test_without_a_key_nothing_is_read(client, key, headers):
    response = client.post(PATH, "{", content_type="application/json", headers=headers)
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
    assert client.get(f"{PATH}1/", headers=headers).status_code == 401


def test_contact_that_is_none_is_left_out_with_a_notice(post):
    response = post(GOOD | {"phone": "none", "answers": {"moon": "full"}})
    assert response.status_code == 201
    assert [notice.partition(":")[0] for notice in response.json()["notices"]] == ["phone was left out", "Not saved"]


def test_photos_come_beside_the_document(client, key):
    sent = {"report": json.dumps(GOOD), "photos": [SimpleUploadedFile("a.jpg", factories.jpeg())]}
    response = client.post(PATH, sent, headers={"X-API-Key": KEY})
    assert (response.status_code, Report.objects.get().photos.count()) == (201, 1)
    bad = {"report": json.dumps(GOOD | {"id": "2"}), "photos": [SimpleUploadedFile("a.pdf", b"%PDF")]}
    response = client.post(PATH, bad, headers={"X-API-Key": KEY})
    assert (response.status_code, [error["field"] for error in response.json()["errors"]]) == (400, ["photos"])


def test_system_asks_how_its_report_stands(post, client, key):
    post(GOOD)
    incident = Incident.objects.get()
    workflow.move(incident, "accept")
    workflow.move(incident, "resolve", note="Filled")
    document = client.get(f"{PATH}1/", headers={"X-API-Key": KEY}).json()
    assert (document["state"], document["closed_at"] is None, document["history"][-1]["note"]) == (
        "resolved",
        False,
        "Filled",
    )
    ApiKey.objects.create(name="Other", sha256=hashlib.sha256(b"other").hexdigest())
    assert client.get(f"{PATH}1/", headers={"X-API-Key": "other"}).status_code == 404
    assert client.get(f"{PATH}2/", headers={"X-API-Key": KEY}).status_code == 404


def test_report_that_is_held_waits_under_its_id(post, client):
    WatchedWord.watch("gambling")
    first, again = (post(GOOD | {"text": "gambling"}) for _time in range(2))
    assert (first.status_code, again.status_code, first.json()["state"]) == (202, 200, "waiting")
    assert (HeldReport.objects.count(), Report.objects.count()) == (1, 0)
    assert client.get(f"{PATH}1/", headers={"X-API-Key": KEY}).json()["reference"] is None


def test_other_methods_are_refused(client, key):
    refused = client.delete(PATH, headers={"X-API-Key": KEY})
    assert (refused.status_code, refused["Allow"]) == (405, "POST, OPTIONS")
