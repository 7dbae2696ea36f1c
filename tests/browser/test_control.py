"""Test the control room: incidents appear by themselves with the cameras beside them."""

import re
import socket
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.utils.timezone import now
from playwright.sync_api import expect

from cameras.detection import findings
from cameras.models import Camera, Feed, FeedItem, View, ViewLogEntry
from cameras.patrol.news import announce_cameras
from incidents import timeline
from incidents.models import Event, Membership, ProcedureStep
from tests import factories
from tests.browser.conftest import axe_findings, on_screen, settle, shoot, speak, too_narrow, wait_until
from tests.cameras.conftest import all_see, camera, in_ring, keeps, sees
from tests.machine import patience

pytestmark = pytest.mark.browser


WALL = 20  # tiles of a wall that nobody laid out


@pytest.fixture
def street_cameras(town, site):
    """Makes five cameras along Harbour Road, the first nearest to the incidents in Old Wharf, and some at the quay."""
    near = [camera(f"TTH {i}", lon=10.0052 + i * 0.0009, name=f"Harbour Road {i}") for i in range(1, 6)]
    all_see(near + at_quay(range(4)))
    return near


@pytest.fixture
def many(street_cameras):
    """Makes 35 cameras, more than a wall has tiles."""
    all_see(at_quay(range(4, 30)))


def at_quay(numbers):
    return [camera(f"P{i:02}", lon=10.013 + i * 0.0001, lat=50.001, name=f"Quay {i:02}") for i in numbers]


@pytest.fixture
def room(visitor, controller, street_cameras):
    def enter(width=1440, language="en", clock=False, **more):
        page = visitor(width, user=controller, language=language, **more)
        if clock:  # which a test can set on
            page.clock.install()
        page.goto("/control/")
        expect(tiles(page)).to_have_count(min(WALL, Camera.objects.count()))
        return page

    return enter


def lay(page, **fields):
    page.get_by_role("button", name="Layout of the wall").click()
    for field, value in fields.items():
        (
            page.locator(f"#wall-{field}").fill
            if field in {"name", "dwell"}
            else page.locator(f"#wall-{field}").select_option
        )(value)
    if "name" in fields:  # what is typed counts after a rest
        page.wait_for_function("words => JSON.parse(localStorage.wall).words === words", arg=fields["name"])
    page.locator("#layouts-close").click()


def title(page):
    return page.locator("#focus-title")


def open_more_acts(page):
    page.locator("#more-acts > summary").click()
    expect(page.locator("#more-acts")).to_have_attribute("open", "")


def tiles(page):
    return page.locator("#wall .tile:visible")


# Where everything stands and how large it is, and which camera has which place.
STANDS = """() => [...document.querySelectorAll("#map, #queue, #wall, #wall .tile, #focus, #compare")].map((one) => {
  const { x, y, width, height } = one.getBoundingClientRect()
  return [one.id || one.dataset.camera, ...[x, y, width, height].map(Math.round)]
})"""


@pytest.mark.deep
@pytest.mark.parametrize(
    "width", [1440, pytest.param(1920, marks=pytest.mark.deep), pytest.param(2560, marks=pytest.mark.deep)]
)
def test_the_room_stands_still_whatever_is_chosen(room, many, town, width):
    hole = factories.incident(town.hole)
    factories.incident(town.waste, place=factories.IN_NEW)
    page = room(width)
    page.set_viewport_size({"width": width, "height": {1440: 900, 1920: 1080, 2560: 1440}[width]})
    page.get_by_role("button", name="Stop rotation").click()
    before = page.evaluate(STANDS)
    wall = [box for box in before if box[0] not in {"map", "queue", "wall", "focus", "compare"}]
    assert len(wall) == WALL
    assert min(box[3] for box in wall) >= 200
    assert max(box[2] + box[4] for box in before) <= page.viewport_size["height"]  # all rows, and what is in front
    for choose, shown in (
        (lambda: page.locator("#queue").get_by_role("link", name="Waste").click(), "Waste"),
        (lambda: tiles(page).nth(7).click(), re.compile("Quay|Harbour")),
        (lambda: page.locator("#map .eye.marked").last.click(), re.compile("Quay|Harbour")),
        (lambda: page.locator("#queue").get_by_role("link", name="Pothole").click(), "Pothole"),
        (lambda: page.keyboard.press("c"), "Pothole"),
        (lambda: page.keyboard.press("Escape"), "Pothole"),
        (lambda: factories.incident(town.leak), "Pothole"),
    ):
        choose()
        expect(title(page)).to_have_text(shown)
        if shown == "Pothole":
            tiles(page).nth(0).focus()
        assert page.evaluate(STANDS) == before
    expect(page.locator("#newcomer")).to_be_visible()
    assert page.evaluate(STANDS) == before
    assert page.url.endswith(hole.reference)


def expect_numbers_on_harbour_road(page):
    """Expects the numbers 1 to 4 at the cameras of Harbour Road, in whatever order the map drew them."""
    expect(page.locator("#map .eye.marked")).to_have_count(4)
    for number in range(1, 5):
        expect(page.locator(f'#map .eye.marked[title="Harbour Road {number}"]')).to_have_text(str(number))


def test_new_incident_is_shown_with_its_cameras_and_pictures(room, street_cameras, town):
    page = room()
    expect(title(page)).to_have_text("All quiet")

    incident = factories.incident(town.leak)
    expect(title(page)).to_have_text("Water leak")
    expect(page.locator("#queue").get_by_role("link", name="Water leak")).to_have_attribute("aria-current", "true")
    expect(page.locator("#figures")).to_contain_text("1 new in the last hour")
    expect(page.locator("#wall .mark:visible")).to_have_text(["4", "3", "2", "1"])  # where they stood
    page.get_by_role("button", name="Near the selected incident 4").click()
    expect(page.locator("#wall .mark:visible")).to_have_text(["1", "2", "3", "4"])
    expect(tiles(page)).to_have_count(4)
    expect_numbers_on_harbour_road(page)
    expect(page.locator("#map .pin.chosen")).to_have_count(1)
    expect(page.locator("#focus .kept").first).to_contain_text("The picture is being fetched")

    evidence = keeps(street_cameras[0], incident)
    timeline.record(incident, Event.Kind.EVIDENCE, public=False)
    page.get_by_role("button", name="Compare").click()
    picture = page.get_by_role("img", name="Saved picture from camera Harbour Road 1")
    expect(picture).to_be_visible()
    assert picture.get_attribute("src") == f"/evidence/{evidence.pk}.jpg"
    wait_until(lambda: picture.evaluate("img => img.naturalWidth") == 64, 15, "the picture did not come")
    expect(page.locator("#focus .kept").first).to_contain_text("saved · 14 m")


@pytest.mark.deep
def test_news_while_the_queue_is_being_asked_are_not_lost(room, town):
    page = room(clock=True)
    expect(page.locator("#live")).to_have_text("Live")
    held_routes = []
    page.route("**/control/queue/**", lambda route: held_routes.append(route), times=1)
    page.locator("#queue [data-only='']").click()
    wait_until(lambda: page.evaluate("1") and held_routes, why="the queue was not asked for")
    old = held_routes[0].fetch()
    factories.incident(town.leak)
    expect(title(page)).to_have_text("Water leak")
    page.clock.run_for(2000)  # the queue is asked for a second after news
    held_routes[0].fulfill(response=old)
    expect(page.locator("#queue").get_by_role("link", name="Water leak")).to_be_visible()


@pytest.mark.deep
def test_the_wall_turns_though_answers_were_lost(room, visitor, many):
    page = room(clock=True)
    expect(page.locator("#live")).to_have_text("Live")
    page.get_by_role("button", name="Stop rotation").click()
    page.route("**/control/wall/**", lambda route: route.fulfill(status=503))
    with page.expect_response(re.compile("/control/wall/")):
        page.get_by_role("button", name="Next page").click()
    page.unroute("**/control/wall/**")
    page.clock.run_for(10_000)  # it asks again
    expect(page.locator("#wall-says")).to_contain_text("page 2 of 2")
    visitor.complaints.clear()  # the browser says that answers were lost


@pytest.mark.deep
def test_wall_laid_out_before_the_register_comes_is_filled_by_it(visitor, controller, many):
    held_routes = []
    page = visitor(1440, user=controller, language="en")
    page.route("**/control/cameras/", lambda route: held_routes.append(route), times=1)
    page.goto("/control/")
    lay(page, size="4x3")
    expect(tiles(page)).to_have_count(12)
    lay(page, size="6x5")
    page.get_by_role("button", name="Layout of the wall").click()
    assert len(held_routes) == 1
    held_routes[0].continue_()
    expect(tiles(page)).to_have_count(30)
    page.locator("#wall-group").select_option(label="Old Wharf Ward (5)")
    expect(tiles(page)).to_have_count(5)


@pytest.mark.deep
def test_held_incident_stays_in_front_and_a_new_one_is_announced(room, town):
    factories.incident(town.hole)
    page = room()
    page.locator("#queue").get_by_role("link", name="Pothole").click()
    expect(page.locator("#hold")).to_have_attribute("aria-pressed", "true")
    open_more_acts(page)
    expect(page.get_by_role("button", name="Held")).to_have_attribute("aria-pressed", "true")

    factories.incident(town.leak)
    expect(page.locator("#newcomer")).to_contain_text("Water leak")
    expect(title(page)).to_have_text("Pothole")
    expect(page.locator("#spoken")).to_contain_text("Water leak")

    page.locator("#newcomer").click()
    expect(title(page)).to_have_text("Water leak")
    expect(page.locator("#newcomer")).to_be_hidden()

    open_more_acts(page)
    page.get_by_role("button", name="Held").click()
    factories.incident(town.waste)
    expect(title(page)).to_have_text("Waste")


@pytest.mark.deep
def test_the_wall_is_walked_by_keys(room, many, town):
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
    expect(page.get_by_role("button", name="Resume rotation")).to_be_visible()
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
    tiles(page).nth(0).focus()
    page.keyboard.press("l")
    expect(page.locator("#layouts")).to_be_visible()
    page.locator("#wall-name").fill("m1")  # letters typed elsewhere are only letters
    assert page.evaluate("document.activeElement.id") == "wall-name"
    page.locator("#wall-name").fill("")
    page.keyboard.press("Escape")
    page.locator("#settings-open").click()
    page.get_by_label("single letters and digits act as shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.locator("#wall .tile:visible").first.focus()
    page.keyboard.press("l")
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_have_count(0)


@pytest.mark.deep
def test_layers_of_the_map_are_chosen_and_kept(room, street_cameras, town):
    box = MultiPolygon(Polygon.from_bbox((10.0045, 50.0045, 10.0055, 50.0055)), srid=4326)
    for camera_row in street_cameras:
        View.objects.create(camera=camera_row, footprint=box, bearing_deg=10, angle_deg=60, range_m=80)
    factories.incident(town.hole)
    other = factories.incident(town.waste)
    page = room()
    pins, eye = page.locator("#map .pin:visible, #map .cluster:visible"), page.locator("#map .eye:not(.marked):visible")
    expect(page.locator("#map .cone")).to_have_count(4)
    zoom_to_street(page)
    expect(eye.first).to_be_visible()
    page.locator("#map-layers summary").click()
    page.get_by_role("checkbox", name="Incidents", exact=True).uncheck()
    page.get_by_role("checkbox", name="Cameras", exact=True).uncheck()
    expect(pins).to_have_count(1)  # what is in front stays
    expect(eye).to_have_count(0)
    assert axe_findings(page) == []
    page.reload()
    expect(page.locator("#map .pin.chosen")).to_be_visible()
    expect(pins).to_have_count(1)
    zoom_to_street(page)
    page.locator("#map").press("ArrowRight")  # to the camera that is not among the nearest four
    settle(page)
    expect(eye).to_have_count(0)
    page.locator("#map-layers summary").click()
    page.get_by_label("What each camera sees").check()
    expect(page.locator("#map .cone")).to_have_count(5)
    assert page.url.endswith(other.reference)


@pytest.mark.deep
def test_wards_density_and_feeds_are_layers_of_the_map(room, town):
    factories.incident(town.hole)
    factories.incident(town.waste, place=factories.IN_NEW)
    rain = Feed.objects.create(
        code="rain", kind="rain", title="Mưa", title_en="Rain", url="https://rain.example/", form="georss", unit="mm",
        levels=[10], read_at=now(),
    )  # fmt: skip
    gauge = FeedItem.objects.create(
        feed=rain, key="quay", title="Quay gauge", value=12.5, shape=Point(10.006, 50.004, srid=4326), at=now(),
        until=now() + timedelta(hours=1), gone_at=now() + timedelta(hours=2),
    )  # fmt: skip
    page = room()
    sign = page.locator("#map .feed-sign")
    expect(sign).to_have_text("12.5")
    expect(sign).to_have_class(re.compile(r"\brain level-1$"))
    page.locator("#map-layers summary").click()
    page.get_by_label("Wards and how many are open in each").check()
    page.get_by_label("Density of incidents").check()
    expect(page.locator("#map .ward-count").first).to_be_visible()
    expect(page.locator("#map .legend .swatch")).to_have_count(5)
    wards = page.get_by_role("list", name="Open incidents by ward").get_by_role("button")
    expect(wards).to_have_text(["New Wharf Ward: 1 open incident", "Old Wharf Ward: 1 open incident"])
    wards.first.focus()
    page.keyboard.press("Enter")
    expect(wards.first).to_have_attribute("aria-current", "true")
    expect(page.locator("#map .ward-lit")).to_have_count(1)
    gauges = page.get_by_role("list", name="Rain (mm)").get_by_role("button")
    expect(gauges).to_contain_text("Quay gauge: 12.5 mm")
    gauges.press("Enter")
    expect(page.locator("#map .feed-sign.found")).to_be_visible()
    assert axe_findings(page) == []
    shoot(page, "layers")
    gauge.delete()
    expect(page.locator("#feed-lists")).to_contain_text("Nothing at the moment")
    expect(sign).to_have_count(0)


def test_one_box_goes_to_numbers_cameras_and_places(room, street_cameras, town):
    factories.incident(town.waste)
    hole = factories.incident(town.hole)
    page = room()
    expect(page.locator("#live")).to_have_text("Live")
    options = page.locator("#room-found [role=option]")
    page.locator("#wall-title").focus()
    page.keyboard.press("/")
    page.keyboard.type(hole.reference)
    expect(options).to_have_count(1)
    page.keyboard.press("Enter")
    expect(title(page)).to_have_text("Pothole")
    box = page.get_by_role("combobox", name="Number, camera, street, ward")
    box.fill("harbour road 4")
    expect(options.first).to_contain_text("Harbour Road 4")
    page.keyboard.press("ArrowDown")
    assert axe_findings(page) == []
    page.keyboard.press("Enter")
    expect(title(page)).to_have_text("Harbour Road 4")
    box.fill("New Wharf Ward")
    page.keyboard.press("Enter")  # before the answer came
    expect(page.locator("#focus .panel")).to_have_attribute("data-kind", "place")
    box.press("Escape")
    expect(options).to_have_count(0)


@pytest.mark.deep
def test_a_picture_is_fetched_anew_only_when_it_changed(room, street_cameras, town):
    factories.incident(town.hole)
    page = room(clock=True)
    page.get_by_role("button", name="Stop rotation").click()
    expect(page.locator("#focus .film.cameras img")).to_have_count(4)
    page.wait_for_function("() => [...document.querySelectorAll('#focus img, #wall img')].every((img) => img.complete)")
    requests = []
    page.on("request", lambda request: "now.jpg" in request.url and requests.append(request.url))
    expect(tiles(page).nth(0).locator(".age")).to_have_text(re.compile(r"^\d+ s$"))
    for _ in range(2):
        with page.expect_response(re.compile("/control/wall/")):
            page.clock.run_for(10_000)
    assert requests == []

    frame = sees(street_cameras[0], seconds_ago=0, colour="red")
    with page.expect_response(re.compile(f"TTH%201/now.jpg.size=tile&{frame.sha256[:12]}")):
        page.clock.run_for(10_000)
    expect(tiles(page).nth(0).locator("img")).to_have_attribute(
        "src", f"/cameras/TTH%201/now.jpg?size=tile&{frame.sha256[:12]}"
    )
    wanted = {f"TTH%201/now.jpg?{how}{frame.sha256[:12]}" for how in ("", "size=tile&")}  # in front and on the wall
    wait_until(lambda: page.evaluate("1") and len(requests) >= len(wanted))
    assert {url.partition("/cameras/")[2] for url in requests} == wanted


def test_a_picture_is_on_the_wall_as_soon_as_the_patrol_tells_it(room, street_cameras):
    page = room()
    page.get_by_role("button", name="Stop rotation").click()
    expect(page.locator("#live")).to_have_text("Live")
    page.route("**/control/wall/**", lambda route: None)  # no question is answered: only what is told can show it
    tile = page.locator("#wall .tile", has_text="Harbour Road 3")

    def tell(frame):
        taken_ms = round(time.time() * 1000)
        announce_cameras([["TTH 3", frame.sha256[:12], "live", taken_ms], ["P01", "", "offline", None]])
        return taken_ms / 1000, f"/cameras/TTH%203/now.jpg?size=tile&{frame.sha256[:12]}"

    first = sees(street_cameras[2], seconds_ago=1, colour="red")
    # The stream may be about to open: what is told before goes past it.
    wait_until(lambda: tile.locator("img").get_attribute("src") == tell(first)[1], 30, "nothing told is on the wall")
    began = time.monotonic()
    first_taken_ms, src = tell(sees(street_cameras[2], seconds_ago=0, colour="green"))
    expect(tile.locator("img")).to_have_attribute("src", src)
    assert time.monotonic() - began < patience(3)
    age = re.fullmatch(r"(\d+) s", tile.locator(".age").inner_text())
    assert int(age[1]) <= time.time() - first_taken_ms + 1


@pytest.mark.deep
def test_a_camera_that_does_not_see_says_so_and_since_when(room, street_cameras, town):
    factories.incident(town.hole)
    at = now() - timedelta(hours=2)
    Camera.objects.filter(code="TTH 2").update(health="offline", health_since=at, moved_at=at)
    Camera.objects.filter(code="TTH 3").update(health="frozen", health_since=at, moved_at=at)
    page = room()
    offline, frozen = (tiles(page).filter(has_text=f"Harbour Road {number}") for number in (2, 3))
    expect(tiles(page).last).to_contain_text("Harbour Road 2")  # what shows nothing stands last
    expect(offline).to_contain_text("No connection")
    expect(offline).to_contain_text("last picture")
    expect(offline.locator("img")).to_have_count(0)
    expect(frozen).to_contain_text("The picture is frozen")
    expect(frozen.locator(".age")).to_have_text("2 h")
    assert "grayscale" in frozen.locator("img").evaluate("img => getComputedStyle(img).filter")
    expect(page.locator("#seeing")).to_have_text("7")
    lay(page, state="trouble")
    expect(tiles(page)).to_have_count(2)
    lay(page, state="all", name="quay 03")
    expect(tiles(page)).to_have_count(1)
    lay(page, name="nowhere")
    expect(tiles(page)).to_have_count(0)


def test_when_the_server_is_gone_no_picture_looks_like_now(visitor, processes, controller, street_cameras, town):
    factories.incident(town.hole)
    web = processes("web")
    page = visitor(user=controller, language="en")
    page.clock.install()
    cookie = next(cookie_row for cookie_row in page.context.cookies() if cookie_row["name"] == "sessionid")
    page.context.add_cookies([{"name": "sessionid", "value": cookie["value"], "url": web.address}])
    page.goto(f"{web.address}/control/")
    expect(tiles(page).nth(0)).to_have_attribute("data-health", "live")
    web.kill()
    page.clock.run_for(30_000)
    expect(tiles(page).nth(0)).to_contain_text("Old picture, not live")
    expect(page.locator("#live")).to_contain_text("No updates since")
    page.close()  # else it goes on asking, and complaining, while the test ends
    visitor.complaints.clear()


@pytest.mark.deep
def test_the_wall_turns_until_it_is_stopped(room, many):
    page = room(clock=True)
    lay(page, size="4x3")
    expect(tiles(page)).to_have_count(12)
    expect(page.locator("#wall-says")).to_contain_text("page 1 of 3")
    page.get_by_role("button", name="Next page").click()
    expect(page.locator("#wall-says")).to_contain_text("page 2 of 3")
    page.get_by_role("button", name="Previous page").click()
    expect(page.locator("#wall-says")).to_contain_text("page 1 of 3")
    page.clock.run_for(25_000)
    expect(page.locator("#wall-says")).to_contain_text("page 2 of 3")  # by itself
    page.get_by_role("button", name="Stop rotation").click()
    expect(page.locator("#wall-says")).to_contain_text("rotation stopped")


@pytest.mark.deep
def test_a_pinned_camera_stays_while_the_others_turn(room, many):
    page = room()
    lay(page, size="4x3")
    expect(tiles(page)).to_have_count(12)
    tiles(page).nth(5).focus()
    name = tiles(page).nth(5).locator(".name").inner_text()
    page.keyboard.press("p")
    before = tiles(page).nth(4).locator(".name").inner_text()
    for _ in range(2):
        page.keyboard.press("PageDown")
        expect(tiles(page).nth(4).locator(".name")).not_to_have_text(before)
        before = tiles(page).nth(4).locator(".name").inner_text()
        expect(tiles(page).nth(5).locator(".name")).to_have_text(name)
    expect(tiles(page).locator(".name", has_text=name)).to_have_count(1)
    page.locator("#wall-states [data-state=pinned]").click()  # it alone
    expect(tiles(page).locator(".name")).to_have_text([name])
    page.locator("#wall-states [data-state=all]").click()
    expect(tiles(page)).to_have_count(12)
    page.reload()
    expect(tiles(page).nth(5).locator(".name")).to_have_text(name)
    tiles(page).nth(5).focus()
    page.keyboard.press("p")
    page.keyboard.press("PageDown")
    expect(tiles(page).nth(5).locator(".name")).not_to_have_text(name)


@pytest.mark.deep
def test_a_layout_is_saved_shared_and_chosen_by_a_colleague(room, visitor, street_cameras, town):
    page = room()
    page.get_by_role("button", name="Layout of the wall").click()
    page.locator("#wall-size").select_option("8x5")
    page.locator("#wall-group").select_option("road:Quay 03")
    expect(tiles(page)).to_have_count(1)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Give the layout a name.")
    visitor.complaints.clear()  # the browser says that it was refused, too
    page.get_by_label("Save this one as").fill("Quay at night")
    page.get_by_label("for everyone in the control room").check()
    page.keyboard.press("Enter")
    expect(page.locator("#layouts-saved")).to_contain_text("Quay at night")
    expect(page.locator("#wall-is")).to_have_text("Quay at night")
    assert axe_findings(page) == []

    colleague = visitor(user=factories.person("colleague", town.desk, Membership.Role.CONTROL), language="en")
    colleague.goto("/control/")
    expect(tiles(colleague)).to_have_count(9)
    colleague.get_by_role("button", name="Layout of the wall").click()
    colleague.get_by_role("button", name=re.compile("Quay at night.*of controller")).click()
    expect(tiles(colleague)).to_have_count(1)
    expect(colleague.locator("#layouts [data-remove]")).to_have_count(0)

    page.get_by_role("button", name="Remove Quay at night").click()
    expect(page.locator("#layouts-saved > li")).to_have_text("None saved yet.")


# As long as names of the city's register are.
NAMES = [
    "Lê Văn Sỹ - Trường Sa", "Nguyễn Thị Minh Khai - Trương Định", "Cao Thắng - Võ Văn Tần 2",
    "Nút giao Hàng Xanh 6 (Cầu Điện Biên Phủ - Hàng Xanh)", "Kỳ Đồng - Bà Huyện Thanh Quan",
    "Quốc lộ 1 - BQB Đường dẫn cầu vượt Ngã 4 Ga (hướng đi An Sương)",
    "đường dẫn cao tốc Thành Phố Hồ Chí Minh - Trung Lương - Tân Túc 1",
]  # fmt: skip
FILLED = """() => {
  const wall = document.getElementById("wall"), box = wall.getBoundingClientRect()
  const front = document.querySelector(".front").getBoundingClientRect()
  const tiles = [...wall.children].filter((tile) => !tile.hidden)
  const boxes = tiles.map((tile) => tile.getBoundingClientRect())
  const most = (side) => Math.max(...boxes.map((one) => one[side]))
  const words = tiles.flatMap((tile) => [...tile.querySelectorAll(".name, .code")]).filter((one) => one.offsetParent)
  const told = words.filter((one) => getComputedStyle(one).clipPath === "none")
  const cut = told.filter((one) => one.scrollWidth > one.clientWidth + 1
    || one.getBoundingClientRect().bottom > one.closest(".tile").getBoundingClientRect().bottom + 1)
  return {
    tiles: tiles.length, told: told.length, cut: cut.map((one) => one.textContent),
    across: (most("right") - box.left) / box.width, down: (most("bottom") - box.top) / box.height,
    empty: Math.max(0, innerHeight - Math.max(box.bottom, front.bottom)),
    alike: most("height") - Math.min(...boxes.map((one) => one.height)),
    picture: Math.min(...tiles.map((tile) => tile.querySelector(".view").clientHeight)),
    sideways: document.documentElement.scrollWidth - innerWidth,
  }
}"""


# Large ones take long to draw. Of each half of the room: {screen: the grids that are laid on it}.
ALL = ("4x3", "5x4", "6x5", "8x5", "8x6", "10x8")
USUAL = {"": {(1440, 900): ALL[::2] + ALL[-1:]}, "?screen=wall": {(3840, 2160): ALL[-1:]}}
FURTHER = dict.fromkeys(USUAL, dict.fromkeys(((1440, 900), (1920, 1080), (2560, 1440), (3840, 2160)), ALL))


@pytest.mark.deep
@pytest.mark.parametrize("laid", [USUAL, FURTHER], ids=["usual", "further"])
def test_every_grid_fills_every_screen_and_no_name_is_cut(room, street_cameras, many, town, laid):
    factories.incident(town.hole)
    Camera.objects.bulk_create(Camera(code=f"N {number:03}", place=street_cameras[0].place) for number in range(365))
    some = list(Camera.objects.all())
    for number, camera_row in enumerate(some):
        camera_row.name = NAMES[number % len(NAMES)]
    Camera.objects.bulk_update(some, ["name"])
    page = room()
    for half, grids in laid.items():
        page.goto(f"/control/{half}")
        page.get_by_role("button", name="Layout of the wall").click()
        for (width, height), sizes in grids.items():
            page.set_viewport_size({"width": width, "height": height})
            for size in sizes:
                page.locator("#wall-size").select_option(size)
                columns, rows = map(int, size.split("x"))
                expect(tiles(page)).to_have_count(columns * rows)
                filled = page.evaluate(FILLED)
                where = (half, size, width, filled)
                assert (filled["tiles"], filled["told"], filled["cut"]) == (columns * rows, columns * rows, []), where
                assert min(filled["across"], filled["down"]) > 0.97, where
                assert max(filled["empty"] / 10, filled["alike"], filled["sideways"]) < 2, where
                assert filled["picture"] >= 25, where
        expect(page.locator("#wall-says")).to_contain_text("page 1 of 5")  # four hundred cameras


@pytest.mark.deep
def test_wall_sorts_offline_cameras_last_and_offers_groups(room, street_cameras, town):
    at = now() - timedelta(hours=1)
    Camera.objects.filter(code="TTH 1").update(health="offline", health_since=at, moved_at=at)
    page = room(clock=True)
    page.get_by_role("button", name="Layout of the wall").click()
    page.locator("#wall-group").select_option(label="Old Wharf Ward (5)")
    expect(tiles(page)).to_have_count(5)
    expect(tiles(page).nth(0)).to_contain_text("Harbour Road 5")  # nearest to the city's centre
    expect(tiles(page).nth(4)).to_contain_text("No connection")
    page.locator("#wall-group").select_option("")
    page.locator("#wall-state").select_option("near")
    expect(tiles(page)).to_have_count(0)
    factories.incident(town.hole)
    page.clock.run_for(10_000)  # it asks which are near
    expect(tiles(page)).to_have_count(5)


def zoom_to_street(page):
    for zoom in (14, 15, 16):
        page.locator("#map").get_by_role("button", name="Zoom in").click()
        # A press is lost while the map is on its way: Leaflet's proxy carries the scale to which it goes.
        expect(page.locator("#map .leaflet-proxy")).to_have_attribute(
            "style", re.compile(rf"scale\({2 ** (zoom - 1)}\)")
        )
        settle(page)


@pytest.mark.deep
def test_map_draws_fields_of_view_of_the_incidents_cameras_only(room, street_cameras, town):
    for camera_row, west in ((street_cameras[0], 10.0045), (street_cameras[1], 10.0046), (street_cameras[4], 10.007)):
        box = MultiPolygon(Polygon.from_bbox((west, 50.0045, west + 0.001, 50.0055)), srid=4326)
        View.objects.create(camera=camera_row, footprint=box, bearing_deg=10, angle_deg=60, range_m=80)
    factories.incident(town.hole)
    page = room()
    expect(page.locator("#map .cone")).to_have_count(2)
    zoom_to_street(page)
    page.locator("#map .eye.marked", has_text="2").click()
    expect(title(page)).to_have_text("Harbour Road 2")
    expect(page.locator("#map .cone")).to_have_count(1)
    page.locator("#wall .tile", has_text="Harbour Road 5").click()  # another, by its tile
    expect(title(page)).to_have_text("Harbour Road 5")
    expect(page.locator("#map .cone")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("#map .cone")).to_have_count(2)


@pytest.mark.deep
def test_the_last_hour_of_a_camera_is_walked_by_keys(room, street_cameras, town):
    for minutes in range(55, 0, -5):
        in_ring(street_cameras[0], factories.jpeg(colour=(minutes, 80, 80)), now() - timedelta(minutes=minutes))
    page = room()
    page.locator("#wall .tile", has_text="Harbour Road 1").click()
    hour = page.locator("#focus .film.hour button")
    expect(hour).to_have_count(13)
    expect(hour.locator("img").first).to_have_attribute("src", re.compile(r"\d+\.jpg\?size=tile$"))
    hour.last.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    large = page.locator("#focus .frame.large")
    expect(large.locator(".tag")).to_contain_text("not live")
    assert large.locator("img").get_attribute("src") == hour.nth(10).get_attribute("data-frame")
    page.keyboard.press("End")
    expect(large.locator(".tag")).to_have_text("Now")
    expect(large).to_have_attribute("data-health", "live")


@pytest.mark.deep
def test_past_picture_is_not_replaced_by_an_earlier_answer(room, street_cameras):
    in_ring(street_cameras[0], factories.jpeg(colour=(10, 80, 80)), now() - timedelta(minutes=5))
    page = room()
    page.locator("#wall .tile", has_text="Harbour Road 1").click()
    hour = page.locator("#focus .film.hour button")
    hour.first.click()
    held_routes = []
    page.route("**/control/camera/**", lambda route: held_routes.append(route), times=1)
    hour.last.press("Enter")  # now: the panel is asked for anew
    wait_until(lambda: page.evaluate("1") and held_routes, why="the panel was not asked for")
    hour.first.press("Enter")
    with page.expect_response(re.compile("/control/camera/")):
        held_routes[0].continue_()
    settle(page)
    expect(hour.first).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#focus .frame.large .tag")).to_contain_text("not live")


# What the large picture shows at this moment, as one number.
SHOWN = """() => {
  const img = document.querySelector("#focus .frame.large img")
  if (!img.naturalWidth) return 0
  const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 36 })
  const pen = canvas.getContext("2d")
  pen.drawImage(img, 0, 0, 64, 36)
  return pen.getImageData(0, 0, 64, 36).data.reduce((sum, value, i) => (sum * 31 + value * (i % 7)) % 1e9, 1)
}"""


def stands(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def calls_to(port):
    ends = (line.split()[2:4] for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return sum(far.endswith(f":{port:04X}") and state == "01" for far, state in ends)


@pytest.mark.deep
def test_live_stream_ends_when_the_camera_panel_is_left(room, processes, controller, street_cameras):
    streets = processes("streets")
    port = urlsplit(streets.address).port
    wait_until(lambda: stands(port), 60, "the demo's cameras did not start")
    Camera.objects.filter(code="TTH 1").update(kind="mjpeg", url=f"{streets.address}/cam/TTH%201.mjpeg")
    page = room()
    page.locator("#wall .tile", has_text="Harbour Road 2").click()
    expect(title(page)).to_have_text("Harbour Road 2")
    open_more_acts(page)
    button = page.get_by_role("button", name="Live stream")
    expect(button).to_have_count(0)  # it sends stills only

    page.locator("#wall .tile", has_text="Harbour Road 1").click()
    expect(title(page)).to_have_text("Harbour Road 1")
    assert calls_to(port) == 0
    open_more_acts(page)
    button.press("Enter")
    large = page.locator("#focus .frame.large")
    expect(large.locator(".tag")).to_have_text("Live stream")
    seen = set()
    wait_until(lambda: seen.add(page.evaluate(SHOWN)) or len(seen - {0}) >= 3, 20, "the picture does not move")
    assert calls_to(port) == 1
    assert ViewLogEntry.objects.filter(by=controller, how="live", cameras__contains=[street_cameras[0].pk]).count() == 1

    button.press("Enter")  # off again: the still of now
    expect(large.locator(".tag")).to_have_text("Now")
    wait_until(lambda: calls_to(port) == 0, 15, "the stream goes on")

    page.locator("#wall .tile", has_text="Harbour Road 2").click()
    expect(title(page)).to_have_text("Harbour Road 2")
    for leave in (
        lambda: page.keyboard.press("Escape"),
        lambda: page.locator("#wall .tile", has_text="Harbour Road 2").click(),
        lambda: page.goto("about:blank"),
    ):
        page.locator("#wall .tile", has_text="Harbour Road 1").click()
        expect(title(page)).to_have_text("Harbour Road 1")
        open_more_acts(page)
        button.press("Enter")
        wait_until(lambda: calls_to(port) == 1, 20, "the stream does not begin")
        expect(button).to_be_focused()
        leave()
        wait_until(lambda: calls_to(port) == 0, 15, "the stream goes on behind")


@pytest.mark.deep
def test_two_windows_are_one_room(room, town, street_cameras):
    factories.incident(town.hole)
    wall = room()
    wall.goto("/control/?screen=wall")
    expect(tiles(wall)).to_have_count(9)
    expect(wall.locator("#map")).to_have_count(0)
    plan = wall.context.new_page()
    plan.goto("/control/?screen=map")
    expect(plan.locator("#map .pin.chosen")).to_have_count(1)
    expect(plan.locator("#wall")).to_have_count(0)
    expect_numbers_on_harbour_road(plan)
    settle(plan)
    zoom_to_street(plan)

    plan.locator("#map .eye.marked", has_text="2").click()  # on one
    expect(title(wall)).to_have_text("Harbour Road 2")  # shown on the other
    tiles(wall).nth(2).click()
    expect(title(plan)).to_have_text("Harbour Road 3")
    tiles(wall).nth(2).focus()
    wall.keyboard.press("Escape")
    expect(title(plan)).to_have_text("Pothole")
    wall.keyboard.press("4")
    expect(plan.locator("#focus .sight:visible")).to_have_attribute("data-number", "4")
    open_more_acts(plan)
    plan.get_by_role("button", name="Hold").click()
    expect(wall.locator("#hold")).to_have_attribute("aria-pressed", "true")

    factories.incident(town.leak)  # held in one, held in both
    expect(wall.locator("#newcomer")).to_contain_text("Water leak")
    plan.locator("#newcomer").click()
    expect(title(wall)).to_have_text("Water leak")
    expect(tiles(wall).nth(0).locator(".mark")).to_have_text("1")
    assert plan.url.endswith("?screen=map&incident=" + wall.url.rpartition("=")[2])
    for page, width in ((wall, 2560), (plan, 2560), (wall, 390), (plan, 390)):
        page.set_viewport_size({"width": width, "height": 1440 if width > 400 else 844})
        shoot(page, "control-" + ("wall" if page is wall else "map"))
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert (axe_findings(wall), axe_findings(plan)) == ([], [])


HEARD = """
window.tones = []
const start = OscillatorNode.prototype.start
OscillatorNode.prototype.start = function (...when) {
  window.tones.push(this.frequency.value)
  return start.apply(this, when)
}
"""


@pytest.mark.deep
def test_only_urgent_and_disputed_incidents_sound_unless_muted(room, visitor, controller, town, street_cameras):
    page = visitor(user=controller, language="en")
    page.clock.install()
    page.add_init_script(HEARD)
    page.goto("/control/")
    expect(page.locator("#live")).to_have_text("Live")
    factories.incident(town.leak)
    expect(title(page)).to_have_text("Water leak")
    assert page.evaluate("tones") == []  # nobody pressed anything yet
    page.locator("#settings-open").click()
    expect(page.locator("#silent")).to_be_hidden()
    page.locator("#settings-close").press("Enter")  # a pointer over the list would hold it

    factories.incident(town.hole)
    expect(page.locator("#queue [data-incident]")).to_have_count(2)
    assert page.evaluate("tones") == []  # not urgent
    urgent = factories.incident(town.leak)
    page.wait_for_function("() => tones.length === 4")
    page.clock.run_for(3000)  # what comes sooner is the same sound
    timeline.record(factories.change(urgent, state="disputed"), Event.Kind.DISPUTED)
    page.wait_for_function("() => tones.length === 6")
    expect(page.locator("#toasts")).to_contain_text("Citizens disagree: Water leak")

    page.locator("#settings-open").click()
    with page.expect_response(re.compile("/control/habits/")):
        page.get_by_label("when something urgent is reported").uncheck()
    page.reload()
    expect(page.locator("#live")).to_have_text("Live")
    page.locator("#live").click()
    factories.incident(town.leak)
    expect(page.locator("#queue [data-incident]")).to_have_count(4)
    assert page.evaluate("tones") == []


@pytest.mark.deep
def test_who_wants_no_motion_has_a_wall_that_does_not_turn(room, many):
    page = room(reduced_motion="reduce")
    lay(page, size="4x3")
    expect(page.locator("#wall-says")).to_contain_text("rotation stopped")


@pytest.mark.deep
def test_a_night_does_not_make_the_page_grow(room, many, town):
    factories.incident(town.hole)
    page = room()
    lay(page, size="4x3")
    following = page.get_by_role("button", name="Next page")

    def elements():
        return page.evaluate("document.querySelectorAll('*').length")

    def turn_around(times):
        for _ in range(times):
            before = page.locator("#wall-says").inner_text()
            following.click()
            page.wait_for_function(
                "before => document.getElementById('wall-says').innerText !== before",
                arg=before,
            )
            with page.expect_response(re.compile("/control/queue/")):
                page.locator("#queue .chip").nth(0).click()
        settle(page)

    turn_around(10)
    before = elements()
    turn_around(4)
    wait_until(lambda: elements() == before, why=f"{before} elements became more")


@pytest.mark.deep
def test_the_map_leads_to_cameras_and_to_places(room, street_cameras, town):
    incident = factories.incident(town.hole)
    page = room()
    zoom_to_street(page)
    page.locator("#map .eye.marked", has_text="2").click()
    expect(title(page)).to_have_text("Harbour Road 2")
    expect(page.locator("#focus .beside")).to_contain_text("Pothole")
    page.locator("#focus .film button").first.click()
    expect(page.locator("#focus .frame.large .tag")).to_contain_text("not live")
    page.get_by_role("button", name="Back").click()
    expect(title(page)).to_have_text("Pothole")

    def nearest_are_marked():
        expect(page.locator("#focus .panel")).to_have_attribute("data-kind", "place")
        near = page.locator("#focus .beside li").all_inner_texts()
        assert len(near) == 4
        metres = [int(re.search(r"(\d+) m", line)[1]) for line in near]
        assert metres == sorted(metres)
        for place, line in enumerate(near):
            tile = tiles(page).filter(has_text=line.split("\n")[1])
            expect(tile.locator(".mark")).to_have_text(str(place + 1))
        expect(page.locator("#map .eye.marked")).to_have_count(4)
        assert sorted(page.locator("#map .eye.marked").all_inner_texts()) == ["1", "2", "3", "4"]

    eye = page.locator("#map .eye.marked", has_text="3").bounding_box()
    page.mouse.click(eye["x"] + 12, eye["y"] + 70)
    nearest_are_marked()
    page.locator("#focus").get_by_role("button", name="Back").click()
    expect(page.locator("#focus .panel")).to_have_attribute("data-key", incident.reference)
    expect(tiles(page).nth(0)).to_contain_text("Harbour Road 1")

    # By keyboard: arrows move the map, Enter brings the nearest to its middle.
    tiles(page).nth(0).focus()
    page.keyboard.press("m")
    page.keyboard.press("ArrowRight")
    settle(page)
    page.keyboard.press("Enter")
    nearest_are_marked()
    page.keyboard.press("m")  # a letter elsewhere does nothing
    page.locator("#map").focus()
    for _ in range(2):
        page.keyboard.press("ArrowDown")
        settle(page)
    page.locator("#focus").focus()
    page.keyboard.press("Escape")
    expect(page.locator("#focus .panel")).to_have_attribute("data-key", incident.reference)
    page.wait_for_function("""() => {
        const [pin, map] = ["#map .pin.chosen", "#map"].map((one) => document.querySelector(one))
        return pin && pin.getBoundingClientRect().top >= map.getBoundingClientRect().top
    }""")  # the edge had cut it


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.deep
def test_bar_fits_every_screen_width_with_large_figures(room, street_cameras, language):
    findings.propose_finding(street_cameras[0], "crowd", now())
    page = room(1920, language)
    expect(page.locator("#figures a")).to_be_visible()
    beyond = {}
    for width in (2560, 1920, 1600, 1440, 1366, 1280, 1024, 768, 390):
        page.set_viewport_size({"width": width, "height": 900})
        beyond[width] = page.evaluate("""() => {
            document.querySelectorAll(".bar b.num").forEach(one => { one.textContent = "1,234" })
            const bar = document.querySelector(".bar")
            const parts = [...bar.querySelectorAll("#clock, #settings-open, #figures .figures > *")]
            const cut = parts.filter(one => one.getBoundingClientRect().right > innerWidth)
            return [bar.scrollWidth - bar.clientWidth, cut.length]
        }""")
    assert beyond == {width: [0, 0] for width in beyond}
    page.set_viewport_size({"width": 1440, "height": 900})
    shoot(page, "control-bar")


@pytest.mark.deep
@on_screen(1440, "en")
def test_the_room_has_no_barriers_by_night_and_by_day(room, street_cameras, town, width, language):
    incident = factories.incident(town.leak)
    keeps(street_cameras[0], incident)
    Camera.objects.filter(code="TTH 2").update(health="offline", health_since=now() - timedelta(hours=1))
    Camera.objects.filter(code="TTH 3").update(health="dark", health_since=now() - timedelta(hours=1))
    page = room(width, language)
    expect(page.locator("#wall img").first).to_be_visible()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    shoot(page, "control")
    assert axe_findings(page) == []
    assert too_narrow(page) == []
    page.locator("#wall .tile").nth(6).click()
    expect(page.locator("#focus .panel")).to_have_attribute("data-kind", "camera")
    page.locator("#settings-open").click()
    assert axe_findings(page) == []
    page.locator("#theme").click()  # by day, too
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.locator("#settings-close").click()
    shoot(page, "control-light")
    assert axe_findings(page) == []
    page.reload()  # which is kept
    assert page.locator("html").get_attribute("data-theme") == "light"


STEPS = (
    ("Look at the camera: how many lanes are blocked and in which direction?", False),
    ("Call the parks unit: ask when the crew arrives", True),
    ("Is anybody hurt? Then call 115", True),
    ("Is the tree in power lines? Then call the power company", True),
    ("Call the traffic police to redirect traffic if the road is blocked", True),
    ("Tell people nearby if the road stays blocked for more than 15 minutes", False),
)


def test_procedure_is_ticked_and_everybody_in_the_room_sees_it(room, town):
    for position, (words, calls) in enumerate(STEPS):
        ProcedureStep.objects.create(category=town.leak, position=position, words=words, calls=calls)
    incident = factories.incident(town.leak, text="Có người bị thương")
    page, other = room(), room(clock=True)
    for each in (page, other):
        expect(title(each)).to_have_text("Water leak")
    expect(page.locator("#focus .reasons li")).to_have_text(["urgent type", "words of danger: people injured"])
    page.get_by_role("checkbox", name=STEPS[0][0]).check()
    for each in (page, other):
        expect(each.locator("#procedure-title")).to_have_text("Procedure 1/6")
        expect(each.get_by_role("checkbox", name=STEPS[0][0])).to_be_checked()
    shoot(page, "control-procedure")
    speak(other, "vi", other.url.partition("/control")[0])
    other.reload()
    shoot(other, "control-procedure")
    page.get_by_role("checkbox", name=STEPS[0][0]).uncheck()
    expect(other.locator("#procedure-title .num")).to_have_text("0/6")
    assert incident.timeline.filter(kind="note").count() == 2
    page.locator(".procedure").get_by_role("button").first.click()
    expect(page.locator("#room-dialog-title")).to_have_text("Call about this incident")
