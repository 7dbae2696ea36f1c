"""Test the public map in a real browser against a real server."""

import html
import re
import time
from datetime import timedelta

import pytest
import shapely
from django.contrib.gis.geos import Point
from playwright.sync_api import expect

from gis_data.basemap import drawing, loading
from gis_data.basemap.features import Feature, Layer
from incidents import workflow
from tests import factories
from tests.browser.conftest import axe_findings, on_screen, settle, shoot, wait_until
from tests.cameras.conftest import camera, sees, shows
from tests.machine import patience

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def open_map(page, path="/"):
    with page.expect_response(re.compile("/live/")), page.expect_response(re.compile(r"/list/\?")):
        page.goto(path)
    expect(page.locator(".ground-tiles.leaflet-tile-loaded, .ground-tiles .leaflet-tile-loaded").first).to_be_visible()
    expect(page.locator("#live")).to_contain_text(re.compile(r"\d\d:\d\d"))
    return page


@pytest.mark.deep
def test_clock_of_the_map_shows_the_time_of_the_city(visitor, town):
    page = visitor(timezone_id="America/New_York")
    page.clock.set_fixed_time("2026-11-27T02:05:00Z")
    open_map(page)
    expect(page.locator("#live time")).to_have_text("09:05")


@on_screen(390, "vi")
def test_the_page_in_both_languages_and_sizes(visitor, town, width, language):
    factories.incident(town.hole)
    factories.incident(town.leak, place=factories.IN_NEW)
    page = open_map(visitor(width, language=language))
    expect(page.locator(".pin")).to_have_count(2)
    expect(page.locator(".row")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe_findings(page) == []
    shoot(page, "map")


@pytest.mark.deep
def test_a_dark_screen_is_drawn_dark_and_back(visitor, town):
    page = open_map(visitor(color_scheme="dark"))
    brightness = """() => {
        let sum = 0, n = 0
        for (const tile of document.querySelectorAll("canvas.leaflet-tile")) {
            const drawn = tile.getContext("2d").getImageData(0, 0, tile.width, tile.height).data
            for (let i = 0; i < drawn.length; i += 4) if (drawn[i + 3] === 255) {
                sum += drawn[i] + drawn[i + 1] + drawn[i + 2]
                n++
            }
        }
        return sum / n
    }"""
    colours = {}
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(f"dark => ({brightness})() < 300 === dark", arg=scheme == "dark")
        colours[scheme] = page.evaluate(brightness)
    assert colours["dark"] < 150 < 600 < colours["light"]
    page.emulate_media(color_scheme="dark")
    assert axe_findings(page) == []


NOTE_NAMES = """
    window.written = []
    const write = CanvasRenderingContext2D.prototype.fillText
    CanvasRenderingContext2D.prototype.fillText = function (text, ...at) {
        window.written.push([text, this.fillStyle])
        return write.call(this, text, ...at)
    }
"""
COLOUR_AT = """([x, y]) => {
    for (const tile of document.querySelectorAll(".ground-tiles canvas")) {
        const box = tile.getBoundingClientRect()
        if (x < box.left || x >= box.right || y < box.top || y >= box.bottom) continue
        const at = [x - box.left, y - box.top].map((pixels) => (pixels * tile.width) / box.width)
        return [...tile.getContext("2d").getImageData(...at, 1, 1).data.slice(0, 3)]
    }
}"""


@pytest.mark.deep
def test_water_and_parks_are_drawn_and_each_name_is_written_once(visitor, town):
    box = shapely.box
    features = [
        Feature(Layer.WATER, 4, "Mill Pond", box(10.002, 50.006, 10.008, 50.009)),
        Feature(Layer.GREEN, 1, "Green Park", box(10.012, 50.006, 10.018, 50.009)),
        Feature(Layer.WATERWAY, 1, "Wharf River", shapely.LineString([(9.99, 50.002), (10.03, 50.002)])),
        *(Feature(Layer.ROAD, 2, "Quay", shapely.LineString([(10, y), (10.02, y)])) for y in (50.0035, 50.0045)),
    ]
    loading.copy_rows(town.city, drawing.draw_rows(features))
    page = visitor(1440)
    page.add_init_script(NOTE_NAMES)
    open_map(page, "/#16/50.00500/10.01000")
    page.wait_for_function("() => written.some(([text]) => text === 'Mill Pond')")
    settle(page)
    map_box = page.locator("#map").bounding_box()
    across, down = map_box["x"] + map_box["width"] / 2, map_box["y"] + map_box["height"] / 2
    pixels = 256 * 2**16 / 360  # of a degree to the east; one to the north is longer by 1 / cos
    places = {"water": (10.005, 50.0085), "park": (10.015, 50.0085), "land": (10.0015, 50.0005)}
    colours = {
        what: page.evaluate(COLOUR_AT, [across + (lon - 10.01) * pixels, down - (lat - 50.005) * pixels / 0.6427])
        for what, (lon, lat) in places.items()
    }
    assert colours == {"water": [201, 221, 228], "park": [217, 230, 207], "land": [236, 237, 229]}
    last = "() => { const begin = written.findLastIndex(([text]) => text === 'Quay'); return written.slice(begin) }"
    names = page.evaluate(last)
    assert [text for text, _colour in names if len(text) > 1] == ["Quay", "Mill Pond", "Green Park"]
    assert "".join(text for text, _colour in names if len(text) == 1) == "Wharf River"
    assert page.locator(".credit").inner_text() == "Ranh giới ngày 01/07/2025"


def test_a_new_incident_is_seen_by_others_within_a_second(visitor, town):
    watchers = [open_map(visitor(1440)), open_map(visitor(390))]
    for page in watchers:
        expect(page.locator(".empty")).to_be_visible()
        page.evaluate(
            """() => { window.seen = new Promise((seen) => new MutationObserver(() => {
                if (document.querySelector(".pin.fresh") && document.querySelector(".row.new")) seen(Date.now())
            }).observe(document.body, { subtree: true, childList: true, attributes: true })) }"""
        )
    incident = factories.incident(town.hole)
    sent = time.time() * 1000
    named = re.compile("^Ổ gà, (Phường Old Wharf|Harbour Road), đang xử lý$")  # the street comes with the next tile
    for page in watchers:
        assert page.evaluate("window.seen") - sent < patience(1000)
        expect(page.locator(".row.new")).to_have_attribute("data-reference", incident.reference)
        expect(page.locator("#said")).to_have_text("1 sự cố mới: ổ gà, Phường Old Wharf")
        expect(page.locator(".pin")).to_have_attribute("aria-label", named)
        expect(page.locator("[data-count=open]")).to_have_text("1")


def test_a_step_repaints_pin_and_row_in_their_place(visitor, town, officer):
    incident = factories.incident(town.hole)
    page = open_map(visitor())
    expect(page.locator(".pin[data-state=working]")).to_have_count(1)
    row = page.locator(f"#row-{incident.reference}")
    row.focus()
    workflow.move(incident, "ask", by=officer, note="Ở đâu?")
    expect(page.locator(".pin[data-state=waiting]")).to_have_count(1)
    expect(row).to_contain_text("Chờ người dân")
    expect(row).to_be_focused()
    workflow.move(incident, "resolve", by=officer, note="Filled")
    expect(page.locator(".dot[data-state=resolved]")).to_have_count(1)  # seen to be done before it goes
    expect(row).to_contain_text("Đã xong")
    expect(page.locator("[data-count=resolved]")).to_have_text("1")
    expect(row).to_have_count(0)


@pytest.mark.deep
def test_many_at_once_are_spoken_of_once_in_ten_seconds(visitor, town):
    page = visitor()
    page.clock.install()
    open_map(page)
    page.evaluate(
        """() => {
            window.spoken = []
            new MutationObserver(([{ target }]) => spoken.push(target.textContent))
                .observe(document.getElementById("said"), { childList: true, characterData: true, subtree: true })
        }"""
    )
    for _ in range(3):
        factories.incident(town.hole)
    expect(page.locator(".row")).to_have_count(3)
    page.clock.run_for(2000)
    assert page.evaluate("window.spoken") == ["1 sự cố mới: ổ gà, Phường Old Wharf"]
    page.clock.run_for(9000)
    expect(page.locator("#said")).to_have_text("2 sự cố mới")


def test_what_is_restricted_is_not_seen_to_arrive(visitor, town):
    page = open_map(visitor())
    factories.incident(town.secret)
    shown = factories.incident(town.hole)
    expect(page.locator(".row")).to_have_attribute("data-reference", shown.reference)
    expect(page.locator(".pin")).to_have_count(1)


@pytest.mark.deep
def test_a_row_chooses_its_pin_and_the_second_press_opens_it(visitor, town):
    incident = factories.incident(town.hole)
    factories.incident(town.leak, place=factories.IN_NEW)
    page = open_map(visitor())
    row = page.locator(f"#row-{incident.reference}")
    row.click()
    expect(row).to_have_attribute("aria-current", "true")
    expect(page.locator(".pin.chosen")).to_have_attribute("aria-label", "Ổ gà, Harbour Road, đang xử lý")
    expect(page.locator("path.ward-lit")).to_have_count(1)
    expect(page.locator(".ward-name.lit")).to_have_text("Phường Old Wharf")
    expect(row).to_be_focused()
    row.press("Enter")
    page.wait_for_url(f"**/i/{incident.reference}/")


@pytest.mark.deep
def test_a_pin_chooses_its_row(visitor, town):
    factories.incident(town.hole)
    leak = factories.incident(town.leak, place=factories.IN_NEW)
    page = open_map(visitor(390))
    page.locator(".pin[aria-label^='Rò rỉ']").click()
    expect(page.locator(f"#row-{leak.reference}")).to_have_attribute("aria-current", "true")
    assert page.evaluate("document.activeElement.closest('.row')") is None


@pytest.mark.deep
def test_on_a_phone_nothing_lies_over_what_was_asked_for(visitor, town):
    for n in range(12):
        factories.incident(town.hole, place=Point(10.0035 + n * 0.0003, 50.006, srid=4326))
    page = visitor(
        390, geolocation={"longitude": 10.005, "latitude": 50.005, "accuracy": 12}, permissions=["geolocation"]
    )
    open_map(page, "/#17/50.00500/10.00500")
    page.get_by_role("button", name="Tới vị trí của tôi").click()
    sheet = page.locator("#list").bounding_box()["y"]
    wait_until(lambda: page.locator(".here").count() and page.locator(".here").bounding_box()["y"] + 20 < sheet)
    expect(page.locator(".pin")).to_have_count(12)
    above_the_button = """() => {
        const row = document.querySelector(".row[aria-current=true]")?.getBoundingClientRect()
        return row && row.bottom <= [...document.querySelectorAll(".report")].at(-1).getBoundingClientRect().top + 1
    }"""
    page.locator("#grip").press("ArrowDown")  # only the head of the list is left
    for n in [*range(11, -1, -1), 11]:
        page.locator(".pin").nth(n).dispatch_event("click")
        wait_until(lambda: page.evaluate(above_the_button))
    chosen = page.locator(".row[aria-current=true]").get_attribute("id")
    with page.expect_response(re.compile(r"/list/\?")):
        page.locator("select[name=category]").dispatch_event("change")  # the rows come anew
    wait_until(lambda: page.evaluate(above_the_button))
    expect(page.locator(".row[aria-current=true]")).to_have_id(chosen)
    shoot(page, "map-chosen")


@pytest.mark.deep
def test_going_back_restores_chosen_row_and_scroll_position(visitor, town):
    for n in range(25):
        factories.incident(town.hole, place=Point(10.0012 + n * 0.0003, 50.005, srid=4326))
    page = open_map(visitor(390), "/#16/50.00300/10.00500")
    row = page.locator(".row").nth(15)
    reference = row.get_attribute("data-reference")
    row.scroll_into_view_if_needed()
    row.click()
    expect(row).to_have_attribute("aria-current", "true")
    top = page.locator("#rows").evaluate("rows => rows.scrollTop")
    row.click()
    page.wait_for_url(f"**/i/{reference}/")
    page.go_back()
    expect(page.locator(f"#row-{reference}")).to_have_attribute("aria-current", "true")
    expect(page.locator(".pin.chosen")).to_have_count(1)
    wait_until(lambda: abs(page.locator("#rows").evaluate("rows => rows.scrollTop") - top) < 100)
    expect(page.locator(f"#row-{reference}")).to_be_in_viewport()


def test_chips_and_selects_filter_the_map_and_the_list(visitor, town, officer):
    done = factories.incident(town.hole)
    workflow.move(done, "accept", by=officer)
    workflow.move(done, "resolve", by=officer, note="Filled")
    factories.incident(town.leak)
    page = open_map(visitor())
    expect(page.locator(".row")).to_have_count(1)
    page.locator(".chip[value=resolved]").click()
    expect(page.locator(".row")).to_have_attribute("data-reference", done.reference)
    expect(page.locator(".dot[data-state=resolved]")).to_have_count(1)
    expect(page.locator(".pin")).to_have_count(0)
    assert "state=resolved" in page.url
    page.reload()
    expect(page.locator(".chip[value=resolved]")).to_have_attribute("aria-pressed", "true")
    page.locator(".chip[value=open]").click()
    page.get_by_role("button", name="Lọc").click()
    page.get_by_label("Lĩnh vực").select_option("ST")
    expect(page.locator(".empty")).to_be_visible()
    page.get_by_label("Lĩnh vực").select_option("WA")
    expect(page.locator(".pin")).to_have_count(1)


@pytest.mark.deep
def test_filters_of_history_stand_in_the_address_and_go_back(visitor, town):
    leak = factories.incident(town.leak, text="Vỡ ống trước hẻm Bàn Cờ")
    factories.incident(town.hole)
    page = open_map(visitor(390), "/#16/50.00300/10.00500")
    page.get_by_role("button", name="Lọc").click()
    page.get_by_label("Từ cần tìm").fill("HEM ban")
    expect(page.locator(".row")).to_have_count(1)
    expect(page.locator(".row")).to_have_attribute("data-reference", leak.reference)
    expect(page.locator(".pin")).to_have_count(1)
    page.get_by_label("Đơn vị").select_option("old")
    expect(page.locator(".empty")).to_be_visible()
    expect(page.locator("#narrowed")).to_have_text("2")
    assert axe_findings(page) == []
    view = re.compile(r"\?words=HEM\+ban&authority=old#16/50\.00\d+/10\.00\d+$")
    expect(page).to_have_url(view)
    other = open_map(visitor(1440), page.url)
    expect(other.get_by_label("Đơn vị")).to_have_value("old")
    expect(other.locator(".empty")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Đơn vị")).to_have_value("")
    expect(page.locator(".row")).to_have_count(1)
    page.go_back()
    expect(page.get_by_label("Từ cần tìm")).to_have_value("")
    expect(page.locator(".row")).to_have_count(2)
    page.get_by_role("button", name="Xem trên bản đồ").click()
    expect(page.get_by_label("Đơn vị")).to_be_hidden()


@pytest.mark.deep
def test_areas_density_and_time_show_the_same_figures(visitor, town, moment):
    for days in (0, 1, 1, 3):
        factories.change(factories.incident(town.hole), received_at=moment - timedelta(days=days))
    factories.incident(town.leak, place=factories.IN_NEW)
    page = open_map(visitor(1440), "/#14/50.00500/10.01000")
    page.get_by_role("button", name="Cách hiển thị").click()
    page.get_by_label("Số sự cố theo phường, xã").check()
    table = page.get_by_role("table", name="Sự cố theo phường, xã")
    expect(table.locator("tbody :is(th, td)")).to_have_text(
        ["Phường Old Wharf", "4", "0", "–", "Phường New Wharf", "1", "0", "–"]
    )
    expect(page.locator(".cluster, .pin")).to_have_count(0)
    assert axe_findings(page) == []
    shoot(page, "map-areas")
    page.get_by_label("Mật độ").check()
    expect(page.locator(".legend .warmth")).to_contain_text("từ 4 sự cố một ô")
    expect(page.locator(".row")).to_have_count(5)
    page.get_by_label("Theo thời gian").last.check()
    steps = page.get_by_role("table", name="Sự cố theo thời gian").locator("td")
    expect(steps).to_have_text(["0", "0", "0", "1", "0", "2", "2"])
    slider = page.get_by_role("slider", name="Thời điểm")
    slider.press("End")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(": 2 sự cố$"))
    slider.press("ArrowLeft")
    slider.press("ArrowLeft")
    page.get_by_role("button", name="Phát").click()
    expect(page.get_by_role("button", name="Phát")).to_be_visible()  # at the end it stops
    expect(page.locator("#said")).to_have_text(re.compile(": 2 sự cố$"))
    assert axe_findings(page) == []
    shoot(page, "map-time")
    other = open_map(visitor(390), page.url)
    expect(other.get_by_role("slider", name="Thời điểm")).to_have_value("6")
    assert axe_findings(other) == []
    page.go_back()
    expect(page.locator(".legend .warmth")).to_be_visible()
    expect(page.locator("#time-bar")).to_be_hidden()


@pytest.mark.deep
def test_a_view_is_shared_and_the_map_stands_alone(visitor, town):
    incident = factories.incident(town.hole)
    page = open_map(visitor(1440), "/?days=7#16/50.00500/10.00500")
    page.get_by_role("button", name="Chia sẻ khung nhìn này").click()
    expect(page.get_by_label("Liên kết tới khung nhìn này")).to_have_value(page.url)
    code = page.get_by_label("Mã nhúng vào trang web của bạn").input_value()
    assert axe_findings(page) == []
    shoot(page, "map-share")
    alone = visitor(390)
    alone.goto(html.unescape(re.search('<iframe src="([^"]+)"', code)[1]))
    expect(alone.locator(".pin")).to_have_attribute("aria-label", "Ổ gà, Harbour Road, đang xử lý")
    expect(alone.get_by_role("link", name=re.compile("Sự cố Wharf"))).to_have_attribute(
        "href", re.compile(r":\d+/\?days=7#16/50\.00\d+/10\.00\d+$")
    )
    assert axe_findings(alone) == []
    shoot(alone, "map-embed")
    with alone.context.expect_page() as opened_page:
        alone.locator(".pin").click()
    played = visitor(390)
    played.goto(alone.url.replace("/embed/?", "/embed/?look=time&").replace("lang=vi", "lang=en"))
    expect(played.get_by_role("slider", name="Moment")).to_have_value("0")
    expect(played.get_by_role("link", name=re.compile("Wharf"))).to_have_attribute("href", re.compile("look=time"))
    assert axe_findings(played) == []
    shoot(played, "map-embed-time")
    expect(opened_page.value).to_have_url(re.compile(f"/i/{incident.reference}/"))


@pytest.mark.deep
def test_the_list_follows_the_view(visitor, town):
    near, far = (factories.incident(town.hole, place=Point(lon, 50.005, srid=4326)) for lon in (10.001, 10.019))
    page = open_map(visitor(), "/#17/50.00500/10.00100")
    expect(page.locator(".row")).to_have_attribute("data-reference", near.reference)
    page.goto("/#17/50.00500/10.01900")
    page.reload()
    expect(page.locator(".row")).to_have_count(1)
    expect(page.locator(".row")).to_have_attribute("data-reference", far.reference)
    page.locator("#map").focus()
    for zoom in (16, 15, 14):
        page.keyboard.press("-")
        expect(page).to_have_url(re.compile(f"#{zoom}/"))
    expect(page.locator(".row")).to_have_count(2)


@pytest.mark.deep
def test_a_cluster_zooms_in_until_its_pins_stand_apart(visitor, town):
    for i in range(6):
        factories.incident(town.hole, place=Point(10.005 + i * 0.0004, 50.005, srid=4326))
    page = open_map(visitor(), "/#13/50.00500/10.00500")
    cluster = page.locator(".cluster")
    expect(cluster).to_have_count(1)
    expect(cluster).to_have_attribute("aria-label", "6 sự cố: 6 đang xử lý")
    cluster.click()
    expect(page.locator(".pin")).to_have_count(6)


@pytest.mark.deep
def test_pins_move_as_one_layer_with_the_map(visitor, town):
    for step in range(6):
        factories.incident(town.hole, place=Point(10.002 + 0.001 * step, 50.005, srid=4326))
    page = open_map(visitor(1440), "/#17/50.005/10.0045")
    expect(page.locator(".pin")).to_have_count(6)
    devtools, trees = page.context.new_cdp_session(page), []
    devtools.on("LayerTree.layerTreeDidChange", lambda tree: trees.append(tree))
    devtools.send("DOM.enable")
    devtools.send("LayerTree.enable")
    wait_until(lambda: page.wait_for_timeout(20) or trees)
    drawn = [
        devtools.send("DOM.describeNode", {"backendNodeId": layer["backendNodeId"]})["node"].get("attributes", [])
        for layer in trees[-1]["layers"]
        if layer["drawsContent"] and "backendNodeId" in layer
    ]
    assert len([attributes for attributes in drawn if "pin" in attributes]) == 1


def test_a_place_is_searched_and_shown_alone(visitor, town):
    here, other = factories.incident(town.hole), factories.incident(town.hole, place=factories.IN_NEW)
    page = open_map(visitor())
    box = page.get_by_role("combobox", name="Hỏi, tìm hoặc gửi")
    box.fill("phường New Wharf")
    box.press("Enter")
    page.get_by_role("link", name="Chỉ xem phường, xã này trên bản đồ").click()
    expect(page.locator("#list-title")).to_have_text("Phường New Wharf")
    expect(page.locator(".ward-mask")).to_have_count(1)
    expect(page.locator(".row")).to_have_count(1)
    expect(page.locator(".row")).to_have_attribute("data-reference", other.reference)
    page.get_by_role("button", name="Cả bản đồ").click()
    expect(page.locator(".ward-mask")).to_have_count(0)
    box.fill(here.reference)
    box.press("Enter")
    page.locator("#reading").get_by_role("link", name="Xem chi tiết").click()
    page.wait_for_url(f"**/i/{here.reference}/")


@pytest.mark.deep
def test_the_sheet_rests_at_three_heights(visitor, town):
    factories.incident(town.hole)
    page = open_map(visitor(390))
    height = lambda: page.locator("#list").bounding_box()["height"]  # noqa: E731
    grip = page.locator("#grip")
    half = height()
    grip.click()
    expect(grip).to_have_attribute("aria-expanded", "true")
    assert height() > half * 1.5
    grip.press("ArrowDown")
    grip.press("ArrowDown")
    assert height() < half * 0.6
    expect(page.locator("#rows")).to_be_hidden()
    expect(page.get_by_role("link", name="Gửi phản ánh").last).to_be_visible()
    expect(page.locator(".credit")).to_be_in_viewport()
    box = page.locator(".list-head").bounding_box()
    page.mouse.move(100, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(100, box["y"] - 300, steps=5)
    page.mouse.up()
    assert height() == pytest.approx(half, abs=2)


@pytest.mark.deep
def test_what_the_sheet_covers_is_fetched_when_it_is_lowered(visitor, town):
    page = open_map(visitor(390), "/#17/50.005/10.005")
    settle(page)
    reach = """() => {
      const tiles = [...document.querySelectorAll("canvas.leaflet-tile")]
      const bottom = Math.max(...tiles.map((one) => one.getBoundingClientRect().bottom))
      return bottom - document.getElementById("list").getBoundingClientRect().top
    }"""
    over = page.evaluate(reach)
    assert 0 <= over < 512 + 16
    page.locator("#grip").press("ArrowDown")
    expect(page.locator("#list")).to_have_attribute("data-rest", "head")
    wait_until(lambda: page.evaluate(reach) >= 0)


def test_a_broken_line_is_said_and_mends_without_a_gap(visitor, town):
    page = open_map(visitor())
    page.context.set_offline(True)
    expect(page.locator("#live")).to_contain_text("Ngừng cập nhật từ")
    incident = factories.incident(town.hole)
    page.context.set_offline(False)
    expect(page.locator(".pin")).to_have_count(1)
    expect(page.locator(f"#row-{incident.reference}")).to_be_visible()
    expect(page.locator("#live")).to_contain_text("Trực tiếp")


def test_the_first_page_is_light(visitor, town):
    factories.incident(town.hole)
    page = visitor(390)
    sizes = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    open_map(page)
    settle(page)
    assert 20_000 < sum(sizes) < 150_000
    waited_for = """() => performance.getEntriesByType("resource")
      .filter((one) => one.renderBlockingStatus === "blocking")
      .map((one) => one.name.split("/static/")[1].replace(/\\.\\w+(?=\\.css)/, ""))"""
    assert sorted(page.evaluate(waited_for)) == ["incidents/public/home.css", "leaflet/map.css", "look/all.css"]


def test_first_pins_stand_in_the_page(visitor, town):
    incidents = [factories.incident(kind, place=factories.IN_OLD) for kind in (town.hole, town.leak)]
    page = visitor(390)
    page.route("**/tiles/incidents/**", lambda route: route.abort())
    open_map(page)
    expect(page.locator(".cluster")).to_have_attribute("aria-label", re.compile(f"^{len(incidents)} sự cố"))
    visitor.complaints.clear()  # the browser reports the tiles that did not come


LATER = {  # after pins
    "map/label-layer", "map/label-geometry", "incidents/public/announced-areas", "incidents/public/map-cameras",
    "look/table-cards",
}  # fmt: skip


@pytest.mark.parametrize(("address", "more"), [
    ("/", {"incidents/public/outlines"}), pytest.param("/report/", set(), marks=pytest.mark.deep),
])  # fmt: skip
def test_page_names_all_scripts_that_it_loads(visitor, town, address, more):
    page = visitor(390)
    page.goto(address)
    loaded = page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    named = page.evaluate(
        "[...document.querySelectorAll('script, [rel=modulepreload]')].map((one) => one.src || one.href)"
    )
    scripts = {name for name in loaded if re.search(r"\.js\b(?!on)", name)}
    later = {name for name in scripts if any(f"/static/{script_name}." in name for script_name in LATER | more)}
    assert (scripts - later, later & {*named}) == ({*named}, set())


@pytest.mark.deep
def test_a_first_visitor_sees_pins_before_fonts(visitor, town):
    factories.incident(town.hole)
    page = visitor(390)
    page.goto("/")
    page.locator(".pin").wait_for()
    order = page.evaluate("""() => document.fonts.ready.then(() => {
      const times = performance.getEntriesByType("resource")
      const of = (pattern) => times.filter(({ name }) => pattern.test(name)).map(({ startTime }) => startTime)
      return [Math.min(...of(/woff2/)), Math.max(...of(/public-map/))]
    })""")
    assert order[0] > order[1]
    assert page.evaluate("document.body.className") == "map-page"
    page.reload(wait_until="commit")
    expect(page.locator("body.map-page")).not_to_have_class(re.compile("first-visit"))


def test_without_scripts_the_list_is_the_map(visitor, town):
    incident = factories.incident(town.hole)
    page = visitor(390, java_script_enabled=False)
    page.goto("/")
    expect(page.locator(".row")).to_have_attribute("data-reference", incident.reference)
    page.locator(".chip[value=resolved]").click()
    expect(page.locator(".empty")).to_be_visible()
    page.get_by_role("searchbox").fill(incident.reference)
    page.get_by_role("searchbox").press("Enter")
    page.locator("#reading").get_by_role("link", name="Xem chi tiết").click()
    page.wait_for_url(f"**/i/{incident.reference}/")


@pytest.mark.deep
def test_public_cameras_on_the_map_link_to_their_pictures(visitor, town):
    factories.incident(town.hole)
    eye = camera("P/1", name="Harbour Street", public=True)
    camera("Q1", name="Secret Yard")
    sees(eye)
    shows(eye)
    page = open_map(visitor(1440), "/#16/50.005/10.0052")
    mark = page.get_by_role("link", name="Hình của camera Harbour Street")
    expect(mark).to_have_count(1)
    assert axe_findings(page) == []
    mark.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/cameras/#P%2F1$"))
    picture = page.get_by_role("img", name="Hình đã che của camera Harbour Street")
    expect(picture).to_be_visible()
    assert picture.evaluate("img => img.decode().then(() => img.naturalWidth)") == 64
    assert axe_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert "Secret" not in page.content()
    shoot(page, "public-cameras")


@pytest.mark.deep
def test_a_map_without_public_cameras_does_not_speak_of_them(visitor, town):
    factories.incident(town.hole)
    camera("Q1", name="Secret Yard")
    page = visitor(1440)
    with page.expect_response(re.compile(r"/cameras/places\.json")):
        open_map(page, "/#16/50.005/10.0052")
    expect(page.locator(".public-eye")).to_have_count(0)
    expect(page.locator("#cameras")).to_be_hidden()
