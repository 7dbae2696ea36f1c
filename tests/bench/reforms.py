"""Compare placing all incidents in a new edition with the bare join of the same rows."""

import time

from django.db import connection, transaction
from django.utils.timezone import localdate

from gis_data import sql
from gis_data.models import Edition
from incidents import reform
from incidents.models import Incident, Placement
from tests.bench.rows import row
from tests.bench.sizes import choose

COUNT = choose(2_000_000, 20_000)
COPY = """
INSERT INTO gis_data_area
    (edition_id, level, code, name, full_name, full_name_en, kind, shape, outline, label_point, search)
SELECT %s, level, code, name, full_name, full_name_en, kind, shape, outline, label_point, search
FROM gis_data_area WHERE edition_id = %s
"""
MANY = """
INSERT INTO incidents_incident (reference, category_id, state, place, address, area_id, authority_id, text, published,
                                reports_count, received_at, accept_by, due_at, changed_at, closed_at)
SELECT 'bulk-' || n, sample.category_id, 'resolved', spot.place, '', sample.area_id, sample.authority_id, '',
       sample.published, 1, now(), now(), now(), now(), now()
FROM (SELECT row_number() OVER (ORDER BY random()) AS n, place FROM (
          SELECT (ST_Dump(ST_GeneratePoints(shape, %(each)s, 2025))).geom AS place
          FROM gis_data_area WHERE edition_id = %(edition)s) spots) spot
CROSS JOIN (SELECT * FROM incidents_incident WHERE id = %(sample)s) sample
"""
BARE = """
SELECT count(*) FROM incidents_incident incident
JOIN gis_data_areapiece piece ON ST_Intersects(piece.shape, incident.place)
WHERE incident.reference LIKE 'bulk-%'
"""


def execute(statement, params=None):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchone() if cursor.description else None


def time_work(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def reforms(stage):
    """Moves two million incidents to a copy of the current edition; all is rolled back.

    Measures the bare join before the copy is made: it reads one edition's pieces only and writes nothing.
    """
    with transaction.atomic():
        law = Edition.objects.on(localdate()).order_by("-level").first()
        new = Edition.objects.create(city=law.city, level=law.level, code="bench-copy", name="bench-copy")
        each = COUNT // law.areas.count() + 1
        execute(MANY, {"each": each, "edition": law.pk, "sample": Incident.objects.order_by("pk").first().pk})
        many = Incident.objects.filter(reference__startswith="bulk-").count()
        execute("SELECT analyze_table('incidents_incident')")
        bare = time_work(lambda: execute(BARE))
        execute(COPY, [new.pk, law.pk])
        sql.execute("subdivide", edition=new.pk)
        execute("SELECT analyze_table('gis_data_areapiece')")
        took = time_work(lambda: reform.place_incidents(new))
        assert Placement.objects.filter(edition=new).count() >= many
        transaction.set_rollback(True)
    yield row(
        f"{many:,} incidents to a new edition",
        took,
        unit="s",
        budget=f"< {COUNT * 30e-6:.1f} s",
        good=took < COUNT * 30e-6,
    )
    yield row(
        "the same, a second", many / took, many / bare, unit="/s", budget="≥ 0.5 of the bare join",
        good=many / took >= many / bare / 2,
    )  # fmt: skip
