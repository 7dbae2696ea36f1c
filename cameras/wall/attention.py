"""Select the incidents that want attention: seven lines by the rule of `ranking`, and each burst as one line."""

import json
import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Case, Count, Q, When
from django.utils.timezone import localtime

from cameras import freshness
from cameras.register import fields_of_view
from cameras.sql import statement
from cameras.wall.ranking import NEW_FOR, REASONS, Line, rank_incidents
from gis_data import city, sql
from incidents.models import Category, Incident
from incidents.models.catalogue import Severity
from incidents.models.incident import IncidentQuerySet
from incidents.sql import named_query

OPENED_OF = 12  # so many of the newest urgent ones, and of the list, are looked at through the cameras
LINES = 7  # as many as one looks over at once
AT_MOST = 60  # where all are asked for: more than anybody reads; the figures count all
# A burst: so many incidents of one kind within so long, each with two others within so many metres of it.
BURST_PLACES, BURST_TIME, BURST_LINK_M, BURST_CORE, BURSTS = 5, timedelta(hours=3), 800, 3, 3
CLOCK_STANDS = Case(When(state=Incident.State.WAITING, then=1), default=0)
# The same as the table of `ranking`, for the database: which incidents have a reason, and which come first.
IN_DATABASE = {
    "emergency": (lambda at: Q(category__emergency=True) | Q(severity=Severity.DANGEROUS), (CLOCK_STANDS, "due_at")),
    "disputed": (lambda at: Q(state=Incident.State.DISPUTED), ("due_at",)),
    "late": (lambda at: Q(state__in=Incident.RUNNING, due_at__lt=at), ("due_at",)),
    "new": (lambda at: Q(received_at__gte=at - NEW_FOR), ("-received_at",)),
}


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to: a reason, the code of a field, the code of an area; "" is all."""

    only: str = ""
    field: str = ""
    area: str = ""

    def among(self, incidents: IncidentQuerySet) -> IncidentQuerySet:
        if self.field:
            incidents = incidents.filter(Q(category__code=self.field) | Q(category__parent__code=self.field))
        return incidents.filter(area__code=self.area) if self.area else incidents


@dataclass
class Burst:
    """Many incidents of one category that came in close together, shown as one line."""

    category: Category
    since: datetime
    reports: int
    outline: dict  # GeoJSON
    lines: list[Line] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Return a key that stays while the burst goes on: its category, and when it began."""
        return f"{self.category.code}-{localtime(self.since):%d%H%M%S}"

    @property
    def drawn(self) -> str:
        return json.dumps(self.outline)


@dataclass
class Attention:
    """The list: bursts, lines by rank, and the number of incidents of each reason."""

    counts: dict[str, int]
    bursts: list[Burst]
    lines: list[Line]

    @property
    def ranked_incidents(self) -> list[Incident]:
        return [line.incident for burst in self.bursts for line in burst.lines] + [line.incident for line in self.lines]


def find_attention(incidents: IncidentQuerySet, filters: Filters, at: datetime) -> Attention:
    """Return which of these incidents want attention at this moment. At most AT_MOST lines; bursts stand beside
    them.
    """
    open_ones = filters.among(incidents.open())
    counts = open_ones.aggregate(
        open=Count("pk"),
        attention=Count("pk", filter=wants_attention(at)),
        **{code: Count("pk", filter=where(at)) for code, (where, _order) in IN_DATABASE.items()},
    )
    burst_rows = find_bursts(open_ones, at) if filters.only in ("", "new") else []
    in_bursts = {pk for _category, pks, *_more in burst_rows for pk in pks}
    pressing = pressing_keys(open_ones.exclude(pk__in=in_bursts), filters.only, at)
    rows = {incident.pk: incident for incident in incidents.filter(pk__in=in_bursts.union(pressing)).with_pages()}
    bursts = []
    for _category, pks, reports, since, outline in burst_rows:
        members = [rows[pk] for pk in pks if pk in rows]
        if members:
            lines = rank_incidents(members, at)
            lines += [
                Line(incident, REASONS[-1], words="")
                for incident in members
                if incident not in {line.incident for line in lines}
            ]
            bursts.append(Burst(members[0].category, since, reports=reports, outline=json.loads(outline), lines=lines))
    lines = rank_incidents((incident for pk, incident in rows.items() if pk not in in_bursts), at, only=filters.only)
    return Attention(counts, bursts, lines=lines[:AT_MOST])


def wants_attention(at: datetime) -> Q:
    return reduce(or_, (where(at) for where, _order in IN_DATABASE.values()))


def pressing_keys(incidents, only, at):
    """Return the keys of the first AT_MOST of each reason: the first AT_MOST of all are among them."""
    wanted = [
        incidents.filter(where(at)).order_by(*order, "-pk").values_list("pk", flat=True)[:AT_MOST]
        for code, (where, order) in IN_DATABASE.items()
        if only in ("", code)
    ]
    return set(wanted[0].union(*wanted[1:]) if len(wanted) > 1 else wanted[0])


def incident_to_open(incidents: IncidentQuerySet, ranked: list[Incident], at: datetime) -> Incident | None:
    """Return the incident that the room opens on: the newest urgent one that a camera sees now, else the first of the
    list that a camera sees, else the first of the list. `ranked`: the list; `incidents`: all that may be read.
    """
    urgent, _order = IN_DATABASE["emergency"]
    newest = incidents.open().filter(urgent(at), category__cameras=True).exclude(state=Incident.State.WAITING)
    candidates = [*newest.with_pages().order_by("-received_at", "-pk")[:OPENED_OF], *ranked[:OPENED_OF]]
    seen = (incident for incident in candidates if incident.category.cameras and is_seen_now(incident, at))
    return next(seen, ranked[0] if ranked else None)


def is_seen_now(incident: Incident, at: datetime) -> bool:
    """Return whether the incident's place lies in the view of a camera with a current picture."""
    cameras = fields_of_view.cameras_seeing(incident.place)
    return any(freshness.health_of(camera, at) in freshness.SEEING for camera in cameras)


def find_bursts(incidents, at):
    """Return the bursts among these incidents, largest first: (category, keys, reports, since, outline) of each."""
    recent = incidents.filter(received_at__gte=at - BURST_TIME).order_by()
    inner, parameters = named_query(
        recent.values("id", "category_id", "received_at", "reports_count", "place"), "incidents"
    )
    per_metre = 1 / max(math.cos(math.radians(city.current().centre.y)), 0.01)
    return sql.fetch_rows(
        statement("bursts", incidents=inner),
        {
            **parameters,
            "linked": BURST_LINK_M * per_metre,
            "core": BURST_CORE,
            "places": BURST_PLACES,
            "at_most": BURSTS,
        },
    )
