"""Every page, at the width of a phone and of a desk, in both languages: no findings by axe, no sideways scrolling."""

import pytest

from incidents.models import Report
from tests import factories
from tests.browser.conftest import axe_findings, shoot

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


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(("name", "address", "who"), PAGES, ids=[page[0] for page in PAGES])
def test_a_page_is_whole(visitor, town, request, name, address, who, width, language):
    user = request.getfixturevalue(who) if who else None
    incident = factories.incident(town.hole, text="Hố sâu giữa đường", email="an@example.org")
    page = visitor(width, user=user, language=language)
    page.goto(address.format(reference=incident.reference, token=Report.objects.get().token))
    page.wait_for_load_state("load")
    page.wait_for_timeout(400)
    if name == "nothing":
        visitor.complaints.clear()  # the console mentions the 404 that was asked for
    shoot(page, name)
    assert page.locator("html").get_attribute("lang") == language
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert axe_findings(page) == []
