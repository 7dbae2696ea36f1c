"""Build the rows of a report and its incident by the rules; stores nothing but the count of a joined incident."""

from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from gis_data.addresses import geocode
from gis_data.words import tidy
from incidents import rulebook, timeline
from incidents.audit.words import words_receipt
from incidents.casework import merging
from incidents.casework.numbers import format_reference
from incidents.deadlines import ladder, service_levels
from incidents.models import Category, Event, Incident, Report
from incidents.redaction import without_contacts
from incidents.reporting import uncertainty
from incidents.reporting.incoming import IncomingReport, ReportRefused, Row, checked_place, checked_text, copied_values
from incidents.reporting.sender import Sender
from incidents.routing import rules

LOOK_FIRST = gettext_noop(
    "The same sender sent many urgent reports: this one becomes public once a person has reviewed it."
)
POINT_DECIDES = gettext_noop(
    "The location is only accurate to about %(metres)d m and may also be in %(others)s. The point itself decides."
)


class Facts(NamedTuple):
    """What the database knows of an incoming report: a row of `comes_in.sql`, in the order of its columns.

    `marks`: of the rules. `known`, `held_report`: keys of the Report and HeldReport of the same sending. `number`: for
    a new reference. `incident`, `report`: keys for the new rows. `block`: key of a block on its sender. `watched`:
    whether its text has a watched word.
    """

    marks: str
    known: int | None
    held_report: int | None
    number: int | None
    incident: int | None
    report: int | None
    block: int | None
    watched: bool


@dataclass
class NewReport:
    """A report to be stored, with its incident and first history lines.

    `shares`: share of the uncertainty circle by area, if in several.
    """

    incoming: IncomingReport
    incident: Incident
    report: Report
    lines: list[timeline.Line]
    shares: list = field(default_factory=list)

    @property
    def is_plain(self) -> bool:
        return not (self.shares or self.incoming.has_more_rows)


def build_report(
    incoming: IncomingReport,
    book: rulebook.Rulebook,
    facts: Facts,
    sender: Sender | None = None,
    *,
    withheld: bool = False,
) -> NewReport:
    """NewReport of a report by the rules of the book. An incident that it joins is locked and counted up.

    `withheld`: a new incident is not public before a person has looked.
    """
    text, located = checked_text(incoming), checked_place(incoming)
    shown, address = incoming.public_text, tidy(incoming.address or "")[:200]
    if shown is None:
        shown = without_contacts(text)
    confirmed, at = sender.confirmed if sender else (), now()
    by_person = incoming.by is not None  # who took it down has heard the number from its owner
    shares = []
    if incoming.join:
        incident = join_incident(incoming.join)
        lines = []
    else:
        shares = vague_shares(incoming, located)
        incident, why = build_incident(incoming, located, shown, book, facts)
        why["reasons"] += vague_reasons(incoming, located, shares)
        if withheld and incident.published:
            incident.published = False
            why["reasons"].append(rules.in_both_languages(LOOK_FIRST))
            why["receipt"] = {**(why["receipt"] or {}), "withheld": True}
        assigned = timeline.Line(Event.Kind.ASSIGNED, authority=incident.authority, **why)
        lines = [assigned]
    report = Report(
        **copied_values(incoming, Row.REPORT),
        pk=facts.report,
        incident=incident,
        text=text,
        public_text=shown,
        address=address,
        received_at=incoming.received_at or at,
        phone_confirmed_at=at if by_person or incoming.phone in confirmed else incoming.phone_confirmed_at,
        email_confirmed_at=at if by_person or incoming.email in confirmed else incoming.email_confirmed_at,
    )
    kind = Event.Kind.JOINED if incoming.join else Event.Kind.RECEIVED
    came_in = timeline.Line(kind, by=incoming.by, note=shown, receipt=words_receipt(report))
    return NewReport(incoming, incident, report, [came_in, *lines], shares=shares)


def build_incident(incoming, located, text, book, facts):
    category, start = incoming.category, localtime(now())
    if category.parent_id is None:
        raise ReportRefused("category", _("Choose what it is about."))
    way, where = rules.find_route(category, located, book), public_place_name(incoming)
    dates = service_levels.current_rules(book).dates(category, incoming.severity, way.authority.pk, start)
    incident = Incident(
        pk=facts.incident,
        reference=format_reference(start, facts.number),
        category=category,
        state=Incident.State.ASSIGNED if way.by_rule else Incident.State.RECEIVED,
        place=incoming.place,
        accuracy_m=incoming.accuracy_m,
        address=where.name,
        near=where.near,
        area=located.area,
        authority=way.authority,
        text=text,
        severity=incoming.severity,
        published=category.publishes(Category.Publish.AT_ONCE),
        received_at=start,
        changed_at=start,
        accept_by=dates.accept_by,
        due_at=dates.due_at,
        due_date_trace=dates.due_date_trace,
    )
    ladder.set_next_check(incident, start, book)
    return incident, {"reasons": list(way.reasons), "receipt": way.receipt}


def vague_shares(incoming, located):
    metres = incoming.accuracy_m or 0
    near = any(neighbour.metres < metres for neighbour in located.neighbours)
    if incoming.ward_named or not (near or metres > geocode.NEAR):
        return []
    return uncertainty.area_shares(incoming.place, metres)


def vague_reasons(incoming, located, shares):
    """Reasons in the history for a circle in several areas.

    As for an exact place, the area of the point is responsible. Its neighbours are notified.
    """
    if not shares:
        return []
    others = [area for area, _share in shares if area != located.area]
    values = {"metres": round(incoming.accuracy_m or 0), "others": lambda: ", ".join(area.title for area in others)}
    return [rules.in_both_languages(POINT_DECIDES, **values)]


def public_place_name(incoming):
    if incoming.address is not None:
        return geocode.NamedPlace(without_contacts(incoming.address)[:200])
    return incoming.named or geocode.named_place(incoming.place)


def join_incident(incident):
    """The incident, locked and counted up, if it is open. Raises ReportRefused."""
    incident = Incident.objects.lock(merging.standing_incident(incident).pk)
    if not incident.is_open:
        raise ReportRefused("join", _("That incident has just been closed. Send yours as a new report."))
    incident.reports_count += 1
    incident.changed_at = now()
    incident.save(update_fields=["reports_count", "changed_at"])
    return incident
