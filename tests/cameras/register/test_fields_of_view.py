"""Test the footprint of a camera: the sector, the drawn shape, and what stands in the way."""

from math import pi

import pytest
import shapely
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.db import IntegrityError
from hypothesis import assume, given
from hypothesis import strategies as some

from cameras.models import Camera, View
from cameras.register import fields_of_view
from cameras.register.fields_of_view import footprint, update_footprints, update_view
from tests import factories
from tests.cameras.conftest import camera

places = some.builds(lambda x, y: Point(x, y, srid=4326), some.floats(-179, 179), some.floats(-84, 84))
bearings = some.floats(0, 360, exclude_max=True)
angles = some.floats(0, 360, exclude_min=True)
ranges = some.floats(0, 5000, exclude_min=True)


def view(place=factories.IN_OLD, **more):
    return View(camera=Camera(code="V", name="Pier", place=place), **more)


def m2(shape):
    return abs(fields_of_view.EARTH.geometry_area_perimeter(shapely.from_wkb(bytes(shape.wkb)))[0])


def corners(points):
    ring = [point.coords for point in points]
    return Polygon([*ring, ring[0]], srid=4326)


@given(places, bearings, angles, ranges)
def test_a_sector_is_a_sound_shape_whatever_the_numbers(place, bearing, angle, reach):
    seen = footprint(view(place, bearing_deg=bearing, angle_deg=angle, range_m=reach))
    assert seen is None or (seen.valid and seen.srid == 4326 and seen.geom_type == "MultiPolygon")
    # Less than a hair's breadth may be nothing.
    assert seen is not None or angle / 360 * 2 * reach < 0.001 or reach < 0.001


@given(places, bearings, some.floats(1, 360), some.floats(1, 5000))
def test_footprint_is_a_circle_sector_ahead_of_the_camera(place, bearing, angle, reach):
    seen = footprint(view(place, bearing_deg=bearing, angle_deg=angle, range_m=reach))
    assert m2(seen) == pytest.approx(pi * reach**2 * angle / 360, rel=0.01)
    assert all(seen.covers(factories.place_ahead(place, bearing, reach * share)) for share in (0.1, 0.5, 0.99))
    assert not seen.covers(factories.place_ahead(place, bearing, reach * 1.01))
    if angle < 350:
        assert not seen.covers(factories.place_ahead(place, bearing + 180, reach / 2))


@given(places, bearings, ranges)
def test_360_degrees_are_a_disc_with_the_camera_in_the_middle(place, bearing, reach):
    assume(reach > 1)
    seen = footprint(view(place, angle_deg=360, range_m=reach))
    assert m2(seen) == pytest.approx(pi * reach**2, rel=0.01)
    assert seen.contains(place)
    assert seen.covers(factories.place_ahead(place, bearing, reach * 0.99))


wild = some.lists(some.tuples(some.floats(-0.01, 0.01), some.floats(-0.01, 0.01)), min_size=3, max_size=9)


@given(wild, wild, some.floats(-0.6, 0.6), some.floats(1, 360))
def test_whatever_is_drawn_and_hidden_the_shape_is_sound(drawn, hidden, shift, angle):
    rings = [[(10 + x, 50 + y) for x, y in ring] for ring in (drawn, hidden)]
    shapes = [Polygon([*ring, ring[0]], srid=4326) for ring in rings]
    seen = footprint(
        view(
            Point(10, 50, srid=4326), drawn=shapes[0], hidden=MultiPolygon(shapes[1], srid=4326), angle_deg=angle,
            state=View.State.SHIFTED, transform=[[1, 0, shift], [0, 1, 0]],
        )
    )  # fmt: skip
    assert seen is None or (seen.valid and seen.area > 0)


def test_nobody_knows_what_a_view_without_numbers_sees():
    assert footprint(view()) is None
    assert footprint(view(bearing_deg=0, angle_deg=60)) is None
    assert footprint(view(angle_deg=60, range_m=100)) is None


def test_what_stands_in_the_way_is_not_seen():
    place = factories.IN_OLD
    house = corners(
        [
            factories.place_ahead(place, bearing, metres)
            for bearing, metres in ((80, 50), (100, 50), (100, 80), (80, 80))
        ]
    )
    seen = footprint(
        view(bearing_deg=90, angle_deg=90, range_m=100, hidden=MultiPolygon(house, srid=4326)),
    )
    assert [seen.covers(factories.place_ahead(place, 90, metres)) for metres in (40, 65, 90)] == [True, False, True]
    wall = corners([factories.place_ahead(place, bearing, 500) for bearing in (0, 90, 180, 270)])
    assert footprint(view(bearing_deg=90, angle_deg=90, range_m=100, hidden=MultiPolygon(wall, srid=4326))) is None


@pytest.mark.parametrize(
    ("state", "shift", "bearing"),
    [
        ("fits", 0.25, 90),
        ("unknown", 0.25, 90),
        ("shifted", 0, 90),
        # What was in the middle has gone a quarter of the width to the left: half of the tangent of half the angle.
        ("shifted", -0.25, 90 + 26.565),
        ("shifted", 0.25, 90 - 26.565),
    ],
)
def test_what_is_seen_turns_with_the_camera(state, shift, bearing):
    turned = view(bearing_deg=90, angle_deg=90, range_m=100, state=state, transform=[[1, 0, shift], [0, 1, 0.1]])
    assert 90 + fields_of_view.turned_by_deg(turned) == pytest.approx(bearing, abs=0.001)
    edge = bearing + 44.9
    assert footprint(turned).covers(factories.place_ahead(factories.IN_OLD, edge, 50))
    assert not footprint(turned).covers(factories.place_ahead(factories.IN_OLD, edge + 1, 50))


def test_drawn_footprint_turns_and_hidden_house_does_not():
    place = factories.IN_OLD
    drawn = corners([factories.place_ahead(place, bearing, 100) for bearing in (70, 90, 110)] + [place])
    house = corners(
        [factories.place_ahead(place, 117, metres) for metres in (40, 60)] + [factories.place_ahead(place, 130, 50)]
    )
    more = {"drawn": drawn, "hidden": MultiPolygon(house, srid=4326), "angle_deg": 90}
    before = footprint(view(**more))
    after = footprint(view(**more, state="shifted", transform=[[1, 0, -0.25], [0, 1, 0]]))
    assert before.covers(factories.place_ahead(place, 75, 50))
    assert not after.covers(factories.place_ahead(place, 75, 50))
    assert after.covers(factories.place_ahead(place, 110, 50))
    assert not after.covers(factories.place_ahead(place, 120, 50))


# ---- in the register


def test_cameras_seeing_a_place_are_listed_nearest_first(town):
    place = factories.IN_OLD
    for code, bearing in (("AWAY", 0), ("FAR", 90), ("NEAR", 90), ("OFF", 90)):
        metres = {"FAR": 80, "NEAR": 20}.get(code, 50)
        stands = factories.place_ahead(place, 270, metres)
        eye = camera(code, lon=stands.x, lat=stands.y, active=code != "OFF")
        update_view(View(camera=eye), bearing_deg=bearing, angle_deg=60, range_m=100)
    camera("NO VIEW", lon=place.x, lat=place.y)

    assert [nearby.code for nearby in fields_of_view.cameras_seeing(place)] == ["NEAR", "FAR"]
    assert [round(nearby.distance_m) for nearby in fields_of_view.cameras_seeing(place)] == [20, 80]


@pytest.mark.parametrize("away", [View.State.LOST, View.State.TURNS])
def test_camera_that_looks_away_sees_nothing_until_it_fits_again(eye, away):
    updated = update_view(View(camera=eye), bearing_deg=0, angle_deg=360, range_m=500)
    assert list(fields_of_view.cameras_seeing(eye.place)) == [eye]
    update_view(updated, state=away)
    assert list(fields_of_view.cameras_seeing(eye.place)) == []
    update_view(updated, state=View.State.FITS)
    assert list(fields_of_view.cameras_seeing(eye.place)) == [eye]


def test_the_footprint_follows_when_the_picture_is_found_shifted(eye):
    updated = update_view(View(camera=eye), bearing_deg=90, angle_deg=60, range_m=100)
    target = factories.place_ahead(eye.place, 130, 50)
    assert list(fields_of_view.cameras_seeing(target)) == []
    update_view(updated, state=View.State.SHIFTED, transform=[[1, 0, -0.5], [0, 1, 0]])
    assert list(fields_of_view.cameras_seeing(target)) == [eye]


def test_a_camera_looks_one_way_at_a_time(eye):
    first = update_view(View(camera=eye, name="East"), bearing_deg=90, angle_deg=60, range_m=100)
    second = update_view(View(camera=eye, name="West"), bearing_deg=270, angle_deg=60, range_m=100)
    assert list(eye.views.filter(current=True)) == [second]
    update_view(first, current=True)
    assert list(eye.views.filter(current=True)) == [first]


def test_two_who_change_a_view_do_not_overwrite_each_other(eye):
    updated = update_view(View(camera=eye), bearing_deg=90, angle_deg=60, range_m=100)
    analysis, person = View.objects.get(pk=updated.pk), View.objects.get(pk=updated.pk)
    update_view(person, bearing_deg=180.0, verified=True)
    update_view(analysis, state=View.State.SHIFTED, transform=[[1, 0, 0.5], [0, 1, 0]])
    updated.refresh_from_db()
    assert (updated.bearing_deg, updated.verified, updated.state) == (180, True, "shifted")
    assert updated.footprint.covers(factories.place_ahead(eye.place, 180 - 30, 50))


def test_angles_that_are_none_are_not_kept(eye):
    with pytest.raises(IntegrityError):
        update_view(View(camera=eye), bearing_deg=360, angle_deg=60, range_m=100)


def test_a_camera_that_is_moved_takes_its_view_along(eye):
    updated = update_view(View(camera=eye), bearing_deg=90, angle_deg=60, range_m=100)
    eye.place = factories.place_ahead(eye.place, 0, 1000)
    eye.save()
    update_footprints(View.objects.filter(camera=eye))
    updated.refresh_from_db()
    assert updated.footprint.covers(factories.place_ahead(eye.place, 90, 50))
