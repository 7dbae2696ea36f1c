"""Forms of an operator during a call."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from gis_data.addresses import geocode
from incidents import reporting
from incidents.forms import PhoneField, PlaceWordsField, WordsField
from incidents.models import Call, Category
from incidents.reporting import questions
from incidents.reporting.address_candidates import parse_spot

PLACE_MAX = 200  # characters of a place's name
ANSWER_MAX, FIELDS_MAX = 2000, 60  # characters of an answer; fields of a form that are read
LANGUAGES = (("vi", "Tiếng Việt"), ("en", "English"))


class SpotField(forms.CharField):
    """A chosen place as "spot|name"; `spots.parse_spot` reads the first part.

    Clean value: (spot, name), ("", "") for none. A point on the map without a name gets the name of what lies there.
    """

    def clean(self, value: object) -> tuple[str, str]:
        spot, _bar, title = super().clean(value).partition("|")
        if not spot:
            return "", ""
        try:
            point = parse_spot(spot).point
        except ValueError:
            raise forms.ValidationError(gettext_lazy("Which of these places is it?")) from None
        return spot[:60], title[:PLACE_MAX] or geocode.nearest_address(point)[:PLACE_MAX]


class CallForm(forms.Form):
    """The form of a call. `guessed_…` holds suggestions: a field with the same value counts as not chosen."""

    saw = forms.IntegerField(min_value=0, max_value=2**31 - 1)
    text = WordsField(required=False, limit=reporting.TEXT_MAX)
    where = PlaceWordsField(required=False, limit=PLACE_MAX)
    phone = PhoneField(required=False)
    spot = SpotField(required=False, max_length=300)
    guessed_spot = SpotField(required=False, max_length=300)
    category = forms.ModelChoiceField(
        Category.objects.leaves(),
        to_field_name="code",
        required=False,
        error_messages={"invalid_choice": gettext_lazy("This cannot be reported. Choose from the list.")},
    )
    guessed_category = forms.CharField(required=False, max_length=20)
    join = forms.SlugField(required=False, max_length=20)
    guessed_join = forms.SlugField(required=False, max_length=20)
    danger = forms.ChoiceField(choices=Call.Danger.choices, required=False)
    language = forms.ChoiceField(choices=LANGUAGES, required=False)

    def read_draft(self, call: Call) -> dict[str, Any]:
        """Returns what to save in the call: valid fields, and of choices only those made by hand."""
        data = self.cleaned_data
        typed: dict[str, Any] = {name: data[name] for name in ("text", "where") if name in data}
        typed |= {name: data[name] for name in ("danger", "language", "phone") if data.get(name)}
        if answers := self.typed_answers():
            typed["answers"] = json.dumps(answers, ensure_ascii=False)
        if "category" in data:
            typed |= self.chosen_category(call)
        if "join" in data:
            typed["join"] = data["join"] if data["join"] != data.get("guessed_join", "") or call.join else ""
        if "spot" in data:
            typed |= self.chosen_spot(call)
        return typed

    def typed_answers(self) -> dict[str, list[str]]:
        sent: Any = self.data
        return {
            name.removeprefix(questions.PREFIX): [value[:ANSWER_MAX] for value in sent.getlist(name)[:FIELDS_MAX]]
            for name in list(sent)[:FIELDS_MAX]
            if name.startswith(questions.PREFIX)
        }

    def chosen_category(self, call):
        category = self.cleaned_data["category"]
        if category is None:
            return {"category": None}
        by_hand = call.category_id == category.pk or category.code != self.cleaned_data.get("guessed_category")
        return {"category": category if by_hand else None}

    def chosen_spot(self, call):
        """Returns the place chosen by hand; new words for the place discard it."""
        spot, title = self.cleaned_data["spot"]
        guessed, _title = self.cleaned_data.get("guessed_spot") or ("", "")
        new_words = self.cleaned_data.get("where", call.where) != call.where
        by_hand = not new_words if spot == call.spot else spot != guessed
        return {"spot": spot, "spot_title": title} if spot and by_hand else {"spot": "", "spot_title": ""}
