"""Test the metrics of /metrics and their format."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connection
from django.utils.timezone import now
from prometheus_client.parser import text_string_to_metric_families

from cameras.models import Camera, Feed, Shift
from geoapp import metrics
from incidents.models import Notice
from tests.cameras.conftest import camera

FIGURES = {
    "incidents_open", "incidents_late", "notices_unsent", "notices_failed", "notices_sent_today",
    "oldest_unsent_notice_seconds", "jobs_waiting", "jobs_late", "oldest_job_seconds", "jobs_failed", "workers_alive",
    "history_lines_ahead",
    "wal_unarchived_seconds", "cameras", "cameras_alive_ratio", "patrols_alive", "disk_free_bytes", "disk_free_ratio",
    "backup_age_seconds", "live_streams", "http_answer_seconds", "replica_lag_seconds", "feed_failing_seconds",
}  # fmt: skip


def figures(client):
    """Parse metrics by Prometheus's own reader into {(name, label value): number}."""
    text = client.get("/metrics").content.decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def jobs(db):
    """Two late jobs, one not due, one failed; two workers, one of them dead."""
    with connection.cursor() as cursor:
        for queue, minutes, status in (
            ("default", 0, "todo"), ("default", 30, "todo"), ("default", -10, "todo"), ("default", 5, "failed"),
            ("cameras", 0, "doing"),
        ):  # fmt: skip
            cursor.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, status, scheduled_at)"
                " VALUES (%s, 'incidents.rescue', %s::procrastinate_job_status, now() - %s * interval '1 minute')",
                [queue, status, minutes],
            )
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()), (now() - interval '1 hour')")


@pytest.mark.django_db(transaction=True)
def test_every_figure_is_told_once(client, town):
    text = client.get("/metrics").content.decode()
    families = [family.name for family in text_string_to_metric_families(text)]
    families = [name for name in families if not name.endswith("_created")]  # the reader's own, of a histogram
    assert sorted(families) == sorted(FIGURES)


@pytest.mark.django_db(transaction=True)
def test_late_jobs_and_living_workers_are_counted(client, jobs):
    values = figures(client)
    counts = {
        key: values[key] for key in values if key[0] in ("jobs_waiting", "jobs_late", "jobs_failed", "workers_alive")
    }
    assert counts == {
        ("jobs_waiting",): 4, ("jobs_late", "default"): 1, ("jobs_late", "cameras"): 0, ("jobs_failed", "default"): 1,
        ("jobs_failed", "cameras"): 0, ("workers_alive",): 1,
    }  # fmt: skip
    assert 1800 <= values["oldest_job_seconds", "default"] < 1900
    assert values["oldest_job_seconds", "cameras"] == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("state", "due_minutes_ago", "age"), [
    ("waiting", 40, 2400), ("unsure", 40, 2400), ("waiting", -40, 0), ("failed", 40, 0),
])  # fmt: skip
def test_the_oldest_unsent_notice_is_told(client, state, due_minutes_ago, age):
    Notice.objects.create(
        address="a@example.org", text="x", state=state, send_after=now() - timedelta(minutes=due_minutes_ago)
    )
    assert age <= figures(client)["oldest_unsent_notice_seconds",] <= age + 60


@pytest.mark.django_db(transaction=True)
def test_the_part_of_the_cameras_that_see_is_told(client, town):
    for code, health in (("A", "live"), ("B", "live"), ("C", "offline"), ("D", "live")):
        eye = camera(code, url="http://192.0.2.1/a.jpg")
        Camera.objects.filter(pk=eye.pk).update(health=health, moved_at=now(), period_s=30)
    Camera.objects.filter(code="D").update(paused_until=now() + timedelta(hours=1))
    Shift.objects.create(name="one", machine="here")
    Shift.objects.create(name="two", machine="here", heard_at=now() - timedelta(minutes=2))
    values = figures(client)
    assert {key[1]: number for key, number in values.items() if key[0] == "cameras"} == {
        "live": 2, "offline": 1, "paused": 1,
    }  # fmt: skip
    assert values["cameras_alive_ratio",] == pytest.approx(2 / 3)
    assert values["patrols_alive",] == 1


@pytest.mark.django_db(transaction=True)
def test_for_how_long_feeds_fail_is_told_of_each(client, town):
    for code, failing, active in (("rain", True, True), ("tide", False, True), ("off", True, False)):
        feed = Feed.objects.create(
            code=code, kind="rain", title="R", url="https://r.example/", form="cap", active=active
        )
        if failing:
            Feed.objects.filter(pk=feed.pk).update(failing_since=now() - timedelta(hours=2), fault="slow")
    values = {key[1]: number for key, number in figures(client).items() if key[0] == "feed_failing_seconds"}
    assert values == {"rain": pytest.approx(7200, abs=60), "tide": 0}


@pytest.mark.django_db(transaction=True)
def test_the_disk_and_the_last_backups_are_told(client, settings, tmp_path):
    settings.BACKUP_DIR = tmp_path
    for what, age in (("database", 60), ("files", 7200)):
        (tmp_path / f"succeeded.{what}").touch()
        os.utime(tmp_path / f"succeeded.{what}", times=(now().timestamp() - age,) * 2)
    values = figures(client)
    assert 60 <= values["backup_age_seconds", "database"] < 120
    assert 7200 <= values["backup_age_seconds", "files"] < 7260
    assert 0 < values["disk_free_ratio",] < 1
    assert values["disk_free_bytes",] > 0


@pytest.mark.django_db(transaction=True)
def test_answers_are_counted_by_their_kind(client, town):
    before = figures(client)
    for path in ("/", "/no/such/page", "/healthz"):
        client.get(path)
    after = figures(client)
    kinds = ("2xx", "4xx", "5xx")
    counts = [
        [counts_then.get(("http_answer_seconds_count", kind), 0) for kind in kinds] for counts_then in (before, after)
    ]
    assert [late - early for early, late in zip(*counts, strict=True)] == [1, 1, 0]


def test_one_web_process_tells_the_figures_of_all(tmp_path):
    """Whichever is asked; what a killed one had open is not counted on."""
    program = (
        "import os, sys; from geoapp import metrics; metrics.STREAMS.inc(3); print(os.getpid(), flush=True); input()"
    )
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    others = [
        subprocess.Popen([sys.executable, "-c", DJANGO + program], env=environment, stdin=-1, stdout=-1, text=True)
        for _one in range(2)
    ]
    try:
        for other in others:
            other.stdout.readline()
        others[0].kill()
        others[0].wait()
        scrape = DJANGO + "from geoapp import metrics; print(metrics.exposition().decode())"
        output = subprocess.run([sys.executable, "-c", scrape], env=environment, capture_output=True, text=True)
        assert [line for line in output.stdout.splitlines() if line.startswith("live_streams ")] == ["live_streams 3.0"]
    finally:
        for other in others:
            other.kill()
            other.communicate()


# Without the apps there is nothing that asks the database, the disk or the backup.
DJANGO = "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'geoapp.settings'; "


def test_each_figure_has_a_name_of_its_own():
    names = [figure.name for figure in metrics.FIGURES]
    assert sorted(set(names)) == sorted(names)
