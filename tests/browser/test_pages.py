"""Test every page at phone and desktop width in both languages: no axe findings, no sideways scrolling."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from incidents import workflow
from incidents.casework import verdicts
from incidents.disclosure import register
from incidents.enquiries import receiving
from incidents.models import Incident, Membership, PersonalDataView
from tests import factories
from tests.browser.conftest import axe_findings, on_screen, shoot, too_narrow

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
    ("operator", "/operator/", "operator"),
    ("operator-messages", "/operator/messages/", "operator"),
    ("operator-find", "/operator/find/", "operator"),
    ("personal-views", "/privacy/views/", "keeper"),
    ("announce", "/announcing/new/", "controller"),
    ("ward", "/wards/001/", None),
    ("wards", "/wards/", None),
    ("directory", "/directory/", None),
    ("directory-unit", "/directory/old/", None),
]
# Which a usual run sees whole elsewhere: test_map, test_citizen, test_desk and test_control.
SEEN = {"map", "report", "incident", "sent", "follow", "sign-in", "desk", "desk-incident", "control"}


@pytest.fixture
def keeper(town):
    keeper = factories.person("keeper", town.desk, Membership.Role.PRIVACY)
    register.record_views(PersonalDataView.How.DESK, factories.incident(town.hole).reports.all(), by=keeper)
    return keeper


# What is opened with large letters besides: who, and where.
MORE = {
    "officer": ["/i/{reference}/"],
    None: [
        "/stats/", "/history/", "/data/", "/cameras/", "/chat/", "/mine/", "/ask/", "/offline/", "{link}",
        "/following/", "/privacy/request/", "/before-after/", "/news/", "/news/calendar/", "/status/",
        "/developers/", "/developers/apis/open311/", "/developers/keys/new/",
    ],
    "chief": [
        "/lead/", "/lead/open/", "/directives/", "/directives/new/", "/watch/", "/watch/late/", "/watch/extensions/",
        "/watch/results/", "/watch/changes/", "/watch/rules/", "/watch/incidents/{reference}/", "/people/",
        "/people/me/", "/people/me/sign-in/", "/people/me/sign-in/app/", "/people/ledger/", "/developers/requests/",
        "/notices/",
        "/notices/texts/", "/mails/", "/mails/{mail}/", "/enquiries/", "/enquiries/pages/", "/enquiries/campaigns/",
        "/enquiries/questions/", "/privacy/", "/moderation/",
        "/moderation/photos/", "/moderation/blocks/",
        "/moderation/words/", "/routing/", "/routing/try/", "/editions/", "/editions/uploads/new/",
        "/cameras/health/", "/cameras/faults/",
        "/cameras/register/", "/cameras/looks/", "/cameras/looks/mine/", "/push/",
        "/control/findings/", "/control/shift/", "/control/playback/", "/control/playback/kept/",
        "/desk/{reference}/ask/", "/desk/{reference}/hand_over/", "/desk/{reference}/public/",
        "/desk/new/", "/desk/{reference}/relocate/", "/desk/{reference}/together/", "/desk/orders/?of={reference}",
        "/desk/street/", "/desk/crews/", "/desk/crews/new/", "/announcing/", "/announcing/new/", "/announcing/works/",
    ],
}  # fmt: skip


FURTHER = ("officer", "controller", "keeper", "chief")


@pytest.mark.deep
@pytest.mark.parametrize("who", [None, *(pytest.param(person, marks=pytest.mark.deep) for person in FURTHER)])
def test_letters_of_twice_the_size_fit_on_a_phone(visitor, town, request, who):
    user = request.getfixturevalue(who) if who and who != "chief" else None
    if who == "chief":
        user = factories.superuser("chief")
    incident = factories.incident(town.hole, text="Hố sâu giữa đường", email="an@example.org")
    if who is None:
        workflow.move(incident, "resolve", note="Xong")
    report = incident.reports.get()
    link = verdicts.short_link(report, incident.timeline.last()).partition("/t/")
    names = {"reference": incident.reference, "token": report.token, "link": "/t/" + link[2]}
    names["mail"] = str(factories.waiting_mail().pk)
    page, wide = visitor(390, user=user), []
    for address in [*(address for _name, address, whose in PAGES if whose == who), *MORE.get(who, [])]:
        page.goto(address.format(**names))
        for width, size in ((390, "200%"), (320, "100%"), (320, "200%")):
            page.set_viewport_size({"width": width, "height": 844})
            page.evaluate("size => { document.documentElement.style.fontSize = size }", size)
            if (reaches := page.evaluate("document.documentElement.scrollWidth")) > width:
                wide.append((address, width, size, reaches))
    visitor.complaints[:] = [complaint for complaint in visitor.complaints if "no-such-page" not in complaint]
    assert wide == []


@pytest.mark.deep
def test_date_fields_of_statistics_do_not_overlap_on_a_phone(visitor, town):
    page = visitor(320)
    page.goto("/stats/")
    first, last = (page.locator("input[type=date]").nth(n).bounding_box() for n in (0, 1))
    beside = first["x"] + first["width"] <= last["x"]
    assert beside or first["y"] + first["height"] <= last["y"]
    shoot(page, "stats")


@pytest.mark.parametrize(
    ("name", "address", "who"),
    [pytest.param(*page, marks=[pytest.mark.deep] * (page[0] in SEEN), id=page[0]) for page in PAGES],
)
@on_screen(390, "vi")
def test_a_page_is_whole(visitor, town, request, name, address, who, width, language):
    user = request.getfixturevalue(who) if who else None
    incident = factories.incident(town.hole, text="Hố sâu giữa đường", email="an@example.org")
    address = address.format(reference=incident.reference, token=incident.reports.get().token)
    page = visitor(width, user=user, language=language)
    page.goto(address)
    page.wait_for_load_state("load")
    shoot(page, name)
    assert page.locator("html").get_attribute("lang") == language
    assert too_narrow(page) == []
    assert axe_findings(page) == []
    if name == "nothing":
        visitor.complaints.clear()  # the console mentions the 404 that was asked for


@pytest.mark.deep
def test_tables_are_cards_on_a_phone(visitor, town, incident):
    enquiry = receiving.receive_enquiry(receiving.IncomingEnquiry("web", "question", "Mấy giờ mở cửa?"))
    Incident.objects.filter(pk=incident.pk).update(due_at=now() - timedelta(days=1))
    page, wide = visitor(390, user=factories.superuser("chief")), []
    for name in ("enquiries", "stats", "people", "watch/late"):
        page.goto(f"/{name}/")
        page.locator("table.cards").first.wait_for(state="attached")
        shoot(page, f"cards-{name.replace('/', '-')}")
        moved = page.locator(".scroll-x:has(table.cards)").evaluate_all(
            "boxes => boxes.filter((box) => box.scrollWidth > box.clientWidth + 1).length"
        )
        if moved or (findings := axe_findings(page)):
            wide.append((name, moved, findings))
    assert wide == []
    page.goto("/enquiries/")
    cell = page.get_by_role("row").filter(has_text=enquiry.reference).get_by_role("cell").nth(1)
    assert cell.evaluate("one => getComputedStyle(one, '::before').content").startswith('"Đơn vị phụ trách"')
    page.set_viewport_size({"width": 1440, "height": 900})
    assert cell.evaluate("one => getComputedStyle(one, '::before').content") == "none"
