"""Register of accesses to personal data at `/privacy/views/`, with unusual ones flagged."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geoapp.http.http_methods import require_safe
from geoapp.http.query_parameters import OneOfField, RowField
from geoapp.web import sheets
from geoapp.web.line_filters import LineFilter
from geoapp.web.periods import PeriodForm
from gis_data import policies
from incidents.disclosure.register import PERSONAL_VIEWS
from incidents.models import Incident, PersonalDataView, UnusualView, User
from incidents.page_access import require_work
from incidents.wording import person_name


class ViewsForm(PeriodForm):
    """Filters of the register: person, days, incident, kind of access."""

    person = RowField(User.objects.all, gettext_lazy("There is no such person."), by="username")
    incident = RowField(Incident.objects.all, gettext_lazy("There is no such incident."), by="reference")
    how = OneOfField(PersonalDataView.How.values, gettext_lazy("There is no such kind of view."), default="")


class ViewFilter(LineFilter):
    """Cleaned filters of the register: person, days, incident, kind of access."""

    form = ViewsForm

    def rows(self) -> QuerySet[PersonalDataView]:
        related = ("by", "authority", "incident__category", "held__category", "enquiry", "idea")
        return self.lines_of(PersonalDataView.objects.select_related(*related))


@require_safe
@require_work("privacy")
def views_page(request: HttpRequest, as_file: bool = False) -> HttpResponse:
    question, faults = ViewFilter.parse(request.GET)
    if as_file:
        return views_file(question, faults)
    context = question.page_context(request.GET.get("page"), faults)
    seen = User.objects.filter(personal_data_views__isnull=False).distinct()
    context |= {
        "lines": [(line, viewer_name(line)) for line in context["page"]],
        "flags": list(question.flags_of(UnusualView.objects.all(), incident="", how="")),
        "head": PERSONAL_VIEWS.published_heads().first(),
        "people": seen.order_by("last_name", "first_name", "username"),
        "file_page": "personal-views-csv", "heads_page": "personal-views-heads",
        "months": policies.current().keep_looks_months,
    }  # fmt: skip
    return render(request, "incidents/staff/privacy/views.html", context, status=400 if faults else 200)


def viewer_name(line):
    if line.how == PersonalDataView.How.OWN:
        return _("The reporter")
    return person_name(line.by) if line.by else line.authority.title


def views_file(question, faults):
    if faults:
        return HttpResponse(" ".join(faults), status=400, content_type="text/plain; charset=utf-8")
    columns = [
        _("Number"), _("Time"), _("Done by"), _("User name"), _("How"), _("Page or file"), _("Incident"),
        _("Reports"), _("Request"), _("Held report"), _("Call-back"), _("Enquiry"), _("Idea"),
    ]  # fmt: skip
    lines = (
        [
            line.pk, line.at, viewer_name(line), line.by.username if line.by else "", line.get_how_display(),
            line.address, line.incident.reference if line.incident else "", " ".join(map(str, line.reports)),
            line.request_id or "", line.held_id or "", line.call_back_id or "",
            line.enquiry.reference if line.enquiry else "", line.idea_id or "",
        ]
        for line in question.rows().iterator()
    )  # fmt: skip
    return sheets.csv_response("personal-data-views", columns, lines)
