"""Photos named by an address: fetched after the report, guarded, once; failures are noted."""

import hashlib
from http.server import BaseHTTPRequestHandler

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from incidents import reporting
from incidents.data_requests import requests as data_requests
from incidents.models import ApiKey, HeldReport, Incident, Photo, RemotePhoto, Report, WatchedWord
from incidents.reporting import remote_photos
from tests import factories
from tests.fakes.served import Served

KEY = "swordfish"
HERE = {"lat": "50.005", "long": "10.005"}


class PictureServer(Served):
    """Fake photo server: `answers` by path, each (status, body, headers); counts requests."""

    def __init__(self, answers):
        self.answers, self.asked = answers, []
        self.listen()

    def handler(self):
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                served.asked.append(self.path)
                status, body, headers = served.answers.get(self.path, (404, b"", {}))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler


@pytest.fixture
def pictures(settings):
    settings.OUTBOUND_ALLOWED = {"photos": ["127.0.0.0/8"]}
    answers = {
        "/1.jpg": (200, factories.jpeg(), {}), "/2.jpg": (200, factories.jpeg(80, 60), {}),
        "/moved": (302, b"", {"Location": "/1.jpg"}), "/round": (302, b"", {"Location": "/round"}),
        "/text": (200, b"<html>", {}), "/busy": (503, b"", {}),
        "/away": (302, b"", {"Location": "http://169.254.169.254/latest/"}),
    }  # fmt: skip
    with PictureServer(answers) as server:
        yield server


@pytest.fixture
def post(client, town):
    ApiKey.objects.create(name="Neighbour City", sha256=hashlib.sha256(KEY.encode()).hexdigest())

    def send(**fields):
        sent = {"api_key": KEY, "service_code": "ST.1"} | HERE | fields
        response = client.post("/open311/v2/requests.json", sent, headers={"Accept-Language": "en"})
        assert response.status_code == 200, response.content
        return response.json()[0]

    return send


def fetch_all():
    for pk in RemotePhoto.objects.order_by("pk").values_list("pk", flat=True):
        remote_photos.fetch_photo(pk)


def notes():
    return [line.reasons[0]["en"] for line in Incident.objects.get().timeline.filter(kind="note", public=False)]


def test_named_photos_are_fetched_once(post, pictures):
    post(media_url=[f"{pictures.url}/1.jpg", f"{pictures.url}/moved", f"{pictures.url}/1.jpg"])
    rows = list(RemotePhoto.objects.values_list("pk", flat=True))
    jobs = ProcrastinateJob.objects.filter(task_name="incidents.fetch_photo").order_by("pk")
    assert [job.args["photo_id"] for job in jobs] == rows
    assert (len(rows), pictures.asked) == (2, [])
    fetch_all()
    assert pictures.asked == ["/1.jpg", "/moved", "/1.jpg"]
    assert [photo.report for photo in Photo.objects.all()] == [Report.objects.get()] * 2
    for pk in rows:  # a job may run twice
        remote_photos.fetch_photo(pk)
    assert (Photo.objects.count(), RemotePhoto.objects.count()) == (2, 0)


@pytest.mark.parametrize(("path", "why"), [
    ("/nothing", "HTTP 404"), ("/text", "cannot be opened"), ("/round", "HTTP 302"), ("/away", "private address"),
])  # fmt: skip
def test_what_is_no_photo_is_said_to_the_desk(post, pictures, path, why):
    post(media_url=pictures.url + path)
    fetch_all()
    assert (Photo.objects.count(), RemotePhoto.objects.count()) == (0, 0)
    (note,) = notes()
    assert why in note or path == "/text"
    assert note.startswith("A photo given by its address could not be fetched: ")


def test_busy_server_is_asked_again_and_then_given_up(post, pictures):
    post(media_url=f"{pictures.url}/busy")
    for _time in range(remote_photos.MAX_TRIES - 1):
        with pytest.raises(remote_photos.RetryLater):
            fetch_all()
    assert RemotePhoto.objects.count() == 1
    fetch_all()
    assert (len(pictures.asked), len(notes()), RemotePhoto.objects.count()) == (remote_photos.MAX_TRIES, 1, 0)


@pytest.mark.parametrize("url", ["https://127.0.0.1/1.jpg", "https://169.254.169.254/latest/", "https://[::1]/"])
def test_own_network_is_not_asked(post, url):
    post(media_url=url)
    fetch_all()
    assert (Photo.objects.count(), len(notes())) == (0, 1)


@pytest.mark.parametrize("url", ["http://example.org/1.jpg", "file:///etc/passwd", "x" * 3000, "https://" + "x" * 2000])
def test_address_that_is_none_is_left_out_with_a_notice(post, url):
    assert "media_url was left out: " in post(media_url=url)["service_notice"]
    assert (Report.objects.count(), RemotePhoto.objects.count()) == (1, 0)


def test_at_most_so_many_photos_of_a_report(post, settings):
    settings.PHOTOS_MAX = 2
    answer = post(media_url=[f"https://example.org/{n}.jpg" for n in range(5)])
    assert (RemotePhoto.objects.count(), "up to 2 photos" in answer["service_notice"]) == (2, True)


def test_switched_off_nothing_is_fetched(post, settings):
    settings.OPEN311_FETCH_MEDIA = False
    assert "media_url is not fetched" in post(media_url="https://example.org/1.jpg")["service_notice"]
    assert not RemotePhoto.objects.exists()


def test_photos_of_a_held_report_wait_for_the_look(post, pictures, officer):
    WatchedWord.watch("gambling")
    post(description="gambling", media_url=f"{pictures.url}/1.jpg")
    assert (RemotePhoto.objects.count(), HeldReport.objects.get().media_urls) == (0, [f"{pictures.url}/1.jpg"])
    reporting.let_through(HeldReport.objects.get(), by=officer)
    fetch_all()
    assert Photo.objects.count() == 1


def test_erased_report_gets_no_photo_any_more(post, pictures):
    post(media_url=f"{pictures.url}/1.jpg")
    data_requests.erase_reports(Report.objects.all())
    fetch_all()
    assert (Photo.objects.count(), pictures.asked) == (0, [])
