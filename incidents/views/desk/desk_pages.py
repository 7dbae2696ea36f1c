"""Pages of a desk: the list, one incident with its steps, and logged access to a reporter's contact."""

import json
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from geoapp.http.http_methods import require_safe
from geoapp.http.query_parameters import read_number
from incidents import access, result_checks, timeline
from incidents.casework import notes, undoing
from incidents.disclosure import register
from incidents.models import (
    AnswerTemplate,
    Authority,
    Crew,
    Event,
    Incident,
    PersonalDataView,
    SavedFilter,
    UndoableStep,
    User,
)
from incidents.page_access import SignedInRequest
from incidents.steps import IN_BULK, STEPS
from incidents.views.desk import bulk, detail, listing, outlook, saved_filters, step_forms, steps
from incidents.wording import person_name

PARTS: dict[str | None, str] = {
    "queue": "incidents/desk/desk.html#live",
    "detail": "incidents/desk/detail.html",
    "contact": "incidents/desk/detail.html#contact",
    "form": "incidents/desk/step.html",
    "outcomes": "incidents/desk/outcomes.html",
    "outlook": "incidents/desk/outlook.html",
}
WATCH_BUTTONS = [(name, spec) for name, spec in steps.BUTTONS.items() if spec.key and STEPS[name].may == "watch"]
OWN_BUTTONS = [(name, spec) for name, spec in steps.BUTTONS.items() if spec.key and STEPS[name].may != "watch"]
BULK_FIRST = [(name, steps.BUTTONS[name]) for name in ("accept", "crew")]  # shown in the row; others are in its menu
BULK_MORE = [(name, steps.BUTTONS[name]) for name in IN_BULK if name not in dict(BULK_FIRST)]
KEYED = [button for _name, button in OWN_BUTTONS]
UNASKED = " ".join(name for name, button in steps.BUTTONS.items() if not button.asks)
KEYS, WATCH_KEYS = (json.dumps({button.key: name for name, button in some}) for some in (OWN_BUTTONS, WATCH_BUTTONS))


def render_desk(
    request: SignedInRequest, incident: Incident | None = None, status: int = 200, **more: Any
) -> HttpResponse:
    """Renders the desk with its list and this incident, or the one part that the script asks for."""
    part = request.GET.get("part")
    if part not in PARTS or (part in ("form", "outcomes") and not more.keys() & {"form", "outcomes"}):
        part = None
    if part == "form" and "outcomes" in more:
        part = "outcomes"
    context: dict[str, Any] = {
        "query": listing.query_string(listing.list_parameters(request)),
        "alone": incident is not None,
    }
    context |= {"keys": KEYS, "watch_keys": WATCH_KEYS, "unasked": UNASKED}
    if part == "outlook":
        context |= outlook.outlook_context(request)
    if part in ("queue", None):
        context |= listing.list_context(request)
        context["back"] = reverse("desk") + context["query"]  # target of forms in the list, never the address of a part
        context |= {"keyed": KEYED, "bulk_first": BULK_FIRST, "bulk_more": BULK_MORE}
        context["watch_buttons"] = WATCH_BUTTONS if context["watches"] else ()
        shown = [*(row for _name, rows in context["groups"] for row in rows), *context["watched_rows"]]
        first = shown[0] if shown else None
        if part is None and incident is None and first:
            incident = detail.find_incident(request.user, first.reference)
    if incident and part in ("detail", "contact", None):
        context |= detail.detail_context(
            request.user, incident, more.get("contact_shown", False), everything="all" in request.GET
        )
    return render(
        request, PARTS.get(part, "incidents/desk/desk.html"), context | {"incident": incident} | more, status=status
    )


def require_desk(request: SignedInRequest) -> None:
    if not access.does_work(request.user, "desk"):
        raise Http404


@require_safe
def desk_page(request: SignedInRequest) -> HttpResponse:
    require_desk(request)
    return render_desk(request)


@require_safe
def incident_page(request: SignedInRequest, reference: str) -> HttpResponse:
    incident = detail.find_incident(request.user, reference)
    notes.mark_mentions_seen(request.user, incident)
    return render_desk(request, incident)


@require_POST
def show_contact(request: SignedInRequest, reference: str) -> HttpResponse:
    incident = detail.find_incident(request.user, reference)
    get_object_or_404(access.incidents_for(request.user, "contact"), pk=incident.pk)
    timeline.record(incident, Event.Kind.VIEWED, by=request.user, public=False)
    register.record_views(PersonalDataView.How.DESK, incident.reports.all(), by=request.user)
    return render_desk(request, incident, contact_shown=True)


@require_http_methods(["GET", "HEAD", "POST"])
def take_step(request: SignedInRequest, reference: str, step: str) -> HttpResponse:
    """Renders the form of a step or takes it; 409 with the present state if the incident changed meanwhile."""
    if step not in steps.BUTTONS:
        raise Http404
    incident = detail.find_incident(request.user, reference, STEPS[step].may)
    form_args = (request.POST, request.FILES) if request.method == "POST" else ()
    form = detail.step_form(request.user, incident, step, *form_args)
    inserts = request.POST.keys() & {"insert", "earlier"}
    if inserts:
        form.data = with_ready_words(request.POST, form)
    if not form.is_offered:
        reason = steps.refusal_text(incident, step) if request.method == "POST" else steps.not_possible_text(incident)
        return not_done_response(request, incident, reason)
    if request.method != "POST" or inserts:
        return render_desk(request, incident, form=form)
    if not form.is_valid():
        return render_desk(request, incident, 400, form=form)
    # Only pages with the script offer to undo it for some seconds.
    take = steps.take_undoable_step if request.GET.get("part") else steps.take_step
    try:
        filled: dict[str, Any] = form.cleaned_data
        undo = take(incident, step, by=request.user, data=filled, offered=form.offered, seen=filled["moves"])
    except result_checks.ReasonMissing as missing:
        form.ask_reason(missing)
        return render_desk(request, incident, 400, form=form)
    except steps.REFUSALS as refusal:
        return refusal_response(request, reference, step, str(refusal))
    return done_response(request, incident, form, undo=undo)


def with_ready_words(data: QueryDict, form: step_forms.StepForm) -> QueryDict:
    """Returns data with the chosen ready-made or earlier text appended to the note, for pages without scripts."""
    data = data.copy()
    if "earlier" in data:
        text = next((wording.text for wording in form.earlier() if str(wording.event) == data["earlier"]), "")
    else:
        answer = AnswerTemplate.objects.filter(pk=read_number(data.get("answer")) or 0).first()
        text = answer.text if answer else ""
    data["note"] = "\n".join(part for part in (data.get("note", "").rstrip(), text) if part)
    return data


def refusal_response(request: SignedInRequest, reference: str, step: str, reason: str) -> HttpResponse:
    """Answers 409 with the reason; redraws the form with the input if the step is still possible."""
    try:
        incident = detail.find_incident(request.user, reference)
    except Http404:
        if request.GET.get("part"):
            return JsonResponse({"error": reason}, status=409)
        return render_desk(request, status=409, refusal=reason, typed=request.POST.get("note", ""))
    form = detail.step_form(request.user, incident, step, request.POST)
    if form.is_offered and form.step.fields:
        return render_desk(request, incident, 409, form=form, refusal=reason)
    return not_done_response(request, incident, reason)


def not_done_response(request: SignedInRequest, incident: Incident, reason: str) -> HttpResponse:
    if request.GET.get("part"):
        return JsonResponse({"error": reason}, status=409)
    return render_desk(request, incident, 409, refusal=reason, typed=request.POST.get("note", ""))


def recipient_name(to: Authority | User | Crew | None) -> str:
    if isinstance(to, User):
        return person_name(to)
    return "" if to is None else to.title if isinstance(to, Authority) else to.name


@require_POST
def undo_step(request: SignedInRequest, event: int) -> HttpResponse:
    get_object_or_404(UndoableStep, event=event, by=request.user.pk)
    try:
        line = undoing.undo_step(event, by=request.user)
    except undoing.TooLate as late:
        return JsonResponse({"error": str(late)}, status=409)
    message = _("Undone: %(what)s") % {"what": bulk.incident_summary(line.incident)}
    return JsonResponse({"said": message, "reference": line.incident.reference})


@require_POST
def undo_bulk_step(request: SignedInRequest) -> HttpResponse:
    """Undoes this person's step on several incidents; lists those for which it is too late."""
    outcomes = bulk.undo_each(request.user, request.GET.getlist("line"))
    if not outcomes:
        raise Http404
    if all(not outcome.fault for outcome in outcomes):
        return JsonResponse({"said": _("Undone: %(what)s") % {"what": bulk.outcomes_summary(outcomes)}})
    return render_outcomes(request, outcomes, undone=True)


def render_outcomes(request: SignedInRequest, outcomes: list[bulk.Outcome], **more: Any) -> HttpResponse:
    faults = sum(1 for outcome in outcomes if outcome.fault)
    more |= {"done_count": len(outcomes) - faults, "refused_count": faults}
    return render_desk(request, outcomes=outcomes, **more)


def bulk_response(request: SignedInRequest, outcomes: list[bulk.Outcome], form: step_forms.StepForm) -> HttpResponse:
    lines = [outcome.line for outcome in outcomes if outcome.line]
    undo = f"{reverse('desk-undo-several')}?{urlencode({'line': lines}, doseq=True)}" if lines else None
    if request.GET.get("part") and not any(outcome.fault for outcome in outcomes):
        message = done_words(form, what=bulk.outcomes_summary(outcomes))
        return JsonResponse({"said": message, "undo": undo})
    return render_outcomes(request, outcomes, button=form.button, undo=undo)


def done_words(form: step_forms.StepForm, *, what: str, unit: str = "") -> str:
    data = form.cleaned_data
    to = data.get("to") or data.get("person") or data.get("crew")
    done = _("Not assigned to a crew: %(what)s") if form.name == "crew" and to is None else form.button.done
    return str(done % {"what": what, "to": recipient_name(to), "unit": unit})


def done_response(
    request: SignedInRequest, incident: Incident, form: step_forms.StepForm, *, undo: int | None
) -> HttpResponse:
    message = done_words(form, what=bulk.incident_summary(incident), unit=incident.authority.title)
    # After a handover the unit can only watch the incident, so redirect to the list.
    ours = detail.can_open(request.user, incident, watching=form.step.may == "watch")
    if request.GET.get("part"):
        return JsonResponse({"said": message, "ours": ours, "undo": undo and reverse("desk-undo", args=[undo])})
    messages.success(request, message)
    return redirect("desk-incident", incident.reference) if ours else redirect(reverse("desk"))


@require_POST
def write_note(request: SignedInRequest, reference: str) -> HttpResponse:
    """Stores an internal note; people mentioned by @name see it at their desk."""
    incident = detail.find_incident(request.user, reference, "notes")
    typed = request.POST.get("note", "")
    try:
        notes.write_note(incident, by=request.user, text=typed)
    except notes.InvalidNote as fault:
        if request.GET.get("part"):
            return JsonResponse({"error": str(fault)}, status=400)
        return render_desk(request, incident, 400, note_fault=str(fault), note_typed=typed)
    message = _("Note saved: %(what)s") % {"what": bulk.incident_summary(incident)}
    if request.GET.get("part"):
        return JsonResponse({"said": message, "ours": True})
    messages.success(request, message)
    return redirect(reverse("desk-incident", args=[reference]) + listing.query_string(listing.list_parameters(request)))


@require_POST
def take_bulk_step(request: SignedInRequest, step: str) -> HttpResponse:
    """Takes a step on all ticked incidents, at once or by its form, and lists the outcomes."""
    require_desk(request)
    if step not in IN_BULK:
        raise Http404
    chosen = bulk.parse_picked(request.POST.getlist("of"))
    known = bulk.find_incidents(request.user, chosen)
    fault = bulk.selection_fault(chosen, known)
    if fault:
        if request.GET.get("part"):
            return JsonResponse({"error": fault}, status=400)
        return render_desk(request, status=400, refusal=fault, picking=True)
    words = request.POST.getlist("of")
    first = known[next(reference for reference in chosen if reference in known)]
    filled = "filled" in request.POST or not STEPS[step].fields
    form = step_forms.StepForm(step, first, *((request.POST, request.FILES) if filled else ()))
    if request.POST.keys() & {"insert", "earlier"}:
        form = step_forms.StepForm(step, first, with_ready_words(request.POST, form))
    elif filled and form.is_valid() and bulk.has_reason(known.values(), form):
        undoable = bool(request.GET.get("part"))  # as in `take_step`
        outcomes = bulk.take_step_on_each(request.user, step, chosen, data=form.cleaned_data, undoable=undoable)
        return bulk_response(request, outcomes, form)
    return render_desk(request, status=400 if filled and form.errors else 200, form=form, several=words)


@require_POST
def save_filter(request: SignedInRequest) -> HttpResponse:
    require_desk(request)
    form = saved_filters.FilterForm(request.POST, user=request.user, query=listing.shown_query(request))
    if not form.is_valid():
        return render_desk(request, status=400, filter_form=form)
    form.save_filter()
    messages.success(request, _("Saved: %(name)s") % {"name": form.cleaned_data["name"]})
    return redirect(reverse("desk") + listing.query_string(listing.list_parameters(request)))


@require_POST
def delete_filter(request: SignedInRequest, pk: int) -> HttpResponse:
    require_desk(request)
    get_object_or_404(SavedFilter.objects.filter(user=request.user), pk=pk).delete()
    return redirect(reverse("desk") + listing.query_string(listing.list_parameters(request)))
