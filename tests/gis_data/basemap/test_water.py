"""Test that a place in the water of the base map is known to be there."""

import pytest
from django.contrib.gis.geos import Polygon

from gis_data.basemap import drawing
from gis_data.basemap.water import FINEST_BAND, lies_in_water
from gis_data.models import GroundShape
from tests import factories


@pytest.mark.parametrize(("band", "layer", "wet"), [(FINEST_BAND, 2, True), (FINEST_BAND, 1, False), (3, 2, False)])
def test_water_is_that_of_the_finest_band(client, town, band, layer, wet):
    river = Polygon.from_bbox((10.004, 50.004, 10.006, 50.006))
    river.srid = 4326
    shape = river.transform(3857, clone=True)
    GroundShape.objects.create(city=town.city, band=band, layer=layer, rank=1, first_zoom=0, shape=shape)
    assert [lies_in_water(place) for place in (factories.IN_OLD, factories.IN_NEW)] == [wet, False]
    answer = client.get("/report/here/", {"lon": factories.IN_OLD.x, "lat": factories.IN_OLD.y}).json()
    assert answer["water"] is wet


def test_the_finest_band_is_the_last_that_is_drawn():
    assert len(drawing.BANDS) - 1 == FINEST_BAND
