"""Test a leader's day and the oversight of deadlines."""

from datetime import timedelta

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from incidents.answers import unanswered
from incidents.enquiries.receiving import IncomingEnquiry, receive_enquiry
from incidents.escalation import directives
from incidents.models import AnswerVote, Enquiry, Incident, Membership, User
from tests import factories
from tests.browser.conftest import axe_findings, on_each_screen, shoot, too_narrow

pytestmark = pytest.mark.browser
S = Incident.State


@pytest.fixture
def leading_people(town):
    """Makes a duty desk above both wards, and 30 incidents, some resolved, some late, some open."""
    for unit in (town.office, town.other, town.water):
        unit.parent = town.desk
        unit.save(update_fields=["parent"])
    mayor = factories.person("mayor", town.desk, Membership.Role.LEADER)
    watcher = factories.person("watcher", town.desk, Membership.Role.SUPERVISOR)
    incidents = [
        factories.incident((town.hole, town.waste, town.leak)[n % 3], place=(factories.IN_OLD, factories.IN_NEW)[n % 2])
        for n in range(6)
    ]
    rows, at = [], now()
    for n in range(60):
        like = incidents[n % 6]
        received = at - timedelta(days=n % 21, hours=5)
        done = n % 4 != 0
        rows.append(
            Incident(
                reference=f"L{n:03}", category=like.category, area=like.area, authority=like.authority,
                place=like.place, received_at=received, accept_by=received, due_at=received + timedelta(hours=48),
                state=S.CLOSED if done else S.ASSIGNED,
                closed_at=received + timedelta(hours=4 if n % 5 else 60) if done else None,
            )
        )  # fmt: skip
    Incident.objects.bulk_create(row for row in rows if not row.closed_at or row.closed_at < at)
    Incident.objects.filter(pk=incidents[0].pk).update(
        received_at=at - timedelta(days=40), due_at=at - timedelta(days=38)
    )
    until = at + timedelta(days=1)
    directives.give_directive(
        mayor, mayor.memberships.get(), town.office, "Lấn chiếm vỉa hè: dứt điểm", until, incidents[:1]
    )
    return mayor, watcher


@pytest.mark.deep
@pytest.mark.parametrize("width", [390, 1440])
def test_the_pages_are_whole(visitor, leading_people, width):
    mayor, watcher = leading_people
    for user, pages in (
        (mayor, {"lead": "/lead/", "lead-open": "/lead/open/?late=1", "directive-new": "/directives/new/"}),
        (watcher, {"watch": "/watch/", "watch-late": "/watch/late/", "watch-changes": "/watch/changes/"}),
    ):
        page = visitor(width, user=user)
        for name, path in pages.items():
            page.goto(path)
            expect(page.locator("h1")).to_be_visible()
            shoot(page, name)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
            assert axe_findings(page) == []
        if user == watcher:
            page.goto("/watch/late/")
            page.locator("tbody th a").first.click()
            expect(page.locator("ol.timeline")).to_be_visible()
            shoot(page, "watch-incident")
            assert axe_findings(page) == []


@on_each_screen
def test_questions_and_ideas_stand_beside_incidents(visitor, leading_people, town, width, language):
    mayor, _watcher = leading_people
    for text in ("Gửi xe ngày hội hoa ở đâu", "hội hoa gui xe o dau", "Ngày hội hoa gửi xe ở đâu?"):
        receive_enquiry(IncomingEnquiry("web", "question", text))
    Enquiry.objects.update(authority=town.office, received_at=now() - timedelta(days=9), due_at=now())
    AnswerVote.objects.create(answer=factories.answer(), helpful=False, visitor="v")
    unanswered.write_unanswered()
    page = visitor(width, user=mayor, language=language)
    page.goto("/lead/?period=day")
    section = page.locator("section[aria-labelledby=without-page]")
    expect(section.locator("li b")).to_have_text("3")
    expect(page.locator("[aria-labelledby=unhelpful] tbody tr")).to_have_count(1)
    section.scroll_into_view_if_needed()
    shoot(page, "lead-asked")
    assert (axe_findings(page), too_narrow(page)) == ([], [])


@pytest.mark.deep
def test_area_with_nothing_open_is_drawn_in_the_theme(visitor, leading_people, town):
    mayor, _watcher = leading_people
    for incident in Incident.objects.filter(area=town.new):
        factories.change(incident, state=S.CLOSED, closed_at=now())
    page = visitor(user=mayor)
    page.goto("/lead/")
    empty = page.locator("path.area.shade-0")
    expect(empty).to_have_count(1)
    sunk = page.evaluate("document.body.style.color = 'var(--sunk)', getComputedStyle(document.body).color")
    expect(empty).to_have_css("fill", sunk)


@pytest.mark.deep
def test_headers_of_the_watch_stand_on_their_columns(visitor, leading_people):
    _mayor, watcher = leading_people
    page = visitor(390, user=watcher)
    page.goto("/watch/")
    for header in page.locator("thead th").all():
        expect(header).to_have_css("vertical-align", "bottom")


@pytest.mark.deep
def test_chart_on_a_phone_begins_at_the_newest_week(visitor, leading_people):
    mayor, _watcher = leading_people
    page = visitor(390, user=mayor)
    page.goto("/lead/")
    dot = page.locator("[aria-labelledby=by-week] .dot-fill").bounding_box()
    assert 0 <= dot["x"] <= 390 - dot["width"]


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.deep
def test_a_long_figure_stays_in_its_column(visitor, leading_people, width):
    mayor, _watcher = leading_people
    for incident in Incident.objects.exclude(closed_at=None):
        Incident.objects.filter(pk=incident.pk).update(closed_at=incident.received_at + timedelta(hours=37))
    page = visitor(width, user=mayor)
    page.goto("/lead/")
    expect(page.locator(".measures .big", has_text="1 ngày 13 giờ")).to_be_visible()
    overhang = "all => all.map(one => one.scrollWidth - one.clientWidth)"
    assert set(page.locator(".measures > div").evaluate_all(overhang)) == {0}
    shoot(page, "lead-figures")


@pytest.mark.deep
def test_directive_is_given_answered_and_settled_without_scripts(visitor, leading_people, town):
    mayor, _watcher = leading_people
    officer = factories.person("officer", town.office)
    page = visitor(user=mayor, language="en", java_script_enabled=False)
    page.goto("/lead/")
    page.get_by_role("row", name="Old Wharf Office").get_by_role("link", name="Old Wharf Office", exact=True).click()
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Directive on the selected incidents").click()
    expect(page.get_by_label("To which unit")).to_have_value("old")
    page.get_by_label("What is to be done").fill("Clear it before the holiday")
    page.get_by_role("button", name="Give the directive").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Directive to Old Wharf Office")
    address = page.url
    desk = visitor(390, user=officer, language="en", java_script_enabled=False)
    desk.goto(address)
    desk.get_by_role("button", name="Read, we will do it").click()
    desk.get_by_label("What was done").fill("Cleared this morning")
    desk.get_by_role("button", name="Report back").click()
    expect(desk.get_by_text("Cleared this morning")).to_be_visible()
    page.goto(address)
    page.get_by_role("button", name="Completed").click()
    expect(page.get_by_text("The directive is completed.")).to_be_visible()


@pytest.mark.deep
def test_the_watch_table_follows_its_form_on_a_phone(visitor, leading_people):
    page = visitor(390, user=User.objects.get(username="watcher"))
    page.goto("/watch/")
    form, heading = page.locator("form.asks").bounding_box(), page.locator("thead a").first.bounding_box()
    assert 0 < heading["y"] - form["y"] - form["height"] < 80
    shoot(page, "watch-phone")
