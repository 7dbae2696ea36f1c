"""Test that several patrols, as processes of their own, share the cameras."""

import os
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TextIO

import pytest
from django.conf import settings
from django.contrib.gis.geos import MultiPolygon
from django.db import connection
from django.db.models import Count, F
from django.db.models.functions import Now
from django.utils.timezone import now

from cameras.models import Camera, DeadShift, Frame, HealthInterval, Lease, Shift, Source, View
from cameras.patrol import partitioning
from cameras.patrol.news import CameraUpdate, News, publish_news
from tests import factories
from tests.cameras.conftest import camera
from tests.cameras.patrol import quick
from tests.cameras.patrol.test_hosts import JUDGED
from tests.fakes.camera import Cameras
from tests.machine import patience


def count_shares():
    """Return how many cameras each patrol watches, fewest first."""
    return sorted(Shift.objects.annotate(has=Count("leases")).values_list("has", flat=True))


def codes(patrol):
    return {duty.code for duty in partitioning.claim_share(patrol).duties}


@pytest.mark.django_db
def test_each_takes_its_fair_part_and_gives_up_what_is_too_much(town):
    for n in range(10):
        camera(f"A{n}", url="http://192.0.2.1/a.jpg")
    camera("resting", url="http://192.0.2.1/a.jpg", active=False)
    camera("without address")
    assert len(codes("one")) == 10
    assert codes("two") == set()  # all are taken, until the first hears of the second
    part = partitioning.claim_share("one")
    assert part.too_many == 5
    partitioning.release_cameras("one", [duty.pk for duty in part.duties[:5]])
    assert {duty.pk for duty in partitioning.claim_share("two").duties} == {duty.pk for duty in part.duties[:5]}
    assert not codes("one") & codes("two")
    partitioning.end_shift("one")
    assert len(codes("two")) == 10
    Camera.objects.filter(code="A1").update(active=False)
    assert len(codes("two")) == 9


@pytest.mark.django_db
def test_each_knows_its_place_among_the_patrols_that_live(town):
    def places():
        return {name: (part.place, part.patrols) for name in ("b", "a") for part in [partitioning.claim_share(name)]}

    assert (partitioning.claim_share("b").place, partitioning.claim_share("b").patrols) == (0, 1)
    assert places() == {"b": (0, 1), "a": (0, 2)}
    assert places() == {"b": (1, 2), "a": (0, 2)}
    Shift.objects.filter(name="a").update(heard_at=Now() - timedelta(seconds=31))
    assert (partitioning.claim_share("b").place, partitioning.claim_share("b").patrols) == (0, 1)


@pytest.mark.django_db
def test_who_was_not_heard_of_for_half_a_minute_is_dead(town):
    camera("A1", url="http://192.0.2.1/a.jpg")
    assert codes("one") == {"A1"}
    Shift.objects.update(heard_at=Now() - timedelta(seconds=29))
    assert codes("two") == set()
    Shift.objects.filter(name="one").update(heard_at=Now() - timedelta(seconds=31))
    part = partitioning.claim_share("two")
    assert ([shift.name for shift in part.dead], [duty.code for duty in part.duties]) == (["one"], ["A1"])
    assert list(DeadShift.objects.values_list("name", "heard_at")) == [("one", part.dead[0].heard_at)]
    # The one that was taken for dead finds that its camera is another's now.
    assert codes("one") == set()


AT = datetime(2024, 11, 24, 14, 32, tzinfo=UTC)


def left_for_min(code="A1"):
    """Return whole minutes since nobody looks: a busy machine takes its time, too."""
    eye = Camera.objects.get(code=code)
    return None if eye.left_at is None else (now() - eye.left_at) // timedelta(minutes=1)


@pytest.mark.django_db
def test_left_at_stands_until_a_new_patrol_publishes_news(town):
    eye = camera("A1", url="http://192.0.2.1/a.jpg", health="live")

    def tell(patrol):
        publish_news(patrol, News({eye.pk: CameraUpdate(eye.pk, "live", AT, AT, None, "")}))

    def an_hour_later():
        Camera.objects.filter(pk=eye.pk).update(left_at=F("left_at") - timedelta(hours=1))

    assert (codes("first"), left_for_min()) == ({"A1"}, None)
    partitioning.release_cameras("first", [eye.pk])
    assert left_for_min() == 0
    an_hour_later()
    partitioning.end_shift("first")
    assert (codes("second"), left_for_min()) == ({"A1"}, 60)
    tell("first")  # too late: it is another's
    assert left_for_min() == 60
    # The second is killed before it tells anything: nobody looked since the first left.
    Shift.objects.update(heard_at=Now() - timedelta(seconds=31))
    assert (codes("third"), left_for_min()) == ({"A1"}, 60)
    tell("third")
    assert left_for_min() is None
    # The third is killed: since it was heard of last nobody looks, or since its last picture.
    Shift.objects.update(heard_at=Now() - timedelta(minutes=20))
    assert (codes("fourth"), left_for_min()) == ({"A1"}, 20)
    tell("fourth")
    Shift.objects.update(heard_at=Now() - timedelta(minutes=20))
    Camera.objects.update(last_taken_at=Now() - timedelta(minutes=19))
    assert (codes("fifth"), left_for_min()) == ({"A1"}, 19)
    partitioning.end_shift("fifth")
    assert left_for_min() == 19
    Camera.objects.update(url="", left_at=None)
    codes("sixth")
    assert left_for_min() is None


@pytest.mark.django_db
@pytest.mark.parametrize(("hours_ago", "state", "wanted"), [
    (0, "received", True), (23, "working", True), (25, "working", False), (24 * 90, "waiting", False),
    (0, "resolved", False),
])  # fmt: skip
def test_camera_is_wanted_while_an_open_incident_is_recent(incident, hours_ago, state, wanted):
    """By distance and by its view alike; an incident open for months wants no camera, unless somebody looks."""
    camera("near", url="http://192.0.2.1/a.jpg")
    seeing = camera("seeing", lon=10.02, url="http://192.0.2.1/a.jpg")
    View.objects.create(camera=seeing, footprint=MultiPolygon(incident.place.buffer(0.001)))
    at = now() - timedelta(hours=hours_ago)
    factories.change(
        incident, state=state, changed_at=at, closed_at=at if state == "resolved" else None,
        waiting_since=at if state == "waiting" else None,
    )  # fmt: skip
    assert [duty.wanted for duty in partitioning.claim_share("one").duties] == [wanted] * 2
    Camera.objects.update(watched_until=now() + timedelta(minutes=1))
    assert [duty.wanted for duty in partitioning.claim_share("one").duties] == [True] * 2


@pytest.mark.django_db
def test_source_is_down_by_the_results_of_all_patrols(town):
    """Each patrol sees only its own share; the register, and what each patrol hears of the others, agree."""
    source, at = Source.objects.create(code="city", name="The city"), now()
    for n in range(4):
        camera(f"A{n}", url="http://192.0.2.1/a.jpg", source=source)
    camera("B", url="http://user:word@192.0.2.1:8080/b.jpg")
    part = partitioning.claim_share("one")
    partitioning.claim_share("two")
    partitioning.release_cameras("one", [duty.pk for duty in part.duties if duty.code in ("A2", "A3")])
    partitioning.claim_share("two")

    def record_tries(patrol, **reached):
        words = {}
        for code, away in reached.items():
            eye = Camera.objects.get(code=code)
            words[eye.pk] = CameraUpdate(eye.pk, "late", at, None, None, "", away_since=None if away else at)
        publish_news(patrol, News(words))

    def known():
        heard = {}
        for patrol in ("one", "two"):
            for duty in partitioning.claim_share(patrol).duties:
                if duty.host.startswith("source "):
                    heard[patrol] = duty.others, duty.others_away, duty.others_reached
                    assert duty.others_refused == 0
        return Source.objects.get().down_since is not None, heard

    record_tries("one", A0=False, A1=False)
    assert known() == (False, {"one": (2, 0, 0), "two": (2, 2, 0)})  # those of the other were not tried yet
    record_tries("two", A2=True, A3=False)
    assert known() == (False, {"one": (2, 1, 1), "two": (2, 2, 0)})
    record_tries("two", A2=False)
    assert known() == (True, {"one": (2, 2, 0), "two": (2, 2, 0)})
    since = Source.objects.get().down_since
    camera("A5", url="http://192.0.2.1/a.jpg", source=source)  # a new one was not tried yet: it says nothing
    assert known()[0] is True
    assert Source.objects.get().down_since == since == at
    record_tries("one", A0=True)
    assert known()[0] is False
    assert {duty.host for duty in partitioning.claim_share("one").duties} == {f"source {source.pk}", "192.0.2.1:8080"}


@pytest.mark.django_db
@pytest.mark.parametrize(("tries", "judged"), JUDGED.items())
def test_the_register_judges_as_each_patrol_does(town, tries, judged):
    at = now()
    facts = {
        "away": {"away_since": at, "health": "offline"}, "reached": {"health": "live"}, "untried": {},
        "refused": {"refused": True, "health": "offline"},
    }  # fmt: skip
    for code, since in (("was up", None), ("was down", at)):
        source = Source.objects.create(code=code, name=code, down_since=since)
        for n, how in enumerate(tries.split()):
            camera(f"{code} {n}", url="http://192.0.2.1/a.jpg", source=source, **facts[how])
    camera("other", url="http://192.0.2.1/a.jpg")
    refused_calls = {}
    for duty in partitioning.claim_share("one").duties:
        refused_calls[duty.host] = refused_calls.get(duty.host, 0) + duty.refused
    assert sum(refused_calls.values()) == 2 * tries.split().count("refused")
    down = [row.down_since is not None for row in Source.objects.order_by("-code")]
    assert down == list(judged)


@dataclass
class Patrol:
    """A patrol in a process of its own, and the exit codes of those that end."""

    pid: int
    output: TextIO
    codes: dict[int, int]

    def __post_init__(self):
        self.handle = os.pidfd_open(self.pid)

    def signal(self, sign):
        signal.pidfd_send_signal(self.handle, sign)

    def exit_code(self, seconds):
        assert select.select([self.handle], [], [], seconds)[0], "it does not end"
        while self.pid not in self.codes:
            pid, code = map(int, self.output.readline().split())
            self.codes[pid] = code
        return self.codes[self.pid]


@contextmanager
def patrolling(count, *how):
    """Run so many patrols as processes of their own."""
    url = os.environ["DATABASE_URL"]
    variables = {
        "DATABASE_URL": url[: url.rindex("/") + 1] + connection.settings_dict["NAME"],
        "OUTBOUND_ALLOWED": "cameras=127.0.0.0/8",
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
    }
    command = [sys.executable, "-c", quick.PROGRAM, str(count), *how]
    with subprocess.Popen(command, env=os.environ | variables, stdout=subprocess.PIPE, text=True) as running:
        codes = {}
        patrols = [Patrol(int(pid), running.stdout, codes) for pid in running.stdout.readline().split()]
        try:
            yield patrols
        finally:
            for patrol in patrols:
                with suppress(ProcessLookupError):
                    patrol.signal(signal.SIGKILL)
                os.close(patrol.handle)


def until(question, seconds):
    ends = time.monotonic() + patience(seconds)
    while not question():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.2)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["quick", pytest.param("real", marks=pytest.mark.deep)])
def test_last_patrol_takes_over_all_cameras_within_a_minute(how):
    times = quick.TIMES if how == "quick" else 1
    minute_s, pace_s = 60 / times, 2 / times
    with Cameras() as cameras:
        for n in range(12):
            camera(f"A{n}", url=f"{cameras.url}/A{n}", period_s=2)

        def visits_of_each():
            visited = Counter(path for _at, path, *_rest in cameras.calls)
            return min(visited[f"/A{n}"] for n in range(12))

        with patrolling(3, how) as (killed, stopped, last):
            until(lambda: count_shares() == [4, 4, 4], 90)
            until(lambda: Camera.objects.filter(health="live").count() == 12, 20)
            until(lambda: visits_of_each() >= 3, 60)  # each camera has found its own moment by now
            begins, so_far = time.monotonic(), visits_of_each()
            until(lambda: visits_of_each() >= so_far + 2, 60)
            ends = time.monotonic()
            killed.signal(signal.SIGKILL)
            stopped.signal(signal.SIGTERM)
            assert stopped.exit_code(patience(10)) == 0
            stopped_at = now()
            until(lambda: count_shares() == [12], minute_s)
            left_s = minute_s - (now() - stopped_at).total_seconds()
            until(lambda: not Camera.objects.filter(last_taken_at__lt=stopped_at).exists(), left_s)
            until(lambda: not Camera.objects.exclude(health="live").exists(), 20)
            last.signal(signal.SIGTERM)
            assert last.exit_code(patience(10)) == 0
    assert (Shift.objects.count(), Lease.objects.count()) == (0, 0)
    assert not HealthInterval.objects.filter(health="unvisited").exists()  # each was handed over in time
    assert not Camera.objects.filter(left_at=None).exists()  # and now nobody looks
    # Nobody's pack is another's, and no camera was visited twice at a time.
    packs = Frame.objects.values_list("pack", "received__worker").distinct()
    assert len({worker for _pack, worker in packs}) == 3
    assert [pack for pack, worker in packs if not pack.endswith(f"-{worker}.pack")] == []
    steady = [(at, path) for at, path, *_rest in cameras.calls if begins <= at < ends]
    for n in range(12):
        # One visit in its time, give or take one at either end; two patrols would come twice as often.
        assert len([at for at, path in steady if path == f"/A{n}"]) <= (ends - begins) / pace_s + 2
