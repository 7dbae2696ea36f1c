"""Where the demo's cameras look."""

from django.contrib.gis.geos import LineString

from cameras.models import Camera, View
from demo.cameras.aiming import aim_cameras
from gis_data.models import Street
from tests import factories
from tests.cameras.conftest import camera


def test_each_camera_looks_along_its_street_always_the_same_way(town):
    """Harbour Road runs from west to east; Mast Street, far from it, north-east; in the fields there is no street."""
    Street.objects.create(
        city=town.city, name="Mast Street", rank=2, search="mast street",
        line=LineString((10.0, 50.0), factories.place_ahead(factories.IN_OLD, 45, 3000).coords, srid=4326),
    )  # fmt: skip
    in_street = [camera(f"H{n}", lon=10.001 + n * 0.0005, lat=50.0051) for n in range(30)]
    alone = camera("FIELD", lon=10.012, lat=50.0005)
    assert aim_cameras() == 31
    bearings = dict(View.objects.values_list("camera__code", "bearing_deg"))
    assert {round(bearings[eye.code]) % 180 for eye in in_street[12:]} == {90}
    assert {round(bearings[eye.code]) for eye in in_street[12:]} == {90, 270}
    assert alone.code in bearings
    assert all(view.footprint.valid for view in View.objects.all())
    assert 0 < View.objects.filter(verified=True).count() < 12
    assert 0 < Camera.objects.filter(public=True).count() < 15

    assert aim_cameras() == 0
    View.objects.all().delete()
    aim_cameras()
    assert dict(View.objects.values_list("camera__code", "bearing_deg")) == bearings
