"""Group kept pictures of a camera and an incident into stretches.

Each act of a person is one stretch, and so is the automatic evidence.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Case, Count, F, Max, Min, Q, QuerySet, When
from django.utils.timezone import localtime

from cameras.evidence import retention
from cameras.models import Camera, Evidence, Hold
from incidents.models import Incident, User

SAME = ("incident", "camera", "by", "reason", "act")


@dataclass(frozen=True)
class Stretch:
    """Pictures of one camera that were kept with an incident together.

    `until`: when they are deleted, if that is known. `seal`: the last of their seals; None as long as one of them has
    none yet. `deleted`: how many were deleted after their retention period.
    """

    incident: Incident
    camera: Camera
    begins: datetime
    ends: datetime
    count: int
    by: User | None
    reason: str
    seal: int | None
    deleted: int
    damaged: int
    on_hold: bool
    until: datetime | None

    @property
    def query(self) -> str:
        until = localtime(self.ends + timedelta(minutes=1))
        parameters = {
            "camera": self.camera.code,
            "incident": self.incident.reference,
            "until": f"{until:%Y-%m-%dT%H:%M}",
            "at": round(self.begins.timestamp() * 1000),
        }
        return urlencode(parameters)


def group_stretches(evidence: QuerySet[Evidence]) -> QuerySet:
    pinned = evidence.filter(unpinned_at=None).annotate(act=Case(When(by__isnull=False, then=F("kept_at"))))
    return (
        pinned.values(*SAME)
        .annotate(
            begins=Min("taken_at"), ends=Max("taken_at"), count=Count("pk"), last=Max("kept_at"), newest=Max("pk"),
            last_seal=Max("seal"), unsealed=Count("pk", filter=Q(seal=None)),
            deleted=Count("tombstone"), damaged=Count("pk", filter=~Q(fault="")),
        )
        .order_by("-last", "-newest")
    )  # fmt: skip


def describe_stretches(rows: list[dict]) -> list[Stretch]:
    """Return the stretches of rows of `group_stretches`, by five statements, however many there are."""
    incidents = Incident.objects.with_pages().in_bulk({row["incident"] for row in rows})
    cameras = Camera.objects.in_bulk({row["camera"] for row in rows})
    people = User.objects.in_bulk({row["by"] for row in rows if row["by"]})
    held_incidents = set(Hold.objects.filter(incident__in=incidents, ended_at=None).values_list("incident", flat=True))
    return [
        Stretch(
            incident=incidents[row["incident"]], camera=cameras[row["camera"]],
            begins=row["begins"], ends=row["ends"], count=row["count"],
            by=people.get(row["by"]), reason=row["reason"],
            seal=None if row["unsealed"] else row["last_seal"], deleted=row["deleted"], damaged=row["damaged"],
            on_hold=row["incident"] in held_incidents, until=retention.kept_until(incidents[row["incident"]]),
        )
        for row in rows
    ]  # fmt: skip
