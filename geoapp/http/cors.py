"""Allow other sites' scripts to read public addresses (CORS): `settings.OPEN_TO_SITES`.

The header is `*` without credentials, so that shared caches need not vary by origin. Errors carry it, too: a script
that may not read a 429 or 404 knows only that something failed. Writing (Open311's POST) is excluded: no key belongs on
a page of another site.

django-cors-headers cannot say this: it adds `Vary: Origin`, so that caches keep a tile once a site, adds nothing where
a request names no origin, opens an address for writing as for reading, and drops what headers a view exposes itself.
"""

import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

READS = ("GET", "HEAD", "OPTIONS")
# What scripts may send along; `*` does not hold for all of them in every browser.
REQUEST_HEADERS = (
    "Accept, Accept-Language, Cache-Control, Content-Type, If-Match, If-Modified-Since, If-None-Match, Last-Event-ID, "
    "Range, X-Request-ID, X-Requested-With, *"
)
EXPOSED = "Content-Crs, ETag, Last-Modified, Link, Retry-After, X-Request-ID, X-Total-Count"
DAY = 86_400

is_open = re.compile(settings.OPEN_TO_SITES).match


def open_to_other_sites(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: answer preflights of public addresses and send `Access-Control-Allow-Origin: *`."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if not is_open(request.path_info):
            return get_response(request)
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            return preflight_response()
        response = get_response(request)
        if request.method in READS or response.status_code == 405:
            response["Access-Control-Allow-Origin"] = "*"
            own = response.get("Access-Control-Expose-Headers")
            response["Access-Control-Expose-Headers"] = f"{EXPOSED}, {own}" if own else EXPOSED
        return response

    return answer


def preflight_response() -> HttpResponse:
    response = HttpResponse(status=204)
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Allow-Methods"] = ", ".join(READS)
    response["Access-Control-Allow-Headers"] = REQUEST_HEADERS
    response["Access-Control-Max-Age"] = str(DAY)
    return response
