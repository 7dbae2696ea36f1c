"""Build sea polygons from OpenStreetMap's coastlines, which have land on the left, water on the right."""

from collections.abc import Iterable

import shapely

ASIDE = 1e-6  # degrees, some 10 cm: how far beside a line one looks on which face it borders
LOOKS = 25  # of the segments that border a face so many are asked at the most


def find_sea(coast: Iterable[shapely.LineString], bounds: tuple[float, float, float, float]) -> list[shapely.Polygon]:
    """Return the polygons of the box (west, south, east, north) that are sea; [] where no coastline crosses it.

    A box that no line divides is undecidable. A line that ends inside the box divides nothing.
    """
    box = shapely.box(*bounds)
    lines = [line for line in shapely.get_parts(shapely.intersection(list(coast), box)) if line.length]
    lines = [line for line in shapely.get_parts(lines) if line.geom_type == "LineString"]
    if not lines:
        return []
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all([box.exterior, *lines]))))
    tree = shapely.STRtree(faces)
    wet = [0] * len(faces)
    for line in lines:
        corners = shapely.get_coordinates(line)
        for (x, y), (to_x, to_y) in zip(*some_segments(corners), strict=True):
            length = ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5
            if not length:
                continue
            across_x, across_y = (to_y - y) / length * ASIDE, (x - to_x) / length * ASIDE
            for side, vote in ((1, 1), (-1, -1)):
                point = shapely.Point((x + to_x) / 2 + side * across_x, (y + to_y) / 2 + side * across_y)
                for face in tree.query(point, "intersects"):
                    wet[face] += vote
    return [face for face, votes in zip(faces, wet, strict=True) if votes > 0]


def some_segments(corners):
    step = max(1, (len(corners) - 1) // LOOKS)
    return corners[:-1:step], corners[1::step]
