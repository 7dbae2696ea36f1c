"""Actions of a sender on the private page: add words or photos, move the place, withdraw the report."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from geoapp.http import rate_limits
from geoapp.http.numeric_params import PlaceNumbers, refuse_faulty_numbers
from incidents import workflow
from incidents.casework import additions, corrections, withdrawing
from incidents.forms import PhotosField, PlaceForm, WordsField
from incidents.models import Incident, Report
from incidents.views.public import incident_pages, private_pages

FORMS = {"added": "added", "gone": "gone_form"}  # the arguments of the page, by what is added


class AddForm(forms.Form):
    """An addition to a report. Clean data: `words`, `photos`."""

    words = WordsField(required=False, limit=additions.WORDS_MAX)
    photos = PhotosField(required=False)
    gone = forms.BooleanField(required=False)  # it has gone already: said in the city's language, for the unit

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if data.get("gone") and "words" in data:
            with translation.override(settings.LANGUAGE_CODE):
                data["words"] = " ".join(filter(None, [_("It has already gone."), data["words"]]))
        return data


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_POST
def add_to_report(request: HttpRequest, token: str) -> HttpResponse:
    report = get_object_or_404(Report.objects.with_link(token).select_related("incident"))
    form, status = AddForm(request.POST, request.FILES), 400
    name = "gone" if "gone" in request.POST else "added"
    faulty: dict[str, Any] = {FORMS[name]: form}
    if form.is_valid():
        words, pictures = form.cleaned_data["words"], form.cleaned_data["photos"]
        asks = [rate_limits.Ask("add:report", str(report.pk)), *incident_pages.photo_asks(request, pictures)]
        if waits := rate_limits.take(*asks):
            form.add_error("words", rate_limits.too_many_sentence(max(waits.values())))
            return private_pages.render_report_page(request, token, status=429, **faulty)
        try:
            additions.add_to_report(report, words=words, pictures=pictures)
            return HttpResponseRedirect(reverse("follow", args=[token]) + f"?{name}=1#done", status=303)
        except additions.CannotAdd as refused:
            form.add_error(refused.field, str(refused))
        except workflow.NotAllowed as refused:
            form.add_error("words", str(refused))
            status = 409
    return private_pages.render_report_page(request, token, status=status, **faulty)


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_POST
def withdraw_report(request: HttpRequest, token: str) -> HttpResponse:
    report = get_object_or_404(Report.objects.with_link(token).filter(erased_at=None).select_related("incident"))
    try:
        withdrawing.withdraw_report(report)
    except workflow.NotAllowed as refused:
        return private_pages.render_report_page(request, token, withdraw_fault=str(refused), status=409)
    return HttpResponseRedirect(reverse("follow", args=[token]) + "?withdrawn=1#done", status=303)


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@refuse_faulty_numbers(PlaceNumbers, as_data=True)
def move_report(request: HttpRequest, token: str) -> HttpResponse:
    """Corrects the place; a GET returns as JSON what that would change."""
    report = get_object_or_404(Report.objects.with_link(token).filter(erased_at=None).select_related("incident"))
    if request.method != "POST":
        return JsonResponse(preview_correction(report.incident, PlaceForm(request.GET)))
    form, status = PlaceForm(request.POST), 400
    if form.is_valid():
        if waits := rate_limits.take(rate_limits.Ask("add:report", str(report.pk))):
            form.add_error(None, rate_limits.too_many_sentence(max(waits.values())))
            return private_pages.render_report_page(request, token, moved=form, status=429)
        try:
            correct_place(report, form.cleaned_data)
            return HttpResponseRedirect(reverse("follow", args=[token]) + "?moved=1#done", status=303)
        except corrections.NotCorrectable as refused:
            form.add_error(None, str(refused))
        except workflow.NotAllowed as refused:
            form.add_error(None, str(refused))
            status = 409
    return private_pages.render_report_page(request, token, moved=form, status=status)


def preview_correction(incident: Incident, form: PlaceForm) -> dict[str, str]:
    if not form.is_valid():
        return {"where": "", "said": form.place_errors[0]}
    change = corrections.preview_place(incident, form.cleaned_data["place"])
    values = {"metres": round(change.metres), "ward": change.area.title, "unit": change.unit.title}
    return {"where": f"{change.name}." if change.name else "", "said": change_in_words(change) % values}


def change_in_words(change):
    if change.metres < corrections.SAME_PLACE_M:
        return _("It is here now: move the map to the right place.")
    if change.is_other_unit:
        return _("%(metres)d m away, in %(ward)s: it goes to %(unit)s, and the deadline is recalculated.")
    if change.is_other_area:
        return _("%(metres)d m away, in %(ward)s: the unit does not change.")
    return _("%(metres)d m away, still in %(ward)s: the unit does not change.")


def correct_place(report, located):
    incident = report.incident
    if not corrections.may_sender_correct(incident, report):
        raise workflow.NotAllowed(
            _("The location can only be corrected until a unit accepts the report or others report it too.")
        )
    place, words = located["place"], located["address"] or ""
    corrections.correct_place(incident, place=place, words=words, accuracy_m=located["accuracy"], report=report)


def redisplay_add_form(request: HttpRequest, token: str) -> HttpResponse:
    form = AddForm(initial={"words": request.POST.get("words", "")})
    return private_pages.render_report_page(request, token, added=form, too_old=True, status=403)
