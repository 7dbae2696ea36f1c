"""Test the page of a camera: its facts, its views, and credentials that are entered and never shown."""

import io
import json
import logging
import sys

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.signals import got_request_exception
from django.db import connection
from django.urls import reverse
from django.views.debug import ExceptionReporter

from cameras.models import Camera, Source, View
from cameras.register.fields_of_view import cameras_seeing, update_view
from geoapp.crypto import vault
from incidents.models import Membership
from tests import factories
from tests.cameras.conftest import camera, sees

SECRET = "guard:hunter2-of-the-pier"


@pytest.fixture
def chief(town):
    """An administrator who also maintains the cameras."""
    person = factories.person("chief", town.desk, Membership.Role.ADMIN)
    factories.post(user=person, authority=town.desk, role=Membership.Role.TECHNICIAN)
    return person


@pytest.fixture
def pier(town):
    return camera("P/1", name="Pier", url="http://camera.example/1.jpg")


@pytest.fixture
def as_chief(client, chief):
    client.force_login(chief)
    return client


VIEW = {"part": "view", "shape": "sector", "bearing_deg": "90", "angle_deg": "60.5", "range_m": "120", "name": "East"}
FACTS = {
    "part": "facts", "name": "Pier 1", "road": "Harbour Road", "latitude": "50.006", "longitude": "10.007",
    "height_m": "6.5", "source": "", "kind": "jpeg", "url": "http://camera.example/2.jpg", "period_s": "15",
    "public": "on", "active": "on",
}  # fmt: skip


def square(place, *, wide=30, bearing=0):
    middle = factories.place_ahead(place, bearing, 50)
    corners = [factories.place_ahead(middle, corner, wide).coords for corner in (45, 135, 225, 315)]
    return [*corners, corners[0]]


def test_the_administrator_sets_where_a_camera_looks(as_chief, pier):
    answer = as_chief.post("/cameras/P/1/", VIEW | {"verified": "on"})
    view = View.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/cameras/P/1/?view={view.pk}")
    assert (view.bearing_deg, view.angle_deg, view.range_m, view.name) == (90, 60.5, 120, "East")
    assert (view.verified, view.current, view.drawn) == (True, True, None)
    assert list(cameras_seeing(factories.place_ahead(pier.place, 90, 100))) == [pier]


def test_what_was_drawn_counts_less_what_stands_in_the_way(as_chief, pier):
    drawn = {"type": "Polygon", "coordinates": [square(pier.place)]}
    hidden = {"type": "MultiPolygon", "coordinates": [[square(pier.place, wide=5)]]}
    sent = {"part": "view", "shape": "drawn", "drawn": json.dumps(drawn), "hidden": json.dumps(hidden)}
    assert as_chief.post("/cameras/P/1/", sent).status_code == 302
    view = View.objects.get()
    assert (view.drawn.num_coords, len(view.hidden)) == (5, 1)
    ahead = [factories.place_ahead(pier.place, 0, metres) for metres in (35, 50, 65)]
    assert [view.footprint.covers(place) for place in ahead] == [True, False, True]
    # Back to a sector, the drawing is gone.
    as_chief.post(f"/cameras/P/1/?view={view.pk}", VIEW)
    view.refresh_from_db()
    assert (view.drawn, view.hidden) == (None, None)


LINE = {"type": "LineString", "coordinates": [[10, 50], [10, 51]]}
BOW = {"type": "Polygon", "coordinates": [[[10, 50], [10.001, 50.001], [10.001, 50], [10, 50.001], [10, 50]]]}
FAR = {"type": "Polygon", "coordinates": [[[11, 51], [11.001, 51], [11, 51.001], [11, 51]]]}
MANY = {"type": "Polygon", "coordinates": [[[10 + n / 1e6, 50 + n * n / 1e9] for n in range(500)] + [[10, 50]]]}
NAN = '{"type": "Polygon", "coordinates": [[[NaN, 50], [10, 51], [11, 51], [NaN, 50]]]}'


@pytest.mark.usual_rows(8)
@pytest.mark.parametrize(
    ("sent", "faulty"),
    [
        ({"bearing_deg": "361", "angle_deg": "0", "range_m": "9000"}, ["bearing_deg", "angle_deg", "range_m"]),
        ({"bearing_deg": "", "angle_deg": "", "range_m": ""}, ["bearing_deg", "angle_deg", "range_m"]),
        ({"bearing_deg": "north", "angle_deg": "nan", "range_m": "inf"}, ["bearing_deg", "angle_deg", "range_m"]),
        ({"shape": "star"}, ["shape"]),
        ({"shape": "drawn"}, ["drawn"]),
        ({"shape": "drawn", "drawn": "{"}, ["drawn"]),
        ({"shape": "drawn", "drawn": "[]"}, ["drawn"]),
        ({"shape": "drawn", "drawn": json.dumps(LINE)}, ["drawn"]),
        ({"shape": "drawn", "drawn": json.dumps(BOW)}, ["drawn"]),
        ({"shape": "drawn", "drawn": json.dumps(FAR)}, ["drawn"]),
        ({"shape": "drawn", "drawn": json.dumps(MANY)}, ["drawn"]),
        ({"shape": "drawn", "drawn": NAN}, ["drawn"]),
        ({"shape": "drawn", "drawn": "[" * 100_000}, ["drawn"]),
        ({"hidden": json.dumps(BOW)}, ["hidden"]),
        ({"hidden": json.dumps({"type": "MultiPolygon", "coordinates": []})}, ["hidden"]),
        ({"name": "x" * 81}, ["name"]),
    ],
)
def test_all_faulty_fields_are_told_and_nothing_is_kept(as_chief, pier, sent, faulty):
    answer = as_chief.post("/cameras/P/1/", VIEW | sent)
    assert (answer.status_code, sorted(answer.context["form"].errors)) == (400, sorted(faulty))
    assert not View.objects.exists()
    for errors in answer.context["form"].errors.values():
        assert str(errors[0]) in answer.content.decode().replace("&quot;", '"')


def test_several_views_of_which_one_is_of_now(as_chief, pier):
    as_chief.post("/cameras/P/1/", VIEW)
    as_chief.post("/cameras/P/1/?view=new", VIEW | {"name": "West", "bearing_deg": "270"})
    east, west = View.objects.order_by("pk")
    assert (east.current, west.current) == (True, False)
    as_chief.post(f"/cameras/P/1/?view={west.pk}", VIEW | {"name": "West", "bearing_deg": "270", "current": "on"})
    assert list(View.objects.filter(current=True)) == [west]
    assert list(cameras_seeing(factories.place_ahead(pier.place, 270, 100))) == [pier]

    as_chief.post(f"/cameras/P/1/?view={west.pk}", {"part": "remove"})
    assert View.objects.count() == 2  # the one of now stays
    as_chief.post(f"/cameras/P/1/?view={east.pk}", {"part": "remove"})
    assert list(View.objects.all()) == [west]
    assert as_chief.get(f"/cameras/P/1/?view={east.pk}").status_code == 404


def test_verified_view_without_zones_loses_its_old_alignment(as_chief, pier):
    view = update_view(View(camera=pier), bearing_deg=0, angle_deg=60, range_m=100, state="lost", reference="old.jpg")
    as_chief.post("/cameras/P/1/", VIEW)
    view.refresh_from_db()
    assert view.state == "lost"
    as_chief.post("/cameras/P/1/", VIEW | {"verified": "on"})
    view.refresh_from_db()
    assert (view.state, view.reference, view.transform) == ("unknown", "", None)
    # Zones are drawn on the reference picture: a tick does not make them safe.
    update_view(view, state="lost", zones=[[[0, 0], [1, 0], [1, 1]]])
    as_chief.post("/cameras/P/1/", VIEW | {"verified": "on"})
    view.refresh_from_db()
    assert view.state == "lost"


def test_the_facts_are_changed_and_what_is_seen_moves_along(as_chief, pier):
    view = update_view(View(camera=pier), bearing_deg=90, angle_deg=60, range_m=100)
    port = Source.objects.create(code="port", name="Port office", networks=["10.20.0.0/16"])
    sent = FACTS | {"source": "port", "url": "http://10.20.0.9/1.jpg"}
    assert as_chief.post("/cameras/P/1/", sent)["Location"] == "/cameras/P/1/"
    pier.refresh_from_db()
    assert (pier.name, pier.road, pier.height_m, pier.source, pier.period_s, pier.public, pier.url) == (
        "Pier 1", "Harbour Road", 6.5, port, 15, True, "http://10.20.0.9/1.jpg",
    )  # fmt: skip
    assert pier.place.coords == (10.007, 50.006)
    view.refresh_from_db()
    assert view.footprint.covers(factories.place_ahead(pier.place, 90, 50))


def test_what_the_patrol_writes_meanwhile_stays(as_chief, pier):
    sees(pier)
    as_chief.post("/cameras/P/1/", FACTS)
    pier.refresh_from_db()
    assert (pier.health, bool(pier.last_sha256)) == ("live", True)


@pytest.mark.parametrize(
    ("sent", "faulty"),
    [
        ({"name": " ", "latitude": "x", "period_s": "0", "kind": "fax"}, ["kind", "latitude", "name", "period_s"]),
        ({"latitude": "10.007", "longitude": "50.006"}, ["latitude"]),
        ({"latitude": "nan"}, ["latitude"]),
        ({"url": "http://127.0.0.1/"}, ["url"]),
        ({"url": "http://10.20.0.9/"}, ["url"]),
        ({"url": "rtsp://camera.example/"}, ["url"]),
        ({"url": "http://guard:word@camera.example/"}, ["url"]),
        ({"credentials": "no colon"}, ["credentials"]),
        ({"source": "nobody", "height_m": "-1"}, ["height_m", "source"]),
    ],
)
def test_faulty_facts_are_told_and_nothing_is_kept(as_chief, pier, sent, faulty):
    answer = as_chief.post("/cameras/P/1/", FACTS | sent)
    assert (answer.status_code, sorted(answer.context["facts"].errors)) == (400, faulty)
    pier.refresh_from_db()
    assert pier.name == "Pier"


def test_a_new_camera_and_its_code(as_chief, pier):
    assert as_chief.get("/cameras/register/new/").status_code == 200
    answer = as_chief.post("/cameras/register/new/", FACTS | {"code": "P/1"})
    assert (answer.status_code, list(answer.context["facts"].errors)) == (400, ["code"])
    answer = as_chief.post("/cameras/register/new/", FACTS | {"code": "Q 7"})
    assert (answer.status_code, answer["Location"]) == (302, "/cameras/Q%207/")
    assert Camera.objects.get(code="Q 7").name == "Pier 1"
    assert as_chief.get("/cameras/Q%207/").status_code == 200


def test_a_technician_sets_views_and_no_facts(client, pier, town):
    client.force_login(factories.person("technician", town.desk, Membership.Role.TECHNICIAN))
    assert client.post("/cameras/P/1/", VIEW | {"verified": "on"}).status_code == 302
    assert View.objects.get().verified
    assert "camera.example" not in client.get("/cameras/P/1/").content.decode()
    assert client.post("/cameras/P/1/", FACTS).status_code == 404
    assert client.post("/cameras/register/new/", FACTS | {"code": "N"}).status_code == 404
    pier.refresh_from_db()
    assert pier.name == "Pier"


def test_who_may_not_see_its_picture_compares_nothing(client, pier, town):
    view = update_view(View(camera=pier, name="East"), bearing_deg=90, angle_deg=60.5, range_m=120, verified=True)
    client.force_login(factories.person("administrator", town.desk, Membership.Role.ADMIN))
    assert 'name="verified"' not in client.get("/cameras/P/1/").content.decode()
    client.post("/cameras/P/1/", VIEW | {"name": "Quay"})
    view.refresh_from_db()
    assert (view.name, view.verified) == ("Quay", True)
    client.post("/cameras/P/1/", VIEW | {"bearing_deg": "91", "verified": "on"})
    view.refresh_from_db()
    assert (view.bearing_deg, view.verified) == (91, False)


def test_the_control_room_reads_and_changes_nothing(client, pier, controller, officer):
    update_view(View(camera=pier), bearing_deg=90, angle_deg=60, range_m=100)
    client.force_login(controller)
    page = client.get("/cameras/P/1/").content.decode()
    assert "data-editable" not in page
    assert "camera.example" not in page
    assert client.post("/cameras/P/1/", VIEW | {"bearing_deg": "10"}).status_code == 404
    assert client.post("/cameras/import/").status_code == 404
    assert View.objects.get().bearing_deg == 90
    client.force_login(officer)
    assert client.get("/cameras/P/1/").status_code == 404


def test_the_list_finds_by_words_and_by_what_is_not_known(as_chief, pier):
    seen, compared, old = camera("S", name="Seen"), camera("C", name="Compared"), camera("O", name="Old", active=False)
    update_view(View(camera=seen), bearing_deg=90, angle_deg=60, range_m=100)
    update_view(View(camera=compared), bearing_deg=90, angle_deg=60, range_m=100, verified=True)

    def names(**parameters):
        return {row.name for row in as_chief.get("/cameras/register/", parameters).context["page"]}

    assert names() == {"Pier", "Seen", "Compared"}
    assert names(q="pie") == {"Pier"}
    assert names(which="unseen") == {"Pier"}
    assert names(which="unverified") == {"Seen"}
    assert names(which="gone") == {old.name}
    assert names(q="\x07", page="x", which="?") == {"Pier", "Seen", "Compared"}


# ---- a file of many


def sent_file(text, **more):
    return {"file": SimpleUploadedFile("cameras.csv", text.encode())} | more


def test_a_file_is_shown_first_and_then_kept(as_chief, town):
    text = "code,name,longitude,latitude,bearing,angle,range\nN-1,Net,10.005,50.005,0,60,100\n"
    answer = as_chief.post("/cameras/import/", sent_file(text))
    assert [change.code for change in answer.context["plan"].new] == ["N-1"]
    assert not Camera.objects.exists()
    answer = as_chief.post("/cameras/import/", sent_file(text, commit="yes"))
    assert (answer.status_code, answer["Location"]) == (302, "/cameras/register/")
    assert View.objects.get().footprint
    part = as_chief.post("/cameras/import/?part=plan", sent_file(text)).content.decode()
    assert "<html" not in part
    assert 'id="plan"' in part


def test_a_faulty_file_is_told_whole_and_nothing_is_kept(as_chief, town):
    answer = as_chief.post("/cameras/import/", sent_file("code,name\nA,\nB,\n", commit="yes"))
    assert (answer.status_code, len(answer.context["faults"])) == (400, 2)
    assert not Camera.objects.exists()
    assert as_chief.post("/cameras/import/", {}).status_code == 400
    assert as_chief.post("/cameras/import/", sent_file("")).status_code == 400


# ---- secrets


def everything_kept():
    """Return all texts of all tables of ours, as one."""
    out = io.StringIO()
    call_command("dumpdata", "cameras", "admin", "sessions", stdout=out)
    return out.getvalue()


def test_a_password_is_put_in_and_nowhere_comes_out(as_chief, pier, settings, caplog, controller, client):
    """Entered by the form, by a file and by an invalid form; then every page, file, log and table is searched."""
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    seen = io.StringIO()
    handler = logging.StreamHandler(seen)
    logging.getLogger().addHandler(handler)
    try:
        pages = [
            as_chief.post("/cameras/P/1/", FACTS | {"credentials": SECRET, "url": "nonsense"}),
            as_chief.post("/cameras/P/1/", FACTS | {"credentials": SECRET}),
            as_chief.post("/cameras/register/new/", FACTS | {"code": "N", "credentials": SECRET}),
            as_chief.post("/cameras/import/", sent_file(f"code,credentials\nP/1,{SECRET}9\n")),
            as_chief.post("/cameras/import/", sent_file(f"code,credentials\nP/1,{SECRET}\nX,{SECRET}\n", commit="yes")),
            as_chief.post(
                "/cameras/import/", sent_file(f"code,credentials\nP/1,{SECRET}\n", commit="yes"), follow=True
            ),
        ]
    finally:
        logging.getLogger().removeHandler(handler)
    pier.refresh_from_db()
    assert vault.decrypt(pier.credentials) == SECRET
    assert [page.status_code for page in pages] == [400, 302, 302, 200, 400, 200]

    for user in (controller, as_chief):
        if user is controller:
            client.force_login(controller)
        for address in (
            "/cameras/P/1/", "/cameras/register/", "/cameras/import/", "/cameras.geojson", "/open511/cameras/",
            "/ogc/collections/cameras/items", "/data/cameras.geojson", "/control/cameras/", "/cameras/coverage.json",
            f"/admin/cameras/camera/{pier.pk}/change/", f"/admin/cameras/camera/{pier.pk}/history/",
            "/admin/cameras/camera/", "/admin/",
        ):  # fmt: skip
            pages.append(as_chief.get(address))
    texts = [b"".join(page.streaming_content) if page.streaming else page.content for page in pages]
    everything = b"\n".join(texts).decode() + seen.getvalue() + caplog.text + everything_kept()
    for part in (SECRET, "hunter2"):
        assert part not in everything
    assert pier.credentials not in b"\n".join(texts).decode()
    assert not [entry for entry in LogEntry.objects.all() if "hunter2" in entry.change_message]


def test_a_report_of_an_error_hides_what_was_typed(as_chief, pier, monkeypatch):
    """Also if it happens deep below: with all variables of all functions, as such reports are sent by mail."""
    reports = []

    def report(request, **_more):
        reports.append(ExceptionReporter(request, *sys.exc_info(), is_email=True).get_traceback_html())

    as_chief.raise_request_exception = False
    monkeypatch.setattr("geoapp.crypto.vault.encrypt", lambda _text: 1 / 0)
    got_request_exception.connect(report)
    try:
        answers = [
            as_chief.post("/cameras/P/1/", FACTS | {"credentials": SECRET}),
            as_chief.post("/cameras/import/", sent_file(f"code,credentials\nP/1,{SECRET}\n", commit="yes")),
        ]
    finally:
        got_request_exception.disconnect(report)
    assert [answer.status_code for answer in answers] == [500, 500]
    assert ["ZeroDivisionError" in report for report in reports] == [True, True]
    assert ["hunter2" in text for text in (*reports, *(answer.content.decode() for answer in answers))] == [False] * 4


def test_a_kept_password_is_forgotten_only_when_that_is_said(as_chief, pier):
    as_chief.post("/cameras/P/1/", FACTS | {"credentials": SECRET})
    as_chief.post("/cameras/P/1/", FACTS)
    pier.refresh_from_db()
    assert vault.decrypt(pier.credentials) == SECRET
    assert 'name="forget"' in as_chief.get("/cameras/P/1/").content.decode()
    as_chief.post("/cameras/P/1/", FACTS | {"forget": "on"})
    pier.refresh_from_db()
    assert pier.credentials == ""


# ---- what is in view


def test_how_much_of_what_happens_is_in_view(as_chief, town):
    """Three incidents in Old Wharf, one of them before a compared camera, one before another; one in New Wharf."""
    places = [
        factories.IN_OLD,
        factories.place_ahead(factories.IN_OLD, 180, 300),
        factories.place_ahead(factories.IN_OLD, 0, 300),
        factories.IN_NEW,
    ]
    for place in places:
        factories.incident(town.hole, place)
    for code, place, more in (
        ("A", places[0], {"verified": True}), ("B", places[1], {}), ("L", factories.IN_NEW, {"state": "lost"}),
    ):  # fmt: skip
        standing = camera(code, lon=place.x, lat=place.y)
        update_view(View(camera=standing), angle_deg=360, range_m=50, **more)

    page = as_chief.get("/cameras/coverage/")
    rows = [
        (ward.area.name, ward.incidents, ward.verified, ward.in_view, ward.out_of_view) for ward in page.context["rows"]
    ]
    assert rows == [("New Wharf", 1, 0, 0, 1), ("Old Wharf", 3, 1, 2, 1)]
    shapes = as_chief.get("/cameras/coverage.json", {"days": "7"}).json()
    assert (shapes["verified"]["type"], shapes["guessed"]["type"]) == ("Polygon", "Polygon")
    assert [many for _lon, _lat, many in shapes["gaps"]] == [1, 1]
    table = as_chief.get("/cameras/coverage.csv", {"days": "x"}).content.decode()
    assert table.splitlines()[1:] == ["002,Phường New Wharf,1,0,0,1", "001,Phường Old Wharf,3,1,2,1"]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE incidents_incident SET received_at = received_at - interval '20 days'")
    assert as_chief.get("/cameras/coverage/?days=7").context["incidents"] == 0
    assert as_chief.get(reverse("coverage")).context["incidents"] == 4
