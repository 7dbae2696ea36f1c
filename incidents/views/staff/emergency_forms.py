"""Validate the order of an emergency mode, and the places that it shows."""

from datetime import timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.emergency.switching import Order
from incidents.forms import PlaceForm, PlaceWordsField, WordsField
from incidents.models import Emergency, Shelter, WaterDepth
from incidents.models.emergencies import ADVICE_MAX, DEEPEST_CM, SOURCE_MAX, TITLE_MAX

PEOPLE_MAX = 100_000
USUAL = timedelta(hours=6)


class EmergencyWordsForm(forms.Form):
    """What an emergency mode says, and until when."""

    title = WordsField(limit=TITLE_MAX, error_messages={"required": gettext_lazy("Say what happens, in one line.")})
    title_en = WordsField(limit=TITLE_MAX, required=False)
    advice = WordsField(limit=ADVICE_MAX, required=False)
    advice_en = WordsField(limit=ADVICE_MAX, required=False)
    source = WordsField(limit=SOURCE_MAX, required=False)
    until = forms.DateTimeField(
        error_messages={
            "required": gettext_lazy("Emergency mode needs an end."),
            "invalid": gettext_lazy("This is not a date and time."),
        }
    )

    def order(self, **more: Any) -> Order:
        """Return what was ordered as far as it could be read; the rest is empty."""
        data = self.cleaned_data
        texts = {name: data.get(name, "") for name in ("title", "title_en", "advice", "advice_en", "source")}
        usual: dict[str, Any] = {"kind": "", "until": data.get("until")}
        return Order(**(usual | texts | more))

    @property
    def faults(self) -> dict[str, str]:
        return {name: " ".join(map(str, errors)) for name, errors in self.errors.items()}


class EmergencyForm(EmergencyWordsForm):
    """A new emergency mode: its kind, the city or wards, words and end; `sure`: the person has confirmed."""

    kind = forms.ChoiceField(
        choices=Emergency.Kind.choices,
        error_messages={
            "required": gettext_lazy("Choose the kind of emergency."),
            "invalid_choice": gettext_lazy("Choose the kind of emergency."),
        },
    )
    reaches = forms.ChoiceField(
        choices=[("city", ""), ("wards", "")], error_messages={"required": gettext_lazy("Choose where it holds.")}
    )
    practice = forms.BooleanField(required=False)
    sure = forms.BooleanField(
        error_messages={"required": gettext_lazy("Confirm that it is to be switched on now.")}, required=True
    )

    def ward_codes(self) -> list[str]:
        data = self.data
        codes = data.getlist("wards") if isinstance(data, QueryDict) else data.get("wards", [])
        return [code[:20] for code in codes if code]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("reaches") == "wards" and not self.ward_codes():
            self.add_error("reaches", _("Choose at least one ward."))
        return data

    def new_order(self) -> Order:
        data = self.cleaned_data
        wards = self.ward_codes() if data.get("reaches") == "wards" else []
        return self.order(kind=data.get("kind", ""), area_codes=wards, practice=bool(data.get("practice")))


class ShelterForm(PlaceForm):
    """A new shelter. Clean data: the place as `PlaceForm` gives it, name, room."""

    name = WordsField(limit=120, error_messages={"required": gettext_lazy("Name the shelter.")})
    name_en = WordsField(limit=120, required=False)
    where = PlaceWordsField(limit=200, error_messages={"required": gettext_lazy("Write its address.")})
    capacity = forms.IntegerField(
        required=False, min_value=1, max_value=PEOPLE_MAX,
        error_messages={"invalid": gettext_lazy("Enter how many people it takes, as a number.")},
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if Shelter.objects.filter(name=data.get("name", ""), address=data.get("where", "")).exists():
            self.add_error("name", _("This shelter is on the list already."))
        return data


class DepthForm(PlaceForm):
    """A measured depth. Clean data: the place, `depth_cm`, `measured_at`, `source`."""

    where = PlaceWordsField(limit=200, error_messages={"required": gettext_lazy("Name the street.")})
    depth_cm = forms.IntegerField(
        min_value=0, max_value=DEEPEST_CM,
        error_messages={
            "required": gettext_lazy("Enter the depth in centimetres; 0 where the street is passable again."),
            "invalid": gettext_lazy("Enter the depth in centimetres; 0 where the street is passable again."),
        },
    )  # fmt: skip
    measured_at = forms.DateTimeField(
        required=False, error_messages={"invalid": gettext_lazy("This is not a date and time.")}
    )
    source = forms.ChoiceField(
        choices=WaterDepth.Source.choices,
        error_messages={
            "required": gettext_lazy("Say who measured it."),
            "invalid_choice": gettext_lazy("Say who measured it."),
        },
    )

    def clean_measured_at(self) -> Any:
        moment = self.cleaned_data["measured_at"] or now()
        if moment > now():
            raise forms.ValidationError(_("This time is still to come."))
        return moment


def place_faults(form: PlaceForm) -> dict[str, str]:
    """Return the messages by field; what is wrong with the place stands at `where`."""
    sentences: dict[str, str] = {}
    for name, faults in form.errors.items():
        field = "where" if name in ("__all__", "lon", "lat", "spot", "area") else name
        sentences[field] = " ".join([*filter(None, [sentences.get(field)]), *map(str, faults)])
    return sentences


def default_end() -> str:
    """Return six hours from now, on a quarter of an hour, as a field of a form."""
    moment = localtime(now() + USUAL)
    return f"{moment.replace(minute=moment.minute // 15 * 15):%Y-%m-%dT%H:%M}"
