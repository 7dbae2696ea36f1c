"""Pages of hotline calls: begin a call, work on it with suggestions, end it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from geoapp.http.http_methods import require_safe
from geoapp.http.query_parameters import read_number
from incidents import access, reporting
from incidents.channels.voice import ringing
from incidents.forms import PhoneField
from incidents.hotline import calls
from incidents.hotline.suggestions import NEW, suggest_for_call
from incidents.models import Call, DraftPhoto, Enquiry, RingingCall
from incidents.page_access import SignedInRequest, require_work
from incidents.reporting import danger, questions
from incidents.views.hotline.call_forms import LANGUAGES, CallForm
from incidents.views.hotline.matters import matters_of
from incidents.wording import person_name

TODAY_MAX = 100  # calls of today on the page
STALE = 409


@require_safe
@require_work("operator")
def operator_page(request: SignedInRequest) -> HttpResponse:
    """Shows the page on which an operator waits; `?from=` of a telephone system begins the call at once."""
    return render_home(request)


def render_home(request: SignedInRequest, status: int = 200, **more: Any) -> HttpResponse:
    own = Call.objects.filter(operator=request.user)
    context = {
        "ringing": "from" in request.GET,
        "number": request.GET.get("from", "")[:40],
        "open_calls": own.under_way().select_related("category", "handed_by"),
        "today": own.ended().begun_on(localdate()).select_related("category", "incident")[:TODAY_MAX],
        "count": own.begun_on(localdate()).count(),
        "rings": RingingCall.objects.waiting().with_pages(),
        "extension": ringing.extension_of(request.user),
    }
    return render(request, "incidents/hotline/home.html", context | more, status=status)


@require_POST
@require_work("operator")
def begin_call(request: SignedInRequest) -> HttpResponse:
    """Begins a call. A number from the telephone system may be invalid (anonymous); a typed one must be valid."""
    rang = "rang" in request.POST
    try:
        phone = PhoneField(required=False).clean(request.POST.get("phone", "")[:40])
    except ValidationError as fault:
        if not rang:
            typed = request.POST.get("phone", "")[:40]
            return render_home(request, 400, number=typed, faults=fault.messages)
        phone = ""
    return redirect("operator-call", calls.begin_call(by=request.user, phone=phone, rang=rang).pk)


def own_call(request: SignedInRequest, pk: int) -> Call:
    mine = Call.objects.filter(operator=request.user)
    shown = ("category", "report__incident", "enquiry__authority", "handed_by", "call_back__recording", "chat")
    return get_object_or_404(mine.select_related(*shown), pk=pk)


@require_safe
@require_work("operator")
def call_page(request: SignedInRequest, pk: int) -> HttpResponse:
    return render_call(request, own_call(request, pk))


def render_call(
    request: SignedInRequest, call: Call, form: CallForm | None = None, status: int = 200, **more: Any
) -> HttpResponse:
    """Renders a call; with `?part=` only the parts that depend on the typed words."""
    part = "#live" if more.pop("part", "") else ""
    reports = list(calls.reports_of_number(call.phone)[: calls.EARLIER]) if call.phone and not part else []
    context: dict[str, Any] = {
        "call": call,
        "matters": matters_of(list({report.incident_id: report.incident for report in reports}.values()), call.phone),
        "colleagues": calls.colleagues_of(request.user) if call.is_open and not part else (),
        "form": form,
        "reports": reports,
        "languages": LANGUAGES,
        "dangers": Call.Danger.choices,
        "text_max": reporting.TEXT_MAX,
        "emergency_numbers": danger.numbers_to_call(call.text),
        "enquiry_kinds": Enquiry.Kind.choices,
        "photos": DraftPhoto.objects.filter(draft__writer=call.chat).count() if call.chat and call.is_open else 0,
    }
    if call.is_open:
        suggestions = suggest_for_call(call, access.incidents_for(request.user))
        faults = more.pop("answer_faults", None)
        call_questions = questions.asked_questions(suggestions.category, call.answered, faults, book=suggestions.book)
        context |= {"found": suggestions, "questions": call_questions}
    return render(request, f"incidents/hotline/call.html{part}", context | more, status=status)


@require_POST
@require_work("operator")
def save_draft(request: SignedInRequest, pk: int) -> HttpResponse:
    """Saves the input so far and returns suggestions. Invalid fields keep their last valid value."""
    call, form = own_call(request, pk), CallForm(request.POST)
    form.is_valid()
    saved, fault = save_typed(request, call, form)
    if fault:
        return JsonResponse({"error": fault}, status=STALE)
    return render_call(request, saved, form, part="live" if "part" in request.POST else "")


def save_typed(request, call, form):
    """Saves the form. Returns (the saved call, the sentence why it could not be saved, or "")."""
    try:
        typed = form.read_draft(call)
        return calls.save_draft(call, typed, by=request.user, saw=form.cleaned_data.get("saw", -1)), ""
    except calls.SavedElsewhere:
        return call, _("This call was changed in another window. Reload the page to continue here.")
    except calls.NotYours:
        return call, _("This call has ended, or a colleague has taken it.")


@require_POST
@require_work("operator")
def report_call(request: SignedInRequest, pk: int) -> HttpResponse:
    """Makes a report of the call: `act` says whether it joins the chosen incident or makes a new one."""
    call = own_call(request, pk)
    if call.report_id:
        return HttpResponseRedirect(reverse("operator-call", args=[pk]), status=303)
    sent = request.POST.copy()
    if request.POST.get("act") == "new":
        sent["join"] = NEW
    form = CallForm(sent)
    if not form.is_valid():
        return render_call(request, call, form, 400)
    _saved, fault = save_typed(request, call, form)
    if fault:
        return render_call(request, own_call(request, pk), None, STALE, fault=fault)
    try:
        calls.report_call(call, by=request.user)
    except reporting.ReportRefused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return render_call(request, own_call(request, pk), form, 400)
    except questions.BadAnswers as bad:
        return render_call(request, own_call(request, pk), form, 400, answer_faults=bad.faults)
    except calls.NotYours:
        return render_call(request, own_call(request, pk), None, STALE, fault=_("This call has ended."))
    return HttpResponseRedirect(reverse("operator-call", args=[pk]), status=303)


@require_POST
@require_work("operator")
def take_enquiry(request: SignedInRequest, pk: int) -> HttpResponse:
    call, form = own_call(request, pk), CallForm(request.POST)
    if call.enquiry_id:
        return HttpResponseRedirect(reverse("operator-call", args=[pk]), status=303)
    form.is_valid()
    _saved, fault = save_typed(request, call, form)
    if fault:
        return render_call(request, own_call(request, pk), None, STALE, fault=fault)
    try:
        calls.take_enquiry(call, request.POST.get("kind", ""), by=request.user)
    except reporting.ReportRefused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return render_call(request, own_call(request, pk), form, 400)
    return HttpResponseRedirect(reverse("operator-call", args=[pk]), status=303)


ENDINGS = {Call.Outcome.PASSED_ON, Call.Outcome.NOTHING}


@require_POST
@require_work("operator")
def end_call(request: SignedInRequest, pk: int) -> HttpResponse:
    call, outcome = own_call(request, pk), request.POST.get("outcome")
    if outcome not in ENDINGS:
        return render_call(request, call, None, 400, fault=_("Choose how the call ended."))
    try:
        calls.end_call(call, outcome, by=request.user)
    except calls.NotYours:
        return render_call(request, own_call(request, pk), None, STALE, fault=_("This call has ended."))
    return redirect("operator")


@require_POST
@require_work("operator")
def hand_call_over(request: SignedInRequest, pk: int) -> HttpResponse:
    call = own_call(request, pk)
    to = calls.colleagues_of(request.user).filter(pk=read_number(request.POST.get("to")) or 0).first()
    if to is None:
        return render_call(request, call, None, 400, fault=_("Choose a colleague who takes calls."))
    try:
        calls.hand_over(call, by=request.user, to=to, note=request.POST.get("note", ""))
    except calls.NotYours:
        return render_call(request, call, None, STALE, fault=_("This call has ended."))
    messages.success(request, _("%(who)s has taken the call.") % {"who": person_name(to)})
    return redirect("operator")


@require_POST
@require_work("operator")
def note_unreached(request: SignedInRequest, pk: int) -> HttpResponse:
    call = own_call(request, pk)
    try:
        calls.note_unreached(call, by=request.user)
    except calls.NotYours:
        return render_call(request, call, None, STALE, fault=_("This call has ended."))
    return redirect("operator-messages")
