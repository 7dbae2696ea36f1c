"""List the offered coordinate reference systems, and transform shapes between them.

Everything is stored in EPSG:4326 with the longitude first, which is what CRS84 means.
"""

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy
import pyproj
import shapely
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_crs_info
from pyproj.enums import PJType
from shapely.geometry.base import BaseGeometry

from gis_data.models import City

STORED = 4326
MERCATOR = 3857
STEPS = 20  # in which the side of a box is followed: it is bent elsewhere
WIDEST = 30  # degrees: a system for a larger part of the world is no country's own
TO_THE_CENTIMETRE = {True: 2, False: 7}  # decimals, of metres and of degrees


class UnknownSystem(ValueError):
    """The coordinate reference system is not offered."""


@dataclass(frozen=True)
class CoordinateSystem:
    """An offered coordinate reference system. `flipped`: its axes are latitude (or north) first."""

    name: str  # CRS84, EPSG:4326 …
    title: str
    srid: int
    flipped: bool
    metric: bool

    @property
    def uri(self) -> str:
        _authority, _colon, code = self.name.partition(":")
        return f"http://www.opengis.net/def/crs/{f'EPSG/0/{code}' if code else 'OGC/1.3/CRS84'}"

    def project(self, shapes: numpy.ndarray) -> numpy.ndarray:
        """Project an array of shapes (EPSG:4326) to this system, x first, rounded to about a centimetre."""
        if self.srid != STORED:
            shapes = shapely.transform(shapes, lambda corners: project_corners(self.srid, corners))
        return shapely.transform(shapes, lambda corners: corners.round(TO_THE_CENTIMETRE[self.metric]))

    def in_own_order(self, shapes: numpy.ndarray) -> numpy.ndarray:
        return shapely.transform(shapes, lambda corners: corners[:, ::-1]) if self.flipped else shapes


CRS84 = CoordinateSystem("CRS84", "WGS 84", STORED, flipped=False, metric=False)


def project_corners(srid, corners):
    return numpy.column_stack(transformer(STORED, srid).transform(corners[:, 0], corners[:, 1]))


@cache
def transformer(source, target):
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


@cache
def system_of_srid(srid):
    crs = pyproj.CRS.from_epsg(srid)
    first = crs.axis_info[0]
    return CoordinateSystem(
        f"EPSG:{srid}",
        crs.name,
        srid,
        flipped=first.direction == "north",
        metric=first.unit_name == "metre",
    )


def offered_systems() -> dict[str, CoordinateSystem]:
    city = City.objects.values_list("centre", "metric_srid").first()
    return systems_for(*city[0].coords, city[1]) if city else systems_for(0, 0, MERCATOR)


@cache
def systems_for(lon, lat, metric_srid):
    known = query_crs_info(
        "EPSG",
        [PJType.PROJECTED_CRS, PJType.GEOGRAPHIC_2D_CRS],
        area_of_interest=AreaOfInterest(lon, lat, lon, lat),
        contains=True,
    )
    national = [int(info.code) for info in known if is_small(info.area_of_use)]
    srids = dict.fromkeys([STORED, MERCATOR, metric_srid, *national])
    return {system.name: system for system in (CRS84, *map(system_of_srid, srids))}


def is_small(area):
    return 0 < area.east - area.west < WIDEST and area.north - area.south < WIDEST


def system_named(text: str) -> CoordinateSystem:
    """Return the system of a URI, URN, `EPSG:CODE` or `CRS84`. Raises UnknownSystem."""
    short = text.strip("[]").rstrip("/").replace("/", ":").split(":")
    name = "CRS84" if short[-1] == "CRS84" else f"EPSG:{short[-1]}"
    spellings = {name, f"OGC:{name}"}
    system = offered_systems().get(name)
    if system and (text.strip("[]") in spellings or is_spelt_out(text, short[-1], system)):
        return system
    raise UnknownSystem(text)


def is_spelt_out(text, code, system):
    authority = "OGC" if system is CRS84 else "EPSG"
    return text in {
        system.uri,
        system.uri.replace("http:", "https:", 1),
        f"urn:ogc:def:crs:{authority}::{code}",
        f"urn:ogc:def:crs:{authority}:1.3:{code}",
    }


def box_in_degrees(
    west: float, south: float, east: float, north: float, source: CoordinateSystem = CRS84
) -> BaseGeometry:
    """Return a rectangle of a system, x first, in EPSG:4326; a line or point if it is degenerate.

    Over the date line, where `west` is the larger, it becomes two. Raises ValueError for a place where the system means
    nothing.
    """
    if source.srid == STORED:
        south, north = numpy.clip((south, north), -90, 90)
        west, east = numpy.clip((west, east), -180, 180)
        if west > east:
            return shapely.union(rectangle(west, south, 180, north), rectangle(-180, south, east, north))
        return rectangle(west, south, east, north)
    if west > east:
        raise ValueError
    shape = shapely.transform(
        rectangle_with_corners(west, south, east, north), lambda corners: unproject_corners(source.srid, corners)
    )
    if not (numpy.isfinite(shapely.get_coordinates(shape)).all() and shape.is_valid):
        raise ValueError
    return shape


def rectangle_with_corners(west, south, east, north):
    if west == east or south == north:
        return shapely.linestrings(numpy.linspace((west, south), (east, north), STEPS + 1))
    turns = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return shapely.polygons(numpy.concatenate([numpy.linspace(*side, STEPS, False) for side in pairwise(turns)]))


def rectangle(west, south, east, north):
    return shapely.convex_hull(shapely.multipoints([(west, south), (east, south), (east, north), (west, north)]))


def unproject_corners(srid, corners):
    return numpy.column_stack(transformer(srid, STORED).transform(corners[:, 0], corners[:, 1]))
