"""Show the viewing ledger: who looked at which camera and which evidence, and what is unusual: `/cameras/looks/`."""

from dataclasses import dataclass, replace

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from cameras.models import Camera, Evidence, Flag, ViewLogEntry
from cameras.viewlog.ledger import LOOKS
from geoapp.http.http_methods import require_safe
from geoapp.http.query_parameters import OneOfField, RowField
from geoapp.web import sheets
from geoapp.web.line_filters import LineFilter
from geoapp.web.periods import PeriodForm
from gis_data import policies
from incidents.models import Incident, User
from incidents.page_access import require_work
from incidents.wording import person_name

NAMED = 4  # cameras of a line that are named; of the others it says how many


class LooksForm(PeriodForm):
    """Filter of viewings: person, days, camera, incident, kind."""

    person = RowField(User.objects.all, gettext_lazy("There is no such person."), by="username")
    camera = RowField(Camera.objects.all, gettext_lazy("There is no such camera."))
    incident = RowField(Incident.objects.all, gettext_lazy("There is no such incident."), by="reference")
    how = OneOfField(ViewLogEntry.How.values, gettext_lazy("There is no such kind of view."), default="")


@dataclass(frozen=True)
class LookFilter(LineFilter):
    """Filter of viewings: person, days, camera, incident, kind."""

    form = LooksForm

    camera: str = ""  # a code

    def rows(self) -> QuerySet[ViewLogEntry]:
        rows = self.lines_of(ViewLogEntry.objects.select_related("by", "incident__category"))
        if self.camera:
            camera = Camera.objects.get(code=self.camera)
            evidence = ArraySubquery(Evidence.objects.filter(camera=camera).values("pk"))
            rows = rows.filter(Q(cameras__contains=[camera.pk]) | Q(evidence__overlap=evidence))
        return rows


@require_safe
@require_work("looks")
def looks_page(request: HttpRequest, as_file: bool = False) -> HttpResponse:
    question, faults = LookFilter.parse(request.GET)
    if as_file:
        return looks_file(question, faults)
    seen = User.objects.filter(view_log_entries__isnull=False).distinct()
    more = {
        "flags": list(question.flags_of(Flag.objects.all())), "head": LOOKS.published_heads().first(),
        "people": seen.order_by("last_name", "first_name", "username"),
        "file_page": "looks-csv", "heads_page": "looks-heads",
    }  # fmt: skip
    return render_looks(request, question, faults, more)


@require_safe
@never_cache
def own_looks_page(request: HttpRequest) -> HttpResponse:
    question, faults = LookFilter.parse(request.GET)
    return render_looks(request, replace(question, person=request.user.username), faults, {"mine": True})


def render_looks(request, question, faults, more):
    context = question.page_context(request.GET.get("page"), faults) | more
    context |= {"months": policies.current().keep_looks_months}
    seen = cameras_by_line(context["page"])
    for look in context["page"]:
        look.who = person_name(look.by)
        look.seen, look.others = seen[look.pk][:NAMED], len(seen[look.pk][NAMED:])
    return render(request, "cameras/staff/looks.html", context, status=400 if faults else 200)


def cameras_by_line(lines):
    evidence = Evidence.objects.filter(pk__in={key for look in lines for key in look.evidence})
    camera_of = dict(evidence.values_list("pk", "camera"))
    keys = {
        look.pk: dict.fromkeys([*look.cameras, *(camera_of[key] for key in look.evidence if key in camera_of)])
        for look in lines
    }
    cameras = Camera.objects.filter(pk__in={key for some in keys.values() for key in some})
    named = {pk: f"{name} ({code})" for pk, code, name in cameras.values_list("pk", "code", "name")}
    return {
        line: [named.get(key) or _("camera %(n)d (removed)") % {"n": key} for key in some]
        for line, some in keys.items()
    }


def looks_file(question, faults):
    if faults:
        return HttpResponse(" ".join(faults), status=400, content_type="text/plain; charset=utf-8")
    lines = list(question.rows())
    seen = cameras_by_line(lines)
    columns = [
        _("Number"), _("Time"), _("Done by"), _("User name"), _("How"), _("Cameras"), _("Saved pictures"),
        _("Pictures of the last hour"), _("Incident"), _("Purpose"), _("Pictures shown"),
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
