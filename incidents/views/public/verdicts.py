"""The short link of a message: the result on the private page, and the verdicts on it."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from geoapp.http import rate_limits
from incidents import workflow
from incidents.casework import additions, own_reports, verdicts
from incidents.models import Event, Report
from incidents.views.public import incident_pages, own_browser, private_pages
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
    """Leads to the private page who may open it; others see the result on it, and nothing else of the report.

    A message's short link may be passed on: that of a result opens only the result. A POST stores the verdict. A GET
    changes nothing, because chats preview links.
    """
    report, result = open_short_link(slug)
    if result.kind not in verdicts.RESULTS:
        return hide_address(redirect("follow", report.token))
    with speak_language_of(request, report):
        if request.method == "POST":
            return record_verdict(request, report, result)
        if may_open_page(request, report):
            return lead_to_private_page(request, report, result)
        return render_result(request, report, result)


def may_open_page(request: HttpRequest, report: Report) -> bool:
    """Returns whether the browser has the report among its own, or the form names the private link."""
    named = request.POST.get("link", "")
    return constant_time_compare(named, report.token) or own_reports.is_kept(own_browser.browser_of(request), report)


def lead_to_private_page(request: HttpRequest, report: Report, result: Event) -> HttpResponse:
    """Redirects to the question about the result on the private page, with the stars of a letter."""
    query = {}
    if verdicts.current_result(report.incident) != result:
        query["outdated"] = "1"
    elif stars := request.GET.get("stars", ""):
        query["stars"] = stars[:1]
    address = reverse("follow", args=[report.token])
    return hide_address(HttpResponseRedirect(f"{address}{'?' if query else ''}{urlencode(query)}#last-word"))


def open_short_link(slug):
    try:
        return verdicts.open_short_link(slug)
    except (Report.DoesNotExist, Report.MultipleObjectsReturned):
        raise Http404 from None


def record_verdict(request, report, result):
    """Stores the verdict of a form; 409 if another result is current."""
    verdict = request.POST.get("verdict")
    if verdict not in VERDICTS:
        return render_result(request, report, result, status=400)
    if verdicts.current_result(report.incident) != result:
        return render_result(request, report, result, status=409)
    form_class, record = VERDICTS[verdict]
    form = form_class(request.POST, request.FILES)
    if not form.is_valid():
        return render_result(request, report, result, status=400, faults={verdict: form})
    if waits := rate_limits.take(*incident_pages.photo_asks(request, form.cleaned_data.get("photos", ()))):
        form.add_error("photos", rate_limits.too_many_sentence(max(waits.values())))
        return render_result(request, report, result, status=429, faults={verdict: form})
    try:
        record(report, form)
    except additions.CannotAdd as refused:
        form.add_error(refused.field, str(refused))
        return render_result(request, report, result, status=400, faults={verdict: form})
    except workflow.NotAllowed as refused:
        return render_result(request, report, result, status=409, faults={"refused": str(refused)})
    address = verdicts.short_link(report, result)
    if may_open_page(request, report):
        address = reverse("follow", args=[report.token])
    return hide_address(HttpResponseRedirect(f"{address}?said={verdict}#done", status=303))


def render_result(
    request: HttpRequest,
    report: Report,
    result: Event,
    *,
    status: int = 200,
    too_old: bool = False,
    faults: dict[str, Any] | None = None,
) -> HttpResponse:
    """Renders the private page with faults of a verdict, as much of it as may be opened."""
    if may_open_page(request, report):
        outdated = verdicts.current_result(report.incident) != result
        return private_pages.render_report_page(
            request, report.token, verdict=faults, outdated=outdated, too_old=too_old, status=status
        )
    return private_pages.render_result(request, report, result, verdict=faults or {}, too_old=too_old, status=status)


def redisplay_verdict(request: HttpRequest, slug: str) -> HttpResponse:
    report, result = open_short_link(slug)
    with speak_language_of(request, report):
        return render_result(request, report, result, status=403, too_old=True)
