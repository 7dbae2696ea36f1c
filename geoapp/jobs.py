"""Jobs are deferred by Django's own connection, also where a job defers another.

So a job and the rows that it is about are committed together, or neither is; no worker hears of it before. In the web
process procrastinate does so anyway; its worker would defer by connections of its own, outside the transaction.
"""

from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.utils import connector_params
from procrastinate.psycopg_connector import PsycopgConnector


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


def use_connector(app):
    """Let the app of procrastinate use ours: PROCRASTINATE_ON_APP_READY."""
    app.connector = app.job_manager.connector = Connector(app.connector.alias)
