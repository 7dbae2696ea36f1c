"""The public page of an incident, what it shares with other pages of incidents, and photos."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import cache_control

from geoapp.http import rate_limits
from geoapp.http.byte_ranges import video_response
from geoapp.http.http_methods import require_GET, require_safe
from gis_data.words import tidy
from incidents import access, public_text
from incidents.casework import merging, undoing, verdicts
from incidents.disclosure.shown import note_shown
from incidents.models import AreaShare, Event, Incident, NeighbourAnswer, Photo
from incidents.photos import Picture
from incidents.reporting import me_too
from incidents.views.public import own_browser
from incidents.views.public.sharing import sharing_context
from incidents.wording import in_spoken_language, kept_pictures_in_words

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PHOTO_SIZES = {"large": "picture", "small": "small", "original": "original"}
K, S = Event.Kind, Incident.State
STATE_SIGNS: dict[str, str] = {
    K.RECEIVED: S.RECEIVED,
    K.ASSIGNED: S.ASSIGNED,
    K.PASSED_ON: S.PASSED_ON,
    K.ACCEPTED: S.ACCEPTED,
    K.BEGUN: S.WORKING,
    K.ASKED: S.WAITING,
    K.ANSWERED: S.WORKING,
    K.MORE_TIME: S.EXTENSION,
    K.EXTENDED: S.WORKING,
    K.NO_MORE_TIME: S.WORKING,
    K.RESOLVED: S.RESOLVED,
    K.REJECTED: S.REJECTED,
    K.WITHDRAWN: S.REJECTED,
    K.CONFIRMED: S.CLOSED,
    K.CLOSED: S.CLOSED,
    K.DISPUTED: S.DISPUTED,
    K.UPHELD: S.WORKING,
    K.OVERRULED: S.CLOSED,
    K.REOPENED: S.WORKING,
}
# The icon of an event that changes no state; events that are not listed get i-edit.
ICONS: dict[str, str] = {
    K.JOINED: "i-merge",
    K.HANDED_OVER: "i-handover",
    K.CLAIMED: "i-handover",
    K.EVIDENCE: "i-camera",
    K.REDRAWN: "i-map",
    K.RESTORED: "i-map",
    K.RELOCATED: "i-pin",
    K.MERGED: "i-merge",
    K.GATHERED: "i-merge",
    K.SPLIT: "i-merge",
    K.ANNOUNCED: "i-megaphone",
    K.WITNESSED: "i-users",
}
# Consecutive events of these kinds are one line.
TOLD_TOGETHER = (K.JOINED, K.DISPUTED, K.EVIDENCE)
# Headings of history lines that differ from the name of the kind.
HEADINGS: dict[str, "StrOrPromise"] = {
    K.RECEIVED: gettext_lazy("Received"),
    K.ASSIGNED: gettext_lazy("Assigned to %(unit)s"),
    K.ACCEPTED: gettext_lazy("Accepted by %(unit)s"),
    K.ASKED: gettext_lazy("%(unit)s asks"),
    K.ANSWERED: gettext_lazy("The reporter answered"),
    K.HANDED_OVER: gettext_lazy("Transferred by %(unit)s"),
    K.CLAIMED: gettext_lazy("Taken over by %(unit)s"),
    K.RESOLVED: gettext_lazy("Resolved by %(unit)s"),
    K.REJECTED: gettext_lazy("Not accepted by %(unit)s"),
    K.REOPENED: gettext_lazy("Work resumed"),
    K.RELOCATED: gettext_lazy("The location was corrected"),
    K.RECLASSIFIED: gettext_lazy("The type was corrected"),
    K.REDRAWN: gettext_lazy("Boundaries changed"),
    K.RESTORED: gettext_lazy("Boundary change revoked"),
}
# Headings of the lines that answers of neighbours write, and of an answer.
NEIGHBOUR_HEADINGS: dict[str, "StrOrPromise"] = {
    K.CONFIRMED: gettext_lazy("Neighbours confirmed it (%(n)d)"),
    K.DISPUTED: gettext_lazy("Neighbours do not agree (%(n)d)"),
}
WITNESS_HEADINGS: dict[str, "StrOrPromise"] = {
    NeighbourAnswer.Word.GONE: gettext_lazy("A neighbour checked: it is gone"),
    NeighbourAnswer.Word.STILL: gettext_lazy("A neighbour checked: it is still there"),
}
# The sentence that explains an open state to the public.
STATE_SENTENCES: dict[str, "StrOrPromise"] = {
    S.RECEIVED: gettext_lazy("%(unit)s is looking for the right unit."),
    S.ASSIGNED: gettext_lazy("Received. %(unit)s has not accepted it yet."),
    S.PASSED_ON: gettext_lazy("It was passed on to %(unit)s."),
    S.ACCEPTED: gettext_lazy("%(unit)s has accepted it and will start."),
    S.EXTENSION: gettext_lazy("%(unit)s is working on it and has asked for more time."),
    S.DISPUTED: gettext_lazy("The result is disputed. Somebody else is reviewing it."),
    S.WORKING: gettext_lazy("%(unit)s is working on it."),
    S.WAITING: gettext_lazy("%(unit)s asks the person who reported it:"),
}
# The kinds of events whose note explains a state.
EXPLAINED_BY: dict[str, set[str]] = {S.WAITING: {K.ASKED}, S.REJECTED: {K.REJECTED}}
# Acts of reporters: public without their note, which only staff read.
WITHOUT_NOTE = {K.ANSWERED, K.CONFIRMED, K.DISPUTED, K.WITHDRAWN}
# The kinds of events whose reasons say why an authority is responsible.
TELLS_REASONS = {
    K.REDRAWN, K.RESTORED, K.REMINDED, K.RELOCATED, K.RECLASSIFIED, K.MERGED, K.GATHERED, K.SPLIT,
}  # fmt: skip
WITH_ROUTING_REASONS = {K.ASSIGNED, K.REDRAWN, K.RESTORED, K.RELOCATED, K.RECLASSIFIED}


@login_not_required
@require_safe
def incident_page(request, reference):
    """Shows the public page; a merged incident redirects to the remaining one."""
    published = access.incidents_for(request.user).filter(access.PUBLISHED)
    if incident := published.with_pages().filter(reference=reference).first():
        return render(request, "incidents/public/incident.html", public_context(request, incident))
    stands = get_object_or_404(published, pk__in=merging.public_merges([reference]).values("stands"))
    return HttpResponseRedirect(f"{reverse('incident', args=[stands.reference])}?merged={reference}")


def public_context(request: HttpRequest, incident: Incident) -> dict[str, Any]:
    browser = own_browser.browser_of(request)
    context = incident_context(incident) | sharing_context(incident)
    if context["results"]:  # the page shows it beside them
        context["pictures"] = [
            picture for picture in context["pictures"] if picture != context["before"] or picture.video
        ]
    context["also"] = incident.reports_count - 1
    context["own_report"] = me_too.own_report(browser, incident)
    context["tapped"] = me_too.tapped_report(browser, incident)
    return context


def photo_asks(request: HttpRequest, pictures: Sequence[Picture]) -> list[rate_limits.Ask]:
    """Returns the rate-limit tokens that an anonymous sender's photos take from their network."""
    return (
        [rate_limits.Ask("upload:address", rate_limits.network_of_request(request), len(pictures))] if pictures else []
    )


@rate_limits.limit_requests("photo")
@login_not_required
@require_GET
@cache_control(private=True, max_age=3600)
def show_photo(request, pk, size):
    if size not in PHOTO_SIZES:
        raise Http404
    shown = access.photos_for(request.user, tidy(request.GET.get("token", "")))
    if link := tidy(request.GET.get("result", "")):
        shown |= verdicts.photos_of_short_link(link).distinct()
    photo = get_object_or_404(access.originals_for(request.user) if size == "original" else shown, pk=pk)
    note_shown(request, incidents=[photo.incident_id])
    try:
        with getattr(photo, PHOTO_SIZES[size]).open() as file:
            return HttpResponse(file.read(), content_type="image/jpeg")
    except FileNotFoundError:
        raise Http404 from None


@rate_limits.limit_requests("photo")
@login_not_required
@require_GET
@cache_control(private=True, max_age=3600)
def show_video(request, pk):
    photo = get_object_or_404(access.videos_for(request.user, tidy(request.GET.get("token", ""))), pk=pk)
    note_shown(request, incidents=[photo.incident_id])
    return video_response(request, photo.video)


@dataclass
class HistoryLine:
    """A line of the history: one event, or consecutive events of the same kind."""

    kind: str
    events: list  # newest first

    @property
    def sign(self) -> str:
        """Returns the state whose icon the line shows; "" for an event that changes no state."""
        return STATE_SIGNS.get(self.kind, "")

    @property
    def icon(self):
        return ICONS.get(self.kind, "i-edit")

    @property
    def heading(self):
        unit = self.event.authority.title if self.event.authority else ""
        if self.kind == K.JOINED:
            number = len(self.events)
            return ngettext("%(n)s more report merged", "%(n)s more reports merged", number) % {"n": number}
        if self.kind == K.EVIDENCE:
            return kept_pictures_in_words([event.receipt for event in self.events])
        if self.kind == K.NOTE:
            return unit or self.event.get_kind_display()
        if number := (self.event.receipt or {}).get("neighbours"):
            return NEIGHBOUR_HEADINGS[self.kind] % {"n": number}
        if self.kind == K.WITNESSED:
            return WITNESS_HEADINGS[(self.event.receipt or {})["word"]]
        if self.kind in HEADINGS:
            return HEADINGS[self.kind] % {"unit": unit}
        return ": ".join(filter(None, [self.event.get_kind_display(), unit]))

    @property
    def tells_reasons(self) -> bool:
        """Returns whether the history shows the reasons; those of the assignment are shown elsewhere on the page."""
        return self.kind in TELLS_REASONS

    @property
    def event(self):
        return self.events[0]

    @property
    def first(self) -> Event:
        return self.events[-1]

    @property
    def photos(self):
        return shown_photos(self.event)


def shown_photos(event: Event) -> list[Photo]:
    return [photo for photo in event.photos.all() if photo.is_shown]


def incident_context(incident: Incident) -> dict[str, Any]:
    """Returns the context that all pages of an incident share; events are the public ones and acts of reporters."""
    events = [
        event
        for event in incident.timeline.select_related("authority").prefetch_related("photos")
        if event.public or is_told_without_note(event)
    ]
    events = public_text.with_public_notes(events)
    photos, vague = incident.photos.filter(public=True).select_related("event"), area_shares(incident)
    pictures = [photo for photo in photos if photo.report_id and not photo.event_id and photo.is_shown]
    result = find_result(incident, events)
    return {
        "incident": incident,
        "late": incident.is_open and incident.is_late,
        "state_sentence": STATE_SENTENCES.get(incident.state, "") % {"unit": incident.authority.title},
        "pressing": incident.due_at - now() < timedelta(days=1),
        "after": Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0,
        "story": history_lines(events),
        "archived": any(event.archive for event in events),
        "why": responsibility_reasons(events),
        "vague": vague,
        "neighbours": access.neighbour_authorities(incident) if vague else (),
        "said": next(
            (event.note for event in reversed(events) if event.kind in EXPLAINED_BY.get(incident.state, ())), ""
        ),
        "pictures": pictures,
        "result": result,
        "withdrawn": ended_by_withdrawal(incident, events),
        "before": pictures[0] if pictures else None,
        "results": shown_photos(result) if result else [],
        "photos_waiting": sum(not photo.is_looked_at for photo in photos),
    }


def is_told_without_note(event: Event) -> bool:
    """Returns whether the history shows the event without its note: acts of reporters, except the withdrawal of one of
    several reports.
    """
    return event.kind in WITHOUT_NOTE and (event.kind != K.WITHDRAWN or event.state == S.REJECTED)


def find_result(incident, events):
    """Returns the event of the current result, as `verdicts.current_result`, from events already read; None without
    one.
    """
    if incident.state not in (*Incident.ENDED, S.DISPUTED):
        return None
    return next((event for event in reversed(events) if event.kind in verdicts.RESULTS), None)


def ended_by_withdrawal(incident: Incident, events: Sequence[Event]) -> bool:
    """Returns whether the incident ended because its only reporter withdrew it, not by a unit's answer."""
    ends = (event.kind for event in reversed(events) if event.kind in (K.WITHDRAWN, *verdicts.RESULTS))
    return incident.state == S.REJECTED and next(ends, "") == K.WITHDRAWN


def area_shares(incident: Incident) -> list[AreaShare]:
    """Returns the share of a vague place's circle in each area, largest first; empty for an exact place."""
    if incident.accuracy_m is None:
        return []
    return list(incident.area_shares.select_related("area").defer("area__shape", "area__outline"))


def history_lines(events):
    """Returns the lines, newest first; consecutive events of one kind with equal words are one line."""
    lines = []
    for event in reversed(events):
        if lines and event.kind == lines[-1].kind and event.kind in TOLD_TOGETHER:
            lines[-1].events.append(event)
        else:
            lines.append(HistoryLine(event.kind, [event]))
    return lines


def responsibility_reasons(events):
    """Returns why this authority is responsible: the routing's reasons, or the note of a handover."""
    undone = undoing.undone_lines(events)
    for event in reversed(events):
        if event.pk in undone:
            continue
        if event.kind == K.HANDED_OVER:
            return [_("%(unit)s transferred it: %(note)s") % {"unit": event.authority.title, "note": event.note}]
        if event.kind == K.CLAIMED:
            return [_("%(unit)s took it over: %(note)s") % {"unit": event.authority.title, "note": event.note}]
        if event.reasons and event.kind in WITH_ROUTING_REASONS:
            return [in_spoken_language(reason) for reason in event.reasons]
    return []
