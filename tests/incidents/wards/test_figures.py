"""Test the figures of a ward against plain counts of its public incidents, and that nothing else is in them."""

from datetime import timedelta
from statistics import median

import pytest
from django.utils.timezone import localdate, localtime, now

from geoapp.web import periods
from incidents import proofs, timeline
from incidents.models import Crew, Event, Incident, Proof
from incidents.wards import figures, speed
from tests import factories

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
S = Incident.State


@pytest.fixture
def noon():
    return localtime(now()).replace(hour=12, minute=0, second=0, microsecond=0)


def add_done(category, at, *, ago, took, late=False, due=None, **more):
    """Return an incident of Old Wharf done `ago`, after `took`."""
    closed = at - ago
    due = due or closed + (-1 if late else 1) * timedelta(minutes=5)
    fields = {"state": S.RESOLVED, "closed_at": closed, "received_at": closed - took, "due_at": due}
    return factories.change(factories.incident(category), **fields | more)


def in_state(state, at):
    return {"state": state, "waiting_since": at if state == S.WAITING else None}


def hide_some(town, at):
    """Add what the public may not see: an unpublished, a held and a restricted one of each figure."""
    for kind, more in ((town.hole, {"published": False}), (town.secret, {}), (town.secret, {"published": False})):
        add_done(kind, at, ago=timedelta(hours=2), took=timedelta(days=3), late=True, due=at, **more)
        factories.change(factories.incident(kind), due_at=at - DAY, **more)
        factories.change(factories.incident(kind), due_at=at + timedelta(hours=1), **more)
    factories.change(factories.published_before(town.secret), due_at=at - DAY)


def fill(town, at):
    """Add open and done incidents on both sides of each limit."""
    first, after = periods.midnights(localdate(at), localdate(at))
    second = timedelta(seconds=1)
    for due, state in (
        (first - second, S.ASSIGNED), (first, S.WORKING), (at - second, S.ACCEPTED), (at + second, S.DISPUTED),
        (after - second, S.RECEIVED), (after, S.EXTENSION), (at - DAY, S.WAITING), (at + second, S.WAITING),
    ):  # fmt: skip
        factories.change(factories.incident(town.hole), due_at=due, **in_state(state, at))
    factories.incident(town.hole, factories.IN_NEW)
    factories.change(factories.incident(town.hole), state=S.MERGED, closed_at=at)
    for ago in (timedelta(), 7 * DAY - second, 7 * DAY, 30 * DAY - second, 30 * DAY):
        for late in (False, True):
            add_done(town.waste, at, ago=ago, took=timedelta(hours=5), late=late)
    add_done(town.waste, at, ago=DAY, took=DAY, due=first)
    add_done(town.waste, at, ago=DAY, took=DAY, due=after - second)
    add_done(town.waste, at, ago=DAY, took=DAY, due=after)
    add_done(town.waste, at, ago=DAY, took=DAY, state=S.REJECTED)
    add_done(town.waste, at, ago=DAY, took=DAY, state=S.CLOSED)


def count_plainly(rows, at):
    today = localdate(at)
    opened = [row for row in rows if row.state in Incident.OPEN]
    ended = [row for row in rows if row.state in Incident.DONE and row.closed_at > at - 30 * DAY]
    running = [row for row in opened if row.state != S.WAITING]
    return {
        "open": len(opened),
        "late": sum(row.due_at < at for row in running),
        "due_today": sum(localdate(row.due_at) == today for row in running),
        "promised_done": sum(localdate(row.due_at) == today for row in ended),
        "done_week": sum(row.closed_at > at - 7 * DAY for row in ended),
        "done_month": len(ended),
        "in_time_month": sum(row.closed_at <= row.due_at for row in ended),
        "crews": 0,
    }


@pytest.mark.parametrize("hidden", [False, True])
def test_figures_are_plain_counts_of_public_incidents(town, noon, hidden):
    if hidden:
        hide_some(town, noon)
    shown_before = set(Incident.objects.values_list("pk", flat=True))
    fill(town, noon)
    rows = Incident.objects.filter(area=town.old).exclude(pk__in=shown_before)
    counted = figures.count_ward(figures.read_work(town.old, noon))
    assert counted == figures.WardFigures(**count_plainly(rows, noon))
    assert counted.promised == counted.due_today + counted.promised_done == 4 + 4
    assert (counted.is_small, counted.share) == (True, None)


def test_share_is_told_from_twenty_on(town, noon):
    for number in range(20):
        assert figures.count_ward(figures.read_work(town.old, noon)).share is None
        add_done(town.hole, noon, ago=DAY, took=DAY, late=number == 0)
    assert figures.count_ward(figures.read_work(town.old, noon)).share == 95


def test_proven_share_stands_beside_the_share_in_time(town, noon):
    done = [add_done(town.hole, noon, ago=DAY, took=DAY) for _number in range(19)]
    for incident in (*done[:4], add_done(town.hole, noon, ago=40 * DAY, took=DAY)):
        result = timeline.record(incident, Event.Kind.RESOLVED)
        proofs.store_proof(incident, result, Proof.How.REPORTER, incident.closed_at)
    assert figures.proven_share(town.old, figures.count_ward(figures.read_work(town.old, noon)), noon) is None
    add_done(town.hole, noon, ago=DAY, took=DAY)
    assert figures.proven_share(town.old, figures.count_ward(figures.read_work(town.old, noon)), noon) == 20


def test_list_has_late_ones_first_then_the_rest_of_today(town, noon):
    hide_some(town, noon)
    late = [factories.change(factories.incident(town.hole), due_at=noon - n * DAY) for n in (1, 9, 3, 2)]
    later = [factories.change(factories.incident(town.hole), due_at=noon + timedelta(hours=n)) for n in (8, 1, 3, 2)]
    factories.change(factories.incident(town.hole), due_at=noon + DAY)
    factories.change(factories.incident(town.hole), due_at=noon, **in_state(S.WAITING, noon))
    listed = [(row.incident, row.is_late) for row in figures.list_due(figures.read_work(town.old, noon))]
    assert listed == [(late[n], True) for n in (1, 2, 3)] + [(later[n], False) for n in (1, 3, 2)]


@pytest.mark.parametrize(
    ("state", "hours", "ended", "crews"),
    [("working", (0, 12), False, 1), ("accepted", (0, 12), False, 0), ("working", (13, 20), False, 0),
     ("working", (0, 12), True, 0)],
)  # fmt: skip
def test_crews_count_while_they_work_in_their_shift(town, noon, state, hours, ended, crews):
    at = noon - timedelta(hours=2)
    shift = {"starts": f"{hours[0]:02}:00", "ends": f"{hours[1]:02}:00"}
    crew = Crew.objects.create(authority=town.office, name="Crew", **shift)
    Crew.objects.filter(pk=crew.pk).update(ended_at=now() if ended else None)
    for _twice in range(2):
        factories.change(factories.incident(town.hole), state=state, crew=crew, due_at=at)
    factories.change(factories.incident(town.hole), state=state, crew=crew, published=False)
    assert figures.count_ward(figures.read_work(town.old, at)).crews == crews
    assert {row.crew_at_work for row in figures.list_due(figures.read_work(town.old, at))} == {bool(crews)}
    assert {row.crew_on_shift for row in figures.list_due(figures.read_work(town.old, at))} == {
        hours == (0, 12) and not ended
    }


def test_list_says_for_how_long_a_crew_is_at_work(town, noon):
    crew = Crew.objects.create(authority=town.office, name="Crew", starts="00:00", ends="23:59")
    begun, assigned = (factories.incident(town.hole) for _number in range(2))
    for ago, incident in ((90, begun), (25, begun)):  # begun again after a question
        at = noon - timedelta(minutes=ago)
        Event.objects.create(incident=incident, kind="begun", state="working", at=at, authority=town.office)
    factories.change(begun, state="working", crew=crew, due_at=noon)
    factories.change(assigned, state="accepted", crew=crew, due_at=noon)
    spans = {row.incident: row.crew_span for row in figures.list_due(figures.read_work(town.old, noon))}
    assert spans == {begun: timedelta(minutes=25), assigned: None}


@pytest.mark.parametrize("published", [True, False])
def test_speed_is_the_median_of_public_ones(town, noon, published):
    spans = [timedelta(minutes=7 * n, microseconds=n) for n in range(1, 31)]
    for n, span in enumerate(spans):
        add_done(town.hole, noon, ago=DAY, took=span, published=published or n % 3 > 0)
        add_done(town.hole, noon, ago=DAY, took=2 * span, area=town.new)
    for n in range(19):
        add_done(town.waste, noon, ago=DAY, took=n * DAY)
    add_done(town.hole, noon, ago=31 * DAY, took=9 * DAY)
    add_done(town.secret, noon, ago=DAY, took=DAY)
    own = spans if published else [span for n, span in enumerate(spans) if n % 3 > 0]
    rows = {row.category: row for row in speed.speeds_by_kind(figures.read_work(town.old, noon))}
    assert set(rows) == {town.hole, town.waste}
    assert (rows[town.hole].done, rows[town.hole].took) == (len(own), median(own))
    city = median([*own, *(2 * span for span in spans)])
    assert abs(rows[town.hole].city_took - city) <= timedelta(seconds=1)
    assert not rows[town.hole].is_slower
    assert (rows[town.waste].done, rows[town.waste].took, rows[town.waste].city_took) == (19, None, None)
