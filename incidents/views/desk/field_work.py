"""The desk in the field: incidents near by, resolved with one photo, sent later if the phone is offline."""

import json
from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Count, Prefetch
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.text import Truncator
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from geoapp.crypto.fields import rows_with_text
from geoapp.http.browser_features import allow_camera
from geoapp.http.http_methods import require_safe
from gis_data.alphabet import in_alphabet
from incidents import access, photos, reporting, result_checks, timeline
from incidents.accounts import sessions
from incidents.casework import crews, undoing
from incidents.casework.earlier_words import earlier_words
from incidents.forms import PhotosField, SendingForm
from incidents.models import AnswerTemplate, Category, Crew, Event, Incident, Photo, UndoableStep, User
from incidents.page_access import SignedInRequest, require_work
from incidents.steps import STEPS
from incidents.views.desk import bulk, detail, own_entry, steps
from incidents.views.desk.step_forms import TidyTextField

ROWS = 60
OWN_HOURS = 8  # a shift: lifetime of the stored page on a device without contact to the service
STEP = "resolve"
KINDS = 8  # categories shown as tiles
USUAL_WEEKS = 8
READY = 4  # ready-made texts shown
UNITS = 2  # units whose earlier notes are read
REASONS = (
    gettext_lazy("Sent after leaving the place."),
    gettext_lazy("The photo was taken by a colleague on site."),
    gettext_lazy("The location on the map is wrong."),
)  # usual reasons for a result from afar or a photo from a gallery
TITLE = 40  # characters of an earlier note on its button


@require_work("desk")
@require_safe
@allow_camera
def field_work_page(request: SignedInRequest) -> HttpResponse:
    own = list(crews.own_crews(request.user))
    at = now()
    context: dict[str, Any] = {"rows": rows_of(request.user, own), "step": STEP, "crew": current_shift(own, at)}
    context |= {"kinds": usual_kinds(request.user, at), "groups": Category.objects.leaves().by_group()}
    context |= {
        "own_key": sessions.device_key(request.user),
        "own_of": sessions.name_of(request),
        "own_hours": OWN_HOURS,
    }
    context |= {"limits": json.dumps(result_checks.LIMITS), "reasons": REASONS}
    response = render(request, "incidents/desk/field_work.html", context)
    response["Keep-Own"] = request.path  # stored by the page's own script for a shift (street-pages.js)
    return response


def usual_kinds(user: User, at: datetime) -> list[Category]:
    units = list(access.authorities_of(user).values_list("pk", flat=True))
    had = Incident.objects.filter(authority__in=units, changed_at__gte=at - timedelta(weeks=USUAL_WEEKS)).order_by()
    counts = dict(had.values_list("category").annotate(n=Count("*")))
    leaves = list(Category.objects.leaves().order_by("position", "code"))
    return sorted(leaves, key=lambda leaf: -counts.get(leaf.pk, 0))[:KINDS]


def current_shift(own: list[Crew], at: datetime) -> dict[str, Any] | None:
    shifts = [(crew, crew.shift_at(at)) for crew in own]
    return next(({"name": crew.name, "until": shift[1]} for crew, shift in shifts if shift), None)


def rows_of(user: User, own: Collection[Crew] = ()) -> list[Incident]:
    """Returns the incidents of the list, each with `thumb`, `ready` (frequent texts) and `of_crew` (whether an own crew
    has it).
    """
    keys = [crew.pk for crew in own]
    pictures = Prefetch("photos", Photo.objects.filter(event=None).order_by("pk"))
    incidents = (
        access.incidents_for(user, "work").filter(state__in=STEPS[STEP].origins).with_pages().select_related("crew")
    )
    incidents = incidents.prefetch_related(pictures).order_by("due_at", "pk")
    rows = list(incidents.filter(crew__in=keys)[:ROWS]) if keys else []
    rows += incidents.exclude(crew__in=keys)[: ROWS - len(rows)]
    texts = list(AnswerTemplate.objects.filter(step=STEP).order_by(in_alphabet("title")))
    earlier_notes = frequent_notes(rows)
    for row in rows:
        row.of_crew = row.crew_id in keys
        row.thumb = next(iter(row.photos.all()), None)
        row.ready = json.dumps(ready_words(row, texts, earlier_notes), ensure_ascii=False)
    return rows


def frequent_notes(rows: list[Incident]) -> dict[tuple[int, int], str]:
    """Returns the most frequent note of each (unit, category), for the units with most of the list."""
    units = [unit for unit, _count in Counter(row.authority_id for row in rows).most_common(UNITS)]
    notes = {}
    for unit in units:
        kinds = {row.category_id for row in rows if row.authority_id == unit}
        for kind, words in earlier_words(unit, kinds, STEP, number=1).items():
            notes[unit, kind] = words[0].text
    return notes


def ready_words(
    incident: Incident, texts: list[AnswerTemplate], earlier_notes: dict[tuple[int, int], str] | None = None
) -> list[dict[str, str]]:
    """Returns titles and texts: of the category first, then of its group, then general ones; last the unit's most
    frequent note.
    """
    keys = (incident.category_id, incident.category.parent_id, None)
    fitting = [template for key in keys for template in texts if template.category_id == key]
    ready = [{"title": template.title, "text": template.text} for template in fitting[:READY]]
    text = (earlier_notes or {}).get((incident.authority_id, incident.category_id))
    if text and text not in [entry["text"] for entry in ready]:
        ready.append({"title": Truncator(text).chars(TITLE), "text": text})
    return ready


class DoneForm(SendingForm):
    """A result from a phone: words, photos, its position, and the steps taken when the page was drawn."""

    reference = forms.SlugField(max_length=20)
    moves = forms.IntegerField(min_value=0, max_value=99_999_999)
    note = TidyTextField(max_length=reporting.TEXT_MAX)
    as_note = forms.BooleanField(required=False)  # somebody else has resolved it: store words and photos as a note
    fresh = forms.BooleanField(required=False)  # sent at once: it can be undone, and its messages wait
    undo = forms.BooleanField(required=False)  # undo this sending
    photos = PhotosField(required=False)


@require_work("desk")
@require_POST
def send_done(request: SignedInRequest) -> JsonResponse:
    """Stores a result from a phone; a repeated sending changes nothing and gets the same answer.

    409 if somebody changed the incident: `error` says what happened, `moves` is the present count of steps, `again`
    whether the step is still possible. 400 with `remarks` if a reason is needed because of the distance.
    """
    form = DoneForm(request.POST, request.FILES)
    if not form.is_valid():
        return JsonResponse({"faults": form.errors}, status=400)
    data: dict[str, Any] = form.cleaned_data
    if data["undo"]:
        return undo_done(request.user, data)
    incident = detail.find_incident(request.user, data["reference"], "work")
    if was_sent(incident, request.user, data):
        return JsonResponse({"said": done_words(incident)})
    if data["as_note"]:
        keep_as_note(incident, data, by=request.user)
        return JsonResponse({"said": _("Saved with it: %(what)s") % {"what": incident.reference}})
    offered = detail.step_form(request.user, incident, STEP).offered
    form_data = {"note": data["note"], "pictures": form.with_facts(data["photos"])}
    form_data["sending"] = form.sending(from_device=True)
    take = steps.take_undoable_step if data["fresh"] else steps.take_step
    try:
        take(incident, STEP, by=request.user, data=form_data, offered=offered, seen=data["moves"])
    except result_checks.ReasonMissing as missing:
        form.ask_reason(missing)
        codes = [remark.code for remark in missing.remarks]
        return JsonResponse({"faults": form.errors, "remarks": codes}, status=400)
    except steps.REFUSALS as refusal:
        changed = detail.find_incident(request.user, data["reference"])
        again = STEP in detail.step_form(request.user, changed, STEP).offered.all
        return JsonResponse({"error": str(refusal), "moves": changed.steps_taken, "again": again}, status=409)
    return JsonResponse({"said": done_words(incident)})


@require_work("desk")
@require_POST
def send_seen(request: SignedInRequest) -> JsonResponse:
    """Stores a report from an officer in the field; a repeated sending gets the same answer.

    409 if it may be a duplicate: `near` lists the candidates, to be sent again with `join`.
    """
    form = own_entry.SeenForm(request.POST, request.FILES, incidents=access.incidents_for(request.user, "correct"))
    if not form.is_valid():
        if set(form.errors) == {"join"} and form.near:
            near = [
                {"reference": candidate.reference, "what": bulk.incident_summary(candidate)} for candidate in form.near
            ]
            return JsonResponse({"error": form.errors["join"][0], "near": near}, status=409)
        return JsonResponse({"faults": form.errors}, status=400)
    try:
        incident = own_entry.enter_report(request, form.cleaned_data).incident
    except reporting.ReportRefused as refused:
        return JsonResponse({"faults": {refused.field or "": [str(refused)]}}, status=400)
    return JsonResponse({"said": own_entry.entry_message(incident)})


@transaction.atomic
def undo_done(user: User, data: dict[str, Any]) -> JsonResponse:
    """Undoes what this sending did, if anything, because a phone that lost the answer does not know. Repeating it gets
    the same answer. `moves`: the present count of steps. 409 where it is too late.
    """
    incident = Incident.objects.lock(detail.find_incident(user, data["reference"]).pk)
    done = UndoableStep.objects.filter(incident=incident, by=user, event__kind=Event.Kind.RESOLVED)
    done = rows_with_text(done, "event__note", data["note"])
    last = done.filter(steps_taken__gt=data["moves"]).order_by("event").last()
    try:
        if last and not last.undone_at:
            undoing.undo_step(last.pk, by=user)
        elif not last and was_sent(incident, user, data | {"as_note": False}):
            raise undoing.TooLate(undoing.TOO_LATE)
    except undoing.TooLate as late:
        return JsonResponse({"error": str(late), "moves": incident.steps_taken, "again": False}, status=409)
    incident.refresh_from_db(fields=["steps_taken"])
    message = _("Undone: %(what)s") % {"what": bulk.incident_summary(incident)}
    return JsonResponse({"said": message, "moves": incident.steps_taken})


def was_sent(incident: Incident, user: User, data: dict[str, Any]) -> bool:
    """Returns whether this very text of this person has ended the incident since, or is stored as a note."""
    kind = Event.Kind.NOTE if data["as_note"] else Event.Kind.RESOLVED
    lines = rows_with_text(incident.timeline.filter(kind=kind, by=user), "note", data["note"])
    if data["as_note"]:
        return lines.exists()
    return incident.state in Incident.ENDED and incident.steps_taken > data["moves"] and lines.exists()


@transaction.atomic
def keep_as_note(incident: Incident, data: dict[str, Any], *, by: User) -> None:
    words, unit = data["note"], incident.authority
    event = timeline.record(incident, Event.Kind.NOTE, by=by, authority=unit, note=words, public=False)
    photos.store_photos(data["photos"], incident=incident, event=event)


def done_words(incident: Incident) -> str:
    return _("Resolved: %(what)s") % {"what": bulk.incident_summary(incident)}
