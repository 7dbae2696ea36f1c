"""Jobs are deferred by Django's own connection, also where a job defers another.

So a job and the rows that it is about are committed together, or neither is; no worker hears of it before. In the web
process procrastinate does so anyway; its worker would defer by connections of its own, outside the transaction.

A worker has places for each queue (`geoapp.queues`) instead of places that the first comers take.
"""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections
from procrastinate import App, RetryStrategy, worker
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.utils import connector_params
from procrastinate.psycopg_connector import PsycopgConnector

from geoapp.queues import places_of

AGAIN = RetryStrategy(max_attempts=8, exponential_wait=3)  # for some hours


class Connector(DjangoConnector):
    """Procrastinate's way to the database; in a worker it is replaced by a `WorkerConnector`."""

    def get_worker_connector(self):
        return WorkerConnector(self, kwargs=connector_params(self.alias))


class WorkerConnector(PsycopgConnector):
    """The worker itself hears of jobs and ends them by a pool of its own, asynchronously.

    What a job defers is deferred synchronously, by Django's connection in that job's thread.
    """

    def __init__(self, deferring, **pool):
        super().__init__(**pool)
        self.deferring = deferring

    def get_sync_connector(self):
        return self.deferring


class QueueWorker(worker.Worker):
    """A worker that takes a job only from queues of which it has a place left. `concurrency`: see `places_of`."""

    def __init__(self, app: App, queues: Any = None, concurrency: int = 1, **options: Any) -> None:
        self.places = places_of(list(queues) if queues else None, concurrency)
        self.has_ended_job = False
        super().__init__(app, concurrency=sum(self.places.values()), **options)

    @property
    def queues(self) -> list[str]:
        """The queues of which a job may begin now; the fetching of jobs, and all else, reads it each time."""
        running = Counter(context.job.queue for context in self._running_jobs.values())
        return [name for name, places in self.places.items() if running[name] < places]

    @queues.setter
    def queues(self, _names: object) -> None:
        """What procrastinate sets itself stands in `places`."""

    async def run(self) -> None:
        # Else there are as many threads as cores and four, and the jobs of one queue could take them all.
        threads = ThreadPoolExecutor(self.concurrency, thread_name_prefix="job")
        asyncio.get_running_loop().set_default_executor(threads)
        await super().run()

    async def _fetch_and_process_jobs(self) -> None:
        """As procrastinate does, and again where a place was left meanwhile: nobody tells of jobs that waited."""
        self.has_ended_job = True
        while self.has_ended_job and not self._stop_event.is_set():
            self.has_ended_job = False
            await super()._fetch_and_process_jobs()

    async def _process_job(self, context: Any) -> None:
        try:
            await super()._process_job(context)
        finally:
            # When this task has ended and its place is left.
            asyncio.get_running_loop().call_soon(self.look_again)

    def look_again(self) -> None:
        self.has_ended_job = True
        self._new_job_event.set()


def give_back_connections(call_next: Any, _context: Any, _worker: Any) -> Any:
    """A thread without a job holds no connection of the pool."""
    try:
        return call_next()
    finally:
        connections.close_all()


def use_connector(app):
    """Let the app of procrastinate use ours: PROCRASTINATE_ON_APP_READY."""
    app.connector = app.job_manager.connector = Connector(app.connector.alias)
    app._worker = lambda **options: QueueWorker(
        app, **{"task_middleware": [give_back_connections]} | app.worker_defaults | options
    )
