"""Test `/directory/` and `/directory/CODE/`: who stands there, how units are found, and what is told of each."""

import gzip
import re
from html import unescape

import pytest
from django.utils.timezone import now

from gis_data.models import FormerPart, FormerUnit
from gis_data.words import plain
from incidents.models import Authority, Contact
from tests import factories
from tests.incidents.directory.test_speeds import add_done

pytestmark = pytest.mark.django_db


def words_of(markup):
    return " ".join(unescape(re.sub(r"(?s)<.*?>", " ", markup)).split())


def rows_of(page):
    """Return the texts of the rows, group by group, in English."""
    lists = re.findall(r'(?s)class="unit-list">(.*?)</ul>', page.text)
    return [[words_of(row) for row in re.findall(r"(?s)<li.*?</li>", markup)] for markup in lists]


@pytest.fixture
def reader(client):
    client.cookies["django_language"] = "en"
    return client


def former(town, code, name, district, area):
    unit = FormerUnit.objects.create(
        city=town.city, level=3, code=code, full_name=name, district=district, search=plain(f"{name} {district}")
    )
    FormerPart.objects.create(former=unit, area=area, how="whole")


def test_units_stand_in_two_groups_with_what_is_known(reader, town):
    Authority.objects.filter(pk=town.office.pk).update(
        office_hours="Mon-Sun 00:00-24:00", office_address="1 Harbour Road"
    )
    Contact.objects.create(authority=town.water, label="Hotline", phone="1900 1012", public=True)
    Contact.objects.create(authority=town.other, label="Inside", phone="028 1")
    assert rows_of(reader.get("/directory/")) == [
        ["Duty Desk number unknown nothing finished", "Water Company 1900 1012 nothing finished"],
        [
            "New Wharf Office number unknown nothing finished",
            "Old Wharf Office 1 Harbour Road · open now · number unknown nothing finished",
        ],
    ]


@pytest.mark.parametrize(
    ("words", "codes"),
    [("", ["desk", "water", "new", "old"]), ("old wharf", ["old"]), ("NƯỚC", ["water"]), ("nuoc", ["water"]),
     ("water comp", ["water"]), ("long duc", ["new"]), ("Quận 9", ["new"]), ("zzz", []),
     ("%", ["desk", "water", "new", "old"]), ("<script>alert(1)</script>", []), ("x" * 5000, [])],
)  # fmt: skip
def test_units_are_found_without_marks_and_by_former_names(reader, town, words, codes):
    former(town, "26800", "Xã Long Đức", "Quận 9", town.new)
    page = reader.get("/directory/", {"q": words})
    links = re.findall(r'class="unit-name">\s*<a\s+href="/directory/(\w+)/"', page.text)
    most = 1 if words == "old wharf" else None  # similar names come after it
    assert (page.status_code, links[:most]) == (200, codes)
    assert "<script>alert" not in page.text


def test_former_name_stands_beside_the_unit_it_found(reader, town):
    former(town, "26800", "Xã Long Đức", "Quận 9", town.new)
    (rows,) = rows_of(reader.get("/directory/", {"q": "long đức"}))
    assert rows == ["New Wharf Office formerly Xã Long Đức, Quận 9 number unknown nothing finished"]


def test_unit_page_tells_what_it_deals_with_and_how_quickly(reader, town):
    at = now()
    for number in range(20):
        add_done(town.leak, at, late=number == 0)
    text = words_of(reader.get("/directory/water/").text.partition('id="main"')[2].partition("</main>")[0])
    assert "On time, last 30 days 95% Half done within 1 h Done 20" in text.replace("95.0%", "95%")
    assert text.endswith("What it deals with Water")
    assert "We do not know the address, telephone number or opening hours of this office yet." in text
    assert "20 units" not in text


def test_small_numbers_say_so(reader, town):
    add_done(town.leak, now())
    page = reader.get("/directory/water/").text
    assert "small sample 1 public report finished in the last 30 days." in words_of(page)
    assert rows_of(reader.get("/directory/"))[0][1] == "Water Company number unknown small sample"


def test_page_of_a_ward_s_unit_leads_to_the_ward(reader, town):
    page = reader.get("/directory/old/").text
    assert ('href="/wards/001/"' in page, 'data-ward="001"' in page) == (True, True)
    page = reader.get("/directory/water/").text
    assert ("/wards/001/" in page, "units-map" in page) == (False, False)


@pytest.mark.parametrize(
    ("path", "status", "to"),
    [("/directory/?ward=001", 302, "/directory/old/"), ("/directory/?ward=999", 404, None),
     ("/directory/?ward=%27%22", 404, None), ("/directory/nobody/", 404, None)],
)  # fmt: skip
def test_click_on_the_map_leads_to_the_unit_of_the_ward(reader, town, path, status, to):
    answer = reader.get(path)
    assert (answer.status_code, answer.headers.get("Location")) == (status, to)


def test_units_of_areas_not_in_force_are_left_out(reader, town):
    draft = factories.redrawn_town(town)
    Authority.objects.create(code="west", kind="WARD", name="UBND West", area=draft.west)
    assert "/directory/west/" not in reader.get("/directory/").text
    assert reader.get("/directory/west/").status_code == 404


def test_as_many_queries_for_a_hundred_units_as_for_four(reader, town, django_assert_max_num_queries):
    numbers = []
    for more in (0, 96):
        Authority.objects.bulk_create(
            Authority(code=f"d-{n}", kind="X", name=f"Department {n}", office_hours="Mon-Fri 08:00-17:00")
            for n in range(more)
        )
        reader.get("/directory/")
        with django_assert_max_num_queries(20) as queries:
            assert reader.get("/directory/").text.count('class="unit-name"') == 4 + more
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]


def test_page_of_two_hundred_units_is_light(reader, town):
    Authority.objects.bulk_create(
        Authority(code=f"d-{n}", kind="X", name=f"Sở {n}", office_address=f"{n} Harbour Road") for n in range(196)
    )
    assert len(gzip.compress(reader.get("/directory/").content)) < 20_000
