"""Register cameras in Django's administration.

A view's direction is set on its own page with a map; its zones there or here.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.gis.db import models
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from cameras.capture import addresses
from cameras.masking import zones
from cameras.models import Camera, Evidence, Feed, Source, View
from cameras.models.feeds import origin_of
from cameras.register.fields_of_view import update_footprints, update_view
from geoapp.crypto import vault
from gis_data.admin import MapAdmin, PlaceWidget, ReadOnlyAdmin


class SourceForm(forms.ModelForm):
    def clean_networks(self):
        networks = self.cleaned_data["networks"]
        if faults := addresses.network_faults(networks):
            raise forms.ValidationError(faults)
        return networks


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):
    form = SourceForm
    list_display = ["name", "code", "owner", "networks", "at_once", "quickest_s", "down_since"]
    search_fields = ["name", "code", "owner"]
    fields = ["code", "name", "owner", "networks", "at_once", "quickest_s", "down_since"]
    readonly_fields = ["down_since"]


class FeedForm(forms.ModelForm):
    new_key = forms.CharField(
        label=_("new key"),
        required=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_(
            "The whole value of the header, like “Bearer …”. It is stored encrypted and never shown again; empty: "
            "unchanged; “-”: deleted."
        ),
    )

    @sensitive_variables()
    def clean_new_key(self) -> str:
        key = self.cleaned_data["new_key"]
        if not (key.isascii() and key.isprintable()):
            raise forms.ValidationError(_("The value of a header can only contain ASCII characters."))
        return key

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        super().clean()
        values, before = self.cleaned_data, self.instance
        key = values.get("new_key", "")
        stays = bool(before.pk and before.secret and not key)
        if (stays or key not in ("", "-")) and not values.get("key_header"):
            self.add_error("key_header", _("Enter the header in which the key is sent, or delete the key with “-”."))
        if stays and "url" in values and origin_of(values["url"]) != origin_of(self.initial["url"]):
            self.add_error("new_key", _("The stored key is for another server: enter the key for this one."))
        return values


@admin.register(Feed)
class FeedAdmin(admin.ModelAdmin):
    form = FeedForm
    list_display = ["title", "kind", "form", "every", "active", "read_at", "failing_since", "fault"]
    list_filter = ["kind", "form", "active"]
    search_fields = ["title", "title_en", "code", "url"]
    fields = [
        "code", "kind", "title", "title_en", "credit", "url", "form", "every", "valid", "name_key", "value_key",
        "time_key", "unit", "levels", "key_header", "has_key", "new_key", "active", "asked_at", "read_at",
        "failing_since", "fault", "detail", "left_out",
    ]  # fmt: skip
    readonly_fields = ["has_key", "asked_at", "read_at", "failing_since", "fault", "detail", "left_out"]

    @admin.display(description=_("a key is stored"), boolean=True)
    def has_key(self, feed):
        return bool(feed.secret)

    @sensitive_variables()
    def save_model(self, request: HttpRequest, obj: Feed, form: forms.ModelForm, change: bool) -> None:
        """Save only changed fields, as a worker writes its results into the same row. A changed feed is read at
        once.
        """
        if key := form.cleaned_data["new_key"]:
            obj.secret = vault.encrypt("" if key == "-" else key)
        if change and form.changed_data:
            obj.asked_at = None
            changed = {"secret" if name == "new_key" else name for name in form.changed_data}
            obj.save(update_fields=[*changed, "asked_at"])
        elif not change:
            obj.save()


class CameraForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        super().clean()
        values = self.cleaned_data
        source = values.get("source")
        if "url" in values and "kind" in values:
            for fault in addresses.address_faults(values["url"], values["kind"], source.networks if source else ()):
                self.add_error("url", fault)
        return values


class ZonesForm(forms.ModelForm):
    def clean_zones(self):
        drawn = [] if self.cleaned_data["zones"] is None else self.cleaned_data["zones"]
        if faults := zones.zone_list_faults(drawn):
            raise ValidationError(faults)
        return drawn


class ZonesInline(admin.TabularInline):
    model, form = View, ZonesForm
    fields = ["name", "current", "state", "judged_at", "zones"]
    readonly_fields = ["name", "current", "state", "judged_at"]
    extra, can_delete = 0, False

    def has_add_permission(self, request, camera=None):
        return not camera.views.exists()


@admin.register(Camera)
class CameraAdmin(admin.ModelAdmin):
    form = CameraForm
    list_display = ["code", "name", "road", "source", "active", "public", "health", "health_since", "moved_at"]
    list_filter = ["health", "active", "public", "source", "kind"]
    list_select_related = ["source"]
    search_fields = ["code", "name", "road"]
    fields = [
        "code", "name", "road", "place", "height_m", "source", "kind", "url", "period_s", "active", "public",
        "page_link", "health", "health_since", "moved_at",
    ]  # fmt: skip
    readonly_fields = ["page_link", "health", "health_since", "moved_at"]
    formfield_overrides = {models.PointField: {"widget": PlaceWidget}}

    @admin.display(description=_("Coverage, user name and password"))
    def page_link(self, camera):
        return format_html('<a href="{0}">{0}</a>', reverse("camera", args=[camera.code])) if camera.pk else "–"

    actions = ["publish", "withdraw"]

    def get_inlines(self, request, camera):
        return [ZonesInline] if camera else []

    @admin.action(description=_("Publish a redacted, delayed picture"), permissions=["change"])
    def publish(self, request, cameras):
        cameras.update(public=True)

    @admin.action(description=_("Stop publishing pictures"), permissions=["change"])
    def withdraw(self, request, cameras):
        cameras.update(public=False)

    def save_formset(self, request: HttpRequest, form: forms.ModelForm, formset: Any, change: bool) -> None:
        """Save only the zones: the patrol writes the other columns. A camera without a view gets one that holds
        them.
        """
        for view in formset.save(commit=False):
            update_view(view, zones=view.zones)

    def save_model(self, request: HttpRequest, obj: Camera, form: forms.ModelForm, change: bool) -> None:
        """Save only changed fields, as the patrol writes to the same row every few seconds."""
        obj.save(update_fields=form.changed_data if change else None)
        if change and "place" in form.changed_data:
            update_footprints(View.objects.filter(camera=obj))


@admin.register(View)
class ViewAdmin(MapAdmin):
    list_display = ["camera", "name", "current", "verified", "state", "judged_at"]
    list_filter = ["current", "verified", "state"]
    list_select_related = ["camera"]
    search_fields = ["camera__code", "camera__name", "name"]
    fields = [
        "camera", "name", "current", "bearing_deg", "angle_deg", "range_m", "verified", "state", "judged_at",
        "page_link", "on_the_map",
    ]  # fmt: skip
    readonly_fields = ["page_link", "on_the_map"]
    where = "footprint"

    @admin.display(description=_("Changed on its own page"))
    def page_link(self, view):
        address = f"{reverse('camera', args=[view.camera.code])}?view={view.pk}"
        return format_html('<a href="{0}">{0}</a>', address)

    @admin.display(description=_("On the map"))
    def on_the_map(self, view):
        return super().on_the_map(view) if view.footprint else "–"


@admin.register(Evidence)
class EvidenceAdmin(ReadOnlyAdmin):
    list_display = ["incident", "camera", "moment", "taken_at", "distance_m"]
    fields = ["incident", "camera", "moment", "taken_at", "distance_m", "sees", "by", "reason", "kept_at", "sha256"]
    list_filter = ["moment"]
    list_select_related = ["incident", "camera"]
    search_fields = ["incident__reference", "camera__code"]
