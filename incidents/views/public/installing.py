"""Progressive web app: manifest, service worker, offline page."""

import hashlib
import json
import re
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, TypeVar, cast

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control

from geoapp.http.http_methods import require_safe
from geoapp.http.modules import imported_modules, read_module
from geoapp.http.static_storage import bundled_files
from gis_data import city

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

BRAND, GROUND = "#0e4a42", "#f4f5f1"  # from the light theme of tokens.css
ICONS = (
    {"src": "look/mark-192.png", "sizes": "192x192"},
    {"src": "look/mark-512.png", "sizes": "512x512"},
    {"src": "look/mark-maskable-512.png", "sizes": "512x512", "purpose": "maskable"},
)
# Parts of the service worker, in this order; all but the last two are modules of pages as well.
WORKER_PARTS = (
    "public/puzzle", "offline/object-store", "offline/queue", "offline/photo-upload", "offline/report-queue",
    "offline/own-pages", "offline/page-cache", "public/push-worker",
)  # fmt: skip
MODULE_WORDS = re.compile(r"^(?:import [^\n]*\n|export )", re.MULTILINE)
# Static files of the form and the offline page, besides what their scripts import.
SHELL_FILES = (
    "look/mark.svg", "look/icons.svg", "look/page.js", "fonts/be-vietnam-pro-400.woff2", "leaflet/leaflet.js",
    "map/label-layer.js", "incidents/public/citizen.css", "incidents/scripted.js",
)  # fmt: skip
SHELL_STYLES = ("look/all.css", "leaflet/map.css")
SHELL_MODULES = ("incidents/public/report.js", "incidents/offline/connection.js", "incidents/offline/offline-page.js")
# Prefixes of data requests of stored pages; the last answer is stored.
KEPT_DATA = ("/tiles/areas/", "/tiles/incidents/", "/areas/", "/list/", "/photo/", "/words.js")


def allow_offline_copy(view: View) -> View:
    """Decorator: the browser may store these pages for offline use, unless somebody is signed in.

    The service worker (page-cache.js) stores pages with this header under the address in it, and no others.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        as_it_stands = request.META.get("QUERY_STRING", "") in ("", "sent=1")
        if response.status_code == 200 and as_it_stands and settings.SESSION_COOKIE_NAME not in request.COOKIES:
            response["Keep-Offline"] = request.path
        return response

    return cast(View, answer)


@login_not_required
@cache_control(max_age=3600, private=True)
@require_safe
def manifest(request):
    return manifest_of()


def manifest_of(**own: str) -> JsonResponse:
    """Returns the manifest of the installed site; `own` are the members in which a start page differs."""
    here = city.current()
    return JsonResponse(
        {
            "id": "/",
            "name": here.brand,
            "short_name": here.brand[:30],
            "description": _("Report problems in the city and follow how they are dealt with."),
            "lang": get_language(),
            "start_url": reverse("report"),
            "scope": "/",
            "display": "standalone",
            "theme_color": BRAND,
            "background_color": GROUND,
            "icons": [icon | {"src": static(icon["src"]), "type": "image/png"} for icon in ICONS],
            "shortcuts": [
                {"name": here.report_words, "url": reverse("report")},
                {"name": _("Map of incidents"), "url": reverse("map")},
            ],
        }
        | own,
        content_type="application/manifest+json",
        json_dumps_params={"ensure_ascii": False},
    )


@login_not_required
@cache_control(no_cache=True)
@require_safe
def service_worker(request):
    """Returns `/sw.js`, the one service worker: stores pages, sends waiting reports, shows messages.

    At this address its scope is the whole site. `/push-worker.js` serves it too, for browsers that subscribed there
    earlier.
    """
    return HttpResponse(worker_script(), content_type="text/javascript; charset=utf-8")


def worker_script() -> str:
    """Returns its configuration with hashed names of the stored files, so that a change of a file changes the
    script, then its parts.
    """
    parts = [MODULE_WORDS.sub("", read_module(f"incidents/{name}.js")) for name in WORKER_PARTS]
    config = {
        "files": [static(name) for name in shell_files()],
        "pages": [reverse("report"), reverse("offline")],
        "form": reverse("report"),
        "offline": reverse("offline"),
        "static": settings.STATIC_URL,
        "hashed": not settings.DEBUG,
        "data": KEPT_DATA,
        "forget": [reverse("sign-out"), reverse("sign-in")],
        "own": reverse("desk-street"),
    }
    config_json = json.dumps(config, sort_keys=True)
    version = hashlib.sha256("".join([config_json, *parts]).encode()).hexdigest()[:16]
    return "\n".join([f'self.KEPT = {{ version: "{version}", ...{config_json} }}', *parts])


@cache
def shell_files() -> tuple[str, ...]:
    modules = [module for name in SHELL_MODULES for module in (name, *imported_modules(name, later=True))]
    styles = [name for bundle in SHELL_STYLES for name in bundled_files(bundle)]
    return tuple(dict.fromkeys([*SHELL_FILES, *styles, *modules]))


@login_not_required
@allow_offline_copy
@require_safe
def offline_page(request):
    """Returns `/offline/`, shown in place of pages that are not stored on this device."""
    return render(request, "incidents/public/offline.html")
