"""The forms of planned works: what, where, when, in both languages."""

from datetime import date, time
from typing import Any

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_data.alphabet import in_alphabet
from gis_data.models import Area, Level
from incidents.announcements import periods, works
from incidents.announcements.acts import Wording
from incidents.forms import WordsField
from incidents.models import Announcement, AnnouncementLine
from incidents.models.announcements import EVERY_DAY, TITLE_MAX, WORKS_WORDS_MAX
from incidents.wording import WEEKDAYS

NO_DATE = {"invalid": gettext_lazy("This is not a date.")}
NO_TIME = {"invalid": gettext_lazy("This is not a time of day.")}


class WorksWordingForm(forms.Form):
    """Words and times of planned works. Clean data: `wording`."""

    title = WordsField(limit=TITLE_MAX, error_messages={"required": gettext_lazy("Say in a few words what happens.")})
    title_en = WordsField(limit=TITLE_MAX, required=False)
    text = WordsField(
        limit=WORKS_WORDS_MAX, error_messages={"required": gettext_lazy("Write what people should know.")}
    )
    text_en = WordsField(limit=WORKS_WORDS_MAX, required=False)
    first_day = forms.DateField(error_messages={"required": gettext_lazy("Enter the first day.")} | NO_DATE)
    last_day = forms.DateField(error_messages={"required": gettext_lazy("Enter the last day.")} | NO_DATE)
    hours_from = forms.TimeField(required=False, error_messages=NO_TIME)
    hours_to = forms.TimeField(required=False, error_messages=NO_TIME)
    weekdays = forms.MultipleChoiceField(
        choices=[(number, WEEKDAYS[int(number) - 1]) for number in EVERY_DAY],
        error_messages={"required": gettext_lazy("Choose at least one day of the week.")},
    )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        begins, ends = data.get("hours_from"), data.get("hours_to")
        if (begins is None) != (ends is None) and not {"hours_from", "hours_to"} & self.errors.keys():
            self.add_error("hours_to", _("Enter both times, or neither."))
        first, last = data.get("first_day"), data.get("last_day")
        if first and last and not self.errors.keys() & {"weekdays", "hours_from", "hours_to"}:
            self.add_span(data, first, last, (begins, ends) if begins is not None and ends is not None else None)
        return data

    def add_span(self, data: dict[str, Any], first: date, last: date, hours: tuple[time, time] | None) -> None:
        """Put the period into the clean data, and the wording where nothing is wrong with it."""
        weekdays = "".join(sorted(data["weekdays"]))
        span = None
        if (last - first).days <= works.LONGEST_WORKS.days:
            span = periods.span_of_days(first, last, hours=hours, weekdays=weekdays)
        if span is None:
            self.add_error("last_day", self.fault_of_days(first, last))
            return
        data["period"] = periods.period_words(first, last, hours=hours, weekdays=weekdays)
        if not self.errors.keys() & {"title", "text", "title_en", "text_en"}:
            data["wording"] = Wording(
                data["text"], span[1], starts_at=span[0], text_en=data["text_en"], title=data["title"],
                title_en=data["title_en"], hours=hours, weekdays=weekdays,
            )  # fmt: skip

    def fault_of_days(self, first: date, last: date) -> str:
        if last < first:
            return _("The end is before the beginning, or has already passed.")
        if (last - first).days > works.LONGEST_WORKS.days:
            return _("Planned works can last at most a year.")
        return _("None of these days is one of the chosen days of the week.")

    @property
    def faults(self) -> dict[str, str]:
        return {name: " ".join(str(fault) for fault in faults) for name, faults in self.errors.items()}


class WorksForm(WorksWordingForm):
    """New planned works. Clean data besides: `kind`, `reach`."""

    kind = forms.ChoiceField(
        choices=[(kind.value, kind.label) for kind in works.KINDS],
        error_messages={
            "required": gettext_lazy("Choose what it is about."),
            "invalid_choice": gettext_lazy("Choose what it is about."),
        },
    )
    reaches = forms.ChoiceField(choices=[("wards", ""), ("drawn", ""), ("streets", "")], required=False)
    wards = forms.MultipleChoiceField(
        required=False, error_messages={"invalid_choice": gettext_lazy("There is no such ward.")}
    )
    drawn = forms.CharField(required=False, max_length=20_000)
    streets = WordsField(limit=2000, required=False)
    where = WordsField(limit=200, required=False)
    where_en = WordsField(limit=200, required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        wards = Area.objects.on(localdate()).filter(level=Level.WARD).order_by(in_alphabet("name"))
        self.fields["wards"].choices = [(ward.code, ward.title) for ward in wards.defer("shape", "outline")]  # type: ignore[attr-defined]  # its field has them

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if "wards" in self.errors:
            return data
        try:
            reach = self.read_reach(data)
        except works.InvalidArea as fault:
            self.add_error("reaches", str(fault))
        else:
            data["reach"] = reach
        return data

    def read_reach(self, data: dict[str, Any]) -> works.WorksReach:
        names = data.get("where", ""), data.get("where_en", "")
        wards = works.todays_wards(data.get("wards", ()))
        if data.get("reaches") == "drawn":
            return works.reach_of_shape(works.read_drawn(data.get("drawn", "")), wards, *names)
        if data.get("reaches") == "streets":
            streets = [line.strip() for line in data.get("streets", "").splitlines() if line.strip()]
            named = names if names[0] else (", ".join(streets), "")
            return works.reach_of_shape(works.draw_streets(streets), wards, *named)
        if not wards:
            raise works.InvalidArea(_("Choose a ward."))
        return works.reach_of_wards(wards, *names)


def values_of(line: AnnouncementLine) -> dict[str, Any]:
    """Return what the form of a correction holds at first."""
    hours = periods.hours_of(line)
    return {
        "title": line.title, "title_en": line.title_en, "text": line.text, "text_en": line.text_en,
        "first_day": periods.first_day(line).isoformat(), "last_day": periods.last_day(line).isoformat(),
        "hours_from": f"{hours[0]:%H:%M}" if hours else "", "hours_to": f"{hours[1]:%H:%M}" if hours else "",
        "weekdays": list(line.weekdays),
    }  # fmt: skip


def kinds() -> list[tuple[str, str]]:
    return [(str(kind), str(Announcement.Kind(kind).label)) for kind in works.KINDS]
