"""Test header, footer and card of public pages."""

import re
from html import unescape

from django.urls import reverse

from gis_data.models import City
from incidents.templatetags import navigation
from incidents.views.public.crawlers import PAGES


def card_of(page):
    """Return the page's Open Graph card; each property once."""
    pairs = re.findall(r'<meta\s+property="og:([\w:]+)"\s+content="([^"]*)"', page.text)
    assert len(pairs) == len(dict(pairs)), pairs
    return {name: unescape(" ".join(value.split())) for name, value in pairs}


def test_every_public_page_has_header_footer_and_card(client, town, settings):
    settings.SITE_URL = "https://city.example"
    for name in PAGES:
        page = client.get(reverse(name))
        card = card_of(page)
        assert card["site_name"] == "Sự cố Wharf", name
        assert (bool(card["title"]), bool(card["description"])) == (True, True), name
        assert card["image"].startswith("https://city.example/"), name
        assert len(re.findall(r'<meta\s+name="description"', page.text)) == 1, name
        worn = ("public-bar" in page.text, "public-foot" in page.text, "staff-bar" in page.text)
        assert worn == (True, True, False), name


def test_card_names_the_page_and_shows_the_city(client, town, settings):
    settings.SITE_URL = "https://city.example"
    card = card_of(client.get("/stats/?days=7"))
    assert (card["title"], card["url"], card["image"]) == (
        "Thống kê",
        "https://city.example/stats/",
        "https://city.example/card.png",
    )
    picture = client.get("/card.png")
    assert (picture["Content-Type"], picture["Cache-Control"]) == ("image/png", "public, max-age=3600")


def test_private_links_have_no_card(client, town, incident):
    for address in ("/mine/", f"/f/{incident.reports.get().token}/"):
        assert card_of(client.get(address)) == {}, address


def test_hotline_office_and_emergency_numbers_come_from_the_pack(client, town):
    emergency = [{"number": "113", "what": "Công an", "what_en": "Police"}]
    City.objects.update(emergency=emergency, attribution="© OpenStreetMap contributors")
    foot = client.get("/stats/", headers={"Accept-Language": "en"}).text.partition("<footer")[2]
    words = " ".join(unescape(re.sub(r"<[^>]*>", " ", foot)).split())
    assert "Hotline, day and night 1022 In an emergency, call straight away 113 Police" in words
    assert "Wharf Council. Boundaries as of 01/07/2025. Map © OpenStreetMap." in words
    assert re.findall(r'href="(tel:[^"]*)"', foot) == ["tel:1022", "tel:113"]
    City.objects.update(emergency=[], contact={}, attribution="")
    page = client.get("/stats/").text
    assert ("tel:" in page, "OpenStreetMap." in page) == (False, False)


def test_pages_that_do_not_exist_are_left_out():
    assert (navigation.address_of("stats"), navigation.address_of("no-such-page")) == ("/stats/", "")


def test_unread_messages_are_counted_in_the_header(rf, town):
    context = {"request": rf.get("/"), "unread_count": 3}
    context["request"].resolver_match = None
    assert navigation.public_links(context)["unread"] == 3


def test_who_has_signed_in_finds_the_way_back_to_work(client, town, officer):
    client.force_login(officer)
    page = client.get("/stats/").text
    assert ('href="/after-sign-in/"' in page, 'href="/sign-in/"' in page, "staff-bar" in page) == (True, False, False)
