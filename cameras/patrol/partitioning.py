"""Partition the cameras among any number of patrols: each takes its fair share, and takes over from dead ones.

A lease has no term of its own: it holds while its patrol has a heartbeat. So one row keeps a thousand leases.
"""

import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

from django.db import transaction
from django.db.models.functions import Now

from cameras import sql
from cameras.models import NEAR_M, Camera, DeadShift, Lease, Shift
from cameras.patrol import hosts
from gis_data import policies
from incidents.models import Incident

DEAD_AFTER = timedelta(seconds=30)


class Duty(NamedTuple):
    """A camera to watch, as the register has it (the columns of sql/held.sql)."""

    pk: int
    code: str
    url: str
    kind: str
    credentials: str  # locked by the vault
    period_s: int
    rhythm_s: int | None
    health: str
    health_since: datetime | None
    moved_at: datetime | None
    last_taken_at: datetime | None
    last_sha256: str
    wanted: bool
    networks: list[str]
    at_once: int | None
    quickest_s: int
    aimed_at: datetime | None
    view: int | None  # the key of its current one
    away_since: datetime | None
    refused: bool
    left_at: datetime | None  # since when nobody looked after it,
    left_for: timedelta | None  # which is so long, by the clock of the database
    host: str  # where its picture comes from together with others: its source, or else its server
    others: int  # cameras of that host that this patrol does not look after,
    others_away: int  # of which so many could not be reached at their last try,
    others_reached: int  # so many could,
    others_refused: int  # and so many were refused


@dataclass
class Share:
    """The share of one patrol: its cameras, its surplus, and the patrols found dead.

    `place`: its own among the `patrols` that live, from 0 (by name), by which the calls to a host are divided.
    """

    duties: list[Duty]
    too_many: int = 0
    dead: list[Shift] = field(default_factory=list)
    place: int = 0
    patrols: int = 1


@transaction.atomic
def claim_share(patrol: str, not_kept: tuple[datetime, str] | None = None) -> Share:
    """Write this patrol's heartbeat, find dead patrols, and lease free cameras up to its fair share.

    `not_kept`: since when, and by which error, its pictures cannot be stored; None while they can.
    """
    since, why = not_kept or (None, "")
    how = {"heard_at": Now(), "not_kept_since": since, "not_kept_why": why[:200]}
    if not Shift.objects.filter(name=patrol).update(**how):
        Shift.objects.create(name=patrol, machine=socket.gethostname()[:100])
    dead = list(Shift.objects.filter(heard_at__lt=Now() - DEAD_AFTER).select_for_update(skip_locked=True))
    for shift in dead:
        sql.execute("left", patrol=shift.name, cameras=None, dead=True)
    DeadShift.objects.bulk_create(
        [DeadShift(name=shift.name, heard_at=shift.heard_at) for shift in dead], ignore_conflicts=True
    )
    Shift.objects.filter(pk__in=[shift.pk for shift in dead]).delete()
    to_do = Camera.objects.filter(active=True).exclude(url="")
    mine = Lease.objects.filter(shift__name=patrol)
    if ended := list(mine.exclude(camera__in=to_do).values_list("camera", flat=True)):
        release_cameras(patrol, ended)
    patrols = sorted(Shift.objects.values_list("name", flat=True))
    fair, has = ceil(to_do.count() / len(patrols)), mine.count()
    if has < fair:
        sql.execute("claim", patrol=patrol, most=fair - has)
    sql.execute("sources_down", fewest=hosts.FEWEST)
    near = {"near_m": NEAR_M, "open": list(Incident.OPEN), "news_hours": policies.current().camera_news_hours}
    duties = [Duty(*row) for row in sql.execute("held", patrol=patrol, **near)]
    return Share(duties, max(0, has - fair), dead, patrols.index(patrol), len(patrols))


def release_cameras(patrol: str, cameras: Iterable[int]) -> None:
    sql.execute("left", patrol=patrol, cameras=list(cameras), dead=False)


@transaction.atomic
def end_shift(patrol: str) -> None:
    sql.execute("left", patrol=patrol, cameras=None, dead=False)
    Shift.objects.filter(name=patrol).delete()
