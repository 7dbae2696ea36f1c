"""Describe every API as a table and render it as OpenAPI 3.1 and example pages.

`tests/incidents/views/test_developers.py` sends each call with its examples and compares the answers.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext_lazy as w

from gis_data import city
from gis_data.models import Area
from incidents.map import public_map
from incidents.models import Authority, Category, Event

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

JSON, GEOJSON, XML, CSV = "application/json", "application/geo+json", "text/xml", "text/csv"
MVT, ATOM, STREAM = "application/vnd.mapbox-vector-tile", "application/atom+xml", "text/event-stream"
PNG = "image/png"
ZOOM = 14  # of the example tile
OBJECTS = {JSON: "object", GEOJSON: "object"}


@dataclass(frozen=True)
class Param:
    """A part of the path, a query parameter, a form field, or the whole body (`where`).

    `example` may hold names that `examples` fills in with rows of this city: "{reference}".
    """

    name: str
    about: "StrOrPromise"
    example: str = ""
    where: str = "query"
    required: bool = False
    kind: str = "string"


@dataclass(frozen=True)
class Call:
    """An address and a method. `gives`: media types of the answer; `key`: how an API key is sent, if one is needed."""

    path: str
    about: "StrOrPromise"
    params: tuple[Param, ...] = ()
    gives: tuple[str, ...] = (JSON,)
    method: str = "GET"
    key: str = ""  # bearer, or api_key: a field of the form
    status: int = 200
    shape: str = "object"  # of JSON: object or array

    @property
    def number(self) -> str:
        words = self.path.replace("{", "").replace("}", "").replace(".", "_").strip("/").split("/")
        return "_".join([self.method.lower(), *words])


@dataclass(frozen=True)
class Api:
    name: str
    title: "StrOrPromise"
    about: "StrOrPromise"
    calls: tuple[Call, ...]
    limit: str  # the row of settings.LIMITS that counts its calls
    webhooks: dict[str, Any] = field(default_factory=dict)


def part(name: str, about: "StrOrPromise", example: str) -> Param:
    return Param(name, about, example, where="path", required=True)


FORMAT = part("format", w("json or xml"), "json")
LON = Param("lon", w("longitude, degrees"), "{lon}", "path", required=True, kind="number")
LAT = Param("lat", w("latitude, degrees"), "{lat}", "path", required=True, kind="number")
AT = Param("at", w("by the boundaries of this day"), "")
TILE = (
    Param("z", w("zoom of the tile"), "{z}", "path", required=True, kind="integer"),
    Param("x", w("column of the tile"), "{x}", "path", required=True, kind="integer"),
    Param("y", w("row of the tile, from the north"), "{y}", "path", required=True, kind="integer"),
)
REFERENCE = part("reference", w("the number of an incident"), "{reference}")
LANG = Param("lang", w("language: vi or en"), "")
NUMBER = Param("id", w("the number of the webhook"), "1", "path", required=True, kind="integer")
REPORT_FIELDS = (
    Param("service_code", w("what it is: a code of services"), "{category}", "form", required=True),
    Param("lat", w("latitude, degrees"), "{lat}", "form", kind="number"),
    Param("long", w("longitude, degrees"), "{lon}", "form", kind="number"),
    Param("description", w("what the citizen writes"), "Hố sâu giữa đường", "form"),
    Param("client_request_id", w("your own number for it: sent twice, it counts once"), "", "form"),
)

REPORT = (
    '{"id": "OURS-1", "category": "{category}", "place": {"lat": {lat}, "lon": {lon}}, "text": "Hố sâu giữa đường"}'
)

OPEN311 = Api(
    "open311",
    w("Reports and incidents: Open311 GeoReport v2"),
    w("Read what was reported and how it was dealt with; with a key, send reports."),
    (
        Call("/open311/discovery.{format}", w("where the service is"), (FORMAT,), (JSON, XML)),
        Call(
            "/open311/v2/services.{format}",
            w("what can be reported, at a place"),
            (FORMAT, Param("lat", LAT.about, "{lat}"), Param("long", LON.about, "{lon}")),
            (JSON, XML),
            shape="array",
        ),
        Call(
            "/open311/v2/services/{service_code}.{format}",
            w("the questions of one kind of report"),
            (part("service_code", w("a code of services"), "{category}"), FORMAT),
            (JSON, XML),
        ),
        Call(
            "/open311/v2/requests.{format}",
            w("public incidents, the newest first"),
            (
                FORMAT,
                Param("status", w("open or closed"), "open"),
                Param("service_code", w("codes, separated by commas"), ""),
                Param("start_date", w("received from: a moment with its zone"), ""),
                Param("end_date", w("received until; at most 90 days after"), ""),
                Param("page_size", w("how many, at most 1000"), "3", kind="integer"),
            ),
            (JSON, XML),
            shape="array",
        ),
        Call(
            "/open311/v2/requests/{reference}.{format}",
            w("one incident, as a list of one"),
            (REFERENCE, FORMAT),
            (JSON, XML),
            shape="array",
        ),
        Call(
            "/open311/v2/servicerequestupdates.{format}",
            w("what happened to incidents"),
            (FORMAT, Param("page_size", w("how many, at most 1000"), "3", kind="integer")),
            (JSON, XML),
            shape="array",
        ),
        Call(
            "/open311/test/v2/requests.{format}",
            w("test report: it is checked, and sent to nobody"),
            (FORMAT, *REPORT_FIELDS),
            (JSON, XML),
            "POST",
            "api_key",
            shape="array",
        ),
        Call(
            "/open311/v2/requests.{format}",
            w("send a real report"),
            (FORMAT, *REPORT_FIELDS),
            (JSON, XML),
            "POST",
            "api_key",
            shape="array",
        ),
    ),
    "open311:address",
)
REPORTS = Api(
    "reports",
    w("Reports as JSON"),
    w("Report under your own numbers, and ask for the status of these reports. With a key."),
    (
        Call(
            "/api/reports/",
            w("send a real report"),
            (Param("body", w("what, where, and your own number for it"), REPORT, "body"),),
            method="POST",
            key="bearer",
            status=201,
        ),
        Call(
            "/api/reports/{id}/",
            w("the status of one of your reports"),
            (part("id", w("your own number for it"), "OURS-1"),),
            key="bearer",
        ),
    ),
    "open311:address",
)
WEBHOOKS = Api(
    "webhooks",
    w("Webhooks: we call you"),
    w("Tell us where to call your system when something happens, instead of asking again and again."),
    (
        Call("/webhooks/", w("your webhooks"), key="bearer"),
        Call(
            "/webhooks/",
            w("a new one; its secret is shown once"),
            (
                Param(
                    "body",
                    w("address, kinds of events, own reports only"),
                    '{"url": "https://partner.example/hook"}',
                    "body",
                ),
            ),
            method="POST",
            key="bearer",
            status=201,
        ),
        Call("/webhooks/{id}/", w("one webhook and its last messages"), (NUMBER,), key="bearer"),
        Call(
            "/webhooks/{id}/",
            w("switch it on or off"),
            (NUMBER, Param("body", w("whether it is called"), '{"active": true}', "body")),
            method="PATCH",
            key="bearer",
        ),
        Call("/webhooks/{id}/ping/", w("send a test"), (NUMBER,), method="POST", key="bearer", status=202),
        Call("/webhooks/{id}/", w("remove it"), (NUMBER,), (), "DELETE", "bearer", status=204),
    ),
    "api:address",
    {
        "incident": {
            "post": {
                "summary": "Something happened to an incident",
                "parameters": [
                    {"name": f"webhook-{name}", "in": "header", "required": True, "schema": {"type": "string"}}
                    for name in ("id", "timestamp", "signature")
                ],
                "requestBody": {
                    "content": {
                        JSON: {
                            "schema": {
                                "type": "object",
                                "required": ["type", "timestamp", "data"],
                                "properties": {
                                    "type": {"enum": ["ping", *(f"incident.{kind}" for kind in Event.Kind.values)]},
                                    "timestamp": {"type": "string", "format": "date-time"},
                                    "data": {"type": "object"},
                                },
                            }
                        }
                    }
                },
                "responses": {"2XX": {"description": "It was taken. Anything else: it is sent again."}},
            }
        }
    },
)
FEEDS = Api(
    "feeds",
    w("Feeds: Atom with GeoRSS"),
    w("What is new in the city, a ward, a field, at a unit or with one incident."),
    (
        Call("/feeds/all.atom", w("of the whole city"), (LANG,), (ATOM,)),
        Call("/feeds/areas/{code}.atom", w("of a ward"), (part("code", w("the ward's code"), "{area}"), LANG), (ATOM,)),
        Call(
            "/feeds/categories/{code}.atom",
            w("of a field"),
            (part("code", w("the field's code"), "{category}"), LANG),
            (ATOM,),
        ),
        Call(
            "/feeds/authorities/{code}.atom",
            w("of an authority"),
            (part("code", w("the authority's code"), "{authority}"), LANG),
            (ATOM,),
        ),
        Call("/feeds/incidents/{reference}.atom", w("the history of one incident"), (REFERENCE, LANG), (ATOM,)),
    ),
    "api:address",
)
LIVE = Api(
    "live",
    w("The live stream"),
    w("Everything public as it happens, as Server-Sent Events."),
    (Call("/live/", w("the stream; with Last-Event-ID it resumes where it broke off"), (), (STREAM,)),),
    "stream:address",
)
MAPIT = Api(
    "mapit",
    w("Areas: MapIt"),
    w("Which ward covers a place, today or on a day of the past; shapes of areas."),
    (
        Call("/mapit/overview", w("what there is")),
        Call("/mapit/point/4326/{lon},{lat}", w("the areas that cover a place"), (LON, LAT, AT)),
        Call("/mapit/area/{id}", w("one area and its history"), (part("id", w("the area's number"), "{area_id}"),)),
        Call(
            "/mapit/area/{id}.geojson",
            w("its shape"),
            (
                part("id", w("the area's number"), "{area_id}"),
                Param("simplify_tolerance", w("degrees"), "", kind="number"),
            ),
            (GEOJSON,),
        ),
        Call("/mapit/areas/{type}", w("all areas of a type"), (part("type", "WARD, DISTRICT, CITY", "CITY"), AT)),
        Call("/mapit/generations", w("the days on which boundaries changed")),
        Call("/mapit/types", w("the types of areas, codes and names")),
    ),
    "api:address",
)
PLACES = Api(
    "places",
    w("Addresses and places"),
    w("From text to places, and the outline of a ward."),
    (
        Call(
            "/addresses/",
            w("what an address may mean, the most likely first"),
            (
                Param("q", w("words of an address"), "chợ"),
                Param("near", w("lon,lat where the user is looking"), "{lon},{lat}"),
            ),
        ),
        Call("/areas/search/", w("areas and streets by name"), (Param("q", w("words of a name"), "phường"),)),
        Call("/areas/{code}.json", w("a ward and its outline"), (part("code", w("the ward's code"), "{area}"),)),
    ),
    "search:address",
)
TILES = Api(
    "tiles",
    w("Map tiles"),
    w("Areas, streets and incidents as Mapbox vector tiles, with TileJSON."),
    (
        Call("/tiles/areas.json", w("TileJSON of the areas"), (AT,)),
        Call("/tiles/areas/{z}/{x}/{y}.mvt", w("areas as a vector tile"), TILE, (MVT,)),
        Call("/tiles/incidents.json", w("TileJSON of the incidents")),
        Call("/tiles/incidents/{z}/{x}/{y}.mvt", w("incidents as a vector tile"), TILE, (MVT,)),
    ),
    "photo:address",
)
DATA = Api(
    "data",
    w("Open data as files"),
    w("Everything public, complete. For GIS programs there is also OGC API – Features."),
    (
        Call("/data/areas.geojson", w("the areas of today"), (), (GEOJSON,)),
        Call(
            "/data/incidents.csv",
            w("public incidents"),
            (Param("from", w("received from: a day"), "2026-11-01"),),
            (CSV,),
        ),
        Call("/stats/areas.csv", w("figures by ward"), (), (CSV,)),
        Call("/history/heads.json", w("the seals on the history, for verification")),
        Call("/i/{reference}/map.png", w("where an incident lies, as a picture"), (REFERENCE,), (PNG,)),
    ),
    "export:address",
)
CAMERAS = Api(
    "cameras",
    w("Traffic cameras: Open511"),
    w("Where the cameras are, and the redacted pictures of the public ones."),
    (
        Call("/open511/", w("its owner")),
        Call("/open511/cameras/", w("cameras by code"), (Param("limit", w("how many"), "3", kind="integer"),)),
        Call("/cameras.geojson", w("the same for maps")),
        Call("/cameras/truth.json", w("state of the cameras")),
    ),
    "api:address",
)
APIS = {api.name: api for api in (OPEN311, REPORTS, WEBHOOKS, FEEDS, LIVE, MAPIT, PLACES, TILES, DATA, CAMERAS)}


# ---- examples ----


def examples() -> dict[str, str]:
    """Returns the values for names in examples: from the newest public incident, else the middle of the city."""
    newest = public_map.published_incidents().with_pages().order_by("-received_at").first()
    if newest:
        category, area, authority, place = newest.category, newest.area, newest.authority, newest.place
    else:
        category, authority = Category.objects.leaves().order_by("pk").first(), Authority.objects.order_by("pk").first()
        area = (
            Area.objects.filter(edition__in_force__isnull=False)
            .defer("shape", "outline")
            .order_by("-level", "pk")
            .first()
        )
        place = city.current().centre
    x, y = tile_of(place.x, place.y)
    return {
        "reference": newest.reference if newest else "",
        "category": category.code if category else "",
        "area": area.code if area else "",
        "area_id": str(area.pk) if area else "",
        "authority": authority.code if authority else "",
        "lon": f"{place.x:.6f}",
        "lat": f"{place.y:.6f}",
        "z": str(ZOOM),
        "x": str(x),
        "y": str(y),
    }


def tile_of(lon: float, lat: float) -> tuple[int, int]:
    down = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return int((lon + 180) / 360 * 2**ZOOM), int(down * 2**ZOOM)


def fill_in(text: str, values: dict[str, str]) -> str:
    """Replaces known names in an example; other braces stay, because JSON has its own."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def example_path(call: Call, values: dict[str, str]) -> str:
    path_values = {param.name: fill_in(param.example, values) for param in call.params if param.where == "path"}
    return fill_in(call.path, path_values)


# ---- OpenAPI ----


def openapi_document(api: Api) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for call in api.calls:
        paths.setdefault(call.path, {})[call.method.lower()] = dict(operation(call))
    document = {
        "openapi": "3.1.0",
        "info": {"title": str(api.title), "description": str(api.about), "version": "2"},
        "servers": [{"url": settings.SITE_URL}],
        "paths": paths,
    }
    if any(call.key == "bearer" for call in api.calls):
        document["components"] = {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}}
    if any(call.key == "api_key" for call in api.calls):
        scheme = {"type": "apiKey", "in": "query", "name": "api_key"}
        document["components"] = {"securitySchemes": {"api_key": scheme}}
    return document | ({"webhooks": api.webhooks} if api.webhooks else {})


def operation(call: Call) -> Iterator[tuple[str, Any]]:
    yield "operationId", call.number
    yield "summary", str(call.about)
    yield "parameters", [parameter(param) for param in call.params if param.where in ("path", "query")]
    if fields := [param for param in call.params if param.where == "form"]:
        schema = {
            "type": "object",
            "properties": {param.name: {"type": param.kind, "description": str(param.about)} for param in fields},
            "required": [param.name for param in fields if param.required],
        }
        yield "requestBody", {"content": {"application/x-www-form-urlencoded": {"schema": schema}}}
    if any(param.where == "body" for param in call.params):
        yield "requestBody", {"required": True, "content": {JSON: {"schema": {"type": "object"}}}}
    content = {media: {"schema": answer_schema(call, media)} for media in call.gives}
    response = {"description": str(call.about)} | ({"content": content} if content else {})
    yield "responses", {str(call.status): response, "default": {"description": "What is wrong with the question."}}
    if call.key:
        yield "security", [{call.key: []}]


def parameter(param: Param) -> dict[str, Any]:
    return {
        "name": param.name,
        "in": param.where,
        "required": param.required,
        "description": str(param.about),
        "schema": {"type": param.kind},
    }


def answer_schema(call, media):
    return {"type": call.shape if media == JSON else OBJECTS.get(media, "string")}
