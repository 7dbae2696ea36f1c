"""Check whether a result was sent from its place with current photos, by the device's position and EXIF.

Nothing is refused for it. The sender gives a reason in a few words; that line is in the history for staff, and on the
supervisor's page. Distances are stored, never the position of a person.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.gis.geos import Point
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from incidents.models import Incident
from incidents.photos import Picture
from incidents.routing import rules

NEAR_M = 200  # metres from the place, beyond what device and report leave open, from which on a result comes from afar
SLACK_M = 200  # metres, at most, that the accuracy of a device leaves open
VAGUE_M = 500  # metres: a device that knows its place less well says nothing of it
REPORT_SLACK_M = 2000  # metres, at most, that a vague report leaves open
FRESH = timedelta(hours=24)  # so long before it is sent a photo of a result is of now
CLOCK = timedelta(minutes=10)  # by which clocks of cameras differ from ours
EARTH_M = 6_371_000  # its radius in metres
REASON_MAX = 500  # characters
# The same for the script of the street, which has to know them without a connection.
LIMITS = {
    "near_m": NEAR_M, "slack_m": SLACK_M, "vague_m": VAGUE_M, "report_slack_m": REPORT_SLACK_M,
    "fresh_ms": round(FRESH.total_seconds() * 1000), "clock_ms": round(CLOCK.total_seconds() * 1000),
}  # fmt: skip

FAR, OLD, GALLERY, UNPLACED = "far", "old", "gallery", "unplaced"
WORDS = {
    FAR: gettext_noop("%(metres)s m from the location."),
    OLD: gettext_noop("The photo was taken at another time: %(moment)s."),
    GALLERY: gettext_noop("The photo does not show where and when it was taken: it was chosen from a gallery."),
    UNPLACED: gettext_noop("The device did not report its position."),
}


@dataclass(frozen=True, kw_only=True)
class Sending:
    """Where and when a result was sent, and the reason if that does not fit.

    `place` (EPSG:4326) and `accuracy_m`: of the device; `from_device`: it was asked for them, so None means no answer.
    `at`: when the button was pressed, which may be before it arrives.
    """

    place: Point | None = None
    accuracy_m: float = 0
    from_device: bool = False
    at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True)
class Remark:
    """One fault of a result: a key of WORDS, and the values of its words."""

    code: str
    metres: int | None = None
    moment: datetime | None = None

    @property
    def facts(self) -> dict[str, object]:
        return {"metres": self.metres, "moment": f"{localtime(self.moment):%d/%m/%Y %H:%M}" if self.moment else ""}

    @property
    def line(self) -> dict[str, str]:
        return rules.in_both_languages(WORDS[self.code], **self.facts)

    @property
    def words(self) -> str:
        return _(WORDS[self.code]) % self.facts


class ReasonMissing(Exception):
    """The sender must give a reason for the place or the photo; `remarks` are the faults."""

    def __init__(self, remarks: Sequence[Remark]) -> None:
        super().__init__([remark.code for remark in remarks])
        self.remarks = remarks

    def __str__(self) -> str:
        return " ".join(
            [*(remark.words for remark in self.remarks), _("Give the reason in a few words: only staff can read it.")]
        )


def remarks_on(incident: Incident, pictures: Iterable[Picture], sending: Sending | None) -> list[Remark]:
    """Return the faults of a result with these photos, the gravest first; of each kind the worst.

    `sending` is None for a machine, which chooses no photos; their own EXIF counts all the same.
    """
    pictures = list(pictures)
    pressed = min(sending.at or now(), now()) if sending else now()
    remarks = [*place_remarks(incident, pictures, sending)]
    placed = bool(sending and sending.place and sending.accuracy_m <= VAGUE_M)
    for picture in pictures:
        if picture.taken_at and is_old(incident, picture.taken_at, pressed):
            remarks.append(Remark(OLD, moment=picture.taken_at))
        elif sending and not picture.live and not (picture.taken_at and (picture.taken_place or placed)):
            remarks.append(Remark(GALLERY))
    worst: dict[str, Remark] = {}
    for remark in remarks:
        known = worst.get(remark.code)
        if known is None or (remark.metres or 0) > (known.metres or 0):
            worst[remark.code] = remark
    return [worst[code] for code in WORDS if code in worst]


def place_remarks(incident: Incident, pictures: list[Picture], sending: Sending | None) -> list[Remark]:
    """Return the faults of place: of each photo that has one, of the device for the others."""
    places = [(picture.taken_place, 0.0) for picture in pictures if picture.taken_place]
    if sending and sending.from_device and len(places) < max(len(pictures), 1):
        if sending.place is None or sending.accuracy_m > VAGUE_M:
            return [*far_remarks(incident, places), Remark(UNPLACED)]
        places.append((sending.place, sending.accuracy_m))
    return far_remarks(incident, places)


def far_remarks(incident: Incident, places: Iterable[tuple[Point, float]]) -> list[Remark]:
    allowed = NEAR_M + min(incident.accuracy_m or 0, REPORT_SLACK_M)
    remarks = []
    for place, accuracy_m in places:
        metres = metres_apart(place, incident.place)
        if metres > allowed + min(accuracy_m, SLACK_M):
            remarks.append(Remark(FAR, metres=int(round(metres, -1 if metres < 1000 else -2))))
    return remarks


def metres_apart(point: Point, other: Point) -> float:
    """Return the distance in metres of two places (EPSG:4326) on a sphere: photos may be from anywhere."""
    lon_a, lat_a, lon_b, lat_b = map(math.radians, (point.x, point.y, other.x, other.y))
    half = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_M * math.asin(math.sqrt(min(half, 1)))


def is_old(incident: Incident, taken_at: datetime, pressed: datetime) -> bool:
    """Return whether a photo was taken before the report, long before it is sent, or by a wrong clock."""
    return not max(incident.received_at, pressed - FRESH) - CLOCK <= taken_at <= pressed + CLOCK
