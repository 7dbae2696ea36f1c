"""Test a citizen on a phone: reporting step by step, pages of an incident, and failures on the way."""

import math
import re

import pytest
from playwright.sync_api import expect

from geoapp.crypto.fields import rows_with_text
from gis_data.models import City
from incidents import workflow
from incidents.models import Incident, Photo, Question, Report
from tests import factories, videos
from tests.browser.conftest import axe_findings, on_screen, shoot, too_narrow, wait_until, without_photo

pytestmark = pytest.mark.browser
STANDING = {"geolocation": {"longitude": 10.005, "latitude": 50.005, "accuracy": 12}, "permissions": ["geolocation"]}


@pytest.fixture
def town(site):
    City.objects.all().delete()
    town = factories.town()
    City.objects.update(
        holidays="VN",
        emergency=[{"number": "112", "what": "Cấp cứu", "what_en": "Ambulance"}],
    )
    return town


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "hole.jpg"
    path.write_bytes(factories.jpeg(640, 480))
    return path


def place_known(page, standing=False):
    page.goto("/report/" if standing else "/report/?lon=10.005&lat=50.005")
    without_photo(page)
    expect(page.get_by_text("Harbour Road, Phường Old Wharf")).to_be_visible()
    page.get_by_role("button", name="Đúng chỗ này").click()


def details(page, category="Ổ gà", standing=False):
    place_known(page, standing)
    page.get_by_label(category).check()
    page.get_by_role("button", name=f"Tiếp: {category}").click()


@pytest.mark.parametrize("width", [390, 1440])
def test_typed_danger_shows_whom_to_call_first(visitor, town, width):
    police = {"number": "113", "what": "Công an", "dangers": ["crime"]}
    City.objects.update(emergency=[police, {"number": "114", "what": "Cứu hỏa", "dangers": ["fire"]}])
    page = visitor(width=width)
    page.goto("/")
    page.locator("#box").press_sequentially("đang cháy nhà ở chợ")
    notice = page.locator("#reading .urgent")
    expect(notice).to_be_visible()
    expect(notice.locator("b")).to_have_text(["114", "113"])
    assert not too_narrow(page)
    assert axe_findings(page) == []
    shoot(page, "danger-map")
    page.locator("#box").fill("chợ")
    expect(notice).to_be_hidden()

    place_known(page)
    page.locator("#words").fill("cháy nhà")
    expect(page.locator("#emergency.now")).to_be_visible()
    expect(page.locator("#emergency .stronger")).to_be_visible()
    expect(page.locator("#emergency a")).to_have_text(["114", "113"])
    page.locator("#words").fill("")
    expect(page.locator("#emergency.now")).to_have_count(0)
    page.get_by_label("Ổ gà").check()
    page.get_by_role("button", name="Tiếp: Ổ gà").click()
    page.locator("#text").fill("có người cầm dao")
    described = page.locator('[data-step="details"] [data-danger]')
    expect(described).to_be_visible()
    expect(described.locator("a")).to_have_text(["113", "114"])
    assert axe_findings(page) == []
    shoot(page, "danger-form")


# How many photos are kept of each form that is being filled in.
DRAFTS = """() => new Promise((told) => {
  const asked = indexedDB.open("report-photos", 1)
  asked.onupgradeneeded = () => asked.result.createObjectStore("drafts", { keyPath: "sending" })
  asked.onsuccess = () => {
    const all = asked.result.transaction("drafts").objectStore("drafts").getAll()
    all.onsuccess = () => told(all.result.map(({ files }) => files.length))
  }
})"""

WORDS = {
    "vi": {
        "locate": "Vị trí của tôi", "within": "Sai số khoảng 12 m",
        "here": "Đúng chỗ này", "pothole": "Ổ gà",
        "next": "Tiếp", "more": "Mô tả thêm một chút", "text": "Mô tả (không bắt buộc)", "send": "Gửi",
        "sent": "Đã gửi tới UBND Old Wharf",
        "follow": "Theo dõi sự cố này", "public": "Trang công khai",
    },
    "en": {
        "locate": "My location", "within": "Accurate to about 12 m",
        "here": "This is the place", "pothole": "Pothole",
        "next": "Next", "more": "Tell us a little more", "text": "Description", "send": "Send",
        "sent": "Sent to Old Wharf Office",
        "follow": "Follow this incident", "public": "The public page",
    },
}  # fmt: skip


@on_screen(390, "vi")
def test_from_a_pin_to_the_public_page(visitor, town, photo, width, language):
    page, words = visitor(width=width, language=language, **STANDING), WORDS[language]

    def looked_at(name):
        shoot(page, f"report-{name}")
        assert axe_findings(page) == []
        assert too_narrow(page) == []

    page.goto("/report/")
    without_photo(page)
    page.get_by_role("button", name=words["locate"]).click()
    expect(page.get_by_text(words["within"])).to_be_visible()
    looked_at("1-place")
    page.get_by_role("button", name=words["here"]).click()
    page.get_by_label(words["pothole"]).check()
    looked_at("2-what")
    page.get_by_role("button", name=words["next"]).click()
    expect(page.get_by_role("heading", name=words["more"])).to_be_focused()
    page.get_by_label(words["text"]).fill("Knee deep")
    page.locator("#photos").set_input_files(photo)
    looked_at("3-details")
    page.get_by_role("button", name=words["send"], exact=True).click()
    expect(page.get_by_role("heading", name=words["sent"])).to_be_visible()
    looked_at("4-sent")
    page.get_by_role("link", name=words["follow"]).click()
    expect(page.get_by_text("Knee deep").first).to_be_visible()
    looked_at("5-follow")
    page.get_by_role("link", name=words["public"]).click()
    expect(page.locator("#story")).to_contain_text("Knee deep")
    looked_at("6-public")

    report = Report.objects.get()
    assert (report.accuracy_m, report.language, report.incident.authority) == (12, language, town.office)
    assert (round(report.place.x, 5), round(report.place.y, 5)) == (10.005, 50.005)
    assert Photo.objects.count() == 1


@pytest.mark.parametrize("language", ["vi", pytest.param("en", marks=pytest.mark.deep)])
def test_the_whole_form_works_without_scripts(visitor, town, photo, language):
    page = visitor(width=390, language=language, java_script_enabled=False)
    page.goto("/report/")
    page.locator("#where").fill("wharf")
    page.locator("[name=find]").click()
    shoot(page, "report-without-scripts")
    page.get_by_label("Phường New Wharf" if language == "vi" else "New Wharf Ward").check()
    page.locator("#all > summary").click()
    page.get_by_label("Rác thải" if language == "vi" else "Waste").check()
    page.locator("#text").fill("Smells")
    page.locator("#photos").set_input_files(photo)
    page.locator("[data-send]").click()
    expect(page.locator("main h1")).to_contain_text("New Wharf")
    report = Report.objects.get()
    assert (report.incident.area, report.incident.category, report.text, report.photos.count()) == (
        town.new, town.waste, "Smells", 1,
    )  # fmt: skip


@pytest.mark.deep
def test_the_keyboard_moves_the_pin_by_metres(visitor, town):
    page = visitor(width=1440)
    page.goto("/report/?lon=10.005&lat=50.005")
    without_photo(page)
    page.locator("#pin-map").focus()

    def at():
        return [float(page.locator(f"[name={name}]").input_value()) for name in ("lon", "lat")]

    start = at()
    page.keyboard.press("ArrowUp")
    assert (at()[1] - start[1]) * 111_320 == pytest.approx(5, abs=0.05)
    page.keyboard.press("Shift+ArrowUp")
    assert (at()[1] - start[1]) * 111_320 == pytest.approx(30, abs=0.05)
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    assert (at()[0] - start[0]) * 111_320 * 0.6427 == pytest.approx(100, abs=0.2)
    expect(page.locator("#answer[role=status]")).to_contain_text("Phường Old Wharf")


@pytest.mark.deep
def test_the_map_is_drawn_along_below_the_pin(visitor, town):
    page = visitor(width=1440)
    page.clock.install()
    page.goto("/report/?lon=10.005&lat=50.005")
    without_photo(page)
    expect(page.locator("#answer")).to_contain_text("Phường Old Wharf")
    lon = page.locator("[name=lon]")
    before = lon.input_value()
    box = page.locator("#pin-map").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y, steps=6)
    page.clock.run_for(200)  # a map that was held still does not glide on
    page.mouse.up()
    expect(lon).not_to_have_value(before)
    page.clock.run_for(1500)
    assert 10.0052 < float(lon.input_value()) < 10.007
    assert float(page.locator("[name=accuracy]").input_value() or 0) == 0


@pytest.mark.deep
def test_a_ward_is_typed_instead_of_moving_the_map(visitor, town):
    page = visitor(width=390)
    page.goto("/report/")
    without_photo(page)
    page.locator("#where").press_sequentially("new wharf")
    page.get_by_role("option", name="Phường New Wharf").click()
    expect(page.locator("#answer")).to_contain_text("Phường New Wharf")


@pytest.mark.deep
def test_the_place_under_the_pin_is_taken_without_moving_it(visitor, town):
    page = visitor(390)
    page.goto("/report/")
    without_photo(page)
    page.get_by_role("button", name="Đúng chỗ này").click()
    expect(page.locator("#answer")).to_contain_text("Harbour Road")
    expect(page.locator("#answer")).to_contain_text("Hãy phóng to")
    expect(page.locator("#where-fault")).to_be_empty()
    shoot(page, "report-1-closer")
    page.get_by_role("button", name="Đúng chỗ này").click()
    expect(page.get_by_role("heading", name="Việc gì đang xảy ra?")).to_be_focused()
    at = [float(page.locator(f"[name={name}]").input_value()) for name in ("lon", "lat")]
    assert at == pytest.approx([10.01, 50.005], abs=0.0005)


# How far the pin stands from the dot of the place that will be sent, in pixels.
OFF = """() => {
    const middle = (box) => [box.x + box.width / 2, box.y + box.height / 2]
    const pin = middle(document.querySelector("#pin-map").getBoundingClientRect())
    const dot = middle(document.querySelector("#pin-map .here").getBoundingClientRect())
    return Math.hypot(pin[0] - dot[0], pin[1] - dot[1])
}"""


@pytest.mark.deep
def test_the_pin_stays_on_its_place_when_the_map_changes_size(visitor, town):
    page = visitor(390, **STANDING)
    page.goto("/report/")
    without_photo(page)
    before = page.locator("#pin-map").bounding_box()["height"]
    page.get_by_role("button", name="Vị trí của tôi").click()
    expect(page.locator("#answer")).to_contain_text("Phường Old Wharf")
    wait_until(lambda: page.locator("#pin-map").bounding_box()["height"] < before - 10)
    wait_until(lambda: page.evaluate(OFF) <= 1)
    for height in (700, 901, 844):
        page.set_viewport_size({"width": 390, "height": height})
        wait_until(lambda: page.evaluate(OFF) <= 1)
    page.get_by_role("button", name="Đúng chỗ này").click()
    page.get_by_label("Quay lại").click()
    expect(page.locator("#pin-map")).to_be_visible()
    wait_until(lambda: page.evaluate(OFF) <= 1)


# Where the middle of the map lies from the dot of the device's place, in pixels; and the place that will be sent.
UNDER_PIN = """() => {
    const middle = (box) => [box.x + box.width / 2, box.y + box.height / 2]
    const pin = middle(document.querySelector("#pin-map").getBoundingClientRect())
    const dot = middle(document.querySelector("#pin-map .here").getBoundingClientRect())
    const [lon, lat] = ["lon", "lat"].map((name) => Number(document.querySelector(`[name=${name}]`).value))
    return { right: pin[0] - dot[0], down: pin[1] - dot[1], lon, lat }
}"""
PER_DEGREE = 256 * 2**18 / 360  # pixels of longitude on a map of zoom 18


@pytest.mark.deep
def test_a_page_that_changes_under_a_drag_leaves_the_pin_exact(visitor, town):
    page = visitor(1440, **STANDING)
    page.goto("/report/")
    without_photo(page)
    expect(page.locator("#answer")).to_contain_text("Phường Old Wharf")
    box = page.locator("#pin-map").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 30, y + 20, steps=4)
    page.evaluate("document.querySelector('#answer [data-more]').textContent = 'Knee deep. '.repeat(40)")
    wait_until(lambda: page.locator("#pin-map").bounding_box()["height"] < box["height"] - 20)
    page.mouse.move(x - 60, y + 40, steps=4)
    page.mouse.up()
    expect(page.locator("[name=accuracy]")).to_have_value("")
    for height in (900, 701, 844):
        page.set_viewport_size({"width": 1440, "height": height})
        wait_until(lambda: pixels_from_what_is_sent(page) < 1.5, why="the pin stands elsewhere than it says")
    assert float(page.locator("[name=lon]").input_value()) > 10.0052


def pixels_from_what_is_sent(page):
    at = page.evaluate(UNDER_PIN)
    right = (at["lon"] - 10.005) * PER_DEGREE
    down = (50.005 - at["lat"]) * PER_DEGREE / math.cos(math.radians(50.005))
    return math.hypot(at["right"] - right, at["down"] - down)


@pytest.mark.deep
def test_a_device_outside_the_city_moves_no_pin_by_itself(visitor, town):
    elsewhere = STANDING | {"geolocation": {"longitude": 11, "latitude": 51, "accuracy": 12}}
    page = visitor(390, **elsewhere)
    page.goto("/report/")
    with page.expect_response("**/report/here/**"):
        without_photo(page)
    expect(page.locator("#answer")).to_contain_text("Kéo bản đồ để ghim đứng đúng chỗ")
    assert page.locator("[name=lon]").input_value() == ""
    page.get_by_role("button", name="Vị trí của tôi").click()
    expect(page.locator("#answer")).to_contain_text("nằm ngoài thành phố")


@pytest.mark.deep
def test_a_place_outside_the_city_is_said_at_once(visitor, town):
    page = visitor(width=390)
    page.goto("/report/?lon=11&lat=51")
    without_photo(page)
    expect(page.locator("#answer")).to_contain_text("nằm ngoài thành phố")
    page.get_by_role("button", name="Đúng chỗ này").click()
    expect(page.locator("#where-fault")).to_contain_text("nằm ngoài thành phố")


@pytest.mark.deep
def test_fields_are_found_by_words_written_anyhow(visitor, town):
    page = visitor(width=390)
    place_known(page)
    page.get_by_label("Mô tả vài chữ").fill("ro ri")
    expect(page.locator("#matches")).to_have_text("1 loại việc khớp")
    expect(page.get_by_label("Rò rỉ nước")).to_be_visible()
    expect(page.get_by_label("Ổ gà")).to_be_hidden()
    page.get_by_label("Mô tả vài chữ").fill("có chỗ rò rỉ nước ngay trước cổng")
    expect(page.locator("#matches")).to_have_text("1 loại việc khớp")
    page.get_by_label("Rò rỉ nước").check()
    expect(page.get_by_text("Hãy gọi trước.").filter(visible=True)).to_have_count(1)
    expect(page.get_by_role("link", name="112", exact=True).filter(visible=True)).to_have_count(1)


def test_what_is_close_by_is_joined(visitor, town):
    incident = factories.incident(town.hole)
    page = visitor(width=390)
    details(page)
    expect(page.get_by_role("heading", name="Mô tả thêm một chút")).to_be_focused()
    shoot(page, "report-3-near")
    assert axe_findings(page) == []
    joins = page.get_by_role("button", name="Đúng là việc này – tôi cũng thấy", description=re.compile("Ổ gà"))
    joins.press("Enter")
    expect(page.get_by_role("heading", name="Đã gộp vào việc UBND Old Wharf đang xử lý")).to_be_visible()
    incident.refresh_from_db()
    assert (incident.reports_count, Incident.objects.count()) == (2, 1)


def test_a_fault_keeps_all_that_was_chosen_photos_too(visitor, town, photo):
    page = visitor(width=390)
    details(page)
    page.locator("#photos").set_input_files(photo)
    page.get_by_label("Mô tả (không bắt buộc)").fill("Knee deep")
    page.get_by_label("Số điện thoại").fill("0908 112 34")
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.locator("#phone-fault")).to_contain_text("Số này mới có 9 chữ số.")
    expect(page.locator("#phone")).to_be_focused()
    expect(page.locator("#phone")).to_have_attribute("aria-invalid", "true")
    shoot(page, "report-3b-fault")
    assert axe_findings(page) == []
    page.get_by_label("Số điện thoại").fill("0908 112 345")
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.get_by_role("heading", name="Đã gửi tới UBND Old Wharf")).to_be_visible()
    assert (Report.objects.get().phone, Photo.objects.count()) == ("+84908112345", 1)
    visitor.complaints.clear()  # the browser reports the refusal (400) as an error


@pytest.mark.deep
def test_photos_are_looked_at_before_they_are_sent(visitor, town, photo, tmp_path):
    page = visitor(width=390)
    details(page)
    paths = [tmp_path / f"{number}.jpg" for number in range(6)]
    for number, path in enumerate(paths):
        path.write_bytes(factories.jpeg(64 + number, 48))
    (tmp_path / "letter.pdf").write_bytes(b"%PDF")
    page.locator("#photos").set_input_files(tmp_path / "letter.pdf")
    expect(page.locator("#photos-fault")).to_contain_text("“letter.pdf” không phải ảnh")
    page.locator("#photos").set_input_files(paths)
    expect(page.locator(".preview")).to_have_count(5)
    expect(page.locator("#photos-fault")).to_contain_text("Tối đa 5 ảnh")
    expect(page.locator("#gathered")).to_contain_text("Kèm 5 ảnh.")
    page.get_by_role("button", name="Thêm ảnh").click()
    shoot(page, "report-0-photos")
    page.get_by_role("button", name="Bỏ ảnh 2").click()
    expect(page.locator(".preview")).to_have_count(4)
    page.get_by_role("button", name="Dùng 4 ảnh này").click()
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.get_by_role("heading", name="Đã gửi tới")).to_be_visible()
    assert [stored.width for stored in Photo.objects.order_by("pk")] == [64, 66, 67, 68]


@pytest.mark.deep
def test_a_video_is_sent_with_its_report_and_played(visitor, town, tmp_path):
    page = visitor(width=390)
    details(page)
    (tmp_path / "street.webm").write_bytes(videos.video("webm", seconds=2, size=(640, 360)))
    (tmp_path / "long.webm").write_bytes(videos.video("webm", seconds=33, rate=2))
    page.locator("#photos").set_input_files([tmp_path / "long.webm", tmp_path / "street.webm"])
    expect(page.locator("#photos-fault")).to_contain_text("“long.webm” dài hơn 30 giây")
    expect(page.locator(".preview video")).to_have_count(1)
    page.get_by_role("button", name="Thêm ảnh").click()
    shoot(page, "video-chosen")
    assert axe_findings(page) == []
    page.get_by_role("button", name="Dùng ảnh này").click()
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.get_by_role("heading", name="Đã gửi tới")).to_be_visible(timeout=120_000)
    page.get_by_role("link", name="Theo dõi sự cố này").click()
    player = page.locator(".video video")
    player.scroll_into_view_if_needed()
    player.focus()
    page.keyboard.press("Space")
    wait_until(lambda: player.evaluate("video => video.currentTime") > 0.3)
    shoot(page, "video-played")
    assert (axe_findings(page), too_narrow(page)) == ([], [])


@pytest.mark.deep
def test_without_a_connection_it_waits_and_sends_itself_once(visitor, town):
    page = visitor(width=390)
    details(page)
    page.get_by_label("Mô tả (không bắt buộc)").fill("Knee deep")
    page.context.set_offline(True)
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.get_by_text("Đang không có mạng")).to_be_visible()
    shoot(page, "report-3c-offline")
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="Đã gửi tới")).to_be_visible()
    assert Report.objects.get().text == "Knee deep"
    visitor.complaints.clear()  # the browser reports the missing connection


def test_a_reload_keeps_words_and_photos_until_it_is_sent(visitor, town, photo):
    page = visitor(width=390, **STANDING)
    details(page, standing=True)
    page.locator("#photos").set_input_files(photo)
    page.get_by_label("Mô tả (không bắt buộc)").fill("Knee deep")
    expect(page.locator("#gathered")).to_contain_text("Kèm 1 ảnh.")
    wait_until(lambda: page.evaluate(DRAFTS) == [1])
    page.reload()
    expect(page.get_by_label("Mô tả (không bắt buộc)")).to_have_value("Knee deep")
    expect(page.locator("#gathered")).to_contain_text("Kèm 1 ảnh.")
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.get_by_role("heading", name="Đã gửi tới")).to_be_visible()
    page.goto("/report/")
    expect(page.locator("#text")).to_have_value("")
    expect(page.get_by_role("heading", name="Chụp cho thấy rõ")).to_be_visible()


def test_a_report_is_sent_in_five_taps(visitor, town, tmp_path):
    near = factories.incident(town.hole)  # usual around here, and shown as one that it may be
    shot = tmp_path / "street.jpg"
    shot.write_bytes(factories.jpeg(4000, 3000, exif=factories.exif_of_place(10.005, 50.005)))
    page, taps = visitor(width=390), []

    def tap(role, name):
        page.get_by_role(role, name=name, exact=True).tap()
        taps.append(name)

    page.goto("/report/")
    shoot(page, "five-1-photo")
    with page.expect_file_chooser() as chooser:
        tap("button", "Chụp ảnh")
    chooser.value.set_files(shot)
    expect(page.locator("#answer")).to_contain_text("Phường Old Wharf")
    expect(page.locator("#answer")).to_contain_text("Vị trí lấy từ ảnh")
    shoot(page, "five-2-place")
    tap("button", "Đúng chỗ này")
    expect(page.locator("#proposed-head")).to_have_text("Thường gặp quanh đây:")
    shoot(page, "five-3-kind")
    tap("button", "Ổ gà")
    tap("button", "Tiếp: Ổ gà")
    page.get_by_label("Mô tả (không bắt buộc)").fill("Knee deep")
    expect(page.locator("#same")).to_contain_text("Đã có phản ánh gần đây")
    shoot(page, "five-4-words")
    tap("button", "Gửi")
    expect(page.get_by_role("heading", name="Đã gửi tới UBND Old Wharf")).to_be_visible()
    report = rows_with_text(Report.objects.filter(photos__isnull=False), "text", "Knee deep").get()
    assert (len(taps), report.photos.get().width, report.accuracy_m) == (5, 1600, 12)
    assert report.incident != near
    assert (round(report.place.x, 5), round(report.place.y, 5)) == (10.005, 50.005)
    assert page.evaluate(DRAFTS) == []


@pytest.mark.deep
def test_a_cookie_that_is_gone_costs_no_second_press(visitor, town):
    page = visitor(width=390)
    details(page)
    page.context.clear_cookies(name="csrftoken")
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.get_by_role("heading", name="Đã gửi tới")).to_be_visible()
    assert Report.objects.count() == 1
    visitor.complaints.clear()  # the browser reports the first refusal (403)


@pytest.mark.deep
def test_back_leads_through_the_steps(visitor, town):
    page = visitor(width=390)
    details(page)
    expect(page.get_by_role("heading", name="Mô tả thêm một chút")).to_be_visible()
    page.get_by_label("Quay lại").click()
    expect(page.get_by_role("heading", name="Việc gì đang xảy ra?")).to_be_focused()
    page.go_back()
    expect(page.get_by_role("heading", name="Việc xảy ra ở đâu?")).to_be_visible()
    page.go_forward()
    expect(page.get_by_label("Ổ gà")).to_be_checked()


@pytest.mark.deep
def test_the_public_page_follows_what_happens(visitor, town):
    incident = factories.incident(town.hole)
    officer = factories.person("officer", town.office)
    page = visitor(width=1440)
    with page.expect_request("**/live/**"):
        page.goto(f"/i/{incident.reference}/")
    expect(page.locator("#verdict")).to_have_attribute("data-state", "assigned")
    workflow.move(incident, "accept", by=officer)
    expect(page.locator("#verdict")).to_have_attribute("data-state", "accepted")
    expect(page.locator("#story")).to_contain_text("UBND Old Wharf đã tiếp nhận")
    workflow.move(incident, "resolve", by=officer, note="Đã vá xong")
    expect(page.locator("#verdict")).to_have_attribute("data-state", "resolved")
    expect(page.locator("#story")).to_contain_text("Đã vá xong")
    shoot(page, "incident-resolved")
    assert axe_findings(page) == []


@pytest.mark.deep
@on_screen(390, "vi")
def test_the_unit_asks_and_the_reporter_answers(visitor, town, width, language):
    incident = factories.incident(town.hole)
    workflow.move(incident, "ask", by=factories.person("officer", town.office), note="Nhà số mấy?")
    page = visitor(width=width, language=language)
    page.goto(f"/f/{incident.reports.get().token}/")
    expect(page.locator(".word.theirs")).to_contain_text("Nhà số mấy?")
    shoot(page, "follow-asked")
    assert axe_findings(page) == []
    page.locator("#note").fill("Số 12")
    page.locator("#answer .primary").click()
    expect(page.locator("#verdict")).to_have_attribute("data-state", "working")
    assert incident.timeline.last().note == "Số 12"


@pytest.mark.parametrize("width", [390, pytest.param(1440, marks=pytest.mark.deep)])
def test_questions_of_a_matter_are_asked_and_answered(visitor, town, width):
    choices = [
        {"key": "knee", "vi": "Tới đầu gối", "en": "To the knee"},
        {"key": "more", "vi": "Sâu hơn", "en": "Deeper"},
    ]
    for position, (code, kind, text, more) in enumerate([
        ("depth", "singlevaluelist", "Nước sâu cỡ nào?", {"choices": choices, "required": True}),
        ("pole", "string", "Số trụ đèn", {"hint": "In hoặc dán trên trụ."}),
        ("danger", "note", "Đứng xa trụ đèn.", {}),
    ]):  # fmt: skip
        Question.objects.create(category=town.hole, code=code, datatype=kind, text=text, position=position, **more)
    page = visitor(width=width)
    details(page)
    expect(page.get_by_text("Đứng xa trụ đèn.")).to_be_visible()
    shoot(page, "report-questions")
    assert (axe_findings(page), too_narrow(page)) == ([], [])
    page.get_by_label("Số trụ đèn").fill("A12")
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.locator("#q-depth-fault")).to_contain_text("Nước sâu cỡ nào?")
    expect(page.get_by_label("Số trụ đèn")).to_have_value("A12")
    visitor.complaints.clear()  # the browser reports the refusal (400) as an error
    page.get_by_label("Tới đầu gối").check()
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.get_by_text("Đã gửi tới UBND Old Wharf")).to_be_visible()
    assert [(answer["code"], answer["value"]) for answer in Report.objects.get().answers] == [
        ("depth", ["knee"]), ("pole", ["A12"]),
    ]  # fmt: skip
