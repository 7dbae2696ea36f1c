"""Test privacy zones drawn by mouse and by keyboard, and burnt into the pictures of others."""

import cv2
import numpy as np
import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from cameras.masking import covering, stills
from cameras.models import Camera, Frame, Still, View
from tests import factories
from tests.browser.conftest import axe_findings, on_screen, shoot
from tests.cameras.conftest import camera, in_ring, keeps, sees
from tests.cameras.masking.test_finders import installed
from tests.cameras.masking.test_stills import MINUTE, street

pytestmark = pytest.mark.browser


@pytest.fixture
def quay(town, site):
    quay = camera("Q1", name="Bến Quay", public=True)
    View.objects.create(camera=quay, state="fits", reference="view.jpg")
    at = now() - MINUTE / 20
    frame = in_ring(quay, street(), at)
    Frame.objects.update(width=512, height=288)
    Camera.objects.update(last_taken_at=at, last_sha256=frame.sha256, moved_at=at, health="live", health_since=at)
    quay.refresh_from_db()
    return quay


def whole(page):
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert axe_findings(page) == []


def zones():
    return View.objects.get().zones


def drag(page, start, end):
    box = page.locator("[data-picture]").bounding_box()
    for place, act in ((start, page.mouse.down), (end, page.mouse.up)):
        x, y = box["x"] + place[0] * box["width"], box["y"] + place[1] * box["height"]
        page.mouse.move(x, y, steps=5)
        act()


def is_filled(picture, x, y):
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    tall, wide = image.shape[:2]
    return bool(np.abs(image[int(y * tall), int(x * wide)].astype(int) - covering.FILL).max() < 24)


def fetch_picture(page, address):
    answer = page.request.get(address)
    assert answer.status == 200
    return answer.body()


@pytest.mark.deep
@installed
def test_zone_drawn_by_mouse_is_filled_for_officers_and_public(visitor, quay, controller, officer, town, settings):
    evidence = keeps(quay, factories.incident(town.hole), taken_at=now())
    page = visitor(1440, user=controller)
    page.goto("/cameras/Q1/")
    page.get_by_role("link", name="Vẽ vùng che riêng tư").click()
    expect(page.locator("[data-picture]")).to_have_js_property("complete", True)
    drag(page, (0.1, 0.5), (0.3, 0.9))
    expect(page.locator("[data-handle^=corner-]")).to_have_count(4)
    expect(page.locator("[data-handle=zone-0]")).to_be_focused()
    # One corner is dragged out, and the whole a bit to the right.
    drag(page, (0.3, 0.9), (0.4, 0.95))
    drag(page, (0.225, 0.7125), (0.275, 0.7125))
    shoot(page, "zones-mouse")
    whole(page)
    page.get_by_role("button", name="Lưu vùng che").click()
    expect(page.locator("#toasts")).to_contain_text("Đã lưu vùng che")
    [zone] = zones()
    wanted = [(0.15, 0.5), (0.35, 0.5), (0.45, 0.95), (0.15, 0.9)]
    assert np.abs(np.array(zone) - wanted).max() < 0.02
    expect(page.get_by_text("vẽ vùng che").last).to_be_visible()

    settings.VISION = True
    assert stills.make_stills() == 1
    Still.objects.update(taken_at=now() - 6 * MINUTE)
    for reader, address in ((officer, f"/evidence/{evidence.pk}.jpg"), (None, "/cameras/Q1/still.jpg")):
        picture = fetch_picture(visitor(user=reader), address)
        assert [is_filled(picture, *place) for place in ((0.25, 0.7), (0.4, 0.9), (0.25, 0.4), (0.6, 0.7))] == [
            True, True, False, False,
        ]  # fmt: skip
    assert not is_filled(fetch_picture(page, "/cameras/Q1/now.jpg"), 0.25, 0.7)


@pytest.mark.deep
@on_screen(1440, "en")
def test_all_of_it_is_done_by_keyboard(visitor, quay, controller, operator, width, language):
    page = visitor(width, user=controller, language=language)
    page.goto("/cameras/Q1/zones/")
    page.locator("[data-add-zone]").press("Enter")
    expect(page.locator("[data-handle=zone-0]")).to_be_focused()
    for key in ("Shift+ArrowLeft", "Shift+ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
    page.keyboard.press("Tab")
    expect(page.locator("[data-handle=corner-0-0]")).to_be_focused()
    page.keyboard.press("Shift+ArrowLeft")
    page.locator("[data-add-corner]").press("Enter")
    expect(page.locator("[data-handle=corner-0-1]")).to_be_focused()
    page.keyboard.press("Shift+ArrowUp")
    page.locator("[data-handle=corner-0-4]").focus()
    page.keyboard.press("Delete")
    expect(page.locator("[data-handle^=corner-]")).to_have_count(4)
    # A second one comes, and goes as a whole.
    page.locator("[data-add-zone]").press("Enter")
    page.keyboard.press("Delete")
    expect(page.locator("[data-handle^=zone-]")).to_have_count(1)
    page.locator("[data-handle=corner-0-2]").focus()
    shoot(page, "zones-keys")
    whole(page)
    page.locator(".zones-form .primary").press("Enter")
    expect(page.locator("#toasts .toast")).to_be_visible()
    assert zones() == [[[0.25, 0.395], [0.375, 0.345], [0.5, 0.395], [0.5, 0.595]]]
    shoot(page, "zones-kept")
    picture = fetch_picture(visitor(user=operator), "/cameras/Q1/now.jpg")
    assert [is_filled(picture, *place) for place in ((0.45, 0.5), (0.6, 0.5))] == [True, False]
    # The last one goes, too, and the camera is shown as before.
    page.locator("[data-handle=zone-0]").focus()
    page.keyboard.press("Delete")
    expect(page.locator("[data-add-zone]")).to_be_focused()
    page.locator(".zones-form .primary").press("Enter")
    expect(page.locator("#toasts .toast")).to_be_visible()
    assert zones() == []


@pytest.mark.deep
def test_a_finger_draws_and_the_page_says_what_is_wrong(visitor, quay, controller):
    page = visitor(390, user=controller)
    page.goto("/cameras/Q1/zones/")
    page.locator("#id_zones").fill("0.1 0.1  0.4 0.1  0.4 0.4\n0.5 0.5  0.9 0.9")
    expect(page.locator(".zones polygon")).to_have_count(1)
    page.locator(".zones-form .primary").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Vùng 2: cần từ 3 đến 60 góc.")
    visitor.complaints.clear()  # the console mentions the 400 that was asked for
    shoot(page, "zones-faulty")
    whole(page)
    assert zones() == []


@pytest.mark.deep
def test_without_a_script_zones_are_numbers(visitor, quay, controller):
    page = visitor(user=controller, java_script_enabled=False)
    page.goto("/cameras/Q1/zones/")
    page.locator("#id_zones").fill("0,1 0,1  0,4 0,1  0,4 0,4")
    page.locator(".zones-form .primary").press("Enter")
    expect(page.get_by_text("Đã lưu vùng che")).to_be_visible()
    assert zones() == [[[0.1, 0.1], [0.4, 0.1], [0.4, 0.4]]]


@on_screen(390, "vi")
@pytest.mark.deep
def test_a_camera_turned_on_purpose_has_its_zones_drawn_anew(visitor, quay, controller, width, language):
    View.objects.update(state="lost", zones=[[[0, 0], [0.5, 0], [0.5, 1], [0, 1]]])
    frame = sees(quay, colour="olive")
    Camera.objects.update(health="moved")
    Frame.objects.filter(taken_at=frame.taken_at).update(health="moved", width=512, height=288)
    page = visitor(width, user=controller, language=language)
    for name, address in (("health", "/cameras/health/Q1/"), ("register", "/cameras/Q1/")):
        page.goto(address)
        shoot(page, f"turned-{name}")
        whole(page)
    page.locator("form[action$='/turned/'] button").click()
    page.wait_for_url("**/zones/?turned=1")
    expect(page.locator("[data-handle]")).to_have_count(0)
    page.locator("[data-add-zone]").click()
    shoot(page, "turned-zones")
    whole(page)
    page.locator(".zones-form .primary").click()
    expect(page.locator("#toasts .toast")).to_be_visible()
    view = View.objects.select_related("camera").get()
    assert (view.zones, view.state) == ([[[0.4, 0.4], [0.6, 0.4], [0.6, 0.6], [0.4, 0.6]]], "unknown")
    assert view.camera.aimed_at is not None
