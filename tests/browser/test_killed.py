"""Test that killing a web process and a worker at work loses nothing and repeats nothing."""

import contextlib
import hashlib
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from django.db import connection
from django.utils.timezone import now
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from cameras.evidence import checking, seals
from cameras.models import Evidence, Frame, NoPicture
from incidents import workflow
from incidents.models import ApiKey, Event, Incident, Notice, Report
from tests import factories
from tests.browser.conftest import wait_until
from tests.cameras.conftest import camera

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CITIZENS, OF_SYSTEM = 20, 8  # the first so many are another system's
KEY = "swordfish"
MANY = "report:address=1000/s,hold:address=1000/s,report-cost:address=1000000/s"  # all of them send from here


class Citizen:
    """Somebody who sends one report, and sends the same form again until it is answered."""

    def __init__(self, number):
        self.form = {
            "lon": f"{10.001 + number * 0.00095:.4f}", "lat": "50.002", "category": "ST.1", "join": "new",
            "text": f"Hole {number}", "email": f"citizen{number}@example.org", "sending": str(uuid4()),
        }  # fmt: skip
        self.tries = 0

    def send(self, address):
        """Sends until the service acknowledges the report. Returns its private page."""
        while True:
            self.tries += 1
            try:
                with httpx.Client(base_url=address[0], timeout=10) as browser:
                    browser.get("/report/")
                    token = browser.cookies["csrftoken"]
                    answer = browser.post("/report/", data=self.form | {"csrfmiddlewaretoken": token})
                    assert answer.status_code == 303, answer.text
                    return answer.headers["Location"].partition("?")[0]
            except httpx.HTTPError:
                time.sleep(0.2)


class CitizenOfSystem(Citizen):
    """Somebody whose report another system sends, again and again under the same key, until it is answered."""

    def send(self, address):
        """Sends until the service acknowledges the report. Returns its number."""
        sent = {"api_key": KEY, "service_code": "ST.1", "description": self.form["text"], "email": self.form["email"]}
        sent |= {"lat": self.form["lat"], "long": self.form["lon"]}
        same = {"Idempotency-Key": self.form["sending"]}
        while True:
            self.tries += 1
            try:
                answer = httpx.post(f"{address[0]}/open311/v2/requests.json", data=sent, headers=same, timeout=10)
                assert answer.status_code == 200, answer.text
                return answer.json()[0]["service_request_id"]
            except httpx.HTTPError:
                time.sleep(0.2)


def jobs(status):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status::text = ANY(%s)", [list(status)])
        return cursor.fetchone()[0]


def worker_is_dead_for_long():
    """Backdates the dead worker's heartbeat by half a minute, so that its jobs are reassigned."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
    with contextlib.suppress(AlreadyEnqueued):  # the minute's own rescue waits already
        app.configure_task("incidents.rescue", queueing_lock="incidents.rescue").defer(timestamp=0)


def test_killed_web_and_worker_lose_and_double_nothing(town, processes, tmp_path):
    web, worker = processes("web", LIMITS=MANY), processes("worker", VAR_DIR=str(tmp_path))
    address = [web.address]
    ApiKey.objects.create(name="Neighbour City", sha256=hashlib.sha256(KEY.encode()).hexdigest())
    citizens = [(CitizenOfSystem if number < OF_SYSTEM else Citizen)(number) for number in range(CITIZENS)]

    def kill_and_restart():
        wait_until(lambda: Report.objects.count() >= OF_SYSTEM // 2, 30)
        web.kill()
        worker.kill()
        address[0] = processes("web", LIMITS=MANY).address
        worker_is_dead_for_long()
        processes("worker", VAR_DIR=str(tmp_path))
        connection.close()

    killer = threading.Thread(target=kill_and_restart)
    killer.start()
    with ThreadPoolExecutor(6) as pool:
        private_pages = list(pool.map(lambda citizen: citizen.send(address), citizens))
    killer.join()
    wait_until(lambda: jobs({"todo", "doing"}) == 0, 60, "jobs are left over")

    assert sum(citizen.tries for citizen in citizens) > CITIZENS  # the kill was felt
    by_page, other = Report.objects.filter(channel="web"), Incident.objects.filter(reports__channel="open311")
    assert sorted(private_pages[:OF_SYSTEM]) == sorted(other.values_list("reference", flat=True))
    assert sorted(page.split("/")[2] for page in private_pages[OF_SYSTEM:]) == sorted(
        by_page.values_list("token", flat=True)
    )
    assert (Incident.objects.count(), Report.objects.count()) == (CITIZENS, CITIZENS)
    assert sorted(Event.objects.values_list("kind", flat=True)) == ["assigned"] * CITIZENS + ["received"] * CITIZENS
    assert Notice.objects.exclude(sent_at=None).count() == Notice.objects.count() == CITIZENS
    letters = [line for file in (tmp_path / "mail").iterdir() for line in file.read_text().splitlines()]
    sent = [line for line in letters if line.startswith("Message-ID:")]
    assert len(sent) == len(set(sent)) == CITIZENS


@pytest.mark.parametrize("deaths", [2, pytest.param(12, marks=pytest.mark.deep)])
def test_killed_patrol_and_worker_lose_no_evidence(town, officer, processes, tmp_path, deaths):
    dice = random.Random(seed := random.randrange(10**6))
    print("seed", seed)
    streets = processes("streets")
    camera_rows = [
        camera(f"K{n}", lon=10.0051 + n * 0.0002, url=f"{streets.address}/bad/well/K{n}.jpg", period_s=1)
        for n in range(3)
    ]
    blind = camera("K9", lon=10.0059, url="http://127.0.0.1:9/K9.jpg", period_s=1)
    # Five of a kind within minutes are merged: these are of four.
    holes = [factories.leaf(f"ST.{n}", town.streets, f"Ổ gà {n}", f"Hole {n}", "c-road") for n in (5, 6, 7)] + [
        town.hole
    ]
    running = {kind: processes(kind, VAR_DIR=str(tmp_path)) for kind in ("cameras", "worker")}

    def in_every_ring():
        return set(Frame.objects.values_list("camera", flat=True)) == {eye.pk for eye in camera_rows}

    wait_until(in_every_ring, 60, "the patrol does not see")
    incidents = []
    dying = ["cameras", "worker"] * (deaths // 2)
    dice.shuffle(dying)
    for n, kind in enumerate(dying):
        incidents.append(factories.incident(holes[n % len(holes)], text=f"Hole {n}"))
        time.sleep(dice.uniform(0, 0.7))
        if n % 2:
            wait_until(lambda: seen_at_its_report().filter(pk=incidents[-2].pk), 60, "a report is not collected")
            for step in ("accept", "resolve"):
                workflow.move(incidents[-2], step, by=officer, note="Filled")
                time.sleep(dice.uniform(0, 0.3))
        running[kind].kill()
        if dice.random() < 0.5:
            time.sleep(dice.uniform(0, 0.5))
        if kind == "worker":
            worker_is_dead_for_long()
        running[kind] = processes(kind, VAR_DIR=str(tmp_path))
        if n == deaths // 2:
            minutes_pass()
    wait_until(lambda: minutes_pass() or not count_undone("cameras.capture_evidence"), 120, "jobs are left over")

    wanted = {(incident.pk, eye.pk) for incident in incidents for eye in camera_rows}
    for moment in ("before", "reported"):
        assert set(Evidence.objects.filter(moment=moment).values_list("incident", "camera")) == wanted
    assert Evidence.objects.filter(moment="reported").count() == len(wanted)
    for incident in incidents:
        recorded_keys = [event.receipt["evidence"] for event in incident.timeline.filter(kind="evidence")]
        evidence_keys = Evidence.objects.filter(incident=incident).order_by("pk").values_list("pk", flat=True)
        assert sorted(key for some in recorded_keys for key in some) == list(evidence_keys)
        assert NoPicture.objects.filter(incident=incident, camera=blind, moment="reported").count() == 1
        # Of each step it is known of all that saw something what they saw then, or that it was nothing.
        for event in incident.timeline.filter(kind__in=("accepted", "resolved")):
            rows = [model.objects.filter(incident=incident, event=event) for model in (Evidence, NoPicture)]
            known = sorted(key for some in rows for key in some.values_list("camera", flat=True))
            assert (len(known), {eye.pk for eye in camera_rows} <= set(known)) == (len(set(known)), True)
    seals.seal_new()
    assert checking.check_sample() == []
    assert not Evidence.objects.filter(seal=None).exists()
    assert seals.SEALS.verify().fault == ""


def minutes_pass():
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo' AND queue_name = 'cameras'"
        )
    past = now() - timedelta(minutes=6)
    # The others have still to get their picture of now.
    seen_at_its_report().filter(received_at__gt=past).update(received_at=past)


def seen_at_its_report():
    return Incident.objects.filter(pk__in=Evidence.objects.filter(moment="reported").values("incident"))


def count_undone(task):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s AND status IN ('todo', 'doing')", [task]
        )
        return cursor.fetchone()[0]
