"""Erased words do not lie on in dead rows: autovacuum is had to come, until it has been."""

import pytest
from django.conf import settings
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from geoapp.db import connections
from incidents.data_requests import requests as data_requests
from incidents.disclosure import jobs, subject_requests, vacuuming
from incidents.models import Report
from tests import factories

SOON = """
SELECT relname FROM pg_class WHERE relname IN ('incidents_report', 'incidents_notice', 'incidents_event_oldest')
    AND 'autovacuum_vacuum_threshold=0' = ANY (reloptions) ORDER BY relname
"""
WAITING = {"task_name": vacuuming.TASK, "status": "todo"}


def wanted_soon():
    with connection.cursor() as cursor:
        cursor.execute(SOON)
        return [name for (name,) in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not settings.DATABASE_OWNER, reason="the service owns the tables")
def test_tables_of_words_are_vacuumed_after_an_erasure(town, officer):
    factories.incident(town.hole, text="Knee deep", phone="+84901234567")
    subject_request = subject_requests.record_request("erase", by=officer, phone="+84901234567")
    before = ProcrastinateJob.objects.filter(**WAITING).count()
    assert data_requests.fulfil_request(subject_request, by=officer) == 1
    assert ProcrastinateJob.objects.filter(**WAITING).count() == before + 1
    assert Report.objects.get().text == ""
    with connection.cursor() as cursor:  # what autovacuum goes by is written when a session has time
        cursor.execute("SELECT pg_stat_force_next_flush()")
    waiting = vacuuming.vacuum_words(None, 0)
    assert "incidents_report" in waiting
    assert "incidents_report" in wanted_soon()
    with connections.as_owner(), connection.cursor() as cursor:
        for name in waiting:
            cursor.execute(f"VACUUM {name}")
    job = ProcrastinateJob.objects.filter(**WAITING).latest("pk")
    assert job.args["looks"] == 1
    jobs.vacuum_words(**job.args)
    assert wanted_soon() == []
