"""Test privacy zones for staff: who sees pictures as received, with the zones filled, or not at all."""

from datetime import timedelta

import cv2
import numpy as np
import pytest
from django.urls import reverse
from django.utils.timezone import now

from cameras.masking import covering
from cameras.models import Camera, Frame, View
from cameras.patrol.pictures import make_thumbnail
from tests import factories
from tests.cameras.conftest import camera, keeps, sees, was

LEFT_HALF = [[[0, 0], [0.5, 0], [0.5, 1], [0, 1]]]
A_BIT_RIGHT = [[1, 0, 0.25], [0, 1, 0]]


@pytest.fixture
def view(eye):
    return View.objects.create(camera=eye, zones=LEFT_HALF, state="fits")


def image_of(answer):
    return cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR).astype(int)


def filled_share(answer):
    """Return the share of the picture's width that is filled, from the left."""
    row = np.abs(image_of(answer)[5] - covering.FILL).max(axis=1) < 24
    return len(row[: np.argmin(row)]) / len(row) if not row.all() else 1


def test_operator_sees_filled_zones_control_room_the_original(client, eye, view, operator, controller):
    address = reverse("camera-picture", args=[eye.code])
    client.force_login(operator)
    covered = client.get(address)
    assert 0.5 <= filled_share(covered) < 0.6
    assert covered["ETag"] != f'"{eye.last_sha256}"'
    assert client.get(address, headers={"If-None-Match": covered["ETag"]}).status_code == 304
    client.force_login(controller)
    assert client.get(address).content == factories.jpeg(colour="teal")


def test_zones_and_etag_follow_a_shifted_view(client, eye, view, operator):
    address = reverse("camera-picture", args=[eye.code])
    client.force_login(operator)
    before = client.get(address)
    View.objects.filter(pk=view.pk).update(state="shifted", transform=A_BIT_RIGHT)
    after = client.get(address, headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert 0.75 <= filled_share(after) < 0.85


@pytest.mark.parametrize("state", ["lost", "unknown"])
def test_picture_with_unknown_view_is_for_the_control_room_only(
    client, eye, view, operator, controller, officer, incident, state
):
    View.objects.filter(pk=view.pk).update(state=state, transform=A_BIT_RIGHT)
    addresses = [
        reverse("camera-picture", args=[eye.code]),
        reverse("camera-frame", args=[eye.code, eye.last_frame.micros]),
        reverse("evidence", args=[keeps(eye, incident).pk]),
    ]
    client.force_login(operator)
    assert [client.get(address).status_code for address in addresses[:2]] == [404, 404]
    client.force_login(officer)
    assert client.get(addresses[2]).status_code == 404
    client.force_login(controller)
    assert [client.get(address).status_code for address in addresses] == [200, 200, 200]


def test_camera_without_zones_is_shown_uncovered_in_any_view(client, eye, view, operator):
    View.objects.filter(pk=view.pk).update(zones=[], state="lost")
    client.force_login(operator)
    assert client.get(reverse("camera-picture", args=[eye.code])).content == factories.jpeg(colour="teal")


def test_zones_that_cannot_be_read_are_as_good_as_none_known(client, eye, view, operator):
    View.objects.filter(pk=view.pk).update(zones=[[[0, 0], "x"]])
    client.force_login(operator)
    assert client.get(reverse("camera-picture", args=[eye.code])).status_code == 404


def test_an_older_picture_is_covered_as_the_view_was_found_in_it(client, eye, view, operator):
    frame = sees(eye, seconds_ago=3600)
    address = reverse("camera-frame", args=[eye.code, frame.micros])
    client.force_login(operator)
    assert client.get(address).status_code == 404  # its alignment was not stored
    for state, transform, width in (("fits", None, 0.5), ("shifted", A_BIT_RIGHT, 0.75)):
        tell(frame, view, state, transform)
        assert width <= filled_share(client.get(address)) < width + 0.1
    for state, transform in (("lost", None), ("turns", None), ("unknown", A_BIT_RIGHT), ("shifted", None)):
        tell(frame, view, state, transform)
        assert client.get(address).status_code == 404


def tell(frame, view, state, transform=None, **more):
    """Store a frame's alignment with the view, as the patrol would."""
    received = {"view": {"key": view.pk, "state": state, "transform": transform} | more}
    Frame.objects.filter(camera=frame.camera_id, taken_at=frame.taken_at).update(received=received)


def test_operator_gets_no_frame_from_before_a_turn_on_purpose(client, eye, view, operator):
    frame = sees(eye, seconds_ago=3600)
    tell(frame, view, "fits")
    address = reverse("camera-frame", args=[eye.code, frame.micros])
    client.force_login(operator)
    assert client.get(address).status_code == 200
    Camera.objects.update(aimed_at=now() - timedelta(minutes=1))
    assert client.get(address).status_code == 404


def test_frame_is_served_only_if_its_patrol_knew_of_the_turn(client, eye, view, operator):
    """A camera was turned; its patrol aligns some more pictures with the previous view, and calls them shifted."""
    frame, turned_at = sees(eye, seconds_ago=3600), now() - timedelta(hours=2)
    Camera.objects.update(aimed_at=turned_at)
    address = reverse("camera-frame", args=[eye.code, frame.micros])
    client.force_login(operator)
    before = (turned_at - timedelta(days=1)).isoformat()
    for aimed, status in ((None, 404), (before, 404), (turned_at.isoformat(), 200)):
        tell(frame, view, "shifted", A_BIT_RIGHT, aimed=aimed)
        assert client.get(address).status_code == status


def test_frame_is_served_only_if_it_shows_the_current_view(client, eye, view, operator):
    frame, other = sees(eye, seconds_ago=3600), View.objects.create(camera=eye, current=False, name="preset 2")
    address = reverse("camera-frame", args=[eye.code, frame.micros])
    client.force_login(operator)
    for shown, status in ((view, 200), (other, 404)):
        tell(frame, shown, "fits")
        assert client.get(address).status_code == status


def test_a_camera_that_looks_no_known_way_shows_nothing(client, eye, view, operator):
    View.objects.filter(pk=view.pk).update(current=False)
    client.force_login(operator)
    assert client.get(reverse("camera-picture", args=[eye.code])).status_code == 404


def test_officer_gets_evidence_with_the_zones_filled(client, eye, view, officer, incident):
    evidence = keeps(eye, incident)
    address, page = reverse("evidence", args=[evidence.pk]), reverse("cameras-nearby", args=[incident.reference])
    client.force_login(officer)
    assert 0.5 <= filled_share(client.get(address)) < 0.6
    assert address in client.get(page).content.decode()
    View.objects.filter(pk=view.pk).update(state="lost")
    assert client.get(address).status_code == 404
    shown = client.get(page).content.decode()
    assert address not in shown
    assert "Vùng che" in shown or "vùng che" in shown


def test_evidence_that_was_kept_with_its_view_needs_no_guess(client, eye, view, officer, incident):
    lay = {"view": {"state": "shifted", "transform": A_BIT_RIGHT}}
    evidence = keeps(eye, incident, register=lay, taken_at=now() - timedelta(days=3))
    View.objects.filter(pk=view.pk).update(state="lost")
    client.force_login(officer)
    assert 0.75 <= filled_share(client.get(reverse("evidence", args=[evidence.pk]))) < 0.85


def test_one_cameras_zones_are_no_others(client, eye, view, operator):
    other = camera("A2")
    sees(other, colour="navy")
    client.force_login(operator)
    assert client.get(reverse("camera-picture", args=["A2"])).content == factories.jpeg(colour="navy")
    assert Camera.objects.count() == 2


def filled_in(view, **changes):
    """Return the form data of the view's camera in the administration."""
    camera_row = view.camera
    return {
        "code": camera_row.code, "name": camera_row.name, "place_lat": camera_row.place.y,
        "place_lon": camera_row.place.x, "period_s": 30,
        "kind": "jpeg", "active": "on", "views-TOTAL_FORMS": 1, "views-INITIAL_FORMS": 1, "views-0-id": view.pk,
        "views-0-camera": camera_row.pk, "views-0-zones": "[]",
    } | changes  # fmt: skip


def test_administration_saves_zones_but_no_columns_of_the_patrol(admin_client, view):
    address = reverse("admin:cameras_camera_change", args=[view.camera_id])
    assert admin_client.get(address).status_code == 200
    sent = filled_in(view, **{"views-0-zones": "[[[0.1, 0.1], [0.5, 0.1], [0.5, 1]]]", "public": "on", "name": "Quay"})
    answer = admin_client.post(address, sent)
    assert answer.status_code == 302, answer.context["errors"]
    view.refresh_from_db()
    assert (view.zones, view.state) == ([[[0.1, 0.1], [0.5, 0.1], [0.5, 1]]], "fits")
    assert (view.camera.public, view.camera.name, view.camera.health) == (True, "Quay", "live")


def test_a_camera_without_a_view_gets_one_for_its_zones(admin_client, eye):
    new = filled_in(View(camera=eye), **{"views-0-zones": "[[[0, 0], [1, 0], [1, 1]]]", "views-INITIAL_FORMS": 0})
    new["views-0-id"] = ""
    answer = admin_client.post(reverse("admin:cameras_camera_change", args=[eye.pk]), new)
    assert answer.status_code == 302, answer.context["errors"]
    assert [(drawn.zones, drawn.state, drawn.current) for drawn in eye.views.all()] == [
        ([[[0, 0], [1, 0], [1, 1]]], "unknown", True)
    ]


@pytest.mark.parametrize(
    "zones", ["{}", "5", '"all"', "[[[0, 0], [1, 1]]]", "[[[0, 0], [1, 0], [2, 2]]]", "[[0, 1, 2]]", "["]
)
def test_a_zone_that_is_none_is_refused_in_the_administration(admin_client, view, zones):
    address = reverse("admin:cameras_camera_change", args=[view.camera_id])
    answer = admin_client.post(address, filled_in(view, **{"views-0-zones": zones}))
    assert answer.status_code == 200
    assert answer.context["errors"]
    view.refresh_from_db()
    assert view.zones == LEFT_HALF


def test_cameras_are_made_public_several_at_once(admin_client, eye):
    other = camera("A2")
    for action, public in (("publish", True), ("withdraw", False)):
        chosen = {"action": action, "_selected_action": [eye.pk, other.pk]}
        assert admin_client.post(reverse("admin:cameras_camera_changelist"), chosen).status_code == 302
        assert set(Camera.objects.values_list("public", flat=True)) == {public}


# ---- the small pictures that prove how a camera was

HOUSE = [[[0.25, 0.25], [0.5, 0.25], [0.5, 0.5], [0.25, 0.5]]]
MOVED = [[1, 0, 0.2], [0, 1, 0.1]]  # to where the house is in the picture of a camera that was nudged
PINK = (255, 0, 255)  # no street is


def street_with_a_house(width, height, x=0.0, y=0.0):
    """Draw a street in which only the house is pink, shifted so many fractions right of and below its zone."""
    image = np.random.default_rng(1).integers(110, 220, (height, width, 1), np.uint8).repeat(3, 2)
    (left, top), _, (right, bottom), _ = HOUSE[0]
    image[round((top + y) * height) : round((bottom + y) * height),
          round((left + x) * width) : round((right + x) * width)] = PINK  # fmt: skip
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()


def pink(image):
    """Return which part of a picture is pink."""
    blue, green, red = np.moveaxis(image, 2, 0)
    return float((np.minimum(blue, red) - green > 60).mean())


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize("size", [(1280, 720), (1001, 563), (640, 480), (300, 168)])
@pytest.mark.parametrize(("state", "transform"), [("fits", None), ("shifted", MOVED)])
def test_proof_of_any_size_has_its_zones_filled_in_place(
    client, eye, view, operator, controller, officer, town, size, state, transform
):
    x, y = (0.2, 0.1) if transform else (0, 0)
    small = make_thumbnail(street_with_a_house(*size, x, y))
    View.objects.update(zones=HOUSE, state="lost")  # its current state does not matter
    received = {"view": {"key": view.pk, "state": state, "transform": transform}}
    interval = was(eye, "moved", now(), proof=small, received=received)
    address = reverse("camera-proof", args=[eye.code, interval.pk])
    technician = factories.person("technician", town.desk, "technician")
    chief = factories.superuser()
    seen = {}
    for who in (operator, technician, controller, chief, officer):
        client.force_login(who)
        answers = [client.get(address), client.get(address, {"size": "tile"})]
        seen[who.username] = [
            image_of(answer) if answer.status_code == 200 else answer.status_code for answer in answers
        ]
    assert seen.pop("officer") == [404, 404]
    assert {image.shape for images in seen.values() for image in images} == {
        (round(size[1] * min(1, 320 / size[0])), min(320, size[0]), 3)
    }
    for who in ("operator", "technician"):
        for image in seen[who]:
            assert pink(image) == 0
            height, width = image.shape[:2]
            middle = image[round((0.375 + y) * height), round((0.375 + x) * width)]
            assert np.abs(middle - covering.FILL).max() < 24
            # It is the zone that is filled, with its margin, and no more.
            assert 1 / 16 < (np.abs(image - covering.FILL).max(axis=2) < 24).mean() < 0.1
    assert all(0.06 < pink(image) < 0.08 for who in ("controller", "chief") for image in seen[who])
