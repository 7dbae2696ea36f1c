"""Test bin/health: silent for a healthy part, a reason for another."""

import os
import socket
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

from tests.conftest import database_url

SCRIPT = settings.BASE_DIR / "bin" / "health"
pytestmark = pytest.mark.django_db(transaction=True)
HEARD = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s * interval '1 minute')"
JOB = """
    WITH made AS (
        INSERT INTO procrastinate_jobs (queue_name, task_name, status, scheduled_at)
        VALUES (%(queue)s, 'incidents.rescue', %(status)s::procrastinate_job_status,
            now() - %(due)s * interval '1 minute')
        RETURNING id
    )
    INSERT INTO procrastinate_events (job_id, type, at)
    SELECT id, %(event)s::procrastinate_job_event_type, now() - %(minutes)s * interval '1 minute' FROM made
"""
NO_WORKER = "No worker was heard of for a minute."
STANDS = "1 jobs have been due for five minutes, and none was begun in that time."


def health(*arguments, **more):
    environment = os.environ | {"DATABASE_URL": database_url(connection.settings_dict)} | more
    done = subprocess.run([sys.executable, SCRIPT, *arguments], env=environment, capture_output=True, text=True)
    assert done.stderr == ""
    return done.returncode, done.stdout.strip()


def waiting(queue, due):
    return {"queue": queue, "status": "todo", "due": due, "event": "scheduled", "minutes": due}


def begun_job(queue, minutes):
    return {"queue": queue, "status": "succeeded", "due": 9, "event": "started", "minutes": minutes}


@pytest.mark.usual_rows(2)
@pytest.mark.parametrize(("heard_minutes_ago", "jobs", "output"), [
    (0, [], ""),
    (2, [], NO_WORKER),
    (None, [], NO_WORKER),
    (0, [waiting("default", 4)], ""),
    (0, [waiting("default", 6)], STANDS),
    (0, [waiting("cameras", 6)], ""),
    (0, [waiting("default", 6), begun_job("default", 1)], ""),
    (0, [waiting("default", 6), begun_job("default", 8)], STANDS),
    (0, [waiting("default", 6), begun_job("cameras", 1)], STANDS),
])  # fmt: skip
def test_a_worker_is_well_while_it_takes_jobs(heard_minutes_ago, jobs, output):
    with connection.cursor() as cursor:
        if heard_minutes_ago is not None:
            cursor.execute(HEARD, [heard_minutes_ago])
        for job in jobs:
            cursor.execute(JOB, job)
    assert health("worker", "default") == (1 if output else 0, output)


@pytest.mark.parametrize(("machine", "minutes", "well"), [
    ("here", 0, True), ("here", 2, False), ("elsewhere", 0, False),
])  # fmt: skip
def test_a_patrol_is_well_while_it_is_heard_of(machine, minutes, well):
    here = socket.gethostname()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cameras_shift (name, machine, heard_at) VALUES ('one', %s, now() - %s * interval '1 minute')",
            [here if machine == "here" else machine, minutes],
        )
    assert health("patrol") == ((0, "") if well else (1, f"The patrol of {here} was not heard of for a minute."))


@pytest.mark.parametrize(("arguments", "environment", "output"), [
    (["web"], {"PORT": "9"}, "The web server does not answer: "),
    (["patrol"], {"DATABASE_URL": "postgis://nobody@127.0.0.1:9/none"}, "The database does not answer: "),
    (["kitchen"], {}, "“kitchen” is none of web, worker, patrol, mail."),
])  # fmt: skip
def test_what_does_not_answer_is_not_well(arguments, environment, output):
    code, words = health(*arguments, **environment)
    assert (code, words[: len(output)]) == (1, output)
