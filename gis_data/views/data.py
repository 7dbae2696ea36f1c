"""`/data/`: list open data, and download files of it."""

import asyncio
import os
import time
import weakref
from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from geoapp.db.connections import as_reader, on_replica
from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe
from geoapp.http.query_parameters import QueryError
from gis_data.services import crs, export, open_data, selection

PIECE = 65_536
WAIT_S = 0.1  # for more of a file that is still being written
NAMES = {"gpkg": "GeoPackage", "parquet": "GeoParquet", "geojson": "GeoJSON", "csv": "CSV"}
WORLD_WIDE = 4  # the systems that come first: those of the world and the city's own


@login_not_required
@require_safe
@on_replica()
def data_page(request):
    chosen = open_data.registered.get(request.GET.get("collection"))
    faults, count = [], None
    if chosen:
        try:
            count = read_selection(request, chosen, "collection").count_some()
        except QueryError as error:
            faults = list(error.faults)
    return render_page(request, chosen, count, faults)


def render_page(request, chosen=None, count=None, faults=(), status=200):
    systems = list(crs.offered_systems().values())
    return render(
        request,
        "gis_data/data.html",
        {
            "collections": [
                (collection, collection_form(collection, request.GET)) for collection in open_data.collections()
            ],
            "chosen": chosen,
            "found": count,
            "faults": faults,
            "systems": systems[:WORLD_WIDE],
            "national": systems[WORLD_WIDE:],
            "files": NAMES.items(),
            "rows_at_most": export.ROWS_AT_MOST,
            "package_rows": export.GEOPACKAGE_ROWS_AT_MOST,
            "at_once": export.AT_ONCE,
            "attribution": open_data.attribution(),
            "asked": request.GET,
            "today": localdate(),
            "service": request.build_absolute_uri(reverse("ogc")),
            "files_address": example_address(request),
            "incident_tiles": request.build_absolute_uri(reverse("incident-tilejson")),
            "tiles": request.build_absolute_uri(reverse("area-tilejson")),
        },
        status=status,
    )


def example_address(request):
    west, south, east, north = (round(number, 3) for number in open_data.extent())
    query = f"?crs=EPSG:4326&datetime={localdate():%Y}-01-01/..&bbox={west},{south},{east},{north}"
    return request.build_absolute_uri(reverse("data-file", args=("incidents", "gpkg"))) + query


def collection_form(collection, query):
    filters = [
        (name, row_filter.title, row_filter.choices or row_filter.suggested(), query.get(name, ""))
        for name, row_filter in form_filters(collection)
    ]
    return {"count": selection.Selection(collection).count_some(), "filters": filters}


def form_filters(collection):
    for name, row_filter in collection.filters.items():
        if row_filter.kind == open_data.BOOLEAN:
            yield (
                name,
                open_data.Filter(row_filter.title, row_filter.apply, choices=(("true", _("yes")), ("false", _("no")))),
            )
        elif row_filter.choices or row_filter.suggested():
            yield name, row_filter


def read_selection(request, collection, *more):
    query = request.GET.copy()
    for name in [name for name in query if not any(query.getlist(name))]:
        del query[name]
    first, last = (query.pop(name, [""])[-1] for name in ("from", "to"))
    if first or last:
        query.setlist("datetime", [f"{first or '..'}/{last or '..'}"])
    return selection.read_selection(collection, query, more)


@rate_limits.limit_requests("export")
@login_not_required
@require_safe
@as_reader()
def download(request: HttpRequest, name: str, ending: str) -> HttpResponseBase:
    """`/data/COLLECTION.gpkg` and others: the selected rows as a file."""
    collection = open_data.registered.get(name)
    if collection is None or ending not in export.MEDIA:
        raise Http404
    try:
        file = export.make_file(read_selection(request, collection), ending)
    except QueryError as error:
        return refusal_response(request, collection, error.faults, error.status)
    except export.ExportBusy:
        answer = refusal_response(
            request, collection, [_("Others are downloading files at the moment. Try again in a minute.")], 503
        )
        answer["Retry-After"] = "60"
        return answer
    sending = (AsyncFileStream if hasattr(request, "scope") else SyncFileStream)(file.path, file)
    response = StreamingHttpResponse(sending, content_type=export.MEDIA[ending])
    if file.finished.is_set() and not file.fault:
        response["Content-Length"] = os.fstat(sending.file.fileno()).st_size
    response["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    return response


def refusal_response(request, collection, faults, status):
    if request.accepts("text/html") and "text/html" in request.headers.get("Accept", ""):
        return render_page(request, collection, None, faults, status)
    return JsonResponse({"error": " ".join(faults)}, status=status, json_dumps_params={"ensure_ascii": False})


class FileStream:
    """Stream a file and remove it when it was sent or given up, even before it was made.

    Then nobody closes the answer: it is forgotten, and the finalizer removes the file.
    """

    def __init__(self, path: Path, written: export.File | None = None):
        self.file, self.written = (written and written.reading) or path.open("rb"), written
        self.close = weakref.finalize(self, remove_file, path, self.file, written)

    def read(self) -> bytes | None:
        """Return the next chunk; b"" at the end, None while more is being written."""
        is_whole = self.written is None or self.written.finished.is_set()
        piece = self.file.read(PIECE)
        if piece or not is_whole:
            return piece or None
        if self.written and self.written.fault:
            raise self.written.fault  # half a file is none: the answer breaks off
        return b""


def remove_file(path, file, written):
    file.close()
    path.unlink(missing_ok=True)
    if written:
        written.given_up.set()


class SyncFileStream(FileStream):
    """Iterator for WSGI and tests."""

    def __iter__(self):
        while (piece := self.read()) != b"":
            if piece is None:
                time.sleep(WAIT_S)
            else:
                yield piece


class AsyncFileStream(FileStream):
    """Iterator for ASGI: Django would read a plain iterator into memory before sending."""

    async def __aiter__(self):
        while (piece := await asyncio.to_thread(self.read)) != b"":
            if piece is None:
                await asyncio.sleep(WAIT_S)
            else:
                yield piece
