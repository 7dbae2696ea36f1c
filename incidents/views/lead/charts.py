"""Compute the coordinates of SVG charts for templates; no database access."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

# The line chart, in pixels: its size, and the edges of the plot within it.
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 900, 286, 52, 816, 12, 256
SPARK_WIDTH = 96
MAP_WIDTH = 640
SHADES = 5


@dataclass(frozen=True)
class LineChart:
    """A line chart of shares in %: pieces of lines as SVG points, and positions of marks and labels."""

    now: list[str]  # points of each unbroken piece
    then: list[str]  # the same a year before
    end: tuple[float, float, float] | None  # x, y, share of the last point
    end_then: tuple[float, float, float] | None
    grid: list[tuple[float, int]]  # y, share
    goal: float  # y
    ticks: list[tuple[float, str]]  # x, words


def line_chart(
    weeks: Sequence[tuple[float | None, float | None]], goal: float, ticks: Sequence[tuple[int, str]]
) -> LineChart:
    """Returns the chart of (share, share a year before) in % by week, oldest first, None where unknown.

    `ticks` are (index of a week, label). The scale starts at the lowest share, on a round number.
    """
    known = [share for pair in weeks for share in pair if share is not None]
    low = min([goal, *known])
    low = max(0, math.floor((low - 1) / 4) * 4)
    step = next(size for size in (1, 2, 4, 5, 10, 20, 25) if (100 - low) / size <= 5)
    low = 100 - math.ceil((100 - low) / step) * step

    def x(index):
        return round(LEFT + (RIGHT - LEFT) * index / max(len(weeks) - 1, 1), 1)

    def y(share):
        return round(BOTTOM - (BOTTOM - TOP) * (share - low) / (100 - low), 1)

    def points(side):
        return [(x(n), y(pair[side])) if pair[side] is not None else None for n, pair in enumerate(weeks)]

    now, then = points(0), points(1)
    last, last_then = weeks[-1] if weeks else (None, None)
    return LineChart(
        now=unbroken_pieces(now),
        then=unbroken_pieces(then),
        end=(*now[-1], last) if weeks and now[-1] else None,
        end_then=(*then[-1], last_then) if weeks and then[-1] else None,
        grid=[(y(share), share) for share in range(low, 101, step)],
        goal=y(goal),
        ticks=[(x(index), words) for index, words in ticks],
    )


def unbroken_pieces(points):
    """Returns `points` attributes of the pieces between gaps (None); a single point is repeated so that it is drawn as
    a dot.
    """
    pieces, piece = [], []
    for point in [*points, None]:
        if point:
            piece.append(f"{point[0]},{point[1]}")
        elif piece:
            pieces.append(" ".join(piece if len(piece) > 1 else piece * 2))
            piece = []
    return pieces


def sparkline(values: Sequence[float]) -> dict[str, Any]:
    """Returns the `points` attribute, and (x, y) of the last point."""
    most = max([*values, 1])
    points = [
        (
            round(3 + (SPARK_WIDTH - 6) * n / max(len(values) - 1, 1), 1),
            round(22 - 18 * value / most, 1),
        )
        for n, value in enumerate(values)
    ]
    return {"points": " ".join(f"{x},{y}" for x, y in points), "last": points[-1] if points else None}


def stacked_bar(numbers: Mapping[str, int], width: int = 640, gap: int = 2) -> list[tuple[str, float, float]]:
    """Returns (name, x, width) in pixels of each part of a bar, from {name: number}."""
    total = sum(numbers.values())
    if not total:
        return []
    room, x, parts = width - gap * (len(numbers) - 1), 0.0, []
    for name, number in numbers.items():
        part = room * number / total
        parts.append((name, round(x, 1), round(part, 1)))
        x += part + gap
    return parts


def shade_of_share(share: float, top: float) -> int:
    """Returns 1 … 5, from pale to dark, on a scale that ends at `top`."""
    if share <= 0:
        return 1
    return min(SHADES, 2 + int(share / top * (SHADES - 1)))


def svg_map(outlines: NDArray[np.object_]) -> tuple[list[str], int, list[tuple[float, ...]]]:
    """Returns (SVG paths of areas, height in pixels, a label point in each area) from outlines (shapely, EPSG:4326).

    The map is MAP_WIDTH wide. It leaves out the few remote areas; longitudes are scaled by the cosine of its middle
    latitude.
    """
    boxes = shapely.bounds(outlines)
    west, east = range_without_outliers([(box[0] + box[2]) / 2 for box in boxes])
    south, north = range_without_outliers([(box[1] + box[3]) / 2 for box in boxes])
    near = [box for box in boxes if west <= (box[0] + box[2]) / 2 <= east and south <= (box[1] + box[3]) / 2 <= north]
    west, south = min(box[0] for box in near), min(box[1] for box in near)
    east, north = max(box[2] for box in near), max(box[3] for box in near)
    narrow = math.cos(math.radians((south + north) / 2))
    scale = MAP_WIDTH / ((east - west) * narrow)

    def place(corners):
        corners[:, 0] = (corners[:, 0] - west) * narrow * scale
        corners[:, 1] = (north - corners[:, 1]) * scale
        return corners.round(1)

    drawn = shapely.transform(outlines, place)
    return (
        [svg_path(shape) for shape in drawn],
        round((north - south) * scale),
        [tuple(round(each, 1) for each in shapely.point_on_surface(shape).coords[0]) for shape in drawn],
    )


def range_without_outliers(values):
    """Returns the smallest and largest value without 1 in 50 at each end; from twenty values on at least one."""
    off = max(len(values) // 50, int(len(values) >= 20))
    values = sorted(values)
    return values[off], values[-1 - off]


def svg_path(shape):
    rings = []
    for part in getattr(shape, "geoms", [shape]):
        for ring in (part.exterior, *part.interiors):
            corners = ring.coords[:-1]
            rings.append("M" + "L".join(f"{x:g} {y:g}" for x, y in corners) + "Z")
    return "".join(rings)
