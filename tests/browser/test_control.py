"""The control room, as the person in it sees it: incidents come to the front by themselves, cameras beside them."""

import re
from datetime import timedelta

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from cameras.models import Camera
from incidents import timeline
from incidents.models import Event
from tests import factories
from tests.browser.conftest import axe_findings, shoot, wait_until
from tests.cameras.conftest import camera, keeps, sees

pytestmark = pytest.mark.browser


@pytest.fixture
def eyes(town, site):
    """Six cameras along Harbour Road, the first nearest to where things happen in Old Wharf, and a pool of others."""
    near = [camera(f"TTH {i}", lon=10.0052 + i * 0.0009, name=f"Harbour Road {i}") for i in range(1, 6)]
    pool = [camera(f"P{i:02}", lon=10.013 + i * 0.0001, lat=50.001, name=f"Quay {i:02}") for i in range(30)]
    for i, one in enumerate(near + pool):
        sees(one, colour=(i * 7 % 256, i * 31 % 256, 120))
    return near


@pytest.fixture
def room(visitor, controller, eyes):
    def enter(width=1440, language="en", **more):
        page = visitor(width, user=controller, language=language, **more)
        page.goto("/control/")
        expect(tiles(page)).to_have_count(20)
        return page

    return enter


def title(page):
    return page.locator("#focus-title")


def tiles(page):
    return page.locator("#wall .tile:visible")


def test_a_new_incident_comes_to_the_front_with_its_cameras_and_what_they_saw_then(room, eyes, town):
    page = room()
    expect(title(page)).to_have_text("All quiet")

    incident = factories.incident(town.leak)
    expect(title(page)).to_have_text("Water leak")
    expect(page.locator("#queue").get_by_role("link", name="Water leak")).to_have_attribute("aria-current", "true")
    expect(page.locator("#figures")).to_contain_text("1 new within the hour")
    expect(tiles(page).nth(0)).to_contain_text("Harbour Road 1")
    assert [page.locator("#wall .mark").nth(i).inner_text() for i in range(5)] == ["1", "2", "3", "4", ""]
    expect(page.locator("#map .eye.marked")).to_have_text(["1", "2", "3", "4"])
    expect(page.locator("#map .pin.chosen")).to_have_count(1)
    expect(page.locator("#focus .kept").first).to_contain_text("The picture is being fetched")

    kept = keeps(eyes[0], incident)
    timeline.record(incident, Event.Kind.EVIDENCE, public=False)
    picture = page.get_by_role("img", name="Picture kept of camera Harbour Road 1")
    expect(picture).to_be_visible()
    assert picture.get_attribute("src") == f"/evidence/{kept.pk}.jpg"
    wait_until(lambda: picture.evaluate("img => img.naturalWidth") == 64, 15, "the picture did not come")
    expect(page.locator("#focus .kept").first).to_contain_text("kept · 14 m")


def test_what_a_person_holds_stays_in_front_and_the_new_one_knocks(room, town):
    factories.incident(town.hole)
    page = room()
    page.locator("#queue").get_by_role("link", name="Pothole").click()
    expect(page.get_by_role("button", name="Held")).to_have_attribute("aria-pressed", "true")

    factories.incident(town.leak)
    expect(page.locator("#newcomer")).to_contain_text("Water leak")
    expect(title(page)).to_have_text("Pothole")
    expect(page.locator("#spoken")).to_contain_text("Water leak")

    page.locator("#newcomer").click()
    expect(title(page)).to_have_text("Water leak")
    expect(page.locator("#newcomer")).to_be_hidden()

    page.get_by_role("button", name="Held").click()
    factories.incident(town.waste)
    expect(title(page)).to_have_text("Waste", timeout=15_000)


def test_the_wall_is_walked_by_keys(room, town):
    factories.incident(town.hole)
    page = room()
    expect(tiles(page).nth(0)).to_contain_text("Harbour Road 1")
    tiles(page).nth(0).focus()
    names = []
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "Home", "End"):
        page.keyboard.press(key)
        names.append(page.evaluate("[...document.querySelectorAll('#wall .tile')].indexOf(document.activeElement)"))
    assert names == [1, 6, 5, 0, 19]

    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Turn again")).to_be_visible()
    expect(title(page)).to_have_text("Pothole")  # the tile was not pressed
    page.keyboard.press("3")
    expect(page.locator("#focus .sight:visible")).to_have_attribute("data-number", "3")

    page.keyboard.press("Enter")
    expect(title(page)).to_have_text(re.compile("Quay"))
    assert page.evaluate("document.activeElement.matches('.tile')")
    page.keyboard.press("Escape")
    expect(title(page)).to_have_text("Pothole")
    page.keyboard.press("m")
    assert page.evaluate("document.activeElement.id") == "map"
    page.locator("#wall-name").fill("m1")  # letters typed elsewhere are only letters
    assert page.evaluate("document.activeElement.id") == "wall-name"


def test_a_picture_is_fetched_anew_only_when_it_changed(room, eyes, town):
    factories.incident(town.hole)
    page = room()
    page.get_by_role("button", name="Stop turning").click()
    page.wait_for_timeout(1000)
    asked = []
    page.on("request", lambda request: "now.jpg" in request.url and asked.append(request.url))
    expect(tiles(page).nth(0).locator(".age")).to_have_text(re.compile(r"^\d+ s$"))
    with page.expect_response(re.compile("/control/wall/")):
        pass
    with page.expect_response(re.compile("/control/wall/")):
        pass
    assert asked == []

    frame = sees(eyes[0], seconds_ago=0, colour="red")
    with page.expect_response(re.compile(f"TTH%201/now.jpg.{frame.sha256}")):
        pass
    expect(tiles(page).nth(0).locator("img")).to_have_attribute(
        "src", f"/cameras/TTH%201/now.jpg?{frame.sha256}", timeout=12_000
    )
    assert {url.partition("/cameras/")[2] for url in asked} == {f"TTH%201/now.jpg?{frame.sha256}"}


def test_a_camera_that_does_not_see_says_so_and_since_when(room, eyes, town):
    factories.incident(town.hole)
    at = now() - timedelta(hours=2)
    Camera.objects.filter(code="TTH 2").update(health="offline", health_since=at, moved_at=at)
    Camera.objects.filter(code="TTH 3").update(health="frozen", health_since=at, moved_at=at)
    page = room()
    offline, frozen = tiles(page).nth(1), tiles(page).nth(2)
    expect(offline).to_contain_text("No connection")
    expect(offline).to_contain_text("last picture")
    expect(offline.locator("img")).to_have_count(0)
    expect(frozen).to_contain_text("The picture stands still")
    expect(frozen.locator(".age")).to_have_text("2 h")
    assert "grayscale" in frozen.locator("img").evaluate("img => getComputedStyle(img).filter")
    expect(page.locator("#seeing")).to_have_text("33")
    page.locator("#wall-state").select_option("trouble")
    expect(tiles(page)).to_have_count(2)
    page.locator("#wall-state").select_option("all")
    page.locator("#wall-name").fill("quay 07")
    expect(tiles(page)).to_have_count(1)
    page.locator("#wall-name").fill("nowhere")
    expect(tiles(page)).to_have_count(0)


def test_when_the_server_is_gone_no_picture_looks_like_now(visitor, processes, controller, eyes, town):
    factories.incident(town.hole)
    web = processes("web")
    page = visitor(user=controller, language="en")
    cookie = next(one for one in page.context.cookies() if one["name"] == "sessionid")
    page.context.add_cookies([{"name": "sessionid", "value": cookie["value"], "url": web.address}])
    page.goto(f"{web.address}/control/")
    expect(tiles(page).nth(0)).to_have_attribute("data-health", "live")
    web.kill()
    expect(tiles(page).nth(0)).to_contain_text("Old picture, not of now", timeout=40_000)
    expect(page.locator("#live")).to_contain_text("No updates since")
    page.close()  # else it goes on asking, and complaining, while the test ends
    visitor.complaints.clear()


def test_the_wall_turns_until_it_is_stopped(room, eyes):
    page = room()
    page.locator("#wall-size").select_option("4x3")
    expect(tiles(page)).to_have_count(12)
    expect(page.locator("#wall-says")).to_contain_text("page 1 of 3")
    page.get_by_role("button", name="Next page").click()
    expect(page.locator("#wall-says")).to_contain_text("page 2 of 3")
    page.get_by_role("button", name="Page before").click()
    expect(page.locator("#wall-says")).to_contain_text("page 1 of 3")
    expect(page.locator("#wall-says")).to_contain_text("page 2 of 3", timeout=30_000)  # by itself
    page.get_by_role("button", name="Stop turning").click()
    expect(page.locator("#wall-says")).to_contain_text("does not turn")


def test_who_wants_no_motion_has_a_wall_that_does_not_turn(room):
    page = room(reduced_motion="reduce")
    page.locator("#wall-size").select_option("4x3")
    expect(page.locator("#wall-says")).to_contain_text("does not turn")


def test_a_night_does_not_make_the_page_grow(room, town):
    factories.incident(town.hole)
    page = room()
    page.locator("#wall-size").select_option("4x3")
    following = page.get_by_role("button", name="Next page")

    def turn_around(times):
        for _ in range(times):
            before = page.locator("#wall-says").inner_text()
            following.click()
            page.wait_for_function(
                "before => document.getElementById('wall-says').innerText.split(' · ')[1] !== before.split(' · ')[1]",
                arg=before,
            )
            page.locator("#queue .chip").nth(0).click()
        page.wait_for_timeout(500)
        return page.evaluate("document.querySelectorAll('*').length")

    assert turn_around(10) == turn_around(4)


def test_the_map_leads_to_cameras_and_to_places(room, eyes, town):
    incident = factories.incident(town.hole)
    page = room()
    page.locator("#map .eye.marked", has_text="2").click()
    expect(title(page)).to_have_text("Harbour Road 2")
    expect(page.locator("#focus .beside")).to_contain_text("Pothole")
    page.locator("#focus .film button").first.click()
    expect(page.locator("#focus .frame.large .tag")).to_contain_text("not now")
    page.get_by_role("button", name="Back").click()
    expect(title(page)).to_have_text("Pothole")

    box = page.locator("#map").bounding_box()
    page.mouse.click(box["x"] + 60, box["y"] + box["height"] - 90)
    expect(page.locator("#focus .panel")).to_have_attribute("data-kind", "place")
    page.locator("#focus").get_by_role("button", name="Back").click()
    expect(page.locator("#focus .panel")).to_have_attribute("data-key", incident.reference)


def test_dark_by_default_and_light_by_switch(room):
    page = room()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.get_by_role("button", name="Screen settings").click()
    page.get_by_role("button", name="Light").click()
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "light"


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("width", [390, 1440])
def test_the_room_has_no_barriers(room, eyes, town, width, language):
    incident = factories.incident(town.leak)
    keeps(eyes[0], incident)
    Camera.objects.filter(code="TTH 2").update(health="offline", health_since=now() - timedelta(hours=1))
    Camera.objects.filter(code="TTH 3").update(health="dark", health_since=now() - timedelta(hours=1))
    page = room(width, language)
    expect(page.locator("#wall img").first).to_be_visible()
    page.wait_for_timeout(1000)
    shoot(page, "control")
    assert axe_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#wall .tile").nth(6).click()
    expect(page.locator("#focus .panel")).to_have_attribute("data-kind", "camera")
    page.locator("#settings-open").click()
    assert axe_findings(page) == []
