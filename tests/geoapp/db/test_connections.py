"""Test statement plans, and own database connections."""

import asyncio
import subprocess

import environ
import psycopg
import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.gis.geos import Point
from django.db import OperationalError, connection
from procrastinate.contrib.django import app

from geoapp.db import connections
from gis_data.addresses import geocode
from gis_data.services import lookups
from incidents.map import live
from tests import factories
from tests.fakes import tls_postgres

PREPARED_AFTER = 7  # psycopg prepares a statement, where it does, when it comes for the sixth time
REPEATS = 12  # PostgreSQL plans a prepared statement anew five times at the most before it may keep one plan
TILE = "8/135/86"
AREA = "9.9,49.9,10.1,50.1"


def prepared_statements():
    """Return this connection's prepared statements, and how often each ran with a generic plan."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, generic_plans FROM pg_prepared_statements")
        return dict(cursor.fetchall())


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize(
    "path",
    [
        "/?days=0&state=all",
        f"/list/?bbox={AREA}",
        f"/tiles/incidents/{TILE}.json",
        f"/tiles/incidents/{TILE}.mvt",
        f"/ogc/collections/incidents/items?bbox={AREA}",
        "/ogc/collections/incidents/items?datetime=2026-01-01/..",
        "/data/incidents.csv?datetime=2026-01-01/..",
        "/open311/v2/requests.json?start_date=2026-01-01T00:00:00Z",
        "/open311/v2/servicerequestupdates.json?start_datetime=2026-01-01T00:00:00Z",
        "/stats/?from=2026-01-01",
        "/stats/areas.csv",
        "/history/heads.json",
        "/desk/?part=queue&show=late",
        "/desk/?part=queue&q=knee",
        "/lead/",
        "/watch/late/",
        "/metrics",
    ],
)
def test_statements_are_planned_for_their_values(client, town, incident, path):
    """However often they are repeated: of boxes and periods no plan is right for all. Posts are looked up by a key."""
    boss = factories.person("boss", town.office, "leader")
    factories.post(boss, town.desk, "supervisor")
    client.force_login(boss)
    before = prepared_statements()  # by who used this connection earlier
    for _time in range(PREPARED_AFTER):
        answer = client.get(path)
        assert answer.status_code == 200
    generic_plans = [
        statement for statement in prepared_statements() if "incidents_" in statement and statement not in before
    ]
    assert [statement for statement in generic_plans if not statement.startswith('SELECT "incidents_membership"')] == []


def test_look_ups_of_points_keep_their_plan(town):
    for _time in range(REPEATS):
        geocode.locate(Point(10.005, 50.005, srid=4326))
    of_look_up = {
        statement: generic_plans
        for statement, generic_plans in prepared_statements().items()
        if "gis_data_areapiece" in statement
    }
    assert [generic_plans > 0 for generic_plans in of_look_up.values()] == [True]


# ---- connections of our own ----


SEEN = """
    SELECT ssl, application_name FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
    WHERE pid = pg_backend_pid() OR starts_with(query, 'LISTEN')
"""


async def by_connect():
    with connections.connect() as opened:
        return opened.execute(SEEN).fetchall()


async def by_connect_async():
    async with await connections.connect_async() as opened:
        return await (await opened.execute(SEEN)).fetchall()


async def by_listener():
    relay = live.NotifyRelay("bench")
    await asyncio.wait_for(relay.watch(), 10)
    (task, _listening), *_ = relay.relaying.values()
    try:
        with await asyncio.to_thread(connections.connect) as opened:
            return opened.execute(f"{SEEN} LIMIT 1").fetchall()
    finally:
        task.cancel()
        await asyncio.wait([task])  # else the loop's end cancels it once more, in the middle of closing its connection


async def by_look_ups():
    pool = await lookups.open_pool()
    async with pool, pool.connection() as opened:
        return await (await opened.execute(SEEN)).fetchall()


async def by_probes():
    def ask():
        with connections.outside_the_pool(), connection.cursor() as cursor:
            cursor.execute(SEEN)
            return cursor.fetchall()

    return await sync_to_async(ask)()


async def by_jobs():
    connector = app.connector.get_worker_connector()
    await connector.open_async()
    try:
        row = await connector.execute_query_one_async(SEEN)
    finally:
        await connector.close_async()
    return [tuple(row.values())]


WAYS = [by_connect, by_connect_async, by_listener, by_look_ups, by_probes, by_jobs]


@pytest.fixture(scope="module")
def server():
    with tls_postgres.serving() as running:
        yield running


@pytest.fixture
def elsewhere(db, server, monkeypatch):
    """DATABASE_URL of the TLS server, with its certificate to verify."""

    def lead(root):
        url = (
            f"postgis://{server.user}@localhost:{server.port}/postgres?sslmode=verify-ca&sslrootcert={root}"
            "&options=-c%20application_name%3Dours&connect_timeout=5"
        )
        parsed_url = environ.Env().db_url_config(url, engine=settings.DATABASES["default"]["ENGINE"])
        options = settings.DATABASES["default"]["OPTIONS"] | parsed_url.pop("OPTIONS")
        for name, value in (parsed_url | {"OPTIONS": options}).items():
            monkeypatch.setitem(connection.settings_dict, name, value)

    return lead


@pytest.mark.parametrize("way", WAYS)
def test_every_connection_is_made_as_database_url_says(elsewhere, server, way):
    elsewhere(server.trusted)
    assert asyncio.run(way()) == [(True, "ours")]


@pytest.mark.parametrize("way", [by_connect, by_connect_async, by_probes])  # the others go on trying
def test_no_connection_believes_another_certificate(elsewhere, server, way):
    elsewhere(server.other)
    with pytest.raises((OperationalError, psycopg.OperationalError), match="certificate verify failed"):
        asyncio.run(way())


def test_no_listener_believes_another_certificate(elsewhere, server, caplog):
    """It goes on trying, and says why."""
    elsewhere(server.other)
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(live.NotifyRelay("bench").watch(), 1))
    assert "certificate verify failed" in caplog.text


def test_nobody_else_makes_a_connection():
    command = ["git", "grep", "-nE", r"get_connection_params|Connection\.connect\(|psycopg2?\.connect\("]
    command += ["--", "*.py", ":!tests", ":!geoapp/db/connections.py"]
    assert subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True).stdout == ""
