"""The public page of an incident and the private page of a report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_POST

from geoapp.crypto.fields import with_whole_value
from geoapp.http import rate_limits
from geoapp.http.byte_ranges import video_response
from geoapp.http.http_methods import require_GET, require_safe
from gis_data import policies
from gis_data.words import tidy
from incidents import access, public_text, workflow
from incidents.casework import (
    additions,
    corrections,
    merging,
    official_letters,
    own_reports,
    undoing,
    verdicts,
    withdrawing,
)
from incidents.disclosure.shown import note_shown
from incidents.forms import AnswerForm
from incidents.models import AreaShare, Event, HeldReport, Incident, KeptReport, Medium, NeighbourAnswer, Photo, Report
from incidents.models.notices import medium_of_chat
from incidents.notify import confirming, private_links
from incidents.notify.email import mask_address
from incidents.photos import Picture
from incidents.reporting import danger, me_too
from incidents.views.public import own_browser
from incidents.views.public.installing import allow_offline_copy
from incidents.views.public.sharing import sharing_card, sharing_context
from incidents.views.public.verdict_forms import verdict_context
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
    K.ACCEPTED: gettext_lazy("Taken up by %(unit)s"),
    K.ASKED: gettext_lazy("%(unit)s asks"),
    K.ANSWERED: gettext_lazy("The reporter answered"),
    K.HANDED_OVER: gettext_lazy("Handed over by %(unit)s"),
    K.CLAIMED: gettext_lazy("Taken over by %(unit)s"),
    K.RESOLVED: gettext_lazy("Resolved by %(unit)s"),
    K.REJECTED: gettext_lazy("Not accepted by %(unit)s"),
    K.REOPENED: gettext_lazy("Taken up again"),
    K.RELOCATED: gettext_lazy("The place was corrected"),
    K.RECLASSIFIED: gettext_lazy("The kind of matter was corrected"),
    K.REDRAWN: gettext_lazy("Boundaries changed"),
    K.RESTORED: gettext_lazy("Boundary change taken back"),
}
# Headings of the lines that answers of neighbours write, and of an answer.
NEIGHBOUR_HEADINGS: dict[str, "StrOrPromise"] = {
    K.CONFIRMED: gettext_lazy("Neighbours confirmed it (%(n)d)"),
    K.DISPUTED: gettext_lazy("Neighbours do not agree (%(n)d)"),
}
WITNESS_HEADINGS: dict[str, "StrOrPromise"] = {
    NeighbourAnswer.Word.GONE: gettext_lazy("A neighbour looked: it is gone"),
    NeighbourAnswer.Word.STILL: gettext_lazy("A neighbour looked: it is still there"),
}
# The sentence that explains an open state to the public.
STATE_SENTENCES: dict[str, "StrOrPromise"] = {
    S.RECEIVED: gettext_lazy("%(unit)s is looking for the right unit."),
    S.ASSIGNED: gettext_lazy("It has arrived and waits for %(unit)s to accept it."),
    S.PASSED_ON: gettext_lazy("It was passed on to %(unit)s."),
    S.ACCEPTED: gettext_lazy("%(unit)s has accepted it and will start."),
    S.EXTENSION: gettext_lazy("%(unit)s is at work on it and has asked for more time."),
    S.DISPUTED: gettext_lazy("Who reported it does not agree with the result. Somebody else looks at it now."),
    S.WORKING: gettext_lazy("%(unit)s is at work on it."),
    S.WAITING: gettext_lazy("%(unit)s asks the person who reported it:"),
}
# The kinds of events whose note explains a state.
EXPLAINED_BY: dict[str, set[str]] = {S.WAITING: {K.ASKED}, S.REJECTED: {K.REJECTED}}
# Acts of reporters: public without their note, which only staff read.
WITHOUT_NOTE = {K.ANSWERED, K.CONFIRMED, K.DISPUTED, K.WITHDRAWN}
# Headings of their words on the sender's own page.
OWN_HEADINGS: dict[str, "StrOrPromise"] = {
    K.ANSWERED: gettext_lazy("Your answer"),
    K.DISPUTED: gettext_lazy("Why you do not agree"),
    K.RATED: gettext_lazy("Your rating"),
    K.NOTE: gettext_lazy("What you added"),
}
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


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@allow_offline_copy
@require_safe
def report_page(request, token):
    return render_report_page(request, token)


@login_not_required
@never_cache
@require_safe
def letter_page(request, token):
    report = get_object_or_404(Report.objects.with_link(token).filter(erased_at=None))
    incident = Incident.objects.with_pages().get(pk=report.incident_id)
    letter = official_letters.letter_of(incident)
    if letter is None:
        raise Http404
    context = {"letter": letter, "received": report.received_at, "back": reverse("follow", args=[token])}
    response = render(request, "incidents/letter.html", context)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def render_report_page(
    request: HttpRequest,
    token: str,
    *,
    form: AnswerForm | None = None,
    note: str = "",
    too_old: bool = False,
    confirm_fault: str = "",
    confirm_question: dict[str, str] | None = None,
    added: forms.Form | None = None,
    withdraw_fault: str = "",
    moved: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    """Renders the private page of a report, with noindex for search engines."""
    report = Report.objects.with_link(token).first()
    if report is None:
        held_report = HeldReport.objects.with_link(token).with_pages().first()
        return render_held_page(request, held_report) if held_report else render_ended_link(request, token)
    report.incident = incident = Incident.objects.with_pages().get(pk=report.incident_id)
    context = incident_context(incident) | {
        "report": report,
        "own": report.photos.all(),
        "later": list_later_words(report),
        "joined": incident.reports.filter(pk__lt=report.pk).exists(),
        "contact": contact_in_words(report),
        "link": request.build_absolute_uri(reverse("follow", args=[token])),
        "push_here": reverse("push-of-report", args=[token]),
        "form": form or AnswerForm(initial={"note": note}),
        "answered": "answered" in request.GET,
        "renewed": "renewed" in request.GET,
        "too_old": too_old,
        "key": f"?token={token}",
        "confirm": confirm_context(request, report, confirm_fault) | {"question": confirm_question},
        "letter": official_letters.letter_of(incident),
        "may_add": additions.may_add(incident, report),
        "added": added,
        "was_added": "added" in request.GET,
        "may_move": corrections.may_sender_correct(incident, report),
        "moved": moved,
        "was_moved": "moved" in request.GET,
        "may_withdraw": additions.may_add(incident, report),
        "withdraw_ends": withdrawing.ends_incident(report),
        "withdraw_fault": withdraw_fault,
        "kept": own_reports.is_kept(own_browser.browser_of(request), report),
    }
    context["pictures"] = [photo for photo in context["pictures"] if photo.report_id != report.pk]
    context["before"] = next(iter(context["own"]), context["before"])
    if context["result"]:
        context["word"] = verdict_context(request, report, context["result"])
    browser = own_browser.browser_of(request)
    if browser is not None:
        own_reports.mark_read(browser, report)
    page = "own_report"
    if "sent" in request.GET:
        page, context["card"] = "report_sent", sharing_card(incident)
        context |= {
            "emergency_numbers": danger.numbers_to_call(report.text),
            "in_danger": incident.category.emergency or danger.mentions_danger(report.text),
        }
    response = render(request, f"incidents/public/{page}.html", context, status=status)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def list_later_words(report: Report) -> list[dict[str, Any]]:
    """Returns what the sender added, oldest first: `heading`, `words` and `at`."""
    lines = report.incident.timeline.filter(receipt__report=report.pk, kind__in=OWN_HEADINGS).order_by("pk")
    return [
        {"heading": OWN_HEADINGS[line.kind], "words": line.note, "at": line.at}
        for line in public_text.with_public_notes(lines)
        if line.note
    ]


def render_held_page(request, held_report):
    refused = held_report.state == HeldReport.State.REFUSED
    context = {
        "held": held_report,
        "refused": refused,
        "title": held_title(held_report),
        "photos": held_report.photos.count(),
        "kept": own_reports.is_kept(own_browser.browser_of(request), held_report),
        "link": request.build_absolute_uri(reverse("follow", args=[held_report.token])),
    }
    response = render(request, "incidents/public/held.html", context)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def held_title(held_report):
    if held_report.state == HeldReport.State.REFUSED:
        return _("Your report was not taken in")
    return _("Your report has arrived") if held_report.is_received else _("Your report is being checked")


def render_ended_link(request, token):
    """Renders an expired private link (410); raises Http404 for a replaced or unknown one."""
    report = get_object_or_404(with_whole_value(Report.objects.select_related("incident"), "token", token))
    context = {"incident": report.incident, "months": policies.current().link_months}
    response = render(request, "incidents/public/link_ended.html", context, status=410)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


MEDIUM_SENTENCES: dict[str, "StrOrPromise"] = {
    Medium.SMS: gettext_lazy(
        "By SMS to the number that ends in %(end)s: enter a code once, so that nobody gets your news."
    ),
    Medium.EMAIL: gettext_lazy("By e-mail to %(address)s: enter a code once, so that nobody gets your news."),
}


def confirm_context(request, report, fault):
    media = confirming.unconfirmed_media(report) if not report.erased_at else []
    values = {"end": report.phone[-3:], "address": mask_address(report.email)}
    sent = set(report.confirmations.filter(denied_at=None).values_list("medium", flat=True)) if media else set()
    return {
        "media": [
            {"name": str(medium), "sentence": MEDIUM_SENTENCES[medium] % values, "sent": medium in sent}
            for medium in media
        ],
        "done": "confirmed" in request.GET,
        "fault": fault,
    }


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_POST
def renew_link(request, token):
    """Revokes the private links of a report and creates one, sent to its sender if there is an address."""
    report = get_object_or_404(Report.objects.with_link(token).select_related("incident"))
    was_kept = own_reports.is_kept(own_browser.browser_of(request), report)
    own_reports.drop_report_everywhere(report)
    if private_links.renew_link(report):
        return render(request, "incidents/public/link_sent.html")
    response = HttpResponseRedirect(reverse("follow", args=[report.token]) + "?renewed=1", status=303)
    return own_browser.keep_reports(request, [report], response, how=KeptReport.How.KEPT) if was_kept else response


def contact_in_words(report):
    if report.email:
        return _("A letter to %(address)s at the main steps") % {"address": mask_address(report.email)}
    if report.phone:
        return _("The unit may call the number that ends in %(end)s") % {"end": report.phone[-3:]}
    if report.chat:
        return _("A message by %(way)s at the main steps") % {"way": medium_of_chat(report.chat).label}
    return ""


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_POST
def answer_question(request, token):
    report = get_object_or_404(Report.objects.with_link(token).select_related("incident"))
    form, status = AnswerForm(request.POST, request.FILES), 400
    if form.is_valid():
        note, pictures = form.cleaned_data["note"], form.cleaned_data["photos"]
        if waits := rate_limits.take(*photo_asks(request, pictures)):
            form.add_error("photos", rate_limits.too_many_sentence(max(waits.values())))
            return render_report_page(request, token, form=form, status=429)
        try:
            additions.answer_unit(report, words=note, pictures=pictures)
            return HttpResponseRedirect(reverse("follow", args=[token]) + "?answered=1", status=303)
        except additions.CannotAdd as refused:
            form.add_error(refused.field, str(refused))
        except workflow.NotAllowed as refused:
            form.add_error("note", str(refused))
            status = 409
    return render_report_page(request, token, form=form, status=status)


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
            return ngettext("%(n)s more report joined", "%(n)s more reports joined", number) % {"n": number}
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
        "sentence": STATE_SENTENCES.get(incident.state, "") % {"unit": incident.authority.title},
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
            return [_("%(unit)s handed it over: %(note)s") % {"unit": event.authority.title, "note": event.note}]
        if event.kind == K.CLAIMED:
            return [_("%(unit)s took it over: %(note)s") % {"unit": event.authority.title, "note": event.note}]
        if event.reasons and event.kind in WITH_ROUTING_REASONS:
            return [in_spoken_language(reason) for reason in event.reasons]
    return []
