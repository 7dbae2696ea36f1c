"""Test setting a camera's view on the map by mouse and by keyboard; a file of cameras; what is in view."""

import pytest
from playwright.sync_api import expect

from cameras.models import View
from cameras.register.fields_of_view import cameras_seeing, update_view
from incidents.models import Membership
from tests import factories
from tests.browser.conftest import axe_findings, on_screen, shoot
from tests.cameras.conftest import camera, sees

pytestmark = pytest.mark.browser


@pytest.fixture
def chief(town):
    chief = factories.person("chief", town.desk, Membership.Role.ADMIN)
    factories.post(user=chief, authority=town.desk, role=Membership.Role.TECHNICIAN)
    return chief


@pytest.fixture
def pier(town):
    pier = camera("P/1", name="Pier")
    update_view(View(camera=pier), bearing_deg=90, angle_deg=60, range_m=100)
    return pier


def whole(page):
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert axe_findings(page) == []


def numbers(page):
    return [float(page.locator(f"#id_{name}").input_value()) for name in ("bearing_deg", "angle_deg", "range_m")]


def drag(page, name, dx, dy):
    handle = page.locator(f"[data-handle={name}]")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx / 2, y + dy / 2, steps=4)
    page.mouse.move(x + dx, y + dy, steps=4)
    page.mouse.up()


@pytest.mark.deep
def test_a_view_is_dragged_on_the_map(visitor, chief, pier):
    page = visitor(1440, user=chief)
    page.goto("/cameras/P/1/")
    expect(page.locator("[data-handle=bearing]")).to_be_visible()
    assert numbers(page) == [90, 60, 100]
    drag(page, "bearing", 0, 120)
    bearing, angle, reach = numbers(page)
    assert 110 < bearing < 175
    assert (angle, reach) == (60, 100)
    drag(page, "range", 20, 40)
    assert numbers(page)[2] > 105
    drag(page, "angle", -40, 0)
    assert numbers(page)[1] > 61
    shoot(page, "register-camera")
    whole(page)
    wanted = numbers(page)
    page.get_by_text("Đã đối chiếu với hình").click()
    page.get_by_role("button", name="Lưu vùng nhìn").click()
    expect(page.locator("#toasts")).to_contain_text("Đã lưu")
    view = View.objects.get()
    assert [view.bearing_deg, view.angle_deg, view.range_m, view.verified] == [*wanted, True]
    assert list(cameras_seeing(factories.place_ahead(pier.place, wanted[0], wanted[2] * 0.9))) == [pier]


@pytest.mark.deep
@on_screen(1440, "en")
def test_all_of_it_is_done_by_keyboard(visitor, chief, pier, width, language):
    page = visitor(width, user=chief, language=language)
    page.goto("/cameras/P/1/")
    handle = page.locator("[data-handle=bearing]")
    expect(handle).to_have_attribute("aria-valuenow", "90")
    page.locator("#id_verified").check()
    handle.focus()
    for key in ("ArrowRight", "Shift+ArrowRight", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
    page.locator("[data-handle=angle]").focus()
    page.keyboard.press("Shift+ArrowLeft")
    page.locator("[data-handle=range]").focus()
    page.keyboard.press("ArrowUp")
    assert numbers(page) == [101, 50, 105]
    assert page.locator("[data-handle=angle]").get_attribute("role") == "slider"
    # What was compared was another view.
    expect(page.locator("#id_verified")).not_to_be_checked()
    # Typed numbers move the handles.
    page.locator("#id_bearing_deg").fill("45.5")
    expect(handle).to_have_attribute("aria-valuenow", "45.5")
    shoot(page, f"register-camera-keys-{language}")
    whole(page)
    # Drawn: the sector becomes corners; one goes, one comes, one moves; something stands in the way.
    page.locator("input[name=shape][value=drawn]").check()
    corners = page.locator("[data-handle^=drawn-]")
    before = corners.count()
    page.locator("[data-handle=drawn-2]").focus()
    page.keyboard.press("Delete")
    expect(corners).to_have_count(before - 1)
    page.locator("[data-handle=drawn-1]").focus()
    page.keyboard.press("Shift+ArrowUp")
    page.locator("[data-add-corner]").press("Enter")
    expect(corners).to_have_count(before)
    expect(page.locator("[data-handle=drawn-2]")).to_be_focused()
    page.locator("[data-add-hidden]").press("Enter")
    expect(page.locator("[data-handle^=hidden-]")).to_have_count(4)
    page.keyboard.press("Shift+ArrowLeft")
    shoot(page, f"register-camera-drawn-{language}")
    whole(page)
    page.locator(".view-form .primary").press("Enter")
    expect(page.locator("#toasts .toast")).to_be_visible()
    view = View.objects.get()
    assert view.drawn.num_coords == before + 1
    assert len(view.hidden) == 1
    assert view.footprint.valid
    expect(page.locator("[data-handle^=hidden-]")).to_have_count(4)  # the page that came anew has drawn them
    page.locator("[data-remove-hidden]").press("Enter")
    expect(page.locator("[data-handle^=hidden-]")).to_have_count(0)


@pytest.mark.deep
def test_the_bar_leads_a_technician_to_the_register(visitor, town, pier):
    page = visitor(1024, user=factories.person("technician", town.desk, Membership.Role.TECHNICIAN))
    page.goto("/cameras/register/")
    expect(page.get_by_role("navigation", name="Chính").locator("[aria-current=page]")).to_have_text("Danh mục camera")
    shoot(page, "register-narrow-desk")
    whole(page)


@pytest.mark.deep
def test_faulty_numbers_are_told_beside_their_fields(visitor, chief, pier):
    page = visitor(390, user=chief)
    page.goto("/cameras/P/1/")
    page.locator("#id_bearing_deg").fill("400")
    page.locator("#id_range_m").fill("")
    page.locator(".view-form .primary").click()
    expect(page.locator("#id_bearing_deg_error")).to_be_visible()
    expect(page.locator("[role=alert]")).to_be_focused()
    visitor.complaints.clear()  # the console mentions the 400 that was asked for
    shoot(page, "register-camera-faulty")
    whole(page)


@pytest.mark.deep
def test_the_control_room_looks_and_has_no_handles(visitor, controller, pier):
    sees(pier)
    page = visitor(1440, user=controller, language="en")
    page.goto("/cameras/P/1/")
    expect(page.locator(".cone")).to_be_visible()
    expect(page.locator("[data-handle]")).to_have_count(0)
    expect(page.locator(".view-form .primary")).to_have_count(0)
    shoot(page, "register-camera-read")
    whole(page)
    visitor.complaints.clear()  # the picture lies in the folder of the test, not of the server


@pytest.mark.deep
@on_screen(390, "vi")
def test_a_file_is_shown_and_kept_without_choosing_it_twice(visitor, chief, town, tmp_path, width, language):
    file = tmp_path / "cameras.csv"
    file.write_text("code,name,longitude,latitude,bearing,angle,range\nN-1,Net,10.005,50.005,0,60,100\n")
    page = visitor(width, user=chief, language=language)
    page.goto("/cameras/import/")
    page.locator("input[type=file]").set_input_files(file)
    page.locator("form[data-preview] .primary").first.click()
    expect(page.locator("#plan")).to_contain_text("N-1 Net")
    shoot(page, f"register-import-{language}")
    whole(page)
    page.locator("[name=commit]").click()
    page.wait_for_url("**/cameras/register/")
    expect(page.get_by_role("link", name="Net")).to_be_visible()
    shoot(page, f"register-{language}")
    whole(page)
    assert View.objects.get().bearing_deg == 0


@on_screen(1440, "en")
@pytest.mark.deep
def test_what_is_in_view_stands_on_a_map_and_in_a_table(visitor, controller, pier, town, width, language):
    ahead = factories.place_ahead
    for place in (ahead(pier.place, 90, 50), factories.IN_NEW, ahead(factories.IN_NEW, 0, 10)):
        factories.incident(town.hole, place)
    page = visitor(width, user=controller, language=language)
    page.goto("/cameras/coverage/")
    expect(page.locator("path.seen-guessed")).to_have_count(1)
    expect(page.locator("path.out-of-view")).to_have_count(1)
    row = page.get_by_role("row").filter(has_text="New Wharf")
    expect(row.get_by_role("cell").last).to_have_text("2")
    shoot(page, f"register-coverage-{language}")
    whole(page)
