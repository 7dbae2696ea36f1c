"""Build the documents of OGC API – Features (Part 1: Core, Part 2: CRS).

Each function gives a document as plain dictionaries. `to(path, **query)` makes an absolute address within the service.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from gis_data.models import City
from gis_data.services import crs, export, open_data, selection
from gis_data.services.open_data import BOOLEAN, collections, extent, registered

JSON, HTML, GEOJSON = "application/json", "text/html", export.MEDIA["geojson"]
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
PARTS = ("core", "oas30", "html", "geojson")
CONFORMS_TO = [
    *(
        f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{part}"
        for part in ("core", "oas30", "html", "geojson")
    ),
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
]
DEFAULT_LIMIT = 10  # rows of a page where nobody says how many


def link(rel: str, href: str, kind: str, title: str = "") -> dict[str, str]:
    return {"rel": rel, "href": href, "type": kind} | ({"title": title} if title else {})


def self_and_alternate(to: Callable[..., str], path: str, kind: str, title: str, **query: str) -> list[dict[str, str]]:
    form, other = ("json", JSON) if kind == HTML else ("html", HTML)
    return [
        link("self", to(path, **query), kind, title),
        link("alternate", to(path, **query, f=form), other, title),
    ]


def landing_document(to: Callable[..., str], kind: str = JSON) -> dict[str, Any]:
    title = title_of_all()
    return {
        "title": title,
        "description": _("Boundaries, incidents and traffic cameras: everything public, always up to date."),
        "attribution": attribution(),
        "links": [
            *self_and_alternate(to, "", kind, title),
            link("service-desc", to("api"), OPENAPI, _("The service in the words of OpenAPI")),
            link("service-doc", to("../data/"), HTML, _("Open data: what there is and how to get it")),
            link("conformance", to("conformance"), JSON, _("Parts of the standard that are met")),
            link("data", to("collections"), JSON, _("Collections")),
        ],
    }


def attribution():
    return " · ".join(open_data.attribution())


def title_of_all():
    city = City.objects.first()
    return _("Open data of %(city)s") % {"city": city.title} if city else _("Open data")


def conformance_document(to: Callable[..., str], kind: str = JSON) -> dict[str, Any]:
    title = _("Parts of the standard that are met")
    return {"title": title, "conformsTo": CONFORMS_TO, "links": self_and_alternate(to, "conformance", kind, title)}


def collections_document(to: Callable[..., str], kind: str = JSON) -> dict[str, Any]:
    title = _("Collections")
    return {
        "title": title,
        "links": self_and_alternate(to, "collections", kind, title),
        "collections": [collection_document(collection, to, kind) for collection in collections()],
    }


def collection_document(collection: open_data.Collection, to: Callable[..., str], kind: str = JSON) -> dict[str, Any]:
    path = f"collections/{collection.id}"
    since, until = collection.since()
    times = [[in_utc(since), in_utc(until)]]
    return {
        "id": collection.id,
        "title": str(collection.title),
        "description": str(collection.description),
        "attribution": attribution(),
        "itemType": "feature",
        "extent": {
            "spatial": {"bbox": [extent()], "crs": crs.CRS84.uri},
            **({"temporal": {"interval": times}} if since else {}),
        },
        "crs": [system.uri for system in crs.offered_systems().values()],
        "storageCrs": crs.CRS84.uri,
        "links": [
            *self_and_alternate(to, path, kind, str(collection.title)),
            link("items", to(f"{path}/items"), GEOJSON, str(collection.title)),
            link("items", to(f"{path}/items", f="html"), HTML, str(collection.title)),
            *(
                link("enclosure", to(f"../data/{collection.id}.{ending}"), media)
                for ending, media in export.MEDIA.items()
            ),
        ],
    }


def in_utc(value):
    """Return a moment in UTC as text; of a day its first moment in the city."""
    return value and selection.to_json_value(selection.to_moment(value))


class Page:
    """A page of a collection's rows, and the key of the next."""

    def __init__(self, selected: selection.Selection, limit: int, after: Any = None):
        """`after`: the key of the last row of the page before."""
        # Matches are counted for the first page only: for each of a thousand pages it would cost more than the page.
        items, self.matched = (
            selected.first_page(limit + 1) if after is None else (selected.page_after(after, limit + 1), None)
        )
        self.selected, self.rows = selected, items[:limit]
        self.next = self.rows[-1][0] if len(items) > limit else None

    def links(self, to: Callable[..., str], query: dict[str, str], kind: str = GEOJSON) -> list[dict[str, str]]:
        path = f"collections/{self.selected.collection.id}/items"
        form = {"f": "html"} if kind == HTML else {}
        links = [
            link("self", to(path, **query, **form), kind),
            link("alternate", to(path, **query, f="json" if form else "html"), GEOJSON if form else HTML),
            link("collection", to(path.removesuffix("/items")), JSON),
        ]
        if self.next is not None:
            links.append(link("next", to(path, **query | {"after": self.next}, **form), kind))
        return links

    def features(self) -> Iterator[str]:
        return selection.geojson_features(self.selected.collection, self.selected.system, self.rows)


# --- OpenAPI


def openapi_document(to: Callable[..., str]) -> dict[str, Any]:
    paths = {
        "/": operation("landing", _("Landing page"), "#/components/schemas/landingPage"),
        "/conformance": operation(
            "conformance", _("Parts of the standard that are met"), "#/components/schemas/confClasses"
        ),
        "/api": operation("api", _("The service in the words of OpenAPI"), None, OPENAPI, parameters=[]),
        "/collections": operation("collections", _("Collections"), "#/components/schemas/collections"),
    }
    for collection in collections():
        path, title = f"/collections/{collection.id}", str(collection.title)
        paths[path] = operation(f"{collection.id}", title, "#/components/schemas/collection", tag=collection.id)
        paths[f"{path}/items"] = operation(
            f"{collection.id}Items",
            title,
            f"#/components/schemas/{collection.id}Collection",
            GEOJSON,
            items_parameters(collection),
            collection.id,
        )
        paths[f"{path}/items/{{featureId}}"] = operation(
            f"{collection.id}Item", title, f"#/components/schemas/{collection.id}Feature", GEOJSON,
            [parameter_reference("featureId"), parameter_reference("crs"), parameter_reference("f")], collection.id,
        )  # fmt: skip
    return {
        "openapi": "3.0.3",
        "info": {
            "title": title_of_all(),
            "version": "1.0.0",
            "description": attribution(),
        },
        "servers": [{"url": to("").rstrip("/")}],
        "tags": [
            {"name": "service"},
            *({"name": collection.id, "description": str(collection.title)} for collection in collections()),
        ],
        "paths": paths,
        "components": {"parameters": common_parameters(), "schemas": schemas(), "responses": fault_responses()},
    }


def operation(name, title, schema, media=JSON, parameters=None, tag="service"):
    answer = {"schema": {"$ref": schema} if schema else {"type": "object"}}
    forms = {media: answer} if media == OPENAPI else {media: answer, HTML: {"schema": {"type": "string"}}}
    return {
        "get": {
            "operationId": name,
            "summary": title,
            "tags": [tag],
            "parameters": [parameter_reference("f")] if parameters is None else parameters,
            "responses": {
                "200": {"description": title, "content": forms},
                "400": {"$ref": "#/components/responses/Fault"},
                "404": {"$ref": "#/components/responses/Fault"},
                "406": {"$ref": "#/components/responses/Fault"},
            },
        }
    }


def parameter_reference(parameter):
    return {"$ref": f"#/components/parameters/{parameter}"}


def parameter(name, schema, description, where="query", **more):
    return {"name": name, "in": where, "required": where == "path", "schema": schema, "description": description} | more


def items_parameters(collection):
    own = [
        parameter(name, schema_of(row_filter), str(row_filter.title), style="form", explode=False)
        for name, row_filter in collection.filters.items()
    ]
    limit = parameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": collection.most, "default": DEFAULT_LIMIT},
        _("How many rows a page has at most"),
        style="form",
        explode=False,
    )
    shared = ("bbox", "bbox-crs", "datetime", "crs", "after", "f")
    return [limit, *map(parameter_reference, shared), *own]


def schema_of(field):
    if field.kind == BOOLEAN:
        return {"type": "boolean"}
    return {"type": "string", **({"enum": [value for value, _title in field.choices]} if field.choices else {})}


def common_parameters():
    uris = [system.uri for system in crs.offered_systems().values()]
    box = {
        "type": "array",
        "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
        "items": {"type": "number"},
    }
    flat = {"style": "form", "explode": False}
    return {
        "featureId": parameter("featureId", {"type": "string"}, _("The id of a feature"), "path"),
        "bbox": parameter("bbox", box, _("Only what touches this box"), **flat),
        "bbox-crs": parameter(
            "bbox-crs",
            {"type": "string", "format": "uri", "enum": uris, "default": crs.CRS84.uri},
            _("Coordinates of the box"),
            **flat,
        ),
        "crs": parameter(
            "crs",
            {"type": "string", "format": "uri", "enum": uris, "default": crs.CRS84.uri},
            _("Coordinates of the answer"),
            **flat,
        ),
        "datetime": parameter(
            "datetime",
            {"type": "string"},
            _("A day like 2025-07-01, a moment, or two of them with / between, .. for no end."),
            **flat,
        ),
        "after": parameter("after", {"type": "string"}, _("Where the previous page ended: see its next link"), **flat),
        "f": parameter("f", {"type": "string", "enum": ["json", "html"]}, _("Format of the answer"), **flat),
    }


KINDS = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "date-time": {"type": "string", "format": "date-time"},
}


def schemas():
    links = {"type": "array", "items": {"$ref": "#/components/schemas/link"}}
    text, texts = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
    schemas_by_name = {
        "link": object_schema({"href": text, "rel": text, "type": text, "title": text}, "href", "rel"),
        "exception": object_schema({"code": text, "description": text}, "code"),
        "landingPage": object_schema(
            {"title": text, "description": text, "attribution": text, "links": links}, "links"
        ),
        "confClasses": object_schema({"conformsTo": texts}, "conformsTo"),
        "collection": object_schema(
            {
                "id": text, "title": text, "description": text, "attribution": text, "itemType": text,
                "extent": {"type": "object"}, "crs": texts, "storageCrs": text, "links": links,
            },
            "id", "links",
        ),
        "collections": object_schema(
            {"links": links, "collections": {"type": "array", "items": {"$ref": "#/components/schemas/collection"}}},
            "links", "collections",
        ),
    }  # fmt: skip
    for collection in collections():
        properties = {
            field.name: KINDS[field.kind] | {"title": str(field.title), "nullable": True} for field in collection.fields
        }
        schemas_by_name[f"{collection.id}Feature"] = object_schema(
            {
                "type": {"type": "string", "enum": ["Feature"]},
                "id": {"type": "integer" if collection.key == "pk" else "string"},
                "geometry": {"type": "object"},
                "properties": {"type": "object", "properties": properties},
                "links": links,
            },
            "type", "geometry", "properties",
        )  # fmt: skip
        schemas_by_name[f"{collection.id}Collection"] = object_schema(
            {
                "type": {"type": "string", "enum": ["FeatureCollection"]},
                "features": {"type": "array", "items": {"$ref": f"#/components/schemas/{collection.id}Feature"}},
                "links": links,
                "timeStamp": {"type": "string", "format": "date-time"},
                "numberMatched": {"type": "integer"},
                "numberReturned": {"type": "integer"},
            },
            "type", "features",
        )  # fmt: skip
    return schemas_by_name


def object_schema(properties, *required):
    return {"type": "object", "required": list(required), "properties": properties}


def fault_responses():
    return {
        "Fault": {
            "description": _("What was wrong with the request"),
            "content": {JSON: {"schema": {"$ref": "#/components/schemas/exception"}}},
        }
    }


def find_collection(name: str) -> open_data.Collection | None:
    return registered.get(name)
