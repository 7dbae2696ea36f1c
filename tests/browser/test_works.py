"""Planned works: an officer announces them, who follows the ward is told, the neighbours are not; what all see."""

from datetime import timedelta

import pytest
from django.utils.timezone import localtime, now
from playwright.sync_api import expect

from incidents.announcements import following, periods, works
from incidents.announcements import notices as announcement_notices
from incidents.models import AnnouncementLine, Follow, Membership, Notice
from tests import factories
from tests.browser.conftest import axe_findings, on_each_screen, shoot, too_narrow

pytestmark = pytest.mark.browser
DAY = timedelta(days=1)


@pytest.fixture
def officer(town):
    return factories.person("works-officer", town.office, Membership.Role.OFFICER)


@pytest.fixture
def dispatcher(town):
    return factories.person("works-dispatcher", town.desk, Membership.Role.DISPATCHER)


def follow(address, area):
    return Follow.objects.create(
        medium="email", address=address, area=area, until=now() + 400 * DAY, confirmed_at=now()
    )


def test_works_of_an_officer_reach_followers_not_neighbours(town, visitor, officer):
    follow("here-follower@example.org", town.old)
    follow("next-follower@example.org", town.new)
    page = visitor(1440, user=officer)
    page.goto("/announcing/works/")
    page.locator("label.kind", has_text="Thi công").click()
    page.get_by_label("Phường Old Wharf").check()
    expect(page.locator("#seen .reached")).to_contain_text("Có dưới 5 người theo dõi")
    expect(page.locator("#reach-map .told-area")).to_have_count(1)
    page.get_by_label("Việc sẽ diễn ra, viết ngắn gọn").fill("Thay ống nước Harbour Road")
    page.locator("#said-text").fill("Xe máy đi lối khác.")
    first, last = (f"{localtime() + n * DAY:%Y-%m-%d}" for n in (2, 60))
    page.get_by_label("Ngày đầu").fill(first)
    page.get_by_label("Ngày cuối").fill(last)
    page.get_by_label("Làm từ").fill("22:00")
    page.get_by_label("Làm đến").fill("05:00")
    page.get_by_label("Làm đến").press("Tab")
    expect(page.locator("#seen .told-card")).to_contain_text("22:00–05:00")
    expect(page.locator("#seen[aria-busy=true]")).to_have_count(0)
    shoot(page, "works-new")
    assert too_narrow(page) == []
    assert axe_findings(page) == []
    page.get_by_role("button", name="Phát thông báo").click()
    expect(page.locator(".told-card")).to_contain_text("Thay ống nước Harbour Road")
    line = AnnouncementLine.objects.get()
    announcement_notices.tell_line(line.pk)
    following.tell_followers()
    assert list(Notice.objects.filter(template="follow_news").values_list("address", flat=True)) == [
        "here-follower@example.org"
    ]


def test_an_area_is_drawn_with_the_keyboard(town, visitor, dispatcher):
    page = visitor(1440, user=dispatcher)
    page.goto("/announcing/works/")
    page.get_by_label("Trong vùng vẽ trên bản đồ").check()
    page.get_by_label("Các góc của vùng").fill("10.004,50.004 10.006,50.004 10.006,50.006")
    page.get_by_label("Các góc của vùng").press("Tab")
    expect(page.locator("#reach-map .corner")).to_have_count(3)
    expect(page.locator("#reach-map .told-area")).to_have_count(1)
    page.get_by_label("Góc 1", exact=True).focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Các góc của vùng")).not_to_have_value("10.004,50.004 10.006,50.004 10.006,50.006")
    page.get_by_label("Góc 3", exact=True).focus()
    page.keyboard.press("Delete")
    expect(page.locator("#reach-map .corner")).to_have_count(2)
    expect(page.locator("#reaches-fault")).to_contain_text("ít nhất ba góc")
    expect(page.locator("#seen[aria-busy=true]")).to_have_count(0)
    assert axe_findings(page) == []


@on_each_screen
def test_everybody_sees_works_with_their_period(town, visitor, officer, dispatcher, width, language):
    wording = factories.works_wording(title_en="New water pipes in Harbour Road")
    line = works.announce_works("works", works.reach_of_wards([town.old]), wording, by=officer)
    wide = works.reach_of_wards([town.old, town.new])
    works.announce_works("outage", wide, factories.works_wording(title="Cắt điện thay trạm biến áp"), by=dispatcher)
    works.agree(AnnouncementLine.objects.waiting().get(), by=factories.person("second", town.desk, "control"))
    page = visitor(width, language=language)
    title = line.title if language == "vi" else line.title_en
    for address, name in (
        ("/news/", "works-list"),
        (f"/news/{line.announcement_id}/", "works"),
        ("/wards/001/", "works-ward"),
    ):
        page.goto(address)
        expect(page.get_by_text(title).first).to_be_visible()
        expect(page.get_by_text("22:00–05:00").first).to_be_visible()
        shoot(page, name)
        assert too_narrow(page) == []
        assert axe_findings(page) == []
    page.goto("/news/calendar/?ward=001")
    expect(page.get_by_role("link", name=title).first).to_be_visible()
    shoot(page, "works-month")
    assert too_narrow(page) == []
    assert axe_findings(page) == []
    page.goto(f"/#16/{factories.IN_OLD.y}/{factories.IN_OLD.x}")
    expect(page.locator(".zone-sign").first).to_contain_text(periods.days_of_sign(line))
    expect(page.locator("#told-banner")).to_be_hidden()
    shoot(page, "works-map")


@on_each_screen
def test_a_second_person_reads_wider_works(town, visitor, dispatcher, width, language):
    water = factories.person("works-plumber", town.water, Membership.Role.OFFICER)
    reach = works.reach_of_wards([town.old, town.new])
    line = works.announce_works("outage", reach, factories.works_wording(), by=water)
    page = visitor(width, user=dispatcher, language=language)
    page.goto("/announcing/")
    page.get_by_role("link", name=line.title).click()
    expect(page.locator("#reach-map .told-area")).to_have_count(1)
    shoot(page, "works-second")
    assert too_narrow(page) == []
    assert axe_findings(page) == []
    page.get_by_role("button", name="Duyệt và đăng" if language == "vi" else "Agree and publish").click()
    expect(page.get_by_text(line.title).first).to_be_visible()
    assert AnnouncementLine.objects.shown().count() == 1
