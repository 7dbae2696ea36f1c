"""Test crews at the desk: incidents assigned by drag and by keyboard, and taken back."""

from datetime import time

import pytest
from playwright.sync_api import expect

from incidents.casework import crews
from incidents.models import Crew, Incident
from tests import factories
from tests.browser.conftest import axe_findings, shoot, too_narrow, wait_until

pytestmark = pytest.mark.browser


@pytest.fixture
def two(town, officer):
    hours = {"starts": time(0), "ends": time(23, 59), "authority": town.office}
    order, waste = Crew.objects.create(name="Tổ trật tự", others=4, **hours), Crew(name="Tổ vệ sinh", room=1, **hours)
    waste.save()
    order.members.add(officer)
    crews.assign_crew(factories.incident(town.waste), waste, officer)
    return order, waste


def crew_of(incident):
    return Incident.objects.get(pk=incident.pk).crew


@pytest.mark.deep
def test_work_is_dropped_on_a_crew_or_given_by_keys(visitor, town, two, incident, officer):
    order, waste = two
    page = visitor(user=officer)
    page.goto("/desk/")
    strip, line = page.locator("#crews"), page.locator(f'#rows .line[data-reference="{incident.reference}"]')
    expect(strip.locator(".crew")).to_have_count(2)
    line.drag_to(strip.get_by_text("Tổ trật tự"))
    expect(line).to_contain_text("Tổ trật tự")
    expect(strip.locator(".crew").first.locator(".has")).to_have_text("1")
    assert crew_of(incident) == order
    shoot(page, "crews-desk")
    assert (axe_findings(page), too_narrow(page)) == ([], [])
    page.keyboard.press("z")
    expect(line).not_to_contain_text("Tổ trật tự")
    assert crew_of(incident) is None
    line.focus()
    page.keyboard.press("t")
    expect(page.get_by_role("radio", name="Tổ trật tự")).to_be_checked()
    page.keyboard.press("ArrowDown")
    shoot(page, "crews-form")
    assert axe_findings(page) == []
    page.get_by_role("dialog").get_by_role("button", name="Giao cho tổ").click()
    expect(line).to_contain_text("Tổ vệ sinh")
    wait_until(lambda: crew_of(incident) == waste)
    strip.get_by_text("Tổ vệ sinh").click()
    expect(page.locator("#rows .line")).to_have_count(2)
    page.locator("#rows .line").first.focus()
    page.keyboard.press("a")
    page.locator("[data-several=crew]").click()
    page.get_by_role("radio", name="Tổ trật tự").check()
    page.get_by_role("dialog").get_by_role("button", name="Giao cho tổ").click()
    page.locator(".toast", has_text="Đã giao cho Tổ trật tự: 2 việc").wait_for()
    assert [crewed.crew for crewed in Incident.objects.all()] == [order] * 2
    page.keyboard.press("z")
    page.locator(".toast", has_text="Đã hoàn tác: 2 việc").wait_for()
    assert [crewed.crew for crewed in Incident.objects.all()] == [waste] * 2


@pytest.mark.deep
@pytest.mark.parametrize("width", [390, 1440])
def test_crews_are_arranged_on_their_page(visitor, two, officer, width):
    page = visitor(width, user=officer, language="vi" if width == 390 else "en")
    for address, name in (("/desk/crews/", "list"), ("/desk/crews/new/", "new"), (f"/desk/crews/{two[0].pk}/", "one")):
        page.goto(address)
        shoot(page, f"crews-{name}")
        assert (axe_findings(page), too_narrow(page)) == ([], [])
    page.goto("/desk/")
    shoot(page, "crews-strip")
    assert (axe_findings(page), too_narrow(page)) == ([], [])
