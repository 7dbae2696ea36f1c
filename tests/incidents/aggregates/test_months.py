"""Packed months of ended incidents: what was packed comes out again, and statistics over them are the same."""

import datetime
from dataclasses import replace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils.timezone import now
from hypothesis import given, settings
from hypothesis import strategies as st

from gis_data.models import Area
from incidents import aggregates
from incidents.aggregates import months
from incidents.analytics import statistics
from incidents.analytics.statistics import Kept, StatisticsQuery
from incidents.models import Category, EndedMonth, Incident
from incidents.views.public.statistics import countable_incidents
from tests import factories, owner

YEAR = StatisticsQuery(datetime.date(2025, 8, 15), datetime.date(2026, 7, 14))
FIRST = datetime.datetime(2025, 7, 20, 17, tzinfo=datetime.UTC)  # midnight in the city


def add(n, *, day, state, took, ward, code, published):
    """An incident of an old year: from a bulk, as an import brings it."""
    at = FIRST + datetime.timedelta(days=day, seconds=-(n % 2))  # some in the last second of a day
    ended = state in Incident.ENDED
    category = Category.objects.get(code=code)
    Incident.objects.bulk_create([
        Incident(
            reference=f"1111-{n:05d}", category=category, state=state, area=Area.objects.get(code=ward),
            authority_id=Area.objects.get(code=ward).own_authority.pk, place=factories.IN_OLD, received_at=at,
            accept_by=at, due_at=at + datetime.timedelta(days=2), published=published and not category.restricted,
            closed_at=at + datetime.timedelta(seconds=took) if ended else None,
            waiting_since=at if state == "waiting" else None,
        )
    ])  # fmt: skip


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "day": st.integers(0, 400),
            "state": st.sampled_from(["resolved", "closed", "rejected", "working", "waiting"]),
            "took": st.integers(0, 6 * 86400),
            "ward": st.sampled_from(["001", "002"]),
            "code": st.sampled_from(["ST.1", "ST.2", "ST.3", "WA.1"]),
            "published": st.booleans(),
        }
    ),
    min_size=5,
    max_size=16,
)
QUESTIONS = [YEAR, replace(YEAR, group="ST"), replace(YEAR, state="closed"), replace(YEAR, state="open", law="today")]


def figures(table):
    rows = [*table.rows, *table.groups, replace(table.total, name="all")]
    return sorted((row.name, [*map(rounded_figure, statistics.row_figures(row))]) for row in rows)


def rounded_figure(figure):
    return None if figure is None else round(float(figure), 6)


def assert_same(at):
    """What the table says, and what is kept, of what is public and of everything."""
    for question in QUESTIONS:
        for incidents, packed in (
            (countable_incidents(AnonymousUser()), Kept.PUBLIC),
            (Incident.objects.all(), Kept.EVERYTHING),
        ):
            counted = statistics.count_incidents(incidents, question, at)
            assert figures(statistics.count_incidents(incidents, question, at, packed)) == figures(counted)


@settings(max_examples=settings().max_examples // 8)
@given(rows=ROWS)
def test_statistics_of_packed_months_are_those_of_the_table(town, rows):
    with owner.as_owner():
        Incident.objects.all().delete()
    Category.objects.filter(code="ST.2").update(restricted=False)
    for n, row in enumerate(rows):
        add(n, **row)
    Category.objects.filter(code="ST.2").update(restricted=True)  # what was shown of it before is not counted
    assert_same(now())
    aggregates.fold_changes()
    assert EndedMonth.objects.exists() == Incident.objects.exclude(closed_at=None).exists()
    assert_same(now())
    first = Incident.objects.order_by("pk").first()
    factories.change(
        first,
        state="closed",
        closed_at=first.received_at + datetime.timedelta(days=9),
        published=False,
        waiting_since=None,
    )
    assert_same(now())
    assert aggregates.count_differences() == 0
    aggregates.fold_changes()
    assert aggregates.count_differences() == 0
    packed = list(EndedMonth.objects.order_by("pk").values_list("month", "area_id", "packed"))
    aggregates.rebuild_sums()
    assert list(EndedMonth.objects.order_by("pk").values_list("month", "area_id", "packed")) == packed


def test_what_was_packed_comes_out_again(town):
    add(0, day=3, state="rejected", took=100_000, ward="002", code="WA.1", published=False)
    aggregates.fold_changes()
    ((month, packed),) = EndedMonth.objects.values_list("month", "packed")
    ended = months.unpack([(month, bytes(packed))])
    assert month == datetime.date(2025, 7, 1)
    assert ended.day.tolist() == [datetime.date(2025, 7, 24).toordinal()]
    assert ended.category.tolist() == [town.leak.pk]
    assert (ended.state.tolist(), ended.seconds.tolist()) == ([months.REJECTED], [100_000])
    assert (ended.published.tolist(), ended.in_time.tolist()) == ([False], [True])


def test_a_wrong_month_is_found(town):
    add(0, day=3, state="closed", took=100_000, ward="002", code="WA.1", published=True)
    aggregates.fold_changes()
    EndedMonth.objects.update(packed=bytes(8))
    assert aggregates.count_differences() == 1


@pytest.mark.parametrize("packed", list(Kept))
def test_statistics_of_nothing(town, packed):
    table = statistics.count_incidents(Incident.objects.all(), YEAR, now(), packed)
    assert figures(table) == figures(statistics.count_incidents(Incident.objects.all(), YEAR, now()))
