"""Enter what staff saw themselves or were told at the counter, through `reporting.receive`."""

import uuid

from django import forms
from django.contrib import messages
from django.contrib.gis.geos import Point
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gis_data.models import Area
from incidents import access, reporting
from incidents.forms import ReportForm
from incidents.models import AnyUser, Category, Incident, Report
from incidents.page_access import SignedInRequest, require_work
from incidents.views.desk import detail

NEW = "new"  # value of the choice “it is none of these”


class SeenForm(ReportForm):
    """A report by staff: a place, a category, and words or photos."""

    def contact_fields(self) -> list[forms.BoundField]:
        return [self["phone"], self["email"]]

    def clean(self) -> dict:
        data = super().clean()
        if not self.errors.keys() & {"text", "photos"} and not data.get("text") and not data.get("photos"):
            self.add_error("text", _("Write what you saw, or add a photo."))
        return data


@require_work("desk")
@require_http_methods(["GET", "HEAD", "POST"])
def entry_page(request: SignedInRequest) -> HttpResponse:
    """Renders or takes the form; the same form sent twice makes one report."""
    if request.method != "POST":
        return render_form(request, SeenForm())
    form = SeenForm(request.POST, request.FILES, incidents=access.incidents_for(request.user, "correct"))
    if not form.is_valid():
        return render_form(request, form, status=400)
    try:
        report = enter_report(request, form.cleaned_data)
    except reporting.ReportRefused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return render_form(request, form, status=400)
    incident = report.incident
    messages.success(request, entry_message(incident))
    if not detail.can_open(request.user, incident, watching=True):
        return redirect("desk")
    return redirect("desk-incident", incident.reference)


def entry_message(incident: Incident) -> str:
    message = _("Entered: %(reference)s, %(unit)s")
    return message % {"reference": incident.reference, "unit": incident.authority.title}


def enter_report(request: SignedInRequest, data: dict) -> Report:
    return reporting.receive(
        reporting.IncomingReport(
            channel=Report.Channel.OFFICER,
            category=data["category"],
            place=data["place"],
            located=data["located"],
            accuracy_m=data["accuracy"],
            ward_named=data["ward_named"],
            address=data["address"] or data["where"] or None,
            text=data["text"],
            phone=data["phone"],
            email=data["email"],
            language=get_language() or "vi",
            pictures=data["photos"],
            join=data["join"],
            sending=data["sending"],
            by=request.user,
        )
    )


def home_of(user: AnyUser) -> Point | None:
    """Returns the middle of this person's area, where the pin starts; None for city-wide units."""
    areas = [area_id for post in access.posts_of(user) if (area_id := post.area_id or post.authority.area_id)]
    return Area.objects.filter(pk__in=areas).order_by("pk").values_list("label_point", flat=True).first()


def render_form(request: SignedInRequest, form: SeenForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "groups": Category.objects.leaves().by_group(),
        "sending": form["sending"].value() or uuid.uuid4(),
        "new": NEW,
        "home": home_of(request.user),
        "text_max": reporting.TEXT_MAX,
    }
    return render(request, "incidents/desk/own_entry.html", context, status=status)
