"""Test the main path end to end with real browsers, server, worker, patrol, and cameras over HTTP."""

import re

import pytest
from playwright.sync_api import expect

from cameras.models import Camera, Evidence
from incidents.models import Incident
from tests import factories
from tests.browser.conftest import shoot, wait_until, without_photo
from tests.cameras.conftest import camera

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def watched_place(town, processes):
    streets = processes("streets").address
    for number, metres in enumerate((40, 150, 300, 900)):
        camera_row = camera(
            f"TTH {number}", lon=factories.IN_OLD.x + metres / 71_700, lat=50.005, name=f"Harbour Road {number}"
        )
        Camera.objects.filter(pk=camera_row.pk).update(url=f"{streets}/cam/good-{number}.jpg", period_s=2)
    processes("worker")
    processes("cameras")
    wait_until(lambda: Camera.objects.exclude(last_taken_at=None).count() == 4, 60, "no pictures came from the cameras")


def test_from_a_pin_on_the_map_to_the_answer(visitor, watched_place, town, officer, outsider, controller):
    everybody = visitor(1440, language="en")
    everybody.goto("/")
    expect(everybody.locator(".live").first).to_contain_text("Live")
    room = visitor(1440, user=controller, language="en")
    room.goto("/control/")

    citizen = visitor(390)
    citizen.goto(f"/report/?lon={factories.IN_OLD.x}&lat={factories.IN_OLD.y}")
    expect(citizen.locator("#answer")).to_contain_text("Phường Old Wharf")
    without_photo(citizen)
    citizen.get_by_role("button", name="Đúng chỗ này").click()
    citizen.get_by_role("radio", name="Ổ gà").click()
    citizen.locator(".step.now [data-next]").click()
    citizen.locator("#text").fill("Hố sâu giữa đường, gọi 0901 234 567")
    citizen.locator("#photos").set_input_files(
        {"name": "hole.jpg", "mimeType": "image/jpeg", "buffer": factories.jpeg(640, 480)}
    )
    citizen.locator("#email").fill("an@example.org")
    citizen.get_by_role("button", name="Gửi").click()
    citizen.wait_for_url(re.compile("/f/"))
    incident = Incident.objects.get()
    expect(citizen.locator("main")).to_contain_text(incident.reference)
    expect(citizen.locator("main")).to_contain_text("UBND Old Wharf")
    expect(citizen.locator("main")).to_contain_text("Vị trí nằm trong Phường Old Wharf.")
    shoot(citizen, "sent")

    citizen.get_by_role("link", name="Theo dõi sự cố này").click()

    # Everybody sees it without a reload, and nobody reads the phone number.
    expect(everybody.locator(f'a.row[href*="{incident.reference}"]')).to_contain_text("Pothole")
    public = visitor(1440, language="en")
    public.goto(f"/i/{incident.reference}/")
    expect(public.locator("main")).to_contain_text("Old Wharf Office")
    expect(public.locator("main")).to_contain_text("Hố sâu giữa đường")
    shown = public.content()
    assert (factories.OWN_PHONE.search(shown), "an@example.org" in shown) == (None, False)

    # The control room has it in front, beside its three nearest cameras, each with the picture of that moment and with
    # what it saw before anybody reported.
    expect(room.locator("#focus-title")).to_have_text("Pothole")
    room.locator("#compare").click()
    pictures = Evidence.objects.filter(incident=incident)
    wait_until(lambda: pictures.filter(moment="reported").count() == 3, 30, "no evidence was kept")
    expect(room.get_by_role("img", name="Saved picture from camera Harbour Road 0")).to_be_visible()
    at_it = pictures.filter(moment="reported").order_by("distance_m")
    assert [round(evidence.distance_m, -1) for evidence in at_it] == [40, 150, 300]
    before = pictures.filter(moment="before", taken_at__lt=incident.received_at)
    assert {round(evidence.distance_m, -1) for evidence in before} == {40, 150, 300}
    assert set(pictures.values_list("moment", flat=True)) == {"before", "reported"}
    shoot(room, "control-with-evidence")

    # The officer of the ward works it; to the neighbour's officer it does not exist.
    stranger = visitor(1440, user=outsider)
    assert stranger.goto(f"/desk/{incident.reference}/").status == 404
    visitor.complaints.clear()  # the browser's console mentions the 404 that was asked for
    desk = visitor(1440, user=officer, language="en")
    desk.goto(f"/desk/{incident.reference}/")
    desk.locator("#detail").get_by_role("button", name="Accept", exact=True).click()
    expect(desk.locator("#detail .state").first).to_have_text("Accepted")
    desk.goto(f"/desk/{incident.reference}/resolve/")
    desk.locator("#note").fill("Filled and rolled.")
    desk.locator("#photos").set_input_files(
        {"name": "done.jpg", "mimeType": "image/jpeg", "buffer": factories.photo_of_now(incident)}
    )
    desk.get_by_role("button", name="Send the result").click()

    # The citizen's page and the public one say so by themselves.
    for page, words in ((citizen, "Đã xử lý"), (public, "Resolved")):
        expect(page.locator(".verdict")).to_contain_text(words)
        expect(page.locator("main")).to_contain_text("Filled and rolled.")
    assert Incident.objects.get().state == "resolved"
