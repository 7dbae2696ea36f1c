"""The GIS officer's pages: who may see them, and what can be done there."""

import csv
import datetime
import io
import json

import geopandas
import pytest
from django.contrib.gis.geos import Point
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from gis_data.editions import drafting, succession
from gis_data.models import Edition, Succession, Upload
from incidents import reform, reporting
from incidents.models import Incident, Membership, Progress, Reform
from tests import factories
from tests.pages import one_line


@pytest.fixture
def tomorrow(today):
    return today + datetime.timedelta(days=1)


@pytest.fixture
def mapmaker(town):
    return factories.person("mapmaker", town.desk, Membership.Role.GIS)


@pytest.fixture
def at_work(client, mapmaker):
    """The GIS officer, signed in, reading English."""
    client.force_login(mapmaker)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def draft(town):
    """A draft with its check report, compared with the edition in force."""
    drawn = factories.redrawn_town(town)
    drawn.edition.report = report(
        finding("gap", False, "A gap of 12 m².", shape={"type": "Point", "coordinates": [10.006, 50.005]}),
        finding("overlap", True, "Two wards overlap."),
    )
    drawn.edition.save()
    succession.compute_successions(drawn.edition)
    return drawn


def finding(kind, grave, sentence, shape=None):
    return {
        "kind": kind, "grave": grave, "areas": ["101"], "value": 12.0, "unit": "m²", "shape": shape,
        "said": {"vi": f"vi: {sentence}", "en": sentence},
    }  # fmt: skip


def report(*findings):
    return {"areas": 3, "vertices": 15, "coverage": 0.998, "repaired": ["102"], "findings": list(findings)}


def upload(town, state, **more):
    return Upload.objects.create(
        city=town.city, file="boundaries/a.geojson", name="secret-draft.geojson", state=state, **more
    )


def jobs():
    return list(ProcrastinateJob.objects.order_by("pk").values_list("task_name", flat=True))


# --- who may see it

PAGES = [
    "/editions/", "/editions/uploads/new/", "/editions/uploads/{upload}/", "/editions/2026/",
    "/editions/2026/discard/", "/editions/2026/day/", "/editions/2026/difference/", "/editions/2026/cameras/",
]  # fmt: skip
DATA = [
    "/editions/uploads/{upload}/map.json", "/editions/2026/map.json", "/editions/2026/difference/map.json",
    "/editions/2026/difference.csv", "/editions/2026/difference.geojson", "/editions/2026/difference.gpkg",
]  # fmt: skip
ACTS = [
    "/editions/uploads/new/", "/editions/uploads/{upload}/", "/editions/uploads/{upload}/forget/",
    "/editions/2026/discard/", "/editions/2026/day/", "/editions/2026/day/give-up/", "/editions/2026/day/now/",
    "/editions/2026/day/take-back/",
]  # fmt: skip


@pytest.mark.usual_rows(4)
@pytest.mark.parametrize(("who", "pages", "data"), [
    ("mapmaker", 200, 200),
    ("officer", 404, 404),
    ("supervisor", 404, 404),
    ("operator", 404, 404),
    ("controller", 404, 404),
    ("staff", 404, 404),
    ("nobody", 302, 404),
])  # fmt: skip
def test_who_may_see_what(client, request, town, draft, who, pages, data, tomorrow):
    refused = upload(town, "faulty", report=report(finding("file", True, "Secret fault")))
    if who == "supervisor":
        client.force_login(factories.person("head", town.office, Membership.Role.LEADER))
    elif who == "staff":
        client.force_login(factories.person("clerk"))
    elif who != "nobody":
        client.force_login(request.getfixturevalue(who))
    for addresses, wanted in ((PAGES, pages), (DATA, data)):
        for address in addresses:
            answer = client.get(address.format(upload=refused.pk))
            assert (address, answer.status_code) == (address, wanted)
            if wanted != 200:
                assert ("West Wharf" in answer.text, "Secret" in answer.text) == (False, False)
    if who != "mapmaker":
        for address in ACTS:
            answer = client.post(address.format(upload=refused.pk), {"day": tomorrow, "sure": "yes", "reason": "Mine"})
            assert (address, answer.status_code) == (address, pages)
        assert (Edition.objects.count(), Upload.objects.count(), Reform.objects.count(), jobs()) == (2, 1, 0, [])


def test_a_draft_is_nowhere_to_be_seen_in_public(client, town, draft, officer):
    client.force_login(officer)
    for address in (
        "/", "/list/", "/areas/search/?q=west", "/tiles/areas/12/2161/1386.json", "/mapit/point/4326/10.002,50.005",
        "/stats/", "/data/", "/report/", "/desk/",
    ):  # fmt: skip
        answer = client.get(address)
        assert (address, answer.status_code, "West Wharf" in answer.text) == (address, 200, False)
    assert client.get("/areas/101.json").status_code == 404
    assert client.get("/areas/001.json").json()["name"] == "Old Wharf"


def test_only_who_does_boundaries_finds_them_in_the_menu(client, officer, mapmaker):
    for who, shown, home in ((officer, False, "/desk/"), (mapmaker, True, "/editions/")):
        client.force_login(who)
        assert ('href="/editions/"' in client.get("/people/me/").text, client.get("/after-sign-in/").url) == (
            shown,
            home,
        )


# --- all editions


def states(answer):
    return [(line.edition.code, line.state, line.first, line.last) for line in answer.context["lines"]]


def test_editions_stand_in_a_table_and_on_a_time_line(at_work, town, draft, today, tomorrow):
    assert states(at_work.get("/editions/")) == [
        ("2026", "draft", None, None),
        ("2025", "in_force", datetime.date(2025, 7, 1), None),
    ]
    change = reform.plan_reform(draft.edition, tomorrow, by="mapmaker")
    assert states(at_work.get("/editions/"))[0] == ("2026", "planned", tomorrow, None)

    reform.drop_reform(change)
    change = reform.plan_reform(draft.edition, today, by="mapmaker")
    reform.enact_reform(change.pk)
    answer = at_work.get("/editions/")
    assert states(answer) == [
        ("2026", "in_force", today, None),
        ("2025", "ended", datetime.date(2025, 7, 1), today - datetime.timedelta(days=1)),
    ]
    assert [bar["line"].edition.code for bar in answer.context["chart"]["bars"]] == ["2026", "2025"]


@pytest.mark.parametrize("more", [1, 3])
def test_more_editions_need_no_more_questions(at_work, town, draft, more):
    for number in range(more):
        factories.redrawn_town(town, code=f"other-{number}")
        upload(town, "faulty")
    with CaptureQueriesContext(connection) as captured:
        at_work.get("/editions/")
    assert len(captured) == 10


# --- a file is brought


def areas_file(properties=("code", "name")):
    boxes = [(10.0, 10.012, "001"), (10.012, 10.02, "002")]
    features = [
        {
            "type": "Feature",
            "properties": {properties[0]: code, properties[1]: f"Ward {code}"},
            "geometry": {"type": "Polygon", "coordinates": [[[w, 50], [e, 50], [e, 50.01], [w, 50.01], [w, 50]]]},
        }
        for w, e, code in boxes
    ]
    body = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    return SimpleUploadedFile("new.geojson", body, "application/geo+json")


def test_all_faults_of_the_form_are_said_at_once_at_their_fields(at_work, town):
    assert "aria-invalid" not in at_work.get("/editions/uploads/new/").text
    answer = at_work.post("/editions/uploads/new/", {"name": "", "code": "2025", "level": "moon", "crs": "EPSG:0"})
    assert answer.status_code == 400
    assert answer.context["form"].errors == {
        "file": ["Choose the file."],
        "name": ["Give the edition a name."],
        "code": ["There is already an edition with this short name."],
        "level": ["There is no such level."],
        "crs": ["There is no such system. Enter its EPSG code: EPSG:9210."],
    }
    assert answer.text.count('aria-invalid="true"') == 5
    assert Upload.objects.count() == 0


def test_a_file_that_cannot_be_taken_says_so_at_its_field(at_work, town):
    text = SimpleUploadedFile("areas.txt", b"none")
    answer = at_work.post("/editions/uploads/new/", {"file": text, "name": "New <b>", "code": "new", "level": "ward"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["file"])
    assert "New &lt;b&gt;" in answer.text  # what was typed stays
    assert (Upload.objects.count(), jobs()) == (0, [])


def test_from_a_file_to_a_draft(at_work, town):
    fields = {"file": areas_file(), "name": "Two wards", "name_en": "", "code": "two", "level": "ward", "crs": "4326"}
    answer = at_work.post("/editions/uploads/new/", fields)
    upload = Upload.objects.get()
    assert (answer.url, upload.by, jobs()) == (f"/editions/uploads/{upload.pk}/", "mapmaker", ["gis_data.read_upload"])
    page = at_work.get(answer.url)
    assert ("Waiting for its turn" in one_line(page), "data-running" in one_line(page)) == (True, True)
    assert "<noscript><meta" in one_line(page)

    Upload.objects.update(state="reading", progress={"step": "check", "done": 2, "of": 4})
    part = one_line(at_work.get(f"{answer.url}?part=progress"))
    assert ("Checking the areas" in part, 'max="4" value="2"' in part, "<h1" in part) == (True, True, False)
    part = one_line(at_work.get("/editions/?part=uploads"))
    assert ("data-running" in part, "Checking the areas" in part, "<h1" in part) == (True, True, False)

    drafting.read_upload(upload.pk)
    assert at_work.get(answer.url).url == "/editions/two/"
    page = at_work.get("/editions/two/")
    assert page.context["report"].grave == 0
    assert [area.code for area in page.context["areas"]] == ["001", "002"]


def test_what_the_file_does_not_say_is_asked(at_work, town):
    fields = {"file": areas_file(("A1", "A2")), "name": "Two wards", "code": "two", "level": "ward"}
    address = at_work.post("/editions/uploads/new/", fields).url
    Upload.objects.update(
        state="unmapped", columns=[{"name": "A1", "samples": ["001"]}, {"name": "A2", "samples": ["Ward 001"]}]
    )
    assert "Ward 001" in at_work.get(address).text
    answer = at_work.post(address, {"code": "A1", "name": "A9"})
    assert (answer.status_code, answer.context["form"].errors) == (
        400,
        {"name": ["The file has no such column."]},
    )
    assert at_work.post(address, {"code": "A1", "name": "A2", "kind": ""}).url == address
    upload = Upload.objects.get()
    assert (upload.state, upload.options["attributes"]) == ("waiting", {"code": "A1", "name": "A2"})
    drafting.read_upload(upload.pk)
    assert Edition.objects.get(code="two").areas.count() == 2


def test_faulty_upload_shows_why_and_is_reread_or_discarded(at_work, town):
    fields = {"file": areas_file(), "name": "Two wards", "code": "two", "level": "ward"}
    address = at_work.post("/editions/uploads/new/", fields).url
    Upload.objects.update(state="faulty", report=report(finding("crs", True, "No coordinate system.")))
    page = at_work.get(address)
    assert ("No coordinate system." in page.text, "1 error has to be corrected" in page.text) == (True, True)
    assert at_work.post(address, {"crs": "9210"}).url == address
    assert Upload.objects.get().options["crs"] == "EPSG:9210"
    assert at_work.post(f"{address}forget/").status_code == 404  # it is being read

    Upload.objects.update(state="faulty")
    assert at_work.post(f"{address}forget/").url == "/editions/"
    assert Upload.objects.count() == 0


# --- what the check found


def test_grave_findings_stand_first_and_one_kind_can_be_chosen(at_work, draft):
    answer = at_work.get("/editions/2026/")
    rows = [(row["number"], row["kind"], row["said"]["en"]) for row in answer.context["report"].rows]
    assert rows == [(1, "overlap", "Two wards overlap."), (0, "gap", "A gap of 12 m².")]
    assert answer.text.index("Two wards overlap.") < answer.text.index("A gap of 12 m².")
    assert "99.80" in answer.text
    answer = at_work.get("/editions/2026/?kind=gap")
    assert [row["kind"] for row in answer.context["report"].rows] == ["gap"]
    assert len(at_work.get("/editions/2026/?kind=nonsense").context["report"].rows) == 2

    drawn = at_work.get("/editions/2026/map.json").json()
    assert [feature["properties"]["code"] for feature in drawn["areas"]] == ["101", "102", "103"]
    assert [(feature["id"], feature["properties"]["grave"]) for feature in drawn["findings"]] == [(0, False)]


def test_many_findings_are_shown_some_at_first(at_work, draft):
    draft.edition.report = report(*(finding("gap", False, f"Gap {number}.") for number in range(203)))
    draft.edition.save()
    answer = at_work.get("/editions/2026/")
    assert (len(answer.context["report"].rows), answer.context["report"].more) == (200, 3)
    assert len(at_work.get("/editions/2026/?all=1").context["report"].rows) == 203


# --- what would change


def test_the_difference_says_what_moves_and_where_to(at_work, town, draft, officer):
    factories.incident(town.hole, Point(10.002, 50.005, srid=4326), phone="+84937123216")
    factories.incident(town.hole, Point(10.008, 50.005, srid=4326))
    answer = at_work.get("/editions/2026/difference/")
    rows = {
        row["change"].old.code: [(part["new"].code, round(part["percent"]), part["moves"]) for part in row["parts"]]
        for row in answer.context["rows"]
    }
    assert rows == {
        "001": [("101", 60, "1 open incident · 1 follower · 1 officer"), ("102", 40, "1 open incident · 1 officer")],
        "002": [("103", 60, ""), ("102", 40, "")],
    }
    preview = answer.context["preview"]
    assert (preview.incidents, preview.moving, preview.outside, preview.followers, preview.officers) == (2, 2, 0, 1, 1)


def test_what_would_lie_outside_is_said(at_work, town, draft):
    factories.incident(town.hole)
    draft.west.delete()
    draft.middle.delete()
    answer = at_work.get("/editions/2026/difference/")
    assert answer.context["preview"].outside == 1
    assert "1 open incident would be outside all new areas" in answer.text


def test_the_difference_is_downloaded_as_a_table_and_as_maps(at_work, town, draft, tmp_path):
    draft.west.full_name = "=HYPERLINK(1)"
    draft.west.save()
    answer = at_work.get("/editions/2026/difference.csv?against=2025")
    assert answer["Content-Disposition"] == 'attachment; filename="2025-2026.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    changes = [(row["kind"], row["old_code"], row["new_code"], round(float(row["share_old"]), 4)) for row in rows]
    assert changes == [
        ("split", "001", "101", 0.6),
        ("split", "001", "102", 0.4),
        ("split", "002", "103", 0.6),
        ("split", "002", "102", 0.4),
    ]
    assert rows[0]["new_name"] == "'=HYPERLINK(1)"

    for ending in ("geojson", "gpkg"):
        path = tmp_path / f"difference.{ending}"
        path.write_bytes(at_work.get(f"/editions/2026/difference.{ending}").content)
        table = geopandas.read_file(path)
        assert (list(table.old_code), list(table.new_code)) == (
            ["001", "001", "002", "002"],
            ["101", "102", "103", "102"],
        )
        assert table.crs.to_epsg() == 4326
        assert table.total_bounds.round(6).tolist() == [10.0, 50.0, 10.02, 50.01]
    assert at_work.get("/editions/2026/difference.csv?against=nonsense").status_code == 404


def test_the_map_of_the_difference_knows_where_each_area_goes(at_work, town, draft):
    drawn = at_work.get("/editions/2026/difference/map.json").json()
    assert [feature["properties"]["code"] for feature in drawn["old"]] == ["001", "002"]
    assert drawn["changes"] == {
        str(town.old.pk): {"kind": "split", "parts": [draft.west.pk, draft.middle.pk]},
        str(town.new.pk): {"kind": "split", "parts": [draft.east.pk, draft.middle.pk]},
    }


def test_until_it_is_compared_the_page_waits(at_work, draft):
    Succession.objects.all().delete()
    answer = at_work.get("/editions/2026/difference/")
    assert ("The comparison is being made" in answer.text, Succession.objects.count()) == (True, 0)


# --- the day


@pytest.mark.parametrize(("fields", "errors"), [
    ({}, {"day": ["Choose the day."]}),
    (
        {"day": "31/13/2026", "ends": "nonsense"},
        {"day": ["This is not a date. Write it like 2026-12-31."], "ends": ["This edition is not in force."]},
    ),
])  # fmt: skip
def test_a_day_that_is_none_is_said_at_its_field(at_work, draft, fields, errors):
    answer = at_work.post("/editions/2026/day/", fields)
    assert (answer.status_code, answer.context["form"].errors) == (400, errors)


def test_what_is_not_possible_is_said_in_a_sentence(at_work, draft, tomorrow):
    answer = at_work.post("/editions/2026/day/", {"day": tomorrow})  # without ending the one in force
    assert answer.status_code == 409
    assert answer.context["form"].non_field_errors() == [
        "2025 is in force on some of these days: it must end with this change."
    ]
    assert Reform.objects.count() == 0


def test_reform_day_is_set_after_a_preview_and_given_up(at_work, town, draft, incident, tomorrow):
    assert 'value="2025" checked' in one_line(at_work.get("/editions/2026/day/"))
    fields = {"day": tomorrow, "ends": ["2025"]}
    page = at_work.post("/editions/2026/day/", fields)
    assert (page.status_code, page.context["preview"].moving, page.context["past"]) == (200, 1, False)
    assert Reform.objects.count() == 0

    assert at_work.post("/editions/2026/day/", fields | {"sure": "yes"}).url == "/editions/2026/day/"
    change = Reform.objects.get()
    assert (change.state, change.day, change.by, jobs().count("incidents.enact_reform")) == (
        "planned", tomorrow, "mapmaker", 0,
    )  # fmt: skip
    page = at_work.get("/editions/2026/day/")
    assert (f"Takes effect on {tomorrow.day} {tomorrow:%b %Y}" in one_line(page), page.context["may_now"]) == (
        True,
        False,
    )
    assert at_work.post("/editions/2026/day/now/").status_code == 409
    assert at_work.get("/editions/2026/discard/").status_code == 404

    assert at_work.post("/editions/2026/day/give-up/").url == "/editions/2026/day/"
    assert "was cancelled" in one_line(at_work.get("/editions/2026/day/"))
    assert at_work.post("/editions/2026/day/give-up/").status_code == 404


def test_past_day_warns_and_its_reform_is_enacted_and_taken_back(at_work, town, draft, incident, today):
    yesterday = today - datetime.timedelta(days=1)
    fields = {"day": yesterday, "ends": ["2025"]}
    assert "This day is in the past" in at_work.post("/editions/2026/day/", fields).text
    at_work.post("/editions/2026/day/", fields | {"sure": "yes"})
    change = Reform.objects.get()
    assert (change.state, jobs()[-1]) == ("planned", "incidents.enact_reform")
    page = at_work.get("/editions/2026/day/?part=progress")
    assert ("Waiting for its turn" in page.text, "data-running" in page.text) == (True, True)

    reform.enact_reform(change.pk)
    Progress.objects.update(step="done")  # the worker writes it on a connection of its own
    page = at_work.get("/editions/2026/day/")
    assert ("data-running" in page.text, dict(page.context["moved"])["Open incidents in areas that ended"]) == (
        False,
        1,
    )
    incident.refresh_from_db()
    assert incident.area == draft.west

    answer = at_work.post("/editions/2026/day/take-back/", {"reason": " "})
    assert (answer.status_code, answer.context["form"].errors) == (
        400, {"reason": ["Write a few words: colleagues will read them."]},
    )  # fmt: skip
    assert at_work.post("/editions/2026/day/take-back/", {"reason": "The decree was wrong"}).status_code == 302
    assert jobs()[-1] == "incidents.take_back_reform"
    reform.take_back_reform(change.pk, by="mapmaker")
    page = at_work.get("/editions/2026/day/")
    assert ("The decree was wrong" in page.text, page.context["line"].state) == (True, "draft")
    assert Incident.objects.get().area == town.old


def test_what_failed_is_told_and_may_be_tried_again(at_work, town, draft, today):
    change = reform.plan_reform(draft.edition, today, by="mapmaker")
    Progress.objects.create(reform=change, step="incidents", fault="The disk is full")
    page = at_work.get("/editions/2026/day/")
    assert ("The disk is full" in page.text, page.context["may_now"]) == (True, True)
    assert at_work.post("/editions/2026/day/now/").status_code == 302
    assert (Progress.objects.get().fault, jobs()) == ("", ["incidents.enact_reform"])


def test_a_draft_is_discarded_after_a_question(at_work, town, draft):
    assert "Discard this draft?" in at_work.get("/editions/2026/discard/").text
    assert at_work.post("/editions/2026/discard/").url == "/editions/"
    assert [edition.code for edition in Edition.objects.all()] == ["2025"]
    assert at_work.post("/editions/2025/discard/").status_code == 404


def test_reports_go_on_coming_in_by_the_edition_in_force(town, draft):
    report = reporting.receive(
        reporting.IncomingReport(channel="web", category=town.hole, place=factories.IN_OLD, text="Hole")
    )
    assert report.incident.area == town.old
