"""Ask an external geocoder (Nominatim or Photon, through geopy) where the city's own names have no match.

Only the typed text and the city's bounding box are sent. All processes together keep to GEOCODER_PER_SECOND and
GEOCODER_PER_DAY; after a failure no request is sent for a while. Failures return no places and raise nothing. Off
unless GEOCODER_URL is set.
"""

import logging
import time
from collections import OrderedDict
from datetime import timedelta
from threading import Lock

import httpx
from django.conf import settings
from django.contrib.gis.db.models import Extent
from django.contrib.gis.geos import Point
from django.db.models import F
from django.utils.timezone import localdate, now
from geopy.adapters import AdapterHTTPError, BaseSyncAdapter
from geopy.exc import GeocoderParseError, GeocoderServiceError, GeocoderTimedOut, GeocoderUnavailable, GeopyError
from geopy.geocoders import Nominatim, Photon

from geoapp import deadline, outbound
from geoapp.http.text_validation import read_json
from gis_data.gazetteer import download
from gis_data.models import Area, City, GeocoderUsage
from gis_data.words import tidy

LONGEST = 200  # characters that are asked
MOST = 5  # answers
BIGGEST = 1_000_000  # bytes of an answer
PEACE_S = 60.0  # seconds for which a geocoder that failed is not asked
LONGEST_PEACE_S = 3600.0  # however long it asks to be left alone
KEPT, KEPT_S = 1000, 6 * 3600.0  # answers remembered by a process, and for how long
# The radius in which the thing lies, by what the geocoder calls it, where it gives no box.
ACCURACY_M = {"house": 20, "building": 20, "amenity": 40, "street": 200, "road": 200, "highway": 200}
VAGUE_M = 1000

log = logging.getLogger(__name__)
cached_results, lock = OrderedDict(), Lock()


def ask_geocoder(text: str, city: City) -> list[tuple[str, Point, int]]:
    """Return the external geocoder's places inside the city: (title, point in EPSG:4326, accuracy in metres).

    [] where it is off, knows nothing, fails, or has been asked enough.
    """
    text = tidy(text)[:LONGEST]
    if not settings.GEOCODER_URL or not text:
        return []
    key = (settings.GEOCODER_URL, text.casefold())
    known = cached_results.get(key)
    if known and known[0] > time.monotonic():
        return known[1]
    if not take_turn():
        return []
    try:
        download.check_address(settings.GEOCODER_URL, outbound.allowed_targets("geocoder"))
        places = [place for location in request_locations(text, city) if (place := result_in_city(location))]
    except (GeopyError, download.NotFetched, LookupError, TypeError, ValueError, AttributeError) as error:
        log.warning("The outside geocoder gives no answer: %s", type(error).__name__)
        pause_requests(getattr(error, "retry_after", None) or PEACE_S)
        return []
    cache_result(key, places)
    return places


def take_turn():
    """Count a request; returns whether the rate and the daily limit allow it."""
    moment, today = now(), localdate()
    GeocoderUsage.objects.bulk_create([GeocoderUsage(day=today, next_at=moment)], ignore_conflicts=True)
    return GeocoderUsage.objects.filter(day=today, next_at__lte=moment, asked__lt=settings.GEOCODER_PER_DAY).update(
        asked=F("asked") + 1, next_at=moment + timedelta(seconds=1 / settings.GEOCODER_PER_SECOND)
    )


def pause_requests(seconds):
    until = now() + timedelta(seconds=min(seconds, LONGEST_PEACE_S))
    GeocoderUsage.objects.filter(day=localdate(), next_at__lt=until).update(next_at=until)


def cache_result(key, places):
    with lock:
        cached_results[key] = (time.monotonic() + KEPT_S, places)
        while len(cached_results) > KEPT:
            cached_results.popitem(last=False)


def request_locations(text, city):
    areas = Area.objects.filter(edition__city=city).on(localdate())
    west, south, east, north = areas.aggregate(box=Extent("outline"))["box"]
    url = httpx.URL(settings.GEOCODER_URL)
    bounds = {
        "domain": url.netloc.decode() + url.path.rstrip("/"),
        "scheme": url.scheme,
        "timeout": settings.GEOCODER_TIMEOUT,
        "user_agent": f"geoapp ({settings.SITE_URL})",
        "adapter_factory": BoundedAdapter,
    }
    corners = [(south, west), (north, east)]
    if settings.GEOCODER_KIND == "photon":
        return Photon(**bounds).geocode(text, exactly_one=False, limit=MOST, bbox=corners) or []
    options = {"viewbox": corners, "bounded": True, "language": settings.LANGUAGE_CODE}
    return Nominatim(**bounds).geocode(text, exactly_one=False, limit=MOST, **options) or []


def result_in_city(location):
    point = Point(float(location.longitude), float(location.latitude), srid=4326)
    if not Area.objects.on(localdate()).covering(point).exists():
        return None
    title = ", ".join(dict.fromkeys(tidy(str(location.address)).split(", ")))  # Photon's says the street twice
    return title[:200], point, accuracy_of(location.raw)


def accuracy_of(raw):
    facts = raw.get("properties", raw)
    if box := raw.get("boundingbox"):
        south, north, west, east = map(float, box)
        return max(20, round(max(north - south, east - west) * 111_000 / 2))
    kinds = (facts.get("addresstype"), facts.get("type"), facts.get("class"), facts.get("osm_key"))
    return next((ACCURACY_M[kind] for kind in kinds if kind in ACCURACY_M), VAGUE_M)


class BoundedAdapter(BaseSyncAdapter):
    """geopy adapter without redirects and proxies, with a size limit of 1 MB and a total timeout."""

    def get_text(self, url, *, timeout, headers):
        body = b""
        try:
            with (
                deadline.total_time(timeout),
                outbound.http_client(outbound.allowed_targets("geocoder"), timeout=timeout) as http,
                http.stream("GET", url, headers=headers) as answer,
            ):
                for part in answer.iter_bytes():
                    body += part
                    if len(body) > BIGGEST:
                        raise GeocoderServiceError("The answer is too long.")
        except httpx.TimeoutException as error:
            raise GeocoderTimedOut(str(error)) from error
        except (httpx.HTTPError, httpx.InvalidURL, outbound.NotAllowed) as error:
            raise GeocoderUnavailable(str(error)) from error
        if answer.status_code != 200:
            raise AdapterHTTPError(
                f"Status {answer.status_code}", status_code=answer.status_code, headers=dict(answer.headers), text=""
            )
        return body.decode("utf-8", "replace")

    def get_json(self, url, *, timeout, headers):
        try:
            return read_json(self.get_text(url, timeout=timeout, headers=headers))
        except ValueError as error:
            raise GeocoderParseError("No JSON.") from error
