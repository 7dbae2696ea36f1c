"""Show the oversight body every unit, late incidents, requested extensions and unpublished changes. No contact data are
read.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db import connection
from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.http import QueryDict
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geoapp.http.query_parameters import OneOfField, RowField, SortField
from geoapp.web import periods
from geoapp.web.periods import PeriodForm
from gis_data.sql import fetch_rows
from incidents import proofs
from incidents.aggregates.days import ACCEPTED, DONE, read_durations
from incidents.aggregates.units import parts_query
from incidents.analytics.tables import sort_rows
from incidents.models import (
    Absence,
    Authority,
    CalendarDay,
    Category,
    EscalationStep,
    Event,
    Extension,
    Incident,
    Membership,
    Photo,
    RoutingRule,
    ServiceLevel,
)  # fmt: skip
from incidents.models.incident import QUIET_LINES, IncidentQuerySet
from incidents.public_text import public_note
from incidents.sql import as_condition, named_query, statement

# What deadlines, addressees and posts follow from: who changes it in the administration changes many incidents at once.
RULES = (CalendarDay, ServiceLevel, Category, RoutingRule, EscalationStep, Authority, Membership, Absence)
USUAL_DAYS = 30  # of the usual period
# The columns of figures, in their order; each is an attribute of Row.
COLUMNS = {
    "open": gettext_lazy("Open"),
    "late": gettext_lazy("Overdue now"),
    "done": gettext_lazy("Done"),
    "done_late": gettext_lazy("Done late"),
    "share": gettext_lazy("On time, %"),
    "share_first": gettext_lazy("On time without extensions, %"),
    "share_proven": gettext_lazy("Confirmed, %"),
    "to_accept": gettext_lazy("Half accepted within, hours"),
    "to_resolve": gettext_lazy("Half done within, hours"),
    "asked": gettext_lazy("Extension requested"),
    "granted": gettext_lazy("Granted"),
    "disputes": gettext_lazy("Disputed"),
    "upheld": gettext_lazy("Objections upheld"),
    "stars": gettext_lazy("Rating"),
    "ratings": gettext_lazy("Ratings"),
    "reminders": gettext_lazy("Reminders"),
}


def unit_kinds() -> dict[str, str]:
    """Return the kinds of units, each in words. A pack does not name a kind: the units of it do."""
    units = {}
    for unit in Authority.objects.order_by("kind", "code"):
        units.setdefault(unit.kind, []).append(unit)
    words = {kind: kind_in_words(some) for kind, some in units.items()}
    return dict(sorted(words.items(), key=lambda item: item[1].casefold()))


def kind_in_words(units):
    if len(units) > 1 and all(unit.area_id for unit in units):
        return _("The local units")
    return ", ".join(unit.title for unit in units)


def top_groups():
    return Category.objects.filter(parent=None)


class OversightForm(PeriodForm):
    """Days, kind of unit, unit and field of the page, and the sort column of its table."""

    names = PeriodForm.names | {"group": "field"}

    kind = OneOfField(unit_kinds, gettext_lazy("There is no such type of unit."), default="")
    unit = RowField(Authority.objects.all, gettext_lazy("There is no such unit."))
    group = RowField(top_groups, gettext_lazy("There is no such field."))
    photo = OneOfField(("none",), gettext_lazy("Results can only be filtered by photo=none."), default="")
    sort = SortField(("name", *COLUMNS), gettext_lazy("The table cannot be sorted by this column."), default="-late")

    def clean_group(self):
        return self.cleaned_data["group"].code if self.cleaned_data["group"] else ""


@dataclass(frozen=True)
class OversightQuery:
    """Days, kind of unit, unit and field of the page, and the sort column of its table."""

    first: date
    last: date
    kind: str = ""
    unit: Authority | None = None
    group: str = ""  # the code of a group of fields
    photo: str = ""  # "none": of results, those without a photo
    sort: str = "-late"

    @classmethod
    def usual(cls) -> "OversightQuery":
        return cls(localdate() - timedelta(days=USUAL_DAYS - 1), localdate())

    @classmethod
    def from_parameters(cls, parameters: QueryDict) -> "OversightQuery":
        """Read `from`, `to`, `kind`, `unit`, `field`, `photo`, `sort` of a QueryDict. Raises QueryError."""
        usual = cls.usual()
        return cls(**OversightForm(parameters, usual=(usual.first, usual.last)).read())

    def parameters(self, **other: Any) -> dict[str, str]:
        query = replace(self, **other)
        parameters = {
            "from": query.first.isoformat(),
            "to": query.last.isoformat(),
            "kind": query.kind,
            "field": query.group,
        }
        parameters["photo"] = query.photo
        return {key: value for key, value in (parameters | {"unit": query.unit and query.unit.code}).items() if value}

    @property
    def moments(self) -> tuple[datetime, datetime]:
        return periods.midnights(self.first, self.last)

    def fields(self) -> list[int] | None:
        if not self.group:
            return None
        return list(Category.objects.filter(parent__code=self.group).values_list("pk", flat=True))

    def period_condition(self, name: str) -> Q:
        first, last = self.moments
        return Q(**{f"{name}__gte": first, f"{name}__lt": last})

    def scope_condition(self, prefix: str = "") -> Q:
        about = Q()
        if self.kind:
            about &= Q(**{f"{prefix}authority__kind": self.kind})
        if self.unit:
            about &= Q(**{f"{prefix}authority": self.unit})
        if self.group:
            about &= Q(**{f"{prefix}category__parent__code": self.group})
        return about


@dataclass(frozen=True)
class UnitFigures:
    """The figures of a unit, or of all. Medians in hours."""

    open: int = 0
    late: int = 0
    done: int = 0
    done_late: int = 0
    in_time: int = 0
    in_time_first: int = 0  # by the first deadline: as if no more time had been granted
    to_accept: float | None = None
    to_resolve: float | None = None
    asked: int = 0
    granted: int = 0
    disputes: int = 0
    upheld: int = 0
    stars: float | None = None
    ratings: int = 0
    reminders: int = 0
    proven: int = 0
    unit: Authority | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        return self.unit.title if self.unit else _("Total")

    @property
    def share(self) -> float | None:
        return 100 * self.in_time / self.done if self.done else None

    @property
    def share_first(self) -> float | None:
        return 100 * self.in_time_first / self.done if self.done else None

    @property
    def share_proven(self) -> float | None:
        return 100 * self.proven / self.done if self.done else None


SUMMED_COLUMNS = (
    "open", "late", "done", "done_late", "in_time", "in_time_first", "asked", "granted", "disputes", "upheld",
    "ratings", "reminders", "proven",
)  # fmt: skip


def count_units(question: OversightQuery) -> tuple[list[UnitFigures], UnitFigures]:
    fields = question.fields()
    rows = query_units(question, fields)
    known, hours = Authority.objects.in_bulk([key for key, *_figures in rows]), median_hours(question, fields)
    proven = count_proven(question)
    rows_of_units = [
        UnitFigures(
            **dict(zip(COUNTED, figures, strict=True)), unit=known[key], proven=proven.get(key, 0), **hours(key)
        )
        for key, *figures in rows
    ]
    return sort_rows(rows_of_units, question.sort), sum_figures(rows_of_units)


COUNTED = (
    "open", "late", "done", "done_late", "in_time", "in_time_first", "asked", "granted", "disputes", "upheld", "stars",
    "ratings", "reminders",
)  # fmt: skip


def query_units(question, fields):
    first, last = question.moments
    parts, params = parts_query([first, last], endless=False)
    incidents = Incident.objects.filter(question.scope_condition()).order_by()
    running = incidents.filter(closed_at=None).values("authority_id", "state", "due_at")
    open_query, open_values = named_query(running, "open")
    shown_query, shown_values = named_query(incidents.values("id", "authority_id"), "shown")
    text = statement("watch_units", parts=parts, open=open_query, shown=shown_query)
    params |= open_values | shown_values
    values: dict[str, Any] = {
        "now": now(), "first": first, "last": last, "kind": question.kind, "fields": fields,
        "unit": question.unit and question.unit.pk, "running": list(Incident.RUNNING),
    }  # fmt: skip
    return fetch_rows(text, params | values)


def count_proven(question: OversightQuery) -> dict[int, int]:
    """Return how many of the incidents that were done in the period are proven, by key of their unit."""
    done = Incident.objects.filter(question.scope_condition(), question.period_condition("closed_at")).order_by()
    return proofs.count_by_unit(done, question.moments[0])


def median_hours(question, fields):
    with connection.cursor() as cursor:
        kinds = (ACCEPTED, DONE)
        durations_by_kind = read_durations(cursor, question.moments, kinds=kinds, endless=False)
    durations = [durations_by_kind[kind].of(fields=fields) for kind in kinds]
    middles = [duration.medians_by(duration.unit) for duration in durations]
    hours = [{key: seconds / 3600 for key, seconds in middle.items()} for middle in middles]
    return lambda key: {"to_accept": hours[0].get(key), "to_resolve": hours[1].get(key)}


def sum_figures(rows):
    ratings = sum(row.ratings for row in rows)
    stars = sum(row.stars * row.ratings for row in rows if row.ratings) / ratings if ratings else None
    return UnitFigures(**{name: sum(getattr(row, name) for row in rows) for name in SUMMED_COLUMNS}, stars=stars)


def late_incidents(question: OversightQuery) -> IncidentQuerySet:
    """Return incidents that are late now or were done late in the period, the earliest deadline first."""
    rows = Incident.objects.too_late().filter(Q(closed_at=None) | question.period_condition("closed_at"))
    return rows.filter(question.scope_condition()).order_by("due_at", "pk")


def late_now(question):
    return Incident.objects.filter(question.scope_condition(), closed_at=None).overdue().order_by()


def count_late(question: OversightQuery) -> int:
    parts, params = parts_query(question.moments, endless=False)
    late, values = named_query(late_now(question).values("pk"), "open")
    text = statement("late_count", open=late, parts=parts)
    filters = {"kind": question.kind, "unit": question.unit and question.unit.pk, "group": question.group}
    return int(fetch_rows(text, params | values | filters)[0][0])


def late_keys(question: OversightQuery, before: int, after: int) -> RawSQL:
    done = Incident.objects.filter(question.scope_condition(), question.period_condition("closed_at")).order_by()
    done = done.filter(state__in=Incident.DONE, closed_at__gt=F("due_at"))
    all_values: dict[str, Any] = {"before": before, "after": after}
    parts = {}
    for name, rows in (("open", late_now(question)), ("done", done)):
        for ending, columns in (("", ("id", "due_at")), ("_dates", ("due_at",))):
            parts[name + ending], values = named_query(rows.values(*columns), name)
            all_values |= values
    return as_condition(statement("late_page", **parts), all_values)


def with_last_words(incidents: IncidentQuerySet) -> IncidentQuerySet:
    unit_lines = Event.objects.filter(incident=OuterRef("pk"), public=True, authority__isnull=False).exclude(note="")
    extensions = Extension.objects.filter(incident=OuterRef("pk")).order_by("-pk")
    return incidents.annotate(
        last_words=Subquery(unit_lines.order_by("-pk").values_list(public_note())[:1]),
        last_at=Subquery(unit_lines.order_by("-pk").values("at")[:1]),
        reason=Subquery(extensions.values("reason")[:1]),
    ).with_pages()


def extensions_asked_for(question: OversightQuery) -> QuerySet:
    rows = Extension.objects.filter(question.period_condition("asked_at"), question.scope_condition("incident__"))
    return rows.order_by("-asked_at", "-pk")


def with_persons(extensions: QuerySet) -> QuerySet:
    return extensions.select_related("incident__category", "incident__authority", "asked_by", "decided_by")


def quiet_changes(question: OversightQuery) -> QuerySet:
    rows = Event.objects.filter(QUIET_LINES, question.period_condition("at"), question.scope_condition("incident__"))
    return rows.order_by("-pk")


def checked_results(question: OversightQuery) -> QuerySet:
    """Return the lines of the period that say what spoke against a result, the latest first; without withdrawn ones."""
    rows = Event.objects.filter(question.period_condition("at"), question.scope_condition("incident__"))
    undone = Event.objects.filter(
        incident=OuterRef("incident"), kind=Event.Kind.UNDONE, receipt__undoes=OuterRef("receipt__result")
    )
    return rows.filter(kind=Event.Kind.CHECKED).exclude(Exists(undone)).order_by("-pk")


def results_without_photo(question: OversightQuery) -> QuerySet:
    rows = Event.objects.filter(question.period_condition("at"), question.scope_condition("incident__"))
    undoes = Cast(KeyTextTransform("undoes", "receipt"), BigIntegerField())
    undone = Event.objects.filter(incident=OuterRef("incident"), kind=Event.Kind.UNDONE).annotate(undoes=undoes)
    photos = Photo.objects.filter(event=OuterRef("pk"))
    results = rows.filter(kind=Event.Kind.RESOLVED)
    return results.exclude(Exists(photos)).exclude(Exists(undone.filter(undoes=OuterRef("pk")))).order_by("-pk")


def with_incidents(events: QuerySet) -> QuerySet:
    return events.select_related("incident__category", "incident__authority", "authority", "by")


def rule_changes(question: OversightQuery) -> QuerySet:
    lines = LogEntry.objects.filter(
        question.period_condition("action_time"),
        content_type__app_label="incidents",
        content_type__model__in=[model._meta.model_name for model in RULES],
    )
    return lines.select_related("user", "content_type").order_by("-pk")
