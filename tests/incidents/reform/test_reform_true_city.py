"""The reform of 1 July 2025 played through on the true city: 22 districts become 168 units, forwards and back."""

import datetime
import os
import time
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Count, F

from gis_data.editions import succession
from gis_data.editions.succession import Kind
from gis_data.models import Edition, Level
from incidents import reform
from incidents.models import (
    Authority,
    Category,
    Event,
    Incident,
    Membership,
    Placement,
    Reassignment,
    Reform,
    Report,
    RoutingRule,
)
from incidents.routing import rules
from tests import factories

PACK = Path(__file__).parents[3] / "gis_data" / "packs" / "hcmc"
DISTRICTS = "hcmc_old_districts_22_derived_from_2025_units.geojson.gz"
BOUNDARIES = "hcmc_2025_168_units_full.geojson.gz"
DATA = Path(os.environ.get("CITY_DATA") or "nowhere")
# REFORM_INCIDENTS=200000 plays it at the size of the city; in every run a fiftieth of that has to do.
INCIDENTS = int(os.environ.get("REFORM_INCIDENTS", 4_000))
DAY = datetime.date(2025, 7, 1)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (DATA / DISTRICTS).is_file(), reason=f"CITY_DATA names no folder with {DISTRICTS}"),
]


@pytest.fixture
def before(db, settings, tmp_path):
    """The city as it was on 30 June 2025: 22 districts are the law, and the 168 units are a draft.

    Streets, ground and cameras, which take longest to load, are no matter of a reform.
    """
    for file in (DISTRICTS, BOUNDARIES):
        (tmp_path / file).symlink_to((DATA / file).resolve())
    settings.CITY_DATA = str(tmp_path)
    call_command("load_city", str(PACK), "--no-download", stdout=StringIO())
    Authority.objects.filter(area__isnull=False).delete()
    RoutingRule.objects.filter(area__isnull=False).delete()
    new, old = Edition.objects.get(level=Level.WARD), Edition.objects.get(level=Level.DISTRICT)
    Edition.objects.filter(pk=new.pk).update(in_force=None)
    new.refresh_from_db()
    for area in old.areas.all():
        Authority.objects.create(code=f"ubnd-{area.code}", kind="WARD", name=f"UBND {area.name}", area=area)
    return old, new


def many_incidents(old):
    """Incidents all over the districts: where the rules put them, every 20th with a unit of a field; 1 of 5 closed.

    Every 100th was reported by somebody who left an e-mail address.
    """
    law = rules.RuleSnapshot.now([old])
    categories = list(Category.objects.leaves().order_by("pk"))
    areas = list(old.areas.order_by("pk").defer("shape", "outline"))
    put = [(c.pk, n, a.pk, law.answer(c, [a])[0].pk) for n, c in enumerate(categories) for a in areas]
    field = Authority.objects.get(code="so-xay-dung").pk
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE put (category int, n int, area int, authority int) ON COMMIT DROP")
        cursor.executemany("INSERT INTO put VALUES (%s, %s, %s, %s)", put)
        cursor.execute(
            "CREATE TEMP TABLE spot ON COMMIT DROP AS SELECT row_number() OVER () AS n, id AS area, geom AS place FROM"
            " (SELECT area.id, (ST_Dump(ST_GeneratePoints(shape, %s, 2025))).geom FROM gis_data_area area"
            "  WHERE edition_id = %s ORDER BY id) spots LIMIT %s",
            [INCIDENTS // len(areas) + 1, old.pk, INCIDENTS],
        )
        cursor.execute("ANALYZE put")
        cursor.execute("ANALYZE spot")
        cursor.execute(
            """
            INSERT INTO incidents_incident (reference, category_id, state, place, address, area_id, authority_id, text,
                published, reports_count, received_at, accept_by, due_at, waiting_since, changed_at, closed_at)
            SELECT 'T-' || spot.n, put.category, state, place, '', spot.area,
                CASE WHEN spot.n %% 20 = 0 THEN %s ELSE put.authority END, 'Knee deep', NOT restricted, 1, now(), now(),
                now() + interval '2 days', CASE WHEN state = 'waiting' THEN now() END, now(),
                CASE WHEN state = 'resolved' THEN now() END
            FROM spot
            JOIN put ON put.area = spot.area AND put.n = spot.n %% %s
            JOIN incidents_category category ON category.id = put.category
            CROSS JOIN LATERAL (
                SELECT (ARRAY['assigned', 'working', 'waiting', 'received', 'resolved'])[1 + spot.n %% 5] AS state
            ) states
            """,
            [field, len(categories)],
        )
        cursor.execute(
            "INSERT INTO incidents_report (incident_id, channel, sending, token, text, place, phone, email, language,"
            " received_at) SELECT id, 'web', gen_random_uuid(), '', '', place, '', %s, 'vi', now()"
            " FROM incidents_incident WHERE right(reference, 2) = '00'",
            [Report._meta.get_field("email").get_db_prep_value("lan@example.net", connection)],
        )
        cursor.execute("SELECT analyze_table('incidents_incident')")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def check_constraints():
    """What a commit would check is checked now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def everything():
    """A sum over all that a reform may change, but for when it changed and for the history."""
    incidents = (
        "SELECT md5(string_agg(concat_ws('|', id, area_id, authority_id, state, due_at, waiting_since, closed_at,"
        " reports_count), ',' ORDER BY id)) FROM incidents_incident"
    )
    with connection.cursor() as cursor:
        cursor.execute(incidents)
        return (
            cursor.fetchone()[0],
            list(Authority.objects.order_by("pk").values_list()),
            list(Membership.objects.order_by("pk").values_list()),
            list(RoutingRule.objects.order_by("pk").values_list()),
            list(Edition.objects.order_by("pk").values_list("code", "in_force")),
            Placement.objects.count(),
            Reassignment.objects.count(),
        )


@pytest.mark.deep
def test_the_whole_reform_forwards_and_back(before):
    old, new = before
    for area in old.areas.defer("shape", "outline"):
        factories.person(f"officer-{area.code}", area.own_authority)
    many_incidents(old)
    units = new.areas.count()
    seconds, began = {}, time.monotonic()

    def took(step):
        nonlocal began
        seconds[step], began = round(time.monotonic() - began, 1), time.monotonic()

    succession.compute_successions(new, [old])
    took("succession")
    preview = reform.preview_reform(new, [old])
    took("preview")
    at_first = everything()
    plan = reform.plan_reform(new, DAY, by="mapmaker")
    began = time.monotonic()
    assert reform.enact_reform(plan.pk) is True
    check_constraints()
    took("enact")

    plan.refresh_from_db()
    counts, opened = plan.counts, INCIDENTS * 4 // 5
    inside = new.areas.filter(predecessors__old__edition=old).distinct().count()
    assert units == 168
    assert Edition.objects.get(pk=old.pk).in_force == DateRange(datetime.date(2021, 1, 1), DAY)
    assert Edition.objects.get(pk=new.pk).in_force == DateRange(DAY, None)
    # Every open incident lies in a unit in force, every closed one where it lay; none is lost.
    assert counts["open"] + counts["untouched"] == opened == counts["moved"] + counts["stayed"] + counts["untouched"]
    assert counts["closed"] == INCIDENTS - opened == Incident.objects.filter(area__edition=old).count()
    assert Incident.objects.open().filter(area__edition=new).count() == opened - counts["outside"]
    assert Placement.objects.filter(edition=new).count() == INCIDENTS - opened
    with connection.cursor() as cursor:  # autovacuum sees nothing of what this transaction wrote
        for table in ("incidents_reassignment", "incidents_placement", "incidents_authority", "gis_data_area"):
            cursor.execute("SELECT analyze_table(%s)", [table])
    assert Placement.objects.filter(edition=old).count() == opened == Reassignment.objects.count()
    assert counts["authorities"] + counts["carried"] == inside
    # What was foretold came true.
    assert (preview.incidents, preview.moving, preview.outside) == (opened, opened, counts["outside"])
    moved = Reassignment.objects.values_list("old_area", "new_area").annotate(n=Count("pk"))
    assert {(pair.old.pk, pair.new.pk): pair.incidents for pair in preview.pairs if pair.incidents} == {
        (old_area, new_area): n for old_area, new_area, n in moved
    }
    # Those handed to a field's unit stayed; those of the districts went to the unit of the place.
    assert not Reassignment.objects.filter(new_authority__area__edition=old).exists()
    at_units = Reassignment.objects.filter(old_authority__area__edition=old)
    assert not at_units.exclude(new_authority__area=F("new_area")).exists()
    assert not Reassignment.objects.filter(old_authority__area=None).exclude(new_authority=F("old_authority")).exists()
    assert Event.objects.filter(kind=Event.Kind.REDRAWN).count() == opened
    kinds = [change.kind for change in succession.changes_between(new, old)]
    assert (kinds.count(Kind.NEW), len(kinds)) == (units - inside, 22 + units - inside)

    began = time.monotonic()
    assert reform.take_back_reform(plan.pk, by="mapmaker") is True
    check_constraints()
    took("take_back")

    assert everything() == at_first
    assert Event.objects.filter(kind=Event.Kind.RESTORED).count() == opened
    assert Reform.objects.get(pk=plan.pk).counts["taken_back"]["restored"] == opened
    print(f"\n{INCIDENTS:,} incidents, seconds: {seconds}")
