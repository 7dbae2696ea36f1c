"""Figures over a reform, counted by hand.

10.00     10.006    10.01    10.014    10.02 °E
  | Quay District      | Hill District      |   until 30 June 2025
  | Old Wharf          | New Wharf          |   from 1 July 2025
  | West    | Middle            | East      |   from 1 October 2025
"""

import csv
import datetime
import io
import json
import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.geos import Point
from django.db.backends.postgresql.psycopg_any import DateRange
from django.http import QueryDict
from django.utils import translation

from geoapp.http.query_parameters import QueryError
from gis_data import sql
from gis_data.models import Edition, FormerPart, FormerUnit, Level
from incidents import access, aggregates, proofs, reform, timeline
from incidents.analytics import kept_statistics, statistics
from incidents.analytics.statistics import AreaFigures, Kept, Segment, StatisticsQuery, StatisticsTable
from incidents.models import Event, Incident, PlacedMonth, Placement, Proof, Reassignment, Reform
from incidents.views.public.statistics import countable_incidents
from tests import factories, owner

WARDS, REDRAWN = datetime.date(2025, 7, 1), datetime.date(2025, 10, 1)
NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
ALL = StatisticsQuery(datetime.date(2025, 1, 1), datetime.date(2025, 12, 31), sort="name")
S = Incident.State


@pytest.fixture
def reformed_town(town):
    """Three laws, one after the other, and seven incidents."""
    before = Edition.objects.create(
        city=town.city, level=Level.DISTRICT, code="2020", name="2020",
        in_force=DateRange(datetime.date(2020, 1, 1), WARDS), approximate=True,
    )  # fmt: skip
    quay = factories.area(before, "Q", "Quay", (10.0, 50.0, 10.01, 50.01))
    hill = factories.area(before, "H", "Hill", (10.01, 50.0, 10.02, 50.01))
    sql.execute("subdivide", edition=before.pk)
    redrawn = factories.redrawn_town(town)
    law(town.edition, WARDS, REDRAWN)
    law(redrawn.edition, REDRAWN, None)
    change = Reform.objects.create(edition=redrawn.edition, day=REDRAWN, state=Reform.State.ENACTED, enacted_at=NOW)
    a = make_incident(town, "2025-08-01", 10.003, town.old, S.RESOLVED, after=1)
    b = make_incident(town, "2025-08-02", 10.008, town.old, S.RESOLVED, after=3)  # after its deadline
    c = make_incident(town, "2025-08-03", 10.012, redrawn.middle, S.WORKING)
    d = make_incident(town, "2025-08-04", 10.018, town.new, S.REJECTED, after=1)
    e = make_incident(town, "2025-11-01", 10.003, redrawn.west, S.RESOLVED, after=2)
    f = make_incident(town, "2025-11-02", 10.018, redrawn.east, S.WAITING, category=town.leak)
    g = make_incident(town, "2025-06-15", 10.012, hill, S.RESOLVED, after=4)
    Placement.objects.create(incident=b, edition=redrawn.edition, area=redrawn.middle)
    move_incident(change, c, town.new, redrawn.middle)
    return SimpleNamespace(
        town=town, quay=quay, hill=hill, before=before, redrawn=redrawn, incidents=(a, b, c, d, e, f, g)
    )


def law(edition, since, until):
    edition.in_force = DateRange(since, until)
    edition.save(update_fields=["in_force"])


def make_incident(town, day, lon, area, state, after=None, category=None):
    """An incident of a morning, with two days' time, closed so many days after."""
    at = datetime.datetime.fromisoformat(f"{day}T09:00+07:00")
    return Incident.objects.create(
        reference=f"{day}-{Incident.objects.count()}", category=category or town.hole, state=state, area=area,
        authority=town.office, place=Point(lon, 50.005, srid=4326), received_at=at, accept_by=at,
        due_at=at + datetime.timedelta(days=2), closed_at=after and at + datetime.timedelta(days=after),
        waiting_since=at if state == S.WAITING else None,
    )  # fmt: skip


def move_incident(change, incident, old, new):
    Reassignment.objects.create(
        reform=change, incident=incident, old_area=old, new_area=new, old_authority=incident.authority,
        new_authority=incident.authority, old_state=S.WORKING,
    )  # fmt: skip


def count_table(question=ALL, user=None, now=NOW):
    """As they are counted one by one; what is kept packed says the same, folded or only noted."""
    incidents = countable_incidents(user or AnonymousUser())
    table = statistics.count_incidents(incidents, question, now)
    packed = Kept.PUBLIC if user is None else Kept.EVERYTHING if access.reads_everything(user) else None
    for _folded in range(2):
        assert figures_of(statistics.count_incidents(incidents, question, now, packed)) == figures_of(table)
        aggregates.fold_changes()
    return table


def figures_of(table):
    rows = [*table.rows, *table.groups, replace(table.total, name="all")]
    return sorted((row.name, row.edition.code if row.edition else "", statistics.row_figures(row)) for row in rows)


def received_by_area(table):
    return {row.area.name if row.area else row.name: row.received for row in table.rows}


AS_IT_WAS = {"Hill": 1, "Old Wharf": 2, "New Wharf": 2, "West Wharf": 1, "East Wharf": 1}
AS_TODAY = {"West Wharf": 2, "Middle Wharf": 3, "East Wharf": 2}
IN_DISTRICTS = {"Quay": 3, "Hill": 4}


def counted_each(monkeypatch, question, packed=Kept.EVERYTHING):
    """How many incidents of a question are counted one by one where the ended ones are packed."""
    read = kept_statistics.read_rows
    rows = []
    monkeypatch.setattr(kept_statistics, "read_rows", lambda *args: rows.append(read(*args)) or rows[-1])
    statistics.count_incidents(Incident.objects.all(), question, NOW, packed)
    monkeypatch.undo()
    ((live, _digest, _packed),) = rows
    return sum(row[3] for row in live)


QUESTIONS = [replace(ALL, level=level, law=law) for level in ("ward", "district") for law in ("then", "today")]


@pytest.mark.parametrize(("level", "law", "elsewhere"), [
    ("ward", "then", 0), ("ward", "today", 4), ("district", "then", 4), ("district", "today", 4),
])  # fmt: skip
def test_history_under_other_boundaries_is_read_packed(reformed_town, monkeypatch, level, law, elsewhere):
    question, open_ones = replace(ALL, level=level, law=law), 2
    assert counted_each(monkeypatch, question) == open_ones + elsewhere
    aggregates.fold_changes()
    assert counted_each(monkeypatch, question) == open_ones
    assert aggregates.count_differences() == 0


def test_changes_under_other_boundaries_are_counted_at_once(reformed_town):
    count_table()
    a, b, _c, d, _e, _f, g = reformed_town.incidents
    factories.change(b, place=Point(10.003, 50.005, srid=4326))
    factories.change(d, state=S.RESOLVED)
    factories.change(g, area=reformed_town.quay, place=Point(10.002, 50.005, srid=4326))
    for question in QUESTIONS:
        count_table(question)
    with owner.as_owner():
        a.delete()
    for question in QUESTIONS:
        count_table(question)
    assert aggregates.count_differences() == 0


def test_packed_rows_are_read_again_only_after_a_change(reformed_town, monkeypatch):
    aggregates.fold_changes()
    read = kept_statistics.read_rows
    packed = []

    def read_and_count(*args):
        rows = read(*args)
        packed.append(len(rows[2]))
        return rows

    monkeypatch.setattr(kept_statistics, "read_rows", read_and_count)
    for _time in range(2):
        count_table()
    factories.change(reformed_town.incidents[3], state=S.RESOLVED)
    for _time in range(2):
        count_table()
    first, *again, changed, folded, last, _once_more = packed
    assert (first > 0, set(again), changed > 0, folded > 0, last) == (True, {0}, True, True, 0)


def test_open_incidents_are_placed_in_the_law_of_their_day(reformed_town):
    town, redrawn = reformed_town.town, reformed_town.redrawn
    late = make_incident(town, "2025-08-05", 10.012, redrawn.middle, S.WORKING)
    outside = make_incident(town, "2025-08-06", 10.9, redrawn.east, S.WORKING)
    tables = [figures_of(count_table(question)) for question in QUESTIONS]
    assert aggregates.place_open() == outside.pk
    assert aggregates.place_open(outside.pk) is None
    placed = Placement.objects.filter(incident__closed_at=None).values_list("incident_id", "area__name")
    assert list(placed) == [(late.pk, town.new.name)]
    assert [figures_of(count_table(question)) for question in QUESTIONS] == tables
    factories.change(late, place=Point(10.003, 50.005, srid=4326))
    assert not Placement.objects.filter(incident=late).exists()
    aggregates.place_open()
    assert received_by_area(count_table())["Old Wharf"] == 3


def test_history_is_placed_when_an_edition_comes_into_force(reformed_town, monkeypatch):
    aggregates.fold_changes()
    law(reformed_town.redrawn.edition, REDRAWN, datetime.date(2025, 12, 1))
    coming = factories.redrawn_town(reformed_town.town, code="2027")
    law(coming.edition, datetime.date(2025, 12, 1), None)
    today = replace(ALL, law="today")
    assert counted_each(monkeypatch, today) == 7
    while aggregates.place_months():
        pass
    assert counted_each(monkeypatch, today) == 2
    count_table(today)
    assert aggregates.count_differences() == 0


def test_a_wrong_placed_month_is_found(reformed_town):
    aggregates.fold_changes()
    PlacedMonth.objects.exclude(packed=b"").update(packed=bytes(8))
    assert aggregates.count_differences() > 0
    aggregates.rebuild_sums()
    assert aggregates.count_differences() == 0


@pytest.mark.usual_rows(2)
@pytest.mark.parametrize("many", [0, 10_000])  # points that look for their piece, and pieces for their points
@pytest.mark.parametrize(
    ("level", "law", "areas"),
    [
        ("ward", "then", AS_IT_WAS),
        ("ward", "today", AS_TODAY),
        ("district", "then", IN_DISTRICTS),  # the last ones count where the law has none
        ("district", "today", IN_DISTRICTS),
    ],
)
def test_each_incident_is_counted_once_where_it_was_or_is(reformed_town, monkeypatch, level, law, areas, many):
    monkeypatch.setattr(statistics, "MANY_INCIDENTS", many)
    table = count_table(replace(ALL, level=level, law=law))
    assert received_by_area(table) == areas
    for column in ("received", "done", "in_time", "late", "open", "rejected"):
        assert sum(getattr(row, column) for row in table.rows) == getattr(table.total, column)
        assert sum(getattr(row, column) for row in table.groups) == getattr(table.total, column)
    assert table.total.received == 7


def test_the_figures_of_each_area(reformed_town):
    prove(reformed_town.incidents[0])
    figures = {row.area.name: statistics.row_figures(row) for row in count_table().rows}
    assert figures == {
        # received, done, in time, share, share confirmed, late, open, not accepted, median days
        "Hill": [1, 1, 0, 0.0, 0.0, 1, 0, 0, 4.0],
        "Old Wharf": [2, 2, 1, 50.0, 50.0, 1, 0, 0, 2.0],
        "New Wharf": [2, 0, 0, 0.0, None, 1, 1, 1, None],
        "West Wharf": [1, 1, 1, 100.0, 0.0, 0, 0, 0, 2.0],
        "East Wharf": [1, 0, 0, None, None, 0, 1, 0, None],  # it waits for the reporter: its clock stands still
    }
    assert statistics.row_figures(count_table().total) == [7, 4, 2, 40.0, 25.0, 3, 2, 1, 2.5]


def prove(*incidents):
    for incident in incidents:
        proofs.store_proof(incident, timeline.record(incident, Event.Kind.RESOLVED), Proof.How.PHOTO)


@pytest.mark.parametrize(
    ("question", "areas"),
    [
        ({}, {"Hill": 1, "Old Wharf": 2, "New Wharf": 0, "East Wharf": 0}),
        ({"law": "today"}, {"West Wharf": 1, "Middle Wharf": 2, "East Wharf": 0}),
        ({"level": "district"}, {"Quay": 2, "Hill": 1}),
        ({"group": "WA"}, {"East Wharf": 0}),
        ({"state": "resolved"}, {"Hill": 1, "Old Wharf": 2}),
    ],
)
def test_proven_ones_are_counted_where_their_incidents_are(reformed_town, question, areas):
    """Counted by their own columns and one by one: `count_table` compares both."""
    a, b, _c, _d, e, _f, g = reformed_town.incidents
    prove(a, b, e, g)
    factories.change(e, published=False)
    leader = factories.superuser("chief")
    table, whole = count_table(replace(ALL, **question)), count_table(replace(ALL, **question), leader)
    assert {row.area.name: row.proven for row in table.rows} == areas
    assert (table.total.proven, sum(row.proven for row in table.groups)) == (sum(areas.values()),) * 2
    assert whole.total.proven == table.total.proven + (question.get("group") is None)


def test_old_areas_bear_the_name_of_their_edition(reformed_town):
    rows = {row.area.name: row for row in count_table().rows}
    assert {name: (row.edition.code, row.law_until) for name, row in rows.items()} == {
        "Hill": ("2020", datetime.date(2025, 6, 30)),
        "Old Wharf": ("2025", datetime.date(2025, 9, 30)),
        "New Wharf": ("2025", datetime.date(2025, 9, 30)),
        "West Wharf": ("2026", None),
        "East Wharf": ("2026", None),
    }
    assert [name for name, row in rows.items() if row.is_approximate] == ["Hill"]


def test_a_reform_that_was_taken_back_counts_for_nothing(reformed_town):
    """What it moved is where it was, and a moved incident's first area is its own again."""
    Reform.objects.update(state=Reform.State.TAKEN_BACK)
    Edition.objects.filter(pk=reformed_town.redrawn.edition.pk).update(in_force=None)
    law(reformed_town.town.edition, WARDS, None)
    Incident.objects.filter(area=reformed_town.redrawn.middle).update(area=reformed_town.town.new)
    assert received_by_area(count_table()) == {"Hill": 1, "Old Wharf": 3, "New Wharf": 3}


def test_a_reform_as_it_is_enacted_and_taken_back(town, today):
    """What was reported yesterday was of yesterday's wards; today's figures follow the law, and come back with it."""
    redrawn = factories.redrawn_town(town)
    for n, (lon, state) in enumerate(
        ((10.003, S.WORKING), (10.008, S.WORKING), (10.012, S.RESOLVED), (10.018, S.WORKING))
    ):
        incident = factories.incident(town.hole if n else town.waste, place=Point(lon, 50.005, srid=4326))
        yesterday = incident.received_at - datetime.timedelta(days=1)
        closed_at = incident.received_at if state == S.RESOLVED else None
        factories.change(incident, state=state, received_at=yesterday, closed_at=closed_at)
    plan = reform.plan_reform(redrawn.edition, today, by="mapmaker")
    reform.enact_reform(plan.pk)
    factories.incident(town.hole, place=Point(10.008, 50.005, srid=4326))
    question = replace(ALL, first=today - datetime.timedelta(days=1), last=today)
    by_law = {law: received_by_area(count_table(replace(question, law=law), now=None)) for law in ("then", "today")}
    assert by_law["then"] == {"Old Wharf": 2, "New Wharf": 2, "Middle Wharf": 1}
    assert by_law["today"] == {"West Wharf": 1, "Middle Wharf": 3, "East Wharf": 1}
    reform.take_back_reform(plan.pk, by="mapmaker")
    for law in ("then", "today"):
        assert received_by_area(count_table(replace(question, law=law), now=None)) == {"Old Wharf": 3, "New Wharf": 2}


def test_the_night_before_a_law_is_the_citys_night(reformed_town):
    """Half past midnight on 1 October here is still September in Greenwich."""
    late = datetime.datetime(2025, 9, 30, 17, 30, tzinfo=datetime.UTC)
    end = late + datetime.timedelta(days=1)
    Incident.objects.filter(pk=reformed_town.incidents[0].pk).update(received_at=late, closed_at=end)
    on = replace(ALL, first=REDRAWN, last=REDRAWN)
    assert received_by_area(count_table(on)) == {"West Wharf": 1}
    assert received_by_area(count_table(replace(on, first=ALL.first, last=datetime.date(2025, 9, 30)))) == {
        "Hill": 1, "Old Wharf": 1, "New Wharf": 2,
    }  # fmt: skip


def test_before_any_law_the_first_area_counts(reformed_town):
    Edition.objects.filter(pk=reformed_town.before.pk).update(in_force=DateRange(datetime.date(2025, 6, 20), WARDS))
    table = count_table()
    assert received_by_area(table) == AS_IT_WAS
    with translation.override("en"):
        assert table.notes == [
            "From 1 January 2025 to 19 June 2025 no boundaries are known: "
            "the first known area of each incident is used."
        ]


def test_a_place_in_none_of_the_areas_is_counted_too(reformed_town):
    Incident.objects.filter(pk=reformed_town.incidents[6].pk).update(place=Point(10.5, 50.5, srid=4326))
    with translation.override("en"):
        assert received_by_area(count_table(replace(ALL, law="today"))) == AS_TODAY | {
            "Middle Wharf": 2,
            "Outside all areas": 1,
        }


def test_missing_districts_are_approximated_from_former_units(reformed_town):
    Incident.objects.filter(area=reformed_town.hill).update(area=reformed_town.town.new)
    reformed_town.before.delete()
    town, redrawn, how = reformed_town.town, reformed_town.redrawn, FormerPart.How
    for area, *parts in (
        (town.old, ("1", "Quay District", how.WHOLE)),
        (town.new, ("3", "Hill District", how.MAIN), ("1", "Quay District", how.PART)),
        (redrawn.west, ("1", "Quay District", how.MAIN)),
        (redrawn.middle, *(("34"[n], "Hill District", how.PART) for n in (0, 1)), ("2", "Quay District", how.WHOLE)),
        (redrawn.east, ("4", "Hill District", how.MAIN)),
    ):  # fmt: skip
        for code, district, part in parts:
            unit, _made = FormerUnit.objects.get_or_create(
                city=town.city, level=Level.WARD, code=code, defaults={"full_name": code, "district": district}
            )
            FormerPart.objects.create(former=unit, area=area, how=part)
    prove(*reformed_town.incidents[:2])
    then, today = (count_table(replace(ALL, level="district", law=law)) for law in ("then", "today"))
    assert [{row.name: row.proven for row in table.rows} for table in (then, today)] == [
        {"Quay District": 2, "Hill District": 0}
    ] * 2
    assert received_by_area(then) == {"Quay District": 3, "Hill District": 4}
    assert received_by_area(today) == {"Quay District": 5, "Hill District": 2}
    assert all(row.is_approximate for row in today.rows)
    with translation.override("en"):
        assert today.notes == [
            "From 1 January 2025 to 31 December 2025 districts are approximate: each area counts towards the district"
            " that held most of its former units."
        ]
        drawn = statistics.map_script(today)
    assert {"Middle Wharf Ward (Quay District)", "East Wharf Ward (Hill District)"} <= names_on(drawn)


def names_on(script):
    return {json.loads(name) for name in re.findall(r'"name": ("(?:[^"\\]|\\.)*")', script)}


@pytest.mark.parametrize(
    ("parameters", "areas"),
    [
        ({"group": "WA"}, {"East Wharf": 1}),
        ({"group": "ST", "state": "open"}, {"New Wharf": 1}),
        ({"state": "resolved"}, {"Hill": 1, "Old Wharf": 2, "West Wharf": 1}),
        ({"first": datetime.date(2025, 11, 2)}, {"East Wharf": 1}),
        ({"first": datetime.date(2024, 1, 1), "last": datetime.date(2024, 12, 31)}, {}),
    ],
)
def test_only_what_is_asked_for_is_counted(reformed_town, parameters, areas):
    assert received_by_area(count_table(replace(ALL, **parameters))) == areas


def test_by_field(reformed_town):
    with translation.override("en"):
        assert [(row.name, row.received, row.open) for row in count_table().groups] == [
            ("Streets", 6, 1),
            ("Water", 1, 1),
        ]


def test_who_may_see_what_counted(reformed_town, officer, outsider):
    """Everybody: what is published. An office: its own besides."""
    hidden = factories.incident(reformed_town.town.secret)
    at = datetime.datetime(2025, 8, 1, tzinfo=datetime.UTC)
    Incident.objects.filter(pk=hidden.pk).update(
        received_at=at, area=reformed_town.town.old, authority=reformed_town.town.office
    )
    assert [count_table(user=user).total.received for user in (None, outsider, officer)] == [7, 7, 8]


# The days of each edition, without a database.

DISTRICTS = Edition(pk=1, level=Level.DISTRICT, name="D", in_force=DateRange(datetime.date(2020, 1, 1), WARDS))
OLD = Edition(pk=2, level=Level.WARD, name="W", in_force=DateRange(WARDS, REDRAWN))
NEW = Edition(pk=3, level=Level.WARD, name="N", in_force=DateRange(REDRAWN, None))
FIRST, LAST = ALL.first, ALL.last
EVE_OF_WARDS, EVE_OF_REDRAWN = (day - datetime.timedelta(days=1) for day in (WARDS, REDRAWN))


@pytest.mark.parametrize(
    ("level", "law", "editions", "parts"),
    [
        ("ward", "then", [DISTRICTS, OLD, NEW], [
            Segment(DISTRICTS, FIRST, EVE_OF_WARDS), Segment(OLD, WARDS, EVE_OF_REDRAWN), Segment(NEW, REDRAWN, LAST)]),
        ("ward", "today", [DISTRICTS, OLD, NEW], [Segment(NEW, FIRST, LAST)]),
        ("ward", "then", [NEW], [Segment(None, FIRST, EVE_OF_REDRAWN), Segment(NEW, REDRAWN, LAST)]),
        ("ward", "then", [], [Segment(None, FIRST, LAST)]),
        ("district", "then", [DISTRICTS, OLD, NEW], [
            Segment(DISTRICTS, FIRST, EVE_OF_WARDS), Segment(DISTRICTS, WARDS, LAST, past=True)]),
        ("district", "today", [DISTRICTS, OLD, NEW], [Segment(DISTRICTS, FIRST, LAST, past=True)]),
        ("district", "then", [OLD, NEW], [
            Segment(OLD, FIRST, EVE_OF_REDRAWN, former=True), Segment(NEW, REDRAWN, LAST, former=True)]),
        ("district", "today", [NEW], [Segment(NEW, FIRST, LAST, former=True)]),
        ("district", "today", [], [Segment(None, FIRST, LAST)]),
    ],
)  # fmt: skip
def test_which_edition_counts_on_which_days(level, law, editions, parts):
    question = replace(ALL, level=level, law=law)
    assert statistics.period_segments(question, editions, datetime.date(2026, 1, 1)) == parts


@pytest.mark.parametrize(
    ("values", "legend"),
    [
        ([], []),
        ([4], [(3, 4, 4)]),
        ([1, 1, 9], [(1, 1, 1), (5, 9, 9)]),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [(1, 1, 2), (2, 3, 4), (3, 5, 6), (4, 7, 8), (5, 9, 10)]),
        ([0] * 8 + [1, 50], [(1, 0, 0), (5, 1, 50)]),
    ],
)
def test_classes_are_quantiles(values, legend):
    scale = statistics.ColourScale.from_values(values)
    assert scale.legend == legend
    assert all(
        bottom <= value <= top for value in values for shade, bottom, top in legend if shade == scale.shade(value)
    )
    assert scale.shade(None) == 0


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("name", ["Phường 2", "Phường 10", "Phường Ổi"]),
        ("-name", ["Phường Ổi", "Phường 10", "Phường 2"]),
        ("-received", ["Phường Ổi", "Phường 2", "Phường 10"]),
        ("days", ["Phường 10", "Phường Ổi", "Phường 2"]),
        ("-days", ["Phường Ổi", "Phường 10", "Phường 2"]),  # what has no figure stands last
    ],
)
def test_rows_are_sorted(sort, names):
    rows = [
        statistics.AreaFigures(received=n, days=days, name=name)
        for n, days, name in ((2, None, "Phường 2"), (9, 3.0, "Phường Ổi"), (1, 0.5, "Phường 10"))
    ]
    assert [row.name for row in statistics.sort_rows(rows, sort)] == names


# The page, the map and the file.


@pytest.mark.parametrize(
    ("parameters", "faults"),
    [
        ("", 0),
        ("from=2025-01-01&to=2025-12-31&by=district&law=today&field=ST&state=open&sort=-late", 0),
        ("from=yesterday", 1),
        ("from=2025-13-01&to=0001-01-01&by=street", 3),
        ("to=9999-12-31", 1),
        ("from=2026-01-01&to=2025-01-01", 1),
        ("field=NO&state=lost&sort=phone&law=hers", 4),
        ("field=a%07b", 1),
        ("sort=--late", 1),
    ],
)
def test_a_bad_question_is_told_with_all_its_faults(client, town, parameters, faults):
    page, drawing, sheet = (client.get(f"/stats/{name}?{parameters}") for name in ("", "map.js", "areas.csv"))
    assert [answer.status_code for answer in (page, drawing, sheet)] == [400 if faults else 200] * 3
    if not faults:
        return
    with pytest.raises(QueryError) as error, translation.override("vi"):
        StatisticsQuery.from_parameters(QueryDict(parameters))
    assert len(error.value.faults) == faults
    for fault in error.value.faults:
        assert fault in page.content.decode()
        assert fault in sheet.content.decode()


def test_the_page_is_a_table_that_needs_no_scripts(client, reformed_town):
    client.cookies["django_language"] = "vi"
    page = client.get("/stats/?from=2025-01-01&to=2025-12-31&sort=-received").content.decode()
    table = page[page.index("<tbody>") : page.index("</tfoot>")]
    cells = [re.sub(r"<[^>]+>", " ", row).split() for row in re.findall(r"<tr>(.*?)</tr>", table, re.S)]
    assert cells[-1] == ["Tổng", "cộng", "7", "4", "2", "40,0%", "0,0%", cells[-1][7], "2", "1", "2,5"]
    assert [" ".join(row[:3]) for row in cells[:-1]] == [
        "Phường New Wharf", "Phường Old Wharf", "Phường East Wharf", "Phường Hill 2020,", "Phường West Wharf",
    ]  # fmt: skip
    assert 'aria-sort="descending"' in page
    assert "sort=received" in page  # the other way round
    assert "sort=-late" in page


def test_the_page_says_in_a_sentence_how_it_stands(client, reformed_town):
    """Four are done and one is late, two on time; no share of so few is told, nor which field is worst."""
    client.cookies["django_language"] = "en"
    page = client.get("/stats/?from=2025-01-01&to=2025-12-31").content.decode()
    heading = re.search(r"<h1>(.*?)</h1>", page, re.S)[1]
    assert " ".join(heading.split()) == (
        "5 incidents were done or are overdue, 2 of them on time; half of those done took 2 days 12 h at most."
    )
    assert "Least often on time" not in page
    bars = re.findall(r'<rect class="bar-fill" y="2" width="([^"]+)"', page)
    assert bars[0] == "85.00%"
    shares = [
        " ".join(re.sub(r"<[^>]+>", " ", share).split()) for share in re.findall(r'"share">(.*?)</span>', page, re.S)
    ]
    assert shares == ["2/5 on time", "none done yet"]


def test_the_field_least_often_in_time_is_one_of_many(town):
    """One of a few is not compared, nor one alone; a share is 100 only where nothing is late."""
    most, less, few = (
        AreaFigures(received=done, done=done, in_time=in_time, late=done - in_time, name=name)
        for name, done, in_time in (("A", 201, 200), ("B", 30, 26), ("C", 3, 0))
    )
    table = StatisticsTable(ALL, [], groups=[most, less, few])
    assert table.least_in_time == less
    assert replace(table, groups=[most, few]).least_in_time is None
    assert [row.whole_share for row in table.groups] == [99, 87, 0]
    assert [statistics.format_figure("share", row.share) for row in (most, less, few)] == ["99,5%", "86,7%", "0,0%"]


def test_open_ones_past_their_deadline_are_part_of_the_share():
    """A field with a red part of its bar has no share of 100 %: late means the same in both."""
    with_late = AreaFigures(received=50, done=30, in_time=30, late=10, open=20)
    assert (with_late.judged, with_late.share) == (40, 75)
    assert AreaFigures(received=30, done=30, in_time=30).share == 100
    assert AreaFigures(received=3, open=3).share is None


def test_usual_periods_are_one_press_away(client, town, today):
    client.cookies["django_language"] = "en"
    page = client.get(f"/stats/?from={today - datetime.timedelta(days=29)}&to={today}&by=district").content.decode()
    nav = re.search(r'<nav class="chips wrap".*?</nav>', page, re.S)[0]
    assert re.findall(r"from=([\d-]+)&amp;to=[\d-]+&amp;by=district", nav) == [
        str(today - datetime.timedelta(days=6)), str(today - datetime.timedelta(days=29)), f"{today.year}-01-01",
    ]  # fmt: skip
    assert [" ".join(label.split()) for label in re.findall(r'aria-current="true"\s*>([^<]+)<', nav)] == ["30 days"]


def test_a_file_for_spreadsheets(client, reformed_town):
    reformed_town.hill.full_name_en = "=SUM(A1)"
    reformed_town.hill.save(update_fields=["full_name_en"])
    client.cookies["django_language"] = "en"
    answer = client.get("/stats/areas.csv?from=2025-01-01&to=2025-12-31&sort=name")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["Area"] for row in rows] == [
        "'=SUM(A1)", "East Wharf Ward", "New Wharf Ward", "Old Wharf Ward", "West Wharf Ward", "Total",
    ]  # fmt: skip
    assert rows[3] == {
        "Area": "Old Wharf Ward", "Code": "001", "Boundaries": "2025", "In force from": "2025-07-01",
        "In force until": "2025-09-30",
        "Approximate": "", "Intake": "2", "Done": "2", "Done on time": "1", "Share on time": "50.0",
        "Share confirmed": "0.0", "Late": "1",
        "Open": "0", "Not accepted": "0", "Median days": "2.0",
    }  # fmt: skip


def test_statistics_map_draws_each_edition_and_escapes_names(client, reformed_town):
    reformed_town.redrawn.west.full_name = "<img src=x onerror=alert(1)>"
    reformed_town.redrawn.west.save(update_fields=["full_name"])
    client.cookies["django_language"] = "vi"
    answer = client.get("/stats/map.js?from=2025-01-01&to=2025-12-31")
    assert answer["Content-Type"].startswith("text/javascript")
    script = answer.content.decode()
    assert names_on(script) == {
        "Phường Quay", "Phường Hill", "Phường Old Wharf", "Phường New Wharf", "Phường Middle Wharf",
        "Phường East Wharf", "&lt;img src=x onerror=alert(1)&gt;",
    }  # fmt: skip
    for foreign in ("http", "<script", "<style", "//cdn", "$("):
        assert foreign not in script
    assert not re.search(r"\bd3\.", script)  # as a whole word: the names of its things are chance


def test_it_asks_as_often_for_ten_incidents_as_for_three(reformed_town, django_assert_num_queries):
    for _n in range(3):
        make_incident(reformed_town.town, "2025-08-01", 10.003, reformed_town.town.old, S.RESOLVED, after=1)
    prove(*reformed_town.incidents[:2])
    # Editions, figures (kept ones come as bytes), proven ones (kept ones by area), areas, groups
    for packed, counted in ((None, 5), (Kept.PUBLIC, 5)):
        with django_assert_num_queries(counted):
            table = statistics.count_incidents(countable_incidents(AnonymousUser()), ALL, NOW, packed)
        assert table.total.received == 10


def test_nobodys_name_or_number_is_in_it(client, reformed_town):
    factories.incident(reformed_town.town.hole, phone="+84901234567", email="an@example.org", text="Ghé 0901234567")
    for name in ("", "map.js", "areas.csv"):
        content = client.get(f"/stats/{name}").content.decode()
        assert not re.search(r"901234567|an@example|Ghé", content)
    assert client.post("/stats/").status_code in (403, 405)
