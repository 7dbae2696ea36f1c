"""Test what a technician sees of all cameras: health, why, since when, and uptime."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import localtime, now
from hypothesis import given
from hypothesis import strategies as st

from cameras import freshness
from cameras.masking import pauses
from cameras.models import Camera, Frame, Outbreak, Pause, Source, View, ViewLogEntry
from cameras.monitoring import outbreaks, uptime
from cameras.patrol.state_intervals import StateChange, forget_intervals, write_intervals
from incidents.models import Membership, Notice, User
from tests import factories
from tests.cameras.conftest import camera, in_ring, sees, was

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def technician(town):
    person = factories.person("technician", town.desk, Membership.Role.TECHNICIAN)
    User.objects.filter(pk=person.pk).update(email="technician@example.vn", language="en")
    person.refresh_from_db()
    return person


@pytest.fixture
def shop(client, technician):
    client.force_login(technician)
    client.cookies["django_language"] = "en"
    return client


def blind(code, state="offline", minutes=60, **more):
    """Create a camera that stopped seeing so long ago, with the interval that says why."""
    since = now() - minutes * MINUTE
    eye = camera(code, health=state, health_since=since, moved_at=since, url="http://10.0.0.1/", **more)
    was(eye, state, since, why="Unreachable", detail="no route")
    return eye


@pytest.fixture
def yard(town):
    """Create cameras of two sources: one sees, one is offline, one covered, one was never seen, one is inactive."""
    port, city = (Source.objects.create(code=code, name=code.title()) for code in ("port", "city"))
    live = camera("L1", source=port, road="Harbour Road")
    sees(live)
    blind("O1", source=port, road="Harbour Road")
    blind("C1", "covered", minutes=20, lon=10.015, source=city)
    camera("N1", lon=10.016)
    camera("OLD", active=False)
    return port


def shown_cameras(shop, **parameters):
    page = shop.get("/cameras/health/", parameters)
    return [row.camera.code for row in page.context["page"]]


def test_health_page_lists_faults_first_and_counts_each_state(shop, yard):
    page = shop.get("/cameras/health/")
    assert [(row.camera.code, row.health) for row in page.context["page"]] == [
        ("O1", "offline"), ("C1", "covered"), ("N1", "unknown"), ("L1", "live")
    ]  # fmt: skip
    assert [(str(key), count) for key, _words, count in page.context["table"].counts] == [
        ("offline", 1), ("covered", 1), ("unknown", 1), ("live", 1)
    ]  # fmt: skip
    assert (page.context["table"].blind, page.context["table"].total) == (3, 4)
    text = " ".join(page.content.decode().split())
    assert "There is no answer at its address: no route" in text


def test_health_table_is_filtered_and_sorted_by_each_column(shop, yard):
    assert {name: shown_cameras(shop, **parameters) for name, parameters in {
        "state": {"state": "covered"}, "blind": {"state": "blind"}, "seeing": {"state": "seeing"},
        "source": {"source": "port"}, "none": {"source": "-"}, "ward": {"area": "002"},
        "road": {"road": "harbour road"},
        "name": {"name": "harbour l1"}, "by name": {"sort": "name"}, "back": {"sort": "-name"},
        "since": {"sort": "since"},
    }.items()} == {
        "state": ["C1"], "blind": ["O1", "C1", "N1"], "seeing": ["L1"], "source": ["O1", "L1"], "none": ["N1"],
        "ward": ["C1", "N1"], "road": ["O1", "L1"], "name": ["L1"], "by name": ["C1", "L1", "N1", "O1"],
        "back": ["O1", "N1", "L1", "C1"], "since": ["N1", "O1", "C1", "L1"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("parameters", "fault"),
    [
        ({"state": "happy"}, "There is no such state."),
        ({"source": "none"}, "There is no such source."),
        ({"area": "999"}, "There is no such area."),
        ({"sort": "colour"}, "The table cannot be sorted by this column."),
    ],
)
def test_what_cannot_be_understood_is_said(shop, yard, parameters, fault):
    page = shop.get("/cameras/health/", parameters)
    assert (page.status_code, page.context["question"].faults) == (400, (fault,))
    assert shop.get("/cameras/health.csv", parameters).content.decode() == fault


def test_a_patrol_that_died_leaves_no_camera_live(yard):
    eye, at = Camera.objects.get(code="L1"), now() + HOUR
    row = uptime.health_row(eye, at)
    assert (row.health, row.since) == ("stale", eye.moved_at)
    assert row.words == "No patrol was running, which is not a fault of the camera"


# ---- uptime


@pytest.mark.parametrize(
    ("intervals", "shares"),
    [
        ([("live", 48, None)], (1.0, 1.0, 1.0)),
        ([("offline", 48, None)], (0.0, 0.0, 0.0)),
        ([("live", 48, 12), ("offline", 12, None)], (0.5, 0.75, 0.75)),
        ([("live", 48, 36), ("late", 36, 12), ("frozen", 12, 6), ("live", 6, None)], (0.75, 0.875, 0.875)),
        ([("live", 240, 120), ("dark", 120, None)], (0.0, 48 / 168, 0.5)),
        ([("live", 12, 6), ("paused", 6, None)], (1.0, 1.0, 1.0)),
        ([("unknown", 12, 6), ("moved", 6, None)], (0.0, 0.0, 0.0)),
        ([("live", 20, 16), ("unvisited", 16, 4), ("live", 4, None)], (1.0, 1.0, 1.0)),
        ([("offline", 20, 16), ("unvisited", 16, 8), ("live", 8, 4), ("dark", 4, None)], (1 / 3, 1 / 3, 1 / 3)),
        ([("live", 48, 36), ("unvisited", 36, None)], (None, 1.0, 1.0)),
        ([("live", 2000, 1000)], (None, None, None)),
        ([], (None, None, None)),
    ],
)
def test_uptime_is_the_part_of_the_known_time_in_which_it_saw(eye, intervals, shares):
    at = now()
    Camera.objects.filter(pk=eye.pk).update(moved_at=at)
    for state, since, until in intervals:
        was(eye, state, at - since * HOUR, None if until is None else at - until * HOUR)
    assert uptime.measure_uptimes(at).get(eye.pk, uptime.NEVER).shares == pytest.approx(shares)


def test_nobody_counts_as_seen_what_came_after_the_last_picture(eye):
    """Nor as not seen: time in which nobody looks is no fault of the camera."""
    at = now().replace(microsecond=0)
    Camera.objects.filter(pk=eye.pk).update(moved_at=at - 12 * HOUR, period_s=360)  # ten periods are an hour
    was(eye, "offline", at - 24 * HOUR, at - 23 * HOUR)
    was(eye, "live", at - 23 * HOUR)
    measured = uptime.measure_uptimes(at)[eye.pk]
    assert [figures[0] / 3600 for figures in measured] == [12, 13, 11]
    assert (measured.shares, measured.gaps) == ((12 / 13,) * 3, (11 / 24,) * 3)


def test_pages_and_files_show_the_share_of_unvisited_time(shop, eye):
    at = now()
    Camera.objects.filter(pk=eye.pk).update(moved_at=at, public=True)
    left = at - 12 * HOUR - MINUTE
    was(eye, "live", at - 20 * HOUR, left)
    was(eye, "unvisited", left, at - 10 * HOUR, why="NoPatrol")
    was(eye, "live", at - 10 * HOUR)
    for path, times in (("/cameras/health/", 6), ("/cameras/health/A1/", 3)):
        text = " ".join(shop.get(path).content.decode().split())
        assert (text.count("100.0%"), text.count("not monitored: 10.1%")) == (times, times)
    assert "No patrol was running, which is not a fault of the camera" in text
    assert [(interval.get_health_display(), interval.lasted) for interval in shop.get(path).context["page"]][1] == (
        "not monitored", 2 * HOUR + MINUTE
    )  # fmt: skip
    heads, line = csv.reader(io.StringIO(shop.get("/cameras/health.csv").content.decode("utf-8-sig")))
    columns = dict(zip(heads, line, strict=True))
    assert (columns["24 hours, %"], columns["Not monitored, 24 hours, %"]) == ("100.0", "10.08")
    [entry] = shop.get("/cameras/truth.json").json()["cameras"]
    assert (entry["uptime_24h"], entry["unvisited_24h"]) == (1.0, 0.1008)


def test_camera_with_a_slow_rhythm_is_live_between_its_pictures(eye):
    at = now()
    Camera.objects.filter(pk=eye.pk).update(moved_at=at - 9 * MINUTE, period_s=10, rhythm_s=300)
    was(eye, "live", at - 24 * HOUR)
    eye.refresh_from_db()
    assert (uptime.health_row(eye, at).health, uptime.measure_uptimes(at)[eye.pk].shares[0]) == ("live", 1)


def measure_by_hand(turns, at, forgotten, silent):
    """Return the seconds seen, known, and unvisited of each period, from what was told: [(state, since), …], in the
    order of telling.
    """
    seen, known, unvisited, starts, last = [0, 0, 0], [0, 0, 0], [0, 0, 0], [], turns[0][1]
    for state, since in turns:
        last = max(min(since, at), last)
        starts.append((state, last))
    for (state, since), end in zip(starts, [*(since for _state, since in starts[1:]), None], strict=True):
        if (end and end < forgotten) or state in uptime.UNTRIED:
            continue
        saw, ends = state in freshness.SEEING, end or at
        looked_until = since if state == "unvisited" else ends if end or not saw else max(since, min(silent, at))
        for place, period in enumerate(uptime.PERIODS.values()):
            begin = max(since, at - period)
            looked = max((looked_until - begin).total_seconds(), 0)
            seen[place] += looked if saw else 0
            known[place] += looked
            unvisited[place] += max((ends - begin).total_seconds(), 0) - looked
    return tuple(seen), tuple(known), tuple(unvisited)


MINUTES_AGO = st.integers(-600, 40 * 24 * 60)
GAPS = st.none() | st.tuples(st.integers(0, 3000), st.integers(0, 3000))  # minutes after; for so many nobody looked


@given(
    states=st.lists(st.tuples(st.sampled_from(Camera.Health.values), MINUTES_AGO, GAPS), min_size=1, max_size=12),
    in_order=st.booleans(), at_once=st.integers(1, 12), forgotten=MINUTES_AGO, moved=st.integers(0, 40 * 24 * 60),
    period_s=st.integers(10, 30_000),
)  # fmt: skip
def test_uptime_is_what_comes_of_all_that_was_told(eye, states, in_order, at_once, forgotten, moved, period_s):
    """Also where nobody looked for a while, and found it as it was before."""
    at, turns = now(), []
    for state, minutes, gap in states:
        since = at - minutes * MINUTE
        turns.append((state, since))
        if gap:
            left, back = since + gap[0] * MINUTE, since + sum(gap) * MINUTE
            turns += [("unvisited", left), (state, back)]
    if in_order:
        turns.sort(key=lambda turn: turn[1])
    with transaction.atomic():
        Camera.objects.filter(pk=eye.pk).update(moved_at=at - moved * MINUTE, period_s=period_s)
        for first in range(0, len(turns), at_once):  # what a patrol could not tell before comes with the next
            some = turns[first : first + at_once]
            write_intervals([(eye.pk, StateChange(state, since, "look"), "") for state, since in some])
        forget_intervals(at - forgotten * MINUTE)
        silent = at - moved * MINUTE + timedelta(seconds=max(freshness.SILENT_PERIODS * period_s, freshness.SILENT_S))
        expected = measure_by_hand(turns, at, at - forgotten * MINUTE, silent)
        assert uptime.measure_uptimes(at)[eye.pk] == expected
        transaction.set_rollback(True)


@pytest.mark.parametrize(("period_s", "rhythm_s"), [(3600, None), (30, 20_000)])
def test_camera_with_a_picture_every_few_hours_has_full_uptime(eye, period_s, rhythm_s):
    at = now()
    Camera.objects.filter(pk=eye.pk).update(moved_at=at - 6 * HOUR, period_s=period_s, rhythm_s=rhythm_s)
    was(eye, "live", at - 24 * HOUR)
    assert uptime.measure_uptimes(at)[eye.pk].shares[0] == 1


def test_uptime_of_a_source_is_that_of_all_its_cameras(yard):
    at = now()
    for code, hours in (("L1", 30), ("O1", 10)):
        eye = Camera.objects.get(code=code)
        eye.health_intervals.all().delete()
        was(eye, "live" if code == "L1" else "offline", at - hours * HOUR)
    sources = {source and source.code: (count, seeing, up.shares[1]) for source, count, seeing, up in
               uptime.health_table(uptime.HealthFilter(), at).sources}  # fmt: skip
    assert sources["port"] == (2, 1, pytest.approx(0.75, abs=0.001))
    assert list(sources) == ["city", "port", None]


def test_the_file_has_every_camera_and_no_formula(shop, yard):
    Camera.objects.filter(code="O1").update(name="=1+1")
    heads, *rows = csv.reader(io.StringIO(shop.get("/cameras/health.csv").content.decode("utf-8-sig")))
    assert heads[:5] == ["Code", "Camera", "Road", "Source", "State"]
    assert [row[:5] + row[6:7] for row in rows] == [
        ["O1", "'=1+1", "Harbour Road", "Port", "no connection", "There is no answer at its address: no route"],
        ["C1", "Harbour C1", "", "City", "covered", "There is no answer at its address: no route"],
        ["N1", "Harbour N1", "", "", "never worked", ""],
        ["L1", "Harbour L1", "Harbour Road", "Port", "live", ""],
    ]


@pytest.mark.parametrize("how_many", [3, 60])
def test_health_page_asks_18_queries_for_any_number_of_cameras(
    shop, town, how_many, django_assert_num_queries, settings, tmp_path
):
    settings.DETECTOR_MODEL = tmp_path / "none.onnx"  # one that was made here is not asked for
    for number in range(how_many):
        source = Source.objects.create(code=f"s{number}", name=f"Source {number}")
        eye = camera(f"B{number}", source=source)
        was(eye, "live", now() - HOUR, now() - MINUTE)
        was(eye, "covered", now() - MINUTE, proof=True)
    # session, user, posts; uptime, cameras with their sources, intervals, proofs, pauses, views; city, wards, sources,
    # roads, outbreaks, full disks, feeds that fail, the model that counts
    with django_assert_num_queries(18):
        page = shop.get("/cameras/health/")
    assert [row.interval.shown for row in page.context["page"]] == [True] * how_many


def test_camera_page_shows_history_proof_and_last_good_picture(shop, technician, eye):
    at = now()
    good = in_ring(eye, factories.jpeg(colour="green"), at - HOUR, health="live")
    in_ring(eye, factories.jpeg(colour="black"), at - MINUTE, health="covered")
    was(eye, "live", at - 5 * HOUR, at - HOUR)
    proven = was(eye, "covered", at - HOUR, proof=True)
    Camera.objects.filter(pk=eye.pk).update(health="covered", health_since=at - HOUR)
    page = shop.get("/cameras/health/A1/")
    assert [(interval.health, interval.shown) for interval in page.context["page"]] == [
        ("covered", True),
        ("live", False),
    ]
    assert page.context["good"] == good
    address = reverse("camera-proof", args=["A1", proven.pk])
    assert address in page.content.decode()
    assert address in shop.get("/cameras/health/").content.decode()
    assert shop.get(address).content == factories.jpeg(colour="olive")
    assert [(look.how, look.cameras) for look in ViewLogEntry.objects.all()] == [("health", [eye.pk])]
    assert shop.get(reverse("camera-proof", args=["B9", proven.pk])).status_code == 404


def test_the_last_good_picture_is_the_last_that_can_be_covered(client, technician, controller, eye):
    view = View.objects.create(camera=eye, state="fits", zones=[[[0, 0], [0.5, 0], [0.5, 1]]])
    Camera.objects.filter(pk=eye.pk).update(health="covered", health_since=now() - HOUR)
    Frame.objects.all().delete()
    seen_view = {"key": view.pk, "state": "fits", "transform": None}
    known, later = (
        in_ring(eye, factories.jpeg(colour="green"), now() - hours * HOUR, health="live", received=received)
        for hours, received in ((2, {"view": seen_view}), (1, {"view": seen_view | {"state": "lost"}}))
    )

    def page(user):
        client.force_login(user)
        client.cookies["django_language"] = "en"
        shown = client.get("/cameras/health/A1/")
        if shown.context["good"]:
            address = reverse("camera-frame", args=["A1", shown.context["good"].micros])
            assert address in shown.content.decode()
            assert client.get(address).status_code == 200
        return shown.context["good"], "Last good picture. Not shown: the camera was turned" in shown.content.decode()

    assert page(controller) == (later, False)
    assert page(technician) == (known, False)
    known.delete()
    assert page(technician) == (None, True)


# ---- pauses


def until(**later):
    return f"{localtime(now() + timedelta(**later)):%Y-%m-%dT%H:%M}"


def test_pause_hides_all_pictures_until_it_ends_by_itself(shop, technician, eye):
    before, proof = eye.last_frame, was(eye, "covered", now(), proof=True)
    addresses = [
        reverse("camera-picture", args=["A1"]),
        reverse("camera-frame", args=["A1", before.micros]),
        reverse("camera-proof", args=["A1", proof.pk]),
    ]
    assert [shop.get(address).status_code for address in addresses] == [200, 200, 200]
    answer = shop.post("/cameras/health/A1/pause/", {"until": until(hours=2), "why": "Visit, order 12/CV"}, follow=True)
    assert "1 camera is paused until" in answer.content.decode()
    assert [shop.get(address).status_code for address in addresses] == [404, 404, 404]
    eye.refresh_from_db()
    tile = freshness.tile_facts(eye, now())
    assert (tile["health"], tile["sha"], tile["words"]) == ("paused", "", "Paused for privacy")
    assert tile["since"].endswith(", by order")
    with translation.override("vi"):
        tile = freshness.tile_facts(eye, now())
    assert f"{tile['words']} {tile['since']}".startswith("Tạm dừng để bảo vệ riêng tư đến ")
    # It ends by itself; what was taken meanwhile stays hidden, what was taken before is shown again.
    Pause.objects.update(since=now() - 2 * HOUR, until=now() - HOUR)
    Camera.objects.update(paused_until=now() - HOUR)
    meanwhile = in_ring(eye, factories.jpeg(), now() - 90 * MINUTE)
    assert shop.get(addresses[0]).status_code == 200
    assert shop.get(addresses[1]).status_code == 200
    assert shop.get(reverse("camera-frame", args=["A1", meanwhile.micros])).status_code == 404


def test_a_pause_that_is_ended_early_says_by_whom(shop, technician, eye):
    pauses.pause_cameras(technician, [eye.pk], now() + HOUR, "first")
    pauses.pause_cameras(technician, [eye.pk], now() + 3 * HOUR, "second")
    eye.refresh_from_db()
    assert (eye.paused_until, eye.paused_why) == (Pause.objects.aggregate(last=Max("until"))["last"], "second")
    page = shop.post("/cameras/health/A1/resume/", follow=True).content.decode()
    assert "The pause is over." in page
    assert "ended early" in page
    eye.refresh_from_db()
    assert eye.paused_until is None
    assert list(Pause.objects.values_list("ended_by__username", flat=True)) == ["technician"] * 2
    assert shop.get("/cameras/A1/now.jpg").status_code == 200


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        (lambda: {"until": "", "why": "x"}, "State by when."),
        (lambda: {"until": "tomorrow", "why": "x"}, "State by when."),
        (lambda: {"until": until(hours=1), "why": " "}, "A pause needs a reason"),
        (lambda: {"until": until(hours=-1), "why": "x"}, "A pause ends in the future"),
        (lambda: {"until": until(days=91), "why": "x"}, "A pause ends in the future"),
    ],
)
def test_a_pause_without_its_reason_or_end_is_refused(shop, eye, fields, fault):
    answer = shop.post("/cameras/health/A1/pause/", fields())
    assert answer.status_code == 400
    assert fault in answer.content.decode()
    assert not Pause.objects.exists()


def test_the_cameras_of_a_ward_are_paused_together(shop, yard):
    answer = shop.post(
        "/cameras/health/pause/", {"area": "002", "until": until(hours=1), "why": "Order 7"}, follow=True
    )
    assert "2 cameras are paused until" in answer.content.decode()
    assert set(Pause.objects.values_list("camera__code", flat=True)) == {"C1", "N1"}
    assert shop.post("/cameras/health/pause/", {"area": "999"}).status_code == 404
    answer = shop.post("/cameras/health/pause/", {"area": "001", "until": until(hours=1), "why": ""}, follow=True)
    assert "A pause needs a reason" in answer.content.decode()
    assert Pause.objects.count() == 2


def test_who_does_not_look_after_cameras_pauses_none(client, operator, eye):
    client.force_login(operator)
    for path in ("A1/pause/", "A1/resume/", "pause/"):
        assert client.post(f"/cameras/health/{path}", {"until": until(hours=1), "why": "x"}).status_code == 404


def test_the_database_refuses_a_pause_that_makes_no_sense(eye, technician):
    with pytest.raises(IntegrityError, match="a_pause_takes_time"):
        Pause.objects.create(camera=eye, since=now(), until=now() - HOUR, why="x", by=technician)


# ---- many that fail together


@pytest.fixture
def ten(town):
    source = Source.objects.create(code="port", name="Port")
    cameras = [camera(f"P{n}", source=source, url="http://10.0.0.1/") for n in range(10)]
    for eye in cameras:
        sees(eye)
    return cameras


def fail(cameras, minutes=2):
    for eye in cameras:
        Camera.objects.filter(pk=eye.pk).update(health="offline", health_since=now() - minutes * MINUTE)


def list_notices():
    return [(notice.template, notice.address) for notice in Notice.objects.order_by("pk")]


def test_outbreak_is_reported_once_and_so_is_its_end(ten, technician):
    assert outbreaks.update_outbreaks() == []
    fail(ten[:2])
    assert outbreaks.update_outbreaks() == []
    fail(ten[:4])
    assert [(outbreak.source.code, outbreak.blind, outbreak.cameras) for outbreak in outbreaks.update_outbreaks()] == [
        ("port", 4, 10)
    ]
    fail(ten[:6])
    assert outbreaks.update_outbreaks() == []
    assert Outbreak.objects.get().blind == 6
    assert list_notices() == [("cameras_blind", "technician@example.vn")]
    assert "4 of 10 cameras do not work (Port)" in Notice.objects.get().text
    assert "/cameras/health/?source=port" in Notice.objects.get().text
    for eye in ten[1:]:
        sees(eye)
    assert [outbreak.ended_at is not None for outbreak in outbreaks.update_outbreaks()] == [True]
    assert outbreaks.update_outbreaks() == []
    assert list_notices() == [("cameras_blind", "technician@example.vn"), ("cameras_seeing", "technician@example.vn")]


def test_the_notice_says_what_most_of_them_suffer_from(ten, technician):
    fail(ten[:5])
    for eye, why, detail in zip(ten, ["Refused"] * 3 + ["Unreachable"] * 2, ["401"] * 3 + [""] * 2, strict=False):
        was(eye, "offline", now(), why=why, detail=detail)
    outbreaks.update_outbreaks()
    text = Notice.objects.get().text
    assert "5 of 10 cameras do not work (Port)" in text
    assert "Mostly: It refuses the connection, or the name and password: 401." in text


def test_cameras_that_failed_one_by_one_are_no_outbreak(ten, technician):
    fail(ten, minutes=600)
    assert outbreaks.update_outbreaks() == []


def test_paused_cameras_have_not_failed(ten, technician):
    pauses.pause_cameras(technician, [eye.pk for eye in ten], now() + HOUR, "Visit")
    fail(ten)
    assert outbreaks.update_outbreaks() == []


def test_stopped_patrol_is_an_outbreak_reported_to_control_room(town, controller):
    User.objects.filter(pk=controller.pk).update(email="control@example.vn")
    for number in range(12):
        sees(camera(f"P{number}", url="http://10.0.0.1/"))
    assert [(outbreak.source, outbreak.blind) for outbreak in outbreaks.update_outbreaks(now() + 5 * MINUTE)] == [
        (None, 12)
    ]
    assert list_notices() == [("cameras_blind", "control@example.vn")]


def test_two_workers_at_once_begin_one_outbreak(ten, technician):
    blind = [uptime.health_row(eye, now()) for eye in ten[:4]]
    assert len(outbreaks.begin_outbreak(ten[0].source, blind, 10, now())) == 1
    assert outbreaks.begin_outbreak(ten[0].source, blind, 10, now()) == []
    assert len(list_notices()) == 1


# ---- the truth for everybody


def test_truth_files_list_public_cameras_only(client, yard):
    Camera.objects.filter(code__in=["L1", "O1", "OLD"]).update(public=True)
    was(Camera.objects.get(code="L1"), "live", now() - HOUR)
    entries = client.get("/cameras/truth.json").json()["cameras"]
    assert [(entry["code"], entry["health"], entry["uptime_24h"]) for entry in entries] == [
        ("L1", "live", 1.0),
        ("O1", "offline", 0.0),
    ]
    assert entries[0].keys() == {
        "code", "name", "lon", "lat", "health", "since", "uptime_24h", "uptime_7d", "uptime_30d",
        "unvisited_24h", "unvisited_7d", "unvisited_30d",
    }  # fmt: skip
    answer = client.get("/cameras/truth.csv")
    heads, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert heads == list(entries[0])
    assert [row[0] for row in rows] == ["L1", "O1"]
    assert answer["Cache-Control"] == "public, max-age=60"
    assert client.post("/cameras/truth.json").status_code == 405


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize(
    ("lay", "why"),
    [
        ({"state": "fits"}, ""),
        ({"state": "unknown"}, "the position of the privacy zones in this picture is unknown"),
        ({"state": "lost"}, "the camera was turned, so the position"),
        ({"state": "turns"}, "the camera alternated between two views"),
        ({"state": "shifted"}, "the position of the privacy zones in this picture is unknown"),
        ({"state": "fits", "key": 0}, "the position of the privacy zones in this picture is unknown"),
        (None, "the position of the privacy zones in this picture is unknown"),
        ("turned on purpose since", "the camera has since been turned on purpose"),
    ],
)
def test_where_a_proof_cannot_be_covered_the_page_says_why(client, technician, controller, eye, lay, why):
    view = View.objects.create(camera=eye, state="fits", zones=[[[0, 0], [0.5, 0], [0.5, 1]]])
    received = {"key": view.pk, "state": "fits", "transform": None} | (lay if isinstance(lay, dict) else {})
    proof = was(eye, "covered", now(), proof=True, received={"view": received} if lay else {})
    Camera.objects.filter(pk=eye.pk).update(
        health="covered", health_since=now(), aimed_at=now() if isinstance(lay, str) else None
    )
    address = reverse("camera-proof", args=["A1", proof.pk])
    for user, shown in ((technician, not why), (controller, True)):
        client.force_login(user)
        client.cookies["django_language"] = "en"
        assert client.get(address).status_code == (200 if shown else 404)
        for page in ("/cameras/health/", "/cameras/health/A1/"):
            html = client.get(page).content.decode()
            assert (address in html) == shown
            assert ("Not shown" in html) == (not shown)
            assert shown or why in html
