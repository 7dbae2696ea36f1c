"""The one door through which reports enter."""

import secrets
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import overload
from uuid import UUID, uuid4

from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point
from django.contrib.gis.measure import D
from django.db import IntegrityError, connection, transaction
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geoapp import database, limits
from gis_data.addresses import geocode
from gis_data.words import plain, tidy
from incidents import photos, rulebook, sql, timeline
from incidents.deadlines import ladder, service_levels
from incidents.disclosure import publishing
from incidents.disclosure.held import delete_held_photos
from incidents.intake import blocking, holding, uncertainty
from incidents.intake.sender import Sender, reasons_to_hold, tokens_of_report
from incidents.models import Category, Event, HeldReport, Incident, Report, Severity, User
from incidents.models.incident import IncidentQuerySet
from incidents.redaction import without_contacts
from incidents.routing import rules

TEXT_MAX = 4000
CLOSE_BY_M = 60.0  # metres in which an open incident of the same field may be the same one
POINT_DECIDES = gettext_noop(
    "The place is known to within about %(metres)d m and may lie in %(others)s as well. The point itself decides."
)


class ReportRefused(ValueError):
    """The report cannot be taken: `field` says what is wrong with it, the message what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass
class IncomingReport:
    """A report as a channel hands it over: only translated, not yet believed."""

    channel: str
    category: Category
    place: Point  # EPSG:4326
    located: geocode.Located | None = None  # where it lies, if that was looked up already
    text: str = ""
    accuracy_m: float | None = None
    ward_named: bool = False  # the reporter said which ward it is: only where in it is vague
    address: str | None = None  # in the reporter's words; None: the streets nearby say it
    phone: str = ""
    email: str = ""
    zalo: str = ""  # the follower's id
    language: str = "vi"
    pictures: list = field(default_factory=list)
    pictures_public: bool = True
    join: Incident | None = None  # "it is this one"
    sending: UUID = field(default_factory=uuid4)
    by: User | None = None  # the operator who took it down
    notice_version: str = ""  # of what is said about personal data, as the sender read it
    # Of a report that was held: its link, when it came, what a moderator lets everybody read, what was confirmed.
    token: str = field(default_factory=secrets.token_urlsafe)
    received_at: datetime | None = None
    public_text: str | None = None
    phone_confirmed_at: datetime | None = None
    email_confirmed_at: datetime | None = None


@overload
def receive(incoming: IncomingReport) -> Report: ...
@overload
def receive(incoming: IncomingReport, sender: Sender | None) -> Report | HeldReport: ...
def receive(incoming: IncomingReport, sender: Sender | None = None) -> Report | HeldReport:
    """Take a report in. Returns it; `report.incident` is the incident that it made or joined.

    Behind it, in one transaction: the areas of the place on this day, the authority with its reasons, the due
    dates, the new incident or the joined one, the history, the jobs that tell people and fetch camera pictures.
    The same `sending` again gives the report that it made the first time. Raises ReportRefused.

    `sender`: a stranger, who is believed step by step. Who sends too much, or words that are watched, gets a
    HeldReport: it is stored whole, and `let_through` makes the report of it when somebody has looked. Who is blocked is
    refused, unless it is urgent.
    """
    reasons = reasons_by_limits(incoming, sender) if sender else []
    try:
        with database.prepared_statements(), transaction.atomic():
            asked = questions_about(incoming, sender)
            marks, known, number, held, block, watched = sql.execute("comes_in", **asked)[0]
            if known:
                return Report.objects.get(pk=known)
            if held:
                return HeldReport.objects.get(pk=held)
            if sender and block and not incoming.category.emergency:
                raise ReportRefused("block", blocking.sentence_of(block))
            if sender and (reasons or watched):
                return hold_report(incoming, sender, reasons + ["words"] * watched)
            return store_report(incoming, rulebook.read_rulebook(marks), number, sender)
    except IntegrityError:
        # The same form sent twice at once: the other one was first.
        report = first_sent(incoming.sending)
        if report is None:
            raise
        return report


def reasons_by_limits(incoming, sender):
    """Why the limits hold a report. Asked ahead of the transaction: who asks for the same buckets must not wait."""
    contact = incoming.phone or incoming.email or incoming.zalo
    asks = tokens_of_report(sender, incoming.category, incoming.place, contact, len(incoming.pictures))
    return reasons_to_hold(limits.take(*asks), puzzle_solved=sender.puzzle_solved)


def questions_about(incoming, sender):
    """What `comes_in.sql` asks for."""
    named = {"phone": incoming.phone, "email": incoming.email, "zalo": incoming.zalo}
    addresses = sender.addresses(**named) if sender else []
    return {
        "sending": incoming.sending,
        "new": incoming.join is None,
        "sender": [digest for kind, value in addresses for digest in blocking.digests_of(kind, value)],
        "words": f" {plain(incoming.text)} " if sender else "",
    }


def first_sent(sending: UUID) -> Report | HeldReport | None:
    """The report that was made of a sending, or is held; None for none."""
    report = Report.objects.filter(sending=sending).first()
    return report or HeldReport.objects.filter(sending=sending).first()


def checked_text(incoming):
    """The text as it is stored. Raises ReportRefused where it is too long."""
    text = tidy(incoming.text)
    if len(text) > TEXT_MAX:
        raise ReportRefused(
            "text",
            _("Please shorten the text to %(limit)d characters; it has %(length)d.")
            % {"limit": TEXT_MAX, "length": len(text)},
        )
    return text


def checked_place(incoming):
    """Where it lies. Raises ReportRefused where that is not in the city."""
    try:
        return incoming.located or geocode.locate(incoming.place)
    except geocode.OutsideTheCity:
        raise ReportRefused("place", _("This place lies outside the city. Move the pin into it.")) from None


def hold_report(incoming, sender, reasons):
    """Hold a report that could be taken in; what is wrong with it is said as it always is."""
    text, located = checked_text(incoming), checked_place(incoming)
    if incoming.category.parent_id is None:
        raise ReportRefused("category", _("Choose what it is about."))
    return holding.hold_report(incoming, sender, reasons=reasons, text=text, area=located.area)


@transaction.atomic
def let_through(held: HeldReport, *, by: User, public_text: str | None = None, show_photos: bool = True) -> Report:
    """Take in a held report after somebody has looked at it; its link stays. Raises AlreadyDecided, ReportRefused.

    `public_text`: what everybody reads of its words; None: the words without contacts. `show_photos`: whether the
    photos may be shown, as far as the sender wants it.
    """
    held = holding.decide(held, HeldReport.State.THROUGH, by=by)
    fields = {name: getattr(held, name) for name in holding.COPIED} | {"join": holding.joined_incident(held)}
    more = ("text", "token", "phone_confirmed_at", "email_confirmed_at")
    fields |= {name: getattr(held, name) for name in more}
    fields["pictures_public"] = held.pictures_public and show_photos
    report = receive(
        IncomingReport(**fields, pictures=holding.pictures_of(held), received_at=held.held_at, public_text=public_text)
    )
    if public_text is not None and public_text != without_contacts(report.text):
        publishing.record_covering(report.incident, by, publishing.WORDS)
    delete_held_photos(held)
    HeldReport.objects.filter(pk=held.pk).update(report=report)
    return report


def store_report(incoming, book, number, sender=None):
    """Take in what is not here yet, by the rules of the book; `number` is the one of a new incident."""
    text, located = checked_text(incoming), checked_place(incoming)
    shown, address = incoming.public_text, tidy(incoming.address or "")[:200]
    if shown is None:
        shown = without_contacts(text)
    confirmed, at = sender.confirmed if sender else (), now()
    by_person = incoming.by is not None  # who took it down has heard the number from its owner
    if incoming.join:
        incident, why = join_incident(incoming.join), {}
    else:
        incident, why = build_incident(incoming, located, shown, book, number)
    report = Report.objects.create(
        incident=incident,
        channel=incoming.channel,
        sending=incoming.sending,
        text=text,
        public_text=shown,
        place=incoming.place,
        address=address,
        accuracy_m=incoming.accuracy_m,
        phone=incoming.phone,
        email=incoming.email,
        zalo=incoming.zalo,
        language=incoming.language,
        token=incoming.token,
        received_at=incoming.received_at or at,
        notice_version=incoming.notice_version,
        phone_confirmed_at=at if by_person or incoming.phone in confirmed else incoming.phone_confirmed_at,
        email_confirmed_at=at if by_person or incoming.email in confirmed else incoming.email_confirmed_at,
    )
    said = {"by": incoming.by, "note": shown}
    with photos.storing_photos(incoming.pictures, incident=incident, report=report, public=incoming.pictures_public):
        if incoming.join:
            timeline.record(incident, Event.Kind.JOINED, **said)
        else:
            timeline.write_lines(
                incident,
                timeline.Line(Event.Kind.RECEIVED, **said),
                timeline.Line(Event.Kind.ASSIGNED, authority=incident.authority, **why),
                asked=[],
                jobs=capture_jobs(incident),
            )
    return report


def capture_jobs(incident):
    """The job that captures what cameras see of a new incident, where they may look: [(name, arguments)]."""
    job = "cameras.capture_evidence", {"incident_id": incident.pk, "moment": "reported"}
    return [job] if incident.category.cameras else []


def build_incident(incoming, located, text, book, number):
    """A new incident at the place, saved, and what the line of its assignment says: its reasons and receipt."""
    category, start = incoming.category, localtime(now())
    if category.parent_id is None:
        raise ReportRefused("category", _("Choose what it is about."))
    way, where = rules.find_route(category, located, book), public_place_name(incoming)
    dates = service_levels.current_rules(book).dates(category, Severity.NORMAL, way.authority.pk, start)
    incident = Incident(
        reference=format_reference(start, number),
        category=category,
        state=Incident.State.ASSIGNED if way.by_rule else Incident.State.RECEIVED,
        place=incoming.place,
        accuracy_m=incoming.accuracy_m,
        address=where.name,
        near=where.near,
        area=located.area,
        authority=way.authority,
        text=text,
        published=category.publishes(Category.Publish.AT_ONCE),
        received_at=start,
        changed_at=start,
        accept_by=dates.accept_by,
        due_at=dates.due_at,
        due_date_trace=dates.due_date_trace,
    )
    ladder.set_next_check(incident, start, book)
    incident.save()
    return incident, {
        "reasons": [*way.reasons, *record_vague_place(incident, incoming, located)],
        "receipt": way.receipt,
    }


def record_vague_place(incident, incoming, located):
    """Store how much of the circle of doubt lies in each area where a border runs through it. Returns the reasons.

    The rule is the same as for an exact place: the area in which the point lies answers. Its neighbours are told.
    """
    metres = incoming.accuracy_m or 0
    near = any(neighbour.metres < metres for neighbour in located.neighbours)
    if incoming.ward_named or not (near or metres > geocode.NEAR):
        return []
    shares = uncertainty.area_shares(incoming.place, metres)
    if not shares:
        return []
    uncertainty.store_shares(incident, shares)
    others = [area for area, _share in shares if area != incident.area]
    said = {"metres": round(metres), "others": lambda: ", ".join(area.title for area in others)}
    return [rules.in_both_languages(POINT_DECIDES, **said)]


def public_place_name(incoming):
    """What everybody may read of where it is: the reporter's words, else what names the pin."""
    if incoming.address is not None:
        return geocode.NamedPlace(without_contacts(incoming.address)[:200])
    return geocode.named_place(incoming.place)


def join_incident(incident):
    """The incident, locked and with one more report, if it is still open. Raises ReportRefused."""
    incident = Incident.objects.lock(incident.pk)
    if not incident.is_open:
        raise ReportRefused("join", _("That incident is closed by now. Send yours as a new one."))
    incident.reports_count += 1
    incident.changed_at = now()
    incident.save(update_fields=["reports_count", "changed_at"])
    return incident


def next_reference(day: date) -> str:
    """The reference of one more incident; numbers are never given twice."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('incident_serial')")
        return format_reference(day, cursor.fetchone()[0])


def format_reference(day, number):
    """`2611-40873`: year, month, and a number that is never given twice."""
    return f"{day:%y%m}-{number:05d}"


def incidents_close_by(incidents: IncidentQuerySet, category: Category, place: Point) -> IncidentQuerySet:
    """Those of the incidents that may be this one: open, of the same group, within 60 m, nearest first."""
    degrees = geocode.degrees_of_metres(CLOSE_BY_M, place.y)
    return (
        incidents.open()
        .filter(category__parent=category.parent_id, place__intersects=place.buffer(degrees))
        .annotate(distance=Distance("place", place))
        .filter(distance__lte=D(m=CLOSE_BY_M))
        .order_by("distance", "pk")
    )
