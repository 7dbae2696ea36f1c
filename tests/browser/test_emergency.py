"""Test emergency mode as people see it: switched on, seen, reported in two steps, switched off."""

import re
from datetime import timedelta

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from incidents.emergency import bulletins, switching
from incidents.models import Category, Membership, Shelter, WaterDepth
from tests import factories
from tests.browser.conftest import axe_findings, shoot, too_narrow

pytestmark = pytest.mark.browser

PAGES = {
    "page": "/emergency/",
    "kinds": "/emergency/report/",
    "report": "/emergency/report/?category=WA.1",
    "bulletin": "/emergency/bulletins/{}/",
    "map": "/",
    "news": "/news/",
}


@pytest.fixture
def controller(town):
    return factories.person("controller", town.desk, Membership.Role.CONTROL)


@pytest.fixture
def emergency(controller, town):
    Category.objects.filter(pk=town.leak.pk).update(emergencies="flood")
    town.city.emergency = [
        {"number": "113", "what": "Công an", "what_en": "Police", "dangers": ["crime"]},
        {"number": "114", "what": "Cứu hoả, cứu nạn", "what_en": "Fire and rescue", "dangers": ["water"]},
        {"number": "115", "what": "Cấp cứu", "what_en": "Ambulance", "dangers": ["injury"]},
    ]
    town.city.save()
    order = switching.Order(
        kind="flood", title="Mưa rất to, triều cường: nhiều đường đang ngập",
        title_en="Very heavy rain, high tide: many streets under water", advice="Lên chỗ cao, ngắt điện tầng trệt.",
        advice_en="Go to higher ground, switch off power on the ground floor.", source="Đài Khí tượng Wharf",
        until=now() + timedelta(hours=6), area_codes=["001"],
    )  # fmt: skip
    emergency = switching.switch_on(order, by=controller)
    for street, depth, minutes, lon in (("Harbour Road", 45, 10, 10.003), ("Quay Street", 20, 5, 10.006),
                                        ("Mill Lane", 30, 90, 10.008)):  # fmt: skip
        WaterDepth.objects.create(
            street=street, depth_cm=depth, measured_at=now() - timedelta(minutes=minutes), source="gauge",
            place=factories.Point(lon, 50.004, srid=4326), by=controller,
        )  # fmt: skip
    Shelter.objects.create(
        name="Trường Bến Cảng", name_en="Harbour School", address="12 Harbour Road", place=factories.IN_OLD,
        capacity=300, open=True, changed_by=controller,
    )  # fmt: skip
    bulletins.issue_due()
    return emergency


@pytest.mark.parametrize(
    ("width", "language", "theme"),
    [(390, "vi", "light"), (390, "en", "dark"), (1440, "vi", "dark"), (1440, "en", "light")],
)
def test_pages_of_an_emergency_are_whole(emergency, visitor, width, language, theme):
    page = visitor(width, language=language, color_scheme=theme)
    for name, path in PAGES.items():
        page.goto(path.format(emergency.bulletins.get().pk))
        expect(page.locator("h1").first).to_be_attached()
        shoot(page, f"emergency-{name}-{theme}")
        assert (name, axe_findings(page), too_narrow(page)) == (name, [], [])


@pytest.mark.parametrize(
    ("width", "language", "theme"),
    [(390, "vi", "dark"), (390, "en", "light"), (1440, "vi", "light"), (1440, "en", "dark")],
)
def test_pages_of_the_switch_are_whole(emergency, visitor, width, language, theme, controller):
    page = visitor(width, user=controller, language=language, color_scheme=theme)
    for name, path in {"list": "", "new": "new/", "state": f"{emergency.pk}/"}.items():
        page.goto(f"/emergencies/{path}")
        for fold in page.locator("main details").all():
            fold.evaluate("fold => { fold.open = true }")
        shoot(page, f"emergencies-{name}-{theme}")
        assert (name, axe_findings(page), too_narrow(page)) == (name, [], [])


def test_switched_on_reported_and_switched_off(town, visitor, controller):
    Category.objects.filter(pk=town.leak.pk).update(emergencies="flood")
    here = {"geolocation": {"longitude": 10.005, "latitude": 50.005, "accuracy": 8}, "permissions": ["geolocation"]}
    staff, page = visitor(1440, user=controller), visitor(390, **here)
    staff.goto("/emergencies/new/")
    staff.locator("input[name=kind][value=flood]").check()
    staff.locator("#title").fill("Mưa rất to")
    staff.locator("button[value=check]").click()
    expect(staff.locator("#what-happens")).to_be_visible()
    shoot(staff, "emergencies-checked")
    assert (axe_findings(staff), too_narrow(staff)) == ([], [])
    staff.locator("input[name=sure]").check()
    staff.locator("main .button.primary").click()
    expect(staff.locator("article.notice")).to_contain_text("Mưa rất to")
    page.goto("/emergency/report/")
    page.locator(".kinds a").first.click()
    page.locator("#locate").click()
    expect(page.locator("#located")).to_have_text("Đang dùng vị trí của thiết bị này.")
    page.locator("#text").fill("Nước vào nhà")
    page.locator("main .button.primary").click()
    expect(page).to_have_url(re.compile(r"/f/.*sent=1"))
    staff.locator("article.notice a").click()
    staff.locator("form:has(button[value=off]) input[name=sure]").check()
    staff.locator("button[value=off]").click()
    expect(staff.locator("main")).to_contain_text("Đã hết hạn")
