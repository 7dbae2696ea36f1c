"""Possible duplicates with their reasons: distance, time, category and words."""

from datetime import timedelta

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.casework import duplicates
from incidents.models import Incident
from tests import factories


def at(metres):
    """A place so many metres east of IN_OLD."""
    return Point(10.005 + metres / 71_700, 50.005, srid=4326)


@pytest.fixture
def flood(town):
    return factories.incident(town.hole, at(0), text="Nước ngập dưới chân cầu, xe tắt máy nhiều")


def suggestions_for(incident):
    return duplicates.suggest_same(incident, Incident.objects.all())


def test_reasons_are_distance_time_field_and_words(town, flood):
    other = factories.incident(town.hole, at(31), text="Xe tắt máy vì NGẬP, gần chân cầu")
    factories.change(other, received_at=flood.received_at + timedelta(minutes=19))
    (suggestion,) = suggestions_for(flood)
    assert (suggestion.incident, suggestion.metres in range(29, 34), suggestion.apart) == (
        other,
        True,
        timedelta(minutes=19),
    )
    assert (suggestion.same_kind, suggestion.same_group, suggestion.is_likely) == (True, True, True)
    assert suggestion.shared == ("ngập", "chân", "cầu", "xe", "tắt", "máy")


def test_the_likeliest_stands_first(town, flood):
    far = factories.incident(town.hole, at(150), text="Ngập")
    kind = factories.incident(town.waste, at(20), text="Rác")
    same = factories.incident(town.hole, at(20), text="Ngập chân cầu")
    assert [suggestion.incident for suggestion in suggestions_for(flood)] == [same, kind, far]
    assert [suggestion.is_likely for suggestion in suggestions_for(flood)] == [True, False, False]


@pytest.mark.parametrize(
    ("place", "days", "state"), [(at(230), 0, "assigned"), (at(20), 8, "assigned"), (at(20), 0, "resolved")]
)
def test_what_is_far_old_or_done_is_not_suggested(town, flood, place, days, state):
    other = factories.incident(town.hole, place, text="Ngập chân cầu")
    received = flood.received_at - timedelta(days=days)
    factories.change(other, received_at=received, state=state, closed_at=received if state == "resolved" else None)
    assert suggestions_for(flood) == []


def test_another_field_needs_words_in_common(town, flood):
    factories.incident(town.leak, at(10), text="Vỡ ống")
    alike = factories.incident(town.leak, at(10), text="Nước tràn ngập chân cầu")
    assert [suggestion.incident for suggestion in suggestions_for(flood)] == [alike]


def test_words_that_say_nothing_do_not_count(town):
    assert list(duplicates.telling_words("Xin nhờ anh xem giúp ở đây, 12 hố sâu cạnh chợ!")) == [
        "xem",
        "ho",
        "sau",
        "canh",
        "cho",
    ]


def test_suggestions_take_three_queries_however_many(town, flood):
    for n in range(6):
        factories.incident(town.hole, at(10 * n), text="Ngập chân cầu")
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert len(suggestions_for(flood)) == 6
    assert len(seen) == 2


def test_shared_words_are_marked_where_they_stand():
    assert duplicates.mark_words("Nước ngập, chân cầu", ["ngập", "cầu"]) == [
        ("Nước", False), (" ", False), ("ngập,", True), (" chân", False), (" ", False), ("cầu", True)
    ]  # fmt: skip
