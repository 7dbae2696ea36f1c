"""Test, with a real worker, that jobs deferred by jobs belong to their transaction."""

import asyncio
from contextlib import closing

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from gis_data.models import City, Edition, Succession
from incidents.partners import georeport
from tests import factories
from tests.gis_data.editions.test_drafting import geojson, take

pytestmark = pytest.mark.django_db(transaction=True)


class Undone(Exception):
    """Exception: a job rolls back."""


@pytest.fixture(autouse=True)
def nothing_periodic(monkeypatch):
    monkeypatch.setattr(app.periodic_registry, "periodic_tasks", {})


def work(until=None):
    """Run bin/worker's loop on its queue until it is empty, or a job of this name is done."""

    async def done(call_next, context, worker):
        try:
            return await call_next()
        finally:
            if context.job.task_name == until:
                worker.stop()

    async def run():
        async with app.open_async():
            await app.run_worker_async(
                queues=["default"], wait=bool(until), concurrency=4, install_signal_handlers=False,
                worker_middleware=[done],
            )  # fmt: skip

    with app.replace_connector(app.connector.get_worker_connector()):
        asyncio.run(run())


@pytest.fixture
def task():
    """Register a function as a task for one test, and defer a job of it."""
    runs = []

    def make(function):
        runs.append(f"tests.{function.__name__}")
        app.task(name=runs[-1])(function).defer()

    yield make
    for name in runs:
        app.tasks.pop(name)


def seen_by_others():
    """Return waiting jobs as another connection sees them."""
    with closing(connection.copy()) as other, other.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id")
        return [name for (name,) in cursor.fetchall()]


def test_job_of_a_job_is_there_when_it_commits(task):
    seen = []

    def first():
        with transaction.atomic():
            app.configure_task("tests.next", queue="nobody").defer()
            app.configure_task("tests.next", queue="nobody").batch_defer({"n": 1}, {"n": 2})
            seen.append(seen_by_others())
        seen.append(seen_by_others())

    task(first)
    work(until="tests.first")
    assert seen == [[], ["tests.next"] * 3]


def test_job_of_a_job_that_is_undone_is_never_there(task):
    seen = []

    def first():
        with transaction.atomic():
            app.configure_task("tests.next", queue="nobody").defer()
            seen.append(seen_by_others())
            raise Undone

    task(first)
    work()
    assert (seen, seen_by_others()) == ([[]], [])
    assert ProcrastinateJob.objects.get().status == "failed"


def test_job_deferred_twice_leaves_its_transaction_whole(task):
    """A job that waits already is no error of the database for the job that defers it once more."""

    def first():
        with transaction.atomic():
            for _twice in range(2):
                georeport.defer_once("incidents.read_outside", 7, authority_id=7)
            factories.town()

    task(first)
    work(until="tests.first")
    assert seen_by_others() == ["incidents.read_outside"]
    assert City.objects.exists()


def test_difference_of_an_upload_is_there_after_work(town):
    take(geojson(), code="2026")
    work(until="gis_data.compare_edition")
    edition = Edition.objects.get(code="2026")
    assert Succession.objects.filter(new__edition=edition).count() > 0


DEAD_JOB = """
    WITH dead AS (
        INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id
    )
    INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, lock, queueing_lock, worker_id)
    SELECT 'default', %(task)s, '{"timestamp": 0}', 'doing', %(name)s, %(name)s, id FROM dead
"""


def test_dead_workers_job_does_not_keep_the_next_one_waiting(db):
    """A worker died in a periodic job whose next one waits, and in another: both are done, the first once."""
    with connection.cursor() as cursor:
        for task in ("incidents.reforms_due", "incidents.look_after_outside"):
            cursor.execute(DEAD_JOB, {"task": task, "name": task})
    app.configure_task("incidents.reforms_due", lock="incidents.reforms_due").defer(timestamp=1)
    app.configure_task("incidents.rescue").defer(timestamp=1)
    work()  # ends when nothing waits: what is given back meanwhile may be left for the next
    work()
    jobs = ProcrastinateJob.objects.order_by("pk").values_list("task_name", "status")
    assert list(jobs) == [
        ("incidents.reforms_due", "aborted"),
        ("incidents.look_after_outside", "succeeded"),
        ("incidents.reforms_due", "succeeded"),
        ("incidents.rescue", "succeeded"),
    ]
