"""`/open511/`: cameras for other road systems (Open511 1.0, JSON), and `/cameras.geojson`: the same for maps."""

from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.gis.geos import Polygon
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from cameras import access
from cameras.register import open511
from geoapp.methods import require_safe
from gis_data import city
from gis_data.words import tidy

SECONDS = 60  # for which an answer may be kept
PAGE, MOST = 50, 500
KNOWN = {"format", "version", "limit", "offset", "bbox", "road_name", "accept-language"}


class Faulty(Exception):
    """The question cannot be answered; `faults` says why, one sentence each."""

    def __init__(self, *faults):
        self.faults = faults


def open_to_all(view):
    @login_not_required
    @require_safe
    @wraps(view)
    def answer(request, **asked):
        try:
            response = JsonResponse(view(request, **asked))
            patch_cache_control(response, public=True, max_age=SECONDS)
        except Faulty as error:
            response = JsonResponse({"errors": list(error.faults)}, status=400)
        response["Access-Control-Allow-Origin"] = "*"
        return response

    return answer


@open_to_all
def discovery(request: HttpRequest) -> dict:
    """Whose it is, and where the cameras are."""
    here = settings.SITE_URL + reverse("open511")
    return {
        "meta": {"version": "v1"},
        "jurisdictions": [{"id": open511.jurisdiction(), "name": city.current().name, "url": here}],
        "services": [{"service_type": "CAMERAS", "url": settings.SITE_URL + reverse("open511-cameras")}],
    }


@open_to_all
def cameras(request: HttpRequest) -> dict:
    """A page of the active cameras by code: `?limit=&offset=`, those of a road (`road_name`), in a box (`bbox`)."""
    asked = parse_query(request.GET)
    rows = open511.with_views()
    if asked["road_name"]:
        rows = rows.filter(road__iexact=asked["road_name"])
    if asked["bbox"]:
        rows = rows.filter(place__intersects=asked["bbox"])
    limit, offset = asked["limit"], asked["offset"]
    page = list(rows[offset : offset + limit + 1])
    return {
        "meta": {"version": "v1"},
        "cameras": open511.cameras_as_open511(page[:limit], access.public_stills_of(page[:limit])),
        "pagination": {"offset": offset} | ({"next_url": page_url(request, offset + limit)} if page[limit:] else {}),
    }


@open_to_all
def camera(request: HttpRequest, code: str) -> dict:
    row = get_object_or_404(open511.with_views(), code=code)
    return {"meta": {"version": "v1"}, "cameras": open511.cameras_as_open511([row], access.public_stills_of([row]))}


@open_to_all
def geojson(request: HttpRequest) -> dict:
    rows = list(open511.with_views())
    return open511.as_geojson(rows, access.public_stills_of(rows))


def page_url(request, offset):
    asked = request.GET.copy()
    asked["offset"] = offset
    return f"{settings.SITE_URL}{request.path}?{asked.urlencode()}"


def parse_query(asked):
    """What is asked, read: limit, offset, bbox (a polygon) and road_name. Raises Faulty with all that is wrong."""
    known = ", ".join(sorted(KNOWN))
    said = _("%(name)s is no parameter here; these are: %(known)s.")
    faults = [said % {"name": name[:40], "known": known} for name in asked if name not in KNOWN]
    if asked.get("format", "json") != "json":
        faults.append(_("format: only json is given here."))
    limit, offset = (
        parse_whole(asked.get(name, ""), otherwise) for name, otherwise in (("limit", PAGE), ("offset", 0))
    )
    if limit is None or not 1 <= limit <= MOST:
        faults.append(_("limit: a number from 1 to %(most)d is wanted.") % {"most": MOST})
    if offset is None:
        faults.append(_("offset: a number is wanted."))
    box = None
    if asked.get("bbox"):
        try:
            west, south, east, north = map(float, asked["bbox"].split(","))
            if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
                raise ValueError
            box = Polygon.from_bbox((west, south, east, north))
            box.srid = 4326
        except ValueError:
            faults.append(_("bbox: four numbers of degrees are wanted: west, south, east, north."))
    if faults:
        raise Faulty(*faults)
    return {"limit": limit, "offset": offset, "bbox": box, "road_name": tidy(asked.get("road_name", ""))[:150]}


def parse_whole(text, otherwise):
    """A whole number from 0 on, or None."""
    if not text:
        return otherwise
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None
