"""`/cameras/looks/`: who looked at which camera and which evidence, and what of it is unusual; each one's own."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from cameras.models import Camera, Evidence, Flag, ViewLogEntry, ViewLogHead
from geoapp.http.methods import require_safe
from geoapp.http.query_parameters import OneOfField, QueryError, RowField
from geoapp.web import periods, sheets
from geoapp.web.periods import PeriodForm
from incidents.models import Incident, User
from incidents.page_access import require_work
from incidents.wording import person_name

ROWS, DAYS = 100, 7
NAMED = 4  # cameras of a line that are named; of the others it says how many


class LooksForm(PeriodForm):
    """Whose looks of which days, at which camera, for which incident, of which kind."""

    person = RowField(User.objects.all, gettext_lazy("There is no such person."), by="username")
    camera = RowField(Camera.objects.all, gettext_lazy("There is no such camera."))
    incident = RowField(Incident.objects.all, gettext_lazy("There is no such incident."), by="reference")
    how = OneOfField(ViewLogEntry.How.values, gettext_lazy("There is no such kind of looking."), default="")


@dataclass(frozen=True)
class LookFilter:
    """Whose looks of which days, at which camera, for which incident, of which kind."""

    first: date
    last: date
    person: str = ""  # a user name
    camera: str = ""  # a code
    incident: str = ""  # a reference
    how: str = ""

    @classmethod
    def parse(cls, asked: Mapping[str, str]) -> tuple["LookFilter", list[str]]:
        """(the question, faults as sentences); what cannot be understood is as if it had not been asked."""
        today = localdate()
        usual = today - timedelta(days=DAYS - 1), today
        form = LooksForm({name: text.strip() for name, text in asked.items()}, usual=usual)
        try:
            data = form.read()
        except QueryError as error:
            return cls(*usual), list(error.faults)
        given = {name: form.data.get(name, "") for name in ("person", "camera", "incident", "how")}
        return cls(data["first"], data["last"], **given), []

    def parameters(self, **other: Any) -> dict[str, str]:
        """The parameters that ask this, or this with something else."""
        one = replace(self, **other)
        said = {"from": one.first.isoformat(), "to": one.last.isoformat(), "person": one.person, "camera": one.camera}
        return {key: text for key, text in (said | {"incident": one.incident, "how": one.how}).items() if text}

    def rows(self) -> QuerySet[ViewLogEntry]:
        first, last = periods.midnights(self.first, self.last)
        rows = ViewLogEntry.objects.filter(at__gte=first, at__lt=last)
        if self.person:
            rows = rows.filter(by__username=self.person)
        if self.camera:
            camera = Camera.objects.get(code=self.camera)
            kept = ArraySubquery(Evidence.objects.filter(camera=camera).values("pk"))
            rows = rows.filter(Q(cameras__contains=[camera.pk]) | Q(evidence__overlap=kept))
        if self.incident:
            rows = rows.filter(incident__reference=self.incident)
        if self.how:
            rows = rows.filter(how=self.how)
        return rows.select_related("by", "incident__category").defer("digest")


@require_safe
@require_work("looks")
def looks_page(request: HttpRequest, as_file: bool = False) -> HttpResponse:
    """For supervisors: everybody's looks, and what of them is flagged."""
    question, faults = LookFilter.parse(request.GET)
    if as_file:
        return looks_file(question, faults)
    flags = Flag.objects.filter(day__gte=question.first, day__lte=question.last).select_related("by")
    if question.person:
        flags = flags.filter(by__username=question.person)
    flags = [
        (
            flag,
            person_name(flag.by),
            urlencode(question.parameters(person=flag.by.username, first=flag.day, last=flag.day)),
        )
        for flag in flags[:ROWS]
    ]
    people = (
        User.objects.filter(view_log_entries__isnull=False).distinct().order_by("last_name", "first_name", "username")
    )
    people = [(person.username, person_name(person)) for person in people]
    more = {"head": ViewLogHead.objects.first(), "flags": flags, "people": people}
    return render_looks(request, question, faults, more)


@require_safe
@never_cache
def own_looks_page(request: HttpRequest) -> HttpResponse:
    """For everybody: the own looks."""
    question, faults = LookFilter.parse(request.GET)
    return render_looks(request, replace(question, person=request.user.username), faults, {"mine": True})


def render_looks(request, question, faults, more):
    shown = Paginator(question.rows(), ROWS).get_page(request.GET.get("page"))
    seen = cameras_by_line(shown)
    for look in shown:
        look.who = person_name(look.by)
        look.seen, look.others = seen[look.pk][:NAMED], len(seen[look.pk][NAMED:])
    context = {
        "question": question, "faults": faults, "page": shown, "kinds": ViewLogEntry.How.choices,
        "query": urlencode(question.parameters()), "days": DAYS, "months": settings.KEEP_LOOKS_MONTHS,
    }  # fmt: skip
    return render(request, "cameras/staff/looks.html", context | more, status=400 if faults else 200)


def cameras_by_line(lines):
    """The names of the cameras that were looked at, those of kept pictures with them, by the number of the line."""
    kept = Evidence.objects.filter(pk__in={key for look in lines for key in look.evidence})
    camera_of = dict(kept.values_list("pk", "camera"))
    keys = {
        look.pk: dict.fromkeys([*look.cameras, *(camera_of[key] for key in look.evidence if key in camera_of)])
        for look in lines
    }
    cameras = Camera.objects.filter(pk__in={key for some in keys.values() for key in some})
    named = {pk: f"{name} ({code})" for pk, code, name in cameras.values_list("pk", "code", "name")}
    return {
        line: [named.get(key) or _("camera %(n)d (gone)") % {"n": key} for key in some] for line, some in keys.items()
    }


def looks_file(question, faults):
    if faults:
        return HttpResponse(" ".join(faults), status=400, content_type="text/plain; charset=utf-8")
    lines = list(question.rows())
    seen = cameras_by_line(lines)
    columns = [
        _("Number"), _("When"), _("By whom"), _("User name"), _("How"), _("Cameras"), _("Kept pictures"),
        _("Pictures of the hour"), _("Incident"), _("Purpose"), _("Pictures shown"),
    ]  # fmt: skip
    return sheets.csv_response(
        "looks",
        columns,
        (
            [
                look.pk, look.at, person_name(look.by), look.by.username, look.get_how_display(),
                "; ".join(seen[look.pk]),
                " ".join(map(str, look.evidence)), look.hour, look.incident.reference if look.incident else "",
                look.purpose, look.pictures,
            ]
            for look in lines
        ),
    )  # fmt: skip
