"""Test how the service says that it works: each part by its limits, and no more than everybody may know."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from geoapp import metrics
from gis_data.models import Edition
from incidents.analytics import service_state
from incidents.analytics.service_state import Condition
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def figures(monkeypatch):
    """Return a function that sets what the gauges of these names are."""

    def set_figures(**values):
        usual = {
            "oldest_unsent_notice_seconds": 0, "oldest_job_seconds": {}, "cameras_alive_ratio": 1.0, "cameras": {},
            "feed_failing_seconds": {},
        }  # fmt: skip
        monkeypatch.setattr(service_state, "read_figure", (usual | values).__getitem__)
        service_state.read_state.cache_clear()
        return service_state.service_state()

    yield set_figures
    service_state.read_state.cache_clear()


@pytest.mark.parametrize(
    ("notice_s", "jobs_s", "condition"),
    [
        (0, {}, Condition.WORKING), (599, {"fast": 599}, Condition.WORKING), (600, {}, Condition.SLOW),
        (0, {"fast": 600, "other": 1}, Condition.SLOW), (0, {"slow": 9999}, Condition.WORKING),
        (3600, {}, Condition.DOWN), (0, {"fast": 3600}, Condition.DOWN),
    ],
)  # fmt: skip
def test_messages_are_judged_by_what_waits_longest(town, figures, notice_s, jobs_s, condition):
    state = figures(oldest_unsent_notice_seconds=notice_s, oldest_job_seconds=jobs_s)
    assert (state.messages, state.is_whole) == (condition, condition == Condition.WORKING)


@pytest.mark.parametrize(
    ("counts", "ratio", "expected"),
    [
        ({}, 1, (None, 0, 0)), ({"paused": 3}, 1, (None, 0, 0)), ({"live": 9, "offline": 1}, 0.9, ("working", 9, 10)),
        ({"live": 8, "offline": 2, "paused": 5}, 0.8, ("slow", 8, 10)), ({"offline": 2}, 0, ("down", 0, 2)),
    ],
)  # fmt: skip
def test_cameras_are_counted_without_paused_ones(town, figures, counts, ratio, expected):
    state = figures(cameras=counts, cameras_alive_ratio=ratio)
    assert (state.cameras, state.cameras_live, state.cameras_all) == expected


def test_map_needs_boundaries_and_fresh_layers(town, figures):
    assert figures(feed_failing_seconds={"a": 3600, "b": 0}).map == Condition.WORKING
    assert figures(feed_failing_seconds={"a": 3601, "b": 0}).map == Condition.SLOW
    Edition.objects.update(in_force=None)
    assert figures().map == Condition.DOWN


def test_newest_report_is_a_public_one_to_the_minute(town, figures):
    assert figures().last_report is None
    shown = factories.incident(town.hole)
    factories.change(factories.incident(town.hole), published=False)
    factories.incident(town.secret)
    assert figures().last_report == shown.received_at.replace(second=0, microsecond=0)


def test_state_is_read_once_in_half_a_minute(town, figures, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(service_state.time, "monotonic", lambda: 1000.0)
    figures()
    with django_assert_num_queries(0):
        service_state.service_state()
    monkeypatch.setattr(service_state.time, "monotonic", lambda: 1000.0 + service_state.FRESH_S)
    with django_assert_num_queries(2):
        assert now() - service_state.service_state().at < timedelta(minutes=1)


def test_figures_that_are_read_are_registered(town):
    names = ("oldest_unsent_notice_seconds", "oldest_job_seconds", "cameras_alive_ratio", "cameras",
             "feed_failing_seconds")  # fmt: skip
    assert [metrics.read_figure(name) is not None for name in names] == [True] * 5
