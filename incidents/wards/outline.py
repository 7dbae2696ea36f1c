"""Draw a ward's outline small enough to stand in its page."""

from typing import cast

from django.contrib.gis.geos import MultiPolygon

from gis_data.models import Area

WIDTH, HEIGHT, MARGIN = 800, 480, 24
PRECISION = 400  # the outline is simplified to so many parts of its larger side


def outline_polygons(ward: Area) -> list[str]:
    """Return the outer rings as `points` of SVG polygons in a picture of WIDTH × HEIGHT, drawn in EPSG:3857."""
    shape = cast(MultiPolygon, ward.outline.transform(3857, clone=True))
    west, south, east, north = shape.extent
    side = max(east - west, north - south)
    scale = min((WIDTH - 2 * MARGIN) / (east - west), (HEIGHT - 2 * MARGIN) / (north - south))
    left = (WIDTH - scale * (east - west)) / 2
    top = (HEIGHT - scale * (north - south)) / 2
    rings = [polygon[0].simplify(side / PRECISION) for polygon in shape]
    return [
        " ".join(f"{left + scale * (x - west):.0f},{top + scale * (north - y):.0f}" for x, y, *_z in ring.coords)
        for ring in rings
    ]
