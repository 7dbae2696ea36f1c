"""Test camera evidence of an incident: compared, kept by hand, held, exported."""

import re
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256

import cv2
import numpy as np
import pytest
from django.db import connection
from django.urls import reverse
from django.utils.timezone import now
from playwright.sync_api import expect

from cameras.evidence import keeping, seals
from cameras.evidence.jobs import capture_evidence
from cameras.models import Camera, Evidence, Frame
from cameras.viewlog import ledger, unusual
from incidents import workflow
from incidents.models import Event, Membership
from tests import factories
from tests.browser.conftest import axe_findings, on_screen, shoot, wait_until
from tests.cameras.conftest import camera, in_ring
from tests.cameras.evidence.test_evidence import draw_street, shift_picture

pytestmark = pytest.mark.browser
MOVED = 0.06  # of the width: so far the camera had turned when the later picture was taken


def run_capture(*args):
    """Runs the worker's job in a thread of its own, because playwright has a loop in this one."""

    def job():
        try:
            capture_evidence(*args)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as worker:
        worker.submit(job).result()


@pytest.fixture
def incident(town, site, officer):
    eye = camera("A1", name="Harbour Road 1")
    for minute, seconds in enumerate((300, 120, 30)):
        in_ring(eye, draw_street("A1", minute), now() - timedelta(seconds=seconds))
    Frame.objects.update(width=512, height=288)
    seals.seal_new()
    incident = factories.incident(town.hole)
    run_capture(incident.pk, "reported")
    for step in ("accept", "resolve"):
        workflow.move(incident, step, by=officer, note="Filled")
    last = in_ring(eye, shift_picture(draw_street("A1", 9), MOVED, 0), now())
    Frame.objects.update(width=512, height=288)
    Camera.objects.update(last_taken_at=last.taken_at, last_sha256=last.sha256, moved_at=last.taken_at, health="live")
    run_capture(incident.pk, "resolved")
    seals.seal_new()
    return incident


@pytest.fixture
def supervisor(town):
    return factories.person("supervisor", town.desk, Membership.Role.SUPERVISOR)


def whole(page):
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert axe_findings(page) == []


def comparison(page):
    page.locator(".compare summary").first.press("Enter")
    laid = {"vi": "Hai hình đã trùng khít nhau.", "en": "The two pictures are aligned."}
    box = page.locator(".compare[open]")
    expect(box.get_by_role("status")).to_have_text(laid[page.locator("html").get_attribute("lang")])
    for img in box.locator("img").all():
        img.evaluate("img => img.decode()")
    return box.get_by_role("slider")


def grab_comparison(page, slider, value):
    slider.fill(str(value))
    shot = page.locator(".compare .over").screenshot()
    return cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_GRAYSCALE).astype(np.float32)


@pytest.mark.deep
@on_screen(390, "vi")
def test_slider_compares_aligned_pictures_before_and_after(visitor, incident, officer, controller, width, language):
    page = visitor(width, user=officer, language=language)
    page.goto(f"/evidence/{incident.reference}/")
    slider = comparison(page)
    over = page.locator(".compare .over")
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    at = lambda part: (box["x"] + part * box["width"], box["y"] + 0.3 * box["height"])  # noqa: E731

    if width < 600:
        page.touchscreen.tap(*at(0.25))
        expect(slider).to_have_value(re.compile("^2[456]$"))
        finger = page.context.new_cdp_session(page)
        for kind, part in (("touchStart", 0.25), ("touchMove", 0.5), ("touchMove", 0.8), ("touchEnd", None)):
            points = [] if part is None else [dict(zip("xy", at(part), strict=True))]
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        expect(slider).to_have_value(re.compile("^(79|80|81)$"))
    else:
        page.mouse.move(*at(0.25))
        page.mouse.down()
        expect(slider).to_have_value(re.compile("^2[456]$"))
        page.mouse.move(*at(0.8), steps=5)
        page.mouse.up()
        expect(slider).to_have_value(re.compile("^(79|80|81)$"))
    value = int(slider.input_value())
    slider.press("ArrowLeft")
    expect(slider).to_have_value(str(value - 1))
    assert over.evaluate("over => over.style.getPropertyValue('--cut')") == f"{value - 1}%"
    assert str(value - 1) in slider.get_attribute("aria-valuetext")
    slider.fill("50")
    shoot(page, "evidence-compare")
    whole(page)

    # What stands in the street lies at the same place in both, though the camera had turned by many pixels.
    later, earlier = grab_comparison(page, slider, 0), grab_comparison(page, slider, 100)
    tall, wide = later.shape
    part = np.s_[: int(tall * 0.85), int(wide * 0.15) : int(wide * 0.8)]
    window = cv2.createHanningWindow(later[part].T.shape, cv2.CV_32F)
    (x, y), _sure = cv2.phaseCorrelate(earlier[part], later[part], window)
    assert abs(x) < 2 < MOVED * wide / 3, (x, y)
    assert abs(y) < 2, (x, y)


@on_screen(1440, "en")
@pytest.mark.deep
def test_comparison_is_the_same_at_the_desk_and_in_the_room(visitor, incident, officer, controller, width, language):
    for who, address, name in ((officer, "/desk/{}/", "at-the-desk"), (controller, "/control/?incident={}", "in-room")):
        page = visitor(width, user=who, language=language)
        page.goto(address.format(incident.reference))
        if who == controller:
            page.locator("#compare").click()
        comparison(page).press("Home")
        assert page.locator(".compare .over").evaluate("over => over.style.getPropertyValue('--cut')") == "0%"
        page.locator(".kept-strip:visible").scroll_into_view_if_needed()
        shoot(page, f"evidence-{name}")
        whole(page)

    # Who is quicker than the script sees the comparison as soon as it is there.
    page, scripts = visitor(width, user=officer, language=language), []
    page.route("**/cameras/staff/evidence*.js", lambda route: scripts.append(route))
    page.goto(f"/desk/{incident.reference}/")
    page.locator(".compare summary").click()
    wait_until(lambda: page.evaluate("1") and scripts)
    expect(page.locator(".compare[open] img").first).not_to_have_attribute("src", re.compile("evidence"))
    for script in scripts:
        script.continue_()
    page.unroute_all(behavior="ignoreErrors")
    expect(page.locator(".compare[open] img").first).to_have_attribute("src", re.compile("/evidence/"))


def rows(page):
    return page.locator(".evidence-page table tbody tr")


@pytest.mark.deep
def test_a_part_of_the_desk_that_cannot_be_loaded_is_said_so(visitor, incident, officer):
    page = visitor(390, user=officer, language="en")
    page.route("**/cameras/staff/evidence*.js", lambda route: route.abort())
    page.goto(f"/desk/{incident.reference}/")
    expect(page.locator("#toasts")).to_have_text("Part of this page could not be loaded. Reload the page.")
    expect(page.locator(".near-cameras .kept-strip li")).to_have_count(5)
    visitor.complaints.clear()  # the browser says, too, that the file did not come


@pytest.mark.deep
def test_new_evidence_appears_on_open_pages_without_a_reload(
    visitor, incident, officer, controller, monkeypatch, settings
):
    settings.OUTBOUND_ALLOWED = {"cameras": ["127.0.0.0/8"]}
    desk, room, list_ = (visitor(user=who, language="en") for who in (officer, controller, officer))
    for page, address in ((desk, "/desk/{}/"), (room, "/control/?incident={}"), (list_, "/evidence/{}/")):
        page.goto(address.format(incident.reference))
    expect(rows(list_)).to_have_count(5)
    expect(room.locator("#focus-title")).to_have_text("Pothole")
    # At the desk somebody compares, and is writing why another picture is to be kept.
    comparison(desk).fill("30")
    desk.locator(".keeping summary").press("Enter")
    words = desk.locator(".keeping input[name=reason]")
    words.fill("The lid is gone")
    words.evaluate("input => input.setSelectionRange(3, 3)")
    words.dispatch_event("compositionstart")
    list_.locator("#hand-out input[name=purpose]").fill("The court")

    # Another keeps one in the control room.
    room.locator("#compare").click()
    room.locator(".sight:visible .keeping summary").press("Enter")
    room.locator(".sight:visible .keeping input[name=reason]").fill("A red van")
    room.keyboard.press("Enter")
    expect(room.locator("#toasts")).to_contain_text("The picture is saved with the incident.")
    assert Evidence.objects.get(moment="pinned").by == controller
    expect(room.locator(".sight:visible .kept-strip li")).to_have_count(6)
    expect(room.locator(".sight:visible .keeping")).not_to_have_attribute("open", "")

    expect(rows(list_)).to_have_count(6)
    expect(rows(list_).last).to_contain_text("A red van")
    expect(list_.locator("#hand-out input[name=purpose]")).to_have_value("The court")
    # News do not tear a letter that is being put together out of several keys.
    expect(desk.locator(".near-cameras .kept-strip li")).to_have_count(5)
    words.dispatch_event("compositionend")
    expect(desk.locator(".near-cameras .kept-strip li")).to_have_count(6)
    expect(desk.locator("#detail .timeline")).to_contain_text("A red van")
    expect(words).to_have_value("The lid is gone")
    expect(words).to_be_focused()
    assert words.evaluate("input => input.selectionStart") == 3
    expect(desk.get_by_role("slider")).to_have_value("30")
    expect(desk.locator("[data-side=after] option")).to_have_count(6)
    desk.locator(".near-cameras .kept-strip").scroll_into_view_if_needed()
    shoot(desk, "evidence-desk")
    shoot(room, "evidence-control")
    for page in (desk, room, list_):
        whole(page)

    # One that sees nothing is asked until it makes no sense any more; then it is said that there is none.
    camera("B1", lon=10.0053, name="Harbour Road 2", url="http://127.0.0.1:9/B1.jpg")
    monkeypatch.setattr(keeping, "TRIED", dict.fromkeys(keeping.TRIED, timedelta()))
    run_capture(incident.pk, "reported", None, [Camera.objects.get(code="B1").pk])
    for page, place in ((desk, "#detail"), (room, "#focus"), (list_, ".evidence-page")):
        expect(page.locator(place)).to_contain_text(re.compile("no connection to the camera", re.IGNORECASE))
    # And what is written at the desk is still there to be sent.
    desk.keyboard.press("Enter")
    expect(rows(list_)).to_have_count(8)
    expect(desk.locator(".near-cameras .kept-strip li")).to_have_count(7)


def check_package(folder):
    done = subprocess.run([sys.executable, "-I", str(folder / "verify.py")], capture_output=True, text=True, cwd="/")
    return done.returncode, done.stdout


@on_screen(1440, "en")
def test_held_evidence_is_exported_and_verified(visitor, incident, officer, supervisor, tmp_path, width, language):
    page = visitor(width, user=supervisor, language=language)
    page.goto(reverse("watch-incident", args=[incident.reference]))
    page.get_by_role("link", name={"vi": "Bằng chứng", "en": "Evidence"}[language], exact=True).click()
    expect(page.locator(".evidence-page img")).to_have_count(0)
    page.locator("#hold input[name=reason]").fill("Vụ án 12")
    page.keyboard.press("Enter")
    hold_label = {"vi": "Không được xóa", "en": "Deletion blocked"}[language]
    expect(page.locator(".evidence-page header")).to_contain_text(hold_label)
    expect(page.locator(".evidence-page header")).to_contain_text("Vụ án 12")
    shoot(page, "evidence-held")
    whole(page)

    page = visitor(width, user=officer, language=language)
    page.goto(f"/evidence/{incident.reference}/")
    # By hand, with a reason, one that is kept already; then it is let go.
    page.locator(".keeping summary").click()
    page.locator(".keeping input[name=reason]").fill("Nắp cống")
    page.locator(".keeping button").click()
    expect(rows(page)).to_have_count(6)
    shoot(page, "evidence-pinned")
    whole(page)
    page.locator("form[id^=unpin] input[name=reason]").fill("Nhầm")
    page.keyboard.press("Enter")
    expect(page.locator("form[id^=unpin]")).to_have_count(0)
    seals.seal_new()

    page.locator("#hand-out input[name=purpose]").fill("Tòa án quận")
    with page.expect_download() as coming:
        page.locator("#hand-out button").click()
    download = coming.value
    assert download.suggested_filename == f"evidence-{incident.reference}.zip"
    with zipfile.ZipFile(download.path()) as packed:
        packed.extractall(tmp_path)
    folder = tmp_path / f"evidence-{incident.reference}"
    code, output = check_package(folder)
    assert (code, output.splitlines()[0]) == (0, f"OK: 6 pictures of incident {incident.reference}")
    assert "Tòa án quận" in output
    page.goto((folder / "index.html").as_uri())
    page.wait_for_function("() => document.querySelector('video')?.readyState >= 2")
    assert page.locator("video").first.evaluate("video => [video.videoWidth, video.videoHeight]") == [768, 504]
    line = incident.timeline.filter(kind=Event.Kind.EXPORTED).get()
    assert (line.by, sha256((folder / "SHA256SUMS").read_bytes()).hexdigest() in line.note) == (officer, True)
    picture = min((folder / "pictures").iterdir())
    data = bytearray(picture.read_bytes())
    data[len(data) // 2] ^= 1
    picture.write_bytes(data)
    code, output = check_package(folder)
    assert (code, output.partition(":")[0]) == (1, "REFUSED")
    assert picture.name in output

    # What is in it can be read without this service, too.
    page.goto((folder / "index.html").as_uri())
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("tbody img")).to_have_count(6)
    whole(page)


@pytest.mark.deep
@on_screen(390, "vi")
def test_supervisor_reads_view_log_and_unusual_viewing(
    visitor, incident, officer, controller, supervisor, width, language, today
):
    eye = Camera.objects.get()
    ledger.record_viewing(controller, "history", [eye.pk], hour=now(), purpose="Công an phường hỏi")
    evidence_keys = list(Evidence.objects.values_list("pk", flat=True))
    ledger.record_viewing(officer, "export", incident=incident, evidence=evidence_keys, purpose="Tòa án quận")
    ledger.record_viewing(controller, "picture", range(1, 130))
    assert len(unusual.flag_day(today)) == 1
    ledger.LOOKS.publish_head(today)
    page = visitor(width, user=supervisor, language=language)
    page.goto("/cameras/looks/")
    flagged = {"vi": "Xem bất thường", "en": "Unusual views"}[language]
    expect(page.get_by_role("heading", name=flagged)).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(page.locator("tbody")).to_contain_text("Công an phường hỏi")
    expect(page.locator("tbody")).to_contain_text(incident.reference)
    shoot(page, "looks")
    whole(page)
    # From what is flagged to the lines that it was found in.
    page.locator("section[aria-labelledby=unusual] a").click()
    expect(page.locator("#person")).to_have_value("controller")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.locator("#camera").fill("nowhere")
    page.locator("form.asks button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    visitor.complaints.clear()  # the console mentions the 400 that was asked for
    shoot(page, "looks-fault")
    whole(page)
