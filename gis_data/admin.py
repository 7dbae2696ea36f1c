"""Show places in Django's admin, with maps; only landmarks can be edited.

Landmarks are changed here; the days of an edition are not: a reform sets them, with all that moves on that day.
"""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.gis.db import models
from django.contrib.gis.db.models import Collect
from django.contrib.gis.geos import GEOSException, GEOSGeometry
from django.db.models import QuerySet
from django.forms.renderers import BaseRenderer
from django.forms.widgets import Script
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from gis_data import city, site_pages
from gis_data.models import (
    Area,
    City,
    Edition,
    FormerPart,
    FormerUnit,
    House,
    Junction,
    Landmark,
    SitePage,
    Street,
    Succession,
    Upload,
)
from gis_data.services.map_data import map_data
from gis_data.words import plain

# Scripts of their own: the Content-Security-Policy lets none stand in a page, and django-leaflet's widget is one.
CSS = {"all": ["leaflet/leaflet.css", "look/tokens.css", "gis_data/admin-map.css"]}
JS = ["leaflet/leaflet.js", Script("gis_data/admin-map.js", type="module")]


class PlaceWidget(forms.MultiWidget):
    """Two number inputs, latitude and longitude (EPSG:4326), with a map that sets them."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
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
            return [point.y, point.x]  # type: ignore[attr-defined]  # of a Point; another shape is no value of this field
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

    def render(
        self, name: str, value: object, attrs: dict[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        return format_html(
            '<div class="place"><div class="place-numbers">{}</div><div class="admin-map" {}></div></div>',
            super().render(name, value, attrs, renderer),
            map_data(city.city_context(None)),
        )


COARSE = 0.001  # degrees, about 100 m: how coarse a map of all the areas of an edition is


def map_of(shape: GEOSGeometry, under: GEOSGeometry | None = None) -> SafeString:
    """Return a small map of a geometry (EPSG:4326), over another one if given."""
    return format_html(
        '<div class="admin-map" data-shape="{}" data-under="{}" {}></div>',
        shape.geojson,
        under.geojson if under else "",
        map_data(city.city_context(None)),
    )


class ReadOnlyAdmin(admin.ModelAdmin):
    """Admin without add, change and delete."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(City)
class CityAdmin(ReadOnlyAdmin):
    list_display = ["name", "code", "product"]
    fields = [
        "name", "name_en", "code", "product", "product_en", "button", "button_en", "zoom", "holidays", "attribution",
    ]  # fmt: skip


@admin.register(SitePage)
class SitePageAdmin(admin.ModelAdmin):
    """Texts of the site's pages; a saved one is not overwritten when the pack is loaded again."""

    list_display = ["__str__", "slug", "changed_at", "edited"]
    search_fields = ["slug", "title", "title_en", "text", "text_en"]
    fields = ["slug", "title", "text", "title_en", "text_en", "edited"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"edited": True}

    def save_model(self, request: HttpRequest, obj: SitePage, form: forms.ModelForm, change: bool) -> None:
        if form.changed_data and form.changed_data != ["edited"]:
            obj.edited, obj.changed_at = True, now()
        super().save_model(request, obj, form, change)
        site_pages.note_pages()

    def delete_model(self, request: HttpRequest, obj: SitePage) -> None:
        super().delete_model(request, obj)
        site_pages.note_pages()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[SitePage]) -> None:
        super().delete_queryset(request, queryset)
        site_pages.note_pages()

    def view_on_site(self, obj: SitePage) -> str:
        return site_pages.address_of(obj.slug)


class MapAdmin(ReadOnlyAdmin):
    """Admin whose page shows the geometry field `where` on a map."""

    readonly_fields = ["on_the_map"]
    show_full_result_count = False
    where = "point"

    class Media:
        css = CSS
        js = JS

    @admin.display(description=_("On the map"))
    def on_the_map(self, row: Any) -> SafeString:
        return map_of(getattr(row, self.where))


@admin.register(Edition)
class EditionAdmin(admin.ModelAdmin):
    list_display = ["__str__", "code", "level", "days", "approximate"]
    list_filter = ["level", "approximate"]
    search_fields = ["name", "code"]
    fields = [
        "name", "name_en", "attribution", "city", "level", "code", "days", "approximate", "its_pages", "on_the_map",
    ]  # fmt: skip
    readonly_fields = ["city", "level", "code", "days", "approximate", "its_pages", "on_the_map"]

    class Media:
        css = CSS
        js = JS

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    @admin.display(description=_("in force"), ordering="in_force")
    def days(self, edition: Edition) -> str:
        """Format the period `01/07/2025 – `: the last day is the one before the range ends."""
        days = edition.in_force
        if days is None or days.isempty:
            return "–"
        ends = days.upper - timedelta(days=1) if days.upper else None
        return " – ".join(date_format(day, "SHORT_DATE_FORMAT") if day else "" for day in (days.lower, ends))

    @admin.display(description=_("Check, difference, day"))
    def its_pages(self, edition):
        return format_html('<a href="{0}">{0}</a>', reverse("edition", args=[edition.code]))

    @admin.display(description=_("On the map"))
    def on_the_map(self, edition: Edition) -> str:
        shapes = edition.areas.aggregate(all=Collect("outline"))["all"]
        return map_of(shapes.simplify(COARSE, preserve_topology=True)) if shapes else "–"


@admin.register(Area)
class AreaAdmin(MapAdmin):
    list_display = ["__str__", "code", "level", "edition", "parent"]
    list_filter = ["edition", "level", "kind"]
    list_select_related = ["edition", "parent"]
    search_fields = ["full_name", "full_name_en", "code", "search"]
    ordering = ["full_name", "code"]
    fields = [
        "full_name", "full_name_en", "name", "kind", "code", "level", "edition", "parent", "declared_km2", "on_the_map",
    ]  # fmt: skip
    where = "outline"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Area]:
        return super().get_queryset(request).defer("shape", "outline", "parent__shape", "parent__outline")


@admin.register(Succession)
class SuccessionAdmin(MapAdmin):
    """Shows the old area as an outline over the new one."""

    list_display = ["old", "new", "share_old", "share_new", "km2"]
    list_filter = ["old__edition", "new__edition"]
    list_select_related = ["old", "new"]
    search_fields = ["old__full_name", "old__code", "new__full_name", "new__code"]
    fields = ["old", "new", "share_old", "share_new", "km2", "on_the_map"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Succession]:
        heavy = ["old__shape", "old__outline", "new__shape", "new__outline"]
        return super().get_queryset(request).defer(*heavy)

    @admin.display(description=_("On the map"))
    def on_the_map(self, succession: Succession) -> SafeString:
        return map_of(succession.new.outline, under=succession.old.outline)


@admin.register(Upload)
class UploadAdmin(ReadOnlyAdmin):
    list_display = ["name", "state", "by", "at", "edition"]
    list_filter = ["state"]
    list_select_related = ["edition"]
    search_fields = ["name", "by"]
    fields = ["name", "state", "by", "at", "options", "edition", "report"]


@admin.register(Street)
class StreetAdmin(MapAdmin):
    list_display = ["name", "rank"]
    list_filter = ["rank"]
    search_fields = ["name", "search"]
    fields = ["name", "rank", "on_the_map"]
    where = "line"


@admin.register(Junction)
class JunctionAdmin(MapAdmin):
    list_display = ["one", "other"]
    search_fields = ["one", "other", "search_one", "search_other"]
    fields = ["one", "other", "on_the_map"]


@admin.register(House)
class HouseAdmin(MapAdmin):
    list_display = ["number", "street"]
    search_fields = ["=number", "street", "search"]
    fields = ["number", "street", "on_the_map"]


# What packs call the kinds of landmarks; another word stands as it is.
LANDMARK_KINDS = {
    "airport": _("airport"), "attraction": _("sight"), "bridge": _("bridge"), "bus_station": _("bus station"),
    "cemetery": _("cemetery"), "church": _("church"), "crossroads": _("crossroads"), "hospital": _("hospital"),
    "hotel": _("hotel"), "library": _("library"), "mall": _("shopping centre"), "market": _("market"),
    "museum": _("museum"),
    "office": _("public office"), "park": _("park"), "port": _("port"), "roundabout": _("roundabout"),
    "school": _("school"), "square": _("square"), "stadium": _("stadium"), "station": _("railway station"),
    "street": _("street"), "supermarket": _("supermarket"), "temple": _("temple"),
}  # fmt: skip


class LandmarkKindFilter(admin.SimpleListFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        kinds = Landmark.objects.order_by("kind").values_list("kind", flat=True).distinct()
        return [(kind, LANDMARK_KINDS.get(kind, kind)) for kind in kinds]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Landmark]) -> QuerySet[Landmark]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Landmark)
class LandmarkAdmin(admin.ModelAdmin):
    """Landmarks that addresses may name; missing ones are added here."""

    list_display = ["name", "kind_title"]
    list_filter = [LandmarkKindFilter]
    search_fields = ["name", "kind", "search"]
    fields = ["name", "kind", "point"]
    formfield_overrides = {models.PointField: {"widget": PlaceWidget}}
    show_full_result_count = False

    @admin.display(description=_("kind"), ordering="kind")
    def kind_title(self, landmark: Landmark) -> str:
        return str(LANDMARK_KINDS.get(landmark.kind, landmark.kind))

    def save_model(self, request: HttpRequest, obj: Landmark, form: forms.ModelForm, change: bool) -> None:
        if not change:
            obj.city = city.current()
        if "name" in form.changed_data:  # its other names, which a pack told, go with the old one
            obj.search = plain(obj.name)
        super().save_model(request, obj, form, change)


class FormerPartInline(admin.TabularInline):
    model = FormerPart
    verbose_name_plural = _("what it became")
    fields = readonly_fields = ("area", "how")
    extra = 0
    can_delete = False

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[FormerPart]:
        return super().get_queryset(request).select_related("area").defer("area__shape", "area__outline")


@admin.register(FormerUnit)
class FormerUnitAdmin(ReadOnlyAdmin):
    list_display = ["full_name", "district", "code", "level"]
    list_filter = ["level"]
    search_fields = ["full_name", "district", "code", "search"]
    fields = ["full_name", "district", "code", "level", "on_the_map"]
    readonly_fields = ["on_the_map"]
    inlines = [FormerPartInline]

    class Media:
        css = CSS
        js = JS

    @admin.display(description=_("On the map"))
    def on_the_map(self, unit: FormerUnit) -> str:
        shapes = Area.objects.filter(former_parts__former=unit).aggregate(all=Collect("outline"))["all"]
        return map_of(shapes) if shapes else "–"
