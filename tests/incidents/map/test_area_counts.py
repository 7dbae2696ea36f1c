"""How many incidents each area has, and how many of them are late: what colours the map, and the table beside it."""

import re
from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils.timezone import now

from incidents import aggregates
from incidents.map import area_counts
from incidents.map.area_counts import AreaCount, count_areas
from incidents.map.public_map import MapFilters
from tests import factories
from tests.pages import one_line


def figures(parameters):
    counts = count_areas(MapFilters.from_parameters(QueryDict(parameters)))
    return {row.area and row.area.code: (row.n, row.late) for row in counts}


@pytest.fixture
def some(town):
    """In Old Wharf one is open, one overdue, one done in time, one late; in New Wharf one rejected, one done late."""
    at, past = now(), now() - timedelta(days=2)
    for fields in (
        {},
        {"due_at": past},
        {"state": "closed", "closed_at": at},
        {"state": "resolved", "closed_at": at, "due_at": past},
    ):
        factories.change(factories.incident(town.hole), **fields)
    rejected = factories.incident(town.waste, place=factories.IN_NEW)
    factories.change(rejected, state="rejected", closed_at=at, due_at=past)
    water = factories.incident(town.leak, place=factories.IN_NEW)
    factories.change(water, received_at=at - timedelta(days=400), due_at=past, state="closed", closed_at=at)


AREAS = (
    ("", (2, 1), (0, 0)),
    ("late=1", (1, 1), (0, 0)),
    ("state=all", (4, 2), (1, 0)),
    ("state=all&days=0", (4, 2), (2, 1)),
    ("state=resolved&days=7", (2, 1), (0, 0)),
    ("state=all&from=2020-01-01&category=WA", (0, 0), (1, 1)),
    ("state=all&days=0&authority=water&words=ro ri", (0, 0), (1, 1)),
)


@pytest.mark.parametrize("folded", [False, True])
def test_areas_count_what_the_filters_want(some, folded):
    if folded:
        aggregates.fold_changes()
    for parameters, old, new in AREAS:
        assert (parameters, figures(parameters)) == (parameters, {"001": old, "002": new})


def test_what_is_not_public_is_in_no_area(client, town):
    """In the database before what is: restricted, restricted later, taken down; open and ended."""
    for ended in (False, True):
        rows = [factories.incident(town.secret), factories.published_before(town.secret)]
        rows.append(factories.change(factories.incident(town.hole), published=False))
        for row in rows if ended else []:
            factories.change(row, state="closed", closed_at=now())
    factories.incident(town.hole)
    for folded in (False, True):
        if folded:
            aggregates.fold_changes()
        assert figures("state=all&days=0") == {"001": (1, 0), "002": (0, 0)}


def test_areas_that_are_no_law_any_more_count_together(town, some):
    wharf = town.new
    wharf.edition.in_force = None
    wharf.edition.save()
    assert figures("state=all&days=0") == {None: (6, 3)}


def test_few_incidents_have_no_share():
    counts = [AreaCount(None, n, n // 2) for n in (area_counts.SMALL_SAMPLE - 1, area_counts.SMALL_SAMPLE)]
    assert [count.share for count in counts] == [None, 50.0]


def test_the_table_says_what_the_colours_say(client, town, some, monkeypatch):
    monkeypatch.setattr(area_counts, "SMALL_SAMPLE", 3)
    row = r'<tr data-code="(\d+)" data-shade="(\w+)">.*?' + " ".join([r'<td class="num">(.*?)</td>'] * 3)
    table = one_line(client.get("/list/areas/?state=all&days=0&look=share"))
    assert re.findall(row, table) == [("001", "2", "4", "2", "50,0%"), ("002", "few", "2", "1", "–")]
    page = one_line(client.get("/?state=all&days=0&look=count"))
    assert re.findall(row, page) == [("001", "2", "4", "2", "50,0%"), ("002", "few", "2", "1", "–")]


@pytest.mark.parametrize("path", ["/list/areas/?look=pins", "/list/areas/?state=x", "/?look=pins"])
def test_a_look_that_is_none_is_a_400(client, town, path):
    assert client.get(path).status_code == 400
