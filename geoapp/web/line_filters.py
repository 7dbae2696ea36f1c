"""Filter the lines of a ledger of looks by day, person, incident and kind, for its page (ledger.html) and its file."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, ClassVar, Self
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.timezone import localdate

from geoapp.http.query_parameters import QueryError
from geoapp.web import periods

ROWS, DAYS = 100, 7


@dataclass(frozen=True)
class LineFilter:
    form: ClassVar[type[periods.PeriodForm]]  # has a field of the same name for each of the following

    first: date
    last: date
    person: str = ""  # a user name
    incident: str = ""  # a reference
    how: str = ""

    @classmethod
    def parse(cls, parameters: Mapping[str, str]) -> tuple[Self, list[str]]:
        today = localdate()
        usual = today - timedelta(days=DAYS - 1), today
        form = cls.form({name: text.strip() for name, text in parameters.items()}, usual=usual)
        try:
            data = form.read()
        except QueryError as error:
            return cls(*usual), list(error.faults)
        form_values = {field.name: form.data.get(field.name, "") for field in fields(cls)}
        return cls(**(form_values | {"first": data["first"], "last": data["last"]})), []

    def parameters(self, **other: Any) -> dict[str, str]:
        values = asdict(replace(self, **other))
        days = {"from": values.pop("first").isoformat(), "to": values.pop("last").isoformat()}
        return days | {name: text for name, text in values.items() if text}

    def rows(self) -> QuerySet:
        raise NotImplementedError

    def lines_of(self, lines: QuerySet) -> QuerySet:
        first, last = periods.midnights(self.first, self.last)
        values = {"by__username": self.person, "incident__reference": self.incident, "how": self.how}
        filled = {name: value for name, value in values.items() if value}
        return lines.filter(at__gte=first, at__lt=last, **filled).defer("digest")

    def flags_of(self, flags: QuerySet, **other: Any) -> Iterator[tuple[Any, str]]:
        """Return (flag, query parameters that show its lines) for each flag of the filter's days."""
        flags = flags.filter(day__gte=self.first, day__lte=self.last).select_related("by")
        if self.person:
            flags = flags.filter(by__username=self.person)
        for flag in flags[:ROWS]:
            days = {"first": flag.day, "last": flag.day}
            yield flag, urlencode(self.parameters(person=flag.by.username, **days, **other))

    def page_context(self, page_number: str | None, faults: list[str]) -> dict[str, Any]:
        rows = self.rows()
        return {
            "question": self, "faults": faults, "page": Paginator(rows, ROWS).get_page(page_number),
            "kinds": rows.model.How.choices, "query": urlencode(self.parameters()),
        }  # fmt: skip
