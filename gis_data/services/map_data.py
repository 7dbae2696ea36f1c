"""Provide the map script with tile URLs, centre, zoom and credits."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from gis_data.services import tiles

OPENSTREETMAP, COPYRIGHT = "© OpenStreetMap contributors", "https://www.openstreetmap.org/copyright"


def map_data(context: dict[str, Any]) -> SafeString:
    """Return the data- attributes that `cityMap` (map/city-map.js) reads."""
    city, edition, version = context["city"], context["edition"], tiles.version()
    tile = reverse("area-tile", args=(1, 2, 3)).replace("1/2/3", "{z}/{x}/{y}")
    shape = reverse("area-shape", args=("CODE",)).replace("CODE", "{code}")
    data = {
        "tiles": f"{tile}?v={version}",
        "shapes": f"{shape}?v={version}",
        "icons": static("look/icons.svg"),
        "centre": f"{city.centre.x},{city.centre.y}" if city else "0,0",
        "zoom": city.zoom if city else 2,
        "credit": map_credit(city, edition, context["basemap_attribution"]),
        **(
            {"streets": OPENSTREETMAP, "copyright": COPYRIGHT}
            if is_openstreetmap(city, context["basemap_attribution"])
            else {}
        ),
        "sources": " · ".join(
            filter(None, [edition and edition.attribution, *(city.attribution if city else "").splitlines()])
        ),
        "basemap": context["basemap_url"],
    }
    return format_html_join(" ", 'data-{}="{}"', data.items())


def is_openstreetmap(city, basemap_attribution):
    return bool(city and not basemap_attribution and "OpenStreetMap" in city.attribution)


def map_credit(city, edition, basemap_attribution):
    if not edition:
        borders = ""
    elif edition.approximate:
        borders = _("Approximate boundaries")
    else:
        day = edition.in_force.lower if edition.in_force else None
        borders = _("Boundaries of %(day)s") % {"day": date_format(day, "SHORT_DATE_FORMAT")} if day else edition.title
    return " · ".join(filter(None, [basemap_attribution, borders]))
