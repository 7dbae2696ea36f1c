"""Test the private page of a report in each state: as its sender sees it, with and without scripts, by axe."""

import re

import pytest
from playwright.sync_api import expect

from incidents import photos, reporting, workflow
from incidents.casework import verdicts, withdrawing
from incidents.models import Incident, Membership, Rating
from tests import factories
from tests.browser.conftest import axe_findings, on_screens, shoot, too_narrow

pytestmark = pytest.mark.browser
TEXT = "Đèn tắt ba đêm rồi, trẻ con đi học thêm về tối thui."


def picture(colour):
    large = factories.jpeg(640, 480, colour)
    return photos.Picture(large, large, 640, 480)


@pytest.fixture
def report(town):
    return reporting.receive(
        reporting.IncomingReport(
            channel="web", category=town.hole, place=factories.IN_OLD, text=TEXT, phone="+84908000345",
            pictures=[picture("brown"), picture("black")],
        )
    )  # fmt: skip


@pytest.fixture
def reach(report, town, officer):
    """Leads the report into a state: by steps of the unit, then by what its sender does."""

    def rate():
        verdicts.confirm_result(report)
        verdicts.rate_result(report, 4, "Nhanh")

    def reopen():
        verdicts.dispute_result(report, "Vẫn còn hố nhỏ.")
        judge = factories.person("judge", town.desk, Membership.Role.DISPATCHER)
        workflow.move(report.incident, "uphold", by=judge, note="Dân nói đúng.")

    later = {"rated": rate, "reopened": reopen, "withdrawn": lambda: withdrawing.withdraw_report(report)}
    later["disputed"] = lambda: verdicts.dispute_result(report, "Vẫn còn hố nhỏ.")

    def lead(state):
        for step in STATES[state]:
            pictures = {"pictures": [picture("grey")]} if step == "resolve" else {}
            workflow.move(report.incident, step, by=officer, note=NOTES.get(step, ""), **pictures)
        later.get(state, lambda: None)()

    return lead


NOTES = {"ask": "Trước số 12 có hai trụ. Trụ số mấy?", "resolve": "Đã vá xong.", "reject": "Việc giữa hai nhà."}
DONE = ("accept", "begin", "resolve")
STATES = {
    "received": (), "accepted": ("accept",), "working": ("accept", "begin"), "waiting": ("accept", "ask"),
    "done": DONE, "rated": DONE, "disputed": DONE, "reopened": DONE, "withdrawn": (), "refused": ("reject",),
}  # fmt: skip
STANDS = {
    "received": "chờ UBND Old Wharf tiếp nhận", "accepted": "đã tiếp nhận", "working": "đang xử lý",
    "waiting": "Tạm dừng tính hạn", "done": "Xong lúc", "rated": "Xong lúc", "disputed": "chưa đồng ý",
    "reopened": "đang xử lý", "withdrawn": "Bạn đã rút lại phản ánh", "refused": "không tiếp nhận",
}  # fmt: skip
OFTEN_SEEN = ("received", "waiting", "done", "withdrawn")


def look_at(page, name):
    shoot(page, name)
    assert axe_findings(page) == []
    assert too_narrow(page) == []


@pytest.mark.parametrize(
    "state", [state if state in OFTEN_SEEN else pytest.param(state, marks=pytest.mark.deep) for state in STATES]
)
@on_screens((390, "vi"))
def test_each_state_is_whole(visitor, report, reach, state, width, language):
    reach(state)
    page = visitor(width, language=language)
    page.goto(f"/f/{report.token}/")
    page.wait_for_load_state("load")
    if language == "vi":
        expect(page.locator("#verdict")).to_contain_text(STANDS[state])
    expect(page.locator(".stops li")).to_have_count(4)
    assert page.locator("main .button.primary:visible").count() == (state in ("waiting", "done", "refused"))
    look_at(page, f"private-{state}")


@pytest.mark.deep
@pytest.mark.parametrize("state", STATES)
def test_each_state_is_whole_in_the_dark(visitor, report, reach, state):
    reach(state)
    page = visitor(1440, color_scheme="dark")
    page.goto(f"/f/{report.token}/")
    look_at(page, f"private-{state}-dark")


@pytest.mark.parametrize("scripts", [True, pytest.param(False, marks=pytest.mark.deep)])
def test_a_verdict_opens_the_stars_in_place(visitor, report, reach, scripts):
    reach("done")
    phone = visitor(390, java_script_enabled=scripts)
    phone.goto(f"/f/{report.token}/")
    phone.get_by_role("button", name="Lưu trong trình duyệt này").click()
    expect(phone.locator("#own-link a[href='/mine/']")).to_be_visible()
    phone.goto(verdicts.short_link(report, verdicts.current_result(report.incident)))
    expect(phone).to_have_url(re.compile(f"/f/{report.token}/#last-word"))
    expect(phone.locator(".star-row")).to_have_count(0)
    phone.get_by_role("button", name="Đúng, đã xong").click()
    expect(phone.locator("#done")).to_be_focused()
    expect(phone.locator("#last-word #done")).to_contain_text("Sự cố đã được đóng.")
    phone.get_by_role("radio", name="4 trên 5 sao").check()
    expect(phone.get_by_text("hài lòng", exact=False).nth(3)).to_be_visible()
    assert Rating.objects.count() == 0  # a star that is touched can still be changed
    phone.get_by_label("Vì sao?").fill("Nhanh")
    shoot(phone, "private-stars")
    phone.get_by_role("button", name="Gửi đánh giá").click()
    expect(phone.locator(".rated")).to_contain_text("Đây là đánh giá của bạn.")
    assert (Rating.objects.get().stars, Rating.objects.get().reason) == (4, "Nhanh")


@pytest.mark.deep
@on_screens((390, "vi"))
def test_what_is_not_done_is_told_with_a_photo(visitor, report, reach, width, language):
    reach("done")
    page = visitor(width, language=language)
    page.goto(f"/f/{report.token}/")
    expect(page.locator(".compare input[type=range]")).to_have_count(1)
    page.locator("summary", has_text=re.compile("Chưa xong|No, it is not done")).click()
    photo = page.locator("#dispute-photos")
    photo.set_input_files({"name": "now.jpg", "mimeType": "image/jpeg", "buffer": factories.jpeg(640, 480)})
    expect(page.locator("#dispute-photos-chosen")).to_have_text("now.jpg")
    page.locator("#dispute-words").fill("Còn hố")
    look_at(page, "private-dispute")
    page.locator(".judge .send-row .primary").click()
    expect(page.locator("#done")).to_be_focused()
    assert (Incident.objects.get().state, report.photos.count()) == ("disputed", 3)


@pytest.mark.parametrize("scripts", [True, pytest.param(False, marks=pytest.mark.deep)])
def test_the_unit_is_answered_and_written_to(visitor, report, reach, scripts):
    reach("waiting")
    phone = visitor(390, java_script_enabled=scripts)
    phone.goto(f"/f/{report.token}/")
    phone.get_by_label("Trả lời đơn vị").fill("Trụ số 14")
    phone.locator("#answer-photos").set_input_files(
        {"name": "post.jpg", "mimeType": "image/jpeg", "buffer": factories.jpeg(640, 480)}
    )
    phone.locator("#answer").get_by_role("button", name="Gửi").click()
    expect(phone.locator(".talk-of #done")).to_be_focused()
    expect(phone.locator(".word").last).to_contain_text("Trụ số 14")
    phone.get_by_label("Viết cho đơn vị").fill("Sơn xanh")
    phone.locator("#add").get_by_role("button", name="Gửi").click()
    expect(phone.locator(".word").last).to_contain_text("Sơn xanh")
    assert report.photos.count() == 3


@on_screens((390, "vi"))
def test_the_place_is_corrected_on_the_same_map(visitor, report, width, language):
    page = visitor(width, language=language)
    page.goto(f"/f/{report.token}/")
    page.locator("#move > summary").click()
    pin_map = page.locator("#pin-map")
    expect(pin_map).to_be_focused()
    for _step in range(3):
        page.keyboard.press("ArrowUp")
    moved = {
        "vi": "Dời 15 m, vẫn Phường Old Wharf: đơn vị không đổi.",
        "en": "15 m away, still in Old Wharf Ward: the unit does not change.",
    }
    expect(page.locator("#move-said")).to_contain_text(moved[language])
    look_at(page, "private-place")
    page.locator("[data-cancel]").click()
    expect(page.locator("#place-map")).to_be_visible()
    expect(pin_map).to_have_count(0)
    page.locator("#move > summary").click()
    expect(pin_map).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.locator("#move form .button").first.click()
    expect(page.locator("#place #done")).to_be_focused()
    incident = Incident.objects.get()
    assert 10.0050 < incident.place.x < 10.0052


@pytest.mark.parametrize("shares", [True, False])
def test_the_pin_goes_to_where_the_device_is(visitor, report, shares):
    here = {"geolocation": {"longitude": 10.0062, "latitude": 50.005, "accuracy": 12}}
    page = visitor(390, **here, permissions=["geolocation"] if shares else [])
    page.goto(f"/f/{report.token}/")
    expect(page.get_by_role("button", name="Vị trí của tôi")).to_be_hidden()
    page.locator("#move > summary").click()
    page.locator("#move").get_by_role("button", name="Vị trí của tôi").click()
    words = page.locator("#move-said")
    if not shares:
        expect(words).to_have_text("Máy không cho biết vị trí. Hãy kéo bản đồ đến đúng chỗ.")
        return
    expect(words).to_contain_text("Dời")
    look_at(page, "private-place-here")
    page.get_by_role("button", name="Lưu vị trí mới").click()
    expect(page.locator("#place #done")).to_be_focused()
    assert round(Incident.objects.get().place.x, 5) == 10.0062


@pytest.mark.deep
def test_the_place_is_corrected_without_scripts(visitor, report, town):
    page = visitor(390, java_script_enabled=False)
    page.goto(f"/f/{report.token}/")
    page.locator("#move > summary").click()
    page.locator("#where").fill("New Wharf")
    page.locator("#move form .button").first.click()
    expect(page.locator("#place #done")).to_be_visible()
    assert Incident.objects.get().area == town.new


@pytest.mark.parametrize("scripts", [True, pytest.param(False, marks=pytest.mark.deep)])
def test_a_report_is_withdrawn_by_name(visitor, report, scripts):
    phone = visitor(390, java_script_enabled=scripts)
    phone.goto(f"/f/{report.token}/")
    phone.locator("summary", has_text="Rút lại phản ánh của tôi").click()
    shoot(phone, "private-withdraw")
    phone.get_by_role("button", name="Rút ngay").click()
    expect(phone.locator("#verdict #done")).to_be_focused()
    expect(phone.locator("#verdict")).to_contain_text("Bạn đã rút lại phản ánh.")
    expect(phone.locator("summary", has_text="Rút lại phản ánh")).to_have_count(0)


def test_the_header_counts_what_is_new(visitor, report, reach):
    page = visitor(1440)
    page.goto(f"/f/{report.token}/")
    page.get_by_role("button", name="Lưu trong trình duyệt này").click()
    expect(page.locator("#own-link a[href='/mine/']")).to_be_visible()
    page.goto("/history/")
    expect(page.locator("nav .unread-count")).to_have_count(0)
    reach("waiting")
    page.goto("/history/")
    expect(page.locator("nav .unread-count").first).to_contain_text("2")
    shoot(page, "private-badge")
    page.goto(f"/f/{report.token}/")
    expect(page.locator(".talk-of .head .unread")).to_have_text("2 mới")
    page.goto("/history/")
    expect(page.locator("nav .unread-count")).to_have_count(0)
