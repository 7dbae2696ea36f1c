"""What a page with a map needs: `{% map_files %}` in its head, `<div class="map" {% map_data %}>` in its body."""

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from gis_data.services import tiles

register = template.Library()


@register.simple_tag
def map_files():
    """Leaflet, its style and ours. Scripts that draw maps are modules and so run after it."""
    return format_html(
        '<link rel="stylesheet" href="{}"><link rel="stylesheet" href="{}"><script src="{}" defer></script>',
        static("leaflet/leaflet.css"),
        static("map/map.css"),
        static("leaflet/leaflet.js"),
    )


@register.simple_tag(takes_context=True)
def map_data(context):
    """All that `cityMap` (map/city-map.js) wants to know, as data- attributes."""
    city, edition, version = context["city"], context["edition"], tiles.version()
    tile = reverse("area-tile", args=(1, 2, 3)).replace("1/2/3", "{z}/{x}/{y}")
    shape = reverse("area-shape", args=("CODE",)).replace("CODE", "{code}")
    data = {
        "tiles": f"{tile}?v={version}",
        "shapes": f"{shape}?v={version}",
        "icons": static("look/icons.svg"),
        "centre": f"{city.centre.x},{city.centre.y}" if city else "0,0",
        "zoom": city.zoom if city else 2,
        "credit": credit(city, edition, context["basemap_attribution"]),
        "sources": " · ".join(
            filter(None, [edition and edition.attribution, *(city.attribution if city else "").splitlines()])
        ),
        "basemap": context["basemap_url"],
    }
    return format_html_join(" ", 'data-{}="{}"', data.items())


def credit(city, edition, basemap_attribution):
    """The line that always stands on the map: whose streets, which boundaries."""
    streets = "© OpenStreetMap" if city and "OpenStreetMap" in city.attribution else ""
    if not edition:
        borders = ""
    elif edition.approximate:
        borders = _("Approximate boundaries")
    else:
        day = edition.in_force.lower if edition.in_force else None
        borders = _("Boundaries of %(day)s") % {"day": date_format(day, "SHORT_DATE_FORMAT")} if day else edition.title
    return " · ".join(filter(None, [basemap_attribution or streets, borders]))
