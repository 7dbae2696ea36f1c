"""`/mapit/…`: areas in MapIt's format (docs/mapit.md)."""

import json
from functools import wraps
from urllib.parse import parse_qsl, quote

import shapely
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from geoapp.http.costs import mark_read_only
from geoapp.http.query_parameters import FloatField, QueryError, read_number
from geoapp.http.text_validation import is_text, raw_body
from gis_data.services import mapit
from gis_data.services.mapit import TimeFilter

SECONDS = 3600  # for which an answer may be kept: boundaries change with a day
METHODS = ("GET", "HEAD", "POST")
WITHIN = FloatField(
    mapit.NO_POINT,
    at_least=0,
    at_most=mapit.WITHIN,
    out_of_range=f"within: at most {mapit.WITHIN:.0f} metres",
    default=0.0,
)


def answer_mapit(view):
    """Make a public MapIt view with CORS; results and faults are JSON.

    The view gets what was asked besides the address, whether after `?` (with `;` or `&` between) or in the body.
    """

    @csrf_exempt
    @login_not_required
    @wraps(view)
    def answer(request, form=None, **address):
        form = form or "json"
        try:
            if request.method not in METHODS:
                raise QueryError("Only GET and POST are answered here", status=405)
            query = parameters(request)
            if not is_text(*query.values()):
                raise QueryError("There is a character in it that is in no name")
            content = view(query, form, **address)
            response = content if isinstance(content, HttpResponse) else JsonResponse(content)
        except QueryError as fault:
            response = JsonResponse({"error": str(fault), "code": fault.status}, status=fault.status)
        if response.status_code == 405:
            response["Allow"] = ", ".join(METHODS)
        response["Access-Control-Allow-Origin"] = "*"
        if response.status_code == 200:
            response["Cache-Control"] = f"public, max-age={SECONDS}"
        return response

    return mark_read_only(answer)


def parameters(request):
    """Return the query parameters; Perl programs separate them by `;`."""
    texts = [request.META["QUERY_STRING"]]
    if request.method == "POST":
        texts.append(raw_body(request).decode("utf-8", "replace"))
    return dict(parse_qsl("&".join(texts).replace(";", "&")))


def areas_response(areas_found, form, query, srid="4326"):
    if form != "geojson":
        return areas_found
    if not areas_found:
        raise QueryError("There is no such area", status=404)
    by_id = mapit.shapes_by_id([area["id"] for area in areas_found.values()])
    features = [
        feature_text(area, mapit.transform_shape(by_id[area["id"]], srid, query.get("simplify_tolerance", "")))
        for area in areas_found.values()
    ]
    body = f'{{"type": "FeatureCollection", "features": [{", ".join(features)}]}}'
    return HttpResponse(body, content_type="application/geo+json")


def feature_text(area, shape):
    """Return a GeoJSON feature as text: parsing and dumping the shape again takes ten times as long."""
    properties = json.dumps(area, ensure_ascii=False)
    return f'{{"type": "Feature", "geometry": {shapely.to_geojson(shape)}, "properties": {properties}}}'


def read_ids(text):
    numbers = [number for part in text.split(",") if (number := read_number(part)) is not None]
    if len(numbers) > mapit.MANY:
        raise QueryError(f"At most {mapit.MANY} areas are answered at once")
    return numbers


def read_id(text):
    if not (text.isascii() and text.isdigit()):
        raise QueryError("An area is named by its number")
    number = read_number(text)
    if number is None:
        raise QueryError("There is no such area", status=404)
    return number


def redirect(path, form, parameters):
    query = "&".join(f"{quote(name)}={quote(text)}" for name, text in parameters.items())
    suffix = "" if form == "json" else f".{form}"
    return HttpResponseRedirect(f"/mapit/{path}{suffix}{'?' if query else ''}{query}")


@answer_mapit
def point(query, form, srid, x, y, box=""):
    """`/point/SRID/X,Y`: the areas that cover a place, or with `within` come so near; `/box`: their boxes do."""
    location = mapit.point_from_system(srid, x, y)
    if not (box or query.keys() & {"within", "min_generation", "max_generation"}):
        return areas_response(mapit.areas_at(location["lon"], location["lat"], query), form, query)
    metres = WITHIN.read(query.get("within"))
    if box and metres:
        raise QueryError("within and box do not go together")
    when, levels = TimeFilter.from_parameters(query), mapit.wanted_levels(query)
    areas_found = (
        mapit.areas_by_box(location, when, levels) if box else mapit.areas_near(location, metres, when, levels)
    )
    return areas_response(areas_found, form, query)


@answer_mapit
def other_point(query, form, kind, first, second):
    """`/point/latlon/LAT,LON` and `/point/osgb/E,N`: redirect to the path with x before y."""
    path = f"point/4326/{second},{first}" if kind == "latlon" else f"point/27700/{first},{second}"
    return redirect(quote(path, safe="/,"), form, query)


@answer_mapit
def area(query, form, pk):
    """`/area/ID`: one area, whenever in force, with its history; `.geojson`, `.wkt`: its shape."""
    area_found = mapit.find_area(read_id(pk), TimeFilter.for_named_areas(query))
    return mapit.with_history(area_found) if form == "json" else shape_response(area_found, form, "4326", query)


@answer_mapit
def shape(query, form, srid, pk):
    """`/area/SRID/ID.FORMAT`: an area's shape in a CRS."""
    return shape_response(mapit.find_area(read_id(pk), TimeFilter.for_named_areas(query)), form, srid, query)


def shape_response(area, form, srid, query):
    whole = mapit.shapes_by_id([area["id"]])[area["id"]]
    drawn = mapit.transform_shape(whole, srid, query.get("simplify_tolerance", ""))
    if form == "wkt":
        return HttpResponse(shapely.to_wkt(drawn, rounding_precision=-1), content_type="text/plain")
    kind = "application/geo+json" if form == "geojson" else "application/json"
    return HttpResponse(shapely.to_geojson(drawn), content_type=kind)


@answer_mapit
def geometry(query, form, pk):
    """`/area/ID/geometry`: bounds, centre and size of an area."""
    area_found = mapit.find_area(read_id(pk), TimeFilter.for_named_areas(query))
    return mapit.measure_shape(mapit.shapes_by_id([area_found["id"]])[area_found["id"]])


@answer_mapit
def children(query, form, pk=""):
    parents = read_ids(pk or query.get("URL", ""))
    if not mapit.find_areas(TimeFilter(), ids=parents):
        raise QueryError("There is no such area", status=404)
    return areas_response(
        mapit.find_areas(TimeFilter.from_parameters(query), mapit.wanted_levels(query), parents=parents), form, query
    )


@answer_mapit
def related_areas_page(query, form, pk, how):
    """`/area/ID/touches` and others: areas in a relation to this one."""
    return areas_response(
        mapit.related_areas(read_id(pk), how, TimeFilter.from_parameters(query), mapit.wanted_levels(query)),
        form,
        query,
    )


@answer_mapit
def areas(query, form, which=""):
    """`/areas/…`: by ids, by types, or by the beginning of a name. A long list may be sent as `URL` in a body."""
    which = which or query.get("URL", "")
    kinds = which.split(",")
    if which.replace(",", "").isdigit():
        areas_found = mapit.find_areas(
            TimeFilter.for_named_areas(query), mapit.wanted_levels(query), ids=read_ids(which)
        )
    elif all(kind.isascii() and kind.isalnum() and kind == kind.upper() for kind in kinds):
        areas_found = mapit.find_areas(TimeFilter.from_parameters(query), mapit.wanted_levels(query | {"type": which}))
    elif which:
        areas_found = mapit.find_areas(TimeFilter.from_parameters(query), mapit.wanted_levels(query), prefix=which)
    else:
        raise QueryError("Which areas? Numbers, types or the beginning of a name are wanted")
    return areas_response(areas_found, form, query)


@answer_mapit
def shapes(query, form, srid, which):
    areas_found = mapit.find_areas(TimeFilter.for_named_areas(query), mapit.wanted_levels(query), ids=read_ids(which))
    return areas_response(areas_found, form, query, srid)


@answer_mapit
def geometries(query, form, which):
    areas_found = mapit.find_areas(TimeFilter.for_named_areas(query), ids=read_ids(which))
    by_id = mapit.shapes_by_id([area["id"] for area in areas_found.values()])
    return {key: mapit.measure_shape(by_id[area["id"]]) for key, area in areas_found.items()}


@answer_mapit
def code(query, form, kind, value):
    """`/code/official/VALUE`: redirect to the area with this code."""
    areas_found = (
        mapit.find_areas(TimeFilter.from_parameters(query), mapit.wanted_levels(query), code=value)
        if kind in mapit.CODES
        else {}
    )
    if not areas_found:
        raise QueryError("There is no area with this code", status=404)
    if len(areas_found) > 1:
        raise QueryError("Several areas have this code: ask with type=WARD or at=2026-11-24")
    return redirect(f"area/{next(iter(areas_found))}", form, {key: text for key, text in query.items() if key == "at"})


@answer_mapit
def generations(query, form):
    return mapit.list_generations()


@answer_mapit
def types(query, form):
    return mapit.list_types()


@answer_mapit
def overview(query, form):
    return mapit.describe_service()


@answer_mapit
def index(query, form):
    return redirect("overview", form, query)


@answer_mapit
def not_found(query, form, call=""):
    raise QueryError(
        "There is no such call here: there are no postcodes, and docs/mapit.md lists the calls", status=404
    )
