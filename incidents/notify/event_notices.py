"""Who hears of an event: the reporters by the way they left, the unit's desk where it is urgent, who was mentioned."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext, gettext_noop

from incidents import access, public_text
from incidents.casework import crews, official_letters, verdicts
from incidents.models import Authority, Event, Incident, Medium, Merge, OptOut, Report, Severity, TakeoverOffer, User
from incidents.notify import confirming
from incidents.notify.outbox import Recipient, create_notices, person_recipients, unit_recipients
from incidents.notify.transport import Transport
from incidents.notify.transports import TRANSPORTS
from incidents.wording import in_spoken_language, percent, person_name

K = Event.Kind


@dataclass(frozen=True)
class ReporterText:
    """The text that reporters get for a kind of event.

    `key`: of text_keys.TEXTS. `sms`: it goes by SMS too. `names_speaker`: it names the unit that wrote the line,
    otherwise the one that has the incident.
    """

    key: str
    sms: bool = False
    names_speaker: bool = False


REPORTER_TEXTS: dict[str, ReporterText] = {
    K.ASSIGNED: ReporterText("received", sms=True),
    K.JOINED: ReporterText("joined"),
    K.ASKED: ReporterText("asked", sms=True, names_speaker=True),
    K.ACCEPTED: ReporterText("accepted"),
    K.HANDED_OVER: ReporterText("handed_over"),
    K.CLAIMED: ReporterText("handed_over"),
    K.EXTENDED: ReporterText("extended", names_speaker=True),
    K.RESOLVED: ReporterText("resolved", sms=True, names_speaker=True),
    K.REJECTED: ReporterText("rejected", sms=True, names_speaker=True),
    K.UPHELD: ReporterText("upheld"),
    K.OVERRULED: ReporterText("overruled", names_speaker=True),
    K.CLOSED: ReporterText("closed", names_speaker=True),
    K.REOPENED: ReporterText("reopened"),
    K.RELOCATED: ReporterText("corrected"),
    K.RECLASSIFIED: ReporterText("corrected"),
    K.MERGED: ReporterText("merged"),
    K.SPLIT: ReporterText("split"),
    K.REDRAWN: ReporterText("redrawn"),
    K.RESTORED: ReporterText("redrawn"),
}
# What the unit in charge is told, and the sentence that says it.
WATCHER_SAYS: dict[str, str] = {
    K.INQUIRED: gettext_noop("%(unit)s asks your unit"),
    K.URGED: gettext_noop("%(unit)s reminds your unit"),
    K.REMARKED: gettext_noop("%(unit)s comments"),
    K.OFFERED: gettext_noop("%(unit)s says that it is theirs. Accept or decline"),
}
ANSWERS = gettext_noop("%(unit)s answers")
DECISIONS: dict[str, str] = {
    K.DECLINED: gettext_noop("%(unit)s keeps it"),
    K.CLAIMED: gettext_noop("%(unit)s has it now, as you said"),
}
TAKEN_OVER = gettext_noop("%(unit)s has taken it over")
# At these an incident is new at a desk, or becomes urgent there.
DESK_KINDS = {K.ASSIGNED, K.HANDED_OVER, K.CLAIMED, K.GRADED}


@transaction.atomic
def announce_event(event_id: int) -> None:
    """Write a notice to everyone who is to hear of this event, and a job to deliver each. Again: nothing new."""
    event = Event.objects.select_related(
        "incident__category", "incident__area", "incident__authority", "authority", "by"
    ).get(pk=event_id)
    cause = f"event:{event.pk}"
    if event.kind in REPORTER_TEXTS:
        for report in reports_to_notify(event):
            for one in reporter_recipients(report, event):
                create_notices(reporter_key(event, one), cause, [one], reporter_values(report, event), event=event)
    if event.kind == K.ASSIGNED:  # which happens once to an incident
        create_notices(
            "neighbour",
            cause,
            neighbour_recipients(event.incident),
            lambda one: vague_place_values(event, one),
            event=event,
        )
    if (event.kind in DESK_KINDS or is_another_kind_here(event)) and is_urgent(event.incident):
        unit = event.incident.authority
        told_here = unit.works == Authority.Works.HERE and not access.is_complained_of(unit, event.incident)
        recipients = unit_recipients(unit) if told_here else []
        create_notices("new_here", cause, recipients, lambda one: staff_values(event, one), event=event, urgent=True)
    for recipients, sentence in between_units_notices(event):
        create_notices(
            "between_units",
            cause,
            recipients,
            partial(between_units_values, event, sentence=sentence),
            event=event,
        )
    if event.kind == K.NOTE:
        mentioned = User.objects.filter(mentions__event=event).exclude(pk=event.by_id).order_by("pk")  # type: ignore[misc]  # where nobody did it, nobody is left out
        create_notices(
            "mentioned", cause, person_recipients(mentioned), lambda one: staff_values(event, one), event=event
        )
    if event.kind == K.GIVEN and event.incident.handler_id != event.by_id and (handler := event.incident.handler):
        create_notices(
            "given",
            cause,
            person_recipients([handler]),
            lambda one: staff_values(event, one),
            event=event,
        )
    if event.kind == K.CREWED and event.incident.crew:
        create_notices(
            "given",
            cause,
            person_recipients(crews.told_members(event)),
            lambda one: staff_values(event, one),
            event=event,
        )
    if event.kind == K.TASK_ASKED:
        # A part and its line are of one moment.
        for part in event.incident.subtasks.filter(asked_at=event.at).select_related("authority"):
            create_notices(
                "part_asked",
                cause,
                unit_recipients(part.authority),
                partial(subtask_values, event, part=part),
                event=event,
            )
    if event.kind == K.TASK_DONE:
        for part in event.incident.subtasks.filter(answered_at=event.at).select_related("asked_by"):
            create_notices(
                "part_answered",
                cause,
                person_recipients([part.asked_by]) or unit_recipients(event.incident.authority),
                partial(subtask_values, event, part=part),
                event=event,
            )


def reporter_key(event: Event, one: Recipient) -> str:
    """The text that a reporter gets: an e-mail of a unit that writes letters is one."""
    key = REPORTER_TEXTS[event.kind].key
    writes = one.medium == Medium.EMAIL and event.authority is not None and event.authority.letters
    return f"{key}_letter" if writes and event.kind in official_letters.ANSWERS else key


def is_another_kind_here(event):
    """Whether a correction made it another kind of matter at the unit that had it; else it is handed over, too."""
    return event.kind == K.RECLASSIFIED and "from_unit" not in (event.receipt or {})


def reports_to_notify(event):
    """The reports whose senders hear of an event; of one that joins, only the one who joined.

    Where a correction hands it over, the line of the correction tells it.
    """
    if event.kind == K.HANDED_OVER and (event.receipt or {}).get("corrected"):
        return Report.objects.none()
    if event.kind == K.MERGED:  # they lie in the one that stands for it
        reports = moved_reports(event).filter(erased_at=None, withdrawn_at=None).order_by("pk")
        return reports.prefetch_related("browsers")
    if event.kind == K.SPLIT and not (event.receipt or {}).get("revived"):
        return Report.objects.none()
    reports = event.incident.reports.filter(received_at__lte=event.at, erased_at=None, withdrawn_at=None).order_by("pk")
    if event.kind == K.JOINED:
        reports = reports.order_by("-pk")[:1]
    return reports.prefetch_related("browsers")


def moved_reports(event):
    """The reports that went with the incident that this line says was merged."""
    return Report.objects.filter(moves__merge=(event.receipt or {}).get("merge"))


def reporter_recipients(report, event):
    """The ways by which the sender of a report is told of an event."""
    recipients: list[Recipient] = []
    for transport in TRANSPORTS.values():
        if transport.only_important and (not goes_by_sms(event) or any_chat_rings(recipients)):
            continue
        addresses = report_addresses(report, transport)
        if addresses and transport.contact_field and not confirming.may_tell(report, transport.medium, event):
            continue
        recipients += [Recipient(transport.medium, address, report.language, report=report) for address in addresses]
    return recipients


def any_chat_rings(recipients):
    return any(TRANSPORTS[recipient.medium].is_ringing_chat for recipient in recipients)


def report_addresses(report: Report, transport: Transport) -> list[str]:
    """The addresses by which the sender of a report is reached; none of a chat in which they asked for silence."""
    addresses = [address for _report, address in transport.usable_addresses([report]) if transport.accepts(address)]
    if addresses and transport.is_chat:
        silent = OptOut.objects.filter(medium=transport.medium, address__in=addresses)
        return [] if silent.exists() else addresses
    return addresses


def goes_by_sms(event: Event) -> bool:
    """Whether the reporter hears of an event by SMS: by its kind, or because the duty desk handed the incident on.

    That first handing on is confirmed by SMS because the city's rule wants it.
    """
    forwarded = event.kind == K.HANDED_OVER and event.authority and event.authority.duty_desk
    return REPORTER_TEXTS[event.kind].sms or bool(forwarded)


def reporter_values(report: Report, event: Event) -> Callable[[Recipient], dict[str, str]]:
    """A function of a recipient that gives the values of a text to a reporter, in the recipient's language."""

    def values(one):
        with translation.override(one.language):
            incident, told = event.incident, REPORTER_TEXTS[event.kind]
            more = {}
            if event.kind == K.MERGED:
                whole = Merge.objects.select_related("into__category", "into__area", "into__authority")
                incident = whole.get(pk=(event.receipt or {})["merge"]).into
                more = {"reference": event.incident.reference, "into": incident.reference}
            unit = event.authority if told.names_speaker and event.authority else incident.authority
            return (
                incident_values(incident, unit)
                | more
                | {
                    "words": reporter_note(event),
                    "where": incident.where,
                    "received": date_format(localtime(report.received_at), "SHORT_DATE_FORMAT"),
                    "signature": "\n".join(official_letters.signature_lines(unit)),
                    "due": format_moment(incident.due_at) if incident.is_open else "",
                    "link": report_link(report, event, one.medium),
                }
            )

    return values


def reporter_note(event):
    """What a reporter reads of a line of history: its words, or why boundaries moved it."""
    if event.kind in (K.REDRAWN, K.RESTORED):
        return "\n".join(in_spoken_language(reason) for reason in event.reasons)
    return "" if event.kind == K.ASSIGNED else public_text.public_note_of(event)


def report_link(report, event, medium):
    """The private link of a report: by e-mail to its page, else the short one, which leads to what this line told."""
    if medium == Medium.EMAIL:
        return settings.SITE_URL + reverse("follow", args=[report.token])
    return settings.SITE_URL + verdicts.short_link(report, event)


def staff_values(event, one):
    """The values of a text to somebody who works here."""
    with translation.override(one.language):
        incident = event.incident
        return incident_values(incident, incident.authority) | {
            "due": format_moment(incident.due_at),
            "words": public_text.public_note_of(event) or incident.text,
            "who": person_name(event.by),
            "link": desk_link(incident),
        }


def between_units_notices(event: Event) -> Iterator[tuple[list[Recipient], str]]:
    """Who is told of what units say to each other of an incident: (recipients, the sentence that says it to them).

    The unit in charge hears who watches, and who watches its answer. On an offer decides the unit in charge, or the
    duty desk where that works elsewhere; what is decided both units hear.
    """
    unit, offer = event.incident.authority, offer_of(event)
    if event.kind in (K.INQUIRED, K.URGED, K.REMARKED):
        yield unit_recipients(unit), WATCHER_SAYS[event.kind]
    if event.kind == K.OFFERED:
        decides = unit if unit.works == Authority.Works.HERE else Authority.objects.get(duty_desk=True)
        yield unit_recipients(decides), WATCHER_SAYS[event.kind]
    if event.kind == K.REPLIED:
        said = event.incident.timeline.filter(kind__in=WATCHER_SAYS, pk__lt=event.pk).exclude(authority=unit)
        for one in Authority.objects.filter(pk__in=said.values("authority")).order_by("pk"):
            yield unit_recipients(one), ANSWERS
    if event.kind in (K.DECLINED, K.CLAIMED) and offer:
        yield person_recipients([offer.offered_by]) or unit_recipients(offer.authority), DECISIONS[event.kind]
    if event.kind == K.CLAIMED and offer:
        before = Authority.objects.filter(code=(event.receipt or {})["from_unit"]).first()
        yield unit_recipients(before) if before else [], TAKEN_OVER


def offer_of(event: Event) -> TakeoverOffer | None:
    """The offer that this line decides on."""
    key = (event.receipt or {}).get("offer")
    return TakeoverOffer.objects.select_related("authority", "offered_by").filter(pk=key).first() if key else None


def between_units_values(event, one, sentence):
    with translation.override(one.language):
        what = gettext(sentence) % {"unit": event.authority.title}
    return staff_values(event, one) | {"what": what, "words": event.note}


def subtask_values(event, one, part):
    """The values of a text about a part of an incident that another unit is asked for."""
    return staff_values(event, one) | {
        "who": event.authority.title,
        "words": event.note,
        "due": format_moment(part.due_at),
    }


def vague_place_values(event, one):
    """Where an incident of a vague place may lie, and nothing of who reported it."""
    with translation.override(one.language):
        incident = event.incident
        shares = incident.area_shares.select_related("area").defer("area__shape", "area__outline")
        return incident_values(incident, incident.authority) | {
            "metres": f"{incident.accuracy_m:.0f}",
            "shares": "\n".join(f"- {share.area.title}: {percent(share.share)}" for share in shares),
            "link": desk_link(incident),
        }


def incident_values(incident: Incident, unit: Authority) -> dict[str, str]:
    """The values that every text about an incident may name, in the active language."""
    return {
        "reference": incident.reference,
        "category": incident.category.title,
        "area": incident.area.title,
        "unit": unit.title,
    }


def desk_link(incident: Incident) -> str:
    return settings.SITE_URL + reverse("desk-incident", args=[incident.reference])


def format_moment(at: datetime) -> str:
    return date_format(localtime(at), "SHORT_DATETIME_FORMAT")


def neighbour_recipients(incident):
    """The desks of the units whose the incident may be, because its place is vague."""
    units = access.neighbour_authorities(incident)
    return [recipient for unit in units for recipient in unit_recipients(unit)]


def is_urgent(incident):
    return incident.category.emergency or incident.severity == Severity.DANGEROUS
