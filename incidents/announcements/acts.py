"""Issue, correct, end and take back announcements of a unit to people near a place.

Lines (`AnnouncementLine`) are never updated: each act adds one, is written into the history of the incident and the
control room's log, and is sent to followers of the place once it can no longer be taken back. See docs/adr/0057.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.contrib.gis.geos import MultiPolygon, Point
from django.db import transaction
from django.utils import translation
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _

from geoapp.db import locks
from gis_data.addresses.geocode import circle_around
from gis_data.models import Area
from gis_data.words import tidy
from incidents import access, timeline
from incidents.announcements import periods
from incidents.models import Announcement, AnnouncementLine, Event, Incident, Membership, User
from incidents.models.announcements import EVERY_DAY, LONGEST, RADII_M, WORDS_MAX
from incidents.wording import day_and_time

Kind, LineKind = Announcement.Kind, AnnouncementLine.Kind
RADII, RADIUS = (100, 300, 500, 1000, 2000), 500  # metres: what is offered, and what is taken if nobody chooses
OFFERED_S = 10  # so long a page offers to take it back
WITHIN = timedelta(seconds=15)  # so long it is taken back
HELD = WITHIN + timedelta(seconds=5)  # then who follows is told


@dataclass(frozen=True)
class KindRow:
    """A kind of announcement: sign, usual duration, whether it is sent at once, and its Common Alerting Protocol
    classes.
    """

    icon: str
    hours: int
    urgent: bool
    category: str
    urgency: str
    severity: str
    certainty: str


KINDS: dict[str, KindRow] = {
    Kind.FLOOD: KindRow("c-flood", 6, urgent=True, category="Met",
                        urgency="Immediate", severity="Moderate", certainty="Observed"),
    Kind.CLOSED_ROAD: KindRow("c-sign", 24, urgent=False, category="Transport",
                              urgency="Expected", severity="Minor", certainty="Observed"),
    Kind.OUTAGE: KindRow("c-power", 12, urgent=False, category="Infra",
                         urgency="Expected", severity="Minor", certainty="Likely"),
    Kind.FIRE: KindRow("c-fire", 3, urgent=True, category="Fire",
                       urgency="Immediate", severity="Severe", certainty="Observed"),
    Kind.WORKS: KindRow("c-build", 72, urgent=False, category="Infra",
                        urgency="Future", severity="Minor", certainty="Likely"),
    Kind.HEALTH: KindRow("i-heart", 72, urgent=False, category="Health",
                         urgency="Expected", severity="Moderate", certainty="Likely"),
    Kind.OTHER: KindRow("i-info", 24, urgent=False, category="Other",
                        urgency="Unknown", severity="Unknown", certainty="Unknown"),
}  # fmt: skip


class NotAnnounced(ValueError):
    """The announcement is invalid; `faults`: messages by field."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = faults


class TooLate(Exception):
    """The announcement can no longer be changed: the time is over, or another line was added since; the message says
    which.
    """


@dataclass(frozen=True)
class Wording:
    """Text of an announcement, and the time span in which it is valid; of planned works also title and hours."""

    text: str
    until: datetime
    starts_at: datetime | None = None  # None: now
    text_en: str = ""
    title: str = ""
    title_en: str = ""
    hours: tuple[time, time] | None = None  # None: day and night
    weekdays: str = EVERY_DAY


@dataclass(frozen=True)
class Reach:
    """Where an announcement applies: a ward, or a named circle around a point (EPSG:4326)."""

    area: Area | None = None
    middle: Point | None = None
    radius_m: int = 0
    name: str = ""
    name_en: str = ""  # where it differs

    @property
    def place(self) -> Point:
        """A point of the ward or circle (EPSG:4326)."""
        point = self.area.label_point if self.area else self.middle
        if point is None:
            raise ValueError("neither a ward nor a circle")
        return point

    @property
    def shape(self) -> MultiPolygon:
        if self.area:
            return self.area.shape
        return MultiPolygon(circle_around(self.place, self.radius_m), srid=4326)

    def as_columns(self) -> dict[str, Any]:
        if self.area:
            names = {"place_name": self.area.full_name, "place_name_en": self.area.full_name_en}
            return {"area_code": self.area.code, "reach": self.shape} | names
        where = {"middle": self.middle, "radius_m": self.radius_m, "reach": self.shape}
        name = self.name[:200] or coordinates_in_words(self.place)
        return where | {"place_name": name, "place_name_en": self.name_en[:200]}


def coordinates_in_words(place: Point) -> str:
    return f"{place.y:.5f}, {place.x:.5f}"


@transaction.atomic
def issue(kind: str, reach: Reach, wording: Wording, *, by: User, incident: Incident | None = None) -> AnnouncementLine:
    """Issue an announcement and return its line. Raises NotAnnounced, also where no post of this user reaches the
    place.
    """
    at = now()
    post, faults = choose_post(by, reach, incident), find_faults(wording, at) | find_faults_of_reach(reach)
    if kind not in KINDS:
        faults["kind"] = _("Choose what it is about.")
    if post is None and (reach.area or reach.middle):
        faults["where"] = _("Your post does not cover this place.")
    if faults or post is None:
        raise NotAnnounced(faults)
    about = {"kind": kind, "unit": post.authority, "incident": incident}
    announcement = Announcement.objects.create(**about, **reach.as_columns())
    return write_line(announcement, LineKind.ISSUED, by=by, at=at, wording=wording)


@transaction.atomic
def correct(announcement: Announcement, wording: Wording, *, by: User, seen: int) -> AnnouncementLine:
    """Replace the wording. `seen`: key of the line that the user read. Raises NotAnnounced, TooLate."""
    at, standing = now(), lock_standing(announcement, seen)
    if faults := find_faults(wording, at, before=standing):
        raise NotAnnounced(faults)
    same = (wording.text, wording.text_en, wording.until) == (standing.text, standing.text_en, standing.until)
    if same and wording.starts_at in (None, standing.starts_at):
        raise NotAnnounced({"text": _("Nothing was changed.")})
    starts_at = wording.starts_at or standing.starts_at
    wording = Wording(wording.text, wording.until, starts_at=starts_at, text_en=wording.text_en)
    return write_line(announcement, LineKind.CORRECTED, by=by, at=at, wording=wording)


@transaction.atomic
def end(announcement: Announcement, *, by: User, seen: int) -> AnnouncementLine:
    """End an announcement early. `seen`: as in `correct`. Raises TooLate."""
    at, standing = now(), lock_standing(announcement, seen)
    last = wording_of(standing) | {"starts_at": min(standing.starts_at, at), "until": at}
    line = AnnouncementLine(announcement=announcement, kind=LineKind.ENDED, by=by, at=at, **last)
    return write_history(line)


@transaction.atomic
def take_back(line: AnnouncementLine, *, by: User, at: datetime | None = None) -> AnnouncementLine:
    """Withdraw the user's latest line: the line before is valid again and nothing is sent. Raises TooLate."""
    locks.hold(locks.Lock.ANNOUNCEMENTS)
    moment = at or now()
    if line.by_id != by.pk or line.kind == LineKind.TAKEN_BACK or moment > line.at + WITHIN:
        raise TooLate(_("It is too late to undo this."))
    if not AnnouncementLine.objects.standing().filter(pk=line.pk).exists():
        raise TooLate(_("Somebody has since continued with it: it cannot be undone."))
    new_line = AnnouncementLine(
        announcement=line.announcement, kind=LineKind.TAKEN_BACK, by=by, at=moment, takes_back=line, **wording_of(line)
    )
    incident = line.announcement.incident
    if incident and line.event:
        event = timeline.record(
            incident, Event.Kind.UNDONE, by=by, authority=line.announcement.unit, at=moment,
            receipt={"undoes": line.event}, public=incident.published,
        )  # fmt: skip
        new_line.event = event.pk
    return store_line(new_line)


def wording_of(line: AnnouncementLine) -> dict[str, Any]:
    """Return the columns that a line which changes nothing of it has as well."""
    names = ("title", "title_en", "text", "text_en", "starts_at", "until", "urgent", "planned")
    return {name: getattr(line, name) for name in (*names, "hours_from", "hours_to", "weekdays")}


def choose_post(by: User, reach: Reach, incident: Incident | None) -> Membership | None:
    if not reach.area and reach.middle is None:
        return None
    posts = access.announcing_posts(by, reach.place, incident.category if incident else None)
    of_unit = [post for post in posts if incident and post.authority_id == incident.authority_id]
    return next(iter([*of_unit, *posts]), None)


def find_faults(wording: Wording, at: datetime, before: AnnouncementLine | None = None) -> dict[str, str]:
    """Validation messages by field. `before`: the line that is corrected, which may have begun already."""
    faults, starts_at = {}, wording.starts_at or (before.starts_at if before else at)
    for name, text in (("text", wording.text), ("text_en", wording.text_en)):
        if len(text) > WORDS_MAX:
            faults[name] = _("Too long: at most %(most)s characters.") % {"most": WORDS_MAX}
    if not wording.text:
        faults["text"] = _("Write what people should know.")
    if starts_at > at + LONGEST:
        faults["starts_at"] = _("It begins within seven days.")
    elif wording.until <= max(starts_at, at):
        faults["until"] = _("The end is before the beginning, or has already passed.")
    elif wording.until - starts_at > LONGEST:
        faults["until"] = _("An announcement can last at most seven days.")
    return faults


def find_faults_of_reach(reach: Reach) -> dict[str, str]:
    if reach.area:
        return {}
    if reach.middle is None:
        return {"where": _("Tell us where it is: move the pin, or enter the name of the ward.")}
    if not RADII_M[0] <= reach.radius_m <= RADII_M[1]:
        return {"radius": _("Choose how far it reaches.")}
    return {}


def lock_standing(announcement: Announcement, seen: int) -> AnnouncementLine:
    """The valid line, locked, so that concurrent acts wait. Raises TooLate where `seen` is another line."""
    locks.hold(locks.Lock.ANNOUNCEMENTS)
    standing = AnnouncementLine.objects.standing().filter(announcement=announcement).first()
    if standing is None or standing.is_over():
        raise TooLate(_("This announcement has ended."))
    if standing.pk != seen:
        raise TooLate(_("Somebody has changed it in the meantime: check it again."))
    return standing


def write_line(announcement: Announcement, kind: str, *, by: User, at: datetime, wording: Wording) -> AnnouncementLine:
    line = AnnouncementLine(
        announcement=announcement, kind=kind, by=by, at=at, text=tidy(wording.text), text_en=tidy(wording.text_en),
        starts_at=wording.starts_at or at, until=wording.until,
        urgent=KINDS[announcement.kind].urgent or announcement.emergency_id is not None,
    )  # fmt: skip
    return write_history(line)


def write_history(line: AnnouncementLine) -> AnnouncementLine:
    """Store a line that the public sees, with one in the history of its incident."""
    announcement = line.announcement
    if announcement.incident:
        with translation.override(settings.LANGUAGE_CODE):
            note = line_in_words(line)
        event = timeline.record(
            announcement.incident, Event.Kind.ANNOUNCED, by=line.by, authority=announcement.unit, note=note, at=line.at,
            public=announcement.incident.published,
        )  # fmt: skip
        line.event = event.pk
    return store_line(line)


def store_line(line):
    line.save(force_insert=True)
    timeline.defer_jobs(("cameras.log_announcement", {"line_id": line.pk}))
    if line.kind != LineKind.TAKEN_BACK:
        timeline.defer_jobs(("incidents.tell_announcement", {"line_id": line.pk}), after=HELD)
    return line


def line_in_words(line: AnnouncementLine) -> str:
    """`Flooding, 12 Harbour Road: … (until 18:00 28/11)`; corrected and ended lines say so first."""
    about = line.announcement
    sentence = f"{about.get_kind_display()}, {about.place_title}: {line.brief}"
    if line.kind in (LineKind.ENDED, LineKind.CORRECTED):
        sentence = f"{line.get_kind_display()}: {sentence}"
    if line.kind == LineKind.ENDED:
        return sentence
    return f"{sentence} ({line_times(line)})"


def line_times(line: AnnouncementLine) -> str:
    """`until 18:00 28/11`, with the beginning where it was in the future when the line was written.

    Of planned works their whole period: `23/11–05/12, 22:00–05:00`.
    """
    if line.planned:
        return periods.period_in_words(line)
    starts_at, until = (f"{localtime(moment):%H:%M %d/%m}" for moment in (line.starts_at, line.until))
    return time_in_words(starts_at if line.starts_at > line.at else "", until)


def until_in_words(line: AnnouncementLine) -> str:
    """`until 18:00 today`, or `from … until …` where it has not begun; of planned works their whole period."""
    if line.planned:
        return periods.period_in_words(line)
    begins = day_and_time(line.starts_at) if line.starts_at > now() else ""
    return time_in_words(begins, day_and_time(line.until))


def time_in_words(begins: str, ends: str) -> str:
    if begins:
        return _("from %(start)s until %(end)s") % {"start": begins, "end": ends}
    return _("until %(end)s") % {"end": ends}


def default_end(kind: str, starts_at: datetime) -> datetime:
    until = localtime(starts_at + timedelta(hours=KINDS[kind].hours))
    return until.replace(minute=until.minute // 15 * 15, second=0, microsecond=0)


def suggest_kind(incident: Incident | None) -> str:
    by_icon = {row.icon: kind for kind, row in KINDS.items()} | {"c-smoke": Kind.FIRE, "c-leak": Kind.OUTAGE}
    return by_icon.get(incident.category.icon, Kind.OTHER) if incident else Kind.FLOOD


def announcements_near(shape: Any, *, besides: Iterable[int] = ()) -> list[AnnouncementLine]:
    return list(AnnouncementLine.objects.shown().meeting(shape).exclude(announcement__in=list(besides))[:5])
