"""A neighbour is asked whether it is gone, takes the same view once more, and reads what proves it."""

import pytest
from playwright.sync_api import expect

from demo.incidents.scenes import draw_scene
from incidents import workflow
from incidents.casework import neighbours
from incidents.casework.neighbours import Witness
from incidents.models import NeighbourAnswer
from tests import factories
from tests.browser.conftest import axe_findings, on_each_screen, shoot, too_narrow
from tests.browser.test_field_work import take_photo
from tests.incidents.casework.test_neighbours import make_follow

pytestmark = pytest.mark.browser

# A camera that shows a grey wall: browsers under test have none.
CAMERA = """
const wall = document.createElement("canvas")
wall.width = 640; wall.height = 480
const draw = () => {
  wall.getContext("2d").fillStyle = "slategrey"
  wall.getContext("2d").fillRect(0, 0, 640, 480)
}
setInterval(draw, 100)
navigator.mediaDevices.getUserMedia = async () => wall.captureStream(5)
"""


@pytest.fixture
def question(town):
    """The private link of a follower to an incident that was resolved, with a photo before and one after."""
    before, after = (draw_scene(3, "c-tree", mended=mended) for mended in (False, True))
    incident = factories.incident(town.hole, text="Hố sâu giữa đường", pictures=[before])
    follow = make_follow(incident, language="vi")
    result = workflow.move(incident, "resolve", note="Đã vá", pictures=[after])
    return neighbours.link(Witness(follow=follow), result)


def open_question(visitor, question, width=390, language="vi", **more):
    place = {"longitude": factories.IN_OLD.x, "latitude": factories.IN_OLD.y + 0.001, "accuracy": 12}
    page = visitor(width, language=language, geolocation=place, permissions=["geolocation"], **more)
    page.add_init_script(CAMERA)
    page.goto(question)
    return page


def test_neighbour_takes_the_photo_and_answers(visitor, question):
    page = open_question(visitor, question)
    expect(page.locator("#own-distance")).to_contain_text("110 m")
    assert page.locator("main .primary").count() == 0
    sizes = [page.locator("[name=word]").nth(number).bounding_box() for number in (0, 1)]
    assert (sizes[0]["width"], sizes[0]["height"]) == (sizes[1]["width"], sizes[1]["height"])
    assert (too_narrow(page), axe_findings(page)) == ([], [])
    shoot(page, "prove-1-ask")
    page.locator("#open-lens").click()
    lens = page.locator("#lens")
    expect(lens.locator("[role=status]")).to_contain_text("cách vị trí 111 m")
    assert lens.locator(".ghost").evaluate("image => getComputedStyle(image).opacity") == "0.45"
    lens.locator("#ghost-strength").fill("70")
    assert lens.locator(".ghost").evaluate("image => getComputedStyle(image).opacity") == "0.7"
    assert axe_findings(page) == []
    shoot(page, "prove-2-camera")
    page.wait_for_function("document.getElementById('lens-video').videoWidth > 0")
    lens.locator("#shutter").click()
    expect(page.locator("#photo-taken")).to_contain_text("Đã chụp")
    page.locator("[name=word][value=gone]").click()
    expect(page.locator("h1")).to_have_text("Cảm ơn bạn đã kiểm tra")
    assert (too_narrow(page), axe_findings(page)) == ([], [])
    shoot(page, "prove-3-result")
    answer = NeighbourAnswer.objects.get()
    assert (answer.word, answer.metres, answer.photo is None) == ("gone", 112, False)


@pytest.mark.deep
@pytest.mark.parametrize("theme", ["light", "dark"])
@on_each_screen
def test_question_and_proof_fit_each_screen(visitor, question, width, language, theme):
    page = open_question(visitor, question, width, language, color_scheme=theme)
    assert (too_narrow(page), axe_findings(page)) == ([], [])
    page.locator("[name=word][value=gone]").click()
    page.locator(".votes-of").wait_for()
    assert (too_narrow(page), axe_findings(page)) == ([], [])
    page.locator("main .wide").click()
    page.locator("#proof").wait_for()
    shoot(page, "prove-4-page")
    assert (too_narrow(page), axe_findings(page)) == ([], [])


@pytest.mark.deep
def test_without_scripts_the_photo_says_where(visitor, question):
    page = visitor(390, java_script_enabled=False)
    page.goto(question)
    exif = factories.exif_of_place(factories.IN_OLD.x, factories.IN_OLD.y)
    shot = {"name": "now.jpg", "mimeType": "image/jpeg", "buffer": factories.jpeg(exif=exif)}
    page.locator("#photos").set_input_files(shot)
    page.locator("[name=word][value=still]").click()
    expect(page.locator("h1")).to_have_text("Cảm ơn bạn đã kiểm tra")


def test_officer_takes_the_view_of_the_photo_before(visitor, town, officer, tmp_path):
    factories.incident(town.hole, text="Hố sâu giữa đường", pictures=[draw_scene(3, "c-tree", mended=False)])
    place = {"longitude": factories.IN_OLD.x, "latitude": factories.IN_OLD.y + 0.001, "accuracy": 12}
    page = visitor(390, user=officer, geolocation=place, permissions=["geolocation"])
    page.add_init_script(CAMERA)
    page.goto("/desk/street/")
    expect(page.locator("#rows details[open]")).to_have_count(1)
    take_photo(page, tmp_path)
    first = page.locator("#after img").first.get_attribute("src")
    page.locator("#over-before").click()
    lens = page.locator("#lens")
    expect(lens.locator(".ghost")).to_have_attribute("src", page.locator("#before img").get_attribute("src"))
    assert axe_findings(page) == []
    shoot(page, "street-camera")
    page.wait_for_function("document.getElementById('lens-video').videoWidth > 0")
    lens.locator("#shutter").click()
    expect(lens).to_be_hidden()
    expect(page.locator("#done")).to_be_visible()
    expect(page.locator("#after img").first).not_to_have_attribute("src", first)
