"""Test the drawing of privacy zones on a picture, and new zones for a camera that was turned on purpose."""

import pytest
from django.contrib.admin.models import LogEntry
from django.utils.timezone import now

from cameras.masking import covering, zones, zoning
from cameras.models import Camera, Frame, View
from incidents.models import Membership
from tests import factories
from tests.cameras.conftest import camera, sees
from tests.cameras.masking.test_zones import A_BIT_RIGHT, LEFT_HALF, filled_share, tell

PAGE, TURNED = "/cameras/A1/zones/", "/cameras/A1/zones/?turned=1"
LEFT = "0.000 0.000  0.500 0.000  0.500 1.000  0.000 1.000"
TOP = "0 0  1 0  1 0.25  0 0.25"


@pytest.fixture
def view(eye):
    return View.objects.create(camera=eye, zones=LEFT_HALF, state="fits", reference="view.jpg")


@pytest.fixture
def technician(town):
    return factories.person("technician", town.desk, Membership.Role.TECHNICIAN)


def sent_fields(page, text):
    """Return the form data of the page with this text in its field."""
    context = page.context
    on = context["ground"].frame.micros if context["ground"] else ""
    return {"zones": text, "on": on, "seen": context["form"].digest}


def test_added_zone_is_filled_for_operators_from_then_on(client, eye, view, controller, operator):
    client.force_login(controller)
    page = client.get(PAGE)
    assert page.context["form"]["zones"].value() == LEFT
    answer = client.post(PAGE, sent_fields(page, f"{LEFT}\n0,6 0,6  0.9 0.6;0.9 0.9"))
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    view.refresh_from_db()
    assert (view.zones, view.state) == ([*LEFT_HALF, [[0.6, 0.6], [0.9, 0.6], [0.9, 0.9]]], "fits")
    client.post(PAGE, sent_fields(client.get(PAGE), TOP))
    client.force_login(operator)
    assert filled_share(client.get("/cameras/A1/now.jpg")) == 1


def test_change_of_zones_is_logged_with_person_and_old_zones(client, eye, view, controller):
    client.force_login(controller)
    client.post(PAGE, sent_fields(client.get(PAGE), TOP))
    client.post(
        PAGE, sent_fields(client.get(PAGE), "0.000 0.000  1.000 0.000  1.000 0.250  0.000 0.250")
    )  # nothing changed
    entry = LogEntry.objects.get()
    after = "[[[0, 0], [1, 0], [1, 0.25], [0, 0.25]]]"
    assert (entry.user, entry.object_id) == (controller, str(eye.pk))
    assert entry.change_message == f"privacy zones: [[[0, 0], [0.5, 0], [0.5, 1], [0, 1]]] → {after}"
    assert [change.who for change in client.get(PAGE).context["changes"]] == [controller.username]


@pytest.mark.usual_rows(6)
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0.1 0.1 0.2", "Vùng 1: mỗi góc ghi hai số"),
        ("0.1 0.1  0.2 zwei  0.3 0.3", "Vùng 1: mỗi góc ghi hai số"),
        (f"{TOP}\n0.1 0.1  0.2 0.2", "Vùng 2: cần từ 3 đến 60 góc."),
        ("0.1 0.1  0.2 0.2  0.3 1.2", "Vùng 1: mỗi góc là hai số từ 0 đến 1"),
        ("nan 0.1  0.2 0.2  0.3 0.2", "Vùng 1: mỗi góc là hai số từ 0 đến 1"),
        ("1e400 0.1  0.2 0.2  0.3 0.2", "Vùng 1: mỗi góc là hai số từ 0 đến 1"),
        ("0 0  1 1  1 0  0 1", "Vùng 1: đường viền tự cắt nhau"),
        ("0.1 0.1  0.2 0.2  0.3 0.3", "Vùng 1: đường viền tự cắt nhau"),
        ("\n".join([TOP] * 31), "Tối đa 30 vùng."),
        ("0.1 0.1 " * 61, "Vùng 1: cần từ 3 đến 60 góc."),
        ("x" * 30_001, "30000"),
        ("\x07", "Vùng 1: mỗi góc ghi hai số"),
    ],
)
def test_what_is_no_zone_is_said_and_nothing_is_kept(client, view, controller, text, words):
    client.force_login(controller)
    answer = client.post(PAGE, sent_fields(client.get(PAGE), text))
    assert answer.status_code == 400
    assert words in answer.content.decode()
    view.refresh_from_db()
    assert view.zones == LEFT_HALF


@pytest.mark.parametrize("on", ["1", "99999999999999999", "x", "-1", "123456789012345678", "²"])
def test_a_picture_that_is_not_there_is_said(client, view, controller, on):
    client.force_login(controller)
    answer = client.post(PAGE, sent_fields(client.get(PAGE), TOP) | {"on": on})
    assert answer.status_code == 400
    view.refresh_from_db()
    assert view.zones == LEFT_HALF


def test_two_who_draw_at_once_do_not_undo_each_other(client, view, controller):
    client.force_login(controller)
    mine = sent_fields(client.get(PAGE), f"{LEFT}\n{TOP}")
    client.post(PAGE, sent_fields(client.get(PAGE), TOP))
    answer = client.post(PAGE, mine)
    assert answer.status_code == 400
    assert "Có người vừa sửa vùng che" in answer.content.decode()
    view.refresh_from_db()
    assert view.zones == [[[0, 0], [1, 0], [1, 0.25], [0, 0.25]]]


def test_zones_drawn_on_a_shifted_picture_are_stored_unshifted(client, eye, view, controller):
    View.objects.update(state="shifted", transform=A_BIT_RIGHT)
    client.force_login(controller)
    page = client.get(PAGE)
    assert page.context["form"]["zones"].value() == "0.250 0.000  0.750 0.000  0.750 1.000  0.250 1.000"
    client.post(PAGE, sent_fields(page, page.context["form"]["zones"].value() + "\n0.8 0.4  0.9 0.4  0.9 0.6"))
    view.refresh_from_db()
    # An untouched zone stays to the last digit; a new one is transformed back.
    assert view.zones == [*LEFT_HALF, [[0.55, 0.4], [0.65, 0.4], [0.65, 0.6]]]


def test_zone_drawn_to_the_border_extends_beyond_it():
    drawn = zoning.zone_from_ground([[0, 0.2], [0.5, 0.2], [0.5, 1]], [[1, 0, -0.02], [0, 1, 0.02]])
    assert drawn == [[0, 0.18], [0.52, 0.18], [0.52, 1]]
    [(corner, *_)] = covering.place_zones([drawn], "fits")
    assert corner[0] < -0.9


@pytest.mark.parametrize(
    ("state", "reference", "ground"),
    [("fits", "view.jpg", True), ("shifted", "view.jpg", False), ("lost", "view.jpg", False),
     ("turns", "view.jpg", False), ("unknown", "view.jpg", False), ("unknown", "", True)],
)  # fmt: skip
def test_zones_are_drawn_only_on_a_picture_with_a_known_view(client, eye, view, controller, state, reference, ground):
    View.objects.update(state=state, reference=reference)
    client.force_login(controller)
    assert bool(client.get(PAGE).context["ground"]) == ground


def test_earlier_picture_of_the_view_is_preferred_for_drawing(client, eye, view, controller):
    before = sees(eye, seconds_ago=1800)
    tell(before, view, "fits")
    Frame.objects.exclude(taken_at=before.taken_at).update(
        received={"view": {"key": view.pk + 1, "state": "fits", "transform": None}}
    )
    client.force_login(controller)
    assert client.get(PAGE).context["ground"].frame.taken_at == before.taken_at


def test_a_technician_draws_on_a_picture_with_its_zones_filled(client, eye, view, technician):
    client.force_login(technician)
    page = client.get(PAGE)
    shown = client.get(f"/cameras/A1/{page.context['ground'].frame.micros}.jpg")
    assert 0.5 <= filled_share(shown) < 0.6
    View.objects.update(state="unknown")
    page = client.get(PAGE)
    assert (page.status_code, page.context["ground"]) == (200, None)


def test_an_administrator_sees_no_picture_and_writes_numbers(client, view, town):
    client.force_login(factories.person("administrator", town.desk, Membership.Role.ADMIN))
    page = client.get(PAGE)
    assert (page.context["ground"], "<img data-picture" in page.content.decode()) == (None, False)
    assert client.post(PAGE, sent_fields(page, TOP)).status_code == 302
    view.refresh_from_db()
    assert len(view.zones) == 1


def test_nothing_is_shown_to_draw_on_while_a_camera_is_paused(client, eye, view, controller):
    Camera.objects.update(paused_until=now() + zones.OF_NOW)
    client.force_login(controller)
    assert client.get(PAGE).context["ground"] is None


def test_drawing_makes_a_missing_view_and_refuses_unclear_ones(client, eye, controller):
    client.force_login(controller)
    assert client.post(PAGE, sent_fields(client.get(PAGE), TOP)).status_code == 302
    drawn = View.objects.get()
    assert (drawn.current, drawn.state, len(drawn.zones)) == (True, "unknown", 1)
    View.objects.update(current=False)
    answer = client.get(PAGE)
    assert (answer.status_code, answer["Location"]) == (302, "/cameras/A1/")


# ---- turned on purpose


@pytest.fixture
def turned_frame(eye, view):
    """Set the camera's view to lost; its newest picture is of the new view."""
    Camera.objects.update(health="moved")
    View.objects.update(state="lost")
    frame = sees(eye, seconds_ago=1, colour="red")
    Camera.objects.update(health="moved")
    Frame.objects.filter(taken_at=frame.taken_at).update(health="moved")
    tell(frame, view, "lost")
    return frame


def test_turned_camera_without_zones_is_confirmed_as_on_purpose(client, turned_frame, view, technician):
    View.objects.update(zones=[])
    client.force_login(technician)
    for page in ("/cameras/A1/", "/cameras/health/A1/"):
        assert 'action="/cameras/A1/turned/"' in client.get(page).content.decode()
    assert client.post("/cameras/A1/turned/")["Location"] == "/cameras/A1/"
    view.refresh_from_db()
    assert (view.state, view.reference, view.camera.aimed_at is not None) == ("unknown", "", True)
    entry = LogEntry.objects.get()
    assert (entry.user, entry.change_message) == (technician, "turned on purpose")


def test_where_there_are_zones_they_are_drawn_anew_first(client, turned_frame, view, controller, operator):
    client.force_login(controller)
    assert client.post("/cameras/A1/turned/")["Location"] == TURNED
    view.refresh_from_db()
    assert (view.state, view.zones, view.camera.aimed_at) == ("lost", LEFT_HALF, None)  # nothing happened yet
    page = client.get(TURNED)
    assert (page.context["ground"].frame.taken_at, page.context["form"]["zones"].value()) == (turned_frame.taken_at, "")
    assert client.post(TURNED, sent_fields(page, "x")).status_code == 400
    assert client.post(TURNED, sent_fields(page, TOP))["Location"] == PAGE
    view.refresh_from_db()
    assert (view.state, view.zones) == ("unknown", [[[0, 0], [1, 0], [1, 0.25], [0, 0.25]]])
    assert view.camera.aimed_at > turned_frame.taken_at
    assert LogEntry.objects.get().change_message.startswith("turned on purpose; privacy zones: [[[0, 0]")
    # Until the new view is learnt, nobody but the control room sees anything.
    client.force_login(operator)
    assert client.get("/cameras/A1/now.jpg").status_code == 404


def test_technician_who_may_not_see_behind_zones_cannot_redraw(client, turned_frame, view, technician):
    client.force_login(technician)
    assert client.post("/cameras/A1/turned/")["Location"] == TURNED
    page = client.get(TURNED)
    assert page.context["ground"] is None
    assert "Phòng điều hành xem" in page.content.decode()
    assert client.post(TURNED, sent_fields(page, TOP)).status_code == 400
    view.refresh_from_db()
    assert view.zones == LEFT_HALF


def test_a_camera_that_looks_where_it_did_was_not_turned(client, view, controller, officer):
    client.force_login(controller)
    assert 'action="/cameras/A1/turned/"' not in client.get("/cameras/A1/").content.decode()
    assert client.post("/cameras/A1/turned/").status_code == 404
    assert client.get(TURNED).context["turned"] is False
    client.force_login(officer)
    for answer in (client.get(PAGE), client.post(PAGE, {}), client.post("/cameras/A1/turned/")):
        assert answer.status_code == 404


def test_a_code_with_a_slash_has_its_page(client, controller, town):
    camera("P/1")
    client.force_login(controller)
    assert client.get("/cameras/P/1/zones/").status_code == 200
