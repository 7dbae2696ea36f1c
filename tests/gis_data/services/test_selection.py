"""Test paging of a collection by every way of finding rows: same order, none twice, none missing."""

import re

import pytest
from django.db import connection
from django.http import QueryDict

from gis_data import sql
from gis_data.services import open_data, selection
from incidents.models import Incident
from tests import factories, owner
from tests.pages import one_line

ITEMS = "/ogc/collections/incidents/items"
MANY = """
INSERT INTO incidents_incident (reference, category_id, state, place, address, area_id, authority_id, text, published,
    reports_count, received_at, accept_by, due_at, changed_at, closed_at)
SELECT '2601-' || lpad(n::text, 5, '0'), category_id, CASE WHEN n %% 7 = 0 THEN 'assigned' ELSE 'closed' END,
    ST_Translate(place, (n %% 10) * 0.0001, 0), address, area_id, authority_id, '', n %% 11 > 0, 1,
    '2026-01-01Z'::timestamptz + (n * 37 %% 60) * interval '1 day', now(), now(), now(),
    CASE WHEN n %% 7 > 0 THEN now() END
FROM incidents_incident, generate_series(1, %s) n
"""
ASKED = [
    "", "state=open", "datetime=2026-01-10/2026-01-12", "bbox=10.0052,50,10.0054,50.01", "late=true", "category=ST.1",
    "area=002", "authority=old&state=open", "datetime=2026-02-01/..&bbox=10.0052,50,10.0059,50.01", "category=none",
    "state=closed&bbox=10.0052,50,10.0057,50.01",
]  # fmt: skip


@pytest.fixture
def many(town):
    make_incidents(town, 120)


@pytest.fixture
def some(town):
    """An incident for each day of two months."""
    make_incidents(town, 60)


def make_incidents(town, number):
    factories.incident(town.hole)
    with connection.cursor() as cursor:
        cursor.execute(MANY, [number])


def select_incidents(query):
    return selection.read_selection(open_data.registered["incidents"], QueryDict(query))


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize(("keys_ahead", "counted_at_most"), [
    (5000, 100_000), (3, 10), *(pytest.param(*case, marks=pytest.mark.deep) for case in [(3, 100_000), (60, 10)])
])  # fmt: skip
@pytest.mark.parametrize("query", ASKED)
def test_pages_hold_all_that_is_wanted_in_its_order(client, some, monkeypatch, query, keys_ahead, counted_at_most):
    """Whether they are found among the next keys or sorted, and whether there are too many to be counted or not."""
    monkeypatch.setattr(selection, "KEYS_AHEAD", keys_ahead)
    monkeypatch.setattr(selection, "COUNTED_AT_MOST", counted_at_most)
    rows = select_incidents(query).rows().values_list("reference", "received_at", "pk")
    in_order = sorted(rows, key=lambda row: row[1:] if "datetime" in query else row[0])
    all_of_it = [reference for reference, *_when in rows]
    assert all_of_it == [reference for reference, *_when in in_order]
    page = client.get(f"{ITEMS}?limit=3&{query}").json()
    assert page.get("numberMatched") == (len(all_of_it) if len(all_of_it) <= counted_at_most else None)
    seen = [feature["id"] for feature in page["features"]]
    while following := [link["href"] for link in page["links"] if link["rel"] == "next"]:
        page = client.get(following[0]).json()
        seen += [feature["id"] for feature in page["features"]]
    assert seen == all_of_it


def test_a_month_is_cut_and_counted_from_an_index_alone(many):
    """Without a look at any of its rows, and not in the order of the keys, of which most are of other months.

    Where all rows are of one area, the index by area and day costs about as much, and which one costs less depends on
    the room that rows of earlier tests took in them; so it is not there.
    """
    rows, params = select_incidents("datetime=2026-01-10/2026-01-12").keys_query()
    with owner.as_owner() as cursor:
        cursor.execute("DROP INDEX an_area_newest_first")
        cursor.execute("ANALYZE incidents_incident, incidents_category")
    with connection.cursor() as cursor:
        for other_way in ("seqscan", "bitmapscan", "mergejoin", "hashjoin"):
            cursor.execute(f"SET LOCAL enable_{other_way} = off")
        cursor.execute(f"EXPLAIN {sql.statement('first_keys').replace('{rows}', rows)}", [*params, 7])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Only Scan using listed_newest_first" in plan, plan


@pytest.mark.parametrize("at_most", [200, 50])
def test_the_page_counts_some_and_estimates_more(client, many, monkeypatch, at_most):
    monkeypatch.setattr(selection, "COUNTED_AT_MOST", at_most)
    assert Incident.objects.filter(published=True).count() == 111
    page = one_line(client.get("/data/", {"collection": "incidents"}, headers={"cookie": "django_language=en"}))
    counted = re.search(r'Reported incidents <span class="num quiet"> ?(≈ )?([\d,]+) ?</span>', page)
    assert (counted[1], counted[2] == "111") == ((None, True) if at_most == 200 else ("≈ ", False))
    assert ("Your choice: about" in page) == (at_most == 50)
