"""The one door through which reports enter."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple, overload
from uuid import UUID, uuid4

from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point
from django.contrib.gis.measure import D
from django.db import IntegrityError, transaction
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geoapp.db import connections
from geoapp.http import rate_limits
from geoapp.http.rate_limits import Ask
from gis_data.addresses import geocode
from gis_data.models import Area
from gis_data.words import plain, tidy
from incidents import photos, rulebook, sql, timeline
from incidents.audit.words import words_receipt
from incidents.casework import merging
from incidents.casework.numbers import format_reference
from incidents.deadlines import ladder, service_levels
from incidents.disclosure import publishing
from incidents.disclosure.held import delete_held_photos
from incidents.models import Category, Event, HeldReport, Incident, Report, Severity, User
from incidents.models.incident import IncidentQuerySet
from incidents.redaction import without_contacts
from incidents.reporting import blocking, holding, remote_photos, uncertainty
from incidents.reporting.sender import WITHHELD, Sender, is_only_received, reasons_to_hold, tokens_of_report
from incidents.routing import rules

TEXT_MAX = 4000
CLOSE_BY_M = 60.0  # metres in which an open incident of the same field may be the same one
LOOK_FIRST = gettext_noop(
    "Many urgent reports came from the same sender: everybody sees this one once a person has looked at it."
)
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
    """A report as a channel hands it over: translated only, and checked by `receive`."""

    channel: str
    category: Category
    place: Point  # EPSG:4326
    located: geocode.Located | None = None  # where it lies, if that was looked up already
    named: geocode.NamedPlace | None = None  # what names the place, if that was looked up already
    text: str = ""
    accuracy_m: float | None = None
    ward_named: bool = False  # the reporter said which ward it is: only where in it is vague
    address: str | None = None  # in the reporter's words; None: the streets nearby say it
    phone: str = ""
    email: str = ""
    chat: str = ""  # where the sender chats with the city: Correspondent.user
    language: str = "vi"
    pictures: list = field(default_factory=list)
    pictures_public: bool = True
    media_urls: list = field(default_factory=list)  # where photos lie with another system: fetched by a job
    answers: list = field(default_factory=list)  # as `questions.check_answers` gives them
    join: Incident | None = None  # "it is this one"
    sending: UUID = field(default_factory=uuid4)
    by: User | None = None  # the operator who took it down
    severity: str = Severity.NORMAL  # of a new incident, where a person has asked
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
    return receive_or_hold(incoming, sender, reasons_by_limits(incoming, sender) if sender else [])


def receive_or_hold(incoming: IncomingReport, sender: Sender | None, reasons: list[str]) -> Report | HeldReport:
    """As `receive`, after the limits were asked: `reasons` are those for which they hold it.

    What is WITHHELD is taken in: only the public does not see it before a person has looked.
    """
    withheld = WITHHELD in reasons
    reasons = [reason for reason in reasons if reason != WITHHELD]
    try:
        with connections.prepared_statements(), transaction.atomic():
            facts = ask_facts(incoming, sender)
            there = stored_before(facts) or refused_or_held(incoming, sender, reasons, facts)
            if there is not None:
                return there
            book = rulebook.read_rulebook(facts.marks)
            new = build_report(incoming, book, facts, sender, withheld=withheld)
            store_report(new)
            return new.report
    except IntegrityError:
        # The same form sent twice at once: the other one was first.
        report = first_sent(incoming.sending)
        if report is None:
            raise
        return report


def preview_report(incoming: IncomingReport) -> "NewReport":
    """What `receive` would store of a report, as far as it is new: nothing is stored, and no number is used up.

    Raises ReportRefused.
    """
    with connections.prepared_statements(), transaction.atomic():
        facts = Facts(*sql.execute("comes_in", **questions_about(incoming, None) | {"new": False})[0])
        return build_report(incoming, rulebook.read_rulebook(facts.marks), facts._replace(number=0), None)


class Facts(NamedTuple):
    """What the database knows of a report that comes in: a row of `comes_in.sql`.

    `marks`: of the rules; `known`, `held`: the keys of what was made of the same sending; `number`: for a reference;
    `incident`, `report`: keys for its rows; `block`: the key of one that its sender is under; `watched`: whether words
    of it are watched.
    """

    marks: str
    known: int | None
    held: int | None
    number: int | None
    incident: int | None
    report: int | None
    block: int | None
    watched: bool


def ask_facts(incoming, sender):
    return Facts(*sql.execute("comes_in", **questions_about(incoming, sender))[0])


def stored_before(facts):
    """What was made of the same sending before, or None."""
    if facts.known:
        return Report.objects.get(pk=facts.known)
    return HeldReport.objects.get(pk=facts.held) if facts.held else None


def refused_or_held(incoming, sender, reasons, facts):
    """The HeldReport of what has to be looked at first; else None. Raises ReportRefused for who is blocked."""
    if sender and facts.block and not incoming.category.emergency:
        raise ReportRefused("block", blocking.sentence_of(facts.block))
    if sender and (reasons or facts.watched):
        return hold_report(incoming, sender, reasons + ["words"] * facts.watched)
    return None


def reasons_by_limits(incoming, sender):
    """Why the limits hold a report. Asked ahead of the transaction: who asks for the same buckets must not wait."""
    reasons = reasons_to_hold(rate_limits.take(*asks_of(incoming, sender)), puzzle_solved=sender.puzzle_solved)
    return reasons + ["surge"] * is_only_received(sender, incoming.category)


def asks_of(incoming: IncomingReport, sender: Sender) -> list[Ask]:
    """The tokens that a report of this sender takes."""
    contact = incoming.phone or incoming.email or incoming.chat
    return tokens_of_report(sender, incoming.category, incoming.place, contact, len(incoming.pictures))


def questions_about(incoming: IncomingReport, sender: Sender | None) -> dict:
    """What `comes_in.sql` asks for."""
    named = {"phone": incoming.phone, "email": incoming.email, "chat": incoming.chat}
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
    text, area = checked_words_and_area(incoming)
    return holding.hold_report(incoming, sender, reasons=reasons, text=text, area=area)


def checked_words_and_area(incoming: IncomingReport) -> tuple[str, Area]:
    """The text as it is stored, and the area of the place. Raises ReportRefused for what could not be taken in."""
    text, located = checked_text(incoming), checked_place(incoming)
    if incoming.category.parent_id is None:
        raise ReportRefused("category", _("Choose what it is about."))
    return text, located.area


@transaction.atomic
def let_through(
    held: HeldReport, *, by: User | None, public_text: str | None = None, show_photos: bool = True
) -> Report:
    """Take in a held report after somebody has looked at it; its link stays. Raises AlreadyDecided, ReportRefused.

    `by` None: nobody had to look, for it was only received (`incidents.reporting.surge`).

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
    if by and public_text is not None and public_text != without_contacts(report.text):
        publishing.record_covering(report.incident, by, publishing.WORDS)
    delete_held_photos(held)
    HeldReport.objects.filter(pk=held.pk).update(report=report)
    return report


@dataclass
class NewReport:
    """A report that is to be stored, whole: with its incident and what the history says first.

    `joins`: the incident is there already. `shares`: how much of the circle of doubt lies in each area, if in several.
    """

    incident: Incident
    report: Report
    lines: list[timeline.Line]
    joins: bool = False
    shares: list = field(default_factory=list)
    pictures: list = field(default_factory=list)
    pictures_public: bool = True
    media_urls: list = field(default_factory=list)

    @property
    def is_plain(self) -> bool:
        """Whether it is rows with known keys and nothing more, so that it can be stored with others at once."""
        return not (self.joins or self.shares or self.pictures or self.media_urls)


def build_report(
    incoming: IncomingReport,
    book: rulebook.Rulebook,
    facts: Facts,
    sender: Sender | None = None,
    *,
    withheld: bool = False,
) -> "NewReport":
    """What is to be stored of a report, by the rules of the book. An incident that it joins is locked and counts it.

    `withheld`: a new incident is not shown in public before a person has looked.
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
        pk=facts.report,
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
        chat=incoming.chat,
        answers=incoming.answers,
        language=incoming.language,
        token=incoming.token,
        received_at=incoming.received_at or at,
        notice_version=incoming.notice_version,
        phone_confirmed_at=at if by_person or incoming.phone in confirmed else incoming.phone_confirmed_at,
        email_confirmed_at=at if by_person or incoming.email in confirmed else incoming.email_confirmed_at,
    )
    kind = Event.Kind.JOINED if incoming.join else Event.Kind.RECEIVED
    came_in = timeline.Line(kind, by=incoming.by, note=shown, receipt=words_receipt(report))
    return NewReport(
        incident,
        report,
        [came_in, *lines],
        joins=bool(incoming.join),
        shares=shares,
        pictures=incoming.pictures,
        pictures_public=incoming.pictures_public,
        media_urls=incoming.media_urls,
    )


def store_report(new):
    """Store a report in the caller's transaction, which ends after it."""
    if new.is_plain:
        with connections.open_pipeline() as pipeline:
            store_plain_reports(pipeline, [new])
    else:
        store_step_by_step(new)


def store_plain_reports(pipeline: connections.Pipeline, news: Sequence[NewReport]) -> None:
    """Store reports that are plain, however many, by statements that the pipeline is given.

    Two transactions that store the same reports, sent to both, wait for one another in one order only.
    """
    pipeline.insert([new.incident for new in news])
    pipeline.insert(sorted((new.report for new in news), key=attrgetter("sending")))
    timeline.write_first_lines(pipeline, [(new.incident, new.lines, capture_jobs(new.incident)) for new in news])


def store_step_by_step(new):
    """Store a report of any kind; of one that is plain the same rows come as by `store_plain_reports`."""
    incident, report = new.incident, new.report
    if not new.joins:
        incident.save(force_insert=True)
        if new.shares:
            uncertainty.store_shares(incident, new.shares)
    report.save(force_insert=True)
    with photos.storing_photos(new.pictures, incident=incident, report=report, public=new.pictures_public):
        jobs = remote_photos.store_addresses(report, new.media_urls, public=new.pictures_public)
        more = {"jobs": jobs} if new.joins else {"asked": [], "jobs": [*jobs, *capture_jobs(incident)]}
        timeline.write_lines(incident, *new.lines, **more)


def capture_jobs(incident):
    """The job that captures what cameras see of a new incident, where they may look: [(name, arguments)]."""
    job = "cameras.capture_evidence", {"incident_id": incident.pk, "moment": "reported"}
    return [job] if incident.category.cameras else []


def build_incident(incoming, located, text, book, facts):
    """A new incident at the place, unsaved, and what the line of its assignment says: its reasons and receipt."""
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
    """How much of the circle of doubt lies in each area, where a border runs through it; else []."""
    metres = incoming.accuracy_m or 0
    near = any(neighbour.metres < metres for neighbour in located.neighbours)
    if incoming.ward_named or not (near or metres > geocode.NEAR):
        return []
    return uncertainty.area_shares(incoming.place, metres)


def vague_reasons(incoming, located, shares):
    """What the history says of a circle of doubt that lies in several areas.

    The rule is the same as for an exact place: the area in which the point lies answers. Its neighbours are told.
    """
    if not shares:
        return []
    others = [area for area, _share in shares if area != located.area]
    said = {"metres": round(incoming.accuracy_m or 0), "others": lambda: ", ".join(area.title for area in others)}
    return [rules.in_both_languages(POINT_DECIDES, **said)]


def public_place_name(incoming):
    """What everybody may read of where it is: the reporter's words, else what names the pin."""
    if incoming.address is not None:
        return geocode.NamedPlace(without_contacts(incoming.address)[:200])
    return incoming.named or geocode.named_place(incoming.place)


def join_incident(incident):
    """The incident, locked and with one more report, if it is still open. Raises ReportRefused."""
    incident = Incident.objects.lock(merging.standing_incident(incident).pk)
    if not incident.is_open:
        raise ReportRefused("join", _("That incident is closed by now. Send yours as a new one."))
    incident.reports_count += 1
    incident.changed_at = now()
    incident.save(update_fields=["reports_count", "changed_at"])
    return incident


def incidents_close_by(
    incidents: IncidentQuerySet, category: Category, place: Point, *, metres: float = CLOSE_BY_M
) -> IncidentQuerySet:
    """Those of the incidents that may be this one: open, of the same group, within 60 m, nearest first."""
    return open_incidents_around(incidents, place, metres=metres).filter(category__parent=category.parent_id)


def open_incidents_around(incidents: IncidentQuerySet, place: Point, *, metres: float) -> IncidentQuerySet:
    """The open ones within so many metres of a place (EPSG:4326), nearest first; each knows its `distance`."""
    degrees = geocode.degrees_of_metres(metres, place.y)
    return (
        incidents.open()
        .filter(place__intersects=place.buffer(degrees))
        .annotate(distance=Distance("place", place))
        .filter(distance__lte=D(m=metres))
        .order_by("distance", "pk")
    )
