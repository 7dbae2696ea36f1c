"""Sums of units by day and week: a leader's figures read from them are those counted one by one, at every moment."""

import datetime
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from statistics import mean, median
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents import aggregates
from incidents.aggregates import days, keeping, units
from incidents.aggregates.days import SECONDS
from incidents.aggregates.parts import EPOCH, cover_days
from incidents.analytics import oversight, overview
from incidents.analytics.oversight import OversightQuery
from incidents.analytics.overview import Period
from incidents.models import (
    AcceptedChange,
    Authority,
    Category,
    DoneDay,
    Event,
    Incident,
    Membership,
    Rating,
    RatingChange,
    Report,
    UnitChange,
    UnitSum,
)
from tests import factories, owner
from tests.incidents.analytics import test_oversight as oversight_test

CITY = ZoneInfo("Asia/Ho_Chi_Minh")
MOMENTS = [
    datetime.datetime(2026, 11, 25, 12, 30, tzinfo=CITY),  # a Wednesday
    datetime.datetime(2026, 11, 23, tzinfo=CITY),  # a Monday begins
    datetime.datetime(2026, 3, 31, 9, tzinfo=CITY),  # February has no such day
    datetime.datetime(2026, 1, 1, 0, 1, tzinfo=CITY),
]
HOURS = st.one_of(st.integers(0, 24 * 20), st.integers(24 * 355, 24 * 375), st.integers(0, 24 * 780))
ENDED = ("resolved", "closed", "rejected")
INCIDENTS = st.lists(
    st.fixed_dictionaries(
        {
            "hours": HOURS,  # before the moment it came in
            "took": st.integers(0, 9 * 86400),
            "due": st.integers(0, 6 * 24),
            "more": st.sampled_from([0, 0, 24]),
            "state": st.sampled_from([*ENDED, "closed", "working", "waiting"]),
            "unit": st.sampled_from(["old", "new", "water"]),
            "field": st.sampled_from(["ST.1", "ST.2", "ST.3", "WA.1", "WA"]),
            "stars": st.integers(0, 5),
            "accepted": st.sampled_from([None, 0, 3, 50]),  # hours after it was given, or came in
            "is_assigned": st.booleans(),
        }
    ),
    min_size=6,
    max_size=14,
)


@pytest.fixture
def leaders(town):
    """Of everything, of one unit, of a group of fields, of one field."""
    for unit in (town.office, town.other, town.water):
        unit.parent = town.desk
        unit.save(update_fields=["parent"])
    mayor = factories.person("mayor", town.desk, Membership.Role.LEADER)
    chief = factories.person("chief", town.office, Membership.Role.LEADER)
    for name, field in (("streets", town.streets), ("holes", town.hole)):
        person = factories.person(name)
        factories.post(person, town.desk, Membership.Role.LEADER, category=field)
    return [mayor, chief, *(membership.user for membership in Membership.objects.exclude(category=None))]


def add(n, at, *, hours, took, due, more, state, unit, field, stars, accepted, is_assigned):
    """An incident as years of a city have them: ended or open, rated or not."""
    received = at - datetime.timedelta(hours=hours, seconds=n)
    ended = min(received + datetime.timedelta(seconds=took), at) if state in ENDED else None
    deadline = received + datetime.timedelta(hours=due)
    (incident,) = Incident.objects.bulk_create([
        Incident(
            reference=f"1111-{n:05d}", category=Category.objects.get(code=field), state=state, place=factories.IN_OLD,
            area_id=Authority.objects.get(code="old").area_id, authority=Authority.objects.get(code=unit),
            received_at=received, accept_by=received, due_at=deadline + datetime.timedelta(hours=more),
            first_due_at=deadline if more else None, closed_at=ended,
            waiting_since=received if state == "waiting" else None, published=field != "ST.3",
        )
    ])  # fmt: skip
    if is_assigned:
        line(incident, "assigned", received + datetime.timedelta(hours=1))
    if accepted is not None:
        line(incident, "accepted", received + datetime.timedelta(hours=accepted))
    if stars:
        report = Report.objects.create(incident=incident, channel="web", place=incident.place)
        result = line(incident, "resolved", received)
        Rating.objects.create(report=report, result=result, stars=stars, at=min(received + datetime.timedelta(1), at))


def line(incident, kind, at):
    return Event.objects.create(incident=incident, kind=kind, state="working", at=at, note="")


def pick(n, rows=None):
    rows = (Incident.objects.all() if rows is None else rows).order_by("pk")
    return rows[n % rows.count()] if rows.exists() else None


def end(incident, n):
    if incident.closed_at is None:
        closed_at = incident.received_at + datetime.timedelta(hours=n % 7)
        factories.change(incident, state=ENDED[n % 3], closed_at=closed_at, waiting_since=None)


def reopen(incident, n):
    factories.change(incident, state="working", closed_at=None, waiting_since=None)


def hand_over(incident, n):
    factories.change(incident, authority=pick(n, Authority.objects.all()))


def redate(incident, n):
    factories.change(incident, due_at=incident.received_at + datetime.timedelta(hours=n), first_due_at=incident.due_at)


def change_field(incident, n):
    factories.change(incident, category=pick(n, Category.objects.exclude(parent=None)))


def rerate(incident, n):
    Rating.objects.filter(report__incident=incident).update(stars=n % 5 + 1)


def accept_incident(incident, n):
    line(
        incident,
        ("claimed", "handed_over", "accepted", "accepted")[n % 4],
        incident.received_at + datetime.timedelta(hours=n),
    )


def unrate(incident, n):
    Rating.objects.filter(report__incident=incident).delete()


def hide(incident, n):
    factories.change(incident, published=n % 2 == 0)


def delete(incident, n):
    with owner.as_owner():
        Incident.objects.filter(pk=incident.pk, reports=None).delete()


def fold_sums(incident, n):
    aggregates.fold_changes()


def move_group(incident, n):
    """A field comes under another group: no incident is written."""
    Category.objects.filter(code="ST.2").update(
        parent=pick(n, Category.objects.filter(parent=None, code__in=("ST", "WA")))
    )


ACTIONS = st.sampled_from(
    [
        end,
        reopen,
        hand_over,
        hand_over,
        accept_incident,
        redate,
        change_field,
        rerate,
        unrate,
        hide,
        delete,
        fold_sums,
        move_group,
    ]
)


def round_stars(figures):
    rated = figures.rated
    stars = [mean and round(mean, 9) for mean in (rated.stars, rated.stars_before)]
    return replace(figures, rated=replace(rated, stars=stars[0], stars_before=stars[1]))


def assert_same(leaders, at, name, by_unit):
    for leader in leaders:
        (scope,) = overview.scopes_of(leader)
        from_sums, counted = (
            round_stars(overview.count_scope(scope, Period.from_name(name, at), by_unit, from_sums=from_sums))
            for from_sums in (True, False)
        )
        assert from_sums == counted, (leader.username, name, at)
    assert aggregates.count_differences() == 0


def assert_units_are_the_table(at):
    """What a supervisor reads of units in a hundred days, of all fields and of one group, and the same counted here."""
    days = at.date() - datetime.timedelta(99), at.date()
    for group in ("", "ST"):
        question = OversightQuery(*days, group=group)
        first, last = question.moments
        late = list(oversight.late_incidents(question).values_list("pk", flat=True))
        assert oversight.count_late(question) == len(late)
        assert oversight_test.keys_by_page(question, 5) == late
        rows, _total = oversight.count_units(question)
        for row in rows:
            theirs = Incident.objects.filter(question.scope_condition(), authority=row.unit)
            done = [
                incident
                for incident in theirs.filter(state__in=("resolved", "closed"))
                if first <= incident.closed_at < last
            ]
            stars = Rating.objects.filter(report__incident__in=theirs, at__gte=first, at__lt=last)
            stars = list(stars.values_list("stars", flat=True))
            accepted = Event.objects.filter(incident__in=theirs, kind="accepted", at__gte=first, at__lt=last)
            assert (row.done, row.in_time, row.in_time_first, row.ratings) == (
                len(done),
                sum(incident.closed_at <= incident.due_at for incident in done),
                sum(incident.closed_at <= (incident.first_due_at or incident.due_at) for incident in done),
                len(stars),
            )
            assert row.done_late == row.done - row.in_time
            assert row.stars == (pytest.approx(mean(stars)) if stars else None)
            assert row.to_resolve == middle([incident.closed_at - incident.received_at for incident in done])
            assert row.to_accept == middle(
                [incident.at - given_at(incident) for incident in accepted.select_related("incident")]
            )


def given_at(accepted):
    before = Event.objects.filter(incident=accepted.incident, pk__lt=accepted.pk, at__lte=accepted.at)
    handovers = before.filter(kind__in=("assigned", "handed_over", "claimed"))
    return max((line.at for line in handovers), default=accepted.incident.received_at)


def middle(spans):
    return pytest.approx(median(max(span.total_seconds(), 0) for span in spans) / 3600) if spans else None


NAMES = st.sampled_from(overview.PERIODS)


@settings(max_examples=settings().max_examples // 8)
@given(
    INCIDENTS, st.sampled_from(MOMENTS), st.lists(st.tuples(ACTIONS, st.integers(0, 60)), min_size=2, max_size=6),
    NAMES, NAMES, st.booleans(),
)  # fmt: skip
def test_figures_from_sums_are_those_of_the_table(leaders, rows, at, actions, name, other, by_unit):
    with transaction.atomic():
        for n, fields in enumerate(rows):
            add(n, at, **fields)
        assert_same(leaders[:1], at, name, by_unit)
        aggregates.fold_changes()
        assert_same(leaders, at, name, by_unit)
        for action, n in actions:
            with suppress(IntegrityError), transaction.atomic():  # the database refuses what must not be
                action(pick(n), n)
            assert_same(leaders[n % 4 : n % 4 + 1], at, other, by_unit)
        assert_units_are_the_table(at)
        aggregates.fold_changes()
        assert_same(leaders, at, other, by_unit)
        assert_units_are_the_table(at)
        assert [model.objects.count() for model in (UnitChange, RatingChange, AcceptedChange)] == [0, 0, 0]
        sums = kept_rows()
        aggregates.rebuild_sums()
        assert kept_rows() == sums
        transaction.set_rollback(True)


def kept_rows():
    """All sums that are not nothing."""
    rows = UnitSum.objects.order_by("pk").values_list(
        "days", "first_day", "authority_id", "category_id", *units.MEASURES
    )
    return [row for row in rows if any(row[4:])]


def test_an_open_incident_notes_nothing_for_units(town):
    incident = factories.incident(town.hole)
    factories.change(incident, state="working", area=town.new, authority=town.other, published=False)
    assert not UnitChange.objects.exists()
    assert not RatingChange.objects.exists()


def test_what_was_noted_before_all_is_counted_counts_once(town):
    incident = factories.incident(town.hole)
    factories.change(incident, state="closed", closed_at=incident.received_at)
    keeping.rebuild_units()
    aggregates.fold_changes()
    sums = UnitSum.objects.order_by("days").values_list("days", "done")
    assert list(sums) == [(0, 1), (1, 1), (7, 1), (28, 1), (112, 1)]


def test_an_update_adds_longer_sums_to_those_of_weeks(town):
    for age in (0, 40):
        incident = factories.incident(town.hole)
        at = incident.received_at - datetime.timedelta(age)
        factories.change(incident, state="closed", received_at=at, closed_at=at)
    aggregates.fold_changes()
    sums = kept_rows()
    UnitSum.objects.exclude(days__in=(1, 7)).delete()
    assert kept_rows() != sums
    with connection.cursor() as cursor:
        cursor.execute(import_module("incidents.migrations.0025_longer_unit_sums").ADD)
    assert kept_rows() == sums


def test_wrong_sums_and_days_of_units_are_found(town):
    incident = factories.incident(town.hole)
    factories.change(incident, state="closed", closed_at=incident.received_at)
    aggregates.fold_changes()
    UnitSum.objects.filter(days=7).update(in_time=5)
    DoneDay.objects.update(packed=b"12345678")
    with pytest.raises(CommandError, match=r"^2 sums are not what the incidents say"):
        call_command("check_sums")
    call_command("check_sums", "--rebuild")


DONE = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 40) | st.integers(0, SECONDS - 1)), max_size=60)


@given(DONE)
def test_medians_are_exact_to_the_second(done):
    keys = np.array([key for key, _seconds in done], dtype=np.int64)
    seconds = np.array([number for _key, number in done], dtype=np.int64)
    medians = days.Durations(np.zeros(len(done), dtype=np.int8), seconds).medians_by(keys)
    assert medians == {unit: median(number for key, number in done if key == unit) for unit in set(keys.tolist())}


def test_two_years_are_read_as_few_long_spans():
    spans = cover_days(datetime.date(2025, 1, 1), datetime.date(2026, 12, 2))
    assert sum((stop - start).days // length for length, start, stop in spans) < 30


@given(st.dates(datetime.date(2024, 1, 1), datetime.date(2027, 1, 1)), st.integers(0, 400))
def test_days_are_covered_once_by_spans(first, number):
    """Each span begins where it does in the statement that writes it (sql/aggregate_unit_spans.sql)."""
    after = first + datetime.timedelta(number)
    days = []
    for length, start, stop in cover_days(first, after):
        assert ((start - EPOCH).days % length, (stop - EPOCH).days % length) == (0, 0)
        days += [start + datetime.timedelta(n) for n in range((stop - start).days)]
    assert days == [first + datetime.timedelta(n) for n in range(number)]
