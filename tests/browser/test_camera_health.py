"""Test camera health pages for technicians, the control room and supervisors, with and without scripts."""

from datetime import timedelta

import pytest
from django.utils import translation
from django.utils.timezone import localtime, now
from playwright.sync_api import expect

from cameras.detection import findings
from cameras.masking import covering, pauses, zones
from cameras.models import Camera, HealthInterval, Outbreak, Source, View, ViewLogEntry
from cameras.viewlog import ledger, unusual
from incidents.models import Incident, Membership
from tests import factories
from tests.browser.conftest import axe_findings, on_screen, shoot
from tests.cameras.conftest import camera, keeps, sees, was

pytestmark = pytest.mark.browser
HOUR = timedelta(hours=1)


@pytest.fixture
def people(town, controller):
    return {
        "technician": factories.person("technician", town.desk, Membership.Role.TECHNICIAN),
        "supervisor": factories.person("supervisor", town.desk, Membership.Role.SUPERVISOR),
        "controller": controller,
    }


@pytest.fixture
def yard(town, site, people):
    """Makes thirty cameras of one source; one is covered and reported, one offline, one paused."""
    source, at = Source.objects.create(code="port", name="Cảng"), now()
    rows = [
        camera(f"P{n:02}", lon=10.002 + n * 0.0005, name=f"Bến số {n:02}", source=source, road="Harbour Road")
        for n in range(30)
    ]
    for camera_row in rows:
        sees(camera_row)
        was(camera_row, "live", at - 50 * HOUR, at - 2 * HOUR)
        was(camera_row, "live", at - 2 * HOUR)
    for camera_row, state in ((rows[3], "covered"), (rows[7], "offline")):
        camera_row.health_intervals.filter(until=None).delete()
        was(camera_row, state, at - 2 * HOUR, proof=True, why="Unreachable" if state == "offline" else "look")
        Camera.objects.filter(pk=camera_row.pk).update(health=state, health_since=at - 2 * HOUR)
    findings.propose_from_states()
    incident = factories.incident(town.hole)
    ledger.record_viewing(
        people["controller"], "focus", [rows[0].pk], incident=incident, evidence=[keeps(rows[0], incident).pk]
    )
    ledger.record_viewing(
        people["controller"], "history", [camera_row.pk for camera_row in rows] + list(range(9000, 9130)), hour=at
    )
    unusual.flag_lately()
    return rows


@pytest.fixture
def every_state(yard, people):
    """Returns {state: a camera in it}; many of them failed together."""
    at, far = now(), Source.objects.create(code="far", name="Xa lộ", down_since=now() - HOUR)
    Outbreak.objects.create(source=yard[0].source, began_at=at - HOUR, blind=9, cameras=30)
    camera_of_state = {"live": yard[0], "covered": yard[3], "offline": yard[7], "paused": yard[8]}
    pauses.pause_cameras(people["technician"], [yard[8].pk], at + HOUR, "Order 12")
    for state, camera_row in zip(
        [state for state in Camera.Health if state not in camera_of_state], yard[10:], strict=False
    ):
        camera_of_state[state] = camera_row
        silent = {"late": timedelta(seconds=70), "stale": 3 * HOUR}.get(state)
        if silent:  # what the patrol found last is not true any more
            Camera.objects.filter(pk=camera_row.pk).update(moved_at=at - silent)
            continue
        camera_row.health_intervals.filter(until=None).delete()
        Camera.objects.filter(pk=camera_row.pk).update(health=state, health_since=at - 2 * HOUR)
        if state == "unknown":
            Camera.objects.filter(pk=camera_row.pk).update(moved_at=None, health_since=None)
        elif state == "source-down":
            Camera.objects.filter(pk=camera_row.pk).update(source=far)
            was(camera_row, state, at - 2 * HOUR, why="SourceDown")
        elif state == "unvisited":
            was(camera_row, state, at - 2 * HOUR, why="NoPatrol")
        else:
            was(camera_row, state, at - 2 * HOUR, proof=True)
    return camera_of_state


@on_screen(1440, "en")
def test_health_page_shows_state_time_reason_and_proof(visitor, every_state, people, language, width):
    proven = {"frozen", "card", "dark", "covered", "blurred", "moved", "unreadable", "offline"}
    page = visitor(width, user=people["technician"], language=language)
    page.goto("/cameras/health/")
    assert set(every_state) == set(Camera.Health)
    with translation.override(language):
        for state, camera_row in every_state.items():
            row = page.get_by_role("row").filter(has=page.get_by_role("link", name=camera_row.name, exact=True))
            expect(row.locator(".health")).to_have_text(str(Camera.Health(state).label))
            expect(row.get_by_role("img")).to_have_count(1 if state in proven else 0)
            expect(row.locator("td:nth-child(3) time")).to_have_count(0 if state == "unknown" else 1)
        for state, why in {"source-down": HealthInterval.Why.SOURCE, "unvisited": HealthInterval.Why.NO_PATROL}.items():
            expect(page.get_by_role("row").filter(has_text=every_state[state].name)).to_contain_text(str(why.label))
    expect(page.get_by_role("status").filter(has_text="Cảng")).to_contain_text("9")
    sources = page.get_by_role("table").nth(1)
    expect(sources.get_by_role("row").filter(has_text="Xa lộ").locator("time")).to_have_count(1)
    expect(sources.get_by_role("row").filter(has_text="Cảng").get_by_role("cell")).to_have_count(5)
    shoot(page, "camera-health-states")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert axe_findings(page) == []
    link = page.get_by_role("link", name={"vi": "Tải bảng về", "en": "Download the table"}[language])
    table = page.request.get(link.get_attribute("href")).text()
    assert len(table.splitlines()) == 31


HOUSE = [[[0.25, 0.25], [0.5, 0.25], [0.5, 0.5], [0.25, 0.5]]]
PIXEL = """picture => {
    const canvas = Object.assign(document.createElement("canvas"), {width: 4, height: 4})
    const draw = canvas.getContext("2d")
    draw.drawImage(picture, 0, 0, 4, 4)
    return [...draw.getImageData(1, 1, 1, 1).data.slice(0, 3)]
}"""


@pytest.fixture
def house_cameras(yard):
    pair = yard[3], yard[7]
    for camera_row, state in zip(pair, ("fits", "unknown"), strict=True):
        view = View.objects.create(camera=camera_row, zones=HOUSE, state="fits")
        alignment = {"view": {"key": view.pk, "state": state, "transform": None}}
        camera_row.health_intervals.filter(until=None).update(received=alignment)
    return pair


@on_screen(390, "vi")
@pytest.mark.deep
def test_proof_picture_has_its_zones_filled_or_a_reason_instead(visitor, house_cameras, people, language, width):
    shown, hidden = house_cameras
    page = visitor(width, user=people["technician"], language=language)
    with translation.override(language):
        why = str(zones.HIDDEN["unknown"])
    for path, shot in (("/cameras/health/?state=blind", "proofs"), ("/cameras/health/{}/", "proofs-of")):
        for camera_row, has_reason in ((shown, False), (hidden, True)):
            page.goto(path.format(camera_row.code))
            rows = page.get_by_role("table").first.locator("tbody tr")
            row = rows.filter(has_text=camera_row.name) if "state" in path else rows.first
            row.scroll_into_view_if_needed()
            expect(row.get_by_text(why)).to_have_count(int(has_reason))
            expect(row.get_by_role("img")).to_have_count(int(not has_reason))
            if not has_reason:
                expect(row.get_by_role("img")).to_have_js_property("complete", True)
                pixel = row.get_by_role("img").evaluate(PIXEL)
                assert max(abs(part - fill) for part, fill in zip(pixel, reversed(covering.FILL), strict=True)) < 24
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
            shoot(page, shot)
        assert axe_findings(page) == []


@pytest.mark.deep
@pytest.mark.parametrize("width", [390, 1440])
def test_the_pages_are_whole(visitor, yard, people, width):
    for name, pages in {
        "technician": {"camera-health": "/cameras/health/?area=001", "camera-health-of": "/cameras/health/P03/"},
        "controller": {"findings": "/control/findings/", "looks-mine": "/cameras/looks/mine/"},
        "supervisor": {"looks": "/cameras/looks/"},
    }.items():
        page = visitor(width, user=people[name])
        for shot, path in pages.items():
            page.goto(path)
            expect(page.locator("h1")).to_be_visible()
            shoot(page, shot)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
            assert axe_findings(page) == []


@pytest.mark.deep
def test_covered_camera_is_paused_by_keys_without_scripts(visitor, yard, people):
    page = visitor(user=people["technician"], language="en", java_script_enabled=False)
    page.goto("/cameras/health/")
    page.get_by_role("link", name="covered 1").press("Enter")
    row = page.get_by_role("row", name="Bến số 03")
    expect(row.get_by_role("img")).to_have_js_property("complete", True)
    row.get_by_role("link").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bến số 03")
    page.get_by_label("By when").fill(f"{localtime(now() + HOUR):%Y-%m-%dT%H:%M}")
    page.get_by_label("Who ordered it, and why").fill("Order 12: a visit")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Order 12: a visit").first).to_be_visible()
    expect(page.get_by_text("1 camera is paused until")).to_be_visible()
    assert page.request.get("/cameras/P03/now.jpg").status == 404
    page.get_by_role("button", name="End the pause now").press("Enter")
    expect(page.get_by_text("The pause is over.")).to_be_visible()
    assert page.request.get("/cameras/P03/now.jpg").status == 200


@pytest.mark.deep
def test_finding_made_an_incident_cannot_be_dismissed_afterwards(visitor, yard, people, town):
    second = factories.person("second", town.desk, Membership.Role.CONTROL)
    findings.propose_finding(yard[5], "crowd", now(), score=0.7, picture=factories.jpeg())
    before = Incident.objects.count()
    page = visitor(user=people["controller"], language="en", java_script_enabled=False)
    other = visitor(390, user=second, language="en", java_script_enabled=False)
    for tab in (page, other):
        tab.goto("/control/findings/")
        expect(tab.get_by_role("img", name="picture of camera Bến số 05")).to_be_visible()
    page.get_by_label("What is it?").select_option("ST.1")
    page.get_by_role("button", name="Create an incident").press("Enter")
    expect(page.get_by_text("was created.")).to_be_visible()
    other.get_by_label("Why is it nothing?").fill("a leaf")
    other.get_by_role("button", name="Not an incident").press("Enter")
    expect(other.get_by_text("controller was faster")).to_be_visible()
    assert Incident.objects.count() == before + 1


@pytest.mark.deep
def test_supervisor_sees_unusual_views_and_people_their_own(visitor, yard, people):
    page = visitor(user=people["supervisor"], language="en", java_script_enabled=False)
    page.goto("/cameras/looks/")
    page.get_by_role("link", name="controller").first.press("Enter")
    expect(page.get_by_text("more than 120 cameras in 10 minutes")).to_be_visible()
    expect(page.get_by_role("row", name="opened in the control room").get_by_text("1 saved picture")).to_be_visible()
    own = visitor(user=people["controller"], language="en")
    own.goto("/people/me/")
    own.get_by_role("link", name="Your views").click()
    expect(own.get_by_role("heading", level=1)).to_have_text("Your views")
    expect(own.get_by_role("row")).to_have_count(ViewLogEntry.objects.filter(by=people["controller"]).count() + 1)


@pytest.mark.parametrize("width", [1440, pytest.param(390, marks=pytest.mark.deep)])
def test_route_of_the_chosen_team_is_drawn_in_its_order(visitor, town, people, width):
    at = now() - 2 * HOUR
    for name, lons in (("Port", (10.002, 10.006, 10.0045)), ("Tram", (10.011, 10.009))):
        source = Source.objects.create(code=name.lower(), name=f"{name} cameras", owner="City")
        for number, lon in enumerate(lons):
            since = at - number * HOUR
            eye = camera(f"{name} {number}", lon=lon, source=source, health="offline", health_since=since)
            was(eye, "offline", since, why="Unreachable")
    page = visitor(width, user=people["technician"], language="en")
    page.goto("/cameras/faults/")
    expect(page.locator("#route-says")).to_have_text("Port cameras: 3 places, 0.4 km")
    expect(page.locator("#route-map .route-stop")).to_have_text(["1", "2", "3"])
    stops = page.locator("section").filter(has_text="Port cameras").locator("[data-stop]")
    assert stops.evaluate_all("rows => rows.map(({ dataset }) => dataset.name)") == [
        "Harbour Port 2", "Harbour Port 1", "Harbour Port 0",
    ]  # fmt: skip
    page.get_by_role("button", name="Show the route: Tram cameras").click()
    expect(page.locator("#route-says")).to_have_text("Tram cameras: 2 places, 0.1 km")
    expect(page.locator("#route-map .route-stop")).to_have_text(["1", "2"])

    row = page.locator(".fault-row").filter(has_text="Harbour Tram 1")
    row.locator("summary").filter(has_text="Promise a time").click()
    until = localtime(now() + 3 * HOUR)
    row.get_by_label("Working again by").fill(f"{until:%Y-%m-%dT%H:%M}")
    row.get_by_role("button", name="Save the time").click()
    expect(
        page.locator("[role=status], #toasts").filter(has_text="The time is shown beside the camera.")
    ).to_be_visible()
    expect(row.locator(".promised b")).to_contain_text(f"{until:%H:%M}")
    shoot(page, "faults-route")
    assert axe_findings(page) == []
