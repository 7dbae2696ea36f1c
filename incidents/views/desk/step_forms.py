"""Forms of the desk's steps."""

from collections.abc import Callable, ItemsView, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, cast

from django import forms
from django.db.models import Case, Exists, IntegerField, OuterRef, QuerySet, Value, When
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geoapp.http.query_parameters import read_number
from gis_data.alphabet import in_alphabet
from gis_data.models import Area
from gis_data.words import tidy
from incidents import photos, reform, reporting
from incidents.casework import assignment, crews, official_letters
from incidents.casework.earlier_words import EarlierWords, earlier_words
from incidents.forms import PlaceForm, SendingForm
from incidents.models import AnswerTemplate, Authority, Category, Crew, Extension, Incident, Severity, Subtask, User
from incidents.models.catalogue import CategoryQuerySet
from incidents.steps import ANSWERABLE, STEPS
from incidents.views.desk import steps
from incidents.wording import person_name

PHOTOS_MAX = 3  # with a result
w = gettext_lazy


class TidyTextField(forms.CharField):
    """Words as people write them, in one form."""

    def to_python(self, value: object) -> str:
        return tidy(super().to_python(value) or "")


class PersonField(forms.ModelChoiceField):
    def label_from_instance(self, person):
        return person_name(person)


class CrewField(forms.ModelChoiceField):
    def label_from_instance(self, crew):
        return crew.name


OUTCOMES = [("done", w("It is done")), ("refused", w("We will not do it"))]


class StepForm(SendingForm):
    """The fields of a step. `cleaned_data`: note, to (an Authority), until, person … as the step has them.

    `incident`: the incident, or any of several. `claimants`: units for which it may be taken over; `parts`: its
    subtasks.
    """

    moves = forms.IntegerField(required=False, min_value=0)
    to = forms.ModelChoiceField(Authority.objects.none(), error_messages={"required": w("Choose the unit.")})
    person = PersonField(User.objects.none(), error_messages={"required": w("Choose the person.")})
    crew = CrewField(Crew.objects.none(), required=False)  # empty: no crew
    part = forms.ModelChoiceField(Subtask.objects.none(), error_messages={"required": w("Choose the request.")})
    outcome = forms.ChoiceField(choices=OUTCOMES, error_messages={"required": w("State the result.")})
    category = forms.ModelChoiceField(
        Category.objects.leaves(),
        to_field_name="code",
        error_messages={
            "required": w("Choose what it is about."),
            "invalid_choice": w("This cannot be reported. Choose from the list."),
        },
    )
    place = forms.Field(required=False)  # from several fields: see `clean_place`
    severity = forms.ChoiceField(choices=Severity.choices, error_messages={"required": w("Choose the severity.")})
    until = forms.DateTimeField(
        error_messages={"required": w("State by when."), "invalid": w("This is not a valid date and time.")}
    )
    note = TidyTextField(max_length=reporting.TEXT_MAX)
    offered: steps.OfferedSteps  # set by `detail.step_form`, as is `is_offered`
    is_offered: bool
    place_form: PlaceForm | None = None
    only: Authority | None = None  # the one unit for which this person can take over

    def __init__(
        self,
        name: str,
        incident: Incident,
        *args: Any,
        claimants: QuerySet[Authority] | None = None,
        parts: Sequence[Subtask] = (),
        extension: Extension | None = None,
    ):
        super().__init__(*args)
        self.name, self.incident = name, incident
        self.step, self.button = STEPS[name], steps.BUTTONS[name]
        self.parts, self.extension = parts, extension
        wanted = self.step.fields
        for field in ("to", "person", "crew", "part", "outcome", "category", "place", "severity", "until", "note"):
            if field not in wanted and f"{field}?" not in wanted:
                del self.fields[field]
        if "note" in self.fields:
            self.fields["note"].required = "note?" not in wanted
            inside = _("Write a few words.") if name in steps.HANDLERS else ""
            note_fault = inside or _("Write a few words for the reporter to read.")
            self.fields["note"].error_messages["required"] = note_fault
        self.takes_photos = self.step.takes_photos
        prepare: dict[str, Callable[[], None]] = {
            "to": partial(self.choose_unit, claimants),
            "person": self.choose_person,
            "crew": self.choose_crew,
            "part": self.choose_part,
            "category": self.choose_category,
        }
        for field, choose in prepare.items():
            if field in self.fields:
                choose()

    def choose_unit(self, claimants):
        field = cast(forms.ModelChoiceField, self.fields["to"])
        if self.name != "claim":
            field.queryset = reform.authorities_in_office().exclude(pk=self.incident.authority_id)
            return
        field.queryset = claimants
        self.only = claimants[0] if len(claimants) == 1 else None
        field.required = not self.only

    def choose_person(self):
        cast(forms.ModelChoiceField, self.fields["person"]).queryset = assignment.assignable_people(self.incident)

    def choose_crew(self) -> None:
        crews_here = crews.assignable_crews(self.incident)
        cast(forms.ModelChoiceField, self.fields["crew"]).queryset = crews_here
        self.crew_states = crews.crew_states(crews_here, now())

    @property
    def chosen_crew(self) -> int | None:
        """Returns the key of the crew to preselect: the chosen one, else the current one, else the first with room."""
        if typed := self.data.get("crew"):
            return read_number(typed)
        if self.incident.crew_id:
            return self.incident.crew_id
        return next((state.crew.pk for state in self.crew_states if state.is_out and not state.is_full), None)

    def choose_part(self):
        open_ones = [part for part in self.parts if part.is_open and (part.is_ours or self.name == "part_withdraw")]
        cast(forms.ModelChoiceField, self.fields["part"]).queryset = Subtask.objects.filter(
            pk__in=[part.pk for part in open_ones]
        )
        self.open_parts = open_ones

    def choose_category(self) -> None:
        field = cast(forms.ModelChoiceField, self.fields["category"])
        field.queryset = Category.objects.leaves().exclude(pk=self.incident.category_id).select_related("parent")

    def categories_by_group(self) -> list[tuple[str, list[Category]]]:
        leaves = cast(CategoryQuerySet, cast(forms.ModelChoiceField, self.fields["category"]).queryset)
        return leaves.by_group()

    def clean_place(self) -> Any:
        """Returns the point of a pin, a chosen place or words; clean data also hold the accuracy and the source."""
        self.place_form = PlaceForm(self.data)
        if not self.place_form.is_valid():
            raise forms.ValidationError([str(message) for message in self.place_form.place_errors])
        data = self.place_form.cleaned_data
        words = data["where"] if data["address"] is None else data["address"]
        self.cleaned_data |= {"words": words, "accuracy_m": data["accuracy"]}
        return data["place"]

    def clean_until(self):
        if (until := self.cleaned_data["until"]) <= now():
            raise forms.ValidationError(_("Choose a time in the future."))
        return until

    def clean(self) -> None:
        self.cleaned_data |= {"pictures": [], "extension": self.extension}
        if self.only:
            self.cleaned_data["to"] = self.only
        uploads = self.files.getlist("photos") if self.files and self.takes_photos else []
        if len(uploads) > PHOTOS_MAX:
            self.add_error(None, _("Up to %(n)d photos.") % {"n": PHOTOS_MAX})
            return
        try:
            self.cleaned_data["pictures"] = self.with_facts([photos.read_photo(upload) for upload in uploads])
        except photos.BadPhoto as bad:
            self.add_error(None, str(bad))
        if self.sends_result:
            self.cleaned_data["sending"] = self.sending(from_device=False)

    @property
    def sends_result(self) -> bool:
        return self.step.to == Incident.State.RESOLVED

    def units_by_nearness(self) -> ItemsView:
        """Returns the units by kind: neighbouring wards, the duty desk, city-wide ones, other wards."""
        groups: dict[str, list[Authority]] = {}
        units = cast(QuerySet[Authority], cast(forms.ModelChoiceField, self.fields["to"]).queryset)
        for authority in order_by_nearness(self.incident, units):
            kind = str(NEARNESS[authority.nearness])  # type: ignore[attr-defined]  # annotated by `order_by_nearness`
            groups.setdefault(kind, []).append(authority)
        return groups.items()

    @property
    def until_shown(self) -> str:
        if typed := self.data.get("until"):
            return typed
        moment = localtime(
            max(self.incident.due_at, now()) + timedelta(days=1) if self.name == "more_time" else self.incident.due_at
        )
        return f"{moment:%Y-%m-%dT%H:%M}" if moment > now() else ""

    @property
    def writes_letter(self) -> bool:
        return self.step.kind in official_letters.ANSWERS and self.incident.authority.letters

    def earlier(self) -> list[EarlierWords]:
        if "note" not in self.fields or self.name not in ANSWERABLE:
            return []
        unit, kind = self.incident.authority_id, self.incident.category_id
        return earlier_words(unit, [kind], self.name).get(kind, [])

    def answers(self) -> QuerySet[AnswerTemplate] | tuple[()]:
        return AnswerTemplate.objects.fitting(self.incident.category, self.name) if "note" in self.fields else ()


NEARNESS = (w("Neighbouring wards"), w("Duty desk"), w("Departments and utilities"), w("Other wards"))


def order_by_nearness(incident: Incident, authorities: QuerySet[Authority]) -> QuerySet[Authority]:
    """Annotates authorities with `nearness`, the position of their kind in NEARNESS, and sorts by it and by name."""
    here = Area.objects.only("outline", "edition").get(pk=incident.area_id)
    touching = Area.objects.filter(pk=OuterRef("area"), edition=here.edition_id, outline__intersects=here.outline)
    return authorities.annotate(
        nearness=Case(
            When(Exists(touching), then=Value(0)),
            When(duty_desk=True, then=Value(1)),
            When(area=None, then=Value(2)),
            default=Value(3),
            output_field=IntegerField(),
        )
    ).order_by("nearness", in_alphabet("name"))
