"""Validate what people enter about cameras and their views."""

import json
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.gis.geos import GEOSException, GEOSGeometry, MultiPolygon, Point, Polygon
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as w
from django.views.decorators.debug import sensitive_variables

from cameras.capture import addresses
from cameras.masking import zones
from cameras.models import Camera, Source, View
from cameras.register import registry
from geoapp.crypto import vault
from geoapp.http.text_validation import read_json
from gis_data.alphabet import in_alphabet
from gis_data.words import tidy

CORNERS = 400  # of one polygon
SHAPES = 50  # that stand in the way
FARTHEST = 0.1  # degrees from the camera that something drawn may lie


class WordsField(forms.CharField):
    def to_python(self, value: object) -> str:
        return " ".join(tidy(super().to_python(value) or "").split())


def number_input(**attrs):
    return forms.NumberInput({"class": "input", "step": "any", "inputmode": "decimal"} | attrs)


TEXT, CHOICE = {"class": "input"}, forms.Select({"class": "input"})


class FactsForm(forms.Form):
    """The facts of a camera's row. Empty `credentials` stay as they are, as they are never shown."""

    code = WordsField(label=w("Code"), max_length=40, widget=forms.TextInput(TEXT), required=False)
    name = WordsField(label=w("Name"), max_length=150, widget=forms.TextInput(TEXT))
    road = WordsField(label=w("Road"), max_length=150, widget=forms.TextInput(TEXT), required=False)
    latitude = forms.FloatField(label=w("Latitude"), widget=number_input(), localize=True)
    longitude = forms.FloatField(label=w("Longitude"), widget=number_input(), localize=True)
    height_m = forms.FloatField(
        label=w("Height above the road, metres"), min_value=0, max_value=500, widget=number_input(), required=False
    )
    source = forms.ModelChoiceField(
        Source.objects.order_by(in_alphabet("name")), label=w("Operated by"), to_field_name="code", required=False,
        empty_label=w("not in the register"), widget=CHOICE,
    )  # fmt: skip
    kind = forms.ChoiceField(label=w("Kind of picture"), choices=Camera.Kind.choices, widget=CHOICE)
    url = forms.CharField(
        label=w("Address of its picture"), required=False, widget=forms.TextInput(TEXT | {"inputmode": "url"}),
        help_text=w("Empty: no pictures are fetched. Do not enter a user name or password here."),
    )  # fmt: skip
    credentials = forms.CharField(
        label=w("User name and password"), required=False, max_length=200, strip=True,
        widget=forms.PasswordInput(TEXT | {"autocomplete": "new-password"}),
        help_text=w("Enter user:password. Stored encrypted and never shown; empty: unchanged."),
    )  # fmt: skip
    forget = forms.BooleanField(label=w("Delete the user name and password"), required=False)
    period_s = forms.IntegerField(
        label=w("Seconds between two pictures"), min_value=1, max_value=3600, widget=number_input(step=1)
    )
    public = forms.BooleanField(label=w("Everyone can see a redacted, delayed still picture from it"), required=False)
    active = forms.BooleanField(label=w("In use"), required=False)

    def __init__(self, data: QueryDict | None = None, *, camera: Camera) -> None:
        self.camera = camera
        super().__init__(data, initial=camera_facts(camera))
        for name in ("latitude", "longitude"):
            self.fields[name].localize = False
        if camera.pk:
            del self.fields["code"]
        else:
            self.fields["code"].required = True
        if not camera.credentials:
            del self.fields["forget"]

    def clean_code(self):
        code = self.cleaned_data["code"]
        if Camera.objects.filter(code=code).exists():
            raise forms.ValidationError(_("There is already a camera with this code."))
        return code

    @sensitive_variables()
    def clean_credentials(self):
        secret = self.cleaned_data["credentials"]
        if secret and ":" not in secret:
            raise forms.ValidationError(_("Enter it as user:password."))
        return secret

    def clean(self) -> dict[str, Any]:
        super().clean()
        values = self.cleaned_data
        if "kind" in values and "url" in values:
            source = values.get("source")
            for fault in addresses.address_faults(values["url"], values["kind"], source.networks if source else ()):
                self.add_error("url", fault)
        if "latitude" in values and "longitude" in values:
            west, south, east, north = registry.bounds()
            if not (west <= values["longitude"] <= east and south <= values["latitude"] <= north):
                self.add_error("latitude", _("This place is outside the city."))
        return values

    @sensitive_variables()
    def camera_as_typed(self) -> Camera:
        typed, camera = self.cleaned_data, self.camera
        for name in ("name", "road", "height_m", "source", "kind", "url", "period_s", "public", "active"):
            setattr(camera, name, typed[name])
        camera.code = typed.get("code") or camera.code
        camera.place = Point(typed["longitude"], typed["latitude"], srid=4326)
        if typed.get("forget"):
            camera.credentials = ""
        if typed["credentials"]:
            camera.credentials = vault.encrypt(typed["credentials"])
        return camera


def camera_facts(camera):
    shown = {name: getattr(camera, name) for name in ("name", "road", "kind", "url", "period_s", "public", "active")}
    shown |= {"source": camera.source.code if camera.source else None, "height_m": plain_number(camera.height_m)}
    if camera.place:
        shown |= {"latitude": f"{camera.place.y:.6f}", "longitude": f"{camera.place.x:.6f}"}
    return shown


def plain_number(number):
    return "" if number is None else f"{number:.1f}".removesuffix(".0")


class DrawnField(forms.Field):
    """A shape as GeoJSON in a hidden field, "" for none; `several`: a MultiPolygon, else a Polygon."""

    widget = forms.HiddenInput

    def __init__(self, *, several, **more):
        super().__init__(required=False, **more)
        self.several = several

    def to_python(self, value: str | None) -> Polygon | MultiPolygon | None:
        if not value:
            return None
        try:
            document = read_json(value)
            wanted = "MultiPolygon" if self.several else "Polygon"
            if document["type"] != wanted or len(value) > 200_000:
                raise ValueError
            shape = GEOSGeometry(json.dumps(document), srid=4326)
            parts = list(shape) if self.several else [shape]  # type: ignore[call-overload]  # a MultiPolygon can be walked
            corners = [part.num_coords for part in parts]
        except (ValueError, TypeError, KeyError, GEOSException):
            raise forms.ValidationError(_("The drawing cannot be read.")) from None
        if not corners or max(corners) > CORNERS or len(parts) > SHAPES or shape.hasz:
            raise forms.ValidationError(_("The drawing cannot be read."))
        if not self.several and not shape.valid:
            raise forms.ValidationError(_("The line of the drawing crosses itself. Move its corners apart."))
        if not all(part.valid and part.area for part in parts):
            raise forms.ValidationError(_("The line of the drawing crosses itself. Move its corners apart."))
        return shape if isinstance(shape, Polygon | MultiPolygon) else None


class ViewForm(forms.Form):
    """The view of a camera: a sector or a drawn shape, less what is hidden.

    The field `compares` is only for people who may see the camera's picture.
    """

    name = WordsField(label=w("Name of the view"), max_length=80, required=False, widget=forms.TextInput(TEXT))
    shape = forms.ChoiceField(
        label=w("Shape"), choices=[("sector", w("sector")), ("drawn", w("drawn"))], widget=forms.RadioSelect
    )
    bearing_deg = forms.FloatField(
        label=w("Bearing, degrees from north"), min_value=0, max_value=360, required=False,
        widget=number_input(min=0, max=360),
    )  # fmt: skip
    angle_deg = forms.FloatField(
        label=w("Angle of view, degrees"),
        min_value=1,
        max_value=360,
        required=False,
        widget=number_input(min=1, max=360),
    )
    range_m = forms.FloatField(
        label=w("Range, metres"), min_value=1, max_value=5000, required=False, widget=number_input(min=1, max=5000)
    )
    drawn = DrawnField(label=w("Drawn"), several=False)
    hidden = DrawnField(label=w("Obstacles"), several=True)
    current = forms.BooleanField(label=w("The camera currently looks this way"), required=False)
    verified = forms.BooleanField(label=w("Checked against the picture"), required=False)

    def __init__(self, data: QueryDict | None = None, *, view: View, compares: bool) -> None:
        self.view = view
        super().__init__(data, initial=view_facts(view))
        if not compares:
            del self.fields["verified"]

    def clean(self) -> dict[str, Any]:
        super().clean()
        values = self.cleaned_data
        if values.get("shape") == "sector":
            for name in ("bearing_deg", "angle_deg", "range_m"):
                if values.get(name) is None and name not in self.errors:
                    self.add_error(name, _("Enter a number here."))
        elif values.get("shape") == "drawn" and not values.get("drawn") and "drawn" not in self.errors:
            self.add_error("drawn", _("Nothing is drawn yet."))
        near = self.view.camera.place.buffer(FARTHEST)
        for name in ("drawn", "hidden"):
            if values.get(name) and not near.covers(values[name]):
                self.add_error(name, _("The drawing is too far from the camera."))
        return values

    @property
    def view_changes(self) -> dict:
        """Return the changed fields for `fields_of_view.update_view`."""
        changes = {name: self.cleaned_data[name] for name in ("name", "angle_deg", "range_m", "hidden")}
        changes["bearing_deg"] = self.cleaned_data["bearing_deg"]
        if changes["bearing_deg"] == 360:
            changes["bearing_deg"] = 0.0
        changes["drawn"] = self.cleaned_data["drawn"] if self.cleaned_data["shape"] == "drawn" else None
        numbers = any(plain_number(changes[name]) != plain_number(getattr(self.view, name)) for name in NUMBERS)
        turned = numbers or any(changes[name] != getattr(self.view, name) for name in ("drawn", "hidden"))
        changes["verified"] = self.cleaned_data.get("verified", self.view.verified and not turned)
        # A view stops being the current one when another becomes it.
        changes["current"] = self.cleaned_data["current"] or self.view.current
        return changes


NUMBERS = ("bearing_deg", "angle_deg", "range_m")


def view_facts(view):
    return {
        "name": view.name,
        "shape": "drawn" if view.drawn else "sector",
        "bearing_deg": plain_number(view.bearing_deg),
        "angle_deg": plain_number(view.angle_deg),
        "range_m": plain_number(view.range_m),
        "drawn": view.drawn.geojson if view.drawn else "",
        "hidden": view.hidden.geojson if view.hidden else "",
        "current": view.current,
        "verified": view.verified,
    }


class ZonesForm(forms.Form):
    """Privacy zones as text, one per line, in fractions of the picture on which they are drawn.

    `on` is the key of that picture, `seen` the digest of the zones when the page was opened.
    """

    zones = forms.CharField(
        label=w("Zones, one per line"), required=False, max_length=30_000, strip=False,
        help_text=w("For each corner two numbers from 0 to 1: distance from the left and from the top. 0.1 0.2  0.4 "
                    "0.2  0.4 0.6 is a triangle. If there is no line, nothing is covered."),
        widget=forms.Textarea({"class": "input num", "rows": 5, "spellcheck": "false"}),
    )  # fmt: skip
    on = forms.RegexField(r"\A[0-9]{1,17}\Z", required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, digest: str, drawn: Iterable = (), on: str | int = "") -> None:
        self.digest = digest
        text = "\n".join(map(zones.format_zone, drawn))
        super().__init__(data, initial={"zones": text, "on": on, "seen": digest})

    def clean_zones(self):
        drawn, faults = zones.parse_zones(self.cleaned_data["zones"])
        if faults:
            raise forms.ValidationError(faults)
        return drawn

    def clean_seen(self):
        if self.cleaned_data["seen"] != self.digest:
            raise forms.ValidationError(_("Somebody else has changed the zones in the meantime. Check them again."))
        return self.digest


class FileForm(forms.Form):
    """A file of cameras; `whole`: cameras that are not in it become inactive."""

    file = forms.FileField(
        label=w("File"), allow_empty_file=True, help_text=w("CSV or GeoJSON, in UTF-8."),
        widget=forms.FileInput({"class": "input", "accept": ".csv,.json,.geojson"}),
        error_messages={"required": w("Choose a file.")},
    )  # fmt: skip
    whole = forms.BooleanField(
        label=w("The file is the whole register: cameras not in it are no longer in use"), required=False
    )
