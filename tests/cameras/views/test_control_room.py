"""Test the control room: who gets in, what it shows, what it says of each camera."""

import datetime
import re
from datetime import timedelta
from itertools import pairwise
from urllib.parse import quote

import pytest
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now

from cameras import freshness
from cameras.masking import strip
from cameras.models import Camera, Evidence, Frame, Source, View, ViewLogEntry
from cameras.wall import sights
from incidents.models import Incident
from tests import factories
from tests.cameras.conftest import camera, keeps, sees
from tests.pages import one_line

AT = datetime.datetime(2026, 11, 24, 7, 32, tzinfo=datetime.UTC)  # 14:32 in Ho Chi Minh City


def ago(**span):
    return AT - timedelta(**span)


@pytest.fixture
def room(client, controller):
    client.force_login(controller)
    return client


def test_pages_beside_the_wall_stand_in_its_bar(room, town):
    """The name in the bar leads back to the wall, and the tabs mark the current page."""
    for page, here in (
        ("findings", "findings"),
        ("shift", "shift"),
        ("playback", "playback"),
        ("playback/kept", "playback"),
    ):
        bar = one_line(room.get(f"/control/{page}/")).partition("</header>")[0]
        assert '<a class="brand" href="/control/">' in bar, page
        tabs = bar.partition("</nav>")[0]
        assert re.findall(r'href="([^"]*)" aria-current="page"', tabs) == [f"/control/{here}/"], page


PAGES = [
    "/control/",
    "/control/wall/",
    "/control/tiles/1/1/0.json",
    "/control/density/1/1/0.json",
    "/control/wards/",
    "/control/feeds/?kind=rain",
    "/control/queue/",
    "/control/search/",
    "/control/cameras/",
    "/control/place/?lon=10&lat=50",
    "/control/views/?code=A1",
]


def test_nobody_else_gets_into_the_room(client, eye, incident, officer, operator):
    for user in (officer, operator, factories.person("nobody")):
        client.force_login(user)
        for page in (*PAGES, "/control/camera/A1/", f"/control/incident/{incident.reference}/"):
            assert (user, page, client.get(page).status_code) == (user, page, 404)


def test_anonymous_user_is_sent_to_sign_in_but_scripts_get_404(client, town):
    assert client.get("/control/").url == "/sign-in/?next=/control/"
    assert client.get("/control/wall/").status_code == 404


@pytest.mark.usual_rows(7)
@pytest.mark.parametrize("page", [*PAGES, "/control/camera/A1/", "/control/incident/REFERENCE/"])
def test_the_room_is_only_read_and_never_stored(room, eye, incident, page):
    address = page.replace("REFERENCE", incident.reference)
    answer = room.get(address)
    assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (200, True)
    assert room.post(address).status_code == 405


def test_control_room_opens_with_what_is_most_pressing_in_front(room, eye, town):
    urgent = factories.incident(town.leak)
    factories.incident(town.hole)
    page = one_line(room.get("/control/"))
    assert page.index(f'data-kind="incident" data-key="{urgent.reference}"')
    assert f"/cameras/A1/now.jpg?{eye.last_frame.sha256[:12]}" in page
    newest = factories.incident(town.secret)  # the room reads what is never published
    Incident.objects.exclude(pk=newest.pk).update(state="resolved", closed_at=now())
    assert f'data-kind="incident" data-key="{newest.reference}"' in one_line(room.get("/control/"))


def test_the_first_page_of_the_wall_is_in_the_html(room, eye, town):
    factories.incident(town.hole)
    sees(camera("FAR", lon=10.018))
    camera("OUT", lon=10.0051, health="offline", health_since=now(), moved_at=now() - timedelta(hours=2))
    page = one_line(room.get("/control/"))
    wall = page[page.index('id="wall"') : page.index('<template id="tile">')]
    assert re.findall('data-camera="([^"]*)"', wall) == ["A1", "FAR", "OUT"]
    assert re.findall('<img src="([^"]*)"', wall) == [
        f"/cameras/{code}/now.jpg?size=tile&amp;{Camera.objects.get(code=code).last_sha256[:12]}"
        for code in ("A1", "FAR")
    ]
    assert re.findall('<span class="mark"[^>]*>([^<]*)<', wall) == ["2", "", "1"]  # beside what is in front
    assert "Mất kết nối" in wall
    assert ViewLogEntry.objects.filter(how="wall").exists()
    assert Camera.objects.get(code="FAR").watched_until > now()


def test_the_first_page_is_as_this_browser_has_laid_it_out(room, eye):
    room.cookies["control_wall"] = quote('{"size":"8x5","pins":{"A1":2}}')
    page = one_line(room.get("/control/"))
    assert 'data-size="8x5"' in page
    assert page.index('class="tile hole"') < page.index('data-camera="A1"')
    room.cookies["control_wall"] = "{{{"
    assert 'data-size="5x4"' in one_line(room.get("/control/"))
    room.cookies.clear()


def test_the_room_opens_quietly_when_nothing_wants_attention(room):
    assert 'data-kind="nothing"' in room.get("/control/").content.decode()
    assert room.get("/control/?incident=none").status_code == 404


def test_what_wants_attention(room, town):
    old = now() - timedelta(hours=5)
    urgent, late, disputed, quiet, closed = (
        factories.incident(category) for category in (town.leak, town.hole, town.hole, town.hole, town.leak)
    )
    Incident.objects.update(received_at=old)
    Incident.objects.filter(pk=late.pk).update(due_at=now() - timedelta(minutes=5))
    Incident.objects.filter(pk=closed.pk).update(state="resolved", closed_at=now())
    factories.change(disputed, state="disputed")
    fresh = factories.incident(town.waste)

    def shown(only=""):
        context = room.get("/control/queue/", {"only": only}).context
        return [line.incident.reference for line in context["lines"]], context["counts"]

    rows, counts = shown()
    assert rows == [urgent.reference, disputed.reference, late.reference, fresh.reference]
    assert counts == {"open": 5, "attention": 4, "emergency": 1, "late": 1, "disputed": 1, "new": 1}
    assert [shown(only)[0] for only in ("emergency", "late", "disputed", "new")] == [
        [urgent.reference], [late.reference], [disputed.reference], [fresh.reference]
    ]  # fmt: skip
    assert shown("what?")[0] == rows
    assert quiet.reference not in rows


@pytest.mark.parametrize("how_many", [1, 3])
def test_the_list_asks_as_many_queries_for_any_number_of_lines(room, town, how_many, django_assert_num_queries):
    for _ in range(how_many):
        factories.incident(town.hole)
    # Session, user, posts, counts, the city, bursts, the keys, the rows, count of the proposals, whether a shift waits,
    # which of what is shown are not public, and whether emergency mode is on.
    with django_assert_num_queries(12):
        room.get("/control/queue/")


@pytest.mark.parametrize("how_many", [1, 3])
def test_wall_asks_five_queries_for_any_number_of_cameras(room, eye, how_many, django_assert_num_queries):
    for i in range(how_many):
        sees(camera(f"B{i}"))
    # Marks them as watched, and opens a looking.
    room.get("/control/wall/?code=A1&code=B0&code=B1&code=B2")
    with django_assert_num_queries(5):  # session, user, posts, cameras, what is in the viewing ledger
        room.get("/control/wall/?code=A1&code=B0&code=B1&code=B2")


def test_the_wall_says_how_each_camera_is(room, eye):
    camera("B1", health="offline", health_since=now(), moved_at=now() - timedelta(hours=2))
    camera("OLD", active=False)
    document = room.get("/control/wall/?code=A1&code=B1&code=OLD&code=none").json()
    assert {code: (tile["health"], tile["sha"]) for code, tile in document["tiles"].items()} == {
        "A1": ("live", eye.last_frame.sha256[:12]), "B1": ("offline", "")
    }  # fmt: skip
    assert (document["all"], document["seeing"], document["troubles"]) == (2, 1, {"B1": "offline"})
    assert 3 <= document["tiles"]["A1"]["age"] < 60


SINCE, MOVED = ago(minutes=26), ago(minutes=14)


@pytest.mark.parametrize(
    ("health", "moved_at", "shown", "words", "since"),
    [
        ("live", ago(seconds=4), "live", "", ""),
        ("late", ago(seconds=4), "live", "", ""),
        ("live", ago(seconds=61), "late", "", ""),
        ("live", ago(seconds=300), "late", "", ""),
        # The patrol stopped: what it found last is no longer true.
        ("live", ago(seconds=301), "stale", "Old picture, not live", "stopped at 14:26"),
        ("live", None, "unknown", "No picture yet", ""),
        ("unknown", None, "unknown", "No picture yet", ""),
        ("stale", MOVED, "stale", "Old picture, not live", "stopped at 14:18"),
        ("frozen", MOVED, "frozen", "The picture is frozen", "unchanged since 14:18"),
        ("offline", MOVED, "offline", "No connection", "last picture 14:18"),
        ("offline", ago(days=2), "offline", "No connection", "last picture 22/11 14:32"),
        ("offline", None, "offline", "No connection", ""),
        ("dark", MOVED, "dark", "The picture is dark", "since 14:06"),
        ("covered", MOVED, "covered", "The lens is covered", "since 14:06"),
        ("card", MOVED, "card", "Notice instead of a picture", "since 14:06"),
        ("source-down", MOVED, "source-down", "Its source is down", "last picture 14:18"),
        ("blurred", ago(seconds=4), "blurred", "The picture is blurred", "since 14:06"),
        ("moved", ago(seconds=4), "moved", "It looks elsewhere", "since 14:06"),
        ("moved", ago(seconds=301), "stale", "Old picture, not live", "stopped at 14:26"),
        ("unreadable", MOVED, "unreadable", "The picture cannot be read", "since 14:06"),
        ("paused", MOVED, "paused", "Paused", "since 14:06"),
    ],
)
def test_a_picture_that_is_not_of_now_says_so_and_since_when(monkeypatch, health, moved_at, shown, words, since):
    monkeypatch.setattr(freshness, "localdate", lambda: AT.date())
    eye = Camera(code="A1", name="A", health=health, health_since=SINCE, moved_at=moved_at, period_s=30)
    with translation.override("en"):
        facts = freshness.tile_facts(eye, AT)
    assert (facts["health"], facts["words"], facts["since"]) == (shown, words, since)


def test_slow_camera_is_stale_by_its_own_rhythm():
    eye = Camera(code="A1", name="A", health="live", health_since=SINCE, period_s=30, rhythm_s=310)
    shown = []
    for seconds in (600, 700):
        eye.moved_at = ago(seconds=seconds)
        shown.append(freshness.health_of(eye, AT))
    assert shown == ["live", "stale"]


def test_every_health_that_does_not_see_has_a_text():
    assert freshness.HEALTH_TEXTS.keys() | freshness.SEEING == set(Camera.Health)


@pytest.mark.parametrize("health", freshness.HEALTH_TEXTS)
def test_only_a_picture_that_tells_something_is_shown(eye, health):
    eye.health = health
    assert bool(freshness.tile_facts(eye, now())["sha"]) == (
        health in {"stale", "unvisited", "frozen", "dark", "covered", "blurred", "moved"}
    )


def test_four_nearest_cameras_of_an_incident_are_numbered(town, eye, incident):
    for i in range(1, 6):
        camera(f"N{i}", lon=10.0052 + i * 0.0005)
    seen = sights.sights_of_incident(incident, Evidence.objects.all(), now())
    assert [(sight.number, sight.camera.code) for sight in seen] == [(1, "A1"), (2, "N1"), (3, "N2"), (4, "N3")]


def test_a_camera_that_kept_a_picture_stays_with_its_incident(town, eye, incident):
    for i in range(1, 6):
        camera(f"N{i}", lon=10.0052 + i * 0.0005)
    removed = camera("GONE", lon=10.005, active=False)
    keeps(removed, incident, distance_m=0.4)
    seen = sights.sights_of_incident(incident, Evidence.objects.all(), now())
    assert [sight.camera.code for sight in seen] == ["GONE", "A1", "N1", "N2"]
    assert [len(sight.evidence) for sight in seen] == [1, 0, 0, 0]


def test_why_no_picture_was_kept(town, eye, incident):
    camera("B1", lon=10.0053, health="offline", health_since=incident.received_at - timedelta(hours=1))

    def reasons(at):
        with translation.override("en"):
            return [
                (sight.coming, sight.why_none)
                for sight in sights.sights_of_incident(incident, Evidence.objects.all(), at)
            ]

    assert reasons(now()) == [(True, "The picture is being fetched"), (False, "No connection")]
    Camera.objects.filter(code="A1").update(moved_at=now() + timedelta(minutes=6))
    assert reasons(now() + timedelta(minutes=6)) == [
        (False, "No picture came at that moment"),
        (False, "No connection"),
    ]


def test_desk_is_shown_no_camera_that_does_not_see_it(client, room, eye, incident, officer, town):
    town.hole.area_matter = False
    town.hole.save()
    page = room.get(reverse("control-incident", args=[incident.reference])).content.decode()
    assert ("Camera không nhìn thấy chỗ này" in page, "ở gần, không nhìn thấy chỗ này" in page) == (True, True)
    assert "data-coming" not in page
    client.force_login(officer)
    page = client.get(reverse("cameras-nearby", args=[incident.reference])).content.decode()
    assert ("Harbour A1" in page, "Không có camera nào nhìn thấy chỗ này." in page) == (False, True)


def test_the_focus_shows_what_was_kept_beside_the_picture_of_now(room, eye, incident):
    before, after = keeps(eye, incident), keeps(eye, incident, moment="resolved", colour="green")
    page = room.get(reverse("control-incident", args=[incident.reference])).content.decode()
    places = [
        page.index(part) for part in (f"/evidence/{before.pk}.jpg", f"/evidence/{after.pk}.jpg", "/cameras/A1/now.jpg")
    ]
    assert places == sorted(places)
    assert "data-coming" not in page


def test_camera_panel_shows_last_hour_and_open_incidents_near(room, eye, incident, town):
    for seconds_ago in (3700, *range(3500, 0, -100)):
        sees(eye, seconds_ago)
    closed = factories.incident(town.hole)
    Incident.objects.filter(pk=closed.pk).update(state="resolved", closed_at=now())
    far = factories.incident(town.hole, place=Point(10.019, 50.005, srid=4326))
    answer = room.get("/control/camera/A1/")
    shown = [frame.taken_at for frame in answer.context["strip"]]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(shown)]
    assert (len(shown), shown[-1]) == (12, Frame.objects.filter(camera=eye).latest("taken_at").taken_at)
    assert {round(gap, -2) for gap in gaps} <= {300, 400}
    assert [row.reference for row in answer.context["beside"]] == [incident.reference]
    assert far.reference not in answer.content.decode()
    assert room.get("/control/camera/none/").status_code == 404


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        ([], []),
        ([7], [7]),
        ([1, 2, 3], [1, 2, 3]),
        (range(10), [0, 3, 6, 9]),
        ([0, 1, 2, 3, 100], [0, 3, 100]),  # where none was taken none is shown
    ],
)
def test_an_hour_is_told_in_pictures_evenly_spread(seconds, shown):
    moments = [AT + timedelta(seconds=second) for second in seconds]
    assert [(moment - AT).seconds for moment in strip.spread_evenly(moments, 4)] == shown


@pytest.mark.parametrize(
    "query", ["", "?lon=10", "?lon=x&lat=50", "?lon=nan&lat=50", "?lon=inf&lat=1", "?lon=181&lat=0", "?lon=1&lat=86"]
)
def test_a_place_that_is_none_is_refused(room, query):
    assert room.get(f"/control/place/{query}").status_code == 400


def test_a_place_shows_the_cameras_near_it(room, eye):
    near, far = (room.get("/control/place/", {"lon": lon, "lat": 50.005}).context["sights"] for lon in (10.005, 11))
    assert [sight.camera for sight in near] == [eye]
    assert far == []


def test_map_tile_has_every_open_incident_the_room_may_read(room, town):
    shown, secret, closed = (factories.incident(category) for category in (town.hole, town.secret, town.hole))
    Incident.objects.filter(pk=closed.pk).update(state="resolved", closed_at=now())
    Incident.objects.filter(pk=shown.pk).update(received_at=now() - timedelta(days=400))
    answer = room.get("/control/tiles/17/69178/44449.json")
    assert {entry["reference"] for entry in answer.json()["incidents"]} == {shown.reference, secret.reference}
    assert answer.json()["clusters"] == []
    factories.incident(town.leak)
    only = room.get("/control/tiles/17/69178/44449.json", {"field": "ST", "area": town.old.code})
    assert {entry["reference"] for entry in only.json()["incidents"]} == {shown.reference, secret.reference}
    for nothing in ({"field": "WA", "area": town.new.code}, {"field": "none"}, {"area": "none"}):
        assert room.get("/control/tiles/17/69178/44449.json", nothing).json()["incidents"] == []
    assert room.get("/control/tiles/3/9/9.json").status_code == 404


def test_wards_say_how_many_are_open_of_what_one_may_read(room, town):
    late, _secret, closed, _quay = (
        factories.incident(town.hole),
        factories.incident(town.secret),
        factories.incident(town.hole),
        factories.incident(town.leak, place=factories.IN_NEW),
    )
    Incident.objects.filter(pk=late.pk).update(due_at=now() - timedelta(hours=1))
    Incident.objects.filter(pk=closed.pk).update(state="resolved", closed_at=now())

    def figures(**narrowed):
        rows = room.get("/control/wards/", narrowed).json()["wards"]
        return {row["code"]: (row["open"], row["late"]) for row in rows}

    assert list(figures().items()) == [("001", (2, 1)), ("002", (1, 0))]
    assert figures(field="WA") == {"001": (0, 0), "002": (1, 0)}
    assert figures(area="001") == {"001": (2, 1), "002": (0, 0)}
    ward = room.get("/control/wards/").json()["wards"][0]
    assert (ward["name"], ward["lon"], ward["lat"]) == ("Old Wharf", 10.005, 50.005)


def test_density_counts_what_this_person_may_read(room, town):
    shown, _secret, closed = (factories.incident(category) for category in (town.hole, town.secret, town.hole))
    Incident.objects.filter(pk=closed.pk).update(state="resolved", closed_at=now())
    address = "/control/density/14/8647/5556.json"

    def counts(**narrowed):
        (step,) = room.get(address, narrowed).json()["steps"]
        return step["cells"][1::2]

    assert counts() == [2]  # the restricted one, too, which no public tile tells
    assert counts(field="ST", area="001") == [2]
    assert counts(field="WA") == []
    assert room.get("/control/density/3/9/9.json").status_code == 404
    public = room.get("/tiles/density/14/8647/5556.json", {"days": 0}).json()["steps"][0]["cells"]
    assert public[1::2] == ([1] if shown.published else [])


def test_register_lists_active_cameras_with_ward_road_and_source(room, eye, town):
    camera("OFF", active=False)
    source = Source.objects.create(code="port", name="Port Authority")
    camera("B1", lon=10.012, name="Quay – Bridge", source=source)
    camera("C1", lon=11, name="Far", road="Highway")
    document = room.get("/control/cameras/").json()
    assert document["cameras"] == [
        ["B1", "Quay – Bridge", 10.012, 50.005, "002", "Quay", "port"],  # from the city's centre
        ["A1", "Harbour A1", 10.0052, 50.005, "001", "Harbour A1", ""],
        ["C1", "Far", 11.0, 50.005, "", "Highway", ""],
    ]
    assert document["near"] == []
    factories.incident(town.hole)
    document = room.get("/control/cameras/").json()
    assert ([row[0] for row in document["cameras"]], document["near"]) == (["A1", "B1", "C1"], ["A1"])
    assert (document["areas"], document["sources"]) == (
        {"001": town.old.title, "002": town.new.title}, {"port": "Port Authority"}
    )  # fmt: skip
    assert {"offline", "source-down", "paused"} < set(document["dead"])
    assert not {"live", "late", "stale", "frozen"} & set(document["dead"])


def test_what_cameras_see_is_told_as_geojson(room, eye):
    turned = camera("B1")
    shape = MultiPolygon(Polygon.from_bbox((10, 50, 10.001, 50.001)), srid=4326)
    View.objects.create(camera=eye, footprint=shape, verified=True)
    View.objects.create(camera=eye, footprint=shape, current=False)
    View.objects.create(camera=turned)
    camera("UNKNOWN")
    document = room.get("/control/views/?code=A1&code=B1&code=UNKNOWN&code=none").json()
    assert [(feature["properties"], feature["geometry"]["type"]) for feature in document["features"]] == [
        ({"code": "A1", "verified": True, "state": "unknown"}, "MultiPolygon")
    ]
    assert room.get("/control/views/").json() == {"type": "FeatureCollection", "features": []}


def test_who_looks_at_cameras_makes_the_patrol_hasten_to_them(room, eye, django_assert_num_queries):
    other = camera("B1")
    until = [
        Camera.objects.get(code="A1").watched_until
        for _ in range(2)
        if room.get("/control/wall/?code=A1").status_code == 200
    ]
    assert until[0] == until[1]  # written once in 20 s
    assert 55 < (until[0] - now()).total_seconds() <= 60
    Camera.objects.filter(code="A1").update(watched_until=now() + timedelta(seconds=39))
    with django_assert_num_queries(6):  # session, user, posts, cameras, the mark, what is in the viewing ledger
        room.get("/control/wall/?code=A1")
    eye.refresh_from_db()
    other.refresh_from_db()
    assert (eye.watched_until > until[0], other.watched_until) == (True, None)


def test_wall_lists_the_cameras_near_open_incidents(room, eye, town):
    camera("FAR", lon=10.02)
    camera("OFF", active=False)
    assert room.get("/control/wall/?near=1").json()["near"] == []
    factories.incident(town.hole)
    assert room.get("/control/wall/?near=1").json()["near"] == ["A1"]
    assert "near" not in room.get("/control/wall/").json()


def test_the_room_comes_in_two_halves(room, eye):
    whole, of_map, of_wall, other = (room.get("/control/", {"screen": screen}) for screen in ("", "map", "wall", "x"))
    parts = [
        ('id="map"' in page.content.decode(), 'id="wall"' in page.content.decode())
        for page in (whole, of_map, of_wall, other)
    ]
    assert parts == [(True, True), (True, False), (False, True), (True, True)]


def test_search_finds_numbers_cameras_and_places(room, eye, town, incident):
    done = factories.incident(town.hole)
    Incident.objects.filter(pk=done.pk).update(state="resolved", closed_at=now())

    def search_room(words):
        return [(entry["kind"], entry["key"]) for entry in room.get("/control/search/", {"q": words}).json()["found"]]

    assert search_room(done.reference) == [("incident", done.reference)]
    assert search_room("harbour a1")[0] == ("camera", "A1")
    assert ("incident", incident.reference) in search_room("harbour road")
    assert search_room("Old Wharf Ward")[-1] == ("place", "")
    assert search_room("x") == []
    assert room.get("/control/search/", {"q": "x" * 201}).status_code == 400
    link = f"https://www.google.com/maps/place/{'X+' * 300}/data=!3d50.005!4d10.015"
    assert room.get("/control/search/", {"q": link}).json()["found"][0]["lon"] == 10.015
