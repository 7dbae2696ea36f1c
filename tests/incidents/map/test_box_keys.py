"""The keys of a box as they are known without its rows: at each moment those that the table has."""

import datetime
import threading

import pytest
from django.contrib.gis.geos import Point
from django.utils.timezone import now

from gis_data.services import crs, open_data, selection
from incidents import aggregates
from incidents.aggregates import columns
from incidents.aggregates.columns import MonthMemory
from incidents.map import box_keys
from incidents.models import Category
from tests import factories

ITEMS = "/ogc/collections/incidents/items"
AT = 10.0050000404, 50.0050000396  # with more digits than are kept of those that have ended
BOXES = [
    (10, 50, 10.01, 50.01),
    (*AT, 10.006, 50.006),
    (10.004, 50.004, *AT),
    (AT[0] + 1e-9, AT[1], 10.006, 50.006),
    (10.004, 50.004, AT[0], AT[1] - 1e-9),
    (10.00500005, 50, 10.01, 50.01),
    (*AT, *AT),
    (10.006, 50.005, 10.0061, 50.0051),
    (-180, -90, 180, 90),
]


@pytest.fixture
def memory(monkeypatch):
    """A process that has read nothing yet."""
    monkeypatch.setattr(columns, "memory", MonthMemory(columns.MEMORY))
    return columns.memory


def close(incident, month, **fields):
    at = datetime.datetime(2025, month, 5, tzinfo=datetime.UTC)
    return factories.change(incident, received_at=at, state="closed", closed_at=now(), **fields)


def in_table(corners):
    wanted = selection.Selection(open_data.registered["incidents"], box=crs.box_in_degrees(*corners))
    return sorted(wanted.rows().values_list("pk", flat=True))


def test_keys_are_those_of_the_table_after_each_change(town, memory):
    shown, other, down, moved = (factories.incident(town.hole, Point(*AT, srid=4326)) for _ in range(4))
    restricted = factories.incident(town.waste, Point(*AT, srid=4326))
    changes = [
        lambda: None,
        lambda: close(shown, 1),
        aggregates.fold_changes,
        lambda: close(moved, 1),
        lambda: factories.change(moved, place=Point(10.00605, 50.00505, srid=4326)),
        lambda: close(down, 2),
        lambda: close(restricted, 2),
        aggregates.fold_changes,
        lambda: factories.change(down, published=False),
        lambda: Category.objects.filter(pk=town.waste.pk).update(restricted=True),
        lambda: factories.change(shown, state="working", closed_at=None),
        aggregates.fold_changes,
        lambda: factories.change(moved, place=Point(10.005, 50.005, srid=4326)),
        lambda: factories.change(other, published=False),
    ]
    for change in changes:
        change()
        for corners in BOXES:
            assert sorted(box_keys.keys_in_box(*corners).tolist()) == in_table(corners)
    assert in_table(BOXES[0]) == [shown.pk, moved.pk]


def test_a_box_is_read_from_the_table_until_all_months_are_there(client, town, memory, monkeypatch):
    """A thread reads them meanwhile: nobody waits for years of them."""
    monkeypatch.setattr(columns, "AT_ONCE", 1)
    references = [close(factories.incident(town.hole), month).reference for month in (3, 2, 1)]
    aggregates.fold_changes()
    pages = [client.get(f"{ITEMS}?bbox=10,50,10.01,50.01").json()]
    assert not memory.months
    for thread in threading.enumerate():
        if thread.name == "months":
            thread.join()
    pages.append(client.get(f"{ITEMS}?bbox=10,50,10.01,50.01").json())
    assert len(memory.months) == 3
    for page in pages:
        assert ([feature["id"] for feature in page["features"]], page["numberMatched"]) == (references, 3)


def test_a_box_is_read_from_the_table_where_months_do_not_fit(client, town, memory):
    memory.most = 0
    references = [close(factories.incident(town.hole), month).reference for month in (1, 2)]
    aggregates.fold_changes()
    for _time in range(2):
        page = client.get(f"{ITEMS}?bbox=10,50,10.01,50.01").json()
        assert ([feature["id"] for feature in page["features"]], page["numberMatched"]) == (references, 2)
    assert (memory.overflowed, memory.months, box_keys.keys_in_box(10, 50, 10.01, 50.01)) == (True, {}, None)


def test_pages_of_a_box_go_on_after_one_that_is_gone(client, town, memory):
    incidents = [factories.incident(town.hole) for _ in range(4)]
    close(incidents[2], 1)
    page = client.get(f"{ITEMS}?bbox=10,50,10.01,50.01&limit=2").json()
    assert ([feature["id"] for feature in page["features"]], page["numberMatched"]) == (
        [incident.reference for incident in incidents[:2]],
        4,
    )
    factories.change(incidents[1], published=False)
    (following,) = (link["href"] for link in page["links"] if link["rel"] == "next")
    assert [feature["id"] for feature in client.get(following).json()["features"]] == [
        incident.reference for incident in incidents[2:]
    ]
    assert client.get(f"{ITEMS}?bbox=10,50,10.01,50.01&after=nothing").json()["features"] == []
