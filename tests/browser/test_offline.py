"""Test a phone with a weak signal: the site is installed, a report waits with its photos and is sent exactly once."""

import json

import pytest
from playwright.sync_api import expect

from incidents.models import Category, Report
from tests import factories
from tests.browser.conftest import axe_findings, settle, shoot, too_narrow, wait_until, without_photo

pytestmark = pytest.mark.browser

# The worker is at work on this page, and has kept what the form needs.
AT_WORK = """async () => {
  await navigator.serviceWorker.ready
  return Boolean(navigator.serviceWorker.controller) && (await (await caches.open("pages")).keys()).length >= 2
}"""
# What waits, in the browser.
WAITING = """() => new Promise((told) => {
  const asked = indexedDB.open("reports")
  asked.onsuccess = () => {
    const all = asked.result.transaction("waiting").objectStore("waiting").getAll()
    all.onsuccess = () => told(all.result.map(({ state, photos }) => [state, photos ? photos.length : 0]))
  }
})"""

# Which own pages are kept, and which reports.
OWN = """async () => {
  const pages = await (await caches.open("pages")).keys()
  const paths = pages.map(({ url }) => new URL(url).pathname).filter((path) => /^\\/(f|mine)\\//.test(path))
  return [paths, await (WAITING)()]
}""".replace("WAITING", WAITING)


@pytest.fixture
def phone(visitor, town):
    page = visitor(390, service_workers="allow")
    page.goto("/report/?lon=10.005&lat=50.005")
    wait_until(lambda: page.evaluate(AT_WORK), seconds=30, why="the worker did not come to work")
    without_photo(page)
    page.locator("#pin-map").press("+")  # what is seen of the map is kept
    settle(page)
    page.evaluate("sessionStorage.clear()")  # what was begun is no draft
    return page


def without_signal(page):
    page.context.set_offline(True)
    page.goto("/report/")
    expect(page.get_by_text("Chưa có mạng. Phản ánh sẽ tự gửi khi có mạng.")).to_be_visible()


def write_report(page, tmp_path, text="Knee deep"):
    photo = tmp_path / "street.jpg"
    photo.write_bytes(factories.jpeg(2400, 1800, exif=factories.exif_of_place(10.005, 50.005)))
    page.locator("#camera").set_input_files(photo)
    expect(page.locator("#answer")).to_contain_text("Phường Old Wharf")
    expect(page.locator("#answer")).to_contain_text("Vị trí lấy từ ảnh")
    expect(page.get_by_role("heading", name="Việc xảy ra ở đâu?")).to_be_visible()  # by itself
    page.get_by_role("button", name="Đúng chỗ này").click()
    page.get_by_label("Ổ gà").check()
    page.get_by_role("button", name="Tiếp: Ổ gà").click()
    page.get_by_label("Mô tả (không bắt buộc)").fill(text)


def keep_report(page):
    page.get_by_role("button", name="Lưu và tự gửi").click()
    expect(page.get_by_text("Phản ánh đã lưu trên máy này")).to_be_visible()
    assert page.evaluate(WAITING) == [["waiting", 1]]


def test_the_site_can_be_installed(phone):
    session = phone.context.new_cdp_session(phone)
    manifest = session.send("Page.getAppManifest")
    assert (manifest["errors"], json.loads(manifest["data"])["start_url"]) == ([], "/report/")
    assert session.send("Page.getInstallabilityErrors")["installabilityErrors"] == []


def test_a_report_without_a_signal_is_sent_once_later(phone, visitor, tmp_path):
    phone.goto("/")
    without_signal(phone)
    write_report(phone, tmp_path)
    shoot(phone, "offline-1-details")
    assert (axe_findings(phone), too_narrow(phone)) == ([], [])
    keep_report(phone)
    other = phone.context.new_page()  # looks for what waits as well
    other.goto("/report/")
    expect(other.get_by_text("Đang chờ gửi")).to_be_visible()
    other.goto("/stats/")
    expect(other.get_by_role("heading", name="Mất kết nối")).to_be_visible()
    shoot(other, "offline-3-other-page")
    assert axe_findings(other) == []
    other.goto("/")
    expect(other.locator("#list")).to_be_visible()
    expect(other.get_by_text("Đây là bản đã lưu lúc")).to_be_visible()
    phone.context.set_offline(False)
    expect(phone.get_by_role("heading", name="Đã gửi tới UBND Old Wharf")).to_be_visible()
    report = Report.objects.get()
    assert (report.text, report.incident.area.name, report.photos.get().width) == ("Knee deep", "Old Wharf", 1600)
    other.goto("/report/")
    expect(other.get_by_text("Đã gửi lúc")).to_be_visible()
    shoot(other, "offline-2-sent")
    phone.context.set_offline(True)
    other.goto(f"/f/{report.token}/")  # the own report, without a signal
    expect(other.get_by_text(report.incident.reference).first).to_be_visible()
    phone.context.set_offline(False)
    other.goto("/mine/")
    other.locator("main details > summary").click()
    other.get_by_role("button", name="Xóa dữ liệu trên trình duyệt này").click()
    wait_until(lambda: other.evaluate(OWN) == [[], []], why="own reports are still kept")
    visitor.complaints.clear()  # the browser reports the missing connection


@pytest.mark.deep
def test_a_report_whose_field_is_gone_is_kept_and_opened_again(phone, visitor, town, tmp_path):
    without_signal(phone)
    write_report(phone, tmp_path)
    keep_report(phone)
    Category.objects.filter(pk=town.hole.pk).delete()
    phone.context.set_offline(False)
    expect(phone.locator("#category-fault, [data-fault=category]").first).to_contain_text("Không có loại việc này")
    assert (Report.objects.count(), phone.evaluate(WAITING)) == (0, [["refused", 1]])
    shoot(phone, "offline-4-refused")
    phone.locator("#all > summary").click()
    phone.get_by_label("Rác thải").check()
    phone.get_by_role("button", name="Tiếp: Rác thải").click()
    expect(phone.locator(".preview")).to_have_count(1)
    phone.get_by_role("button", name="Gửi").click()
    expect(phone.get_by_role("heading", name="Đã gửi tới")).to_be_visible()
    report = Report.objects.get()
    assert (report.text, report.incident.category, report.photos.count()) == ("Knee deep", town.waste, 1)
    assert phone.evaluate(WAITING) == []
    visitor.complaints.clear()  # the browser reports the missing connection


@pytest.mark.parametrize(
    ("place", "place_words"),
    [
        ((10.005, 50.005), ["10.0050000", "50.0050000"]),
        pytest.param((-73.9857, -40.7484), ["-73.9857000", "-40.7484000"], marks=pytest.mark.deep),
        pytest.param(None, ["", ""], marks=pytest.mark.deep),
    ],
)
def test_a_photo_says_where_it_was_taken(visitor, town, tmp_path, place, place_words):
    page = visitor(390)
    page.goto("/report/")
    photo = tmp_path / "a.jpg"
    photo.write_bytes(factories.jpeg(exif=factories.exif_of_place(*place) if place else None))
    page.locator("#photos").set_input_files(photo)
    expect(page.locator("#photo-said")).to_have_text("Kèm 1 ảnh.")
    assert [page.locator(f"[name={name}]").input_value() for name in ("lon", "lat")] == place_words


@pytest.mark.deep
def test_a_photo_that_breaks_off_is_tried_again_alone(visitor, town, tmp_path):
    page, tried = visitor(390), []

    def break_second(route):
        tried.extend([route.request.method] * (route.request.method == "POST"))
        if len(tried) == 2:
            route.abort()
        else:
            route.continue_()

    page.route("**/report/photos/**", break_second)
    page.goto("/report/?lon=10.005&lat=50.005")
    paths = [tmp_path / f"{number}.jpg" for number in range(3)]
    for number, path in enumerate(paths):
        path.write_bytes(factories.jpeg(64 + number, 48))
    without_photo(page)
    page.get_by_role("button", name="Đúng chỗ này").click()
    page.get_by_label("Ổ gà").check()
    page.get_by_role("button", name="Tiếp: Ổ gà").click()
    page.locator("#photos").set_input_files(paths)
    expect(page.locator(".preview")).to_have_count(3)
    page.get_by_role("button", name="Gửi").click()
    expect(page.get_by_role("heading", name="Đã gửi tới")).to_be_visible()
    assert (len(tried), [photo.width for photo in Report.objects.get().photos.all()]) == (4, [64, 65, 66])
    visitor.complaints.clear()  # the browser reports what broke off
