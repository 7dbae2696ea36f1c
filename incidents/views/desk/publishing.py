"""Decide what the public sees of an incident: publish, hide, cover parts of words and photos."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from geoapp.http.query_parameters import read_number
from gis_data.words import tidy
from incidents import access
from incidents.disclosure import publishing
from incidents.forms import WordsField
from incidents.models import AnyUser, Event, Incident
from incidents.page_access import SignedInRequest

PARTS = 20  # covered parts per photo, unless the models found more
# Events without words of a person; those of the first one are covered with the words of the report.
WRITTEN_BY_NOBODY = {Event.Kind.REDRAWN, Event.Kind.RESTORED, Event.Kind.REDATED, Event.Kind.EVIDENCE}
NO_LINES = WRITTEN_BY_NOBODY | {Event.Kind.RECEIVED}
w = gettext_lazy


def find_incident(user: AnyUser, reference: str) -> Incident:
    mine = access.incidents_for(user, "publish").select_related("category", "area", "authority")
    return get_object_or_404(mine.defer("area__shape", "area__outline"), reference=reference)


class WordsForm(forms.Form):
    text = forms.CharField(required=False, max_length=4000, strip=True)

    def clean_text(self):
        return tidy(self.cleaned_data["text"])


class AddressForm(forms.Form):
    address = WordsField(required=False, limit=200)


class ReasonForm(forms.Form):
    note = forms.CharField(max_length=500, error_messages={"required": w("Give the reason: the supervisor reads it.")})


class PartsForm(forms.Form):
    """Parts of a photo, one line each: left, top, width, height in percent; clean data holds fractions of 1."""

    parts = forms.CharField(required=False, max_length=10_000)

    def __init__(self, *args: Any, covered: int = 0, **more: Any) -> None:
        super().__init__(*args, **more)
        self.most = max(PARTS, covered)

    def clean_parts(self):
        lines = [line for line in self.cleaned_data["parts"].splitlines() if line.strip()]
        if len(lines) > self.most:
            raise forms.ValidationError(_("At most %(n)d parts.") % {"n": self.most})
        return [self.part(number, line) for number, line in enumerate(lines, 1)]

    def part(self, number: int, line: str) -> tuple[float, float, float, float]:
        try:
            x, y, width, height = (float(word.replace(",", ".")) / 100 for word in line.split())
        except ValueError:
            raise forms.ValidationError(
                _("Part %(n)d: enter four numbers: left, top, width and height in percent.") % {"n": number}
            ) from None
        if not publishing.is_inside_picture((x, y, width, height)):
            raise forms.ValidationError(_("Part %(n)d is outside the picture.") % {"n": number})
        return x, y, width, height


@require_http_methods(["GET", "HEAD", "POST"])
def publishing_page(request: SignedInRequest, reference: str) -> HttpResponse:
    """Shows the public version beside the original; a POST changes one part of it (`do`)."""
    incident = find_incident(request.user, reference)
    act = ACTS.get(request.POST.get("do", ""))
    if request.method == "POST" and act is None:
        raise Http404
    faults = act(request, incident) if act else ()
    if act and not faults:
        return redirect("desk-public", reference)
    context = {
        "incident": incident,
        "never": not any(incident.category.publishes(moment) for moment in ("at_once", "accepted", "checked")),
        "reports": incident.reports.order_by("pk"),
        "events": public_lines(incident).select_related("authority", "cover"),
        "photos": incident.photos.filter(public=True),
        "faults": faults,
    }
    return render(request, "incidents/desk/publishing/page.html", context, status=400 if faults else 200)


def public_lines(incident: Incident) -> QuerySet[Event]:
    return incident.timeline.filter(public=True, erased_at=None).exclude(kind__in=NO_LINES).exclude(note="")


def cover_words(request: SignedInRequest, incident: Incident) -> Sequence:
    form = WordsForm(request.POST)
    if not form.is_valid():
        return form.errors["text"]
    try:
        publishing.cover_text(incident, form.cleaned_data["text"], by=request.user)
    except publishing.PublishingRefused as refusal:
        return [str(refusal)]
    messages.success(request, _("The new text is now public."))
    return ()


def cover_address(request: SignedInRequest, incident: Incident) -> Sequence:
    form = AddressForm(request.POST)
    if not form.is_valid():
        return form.errors["address"]
    publishing.cover_address(incident, form.cleaned_data["address"], by=request.user)
    messages.success(request, _("The new text is now public."))
    return ()


def cover_note(request: SignedInRequest, incident: Incident) -> Sequence:
    event = get_object_or_404(public_lines(incident), pk=read_number(request.POST.get("event")))
    form = WordsForm(request.POST)
    if not form.is_valid():
        return form.errors["text"]
    publishing.cover_note(event, form.cleaned_data["text"], by=request.user)
    messages.success(request, _("The new text is now public."))
    return ()


def release_photo(request: SignedInRequest, incident: Incident) -> Sequence:
    photo = get_object_or_404(incident.photos.all(), pk=read_number(request.POST.get("photo")))
    publishing.release_photo(photo, by=request.user)
    messages.success(request, _("The photo is shown in full."))
    return ()


def set_video(request: SignedInRequest, incident: Incident, shown: bool) -> Sequence:
    photo = get_object_or_404(incident.photos.exclude(video=""), pk=read_number(request.POST.get("photo")))
    try:
        publishing.show_video(photo, shown, by=request.user)
    except publishing.PublishingRefused as refusal:
        return [str(refusal)]
    messages.success(request, _("The video is now public.") if shown else _("Only the desk can see the video now."))
    return ()


def hide_incident(request: SignedInRequest, incident: Incident) -> Sequence:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return form.errors["note"]
    publishing.hide_incident(incident, by=request.user, note=form.cleaned_data["note"])
    messages.success(request, _("It is no longer public."))
    return ()


def release_incident(request: SignedInRequest, incident: Incident) -> Sequence:
    try:
        publishing.release_incident(incident, by=request.user, note=tidy(request.POST.get("note", ""))[:500])
    except publishing.PublishingRefused as refusal:
        return [str(refusal)]
    messages.success(request, _("It is now public."))
    return ()


ACTS: dict[str, Callable[[SignedInRequest, Incident], Sequence]] = {
    "words": cover_words,
    "address": cover_address,
    "note": cover_note,
    "photo": release_photo,
    "show-video": partial(set_video, shown=True),
    "hide-video": partial(set_video, shown=False),
    "hide": hide_incident,
    "release": release_incident,
}


@require_http_methods(["GET", "HEAD", "POST"])
def photo_page(request: SignedInRequest, reference: str, pk: int) -> HttpResponse:
    incident = find_incident(request.user, reference)
    photo = get_object_or_404(incident.photos.all(), pk=pk)
    parts_text = "\n".join(" ".join(f"{100 * number:.1f}" for number in part) for part in photo.covers)
    sent = request.POST if request.method == "POST" else None
    queue = request.GET.get("from") == "moderation"
    form = PartsForm(sent, initial={"parts": parts_text}, covered=len(photo.covers))
    if form.is_bound and form.is_valid():
        publishing.cover_photo(photo, form.cleaned_data["parts"], by=request.user)
        messages.success(request, _("The redacted photo is now public."))
        return redirect("moderation-photos") if queue else redirect("desk-public", reference)
    context = {
        "incident": incident,
        "photo": photo,
        "queue": queue,
        "form": form,
        "size": "original" if photo.original else "large",
    }
    return render(request, "incidents/desk/publishing/photo.html", context, status=400 if form.is_bound else 200)
