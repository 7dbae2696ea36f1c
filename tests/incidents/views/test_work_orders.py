"""Test that a work order is one page with what a crew needs, without names and numbers."""

import re
from datetime import time

import pytest
from django.contrib.gis.geos import Point
from django.urls import reverse
from django.utils.timezone import localtime

from gis_data.pack import InvalidData
from incidents.map import print_map
from incidents.models import Crew, Photo, WorkOrderText
from incidents.photos import read_photo
from incidents.seed import catalogue
from tests import factories

ADDRESS = "/desk/orders/"


@pytest.fixture
def english(client):
    client.cookies["django_language"] = "en"


def test_a_sheet_has_place_words_boxes_and_code(client, town, officer):
    WorkOrderText.objects.create(category=town.streets, todo="Measure\nFill", bring="Sand", safety="Cones")
    incident = factories.incident(town.hole, text="Deep hole. " * 60, phone="0903123456", email="an@example.org")
    client.force_login(officer)
    answer = client.get(ADDRESS, {"of": incident.reference})
    (sheet,) = answer.context["sheets"]
    page = answer.content.decode()
    assert (sheet.incident, sheet.todo, sheet.bring, sheet.safety) == (incident, ["Measure", "Fill"], "Sand", "Cones")
    assert (len(sheet.words) <= 301, sheet.is_cut, [name for name, _path, _at in sheet.map.names]) == (
        True, True, ["Harbour Road"],
    )  # fmt: skip
    assert page.count('<article class="order-sheet"') == page.count('class="qrline"') == 1
    assert not re.search("0903|903123456|example.org", page)


def test_ticked_rows_become_a_page_each_in_their_order(client, town, officer):
    first, second, others = (factories.incident(kind) for kind in (town.hole, town.waste, town.leak))
    client.force_login(officer)
    chosen = [f"{second.reference}:0", f"{others.reference}:0", f"{first.reference}:0"]
    answer = client.post(ADDRESS, {"of": chosen})
    assert answer["Location"] == f"{ADDRESS}?of={second.reference}&of={first.reference}"
    sheets = client.get(answer["Location"]).context["sheets"]
    assert [sheet.incident for sheet in sheets] == [second, first]
    assert [sheet.todo[0] for sheet in sheets] == ["Chụp ảnh trước khi làm"] * 2


def test_none_too_many_and_those_of_others_are_refused(client, town, officer, outsider, incident):
    client.force_login(officer)
    for references in ([], [f"2611-{n:05}" for n in range(31)]):
        answers = [ask(ADDRESS, {"of": references}) for ask in (client.get, client.post)]
        assert [answer.status_code for answer in answers] == [400, 400]
    client.force_login(outsider)
    assert client.get(ADDRESS, {"of": incident.reference}).status_code == 404
    client.force_login(factories.person("nobody"))
    assert client.get(ADDRESS, {"of": incident.reference}).status_code == 404


def test_a_sheet_names_its_crew_and_the_shift(client, english, town, officer):
    crew = Crew.objects.create(authority=town.office, name="Sweepers", starts=time(6), ends=time(14))
    incident = factories.incident(town.hole)
    factories.change(incident, crew=crew)
    client.force_login(officer)
    page = client.get(ADDRESS, {"of": incident.reference})
    begins, ends = page.context["sheets"][0].shift
    words = " ".join(page.content.decode().split())
    assert (localtime(begins).time(), localtime(ends).time()) == (time(6), time(14))
    assert re.search(r"<p> Sweepers · shift of [^<]*, 06:00 – 14:00 </p>", words)
    assert words.count("Sweepers") == 2  # once more where it signs


def test_photos_stand_on_paper_only_when_covered(client, town, officer):
    incident = factories.incident(town.hole, pictures=[read_photo(factories.picture()) for _n in range(2)])
    seen, unseen = incident.photos.order_by("pk")
    Photo.objects.filter(pk=seen.pk).update(masking=Photo.Masking.DONE)
    Photo.objects.filter(pk=unseen.pk).update(masking=Photo.Masking.DUE)
    client.force_login(officer)
    (sheet,) = client.get(ADDRESS, {"of": incident.reference}).context["sheets"]
    assert (sheet.photos, sheet.left_out) == ([seen], 1)


def test_a_vague_place_is_shown_whole(town):
    exact, vague = (print_map.draw_piece(10.005, 50.005, metres) for metres in (None, 400))
    assert (exact.radius, print_map.HEIGHT / 8 < vague.radius < print_map.HEIGHT / 2) == (0, True)
    assert exact.streets != vague.streets
    assert print_map.draw_piece(Point(11, 51).x, 51).streets == []


def test_texts_of_a_pack_are_boxes_of_a_sheet(town):
    rows = [
        {"line": 2, "category": "", "todo": "Look | Do", "bring": "", "safety": ""},
        {"line": 3, "category": "ST", "todo": "Fill", "bring": "Sand", "safety": "Cones"},
    ]
    for _again in range(2):
        catalogue.load_order_texts(rows, {"ST": town.streets})
    assert list(WorkOrderText.objects.order_by("todo").values_list("category", "todo", "bring")) == [
        (town.streets.pk, "Fill", "Sand"), (None, "Look\nDo", ""),
    ]  # fmt: skip
    for change, fault in (
        ({"todo": ""}, "todo is empty."),
        ({"category": "XX"}, "there is no category XX."),
        ({"category": ""}, " is listed more than once."),
        ({"todo": "|".join("abcdefg")}, "todo has more than 6 parts."),
        ({"todo": "x" * 71}, "a part of todo is over 70 characters."),
        ({"safety": "x" * 121}, "over 120 characters do not fit."),
    ):
        with pytest.raises(InvalidData) as refused:
            catalogue.load_order_texts([rows[0], rows[1] | change], {"ST": town.streets})
        assert f"orders.csv line 3: {fault}" in refused.value.faults


def test_a_sheet_speaks_the_language_of_its_reader(client, town, officer, incident):
    row = {"line": 2, "category": "ST", "todo": "Đo|Vá", "bring": "Cát", "safety": "Cọc tiêu"}
    catalogue.load_order_texts([row | {"todo_en": "Measure | Fill", "bring_en": "Sand"}], {"ST": town.streets})
    client.force_login(officer)
    for language, todo, bring in (("vi", ["Đo", "Vá"], "Cát"), ("en", ["Measure", "Fill"], "Sand")):
        client.cookies["django_language"] = language
        (sheet,) = client.get(ADDRESS, {"of": incident.reference}).context["sheets"]
        assert (sheet.todo, sheet.bring, sheet.safety) == (todo, bring, "Cọc tiêu")


def test_the_desk_leads_to_work_orders(client, town, officer, incident):
    client.force_login(officer)
    page = client.get(reverse("desk-incident", args=[incident.reference])).content.decode()
    assert f'href="{ADDRESS}?of={incident.reference}"' in page
    assert f'formaction="{ADDRESS}"' in page
