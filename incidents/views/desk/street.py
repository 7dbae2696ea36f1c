"""The desk in the street: what is to do near by, done with one photo, sent once and later where there is no signal."""

import json
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Prefetch
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from geoapp.methods import require_safe
from incidents import access, intake, photos, timeline
from incidents.forms import PhotosField
from incidents.models import AnswerTemplate, Event, Incident, Photo, User
from incidents.page_access import SignedInRequest, require_work
from incidents.steps import STEPS
from incidents.views.desk import detail, steps
from incidents.views.desk.step_forms import TidyTextField

ROWS = 60
STEP = "resolve"
READY = 4  # ready words that have room


@require_work("desk")
@require_safe
def page(request: SignedInRequest) -> HttpResponse:
    """What this person can say is done, by deadline; the browser puts the nearest first."""
    return render(request, "incidents/desk/street.html", {"rows": rows_of(request.user), "step": STEP})


def rows_of(user: User) -> list[Incident]:
    """The incidents of the list, each with its `thumb` and `ready`, the words that are often used for it."""
    pictures = Prefetch("photos", Photo.objects.filter(event=None).order_by("pk"))
    incidents = access.incidents_for(user, "work").filter(state__in=STEPS[STEP].origins).with_pages()
    rows = list(incidents.prefetch_related(pictures).order_by("due_at", "pk")[:ROWS])
    texts = list(AnswerTemplate.objects.filter(step=STEP).order_by("title"))
    for row in rows:
        row.thumb = next(iter(row.photos.all()), None)
        row.ready = json.dumps(ready_words(row, texts), ensure_ascii=False)
    return rows


def ready_words(incident: Incident, texts: list[AnswerTemplate]) -> list[dict[str, str]]:
    """Titles and texts that fit: of the kind itself first, then of its group, then those for all."""
    keys = (incident.category_id, incident.category.parent_id, None)
    fitting = [one for key in keys for one in texts if one.category_id == key]
    return [{"title": one.title, "text": one.text} for one in fitting[:READY]]


class DoneForm(forms.Form):
    """What a phone sends: words and photos of what is done, and the steps taken as the person saw them."""

    reference = forms.SlugField(max_length=20)
    moves = forms.IntegerField(min_value=0, max_value=99_999_999)
    note = TidyTextField(max_length=intake.TEXT_MAX)
    as_note = forms.BooleanField(required=False)  # it is done already by somebody else: keep words and photos with it
    photos = PhotosField(required=False)


@require_work("desk")
@require_POST
def send_done(request: SignedInRequest) -> JsonResponse:
    """Take what a phone sends; sent again it changes nothing and is answered alike.

    409 where somebody else was faster: `error` says what happened, `moves` is what the incident has come to, `again`
    whether the step can still be taken.
    """
    form = DoneForm(request.POST, request.FILES)
    if not form.is_valid():
        return JsonResponse({"faults": form.errors}, status=400)
    data: dict[str, Any] = form.cleaned_data
    one = detail.find_incident(request.user, data["reference"], "work")
    if was_sent(one, request.user, data):
        return JsonResponse({"said": done_words(one)})
    if data["as_note"]:
        keep_as_note(one, data, by=request.user)
        return JsonResponse({"said": _("Kept with it: %(what)s") % {"what": one.reference}})
    offered = detail.step_form(request.user, one, STEP).offered
    given = {"note": data["note"], "pictures": data["photos"]}
    try:
        steps.take_step(one, STEP, by=request.user, given=given, offered=offered, seen=data["moves"])
    except steps.REFUSALS as refusal:
        now = detail.find_incident(request.user, data["reference"])
        again = STEP in detail.step_form(request.user, now, STEP).offered.all
        return JsonResponse({"error": str(refusal), "moves": now.steps_taken, "again": again}, status=409)
    return JsonResponse({"said": done_words(one)})


def was_sent(incident: Incident, user: User, data: dict[str, Any]) -> bool:
    """Whether these very words of this person have ended the incident since, or are kept with it."""
    kind = Event.Kind.NOTE if data["as_note"] else Event.Kind.RESOLVED
    lines = incident.timeline.filter(kind=kind, by=user, note=data["note"])
    if data["as_note"]:
        return lines.exists()
    return incident.state in Incident.ENDED and incident.steps_taken > data["moves"] and lines.exists()


@transaction.atomic
def keep_as_note(incident: Incident, data: dict[str, Any], *, by: User) -> None:
    """Write the words for staff into the history, with the photos."""
    words, unit = data["note"], incident.authority
    event = timeline.record(incident, Event.Kind.NOTE, by=by, authority=unit, note=words, public=False)
    photos.store_photos(data["photos"], incident=incident, event=event)


def done_words(incident: Incident) -> str:
    return _("Resolved: %(what)s") % {
        "what": ", ".join(filter(None, [incident.category.title, incident.address_title]))
    }
