"""Test previews and data of an incident for other programs, sitemaps, and security.txt."""

import io
import json
import re
from xml.etree import ElementTree

import pytest
import segno
from PIL import Image

from incidents import photos, workflow
from incidents.map import share_image as picture
from incidents.models import Incident
from incidents.views.public import crawlers
from incidents.wording import day_and_time
from tests import factories

EVIL = "</script><script>alert(1)</script> & \u2028 <!--"


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = "https://city.example"


def linked_data(page):
    (block,) = re.findall(r'<script type="application/ld\+json">\s*(.*?)\s*</script>', page, re.DOTALL)
    return json.loads(block)


def test_page_tells_other_sites_what_it_is_of(client, town):
    incident = factories.incident(town.hole, text="Deep hole")
    page = client.get(f"/i/{incident.reference}/").content.decode()
    address = f"https://city.example/i/{incident.reference}/"
    head = dict(re.findall(r'<meta property="og:([\w:]+)" content="(.*?)">', page))
    assert (head["url"], head["image"], head["image:width"]) == (address, f"{address}map.png", "1200")
    assert head["description"] == f"Đã giao, hạn {day_and_time(incident.due_at)} · Deep hole"
    data = linked_data(page)
    assert (data["@id"], data["identifier"], data["description"]) == (address, incident.reference, "Deep hole")
    assert data["about"]["geo"] == {"@type": "GeoCoordinates", "longitude": 10.005, "latitude": 50.005}


def test_words_of_a_reporter_end_no_block_of_data(client, town):
    incident = factories.incident(town.hole)
    Incident.objects.filter(pk=incident.pk).update(text=EVIL)
    page = client.get(f"/i/{incident.reference}/").content.decode()
    assert linked_data(page)["description"] == EVIL
    assert "<script>alert" not in page


def test_private_page_of_a_report_names_no_public_data(client, town):
    incident = factories.incident(town.hole)
    page = client.get(f"/f/{incident.reports.get().token}/").content.decode()
    assert "ld+json" not in page
    assert "og:image" not in page


def test_picture_is_a_map_of_the_place(client, town):
    incident = factories.incident(town.hole)
    answer = client.get(f"/i/{incident.reference}/map.png")
    image = Image.open(io.BytesIO(answer.content))
    assert (answer["Content-Type"], image.format, image.size) == ("image/png", "PNG", (1200, 630))
    pixels = image.convert("RGB")
    assert pixels.getpixel((600, 240 - 42)) == pytest.approx((242, 182, 50), abs=12)  # the pin
    assert pixels.getpixel((500, 200)) == pytest.approx((236, 237, 229), abs=12)  # the land of the ward
    assert answer["Cache-Control"] == "public, max-age=3600"
    assert client.get(f"/i/{incident.reference}/map.png", headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_picture_shows_a_photo_that_everybody_may_see(client, town):
    incident = factories.incident(town.hole, pictures=[photos.read_photo(factories.picture(colour="red"))])
    incident.photos.update(masking="held", held_reason="unread")
    address = f"/i/{incident.reference}/map.png"

    def read_left_colour(answer):
        return Image.open(io.BytesIO(answer.content)).convert("RGB").getpixel((100, 240))

    before = client.get(address)
    assert read_left_colour(before) == pytest.approx((236, 237, 229), abs=12)  # nobody has looked at it: the land
    incident.photos.update(masking="done", held_reason="")
    after = client.get(address)
    assert (read_left_colour(after), before["ETag"] == after["ETag"]) == (pytest.approx((254, 0, 0), abs=12), False)


def test_state_is_told_where_a_link_is_shared(client, town):
    incident = factories.incident(town.hole)
    before = client.get(f"/i/{incident.reference}/map.png").content
    workflow.move(incident, "resolve", note="Xong")
    page = client.get(f"/i/{incident.reference}/").text
    assert 'og:description" content="Đã xử lý sau 0 phút · Knee deep"' in page
    assert client.get(f"/i/{incident.reference}/map.png").content != before


def test_sent_page_has_the_code_of_the_public_page(client, town):
    sent = "/f/{}/?sent=1".format
    public, secret = factories.incident(town.hole), factories.incident(town.secret)
    page = client.get(sent(public.reports.get().token))
    assert page.context["card"]["address"] == f"https://city.example/i/{public.reference}/"
    assert segno.make(page.context["card"]["address"], error="m").svg_inline(border=2, omitsize=True) in page.text
    assert client.get(sent(secret.reports.get().token)).context["card"] is None


def test_picture_of_what_is_not_public_is_not_there(client, town):
    incident = factories.incident(town.hole)
    own, picture = f"/f/{incident.reports.get().token}/?sent=1", f"/i/{incident.reference}/map.png"
    assert f'<noscript><img src="{picture}"' in " ".join(client.get(own).text.split())
    factories.change(incident, published=False)
    assert (client.get(picture).status_code, "<noscript><img" in client.get(own).text) == (404, False)


def test_picture_is_refused_while_others_are_drawn(client, town, monkeypatch):
    incident = factories.incident(town.hole)
    monkeypatch.setattr(picture, "WAIT_S", 0)
    with picture.drawing:
        answer = client.get(f"/i/{incident.reference}/map.png")
    assert (answer.status_code, "Retry-After" in answer) == (503, True)


def test_long_words_are_cut_to_the_picture():
    letters = picture.font("SemiBold", 40)
    fitted = picture.fit_to_width("Ngập nước sâu " * 40, letters)
    assert fitted.endswith("…")
    assert letters.getlength(fitted) <= picture.WIDTH - 96
    assert picture.fit_to_width("Ổ gà", letters) == "Ổ gà"


def addresses(client, path):
    root = ElementTree.fromstring(client.get(path).content)
    return [element.text.removeprefix("https://city.example") for element in root.iter() if element.tag.endswith("loc")]


def test_list_of_pages_has_every_published_incident_once(client, town, monkeypatch):
    monkeypatch.setattr(crawlers, "PART", 3)
    shown = [factories.incident(town.hole).reference for _n in range(7)]
    hidden = factories.change(factories.incident(town.hole), published=False).reference
    parts = addresses(client, "/sitemap.xml")
    assert parts[0] == "/sitemap/pages.xml"
    listed = []
    for path in parts[1:]:
        if client.get(path).status_code == 200:
            assert len(addresses(client, path)) <= 3
            listed += addresses(client, path)
    assert sorted(listed) == sorted(f"/i/{reference}/" for reference in shown)
    assert f"/i/{hidden}/" not in listed
    assert [client.get(path).status_code for path in addresses(client, "/sitemap/pages.xml")] == [200] * len(
        crawlers.PAGES
    )


def test_part_of_the_list_is_found_by_numbers_alone(client, town, django_assert_max_num_queries):
    factories.incident(town.hole)
    with django_assert_max_num_queries(3):
        client.get("/sitemap/incidents-0.xml")


@pytest.mark.parametrize("part", ["9999", "9" * 30])
def test_part_that_is_not_there_is_404(client, town, part):
    assert client.get(f"/sitemap/incidents-{part}.xml").status_code == 404


def test_robots_are_led_to_the_list_and_not_to_private_links(client, town):
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert lines[0] == "User-agent: *"
    assert {"Disallow: /f/", "Disallow: /desk/", "Sitemap: https://city.example/sitemap.xml"} < set(lines)
    assert not [line for line in lines if line in ("Disallow: /", "Disallow: /i/")]


def test_security_file_says_whom_to_tell(client, db, settings):
    assert client.get("/.well-known/security.txt").status_code == 404
    settings.SECURITY_CONTACT = ["mailto:security@city.example"]
    lines = client.get("/.well-known/security.txt").content.decode().splitlines()
    assert lines[0] == "Contact: mailto:security@city.example"
    assert re.fullmatch(r"Expires: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", lines[1])
    assert "Canonical: https://city.example/.well-known/security.txt" in lines


def test_favicon_is_the_sign_of_the_pages(client, db):
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer["Location"].endswith(".svg")) == (301, True)
