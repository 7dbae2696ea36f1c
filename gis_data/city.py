"""The one city of this installation, as pages need it."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.timezone import localdate

from gis_data.models import City, Edition


def current() -> City:
    """The city that was loaded; raises City.DoesNotExist before `load_city`."""
    return City.objects.get()


def city_context(request: HttpRequest | None) -> dict[str, Any]:
    """For every template: `city`, the edition of boundaries in force, and the base map, if one is set."""
    return {
        "city": SimpleLazyObject(lambda: City.objects.first()),
        "edition": SimpleLazyObject(lambda: Edition.objects.on(localdate()).order_by("-level").first()),
        "basemap_url": settings.BASEMAP_URL,
        "basemap_attribution": settings.BASEMAP_ATTRIBUTION,
    }
