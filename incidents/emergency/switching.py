"""Switch emergency mode on, change it, switch it off, and note its end.

Each act is one transaction: the row, a line of its history, a line in the ledger of accounts, and the announcement by
which followers of the place hear of it. Practice is never announced. What is over says `Emergency.over_at`, whether or
not a job has noted it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.contrib.gis.geos import GEOSGeometry, MultiPolygon, Polygon
from django.db import transaction
from django.utils import translation
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from geoapp.db import locks
from gis_data import city
from gis_data.models import Area, AreaQuerySet, Level
from gis_data.words import tidy
from incidents import access
from incidents.announcements import acts as announcement_acts
from incidents.audit.accounts import record_account_line
from incidents.models import AccountLine, Announcement, AnnouncementLine, Authority, Emergency, EmergencyLine, User
from incidents.models.announcements import LONGEST
from incidents.models.emergencies import ADVICE_MAX, SOURCE_MAX, TITLE_MAX
from incidents.wording import day_and_time, person_name

NEAR = 0.0004  # degrees, some 40 metres: tolerance of the whole city
NAMED_AREAS = 3  # wards of which the name speaks, before it counts
Kind, LineKind = Emergency.Kind, EmergencyLine.Kind
ANNOUNCED_AS: dict[str, str] = {
    Kind.FLOOD: Announcement.Kind.FLOOD, Kind.STORM: Announcement.Kind.FLOOD, Kind.FIRE: Announcement.Kind.FIRE,
    Kind.OUTAGE: Announcement.Kind.OUTAGE, Kind.OTHER: Announcement.Kind.OTHER,
}  # fmt: skip
TEXT_LIMITS = {"title": TITLE_MAX, "title_en": TITLE_MAX, "advice": ADVICE_MAX, "advice_en": ADVICE_MAX,
               "source": SOURCE_MAX}  # fmt: skip


class NotSwitched(ValueError):
    """The order is invalid; `faults`: messages by field."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = faults


class AlreadySwitched(Exception):
    """Somebody was first: it is on already, was changed or has ended; the message says so."""


@dataclass(frozen=True)
class Order:
    """The input for switching emergency mode on. `area_codes`: wards; none for the whole city."""

    kind: str
    title: str
    until: datetime | None
    area_codes: Sequence[str] = ()
    title_en: str = ""
    advice: str = ""
    advice_en: str = ""
    source: str = ""
    practice: bool = False

    @property
    def texts(self) -> dict[str, str]:
        return {name: tidy(getattr(self, name)) for name in TEXT_LIMITS}


@transaction.atomic
def switch_on(order: Order, *, by: User) -> Emergency:
    """Switch emergency mode on. Raises NotSwitched with all faults, AlreadySwitched where one is on."""
    faults, wards = check(order, by=by), list(wards_of(order.area_codes))
    if faults or order.until is None:
        raise NotSwitched(faults)
    locks.hold(locks.Lock.EMERGENCY)
    at = now()  # after who was first
    refuse_second(order, at)
    names = name_wards(wards)
    emergency = Emergency.objects.create(
        kind=order.kind, practice=order.practice, area_codes=[ward.code for ward in wards],
        place_name=names[0], place_name_en=names[1], reach=reach_of(wards), unit=unit_of(by), starts_at=at,
        until=order.until, **order.texts,
    )  # fmt: skip
    write_line(emergency, LineKind.ON, by=by, at=at)
    announce(emergency, AnnouncementLine.Kind.ISSUED, by=by, at=at)
    return emergency


@transaction.atomic
def change(emergency: Emergency, order: Order, *, by: User, seen: int) -> Emergency:
    """Replace words and end; kind and wards stay. `seen`: key of the line that was read.

    Raises NotSwitched, AlreadySwitched.
    """
    locked, at = lock_seen(emergency, seen), now()
    faults = find_faults(order, at)
    if order.until and order.until > locked.starts_at + LONGEST:
        faults["until"] = _("Emergency mode can last at most seven days. Switch it on again after that.")
    before = {name: getattr(locked, name) for name in (*TEXT_LIMITS, "until")}
    after = order.texts | {"until": order.until}
    if not faults and before == after:
        faults["title"] = _("Nothing was changed.")
    if faults:
        raise NotSwitched(faults)
    for name, value in after.items():
        setattr(locked, name, value)
    locked.save(update_fields=[*after])
    write_line(locked, LineKind.CHANGED, by=by, at=at)
    announce(locked, AnnouncementLine.Kind.CORRECTED, by=by, at=at)
    return locked


@transaction.atomic
def switch_off(emergency: Emergency, *, by: User, seen: int) -> Emergency:
    """End it before its time. Raises AlreadySwitched where it has ended or was changed since."""
    locked, at = lock_seen(emergency, seen), now()
    locked.ended_at = at
    locked.save(update_fields=["ended_at"])
    write_line(locked, LineKind.OFF, by=by, at=at)
    announce(locked, AnnouncementLine.Kind.ENDED, by=by, at=at)
    return locked


@transaction.atomic
def note_ends(at: datetime | None = None) -> int:
    """Write into the history which emergency modes have ended by themselves; the same as often as it is called."""
    locks.hold(locks.Lock.EMERGENCY)
    ended = list(Emergency.objects.filter(ended_at=None, until__lte=at or now()).order_by("pk"))
    for emergency in ended:
        emergency.ended_at = emergency.until
        emergency.save(update_fields=["ended_at"])
        write_line(emergency, LineKind.EXPIRED, by=None, at=emergency.until)
    return len(ended)


def check(order: Order, *, by: User) -> dict[str, str]:
    """Return all that keeps this order from being switched on by this person, by field."""
    return find_faults(order, now()) | find_faults_of_wards(order, list(wards_of(order.area_codes)), by)


def wards_of(codes: Sequence[str]) -> AreaQuerySet:
    wards = Area.objects.on(localdate()).filter(level=Level.WARD, code__in=list(codes))
    return wards.defer("shape", "outline").order_by("code")


def find_faults(order: Order, at: datetime) -> dict[str, str]:
    faults = {
        name: _("Too long: at most %(most)s characters.") % {"most": TEXT_LIMITS[name]}
        for name, text in order.texts.items()
        if len(text) > TEXT_LIMITS[name]
    }
    if order.kind not in Kind.values:
        faults["kind"] = _("Choose the kind of emergency.")
    if not tidy(order.title):
        faults["title"] = _("Say what happens, in one line.")
    if order.until is None:
        faults["until"] = _("Emergency mode needs an end.")
    elif order.until <= at:
        faults["until"] = _("The end has already passed.")
    elif order.until > at + LONGEST:
        faults["until"] = _("Emergency mode can last at most seven days. Switch it on again after that.")
    return faults


def find_faults_of_wards(order: Order, wards: Sequence[Area], by: User) -> dict[str, str]:
    if not order.area_codes:
        return (
            {} if access.switches_city(by) else {"wards": _("Choose wards: your post does not cover the whole city.")}
        )
    if len(wards) < len(set(order.area_codes)):
        return {"wards": _("There is no such ward.")}
    allowed = set(access.emergency_wards(by).values_list("code", flat=True))
    beyond = [ward.title for ward in wards if ward.code not in allowed]
    if beyond:
        return {"wards": _("Your post does not cover: %(wards)s.") % {"wards": ", ".join(beyond)}}
    return {}


def refuse_second(order, at):
    on = Emergency.objects.on(at).filter(practice=order.practice).first()
    if on is None:
        return
    line = on.lines.select_related("by").get(kind=LineKind.ON)
    raise AlreadySwitched(
        _("It is already on: %(title)s, since %(time)s, by %(person)s.")
        % {"title": on.words, "time": day_and_time(on.starts_at), "person": person_name(line.by)}
    )


def lock_seen(emergency: Emergency, seen: int) -> Emergency:
    """Return the row, locked. Raises AlreadySwitched where it has ended, or where `seen` is not its last line."""
    locks.hold(locks.Lock.EMERGENCY)
    locked = Emergency.objects.get(pk=emergency.pk)
    if not locked.is_on():
        raise AlreadySwitched(_("This emergency mode has ended."))
    if locked.lines.latest("pk").pk != seen:
        raise AlreadySwitched(_("Somebody has changed it in the meantime: check it again."))
    return locked


def unit_of(by):
    post = next(iter(access.emergency_posts(by)), None)
    return post.authority if post else Authority.objects.get(duty_desk=True)


def name_wards(wards: Sequence[Area]) -> tuple[str, str]:
    """Return the name of these wards in Vietnamese and English; of none that of the city."""
    names = []
    for language in ("vi", "en"):
        with translation.override(language):
            names.append(name_in_language(wards)[:200])
    return names[0], names[1]


def name_in_language(wards: Sequence[Area]) -> str:
    if not wards:
        return _("the whole of %(city)s") % {"city": city.current().title}
    named = ", ".join(ward.title for ward in wards[:NAMED_AREAS])
    more = len(wards) - NAMED_AREAS
    if more <= 0:
        return named
    return ngettext("%(wards)s and %(n)d more ward", "%(wards)s and %(n)d more wards", more) % {
        "wards": named, "n": more,
    }  # fmt: skip


def reach_of(wards: Sequence[Area]) -> MultiPolygon:
    """Return the wards put together, as they were drawn, so that no neighbour hears of it; of none the city,
    simplified.
    """
    areas = Area.objects.on(localdate()).filter(level=Level.WARD)
    if wards:
        areas = areas.filter(pk__in=[ward.pk for ward in wards])
    shapes = areas.order_by("pk").values_list("shape" if wards else "outline", flat=True)
    whole = MultiPolygon(*(polygon for shape in shapes for polygon in parts_of(shape)), srid=4326).unary_union
    return MultiPolygon(*parts_of(whole if wards else whole.simplify(NEAR, preserve_topology=True)), srid=4326)


def parts_of(shape: GEOSGeometry) -> list[Polygon]:
    return [shape] if isinstance(shape, Polygon) else [cast("Polygon", part) for part in cast("MultiPolygon", shape)]


def write_line(emergency: Emergency, kind: str, *, by: User | None, at: datetime) -> EmergencyLine:
    line = EmergencyLine.objects.create(
        emergency=emergency, kind=kind, by=by, at=at, until=emergency.until, title=emergency.title,
        advice=emergency.advice,
    )  # fmt: skip
    if by:
        record_account_line(AccountLine.Kind.EMERGENCY, by, by, what=line_of_ledger(emergency, kind))
    return line


def line_of_ledger(emergency: Emergency, kind: str) -> str:
    """Return an act as the ledger writes it, in codes: number, act, kind, end, "practice", wards or "*" for all."""
    parts = [f"#{emergency.pk}", kind, emergency.kind, f"{localtime(emergency.until):%Y-%m-%dT%H:%M}"]
    parts += ["practice"] if emergency.practice else []
    return " · ".join([*parts, " ".join(emergency.area_codes) or "*"])


def announce(emergency: Emergency, kind: str, *, by: User, at: datetime) -> None:
    """Tell who follows the place: by an announcement of its own, with a line for each act."""
    if emergency.practice:
        return
    if kind == AnnouncementLine.Kind.ISSUED:
        announcement = Announcement.objects.create(
            kind=ANNOUNCED_AS[emergency.kind], unit=emergency.unit, emergency=emergency, reach=emergency.reach,
            area_code=emergency.area_codes[0] if len(emergency.area_codes) == 1 else "",
            place_name=emergency.place_name, place_name_en=emergency.place_name_en,
        )  # fmt: skip
    else:
        announcement = emergency.announcements.get()
    locks.hold(locks.Lock.ANNOUNCEMENTS)
    until = at if kind == AnnouncementLine.Kind.ENDED else emergency.until
    wording = announcement_acts.Wording(
        announced_text(emergency.title, emergency.advice), until, starts_at=emergency.starts_at,
        text_en=announced_text(emergency.title_en, emergency.advice_en),
    )  # fmt: skip
    announcement_acts.write_line(announcement, kind, by=by, at=at, wording=wording)


def announced_text(title: str, advice: str) -> str:
    if not title or not advice:
        return title
    return f"{title} {advice}" if title[-1] in ".!?…" else f"{title}. {advice}"
