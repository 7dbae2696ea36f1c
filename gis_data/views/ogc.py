"""`/ogc/`: OGC API – Features, as JSON for programs and as HTML for people."""

import json
from dataclasses import replace
from functools import wraps
from typing import Any
from urllib.parse import quote, urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geoapp.db.connections import on_replica
from geoapp.http.http_methods import require_safe
from geoapp.http.query_parameters import (
    NumberField,
    OneOfField,
    QueryError,
    QueryField,
    QueryForm,
    read_together,
    repeated_parameters,
    unknown_parameters,
)
from gis_data.services import ogc, selection

FORMS = {"json": ogc.JSON, "html": ogc.HTML, "geojson": ogc.GEOJSON}
FORM = OneOfField(FORMS, gettext_lazy("f: must be one of: %(these)s."))


class NotFound(Exception):
    """There is no such collection or feature."""


class NotAcceptable(Exception):
    """None of the media types of Accept is available."""


REFUSALS = {429: "TooManyRequests", 503: "ServerBusy"}


def answer_ogc(view):
    """Make a public view `view(request, kind, to, …)`: negotiate the media type, and answer errors as the standard
    does.
    """

    @login_not_required
    @require_safe
    @wraps(view)
    def answer(request, **url_parts):
        try:
            response = view(request, wanted_media_type(request), address_maker(request), **url_parts)
        except QueryError as error:
            response = fault_response(400, "InvalidParameterValue", str(error))
        except NotFound:
            response = fault_response(404, "NotFound", _("There is no such collection or feature."))
        except NotAcceptable:
            response = fault_response(406, "NotAcceptable", _("It is available as JSON or HTML only."))
        if not response["Content-Type"].startswith(ogc.HTML):  # a page is for one person, with a form of theirs
            response["Cache-Control"] = "public, max-age=10"
        response["Vary"] = "Accept, Accept-Encoding, Cookie"
        return response

    answer.limited = "api"  # see limits.limit_requests
    answer.refusal = lambda request, sentence, status, **url_parts: fault_response(status, REFUSALS[status], sentence)
    return answer


def fault_response(status, code, description):
    error_body = {"code": code, "description": description}
    return HttpResponse(json.dumps(error_body, ensure_ascii=False), status=status, content_type=ogc.JSON)


def wanted_media_type(request):
    if form := FORM.read(request.GET.get("f")):
        return ogc.HTML if form == "html" else ogc.JSON
    preferred = request.get_preferred_type([ogc.JSON, ogc.GEOJSON, ogc.OPENAPI, ogc.HTML])
    if preferred is None:
        raise NotAcceptable
    return ogc.HTML if preferred == ogc.HTML else ogc.JSON


def address_maker(request):
    root = reverse("ogc")

    def to(path, **query):
        return request.build_absolute_uri(root + quote(path)) + (f"?{urlencode(query)}" if query else "")

    return to


def refuse_unknown_parameters(request, *known):
    known = {"f", *known}
    if faults := unknown_parameters(request.GET, known) + repeated_parameters(request.GET):
        raise QueryError(*faults)


def find_collection(name):
    if collection := ogc.find_collection(name):
        return collection
    raise NotFound


def render_document(request, kind, document):
    if kind == ogc.HTML:
        return render(request, "gis_data/ogc/document.html", {"document": document})
    return HttpResponse(json.dumps(document, ensure_ascii=False), content_type=ogc.JSON)


@answer_ogc
def landing(request, kind, to):
    refuse_unknown_parameters(request)
    return render_document(request, kind, ogc.landing_document(to, kind))


@answer_ogc
def conformance(request, kind, to):
    refuse_unknown_parameters(request)
    return render_document(request, kind, ogc.conformance_document(to, kind))


@answer_ogc
def api(request, kind, to):
    refuse_unknown_parameters(request)
    if kind == ogc.HTML:
        return render_document(
            request, kind, {"title": _("The service in the words of OpenAPI"), "api": ogc.openapi_document(to)}
        )
    return HttpResponse(json.dumps(ogc.openapi_document(to), ensure_ascii=False), content_type=ogc.OPENAPI)


@answer_ogc
@on_replica()
def collections(request, kind, to):
    refuse_unknown_parameters(request)
    return render_document(request, kind, ogc.collections_document(to, kind))


@answer_ogc
@on_replica()
def collection(request, kind, to, name):
    refuse_unknown_parameters(request)
    collection = find_collection(name)
    return render_document(
        request, kind, ogc.collection_document(collection, to, kind) | field_titles(collection, kind)
    )


def field_titles(collection, kind):
    """Return titles of properties for people: the standard's document has no place for them, only its OpenAPI."""
    return {"fields": [(field.name, field.title) for field in collection.fields]} if kind == ogc.HTML else {}


@answer_ogc
def not_found(request, kind, to, nothing):
    raise NotFound


@answer_ogc
@on_replica()
def items(request, kind, to, name):
    collection = find_collection(name)
    selected, extra = read_together(
        lambda: selection.read_selection(collection, request.GET, more=("limit", "after", "f")),
        lambda: PageForm(collection, request.GET).read(),
    )
    selected = replace(selected, moments=None if kind == ogc.HTML else selection.JsonMoment)
    page = ogc.Page(selected, **extra)
    query = {key: value for key, value in request.GET.items() if key != "f"}
    links = page.links(to, query, ogc.HTML if kind == ogc.HTML else ogc.GEOJSON)
    if kind == ogc.HTML:
        rows = [
            (row[0], to(f"collections/{collection.id}/items/{row[0]}", f="html"), map(display_value, row[2:]))
            for row in page.rows
        ]
        response = render(
            request,
            "gis_data/ogc/items.html",
            {"collection": collection, "rows": rows, "links": links, "matched": page.matched,
             "next": next((link["href"] for link in links if link["rel"] == "next"), None)},
        )  # fmt: skip
    else:
        head = {"type": "FeatureCollection", "timeStamp": selection.to_json_value(now()), "links": links}
        head |= {} if page.matched is None else {"numberMatched": page.matched}
        head |= {"numberReturned": len(page.rows)}
        text = json.dumps(head, ensure_ascii=False)
        body = f'{text[:-1]}, "features": [{", ".join(page.features())}]}}'
        response = HttpResponse(body, content_type=ogc.GEOJSON)
    return with_crs_headers(response, selected.system, links)


def display_value(value):
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "" if value is None else value


def with_crs_headers(response, system, links=()):
    response["Content-Crs"] = f"<{system.uri}>"
    if links:
        response["Link"] = ", ".join(f'<{link["href"]}>; rel="{link["rel"]}"; type="{link["type"]}"' for link in links)
    return response


class KeyField(QueryField):
    """The key of a row of a collection."""

    def __init__(self, collection, fault):
        super().__init__(fault, reads_empty=True)
        self.collection = collection

    def parse(self, text: str) -> Any:
        return selection.key_of(self.collection, text)


class PageForm(QueryForm):
    """Paging parameters: how many rows (capped at the maximum), and after which key."""

    limit = NumberField(
        gettext_lazy("limit: must be a whole number from 1."),
        at_least=1,
        at_most=999_999_999,
        default=ogc.DEFAULT_LIMIT,
        reads_empty=True,
    )

    def __init__(self, collection, parameters):
        super().__init__(parameters)
        fault = gettext_lazy("after: it comes from the link to the next page and cannot be made up.")
        self.fields["after"] = KeyField(collection, fault)
        self.most = collection.most

    def clean_limit(self):
        return min(self.cleaned_data["limit"], self.most)


@answer_ogc
@on_replica()
def item(request, kind, to, name, key):
    collection = find_collection(name)
    refuse_unknown_parameters(request, "crs")
    system = selection.read_selection(collection, request.GET, more=("f",)).system
    try:
        rows = list(
            selection.feature_rows(
                collection, collection.rows().filter(**{collection.key: selection.key_of(collection, key)})
            )
        )
    except ValueError:
        raise NotFound from None
    if not rows:
        raise NotFound
    query = {"crs": request.GET["crs"]} if "crs" in request.GET else {}
    path = f"collections/{collection.id}/items/{key}"
    links = [
        *ogc.self_and_alternate(to, path, ogc.HTML if kind == ogc.HTML else ogc.GEOJSON, "", **query),
        ogc.link("collection", to(f"collections/{collection.id}"), ogc.JSON),
    ]
    if kind == ogc.HTML:
        named = zip([field.title for field in collection.fields], map(display_value, rows[0][2:]), strict=True)
        context = {"collection": collection, "key": key, "named": list(named), "links": links}
        return with_crs_headers(render(request, "gis_data/ogc/item.html", context), system)
    (feature,) = selection.geojson_features(collection, system, rows)
    body = f'{feature[:-1]}, "links": {json.dumps(links, ensure_ascii=False)}}}'
    return with_crs_headers(HttpResponse(body, content_type=ogc.GEOJSON), system)
