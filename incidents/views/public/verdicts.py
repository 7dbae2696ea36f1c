"""The result page behind a message's short link, on which the reporter confirms or disputes the result."""

from contextlib import AbstractContextManager

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from geoapp.http import rate_limits
from incidents import workflow
from incidents.casework import additions, verdicts
from incidents.casework.neighbours import Witness
from incidents.models import Incident, Report
from incidents.views.public import incident_pages
from incidents.views.public.verdict_forms import DisputeForm, RateForm, verdict_context


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
def result_page(request, slug):
    """Shows the result; a POST stores the verdict. A GET changes nothing, because chats preview links."""
    report, result = open_short_link(slug)
    if result.kind not in verdicts.RESULTS:
        return redirect("follow", report.token)
    with use_language(request, report):
        return (
            record_verdict(request, report, result)
            if request.method == "POST"
            else render_result_page(request, report, result)
        )


def open_short_link(slug):
    try:
        return verdicts.open_short_link(slug)
    except (Report.DoesNotExist, Report.MultipleObjectsReturned):
        raise Http404 from None


def use_language(request: HttpRequest, report: Report | Witness) -> AbstractContextManager[None]:
    """Activates the language chosen on these pages, else that of the report."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    return translation.override(chosen if chosen in dict(settings.LANGUAGES) else report.language)


def record_verdict(request, report, result):
    """Stores the verdict of a form; 409 if another result is current."""
    verdict = request.POST.get("verdict")
    if verdict not in VERDICTS:
        return render_result_page(request, report, result, status=400)
    if verdicts.current_result(report.incident) != result:
        return render_result_page(request, report, result, status=409)
    form_class, record = VERDICTS[verdict]
    form = form_class(request.POST, request.FILES)
    if not form.is_valid():
        return render_result_page(request, report, result, status=400, **{verdict: form})
    if waits := rate_limits.take(*incident_pages.photo_asks(request, form.cleaned_data.get("photos", ()))):
        form.add_error("photos", rate_limits.too_many_sentence(max(waits.values())))
        return render_result_page(request, report, result, status=429, **{verdict: form})
    try:
        record(report, form)
    except additions.CannotAdd as refused:
        form.add_error(refused.field, str(refused))
        return render_result_page(request, report, result, status=400, **{verdict: form})
    except workflow.NotAllowed as refused:
        return render_result_page(request, report, result, status=409, refused=str(refused))
    address = reverse("tell", args=[verdicts.short_link_slug(report, result)])
    return HttpResponseRedirect(f"{address}?said={verdict}", status=303)


def render_result_page(request, report, result, *, status=200, too_old=False, **more):
    report.incident = incident = Incident.objects.with_pages().get(pk=report.incident_id)
    context = incident_pages.incident_context(incident) | {
        "report": report,
        "too_old": too_old,
        "key": f"?result={verdicts.short_link_slug(report, result)}",
    }
    context |= {"before": report.photos.first() or context["before"], "pictures": []}
    if context["result"] == result:
        context["word"] = verdict_context(request, report, result, **more)
    elif context["result"]:
        context["newer"] = verdicts.short_link(report, context["result"])
    response = render(request, "incidents/public/result.html", context, status=status)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def redisplay_result_page(request: HttpRequest, slug: str) -> HttpResponse:
    report, result = open_short_link(slug)
    with use_language(request, report):
        return render_result_page(request, report, result, status=403, too_old=True)
