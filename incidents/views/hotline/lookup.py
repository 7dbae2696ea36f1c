"""Look up an incident for a caller by its number, phone, words or place."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from geoapp.http.query_parameters import read_number
from gis_data.addresses.suggest import only_sure_candidate, suggest
from gis_data.words import tidy
from incidents import access, reporting, workflow
from incidents.forms import PhoneField
from incidents.hotline import calls
from incidents.hotline.suggestions import NEAR_M
from incidents.models import Call
from incidents.notify.texts import REFERENCE
from incidents.page_access import SignedInRequest, require_work
from incidents.views.hotline import call_pages
from incidents.views.hotline.matters import matters_of

TITLES = {
    "reference": gettext_lazy("With this reference"),
    "phone": gettext_lazy("Reported from this number"),
    "place": gettext_lazy("Open around this place"),
    "words": gettext_lazy("With this text, the latest first"),
}
FOUND_MAX = 20
WORDS_MAX = 200  # characters of a search


@require_http_methods(["GET", "HEAD", "POST"])
@require_work("operator")
def lookup_page(request: SignedInRequest) -> HttpResponse:
    """Looks a report up. The search is a POST, so that no phone number stands in an address."""
    words = tidy(request.POST.get("q", ""))[:WORDS_MAX]
    mine = Call.objects.under_way().filter(operator=request.user)
    call = mine.filter(pk=read_number(request.POST.get("call") or request.GET.get("call")) or 0).first()
    context: dict[str, Any] = {"words": words, "call": call, "asked": request.method == "POST"}
    context |= {"matters": [], "enquiries": []}
    if words.upper().startswith("H") and (number := REFERENCE.search(words)):
        enquiries = access.enquiries_for(request.user, "tell").with_pages()
        context |= {"enquiries": enquiries.filter(reference=f"H{number[0]}"), "title": TITLES["reference"]}
    elif words:
        incidents, how = find_incidents(request, words)
        context |= {"matters": matters_of(incidents, call.phone if call else ""), "title": TITLES[how]}
    return render(request, "incidents/hotline/find.html", context)


def find_incidents(request, words):
    """Returns (incidents, what they were found by: reference, phone, place or words)."""
    readable = access.incidents_for(request.user).with_pages()
    if reference := REFERENCE.search(words):
        return list(readable.filter(reference=reference[0])), "reference"
    if phone := phone_number(words):
        reports = list(calls.look_up_number(phone, by=request.user))
        keys = dict.fromkeys(report.incident_id for report in reports)
        incidents = readable.in_bulk(keys)
        return [incidents[key] for key in keys if key in incidents], "phone"
    place = only_sure_candidate(suggest(words))
    if place and not place.names_ward:
        around = reporting.open_incidents_around(access.incidents_for(request.user), place.point, metres=NEAR_M)
        if incidents := list(around.with_pages()[:FOUND_MAX]):
            return incidents, "place"
    return list(readable.matching(words).order_by("-received_at")[:FOUND_MAX]), "words"


def phone_number(words):
    if sum(sign.isdigit() for sign in words) < 9:
        return ""
    try:
        return PhoneField(required=False).clean(words)
    except ValidationError:
        return ""


def readable_incident(request, reference):
    return get_object_or_404(access.incidents_for(request.user).with_pages(), reference=reference)


@require_POST
@require_work("operator")
def end_answered_call(request: SignedInRequest, pk: int) -> HttpResponse:
    call = call_pages.own_call(request, pk)
    incident = readable_incident(request, request.POST.get("reference", ""))
    try:
        calls.end_call(call, Call.Outcome.TOLD, by=request.user, incident=incident)
    except calls.NotYours:
        return call_pages.render_call(request, call, None, call_pages.STALE, fault=_("This call has ended."))
    return redirect("operator-call", pk)


@require_POST
@require_work("operator")
def record_complaint(request: SignedInRequest, pk: int) -> HttpResponse:
    call = call_pages.own_call(request, pk)
    incident = readable_incident(request, request.POST.get("reference", ""))
    fault, status = "", 409
    try:
        calls.take_complaint(call, incident, request.POST.get("words", ""), by=request.user)
        return redirect("operator-call", pk)
    except workflow.NoteMissing as missing:
        fault, status = str(missing), 400
    except workflow.NotAllowed as refused:
        fault = str(refused)
    except calls.NotTheirReport:
        fault = _("This number has not reported this incident. Record it as a new report.")
    except calls.NotYours:
        fault = _("This call has ended.")
    return call_pages.render_call(request, call_pages.own_call(request, pk), None, status, fault=fault)
