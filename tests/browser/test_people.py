"""Test offboarding with its plan, and absences, on phone and desktop."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from incidents.casework import assignment
from incidents.models import Absence, Membership
from tests import factories
from tests.browser.conftest import axe_findings, shoot

pytestmark = pytest.mark.browser


def whole(page):
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert axe_findings(page) == []


@pytest.mark.deep
def test_administrator_reviews_the_plan_and_confirms_a_departure(visitor, town, officer):
    chief = factories.person("chief", town.desk, Membership.Role.ADMIN)
    heir = factories.person("heir", town.office)
    incident = factories.incident(town.hole)
    assignment.assign_person(incident, officer, by=officer)
    for width in (390, 1440):
        page = visitor(width, user=chief, language="en")
        page.goto("/people/")
        expect(page.get_by_role("heading", level=1)).to_have_text("People")
        expect(page.get_by_role("link", name="Leaves… officer")).to_have_css("display", "flex")
        shoot(page, "people")
        whole(page)
        page.get_by_role("link", name="Leaves… officer").click()
        expect(page.get_by_text("1 open incident goes back to its unit's desk.")).to_be_visible()
        page.get_by_label("Who takes over their open work?").select_option(label="heir")
        page.get_by_role("button", name="Refresh the plan").click()
        expect(page.get_by_text("1 open incident goes to heir.")).to_be_visible()
        shoot(page, "people-leave")
        whole(page)
    page.get_by_role("button", name="Yes, officer leaves today").click()
    page.wait_for_url("**/people/")
    expect(page.locator("#toasts")).to_contain_text("officer has left.")
    incident.refresh_from_db()
    assert incident.handler == heir


# The links of the bar that are seen whole, and those of which a piece is seen.
IN_SIGHT = """nav => {
    const { right, bottom } = nav.getBoundingClientRect()
    const links = [...nav.children].map(link => ({ box: link.getBoundingClientRect(), words: link.textContent }))
    const shown = links.filter(({ box }) => box.top < bottom)
    const cut = ({ box }) => box.right > right + 1 || box.bottom > bottom + 1
    return [shown.filter(link => !cut(link)).map(({ words }) => words), shown.filter(cut).length]
}"""


@pytest.mark.deep
def test_the_bar_of_an_administrator_of_people_leads_to_people(visitor, town):
    page = visitor(user=factories.person("chief", town.desk, Membership.Role.ADMIN), language="en")
    page.goto("/people/me/")
    shown, _cut = page.locator(".bar nav").evaluate(IN_SIGHT)
    assert shown[:2] == ["Administration", "People"]
    page.locator(".bar nav").get_by_role("link", name="People").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("People")


@pytest.mark.parametrize("width", [1024, 1280, 1440])
@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.deep
def test_the_bar_of_who_may_everything_has_room(visitor, town, width, language):
    page = visitor(width, user=factories.superuser(), language=language)
    page.goto("/people/")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("document.querySelector('.bar').scrollWidth") == width
    shown, cut = page.locator(".bar nav").evaluate(IN_SIGHT)
    assert (len(shown) >= 2, cut) == (True, 0)
    page.locator(".bar > .menu > summary").click()
    listed = page.locator(".bar > .menu a").all_inner_texts()
    assert set(page.locator(".bar nav a").all_inner_texts()) <= set(listed)
    assert len(listed) == 23
    shoot(page, "bar-of-all")


@pytest.mark.deep
@pytest.mark.parametrize("width", [390, pytest.param(1440, marks=pytest.mark.deep)])
def test_an_officer_says_who_stands_in(visitor, town, officer, width, today):
    factories.person("heir", town.office)
    page = visitor(width, user=officer)
    page.goto("/people/me/")
    page.get_by_role("button", name="Lưu những ngày này").click()
    expect(page.get_by_text("Hãy chọn ngày cuối.")).to_be_visible()
    visitor.complaints.clear()  # the console mentions the 400 that was asked for
    shoot(page, "people-me-faulty")
    whole(page)
    page.locator("#ends").fill(f"{today + timedelta(days=2)}")
    page.locator("#deputy").select_option(label="heir")
    page.get_by_role("button", name="Lưu những ngày này").click()
    expect(page.locator("#away-title")).to_be_visible()
    shoot(page, "people-me")
    whole(page)
    page.get_by_role("button", name="Tôi đã làm việc trở lại").click()
    expect(page.locator("#away-title")).to_have_count(0)
    assert not Absence.objects.exists()
