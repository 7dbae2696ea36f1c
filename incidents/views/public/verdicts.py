"""The short link of a message leads to the private page; verdicts on a result are sent to it."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from geoapp.http import rate_limits
from incidents import workflow
from incidents.casework import additions, verdicts
from incidents.models import Event, Report
from incidents.views.public import incident_pages, private_pages
from incidents.views.public.private_addresses import hide_address, speak_language_of
from incidents.views.public.verdict_forms import DisputeForm, RateForm


def record_confirmation(report, form):
    verdicts.confirm_result(report)


def record_dispute(report, form):
    verdicts.dispute_with_photos(report, form.cleaned_data["said"], form.cleaned_data["photos"])


def record_rating(report, form):
    verdicts.rate_result(report, form.cleaned_data["stars"], form.cleaned_data["reason"])


VERDICTS = {
    "confirm": (forms.Form, record_confirmation),
    "dispute": (DisputeForm, record_dispute),
    "rate": (RateForm, record_rating),
}


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def short_link_page(request, slug):
    """Leads to the private page; a POST stores the verdict. A GET changes nothing, because chats preview links."""
    report, result = open_short_link(slug)
    with speak_language_of(request, report):
        if request.method == "POST" and result.kind in verdicts.RESULTS:
            return record_verdict(request, report, result)
    return lead_to_private_page(request, report, result)


def lead_to_private_page(request: HttpRequest, report: Report, event: Event) -> HttpResponse:
    """Redirects to the private page: to the question about the result, with the stars of a letter."""
    address, query = reverse("follow", args=[report.token]), {}
    if event.kind in verdicts.RESULTS:
        if verdicts.current_result(report.incident) != event:
            query["outdated"] = "1"
        elif stars := request.GET.get("stars", ""):
            query["stars"] = stars[:1]
    place = "#last-word" if event.kind in verdicts.RESULTS else ""
    return hide_address(HttpResponseRedirect(f"{address}{'?' if query else ''}{urlencode(query)}{place}"))


def open_short_link(slug):
    try:
        return verdicts.open_short_link(slug)
    except (Report.DoesNotExist, Report.MultipleObjectsReturned):
        raise Http404 from None


def record_verdict(request, report, result):
    """Stores the verdict of a form; 409 if another result is current."""
    verdict = request.POST.get("verdict")
    if verdict not in VERDICTS:
        return render_verdict(request, report, status=400)
    if verdicts.current_result(report.incident) != result:
        return render_verdict(request, report, outdated=True, status=409)
    form_class, record = VERDICTS[verdict]
    form = form_class(request.POST, request.FILES)
    if not form.is_valid():
        return render_verdict(request, report, status=400, **{verdict: form})
    if waits := rate_limits.take(*incident_pages.photo_asks(request, form.cleaned_data.get("photos", ()))):
        form.add_error("photos", rate_limits.too_many_sentence(max(waits.values())))
        return render_verdict(request, report, status=429, **{verdict: form})
    try:
        record(report, form)
    except additions.CannotAdd as refused:
        form.add_error(refused.field, str(refused))
        return render_verdict(request, report, status=400, **{verdict: form})
    except workflow.NotAllowed as refused:
        return render_verdict(request, report, status=409, refused=str(refused))
    address = reverse("follow", args=[report.token])
    return hide_address(HttpResponseRedirect(f"{address}?said={verdict}#done", status=303))


def render_verdict(request: HttpRequest, report: Report, *, outdated: bool = False, status: int, **verdict: Any):
    """Renders the private page with the faults of a verdict."""
    return private_pages.render_report_page(request, report.token, verdict=verdict, outdated=outdated, status=status)


def redisplay_verdict(request: HttpRequest, slug: str) -> HttpResponse:
    report, _result = open_short_link(slug)
    with speak_language_of(request, report):
        return private_pages.render_report_page(request, report.token, status=403, too_old=True)
