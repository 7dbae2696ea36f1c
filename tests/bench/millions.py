"""Measure queries on two million incidents, each address forty times on one connection: slowest time against median.

PostgreSQL plans a prepared statement anew for its first executions only and may then keep a generic plan. For a box or
a period that plan is wrong for most values, which shows in the first unusual one.
"""

import statistics
import time
from datetime import timedelta

from django.contrib.gis.geos import Point
from django.db import connection
from django.test import Client
from django.utils.timezone import now

from geoapp.db import connections
from gis_data.addresses import geocode
from incidents.models import Incident, Membership, User
from tests.bench.rows import geocode_tile, row
from tests.bench.sizes import choose

COUNT, TIMES = choose(2_000_000, 20_000), 40
# One in twenty is open; two years of reports.
MANY = """
INSERT INTO incidents_incident (reference, category_id, state, place, address, area_id, authority_id, text, published,
                                reports_count, received_at, accept_by, due_at, changed_at, closed_at)
SELECT 'million-' || n, sample.category_id,
       CASE WHEN n %% 20 > 0 THEN 'closed'
            ELSE (ARRAY['assigned', 'accepted', 'working'])[1 + n / 20 %% 3] END,
       spot.place, '', spot.area_id, sample.authority_id, '', true, 1, spot.at, spot.at + interval '1 day',
       spot.at + interval '9 days', spot.at,
       CASE WHEN n %% 20 > 0 THEN spot.at + interval '5 days' END
FROM (SELECT n, place, area_id, now() - (n * 7919 %% 1051200) * interval '1 min' AS at FROM (
          SELECT row_number() OVER () AS n, place, area_id FROM (
              SELECT id AS area_id, (ST_Dump(ST_GeneratePoints(shape, %(each)s, 2025))).geom AS place
              FROM gis_data_area WHERE edition_id = %(edition)s) spots) numbered) spot
CROSS JOIN (SELECT * FROM incidents_incident WHERE id = %(sample)s) sample
"""


def millions(stage):
    """Leaves its rows in the database, because deleting them takes longer than all else: this row is the last."""
    sample = Incident.objects.select_related("area").order_by("pk").first()
    each = COUNT // sample.area.edition.areas.count() + 1
    with connection.cursor() as cursor:
        cursor.execute(MANY, {"each": each, "edition": sample.area.edition_id, "sample": sample.pk})
    with connections.as_owner(), connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE incidents_incident")
    officer = User.objects.create_user("million-officer")
    with connections.as_owner():
        Membership.objects.create(user=officer, authority=sample.authority, role=Membership.Role.OFFICER)
    yield from measure_all(stage, officer, f"{Incident.objects.count():,} incidents")


def measure_all(stage, officer, of_how_many):
    everybody, desk = Client(headers={"host": "localhost"}), Client(headers={"host": "localhost"})
    desk.force_login(officer, "django.contrib.auth.backends.ModelBackend")
    x, y = stage.places[0]
    small, large = (f"{x - d:.4f},{y - d:.4f},{x + d:.4f},{y + d:.4f}" for d in (0.005, 0.5))
    day = (now() - timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    pages = (
        ("tile of zoom 10", everybody, f"/tiles/incidents/10/{geocode_tile(x, y, 10)}.json"),
        ("tile of zoom 15", everybody, f"/tiles/incidents/15/{geocode_tile(x, y, 15)}.json"),
        ("the same as MVT", everybody, f"/tiles/incidents/15/{geocode_tile(x, y, 15)}.mvt"),
        ("list of a small box", everybody, f"/list/?bbox={small}"),
        ("list of a large box", everybody, f"/list/?bbox={large}"),
        ("OGC items of a small box", everybody, f"/ogc/collections/incidents/items?bbox={small}&limit=100"),
        ("OGC items of a large box", everybody, f"/ogc/collections/incidents/items?bbox={large}&limit=100"),
        ("Open311 requests of a period", everybody, f"/open311/v2/requests.json?start_date={day}"),
        ("list of a desk", desk, "/desk/?part=queue"),
        ("its late ones", desk, "/desk/?part=queue&show=late"),
    )
    for _what, client, address in pages:
        ask_address(client, address)  # a process that shows it for the first time reads its programs, too
    for what, client, address in pages:
        yield show_slowest(
            f"{what}, {of_how_many}", lambda client=client, address=address: ask_address(client, address)
        )
    yield show_slowest("look-up of a point", lambda: geocode.locate(Point(x, y, srid=4326)))


def show_slowest(what, work):
    times = []
    for _time in range(TIMES):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    usual, slowest = statistics.median(times), max(times)
    print(f"  {what}: median {usual:,.1f} ms, slowest {slowest:,.1f} ms", flush=True)
    good = slowest <= 3 * usual + 100
    return row(f"{what}, slowest of {TIMES}", slowest, usual, unit="ms", budget="≤ 3 × the median + 100 ms", good=good)


def ask_address(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, f"{address}: {answer.status_code}"
    return answer
