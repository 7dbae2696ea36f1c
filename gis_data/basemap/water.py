"""Find out whether a place lies in the water of the base map."""

from django.contrib.gis.geos import Point

from gis_data.models import GroundShape

FINEST_BAND = 6  # the last of drawing.BANDS, which the web processes do not load


def lies_in_water(point: Point) -> bool:
    """Whether the point (EPSG:4326) lies in a river, canal, lake or the sea, as drawn at the highest zooms."""
    water = GroundShape.objects.filter(band=FINEST_BAND, layer=GroundShape.Layer.WATER)
    return water.filter(shape__intersects=point.transform(3857, clone=True)).exists()
