"""Resolve who hears of an event: the roles in it, and the conditions of the table in `event_notices`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from django.db.models import QuerySet

from incidents import access
from incidents.casework import crews, official_letters
from incidents.casework import neighbours as neighbours_asked
from incidents.models import Authority, Event, Medium, Report, Severity, TakeoverOffer, User
from incidents.notify import confirming, event_values, opt_outs
from incidents.notify.outbox import Recipient, person_recipients, unit_recipients
from incidents.notify.transport import Transport
from incidents.notify.transports import TRANSPORTS

K = Event.Kind
WATCHING_KINDS = (K.INQUIRED, K.URGED, K.REMARKED, K.OFFERED)  # by these a unit speaks to the one in charge


@dataclass(frozen=True)
class Hearers:
    """Recipients of one text with the same values. `text`: a key that replaces the row's."""

    recipients: list[Recipient]
    values: Callable[[Recipient], dict[str, str]]
    text: str = ""


def always(_event: Event) -> bool:
    return True


def never(_event: Event) -> bool:
    return False


@dataclass(frozen=True)
class NoticeRow:
    """A row of the table: kind of event, recipients, text (a key of `text_keys.TEXTS`) and condition.

    `urgent`: also in quiet hours. For reporters, `important`: also by media for few events; `names_speaker`: name the
    unit that wrote the line, not the one that has the incident. For units, `sentence`: who says what, marked for
    translation.
    """

    kind: str
    role: Callable[[Event, "NoticeRow"], Iterator[Hearers]]
    text: str
    when: Callable[[Event], bool] = always
    urgent: bool = False
    important: Callable[[Event], bool] = never
    names_speaker: bool = False
    sentence: str = ""


# ---- conditions ----


def is_not_corrected(event: Event) -> bool:
    """Return whether no correction handed it over: else the correction's line is sent."""
    return not (event.receipt or {}).get("corrected")


def revives_incident(event: Event) -> bool:
    return bool((event.receipt or {}).get("revived"))


def is_urgent(event: Event) -> bool:
    incident = event.incident
    return incident.category.emergency or incident.severity == Severity.DANGEROUS


def is_urgent_and_stays(event: Event) -> bool:
    """Return whether a correction made it urgent at the same unit; else it was handed over."""
    return is_urgent(event) and "from_unit" not in (event.receipt or {})


def is_from_duty_desk(event: Event) -> bool:
    return bool(event.authority and event.authority.duty_desk)


def is_given_by_another(event: Event) -> bool:
    return event.incident.handler_id != event.by_id


# ---- reporters ----


def reporters(event: Event, row: NoticeRow) -> Iterator[Hearers]:
    reports = event.incident.reports.filter(received_at__lte=event.at)
    yield from senders(reports.order_by("pk"), event, row)


def who_joined(event: Event, row: NoticeRow) -> Iterator[Hearers]:
    reports = event.incident.reports.filter(received_at__lte=event.at)
    yield from senders(reports.order_by("-pk"), event, row, most=1)


def reporters_of_merged(event: Event, row: NoticeRow) -> Iterator[Hearers]:
    reports = Report.objects.filter(moves__merge=(event.receipt or {}).get("merge"))
    yield from senders(reports.order_by("pk"), event, row)


def senders(reports: QuerySet[Report], event: Event, row: NoticeRow, *, most: int | None = None) -> Iterator[Hearers]:
    """Yield the recipients of each sender of these reports; an e-mail of a unit that writes letters is a letter."""
    writes = event.authority is not None and event.authority.letters and event.kind in official_letters.ANSWERS
    for report in reports.filter(erased_at=None, withdrawn_at=None)[:most].prefetch_related("browsers"):
        values = event_values.reporter_values(report, event, names_speaker=row.names_speaker)
        for recipient in reporter_recipients(report, event, row):
            is_letter = writes and recipient.medium == Medium.EMAIL
            yield Hearers([recipient], values, text=f"{row.text}_letter" if is_letter else row.text)


def reporter_recipients(report, event, row):
    recipients: list[Recipient] = []
    for transport in TRANSPORTS.values():
        if transport.only_important and (not row.important(event) or any_chat_rings(recipients)):
            continue
        addresses = report_addresses(report, transport)
        if addresses and transport.contact_field and not confirming.may_tell(report, transport.medium, event):
            continue
        recipients += [Recipient(transport.medium, address, report.language, report=report) for address in addresses]
    return recipients


def any_chat_rings(recipients):
    return any(TRANSPORTS[recipient.medium].is_ringing_chat for recipient in recipients)


def report_addresses(report: Report, transport: Transport) -> list[str]:
    addresses = [address for _report, address in transport.usable_addresses([report]) if transport.accepts(address)]
    if transport.is_chat:
        return [address for address in addresses if not opt_outs.has_opted_out(transport.medium, address)]
    return addresses


# ---- neighbours ----


def followers_to_ask(event: Event, row: NoticeRow) -> Iterator[Hearers]:
    for follow in neighbours_asked.followers_to_ask(event):
        recipient = Recipient(follow.medium, follow.address, follow.language)
        yield Hearers([recipient], partial(event_values.neighbour_values, event, follow=follow))


# ---- units and people ----


def neighbours(event: Event, row: NoticeRow) -> Iterator[Hearers]:
    units = access.neighbour_authorities(event.incident)
    recipients = [recipient for unit in units for recipient in unit_recipients(unit)]
    yield Hearers(recipients, partial(event_values.vague_place_values, event))


def desk(event: Event, row: NoticeRow) -> Iterator[Hearers]:
    unit = event.incident.authority
    if unit.works == Authority.Works.HERE and not access.is_complained_of(unit, event.incident):
        yield Hearers(unit_recipients(unit), partial(event_values.staff_values, event))


def between_units(event: Event, row: NoticeRow, recipients: list[Recipient]) -> Hearers:
    return Hearers(recipients, partial(event_values.between_units_values, event, sentence=row.sentence))


def unit_in_charge(event: Event, row: NoticeRow) -> Iterator[Hearers]:
    yield between_units(event, row, unit_recipients(event.incident.authority))


def unit_that_decides(event: Event, row: NoticeRow) -> Iterator[Hearers]:
    unit = event.incident.authority
    decides = unit if unit.works == Authority.Works.HERE else Authority.objects.get(duty_desk=True)
    yield between_units(event, row, unit_recipients(decides))


def units_that_watch(event: Event, row: NoticeRow) -> Iterator[Hearers]:
    spoken = event.incident.timeline.filter(kind__in=WATCHING_KINDS, pk__lt=event.pk)
    spoken = spoken.exclude(authority=event.incident.authority)
    for unit in Authority.objects.filter(pk__in=spoken.values("authority")).order_by("pk"):
        yield between_units(event, row, unit_recipients(unit))


def who_offered(event: Event, row: NoticeRow) -> Iterator[Hearers]:
    if offer := offer_of(event):
        yield between_units(event, row, person_recipients([offer.offered_by]) or unit_recipients(offer.authority))


def unit_before(event: Event, row: NoticeRow) -> Iterator[Hearers]:
    if offer_of(event):
        before = Authority.objects.filter(code=(event.receipt or {})["from_unit"]).first()
        yield between_units(event, row, unit_recipients(before) if before else [])


def offer_of(event: Event) -> TakeoverOffer | None:
    key = (event.receipt or {}).get("offer")
    return TakeoverOffer.objects.select_related("authority", "offered_by").filter(pk=key).first() if key else None


def mentioned_people(event: Event, row: NoticeRow) -> Iterator[Hearers]:
    people = User.objects.filter(mentions__event=event).exclude(pk=event.by_id).order_by("pk")  # type: ignore[misc]  # where nobody did it, nobody is left out
    yield Hearers(person_recipients(people), partial(event_values.staff_values, event))


def handler(event: Event, row: NoticeRow) -> Iterator[Hearers]:
    if person := event.incident.handler:
        yield Hearers(person_recipients([person]), partial(event_values.staff_values, event))


def crew(event: Event, row: NoticeRow) -> Iterator[Hearers]:
    if event.incident.crew:
        yield Hearers(person_recipients(crews.members_to_notify(event)), partial(event_values.staff_values, event))


def units_asked_for_part(event: Event, row: NoticeRow) -> Iterator[Hearers]:
    """Return the units of the parts requested in this moment: a part and its line have one timestamp."""
    for part in event.incident.subtasks.filter(asked_at=event.at).select_related("authority"):
        yield Hearers(unit_recipients(part.authority), partial(event_values.subtask_values, event, part=part))


def who_asked_for_part(event: Event, row: NoticeRow) -> Iterator[Hearers]:
    for part in event.incident.subtasks.filter(answered_at=event.at).select_related("asked_by"):
        recipients = person_recipients([part.asked_by]) or unit_recipients(event.incident.authority)
        yield Hearers(recipients, partial(event_values.subtask_values, event, part=part))
