"""Test the speed of units against plain counts of what they did of public incidents."""

from datetime import timedelta
from statistics import median

import pytest
from django.utils.timezone import localtime, now

from incidents.directory.speeds import UnitSpeed, speeds_of_units
from incidents.models import Incident
from tests import factories

pytestmark = pytest.mark.django_db

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
S = Incident.State


@pytest.fixture
def noon():
    return localtime(now()).replace(hour=12, minute=0, second=0, microsecond=0)


def add_done(category, at, *, ago=DAY, took=HOUR, late=False, state=S.RESOLVED, **more):
    closed = at - ago
    due = closed + (-1 if late else 1) * timedelta(minutes=5)
    fields = {"state": state, "closed_at": closed, "received_at": closed - took, "due_at": due}
    return factories.change(factories.incident(category), **fields | more)


def test_unit_without_results_has_no_figures(town, noon):
    factories.incident(town.hole)
    assert speeds_of_units(noon) == {}


def test_figures_are_plain_counts_of_public_results(town, noon):
    spans = [HOUR * n for n in range(1, 24)]
    for number, took in enumerate(spans):
        add_done(town.hole, noon, took=took, late=number < 3, ago=HOUR * (number + 1))
    for ago in (30 * DAY + HOUR, 40 * DAY):
        add_done(town.hole, noon, took=90 * DAY, ago=ago)
    add_done(town.hole, noon, took=90 * DAY, state=S.REJECTED)
    add_done(town.hole, noon, took=90 * DAY, late=True, published=False)
    add_done(town.secret, noon, took=90 * DAY, late=True)
    add_done(town.leak, noon)
    took = timedelta(seconds=median(span.total_seconds() for span in spans))
    assert speeds_of_units(noon) == {town.office.pk: UnitSpeed(23, 20, took), town.water.pk: UnitSpeed(1, 1)}
    assert speeds_of_units(noon, [town.water.pk]) == {town.water.pk: UnitSpeed(1, 1)}


def test_share_and_median_are_told_from_twenty_on(town, noon):
    for number in range(20):
        assert [(speed.share, speed.took) for speed in speeds_of_units(noon).values()] == [(None, None)] * (number > 0)
        add_done(town.hole, noon, late=number == 0)
    assert [(speed.share, speed.took) for speed in speeds_of_units(noon).values()] == [(95, HOUR)]
