"""Test two people in the control room: findings, an incident made from a tile, an order, and the handover."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils.timezone import now
from playwright.sync_api import expect

from cameras import ring
from cameras.detection import findings
from cameras.models import Evidence, Finding, Frame, HandOver, RoomLine
from cameras.register import fields_of_view
from incidents.models import Incident, Membership
from tests import factories
from tests.browser.conftest import axe_findings, shoot, too_narrow
from tests.cameras.conftest import all_see, camera, in_ring

pytestmark = pytest.mark.browser


@pytest.fixture
def street_cameras(town, site):
    near = [camera(f"TTH {i}", lon=10.0048 + i * 0.0009, name=f"Harbour Road {i}") for i in range(1, 5)]
    for camera_row in near:
        fields_of_view.update_view(
            camera_row.views.model(camera=camera_row, bearing_deg=90, angle_deg=60, range_m=60, state="fits"),
            current=True,
        )
    all_see(near)
    return near


@pytest.fixture
def bao(town):
    return factories.person("bao", town.desk, Membership.Role.CONTROL)


def test_a_shift_from_a_tile_to_the_hand_over(visitor, controller, bao, street_cameras, town):
    incident = factories.incident(town.leak)
    page, other = (visitor(1440, user=person, language="en") for person in (controller, bao))
    for tab in (page, other):
        tab.goto("/control/")
        expect(tab.locator("#focus-title")).to_have_text("Water leak")
    line = other.locator("#queue").get_by_role("link", name="Water leak")

    # In hand: the other one sees the name, at the line and in front, and may take it over.
    page.get_by_role("button", name="I will handle this").click()
    expect(page.locator("#focus")).to_contain_text("You are handling it")
    expect(line).to_contain_text("controller")
    expect(other.locator("#focus")).to_contain_text("controller is handling it")
    shoot(other, "in-hand")

    # Two presses: T on a tile, Enter on the button that has the focus.
    page.locator(".tile[data-camera='TTH 3']").focus()
    page.keyboard.press("t")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Goes to")
    expect(dialog.get_by_role("button", name="Create the incident")).to_be_focused()
    assert axe_findings(page) == []
    shoot(page, "create")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("was created")
    expect(dialog).to_be_hidden()
    new_incident = Incident.objects.exclude(pk=incident.pk).get()
    assert fields_of_view.cameras_seeing(new_incident.place)[0] == street_cameras[2]

    # An order, with a fault first: nothing that was typed is lost.
    line = page.locator(f"#queue [data-incident='{incident.reference}']")
    line.click()
    expect(page.locator("#focus .panel")).to_have_attribute("data-key", incident.reference)
    page.get_by_role("button", name="Order").click()
    dialog.get_by_label("What is to be done").fill("Close the valve")
    dialog.get_by_label("Due by").fill("2020-01-01T10:00")
    dialog.get_by_label("What is to be done").press("Control+Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("in the future")
    expect(dialog.get_by_label("What is to be done")).to_have_value("Close the valve")
    assert axe_findings(page) == []
    shoot(page, "order")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    visitor.complaints.clear()  # the browser reports the refusal (400) as an error

    # The log has written itself; what somebody else writes comes by itself.
    page.goto("/control/shift/")
    log = page.locator("#log-lines")
    expect(log.locator("li")).to_have_count(2)
    other.goto("/control/shift/")
    other.get_by_label("Add to the log").fill("Called the waterworks")
    other.get_by_role("button", name="Enter").click()
    expect(other.locator("#log-lines li")).to_have_count(3)
    expect(log).to_contain_text("Called the waterworks")
    page.get_by_placeholder("What comes next, and when").first.fill("Look again at 15:00")
    shoot(page, "shift-draft")
    page.get_by_role("button", name="Hand over the shift").click()
    expect(page.get_by_role("heading", name="Handover")).to_be_visible()
    assert axe_findings(page) == []

    # The next shift ticks what it has read, and takes it.
    other.reload()
    other.get_by_role("checkbox").first.check()
    other.get_by_role("button", name="Take over the shift").click()
    expect(other.get_by_role("alert")).to_contain_text("not ticked")
    shoot(other, "shift-unread")
    visitor.complaints.clear()  # and this one (409)
    other.get_by_role("button", name="Take it over anyway").click()
    expect(other.locator("#toasts")).to_contain_text("You have taken over the shift.")
    hand_over = HandOver.objects.get()
    assert (hand_over.taken_by, sorted(line.is_read for line in hand_over.items.all())) == (bao, [False, True])
    assert RoomLine.objects.filter(kind="received", at__lte=now()).count() == 1


@pytest.mark.deep
def test_the_hand_over_fits_a_phone_and_one_sheet(visitor, controller, street_cameras, town):
    for n in range(20):
        incident = factories.incident(town.hole, text=f"Hole {n}")
        RoomLine.objects.create(kind="taken", by=controller, incident=incident)
    page = visitor(390, user=controller)
    page.goto("/control/shift/")
    expect(page.locator(".unfinished").first.locator("li")).to_have_count(20)
    assert (too_narrow(page), axe_findings(page)) == ([], [])
    shoot(page, "shift-phone")
    assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 1


@pytest.mark.deep
def test_findings_are_worked_by_keys(visitor, controller, street_cameras, town):
    incident = factories.incident(factories.leaf("ST.7", town.streets, "Tụ tập đông người", "Crowd", "c-security"))
    for n, camera_row in enumerate(street_cameras):
        findings.propose_finding(
            camera_row, "crowd", now() - timedelta(minutes=n), score=0.7, picture=factories.jpeg(512, 288),
            boxes=[[0.2, 0.5, 0.1, 0.3], [0.4, 0.6, 0.1, 0.2]], usual=1.2,
        )  # fmt: skip
    page = visitor(1440, user=controller, language="en")
    page.goto("/control/findings/")
    lines = page.locator(".inbox-list li")
    expect(lines).to_have_count(4)
    expect(page.locator(".inbox-pane")).to_contain_text("fairly sure")
    expect(page.locator(".why")).to_have_text("2 people in the picture, usually 1 at this hour.")
    picture, frame = (page.locator(f".proof {what}").bounding_box() for what in ("img", ".all"))
    parts = [(frame[to] - picture[to]) / picture[of] for to, of in (("x", "width"), ("y", "height"))]
    assert parts == pytest.approx([0.2, 0.5], abs=0.02)
    assert axe_findings(page) == []
    shoot(page, "findings")

    page.keyboard.press("g")  # to the same kind that is reported near by, and on to the next line
    expect(lines).to_have_count(3)
    expect(page.locator("#toasts")).to_contain_text(incident.reference)
    expect(lines.nth(0).get_by_role("link")).to_be_focused()

    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator(".marked")).to_contain_text("2 marked")
    page.keyboard.press("k")
    expect(lines).to_have_count(1)
    page.keyboard.press("z")
    expect(lines).to_have_count(3)

    page.keyboard.press("ArrowDown")  # a key means what has the focus: it is shown first
    page.keyboard.press("s")
    expect(page.locator(".inbox-list .chosen")).to_contain_text("Harbour Road 3")
    page.keyboard.press("s")
    expect(lines).to_have_count(2)
    assert (too_narrow(page), Finding.objects.filter(state="made").count()) == ([], 1)
    shoot(page, "findings-rest")


@pytest.mark.deep
def test_two_cameras_are_played_back_and_a_stretch_is_kept(visitor, controller, street_cameras, town):
    incident = factories.incident(town.hole)
    end = Frame.objects.filter(camera__in=street_cameras[:2]).latest("taken_at").taken_at  # both have a picture of then
    for camera_row in street_cameras[:2]:
        for n in range(1, 20):
            in_ring(camera_row, factories.jpeg(colour=(n * 9, 60, 90)), end - timedelta(seconds=30 * n))
    page = visitor(1440, user=controller, language="en")
    at = round(end.timestamp() * 1000)  # however long the page takes to stand
    page.goto(f"/control/playback/?camera=TTH 1&beside=TTH 2&incident={incident.reference}&at={at}")
    pictures = page.locator("#playback figure img")
    expect(pictures.nth(0)).to_be_visible()
    expect(pictures.nth(1)).to_be_visible()
    assert axe_findings(page) == []
    page.locator("#moment").focus()
    page.keyboard.press("o")
    for _n in range(4):
        page.keyboard.press("ArrowLeft")  # a picture, not a second
    fifth = (end - timedelta(seconds=4 * 30) - ring.EPOCH) // timedelta(microseconds=1)
    expect(pictures.nth(0)).to_have_attribute("src", f"/cameras/TTH%201/{fifth}.jpg")
    page.keyboard.press("i")

    # What was reported there is a mark on the bar; the second camera is shifted by a second.
    mark = page.locator(".marks button")
    expect(mark).to_have_count(1)
    expect(mark).to_contain_text("Pothole")
    page.keyboard.press("n")
    expect(mark).to_have_attribute("aria-current", "true")
    page.keyboard.press("+")
    expect(page.locator("#apart-is")).to_have_text("+1 s")
    shoot(page, "playback")
    page.get_by_label("Why it is saved").fill("Who came first")
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator("#kept-here tbody tr")).to_have_count(2)  # the list says it at once, by camera
    assert axe_findings(page) == []
    # The five that were shown; of the shifted camera the first of them lies before the beginning.
    expect(page.locator("#toasts")).to_contain_text("9 pictures saved.")
    assert Counter(row.camera for row in Evidence.objects.filter(incident=incident, moment="pinned")) == {
        street_cameras[0]: 5,
        street_cameras[1]: 4,
    }
    assert too_narrow(page) == []
