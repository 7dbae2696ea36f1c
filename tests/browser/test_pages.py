"""Every page, at the width of a phone and of a desk, in both languages: no findings by axe, no sideways scrolling."""

import pytest

from incidents.models import Report
from tests import factories
from tests.browser.conftest import axe_findings, shoot, speak

pytestmark = pytest.mark.browser

# name, address, who opens it
PAGES = [
    ("map", "/", None),
    ("report", "/report/", None),
    ("incident", "/i/{reference}/", None),
    ("sent", "/f/{token}/?sent=1", None),
    ("follow", "/f/{token}/", None),
    ("nothing", "/no-such-page/", None),
    ("sign-in", "/sign-in/", None),
    ("desk", "/desk/", "officer"),
    ("desk-incident", "/desk/{reference}/", "officer"),
    ("control", "/control/", "controller"),
]


@pytest.mark.parametrize(("name", "address", "who"), PAGES, ids=[page[0] for page in PAGES])
def test_a_page_is_whole(visitor, site, town, request, name, address, who):
    user = request.getfixturevalue(who) if who else None
    incident = factories.incident(town.hole, text="Hố sâu giữa đường", email="an@example.org")
    address = address.format(reference=incident.reference, token=Report.objects.get().token)
    findings = {}
    for width in (390, 1440):
        page = visitor(width, user=user)
        for language in ("vi", "en"):
            speak(page, language, site)
            page.goto(address)
            page.wait_for_load_state("load")
            page.wait_for_timeout(400)
            shoot(page, name)
            assert page.locator("html").get_attribute("lang") == language
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
            findings[width, language] = axe_findings(page)
    if name == "nothing":
        visitor.complaints.clear()  # the console mentions the 404 that was asked for
    assert {place: found for place, found in findings.items() if found} == {}
