"""Test `/wards/` and `/wards/CODE/`: what they show to everybody, what leads where, and what is remembered."""

import html
import re
from datetime import timedelta

import pytest
from django.utils.timezone import localtime, now

from gis_data.models import FormerPart, FormerUnit, Succession
from gis_data.words import plain
from incidents.announcements import acts
from incidents.enquiries.receiving import IncomingEnquiry, receive_enquiry
from incidents.models import Authority, Contact, Enquiry, Incident
from tests import factories

pytestmark = pytest.mark.django_db


def former(town, code, name, district, *areas, level=3):
    unit = FormerUnit.objects.create(
        city=town.city, level=level, code=code, full_name=name, district=district, search=plain(f"{name} {district}")
    )
    hows = ["whole"] if len(areas) == 1 else ["main"] + ["part"] * (len(areas) - 1)
    for area, how in zip(areas, hows, strict=True):
        FormerPart.objects.create(former=unit, area=area, how=how)
    return unit


def test_page_shows_nothing_that_not_everybody_may_read(client, town):
    at = now()
    for category, more in ((town.hole, {"published": False}), (town.secret, {"published": False})):
        for due in (at - timedelta(days=1), at + timedelta(minutes=1)):
            factories.change(factories.incident(category, text="Nobody reads this"), due_at=due, **more)
    factories.change(factories.published_before(town.secret, text="Nobody reads this"), due_at=at)
    before = client.get("/wards/001/")
    shown = factories.change(factories.incident(town.hole, text="Everybody reads this"), due_at=at)
    after = client.get("/wards/001/")
    references = [set(re.findall(r"\b\d{4}-\d{5}\b", page.text)) for page in (before, after)]
    assert references == [set(), {shown.reference}]
    assert ["Nobody reads this" in page.text for page in (before, after)] == [False, False]
    assert "Everybody reads this" in after.text
    assert before["Cache-Control"] == after["Cache-Control"] == "private, max-age=60"


def test_promise_is_a_sentence_with_numbers(client, town):
    noon = localtime(now()).replace(hour=12, minute=0)
    fields = {"state": "resolved", "closed_at": noon - timedelta(days=1), "due_at": noon}
    factories.change(factories.incident(town.hole), **fields)
    page = client.get("/wards/001/").text
    lead = re.sub(r"(?s)<.*?>", "", re.search(r'class="lead">(.*?)</p>', page, re.S)[1]).strip()
    assert lead == "Hôm nay có 1 việc đến hạn hoàn thành. 1 đã xong."


@pytest.mark.parametrize(
    ("code", "to"),
    [("001", ""), ("26800", "/wards/002/"), ("phuong-5-quan-3", "/wards/002/"), ("760", None), ("999", None),
     ("old-wharf", None), ("phuong-old-wharf", "/wards/001/"), ("OLD1", "/wards/001/")],
)  # fmt: skip
def test_former_codes_and_names_lead_to_the_ward_of_today(client, town, code, to):
    former(town, "26800", "Phường 5", "Quận 3", town.new, town.old)
    former(town, "760", "Quận 3", "", town.new, town.old, level=2)
    law = town.edition
    early = type(law).objects.create(city=town.city, level=3, code="2010", name="2010")
    area = factories.area(early, "OLD1", "Quay", (10.0, 50.0, 10.015, 50.01))
    for new, share in ((town.new, 0.3), (town.old, 0.7)):
        Succession.objects.create(old=area, new=new, km2=1, share_old=share, share_new=share)
    answer = client.get(f"/wards/{code}/")
    assert (answer.status_code, answer.headers.get("Location")) == (
        (200, None) if to == "" else (302, to) if to else (404, None)
    )


def test_chosen_ward_is_remembered(client, town):
    assert client.get("/wards/").status_code == 200
    chosen = client.get("/wards/002/?own")
    assert (chosen.status_code, chosen.url, chosen.cookies["ward"].value) == (303, "/wards/002/", "002")
    assert [client.get(path).url for path in ("/wards/", "/wards/mine/")] == ["/wards/002/", "/wards/"]
    assert client.get("/wards/?all").status_code == 200
    client.cookies["ward"] = "no such ward"
    assert client.get("/wards/").status_code == 200


@pytest.mark.parametrize(
    ("lon", "lat", "status", "to"),
    [("10.005", "50.005", 303, "/wards/001/"), ("10.015", "50.005", 303, "/wards/002/"), ("11", "51", 400, None),
     ("x", "50", 400, None), ("999", "50", 400, None), ("nan", "50", 400, None)],
)  # fmt: skip
def test_place_of_a_device_leads_to_its_ward(client, town, lon, lat, status, to):
    answer = client.post("/wards/", {"lon": lon, "lat": lat})
    assert (answer.status_code, answer.headers.get("Location")) == (status, to)


@pytest.mark.parametrize(
    ("words", "wards"),
    [("old wharf", ["001"]), ("Phường Cũ", ["002"]), ("phuong cu", ["002"]), ("quan 9", ["002"]), ("zzz", [])],
)
def test_search_needs_no_diacritics_and_knows_former_wards(client, town, words, wards):
    former(town, "26800", "Phường Cũ", "Quận 9", town.new)
    page = client.get("/wards/", {"q": words}).text
    matches = re.search(r'id="matches".*?</section>', page, re.S)[0]
    assert re.findall(r"/wards/(\d+)/", matches)[:1] == wards


def test_wards_stand_under_their_former_districts(client, town):
    former(town, "1", "Quận 2", "", town.old, level=2)
    former(town, "2", "Thành phố Cũ", "", town.old, town.new, level=2)
    page = client.get("/wards/").text
    groups = re.search(r'id="ward-groups".*', page, re.S)[0]
    titles = [re.sub(r"(?s)<.*?>", "", title).strip() for title in re.findall(r"<h3>(.*?)</h3>", groups, re.S)]
    assert (titles, re.findall(r"/wards/(\d+)/", groups)) == (["Thành phố Cũ"], ["002", "001"])


def test_units_stand_with_their_matters_and_public_numbers(client, town):
    client.cookies["django_language"] = "en"
    Contact.objects.create(authority=town.office, label="Inside", phone="028 1")
    Contact.objects.create(authority=town.water, label="Hotline", phone="1900 1012", public=True)
    page = client.get("/wards/001/").text
    rows = re.findall(r"<li>(.*?)</li>", re.search(r'class="duty-list">(.*?)</ul>', page, re.S)[1], re.S)
    texts = [" ".join(re.sub(r"(?s)<.*?>", " ", row).split()) for row in rows]
    assert texts == [
        "Pothole, waste Old Wharf Office number unknown", "Water Water Company 1900 1012",
        "Unclear Duty Desk number unknown",
    ]  # fmt: skip
    assert 'href="tel:19001012"' in page
    assert "028 1" not in page


@pytest.mark.parametrize("hours", ["", "Mon-Sun 00:00-24:00", "Mon-Fri 07:30-11:30 13:00-17:00"])
def test_office_is_told_as_far_as_it_is_known(client, town, hours):
    client.cookies["django_language"] = "en"
    page = client.get("/wards/001/").text
    assert "We do not know the address, telephone number or opening hours of this office yet." in page
    Authority.objects.filter(pk=town.office.pk).update(office_hours=hours, office_address="1 Harbour Road")
    page = client.get("/wards/001/").text
    rows = [
        " ".join(re.sub(r"(?s)<.*?>", " ", row).split())
        for row in re.findall(r"<tr>(.*?)</tr>", page.partition('id="office"')[2], re.S)
    ]
    assert "1 Harbour Road" in page
    assert (
        rows
        == {
            "": [],
            "Mon-Sun 00:00-24:00": ["Mon – Sun 00:00–24:00"],
            "Mon-Fri 07:30-11:30 13:00-17:00": ["Mon – Fri 07:30–11:30, 13:00–17:00", "Sat – Sun office closed"],
        }[hours]
    )


def test_thanks_of_the_week_are_counted_and_never_shown(client, town):
    at = now()
    for kind, unit, days, is_held in (
        ("thanks", town.office, 0, False),
        ("thanks", town.office, 6, False),
        ("thanks", town.office, 8, False),
        ("thanks", town.office, 0, True),
        ("thanks", town.desk, 0, False),
        ("question", town.office, 0, False),
    ):
        enquiry = receive_enquiry(IncomingEnquiry("web", kind, "Words that stay private"))
        state = Enquiry.State.HELD if is_held else enquiry.state
        received = at - timedelta(days=days)
        Enquiry.objects.filter(pk=enquiry.pk).update(authority=unit, received_at=received, state=state)
    section = client.get("/wards/001/").text.partition('id="thanks">')[2].partition("</section>")[0]
    words = " ".join(re.sub(r"(?s)<.*?>", " ", section).split())
    assert words.startswith("Cảm ơn các đội 2 lời cảm ơn trong 7 ngày qua. Lời của bạn được chuyển tới phường")
    assert "stay private" not in section
    form = client.get(html.unescape(re.search(r'href="(/ask/.*?)"', section)[1])).text
    assert "Gửi các đội của Phường Old Wharf:" in form


def test_announcements_of_the_ward_are_listed(client, town):
    control = factories.person("control", town.desk, "control")
    until = now() + timedelta(hours=2)
    for reach, words in (
        (acts.Reach(area=town.old), "Own works"),
        (acts.Reach(area=town.new), "Works of the neighbour"),
        (acts.Reach(middle=factories.IN_OLD, radius_m=100, name="Quay"), "Circle here"),
        (acts.Reach(middle=factories.IN_NEW, radius_m=100, name="Quay"), "Circle there"),
    ):
        acts.issue("works", reach, acts.Wording(words, until), by=control)
    coming = client.get("/wards/001/").text.partition('class="coming-list"')[2].partition("</ul>")[0]
    assert sorted(re.findall(r"<b>(.*?)</b>", coming)) == ["Circle here", "Own works"]


def test_pages_lead_to_the_ward_and_tell_of_it_once(client, town):
    incident = factories.incident(town.hole)
    own = incident.reports.get()
    for path in (f"/i/{incident.reference}/", f"/f/{own.token}/?sent=1", "/?area=001"):
        assert 'href="/wards/001/"' in client.get(path).text, path
    head = client.get("/wards/001/").text.partition("</head>")[0]
    once = ('name="description"', 'property="og:title"', 'property="og:image"')
    assert [head.count(name) for name in once] == [1, 1, 1]
    assert 'content="Phường Old Wharf"' in head


def test_manifest_starts_at_the_ward(client, town):
    manifest = client.get("/wards/001/manifest.webmanifest").json()
    assert [manifest[name] for name in ("id", "start_url", "short_name")] == ["/wards/001/", "/wards/001/", "Old Wharf"]
    assert '<link rel="manifest" href="/wards/001/manifest.webmanifest">' in client.get("/wards/001/").text
    assert client.get("/wards/999/manifest.webmanifest").status_code == 404


def test_page_asks_a_fixed_number_of_queries(client, town, django_assert_max_num_queries):
    for _n in range(3):
        factories.change(factories.incident(town.hole), due_at=now())
    assert Incident.objects.count() == 3
    client.get("/wards/001/")
    with django_assert_max_num_queries(30):
        client.get("/wards/001/")
