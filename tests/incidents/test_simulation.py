"""Weeks of a city at speed: every reminder, escalation and digest as it was worked out by other means."""

import os
from datetime import date, datetime, timedelta

import pytest
from django.db import transaction

from incidents.deadlines import ladder
from incidents.models import Category
from tests.simulation import check, command, world
from tests.simulation.half_year import Simulation

FIRST, DAYS = date(2026, 2, 2), 28
# Tết, and a Friday for which a Saturday was worked.
OFF, WORKED = {date(2026, 2, day) for day in (13, *range(16, 21))}, {date(2026, 2, 7)}
OUTAGES = (
    (datetime(2026, 2, 10, 9), datetime(2026, 2, 11, 15)),
    (datetime(2026, 2, 27, 11), datetime(2026, 2, 28, 8)),  # over a Friday's digest
)


@pytest.fixture
def city(town, settings):
    """A town with public holidays, and a ladder of its own for leaks."""
    settings.SMS_PROVIDER = ""
    town.city.holidays = "VN"
    town.city.save()
    world.calendar(OFF, WORKED)
    Category.objects.filter(code="ST.1").update(accept_within="4wh", resolve_within="3wd")
    quick = [("WA", "accept", "0", "head", False, True), ("WA", "resolve", "+2h", "leader", False, True)]
    ladder.replace_steps([*quick, *(("", *step) for step in ladder.DEFAULT_STEPS)], {"WA": town.pipes})
    return town


def simulate_city(chases, per_day=3):
    simulation = Simulation(FIRST, DAYS, per_day, units=12, seed=3, chases=chases, outages=OUTAGES)
    story = simulation.run()
    return simulation, story


@pytest.mark.deep
@pytest.mark.slow
def test_reminders_and_digests_are_as_expected_and_reduce_delay(city):
    with transaction.atomic():
        alone, unheard = simulate_city(chases=False)
        without, nobody = alone.late_rate(), alone.world.described() | {"steps": []}
        transaction.set_rollback(True)
    simulation, story = simulate_city(chases=True)

    for played, known in ((unheard, nobody), (story, simulation.world.described())):
        expected = check.Expected(played, known, FIRST, DAYS, OFF, WORKED, outages=OUTAGES)
        assert list(check.differences(played, expected)) == []
    assert simulation.late_rate() < without / 2
    assert {is_told for *_what, is_told in story.reminders} == {True, False}
    # What was handed over is chased where it is by then.
    new_owner = {n: (moment, unit) for moment, n, step, unit in story.steps if step == "hand_over"}
    desks = {(moment, n): address for moment, address, named in story.letters for n in named if "desk" in address}
    assert any(
        moment > new_owner[n][0] and address == simulation.world.desks.get(new_owner[n][1])
        for (moment, n), address in desks.items()
        if n in new_owner
    )


@pytest.mark.skipif("SIMULATE" not in os.environ, reason="takes many minutes: set SIMULATE to run it")
def test_half_a_year_with_86_units(city):
    command.main([])


def test_one_database_keeps_one_run(city):
    with pytest.raises(SystemExit, match="One database keeps one run"):
        command.main(["--keep"])


def test_the_check_notices_what_is_told_wrongly(city):
    """A check that finds nothing ever proves nothing."""
    simulation = Simulation(FIRST, 5, 4, units=4, seed=1, chases=True)
    story = simulation.run()
    expected = check.Expected(story, simulation.world.described(), FIRST, 5, OFF, WORKED)
    assert list(check.differences(story, expected)) == []

    lost, doubled = story.reminders.pop(0), story.letters[-1]
    story.letters.append(doubled)
    story.digests = [(at, week, post, counts | {"late": 99}) for at, week, post, counts in story.digests]

    differences = list(check.differences(story, expected))
    assert differences[0] == f"a reminder that is missing: {lost}"
    assert differences[1] == f"2 letters at once: {doubled[:2]}"
    assert [line.split(" (")[0] for line in differences[2:]] == ["a digest"] * len(story.digests)


@pytest.mark.parametrize(
    ("start", "target", "due"),
    [
        ("2026-02-13 09:00", "1wd", "2026-02-24 17:00"),  # a Friday off, Tết; the first working day is Monday 23
        ("2026-02-06 18:00", "1wd", "2026-02-09 17:00"),  # after closing; Saturday 7 is worked
        ("2026-02-12 16:00", "2wh", "2026-02-23 08:30"),
        ("2026-02-12 16:00", "36h", "2026-02-14 04:00"),
    ],
)
def test_the_checks_own_calendar(start, target, due):
    year = check.Year(FIRST, 60, OFF, WORKED)

    assert year.due(datetime.fromisoformat(start), target) == datetime.fromisoformat(due)
    assert year.walk(datetime.fromisoformat(start), 0) == datetime.fromisoformat(start)
    assert timedelta(minutes=year.worked(datetime(2026, 2, 12), datetime(2026, 2, 23))) == timedelta(hours=8)
