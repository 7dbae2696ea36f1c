"""Measure a warning to 100,000 followers until the mail server has it, and the map beside 300 announcements."""

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils.timezone import localdate, now
from procrastinate.contrib.django import app

from geoapp.db import connections
from gis_data.models import Area, Level
from incidents.announcements import acts as announcement_acts
from incidents.announcements import notices as announcement_notices
from incidents.announcements import works
from incidents.announcements.acts import Reach, Wording
from incidents.models import Authority, Follow, Membership, Notice
from tests import factories
from tests.bench.rows import load, part, row
from tests.bench.sizes import choose

FOLLOWERS, ANNOUNCEMENTS = choose(100_000, 300), choose(300, 10)
BATCH = 2000
HANDED_S = 300
LISTS = choose(200, 20)


def announcements(stage):
    with connections.as_owner():
        person = factories.person("bench announcer", Authority.objects.get(duty_desk=True), Membership.Role.CONTROL)
    wards = list(Area.objects.on(localdate()).filter(level=Level.WARD).order_by("code"))
    yield from handed_over(person, wards[0])
    before = list_ms(stage, wards[0])
    for number in range(ANNOUNCEMENTS):
        reach = works.reach_of_wards([wards[number % len(wards)]])
        wording = factories.works_wording(title=f"Works {number}")
        works.announce_works("works", reach, wording, by=person)
    beside = list_ms(stage, wards[0])
    yield row(
        f"list of the map beside {ANNOUNCEMENTS:,} announcements, p95; limit: without", beside, before, unit="ms",
        budget="≤ 1.5 of it", good=beside <= 1.5 * before,
    )  # fmt: skip


def handed_over(person, ward):
    """Return the rows of a flood: seconds until each follower's letter is with the mail server.

    One of two workers is killed on the way, and another started.
    """
    until = now() + timedelta(days=1)
    for first in range(0, FOLLOWERS, BATCH):
        Follow.objects.bulk_create(
            Follow(medium="email", address=f"follower-{number}@example.org", area=ward, until=until, confirmed_at=now())
            for number in range(first, min(first + BATCH, FOLLOWERS))
        )
    line = announcement_acts.issue("flood", Reach(area=ward), Wording("Nước ngập sâu", until), by=person)
    notices = Notice.objects.filter(cause=announcement_notices.cause_of(line.pk))
    with mail_sink(f"/news/{line.announcement_id}/") as (port, counts), workers(f"smtp://127.0.0.1:{port}") as start:
        killed, _other = start(), start()
        begun = time.monotonic()
        app.configure_task("incidents.tell_announcement").defer(line_id=line.pk)
        wait_until(lambda: notices.filter(state="sent").count() >= FOLLOWERS / 10)
        killed.kill()
        start()
        wait_until(lambda: notices.count() == FOLLOWERS)
        queued_s = time.monotonic() - begun
        wait_until(lambda: notices.filter(state="sent").count() == FOLLOWERS)
        seconds = time.monotonic() - begun
    whole = (counts["addresses"], counts["ids"]) == (FOLLOWERS, FOLLOWERS)
    again = counts["letters"] - counts["ids"]
    yield row(f"a warning to {FOLLOWERS:,} followers: notices and jobs", queued_s, unit="s", budget="", good=True)
    yield row(
        f"· handed to the mail server, a worker killed on the way; {again} the same again", seconds, unit="s",
        budget=f"< {HANDED_S} s, each one letter", good=whole and seconds < HANDED_S,
    )  # fmt: skip
    yield row("· letters a second", FOLLOWERS / seconds, unit="/s", budget="", good=True)


@contextmanager
def mail_sink(words):
    """Run the fake mail server; yields its port, and its counts of letters with these words: empty until it stops."""
    counts = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "counts.json"
        command = [sys.executable, "-m", "tests.fakes.mail_sink", str(file), words]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sink:
            yield int(sink.stdout.readline()), counts
            sink.terminate()
            sink.wait()
            counts |= json.loads(file.read_text())


@contextmanager
def workers(mail):
    """Yield a function that starts a worker as production does; stops all in the end."""
    processes = []

    def start():
        environment = os.environ | {"EMAIL_URL": mail}
        processes.append(subprocess.Popen([settings.BASE_DIR / "bin" / "worker"], env=environment))
        return processes[-1]

    try:
        yield start
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def wait_until(condition):
    end = time.monotonic() + 4 * HANDED_S
    while not condition():
        assert time.monotonic() < end, "the letters were not sent in time"
        time.sleep(0.5)


def list_ms(stage, ward):
    west, south, east, north = ward.shape.extent
    job = {"do": "ask", "port": stage.port, "connections": 1, "seconds": 60, "most": LISTS}
    outcome = load(job | {"requests": [f"GET /list/?bbox={west:.5f},{south:.5f},{east:.5f},{north:.5f}"]})
    return part(outcome["times"], 0.95) * 1000
