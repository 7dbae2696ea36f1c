"""Real Open311 clients: recorded requests, and two libraries over HTTP."""

import hashlib
import itertools
from pathlib import Path
from xml.etree import ElementTree

import pytest

from geoapp.http.token_bucket import Limit
from incidents.models import ApiKey, Category, Incident, Question, RemotePhoto, Report
from incidents.reporting import surge
from tests import factories

SAMPLES = Path(__file__).parents[2] / "samples" / "open311"


def read_sample(name):
    """(method, address, content type, body) of a recorded request."""
    head, _blank, body = (SAMPLES / f"{name}.http").read_text().partition("\n\n")
    first, *lines = head.splitlines()
    headers = dict(line.split(": ", 1) for line in lines)
    method, address = first.split(" ", 1)
    return method, address, headers["Content-Type"], body.strip()


def answered_id(response):
    if response["Content-Type"].startswith("text/xml"):
        return ElementTree.fromstring(response.content).findtext("request/service_request_id")
    return response.json()[0]["service_request_id"]


@pytest.mark.parametrize(("name", "words", "mail"), [
    ("fixmystreet-perl", "title: Ổ gà", "ann@example.org"),
    ("ruby-gem", "Knee deep", ""),
    ("node-module", "Knee deep", ""),
    ("java-wrapper", "Knee deep", "ann@example.org"),
])  # fmt: skip
def test_report_of_each_client_comes_in(client, town, name, words, mail):
    ApiKey.objects.create(name="Neighbour City", sha256=hashlib.sha256(b"swordfish").hexdigest())
    method, address, kind, body = read_sample(name)
    response = client.generic(method, address, body, CONTENT_TYPE=kind)  # also with an empty body
    assert response.status_code == 200, response.content
    report = Report.objects.get()
    assert (answered_id(response), report.email) == (report.incident.reference, mail)
    assert report.text.replace("  ", " ").startswith(words)
    named = [remote.url for remote in RemotePhoto.objects.order_by("pk")]
    assert named == (["https://fms.example/photo/7.0.full.jpeg?x"] if name == "fixmystreet-perl" else [])


# ---- the libraries themselves, over HTTP: where they are installed (pip install georeport three) ----


@pytest.fixture
def city(transactional_db, live_server):
    """The invented town on a live server: address of its Open311, and an API key “swordfish”."""
    town = factories.town()
    ApiKey.objects.create(name="Neighbour City", sha256=hashlib.sha256(b"swordfish").hexdigest())
    Question.objects.create(category=town.hole, code="pole", datatype="string", text="Số trụ đèn")
    return f"{live_server.url}/open311/v2/"


@pytest.mark.parametrize("form", ["json", "xml"])
def test_georeport_reads_all_that_it_asks_for(city, form):
    town = Category.objects.get(code="ST.1"), Category.objects.get(code="ST.2")
    hole, waste = (factories.incident(category) for category in town)
    client = pytest.importorskip("georeport").GeoReport(city, output_format=form)
    services = {row["service_code"]: row["service_name"] for row in client.get_service_list()}
    assert (len(services), services["ST.1"]) == (8, "Ổ gà")
    attributes = client.get_service_definition("ST.1")["attributes"]
    row = attributes[0] if form == "json" else attributes["attribute"]
    assert (row["code"], row["datatype"]) == ("pole", "string")
    numbers = [row["service_request_id"] for row in client.get_service_requests(status="open")]
    assert numbers == [waste.reference, hole.reference]
    assert client.get_service_request(hole.reference)["service_code"] == "ST.1"


@pytest.fixture
def three(monkeypatch):
    """The library for Python 2, which needs a name that Python 3 lacks."""
    monkeypatch.setattr(itertools, "ifilter", filter, raising=False)
    return pytest.importorskip("three").Three


def test_three_reports_with_a_photo_and_reads_it_back(city, three, tmp_path, settings):
    picture = tmp_path / "hole.jpg"
    picture.write_bytes(factories.jpeg())
    client = three(city, api_key="swordfish", format="json")
    assert [endpoint["type"] for endpoint in client.discovery()["endpoints"]] == ["production", "test"]
    assert client.services("ST.1")["attributes"][0]["code"] == "pole"
    with picture.open("rb") as media:
        (answer,) = client.post("ST.1", lat=50.005, long=10.005, name="Ann Le", phone="none", media=media)
    report = Report.objects.get()
    assert (answer["service_request_id"], report.photos.count()) == (report.incident.reference, 1)
    assert client.requests(count=1)[0]["service_request_id"] == answer["service_request_id"]
    assert client.request(answer["service_request_id"])[0]["status"] == "open"


def test_three_reads_the_number_of_a_token(city, three, settings):
    settings.LIMITS = settings.LIMITS | {"surge:reports": Limit(0.001, 3600)}
    client = three(city, api_key="swordfish", format="json")
    (answer,) = client.post("ST.1", address="12 Harbour Road, Phường New Wharf")
    assert client.token(answer["token"])[0]["service_request_id"] is None
    surge.finish_reports()
    assert client.token(answer["token"])[0]["service_request_id"] == Incident.objects.get().reference
