"""Reports above the rate: received with a token, processed in order, never refused."""

import hashlib
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from geoapp.http.token_bucket import Limit
from incidents.models import ApiKey, Category, HeldReport, Incident, Report
from incidents.reporting import surge
from tests import factories
from tests.incidents.views.test_direct_reports import ask_all

BASE, KEY = "/open311/v2/", "swordfish"
PLAIN = {"api_key": KEY, "service_code": "ST.1", "lat": "50.005", "long": "10.005"}


@pytest.fixture
def key(town):
    return ApiKey.objects.create(name="Neighbour City", sha256=hashlib.sha256(KEY.encode()).hexdigest())


@pytest.fixture
def rate(settings):
    """Set how many reports each process and each key may send at once."""

    def change(at_once, of_a_key=3000, received_of_a_key=60_000):
        rows = {"surge:reports": Limit(at_once, 3600), "open311:key": Limit(of_a_key, 3600)}
        settings.LIMITS = settings.LIMITS | rows | {"surge:key": Limit(received_of_a_key, 3600)}

    return change


@pytest.fixture
def post(client, key):
    def send(**fields):
        return client.post(BASE + "requests.json", PLAIN | fields, headers={"Accept-Language": "en"})

    return send


def number_of_token(client, token):
    return client.get(f"{BASE}tokens/{token}.json").json()[0]["service_request_id"]


def test_over_the_rate_a_report_gets_a_token_first(post, client, rate):
    rate(1)
    assert "service_request_id" in post().json()[0]
    (answer,) = post(description="Second", email="ann@example.org").json()
    assert answer.keys() == {"token", "service_notice", "account_id"}
    assert "within minutes" in answer["service_notice"]
    assert (number_of_token(client, answer["token"]), Incident.objects.count()) == (None, 1)
    assert not HeldReport.objects.waiting().exists()  # nobody has to look
    assert surge.finish_reports() == 1
    report = Report.objects.latest("pk")
    assert (number_of_token(client, answer["token"]), report.text) == (report.incident.reference, "Second")
    assert (report.email, report.token, report.incident.state) == ("ann@example.org", answer["token"], "assigned")
    assert surge.finish_reports() == 0


def test_received_reports_are_finished_in_their_order(post, rate):
    rate(0.001)
    for number in range(4):
        post(description=f"Hole {number}")
    assert surge.finish_reports() == 4
    assert [incident.text for incident in Incident.objects.order_by("pk")] == [f"Hole {number}" for number in range(4)]


def test_the_same_report_again_has_the_same_token(post, rate):
    rate(0.001)
    first, again = (post(client_request_id="7").json()[0]["token"] for _time in range(2))
    assert (first == again, HeldReport.objects.count()) == (True, 1)


def test_what_is_urgent_never_waits(post, rate):
    rate(0.001, of_a_key=0.001)
    Category.objects.filter(code="ST.1").update(emergency=True)
    assert "service_request_id" in post().json()[0]


def test_what_is_wrong_is_said_at_once(post, rate):
    rate(0.001)
    assert post(lat="51", long="11").status_code == 400
    assert not HeldReport.objects.exists()


def test_a_key_beyond_its_limit_is_refused_only_far_beyond(post, rate):
    rate(1000, of_a_key=2, received_of_a_key=2)
    kinds = [(response.status_code, sorted(response.json()[0])[-1]) for response in (post() for _time in range(5))]
    assert kinds == [(200, "service_request_id")] * 2 + [(200, "token")] * 2 + [(429, "description")]


def test_report_that_cannot_be_finished_waits_for_a_person(post, rate):
    rate(0.001)
    post()
    post(description="Good")
    HeldReport.objects.filter(text="").update(text="x" * 5000)
    assert surge.finish_reports() == 1
    (held_report,) = HeldReport.objects.waiting()
    assert (held_report.reasons, Report.objects.get().text) == (["surge", "unfinished"], "Good")


def test_system_that_sends_json_is_told_to_wait(client, key, rate):
    rate(0.001)
    document = json.dumps({"id": "1", "category": "ST.1", "place": {"lat": 50.005, "lon": 10.005}})
    sent = client.post("/api/reports/", document, content_type="application/json", headers={"X-API-Key": KEY})
    assert (sent.status_code, sent.json()["state"], sent.json()["reference"]) == (202, "waiting", None)
    surge.finish_reports()
    later = client.get("/api/reports/1/", headers={"X-API-Key": KEY}).json()
    assert (later["reference"], later["state"]) == (Incident.objects.get().reference, "assigned")


def test_web_says_received_and_goes_on_at_the_same_address(client, town, rate):
    rate(0.001)
    sent = {"category": "ST.1", "lon": "10.005", "lat": "50.005", "text": "Knee deep", "photos_public": "on"}
    answer = client.post("/report/", sent | {"photos": [SimpleUploadedFile("a.jpg", factories.jpeg())]})
    assert answer.status_code == 303
    page = client.get(answer["Location"]).content.decode()
    assert "Phản ánh của bạn đã tới" in page
    surge.finish_reports()
    report = Report.objects.get()
    page = client.get(answer["Location"]).content.decode()
    assert (report.incident.reference in page, report.photos.count()) == (True, 1)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_received_by_few_statements(key, rate):
    rate(5)
    answers = ask_all(*[(PLAIN | {"description": f"Hole {n}"}, {}) for n in range(40)])
    rows = [json.loads(body)[0] for _status, _headers, body in answers]
    assert ([status for status, *_rest in answers], sum("token" in row for row in rows)) == ([200] * 40, 35)
    assert (Incident.objects.count(), HeldReport.objects.received().count()) == (5, 35)
    assert surge.finish_reports() == 35
    assert sorted(Incident.objects.values_list("text", flat=True)) == sorted(f"Hole {n}" for n in range(40))
