"""Test, with a real worker, that no kind of job takes the places of another."""

import asyncio
import threading

import pytest
from procrastinate.contrib.django import app

from geoapp import queues
from geoapp.queues import PLACES, places_of
from incidents.models import Medium
from incidents.notify.transports import TRANSPORTS
from tests.geoapp.test_jobs import nothing_periodic  # noqa: F401 - no periodic jobs beside those of the test

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_S = 60  # of a test that fails


@pytest.fixture
def tasks():
    runs = []

    def register(name, function, queue):
        runs.append(name)
        app.task(name=name, queue=queue)(function)
        return app.configure_task(name, queue=queue)

    yield register
    for name in runs:
        app.tasks.pop(name)


def work_until(over):
    """Run bin/worker's loop on all queues until the event is set."""

    async def run():
        async with app.open_async():
            working = asyncio.create_task(app.run_worker_async(concurrency=2, install_signal_handlers=False))
            await asyncio.get_running_loop().run_in_executor(None, over.wait, PATIENCE_S)
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    with app.replace_connector(app.connector.get_worker_connector()):
        asyncio.run(run())


@pytest.mark.parametrize(
    "stuck_queue", [queues.STRANGERS, queues.SLOW, queues.MAIL, queues.SMS, queues.PUSH, queues.PARTNERS]
)
def test_kind_that_hangs_delays_no_other_kind(tasks, stuck_queue):
    """More jobs than a worker has threads wait for somebody outside; one of each other kind is done meanwhile."""
    free, over, done = threading.Event(), threading.Event(), []
    others = sorted(PLACES.keys() - {stuck_queue})
    tasks("tests.hang", lambda n: free.wait(PATIENCE_S), stuck_queue).batch_defer(*({"n": n} for n in range(40)))

    def finish(kind):
        done.append(kind)
        if len(done) == len(others):
            free.set()
            over.set()

    for kind in others:
        tasks(f"tests.finish_{kind}", finish, kind).defer(kind=kind)
    work_until(over)
    assert sorted(done) == others
    assert free.is_set()


def test_place_that_is_left_is_taken_by_the_next_of_its_kind(tasks):
    """Nothing tells a worker of a job that waited for a place: it looks again by itself."""
    over, running, most = threading.Event(), [], []

    def count(n):
        running.append(n)
        most.append(len(running))
        if n == 9:
            over.set()
        running.remove(n)

    tasks("tests.count", count, queues.SLOW).batch_defer(*({"n": n} for n in range(10)))
    work_until(over)
    assert most == [1] * 10


def test_places_of_a_worker():
    assert places_of(["cameras"], 3) == {"cameras": 3}
    assert places_of(["mail"], 4) == {"mail": 2}
    assert places_of(None, 4) == places_of(["default", "cameras"], 4)
    assert places_of(["default"], 4).keys() == PLACES.keys() - {"cameras"}
    assert sum(places_of(None, 4).values()) < 30  # connections of the pool in bin/worker


def test_no_task_that_calls_out_shares_the_own_work():
    assert TRANSPORTS.keys() == set(Medium)
    waiting = {name for name, task in app.tasks.items() if task.queue == queues.OWN and name.endswith(CALLING)}
    assert waiting == set()


CALLING = ("_mail_key_request", ".fetch_mail", ".call_webhook", ".fetch_photo", ".fetch_recording", ".read_feed",
           ".call_outside", ".send_outside", ".read_outside", ".take_chat", ".renew_zalo", ".check_sms")  # fmt: skip
