"""Defer procrastinate jobs on Django's connection, so that jobs commit with the rows they are about.

So a job and the rows that it is about are committed together, or neither is; no worker hears of it before. In the web
process procrastinate does so anyway; its worker would defer by connections of its own, outside the transaction.

A worker has places by queue (`geoapp.queues`) in place of one common number.
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
    """Procrastinate's connector; in a worker it becomes a `WorkerConnector`."""

    def get_worker_connector(self):
        return WorkerConnector(self, kwargs=connector_params(self.alias))


class WorkerConnector(PsycopgConnector):
    """Connector of a worker: it fetches and finishes jobs asynchronously by a pool of its own.

    What a job defers is deferred synchronously, by Django's connection in that job's thread.
    """

    def __init__(self, deferring, **pool):
        super().__init__(**pool)
        self.deferring = deferring

    def get_sync_connector(self):
        return self.deferring


class QueueWorker(worker.Worker):
    """A worker that fetches jobs only from queues with a free place. `concurrency`: see `places_of`."""

    def __init__(self, app: App, queues: Any = None, concurrency: int = 1, **options: Any) -> None:
        self.places = places_of(list(queues) if queues else None, concurrency)
        self.has_ended_job = False
        super().__init__(app, concurrency=sum(self.places.values()), **options)

    @property
    def queues(self) -> list[str]:
        """Return the queues from which a job may start now; read before each fetch."""
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
        """Fetch jobs, and fetch again where a place became free meanwhile: waiting jobs send no notification."""
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
    try:
        return call_next()
    finally:
        connections.close_all()


def use_connector(app):
    """Set our connector: PROCRASTINATE_ON_APP_READY."""
    app.connector = app.job_manager.connector = Connector(app.connector.alias)
    app._worker = lambda **options: QueueWorker(
        app, **{"task_middleware": [give_back_connections]} | app.worker_defaults | options
    )
