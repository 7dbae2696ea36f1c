"""`/privacy/views/`: who looked at whose personal data, for which incident, and what of it is unusual."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geoapp.http.methods import require_safe
from geoapp.http.query_parameters import OneOfField, QueryError, RowField
from geoapp.web import periods, sheets
from geoapp.web.periods import PeriodForm
from incidents.models import Incident, PersonalDataView, PersonalDataViewHead, UnusualView, User
from incidents.page_access import require_work
from incidents.wording import person_name

ROWS, DAYS = 100, 7


class ViewsForm(PeriodForm):
    """Whose views of which days, for which incident, of which kind."""

    person = RowField(User.objects.all, gettext_lazy("There is no such person."), by="username")
    incident = RowField(Incident.objects.all, gettext_lazy("There is no such incident."), by="reference")
    how = OneOfField(PersonalDataView.How.values, gettext_lazy("There is no such kind of looking."), default="")


@dataclass(frozen=True)
class ViewFilter:
    """Whose views of which days, for which incident, of which kind."""

    first: date
    last: date
    person: str = ""  # a user name
    incident: str = ""  # a reference
    how: str = ""

    @classmethod
    def parse(cls, asked: Mapping[str, str]) -> tuple["ViewFilter", list[str]]:
        """(the question, faults as sentences); what cannot be understood is as if it had not been asked."""
        today = localdate()
        usual = today - timedelta(days=DAYS - 1), today
        form = ViewsForm({name: text.strip() for name, text in asked.items()}, usual=usual)
        try:
            data = form.read()
        except QueryError as error:
            return cls(*usual), list(error.faults)
        given = {name: form.data.get(name, "") for name in ("person", "incident", "how")}
        return cls(data["first"], data["last"], **given), []

    def parameters(self, **other: Any) -> dict[str, str]:
        """The parameters that ask this, or this with something else."""
        one = replace(self, **other)
        said = {"from": one.first.isoformat(), "to": one.last.isoformat(), "person": one.person}
        return {key: text for key, text in (said | {"incident": one.incident, "how": one.how}).items() if text}

    def rows(self) -> QuerySet[PersonalDataView]:
        first, last = periods.midnights(self.first, self.last)
        asked = {"by__username": self.person, "incident__reference": self.incident, "how": self.how}
        rows = PersonalDataView.objects.filter(at__gte=first, at__lt=last)
        rows = rows.filter(**{name: value for name, value in asked.items() if value})
        return rows.select_related("by", "authority", "incident__category", "held__category", "enquiry").defer("digest")


@require_safe
@require_work("privacy")
def views_page(request: HttpRequest, as_file: bool = False) -> HttpResponse:
    """The register and what of it is flagged, or the register as a file."""
    question, faults = ViewFilter.parse(request.GET)
    if as_file:
        return views_file(question, faults)
    shown = Paginator(question.rows(), ROWS).get_page(request.GET.get("page"))
    seen = User.objects.filter(personal_data_views__isnull=False).distinct()
    people = seen.order_by("last_name", "first_name", "username")
    context = {
        "question": question, "faults": faults, "page": shown,
        "lines": [(line, viewer_name(line)) for line in shown], "kinds": PersonalDataView.How.choices,
        "query": urlencode(question.parameters()), "months": settings.KEEP_LOOKS_MONTHS,
        "flags": list(flags_of(question)), "head": PersonalDataViewHead.objects.first(),
        "people": [(person.username, person_name(person)) for person in people],
    }  # fmt: skip
    return render(request, "incidents/staff/privacy/views.html", context, status=400 if faults else 200)


def flags_of(question):
    """(the flag, whose it is, the parameters that show the lines) of each flag of these days."""
    flags = UnusualView.objects.filter(day__gte=question.first, day__lte=question.last).select_related("by")
    if question.person:
        flags = flags.filter(by__username=question.person)
    for flag in flags[:ROWS]:
        asked = question.parameters(person=flag.by.username, first=flag.day, last=flag.day, incident="", how="")
        yield flag, person_name(flag.by), urlencode(asked)


def viewer_name(line):
    """Who looked: a person, a unit outside, or who sent it."""
    if line.how == PersonalDataView.How.OWN:
        return _("The reporter")
    return person_name(line.by) if line.by else line.authority.title


def views_file(question, faults):
    if faults:
        return HttpResponse(" ".join(faults), status=400, content_type="text/plain; charset=utf-8")
    columns = [
        _("Number"), _("When"), _("By whom"), _("User name"), _("How"), _("Page or file"), _("Incident"),
        _("Reports"), _("Request"), _("Held report"), _("Call-back"), _("Enquiry"),
    ]  # fmt: skip
    lines = (
        [
            line.pk, line.at, viewer_name(line), line.by.username if line.by else "", line.get_how_display(),
            line.address, line.incident.reference if line.incident else "", " ".join(map(str, line.reports)),
            line.request_id or "", line.held_id or "", line.call_back_id or "",
            line.enquiry.reference if line.enquiry else "",
        ]
        for line in question.rows().iterator()
    )  # fmt: skip
    return sheets.csv_response("personal-data-views", columns, lines)
