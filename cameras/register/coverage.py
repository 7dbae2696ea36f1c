"""Measure how much of the city, and of its incidents, cameras have in view."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from math import cos, radians

from django.contrib.gis.db.models import Union
from django.utils.timezone import localdate, now

from cameras import sql
from cameras.models import View
from gis_data import city
from gis_data.alphabet import alphabet_key
from gis_data.models import Area

DAYS = (7, 30, 90, 365)
SQUARE_M = 250  # the side of a square in which incidents out of view are counted
FINE, DIGITS = 1e-5, 5  # degrees to which shapes are told, about a metre


@dataclass(frozen=True)
class WardCoverage:
    """A ward, its incidents, and how many of them lay in a view that a person compared with the picture, or in any."""

    area: Area
    incidents: int
    verified: int
    in_view: int

    @property
    def out_of_view(self):
        return self.incidents - self.in_view

    @property
    def share(self):
        """Return the share of its incidents in any view, 0 to 1; None without incidents."""
        return self.in_view / self.incidents if self.incidents else None


def ward_coverage(days: int) -> list[WardCoverage]:
    """Return the wards in force today, those with most incidents out of view first."""
    areas = Area.objects.on(localdate()).defer("shape", "outline")
    deepest = max((area.level for area in areas), default=None)
    by_key = {area.pk: area for area in areas if area.level == deepest}
    rows = sql.execute("coverage_wards", since=start_of_days(days), areas=list(by_key))
    wards = [WardCoverage(by_key[key], *counts) for key, *counts in rows]
    return sorted(wards, key=lambda ward: (-ward.out_of_view, alphabet_key(ward.area.full_name), ward.area.code))


def sum_wards(rows: Iterable[WardCoverage]) -> tuple[int, ...]:
    """Return the sums of all wards: (incidents, in a verified view, in any view)."""
    return tuple(sum(getattr(ward, name) for ward in rows) for name in ("incidents", "verified", "in_view"))


def coverage_shapes(days: int) -> dict:
    """Return the map's shapes: the union of verified views, that of other views, and incidents out of view by
    squares.
    """
    seen = View.objects.with_footprint().filter(camera__active=True)
    south = city.current().centre.y
    squares = {"wide": SQUARE_M / 111_320 / cos(radians(south)), "high": SQUARE_M / 111_320}
    gaps = sql.execute("coverage_gaps", since=start_of_days(days), **squares)
    return {
        "verified": union_of_views(seen.filter(verified=True)),
        "guessed": union_of_views(seen.filter(verified=False)),
        "gaps": [[lon, lat, many] for lon, lat, many in gaps],
    }


def union_of_views(views):
    shape = views.aggregate(all=Union("footprint"))["all"]
    if shape is None:
        return None
    document = json.loads(shape.simplify(FINE, preserve_topology=True).geojson)
    return document | {"coordinates": round_coordinates(document["coordinates"])}


def round_coordinates(coordinates):
    if isinstance(coordinates, float | int):
        return round(coordinates, DIGITS)
    return [round_coordinates(coordinate) for coordinate in coordinates]


def start_of_days(days):
    return now() - timedelta(days=days)
