"""Test the external geocoder against a fake Nominatim and Photon."""

import json
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils.timezone import now

from gis_data.addresses import external, suggest
from gis_data.models import GeocoderUsage
from tests.machine import patience

# In the forms that the two write, which geopy reads; positions are in Old Wharf, and one far away.
NOMINATIM = [
    {
        "lat": "50.005", "lon": "10.005", "display_name": "12, Harbour Road,  Old Wharf",
        "class": "building", "type": "yes", "addresstype": "building",
        "boundingbox": ["50.0049", "50.0051", "10.0049", "10.0051"],
    },
    {"lat": "51.5", "lon": "11.5", "display_name": "Harbour Road, elsewhere", "class": "highway", "type": "primary"},
    {"lat": "50.006", "lon": "10.015", "display_name": "Harbour Road", "class": "highway", "type": "primary"},
]  # fmt: skip
PHOTON = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [10.005, 50.005]},
            "properties": {"type": "house", "housenumber": "12", "street": "Harbour Road", "city": "Wharf"},
        },
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [11.5, 51.5]},
            "properties": {"type": "house", "name": "Elsewhere"},
        },
    ],
}


class Geocoder:
    """Fake geocoder: its next answers, and its requests."""

    def __init__(self):
        self.asked, self.status, self.body, self.headers, self.wait = [], 200, NOMINATIM, {}, 0
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                url = urlsplit(self.path)
                stand_in.asked.append((url.path, parse_qs(url.query), self.headers["User-Agent"]))
                time.sleep(stand_in.wait)
                body = stand_in.body if isinstance(stand_in.body, bytes) else json.dumps(stand_in.body).encode()
                self.send_response(stand_in.status)
                for key, value in stand_in.headers.items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=[0.01], daemon=True).start()


@pytest.fixture
def geocoder(settings, town):
    stand_in = Geocoder()
    settings.OUTBOUND_ALLOWED = {"geocoder": ["private"]}
    settings.GEOCODER_URL = stand_in.url
    settings.GEOCODER_PER_SECOND, settings.GEOCODER_PER_DAY, settings.GEOCODER_TIMEOUT = 1000.0, 100, 20
    external.cached_results.clear()
    yield stand_in
    stand_in.server.shutdown()
    stand_in.server.server_close()


def ask_places(city, text="12 harbour rd"):
    return [(title, point.coords, metres) for title, point, metres in external.ask_geocoder(text, city)]


def test_it_is_off_by_default(town, settings):
    assert settings.GEOCODER_URL == ""
    assert external.ask_geocoder("12 harbour rd", town.city) == []
    assert not GeocoderUsage.objects.exists()


def test_nominatim_is_asked_in_and_answers_within_the_city(geocoder, town):
    assert ask_places(town.city) == [
        ("12, Harbour Road, Old Wharf", (10.005, 50.005), 20),
        ("Harbour Road", (10.015, 50.006), 200),
    ]
    [(path, question, agent)] = geocoder.asked
    assert (path, agent) == ("/search", "geoapp (http://localhost:8000)")
    assert question == {
        "q": ["12 harbour rd"], "format": ["json"], "limit": ["5"], "bounded": ["1"], "accept-language": ["vi"],
        "viewbox": ["10.0,50.0,10.02,50.01"],
    }  # fmt: skip


def test_photon_is_asked_in_its_own_way(geocoder, town, settings):
    settings.GEOCODER_KIND, geocoder.body = "photon", PHOTON
    settings.GEOCODER_URL += "/geo/"

    assert ask_places(town.city) == [("12, Harbour Road, Wharf", (10.005, 50.005), 20)]
    [(path, question, _agent)] = geocoder.asked
    assert (path, question) == (
        "/geo/api",
        {"q": ["12 harbour rd"], "limit": ["5"], "bbox": ["10.0,50.0,10.02,50.01"]},
    )


def test_geocoder_answers_are_cached_and_queries_cut_to_200(geocoder, town):
    first = ask_places(town.city, "Harbour  Road")
    assert ask_places(town.city, "harbour road ") == first
    ask_places(town.city, "x" * 5000)

    assert [question["q"][0] for _, question, _ in geocoder.asked] == ["Harbour Road", "x" * 200]


BAD = {
    "an error of its own": {"status": 500},
    "too many questions": {"status": 429},
    "not found": {"status": 404},
    "a redirect": {"status": 302, "headers": {"Location": "http://169.254.169.254/"}},
    "no JSON": {"body": b"<html>Sorry</html>"},
    "cut JSON": {"body": b'[{"lat": "50.00'},
    "other JSON": {"body": {"hello": "world"}},
    "a number": {"body": 7},
    "no numbers": {"body": [{"lat": "north", "lon": "east", "display_name": "x"}]},
    "not even places": {"body": [None]},
    "not a text": {"body": b"\xff\xfe\xff"},
    "a flood": {"body": b"[" + b" " * 2_000_000 + b"]"},
    "silence": {"wait": 5},
}


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize("how", BAD)
@pytest.mark.parametrize("kind", ["nominatim", "photon"])
def test_bad_geocoder_answer_stops_requests_for_a_minute(geocoder, town, settings, kind, how):
    settings.GEOCODER_KIND, settings.GEOCODER_TIMEOUT = kind, 0.5 if how == "silence" else 20
    vars(geocoder).update(BAD[how])
    start = time.monotonic()

    assert ask_places(town.city) == []

    assert time.monotonic() - start < patience(4)
    vars(geocoder).update(status=200, wait=0, headers={}, body=NOMINATIM)
    assert ask_places(town.city, "another") == []
    assert len(geocoder.asked) == 1
    GeocoderUsage.objects.update(next_at=now())
    settings.GEOCODER_KIND, settings.GEOCODER_TIMEOUT = "nominatim", 20
    assert len(ask_places(town.city)) == 2


@pytest.mark.parametrize(("says", "seconds"), [("600", 600), ("999999", 3600)])
def test_it_is_left_alone_as_long_as_it_asks_for_within_an_hour(geocoder, town, says, seconds):
    geocoder.status, geocoder.headers = 429, {"Retry-After": says}

    ask_places(town.city)

    assert abs(GeocoderUsage.objects.get().next_at - now() - timedelta(seconds=seconds)) < timedelta(seconds=20)


def test_nothing_known_is_an_answer_too(geocoder, town):
    geocoder.body = [{"display_name": "a place without a position"}]

    assert (ask_places(town.city), ask_places(town.city), len(geocoder.asked)) == ([], [], 1)


def test_it_is_asked_no_more_often_in_a_second_than_is_set(geocoder, town, settings):
    settings.GEOCODER_PER_SECOND = 0.1

    assert [len(ask_places(town.city, text)) for text in ("one", "two")] == [2, 0]

    GeocoderUsage.objects.update(next_at=now())
    assert len(ask_places(town.city, "two")) == 2


def test_it_is_asked_no_more_often_on_a_day_than_is_set(geocoder, town, settings):
    settings.GEOCODER_PER_DAY = 2

    assert [len(ask_places(town.city, text)) for text in ("one", "two", "three", "one")] == [2, 2, 0, 2]
    assert GeocoderUsage.objects.get().asked == 2


@pytest.mark.parametrize("url", [None, "http://localhost:1/", "ftp://geocoder.example/", "http://[::1]/"])
def test_geocoder_in_a_private_network_is_not_asked_by_default(geocoder, town, settings, url):
    settings.OUTBOUND_ALLOWED = {}
    settings.GEOCODER_URL = url or geocoder.url

    assert ask_places(town.city) == []
    assert geocoder.asked == []


def test_suggestions_ask_the_geocoder_only_without_own_matches(geocoder, town):
    assert suggest.suggest("harbour road")[0].title.startswith("Harbour Road")
    assert geocoder.asked == []

    places_found = suggest.suggest("12 Nowhere Alley")

    assert [(place.title, place.kind, place.accuracy_m, place.area) for place in places_found] == [
        ("12, Harbour Road, Old Wharf", "house", 20, town.old),
        ("Harbour Road", "street", 200, town.new),
    ]
    assert places_found[0].note == "Tìm bằng dịch vụ bản đồ ngoài dữ liệu của thành phố."
    assert [question["q"] for _, question, _ in geocoder.asked] == [["12 Nowhere Alley"]]


def test_while_it_fails_suggestions_are_those_of_the_city(geocoder, town):
    geocoder.status = 500

    assert suggest.suggest("12 Nowhere Alley") == []
