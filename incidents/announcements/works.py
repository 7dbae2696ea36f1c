"""Announce planned works: for wards, a drawn area or streets, over months; in more than one ward by two people.

What reaches one ward is public at once. Wider works are proposed, and public once a second person has read them; so are
their corrections. PostgreSQL refuses everything else (`sql/guards/announcements.sql`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.contrib.gis.geos import GeometryCollection, GEOSException, LineString, MultiPolygon, Polygon
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import gettext as _

from geoapp.db import locks
from gis_data import city, policies
from gis_data.models import Area, AreaPiece, Level, Street
from gis_data.words import plain, tidy
from incidents import access, timeline
from incidents.announcements import acts as announcement_acts
from incidents.announcements.acts import NotAnnounced, TooLate, Wording
from incidents.announcements.notices import INTERIORS_MEET
from incidents.models import Announcement, AnnouncementLine, AnnouncementPicture, AnyUser, User
from incidents.models.announcements import LONGEST_WORKS, TITLE_MAX, WORKS_WORDS_MAX
from incidents.photos import Picture, random_file_name

Kind, LineKind = Announcement.Kind, AnnouncementLine.Kind
KINDS = (Kind.WORKS, Kind.CLOSED_ROAD, Kind.OUTAGE, Kind.HEALTH, Kind.OTHER)
STREETS_MAX, CORNERS_MAX, PICTURES_MAX = 20, 300, 6
BESIDE_M = 20  # metres: so far works in a street reach to both sides
REMINDED_BEFORE = timedelta(hours=1)


@dataclass(frozen=True)
class WorksReach:
    """Where planned works are: the wards of today that they meet, their area (EPSG:4326), and what it is called."""

    wards: tuple[Area, ...]
    shape: MultiPolygon
    name: str
    name_en: str = ""

    @property
    def codes(self) -> list[str]:
        return [ward.code for ward in self.wards]

    def as_columns(self) -> dict[str, Any]:
        names = {"place_name": self.name[:200], "place_name_en": self.name_en[:200]}
        return {"planned": True, "area_codes": self.codes, "reach": self.shape} | names


class InvalidArea(ValueError):
    """The area of the works cannot be drawn; the message says why."""


def todays_wards(codes: Iterable[str]) -> list[Area]:
    wards = Area.objects.on(localdate()).filter(level=Level.WARD, code__in=list(codes))
    return list(wards.order_by("code"))


def wards_meeting(shape: MultiPolygon) -> list[Area]:
    pieces = AreaPiece.objects.filter(area=OuterRef("pk"), shape__bboverlaps=shape)
    wards = Area.objects.on(localdate()).filter(level=Level.WARD)
    return list(wards.filter(Exists(pieces.filter(shape__relate=(shape, INTERIORS_MEET)))).order_by("code"))


def reach_of_wards(wards: Sequence[Area], name: str = "", name_en: str = "") -> WorksReach:
    vi, en = (name, name_en) if name else names_of_wards(wards)
    return WorksReach(tuple(wards), shape=merge([ward.shape for ward in wards]), name=vi, name_en=en)


def reach_of_shape(shape: MultiPolygon, within: Sequence[Area] = (), name: str = "", name_en: str = "") -> WorksReach:
    """Return the reach of an area, cut to the wards `within`, if any are named. Raises InvalidArea."""
    if within:
        shape = as_polygons(shape.intersection(merge([ward.shape for ward in within])))
    wards = wards_meeting(shape) if not shape.empty else []
    if within:  # cut at a border, a shape may lie on the other side by less than a hair
        wards = [ward for ward in wards if ward.code in {other.code for other in within}]
    if not wards:
        raise InvalidArea(_("This area lies in no ward of the city."))
    vi, en = (name, name_en) if name else names_of_wards(wards)
    return WorksReach(tuple(wards), shape=shape, name=vi, name_en=en)


def stored_reach(announcement: Announcement) -> WorksReach:
    wards = tuple(todays_wards(announcement.area_codes))
    return WorksReach(wards, shape=announcement.reach, name=announcement.place_name, name_en=announcement.place_name_en)


def names_of_wards(wards: Sequence[Area]) -> tuple[str, str]:
    return ", ".join(ward.full_name for ward in wards), ", ".join(ward.full_name_en or ward.full_name for ward in wards)


def merge(shapes: Iterable[Any]) -> MultiPolygon:
    return as_polygons(GeometryCollection(*shapes, srid=4326).unary_union)


def as_polygons(shape: Any) -> MultiPolygon:
    """Return the polygons of a geometry; lines and points in which areas only touch are left out."""
    parts = [shape] if isinstance(shape, Polygon) else [part for part in shape if isinstance(part, Polygon)]
    return MultiPolygon(*[part for part in parts if not part.empty], srid=4326)


def read_drawn(text: str) -> MultiPolygon:
    """Return the areas that a text draws: a line each, corners as `lon,lat`. Raises InvalidArea."""
    polygons, corners = [], 0
    for line in text.splitlines():
        if not line.strip():
            continue
        ring = [read_corner(corner) for corner in line.split()]
        corners += len(ring)
        if len(ring) < 3:
            raise InvalidArea(_("An area needs at least three corners."))
        if corners > CORNERS_MAX:
            raise InvalidArea(_("The area has too many corners: at most %(most)s.") % {"most": CORNERS_MAX})
        polygon = Polygon([*ring, ring[0]], srid=4326)
        if not polygon.valid:
            raise InvalidArea(_("The outline of the area crosses itself."))
        polygons.append(polygon)
    if not polygons:
        raise InvalidArea(_("Draw the area on the map."))
    return merge(polygons)


def read_corner(text: str) -> tuple[float, float]:
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        raise InvalidArea(_("The corners of the area cannot be read.")) from None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):  # also what is not a number
        raise InvalidArea(_("The corners of the area cannot be read."))
    return lon, lat


def draw_streets(names: Sequence[str]) -> MultiPolygon:
    """Return the area of whole streets, to both sides. Raises InvalidArea where there is none of a name."""
    if not names:
        raise InvalidArea(_("Enter the names of the streets."))
    if len(names) > STREETS_MAX:
        raise InvalidArea(_("Too many streets: at most %(most)s.") % {"most": STREETS_MAX})
    lines: list[LineString] = []
    for name in names:
        pieces = list(Street.objects.filter(search=plain(name)).values_list("line", flat=True))
        if not pieces:
            raise InvalidArea(_("There is no street “%(name)s” in the register.") % {"name": name})
        lines += pieces
    srid, broad = city.current().metric_srid, []
    try:
        for line in lines:
            beside = line.transform(srid, clone=True).buffer(BESIDE_M, 4)
            beside.transform(4326)
            broad.append(beside)
        return merge(broad)
    except GEOSException as error:
        raise InvalidArea(_("The corners of the area cannot be read.")) from error


# ---- acts ----


@transaction.atomic
def announce_works(kind: str, reach: WorksReach, wording: Wording, *, by: User) -> AnnouncementLine:
    """Make planned works public, or propose them where they reach more than one ward. Raises NotAnnounced."""
    at, posts = now(), access.works_posts(by, reach.codes)
    faults = find_faults(wording, at)
    if kind not in KINDS:
        faults["kind"] = _("Choose what it is about.")
    if not posts:
        faults["where"] = _("Your post does not cover all of this area: %(wards)s.") % {
            "wards": ", ".join(ward.title for ward in reach.wards[:5])
        }
    if faults:
        raise NotAnnounced(faults)
    post = min(posts, key=lambda own: (own.authority.area_id is None, own.pk))
    announcement = Announcement.objects.create(kind=kind, unit=post.authority, **reach.as_columns())
    if len(reach.wards) > 1:
        return write_works_line(announcement, LineKind.PROPOSED, by=by, at=at, wording=wording)
    return write_works_line(announcement, LineKind.ISSUED, by=by, at=at, wording=wording)


@transaction.atomic
def correct_works(announcement: Announcement, wording: Wording, *, by: User, seen: int) -> AnnouncementLine:
    """Replace the wording, or propose to, where a second person must agree. Raises NotAnnounced, TooLate."""
    at, standing = now(), announcement_acts.lock_standing(announcement, seen)
    if faults := find_faults(wording, at, before=standing):
        raise NotAnnounced(faults)
    new_line = line_of(announcement, LineKind.CORRECTED, by=by, at=at, wording=wording)
    if announcement_acts.wording_of(new_line) == announcement_acts.wording_of(standing):
        raise NotAnnounced({"text": _("Nothing was changed.")})
    if AnnouncementLine.objects.waiting().filter(announcement=announcement).exists():
        raise TooLate(_("A correction waits for a second person already."))
    kind = LineKind.PROPOSED if needs_second(announcement) else LineKind.CORRECTED
    return write_works_line(announcement, kind, by=by, at=at, wording=wording)


def needs_second(announcement: Announcement) -> bool:
    return len(announcement.area_codes) > 1


@transaction.atomic
def agree(line: AnnouncementLine, *, by: User) -> AnnouncementLine:
    """Make proposed works public as their second person. Raises TooLate."""
    locks.hold(locks.Lock.ANNOUNCEMENTS)
    check_waiting(line)
    if not may_agree(by, line):
        raise TooLate(_("Somebody else must agree to this."))
    earlier = AnnouncementLine.objects.counting().filter(announcement=line.announcement).exists()
    kind, values = (LineKind.CORRECTED if earlier else LineKind.ISSUED), announcement_acts.wording_of(line)
    return publish_line(
        AnnouncementLine(announcement=line.announcement, kind=kind, by=by, at=now(), decides=line, **values)
    )


@transaction.atomic
def send_back(line: AnnouncementLine, *, by: User, note: str) -> AnnouncementLine:
    """Refuse proposed works, or take back the own proposal. Raises NotAnnounced without a reason, TooLate."""
    locks.hold(locks.Lock.ANNOUNCEMENTS)
    check_waiting(line)
    own = line.by_id == by.pk
    if not own and not may_agree(by, line):
        raise TooLate(_("Somebody else must agree to this."))
    if not own and not note:
        raise NotAnnounced({"note": _("Say what should be changed.")})
    values = announcement_acts.wording_of(line) | {"note": tidy(note)}
    refusal = AnnouncementLine(
        announcement=line.announcement, kind=LineKind.REFUSED, by=by, at=now(), decides=line, **values
    )
    refusal.save(force_insert=True)
    return refusal


def may_agree(user: AnyUser, line: AnnouncementLine) -> bool:
    codes = line.announcement.area_codes
    return line.by_id != user.pk and bool(access.works_posts(user, codes, "approve"))


def may_read(user: AnyUser, announcement: Announcement) -> bool:
    """Whether this person sees works that are not public: as one who may change them, or agree to them."""
    waiting = AnnouncementLine.objects.waiting().filter(announcement=announcement).first()
    own = access.announcements_for(user).filter(pk=announcement.pk).exists()
    return own or (waiting is not None and may_agree(user, waiting))


def waiting_for(user: User) -> list[AnnouncementLine]:
    """Return what waits for a second person and is this one's own, or theirs to decide."""
    own = set(access.announcements_for(user).values_list("pk", flat=True))
    waiting = AnnouncementLine.objects.waiting()
    return [line for line in waiting if line.announcement_id in own or may_agree(user, line)]


def check_waiting(line: AnnouncementLine) -> None:
    if not AnnouncementLine.objects.waiting().filter(pk=line.pk).exists():
        raise TooLate(_("This has been decided, or is over."))


def find_faults(wording: Wording, at: datetime, before: AnnouncementLine | None = None) -> dict[str, str]:
    """Validation messages by field. `before`: the line that is corrected, which may have begun already."""
    faults = {}
    limits = {"title": TITLE_MAX, "title_en": TITLE_MAX, "text": WORKS_WORDS_MAX, "text_en": WORKS_WORDS_MAX}
    for name, most in limits.items():
        if len(getattr(wording, name)) > most:
            faults[name] = _("Too long: at most %(most)s characters.") % {"most": most}
    if not wording.title:
        faults["title"] = _("Say in a few words what happens.")
    if not wording.text:
        faults["text"] = _("Write what people should know.")
    starts_at = wording.starts_at or at
    if starts_at > at + LONGEST_WORKS:
        faults["first_day"] = _("It begins within a year.")
    elif wording.until <= max(starts_at, at):
        faults["last_day"] = _("The end is before the beginning, or has already passed.")
    elif wording.until - starts_at > LONGEST_WORKS:
        faults["last_day"] = _("Planned works can last at most a year.")
    return faults


def line_of(announcement: Announcement, kind: str, *, by: User, at: datetime, wording: Wording) -> AnnouncementLine:
    begins, ends = wording.hours or (None, None)
    return AnnouncementLine(
        announcement=announcement, kind=kind, by=by, at=at, planned=True, urgent=False,
        title=tidy(wording.title), title_en=tidy(wording.title_en), text=tidy(wording.text),
        text_en=tidy(wording.text_en), starts_at=wording.starts_at or at, until=wording.until, hours_from=begins,
        hours_to=ends, weekdays=wording.weekdays,
    )  # fmt: skip


def write_works_line(
    announcement: Announcement, kind: str, *, by: User, at: datetime, wording: Wording
) -> AnnouncementLine:
    line = line_of(announcement, kind, by=by, at=at, wording=wording)
    if kind == LineKind.PROPOSED:
        line.save(force_insert=True)
        return line
    return publish_line(line)


def publish_line(line: AnnouncementLine) -> AnnouncementLine:
    """Store a line that everybody sees; who follows the place is told, and reminded an hour before it begins."""
    line = announcement_acts.write_history(line)
    if (wait := moment_to_remind(line.starts_at) - line.at) > announcement_acts.HELD:
        timeline.defer_jobs(("incidents.remind_of_works", {"line_id": line.pk}), after=wait)
    return line


@transaction.atomic
def add_picture(announcement: Announcement, picture: Picture, *, caption: str, by: User) -> AnnouncementPicture:
    """Add a picture: of what needs a second person only while it waits for one, who sees it. Raises NotAnnounced."""
    locks.hold(locks.Lock.ANNOUNCEMENTS)
    if fault := fault_of_picture(announcement, picture, caption):
        raise NotAnnounced({"photo": fault})
    row = AnnouncementPicture(
        announcement=announcement, caption=tidy(caption), width=picture.width, height=picture.height, by=by
    )
    row.picture.save(random_file_name(), ContentFile(picture.large), save=False)
    row.small.save(random_file_name("-s.jpg"), ContentFile(picture.small), save=False)
    row.save(force_insert=True)
    return row


def fault_of_picture(announcement: Announcement, picture: Picture, caption: str) -> str:
    if not may_have_pictures(announcement):
        return _("No picture can be added to this any more.")
    if picture.video:
        return _("This is a video. Choose a picture.")
    if announcement.pictures.count() >= PICTURES_MAX:
        return _("Too many pictures: at most %(most)s.") % {"most": PICTURES_MAX}
    return "" if caption else _("Say what the picture shows.")


def may_have_pictures(announcement: Announcement) -> bool:
    """Whether pictures may be added: of wider works while they wait for the second person and are not public yet."""
    standing = AnnouncementLine.objects.standing().filter(announcement=announcement).first()
    if needs_second(announcement):
        return standing is None and AnnouncementLine.objects.waiting().filter(announcement=announcement).exists()
    return standing is not None and not standing.is_over()


def moment_to_remind(starts_at: datetime) -> datetime:
    """Return an hour before works begin, or, where that is in the quiet hours, an hour before these."""
    at = localtime(starts_at - REMINDED_BEFORE)
    quiet = policies.current().quiet_hours
    if not quiet:
        return at
    begins, ends = (time.fromisoformat(clock) for clock in quiet.split("-"))
    evening = datetime.combine(at.date(), begins, at.tzinfo)
    if begins < ends:
        return evening - REMINDED_BEFORE if begins <= at.time() < ends else at
    if at.time() >= begins:
        return evening - REMINDED_BEFORE
    return evening - timedelta(days=1) - REMINDED_BEFORE if at.time() < ends else at
