"""The step “where” of a report: back from outside the city, water, a vague device, a photo from elsewhere."""

import re

import pytest
import shapely
from playwright.sync_api import expect

from gis_data.basemap import drawing, loading
from gis_data.basemap.features import Feature, Layer
from tests import factories
from tests.browser.conftest import axe_findings, on_screen, shoot, too_narrow, without_photo

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def standing(accuracy, lon=10.005, lat=50.005):
    place = {"longitude": lon, "latitude": lat, "accuracy": accuracy}
    return {"geolocation": place, "permissions": ["geolocation"]}


@on_screen(390, "vi")
def test_a_button_leads_back_from_outside_the_city(visitor, town, width, language):
    page = visitor(width, language=language)
    page.goto("/report/?lon=11&lat=51")
    without_photo(page)
    answer = page.locator("#answer")
    expect(answer).to_have_class(re.compile("refused"))
    back = answer.locator("[data-other-place]")
    expect(back).to_be_visible()
    shoot(page, "place-outside")
    assert (axe_findings(page), too_narrow(page)) == ([], [])
    back.click()
    expect(answer).not_to_have_class(re.compile("refused"))
    expect(answer).to_contain_text("Wharf")
    expect(back).to_be_hidden()


@pytest.mark.parametrize(("accuracy", "is_vague"), [(12, False), (1500, True)])
def test_a_vague_device_is_told_and_seen_from_farther(visitor, town, accuracy, is_vague):
    page = visitor(390, **standing(accuracy))
    page.goto("/report/")
    without_photo(page)
    expect(page.locator("#answer")).to_contain_text("1,5 km" if is_vague else "12 m")
    circle, box = page.locator("#pin-map .doubt").bounding_box(), page.locator("#pin-map").bounding_box()
    assert 2 < circle["width"] < box["width"] * 1.5
    shoot(page, f"place-{accuracy}")


def test_water_is_called_water(visitor, town):
    pond = Feature(Layer.WATER, 4, "Mill Pond", shapely.box(10.002, 50.004, 10.008, 50.006))
    loading.copy_rows(town.city, drawing.draw_rows([pond]))
    page = visitor(390)
    page.goto("/report/?lon=10.005&lat=50.005")
    without_photo(page)
    expect(page.locator("#answer")).to_contain_text("mặt nước")
    shoot(page, "place-water")
    assert axe_findings(page) == []


def test_a_photo_from_elsewhere_yields_to_the_device(visitor, town, tmp_path):
    photo = tmp_path / "far.jpg"
    photo.write_bytes(factories.jpeg(exif=factories.exif_of_place(10.015, 50.005)))
    page = visitor(390, **standing(12))
    page.goto("/report/")
    with page.expect_file_chooser() as chooser:
        page.locator("[data-camera]").click()
    chooser.value.set_files(photo)
    expect(page.locator("[name=lon]")).to_have_value(re.compile(r"^10\.005"))
    photo_place = page.locator("#answer [data-other-place]")
    expect(photo_place).to_be_visible()
    photo_place.click()
    expect(page.locator("[name=lon]")).to_have_value(re.compile(r"^10\.015"))
