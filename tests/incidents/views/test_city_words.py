"""Test the city's own product name and main button, and their neutral defaults."""

import re

import pytest

from gis_data.models import City
from tests.pages import one_line

NAMED = {"product": "Cổng 1022", "product_en": "1022 Portal", "button": "Báo ngay", "button_en": "Tell us"}


@pytest.mark.parametrize(("fields", "language", "brand", "button"), [
    (NAMED, "vi", "Cổng 1022", "Báo ngay"),
    (NAMED, "en", "1022 Portal", "Tell us"),
    ({"product": "Cổng 1022", "button": "Báo ngay"}, "en", "Cổng 1022", "Report a problem"),
    ({}, "vi", "Cổng phản ánh", "Gửi phản ánh"),
    ({}, "en", "City reports", "Report a problem"),
])  # fmt: skip
def test_pages_speak_the_words_of_the_city(client, incident, fields, language, brand, button):
    City.objects.update(**dict.fromkeys(NAMED, "") | fields)
    client.cookies["django_language"] = language
    page = one_line(client.get("/mine/"))
    shared = client.get(f"/i/{incident.reference}/").content.decode()
    installed = client.get("/manifest.webmanifest").json()
    feed = client.get("/feeds/all.atom", {"lang": language}).content.decode()
    assert re.search(r"<title>.*? · (.+?)</title>", page)[1] == brand
    assert re.search(r'<a class="brand".*?<span>(.+?)</span>', page)[1] == brand
    assert re.search(r'<a class="button primary report".*?</svg> ?(.+?) ?</a>', page)[1] == button
    assert re.search(r'og:site_name" content="(.+?)"', shared)[1] == brand
    assert (installed["name"], installed["shortcuts"][0]["name"]) == (brand, button)
    assert re.search(r"<title>.*? – (.+?)</title>", feed)[1] == brand
