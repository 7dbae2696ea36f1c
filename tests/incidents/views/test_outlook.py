"""Test the panels under the map of a desk: repeated places, and incidents that turn late at the present pace."""

from datetime import datetime, timedelta

import pytest
from django.contrib.gis.geos import Point
from django.utils.timezone import get_default_timezone, now

from incidents.models import Incident
from incidents.views.desk import outlook
from tests import factories

TUESDAY = datetime(2026, 11, 24, 9, tzinfo=get_default_timezone())
DAY = timedelta(days=1)


def shown_outlook(client):
    return client.get("/desk/?part=outlook").context


def test_a_place_repeats_from_three_of_a_kind_on(client, town, officer):
    for n in range(4):
        factories.incident(town.hole, Point(10.0051 + n * 0.0001, 50.0051, srid=4326))
    for _ in range(2):
        factories.incident(town.waste)  # twice is chance
    for _ in range(3):
        factories.incident(town.leak)  # of another unit, in the ward
    for _ in range(5):
        factories.incident(town.hole, factories.IN_NEW)
        factories.change(factories.incident(town.secret), authority=town.water)
    client.force_login(officer)
    repeats = [(place.category, place.times, place.title) for place in shown_outlook(client)["repeats"]]
    assert repeats == [(town.hole, 4, "Harbour Road"), (town.leak, 3, "Harbour Road")]


def test_what_lies_further_back_does_not_count(client, town, officer):
    for _ in range(3):
        factories.incident(town.hole)
    Incident.objects.update(received_at=now() - timedelta(days=31))
    client.force_login(officer)
    assert shown_outlook(client)["repeats"] == []


@pytest.mark.parametrize(("done", "late"), [
    (0, ["Wednesday", "Thursday"]),  # nothing gets done: all that is due this week
    (14, ["Thursday"]),  # one a day: the third of the queue, which is due in two days and a half
    (28, []),  # two a day
])  # fmt: skip
def test_what_turns_late_follows_from_the_pace(town, done, late):
    due = {
        "Late already": TUESDAY - DAY, "Wednesday": TUESDAY + 2.1 * DAY, "Thursday": TUESDAY + 2.5 * DAY,
        "Next week": TUESDAY + 8 * DAY,
    }  # fmt: skip
    for words, moment in due.items():
        factories.change(factories.incident(town.hole, text=words), due_at=moment)
    for _ in range(done):
        factories.change(factories.incident(town.waste), state="closed", closed_at=TUESDAY - DAY)
    late_ones = outlook.late_at_pace(Incident.objects.filter(authority=town.office), TUESDAY)
    assert [incident.text for incident in late_ones] == late


def test_the_part_asks_a_fixed_number_of_times(client, town, officer, django_assert_max_num_queries):
    for _ in range(5):
        factories.incident(town.hole)
    client.force_login(officer)
    with django_assert_max_num_queries(20):
        page = client.get("/desk/?part=outlook").content.decode()
    assert 'id="outlook"' in page
