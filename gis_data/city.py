"""Load the installation's one city for pages and templates."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from django.utils.timezone import localdate
from django.utils.translation import gettext

from gis_data.models import City, Edition

# The city, once it was read during this request or `remember_city`; None outside of them.
CITY_OF_REQUEST: ContextVar[list[City] | None] = ContextVar("CITY_OF_REQUEST", default=None)


def read_city_once(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: cache the city for the request."""

    def answer(request):
        with remember_city():
            return get_response(request)

    return answer


@contextmanager
def remember_city() -> Iterator[None]:
    """Inside, the city is read once."""
    before = CITY_OF_REQUEST.set([])
    try:
        yield
    finally:
        CITY_OF_REQUEST.reset(before)


def current() -> City:
    """Return the loaded city, cached for the request. Raises City.DoesNotExist before `load_city`."""
    known = CITY_OF_REQUEST.get()
    if known is None:
        return City.objects.get()
    if not known:
        known.append(City.objects.get())
    return known[0]


def find_city() -> City | None:
    try:
        return current()
    except City.DoesNotExist:
        return None


def report_words() -> str:
    here = find_city()
    return here.report_words if here else gettext("Report a problem")


def city_context(request: HttpRequest | None) -> dict[str, Any]:
    """Context processor: `city`, the report button's label, boundaries in force, and a base map, if set."""
    return {
        "city": SimpleLazyObject(find_city),
        "report_words": SimpleLazyObject(report_words),
        "edition": SimpleLazyObject(lambda: Edition.objects.on(localdate()).order_by("-level").first()),
        "basemap_url": settings.BASEMAP_URL,
        "basemap_attribution": settings.BASEMAP_ATTRIBUTION,
    }
