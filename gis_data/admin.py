"""The administration of places: what a city pack loads is looked at here, and an edition is given its days."""

from django import forms
from django.contrib import admin
from django.contrib.gis.geos import GEOSException, GEOSGeometry
from django.forms.widgets import Script
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from gis_data import city
from gis_data.models import Area, City, Edition, Street
from gis_data.templatetags.city_map import map_data

# Scripts of their own: the Content-Security-Policy lets none stand in a page, and django-leaflet's widget is one.
CSS = {"all": ["leaflet/leaflet.css", "look/tokens.css", "gis_data/admin-map.css"]}
JS = ["leaflet/leaflet.js", Script("gis_data/admin-map.js", type="module")]


class PlaceWidget(forms.MultiWidget):
    """A point as two numbers, latitude and longitude (EPSG:4326), with a map that sets them."""

    def __init__(self, attrs=None):
        numbers = {"step": "any", "class": "vTextField"}
        super().__init__(
            {
                "lat": forms.NumberInput(numbers | {"aria-label": _("Latitude"), "min": -90, "max": 90}),
                "lon": forms.NumberInput(numbers | {"aria-label": _("Longitude"), "min": -180, "max": 180}),
            },
            attrs,
        )

    class Media:
        css = CSS
        js = JS

    def decompress(self, value):
        if not value:
            return [None, None]
        try:
            point = GEOSGeometry(value)
            return [point.y, point.x]
        except (ValueError, GEOSException):
            return [None, None]

    def value_from_datadict(self, data, files, name):
        lat, lon = super().value_from_datadict(data, files, name)
        if not lat and not lon:
            return ""
        try:
            on_earth = abs(float(lat)) <= 90 and abs(float(lon)) <= 180  # nan is neither
        except ValueError:
            on_earth = False
        return f"SRID=4326;POINT({lon} {lat})" if on_earth else f"{lat}, {lon}"

    def render(self, name, value, attrs=None, renderer=None):
        return format_html(
            '<div class="place"><div class="place-numbers">{}</div><div class="admin-map" {}></div></div>',
            super().render(name, value, attrs, renderer),
            map_data(city.context(None)),
        )


def map_of(shape):
    """A small map that shows a geometry (EPSG:4326)."""
    return format_html('<div class="admin-map" data-shape="{}" {}></div>', shape.geojson, map_data(city.context(None)))


class Seen(admin.ModelAdmin):
    """Rows that are looked at, not changed by hand."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(City)
class CityAdmin(Seen):
    list_display = ["name", "code", "product"]


@admin.register(Edition)
class EditionAdmin(admin.ModelAdmin):
    list_display = ["name", "code", "level", "in_force", "approximate"]
    list_filter = ["level", "approximate"]
    search_fields = ["name", "code"]
    readonly_fields = ["city", "level", "code", "approximate"]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Area)
class AreaAdmin(Seen):
    list_display = ["full_name", "code", "level", "edition", "parent"]
    list_filter = ["edition", "level", "kind"]
    list_select_related = ["edition", "parent"]
    search_fields = ["full_name", "full_name_en", "code", "search"]
    ordering = ["full_name", "code"]
    fields = [
        "full_name", "full_name_en", "name", "kind", "code", "level", "edition", "parent", "declared_km2", "on_the_map",
    ]  # fmt: skip
    readonly_fields = ["on_the_map"]

    class Media:
        css = CSS
        js = JS

    def get_queryset(self, request):
        return super().get_queryset(request).defer("shape", "outline", "parent__shape", "parent__outline")

    @admin.display(description=_("On the map"))
    def on_the_map(self, area):
        return map_of(area.outline)


@admin.register(Street)
class StreetAdmin(Seen):
    list_display = ["name", "rank"]
    list_filter = ["rank"]
    search_fields = ["name", "search"]
    fields = ["name", "rank", "on_the_map"]
    readonly_fields = ["on_the_map"]
    show_full_result_count = False

    class Media:
        css = CSS
        js = JS

    @admin.display(description=_("On the map"))
    def on_the_map(self, street):
        return map_of(street.line)
