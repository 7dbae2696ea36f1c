"""Parse periods of days in the city's time zone, both ends included."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geoapp.http.query_parameters import DayField, QueryForm

YEAR_RANGE = (2000, 2100)


class PeriodDayField(DayField):
    def __init__(self):
        super().__init__(gettext_lazy("Write dates like 2026-11-24."))
        self.error_messages["out_of_range"] = gettext_lazy("Only dates from %(first)s to %(last)s can be used.")
        self.params = {"first": YEAR_RANGE[0], "last": YEAR_RANGE[1] - 1}

    def parse(self, text: str) -> date:
        day = super().parse(text)
        if not YEAR_RANGE[0] <= day.year < YEAR_RANGE[1]:
            raise self.refusal("out_of_range")
        return day


class PeriodForm(QueryForm):
    """A form for the days `from` … `to`; missing ones come from `usual`.

    The first day is never after what is usual as the last.
    """

    names = {"first": "from", "last": "to"}

    last = PeriodDayField()
    first = PeriodDayField()

    def __init__(self, parameters: Mapping[str, str], *, usual: tuple[date, date]):
        super().__init__(parameters)
        self.usual = usual

    def clean_last(self) -> date:
        return self.cleaned_data["last"] or self.usual[1]

    def clean_first(self) -> date:
        last = self.cleaned_data.get("last", self.usual[1])
        first = self.cleaned_data["first"] or min(self.usual[0], last)
        if first > last:
            raise ValidationError(_("The first day is after the last one."))
        return first


def midnights(first: date, last: date) -> tuple[datetime, datetime]:
    """Return the midnights (start of the first day, end of the last day)."""
    zone = timezone.get_current_timezone()
    return datetime.combine(first, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone)
