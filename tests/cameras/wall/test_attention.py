"""Test the list of pressing incidents: the rule of the seven lines, and bursts."""

import datetime
from datetime import timedelta
from itertools import pairwise, product

import pytest
from django.contrib.gis.geos import Point
from django.utils import translation
from django.utils.timezone import now
from hypothesis import given
from hypothesis import strategies as st

from cameras.models import Camera, View
from cameras.register import fields_of_view
from cameras.room import creating
from cameras.wall import attention
from cameras.wall.attention import Filters, find_attention
from cameras.wall.ranking import REASONS, rank_incidents
from incidents.models import Category, Incident
from tests import factories
from tests.cameras.conftest import camera, sees

AT = datetime.datetime(2026, 11, 24, 7, 32, tzinfo=datetime.UTC)


def some_incident(pk, *, urgent=False, severity="normal", state="working", due_min=60, age_min=300):
    """Return an incident due in so many minutes (late by them if negative), reported so many minutes ago."""
    return Incident(
        pk=pk, state=state, severity=severity, category=Category(emergency=urgent),
        due_at=AT + timedelta(minutes=due_min), received_at=AT - timedelta(minutes=age_min),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"urgent": True}, "urgent"),
        ({"severity": "dangerous"}, "urgent"),
        ({"urgent": True, "state": "disputed", "due_min": -5, "age_min": 1}, "urgent"),
        ({"state": "disputed"}, "not agreed"),
        ({"state": "disputed", "due_min": -5, "age_min": 1}, "not agreed"),
        ({"due_min": -5}, "longest overdue"),
        ({"due_min": -5, "age_min": 1}, "longest overdue"),
        ({"state": "waiting", "due_min": -5}, None),  # its clock stands
        ({"age_min": 60}, "new"),
        ({"age_min": 61}, None),
    ],
)
def test_why_an_incident_wants_attention(facts, words):
    with translation.override("en"):
        assert [str(line.words) for line in rank_incidents([some_incident(1, **facts)], AT)] == [words] * bool(words)


def test_the_order_of_attention():
    order = [
        some_incident(1, age_min=30),
        some_incident(2, age_min=20),
        some_incident(3, due_min=-10),
        some_incident(4, due_min=-90),
        some_incident(5, state="disputed", due_min=40),
        some_incident(6, state="disputed", due_min=20),
        some_incident(7, urgent=True, due_min=72),
        some_incident(8, urgent=True, due_min=14),
        some_incident(9),
        some_incident(10, urgent=True, state="waiting", due_min=-900),
    ]
    with translation.override("en"):
        lines = [(line.incident.pk, str(line.words)) for line in rank_incidents(order, AT)]
    assert lines == [
        (8, "urgent"), (7, "urgent"), (10, "urgent"), (6, "not agreed"), (5, "not agreed"),
        (4, "longest overdue"), (3, "overdue"), (2, "new"), (1, "new"),
    ]  # fmt: skip


anything = st.builds(
    some_incident,
    st.integers(1, 10**6),
    urgent=st.booleans(),
    severity=st.sampled_from(["normal", "dangerous"]),
    state=st.sampled_from([str(state) for state in Incident.OPEN]),
    due_min=st.integers(-5000, 5000),
    age_min=st.integers(0, 5000),
)


@given(st.lists(anything, unique_by=lambda incident: incident.pk), st.randoms())
def test_rank_is_one_order_whatever_came_first(incidents, random):
    lines = rank_incidents(incidents, AT)
    shuffled = random.sample(incidents, len(incidents))
    assert [line.incident for line in rank_incidents(shuffled, AT)] == [line.incident for line in lines]
    places = [REASONS.index(line.reason) for line in lines]
    assert places == sorted(places)
    assert {line.incident for line in lines} == {
        incident for incident in incidents if any(r.holds(incident, AT) for r in REASONS)
    }
    for earlier, later in pairwise(lines):
        assert earlier.reason != later.reason or earlier.reason.pressing(earlier.incident) <= later.reason.pressing(
            later.incident
        )


def test_the_database_finds_what_the_rule_says(town, monkeypatch):
    at = now()
    for number, (category, state, late, age) in enumerate(
        product((town.leak, town.hole), ("working", "disputed", "waiting"), (True, False), (5, 600))
    ):
        incident = factories.incident(category, place=Point(10.0005 + number / 1300, 50.005, srid=4326))
        change = timedelta(minutes=number + 1)
        factories.change(
            incident,
            state=state,
            waiting_since=at if state == "waiting" else None,
            due_at=at - change if late else at + change,
            received_at=at - timedelta(minutes=age + number),
        )
    every = list(Incident.objects.all().with_pages())
    monkeypatch.setattr(attention, "AT_MOST", 5)
    monkeypatch.setattr(attention, "BURST_PLACES", 99)
    for only in ("", *attention.IN_DATABASE):
        queue = find_attention(Incident.objects.all(), Filters(only=only), at)
        assert [line.incident for line in queue.lines] == [line.incident for line in rank_incidents(every, at, only)][
            :5
        ]
    wanted = [{reason.code for reason in REASONS if reason.holds(incident, at)} for incident in every]
    assert queue.counts == {
        "open": 24,
        "attention": sum(map(bool, wanted)),
        **{reason.code: sum(reason.code in codes for codes in wanted) for reason in REASONS},
    }


@pytest.fixture
def flood(town):
    """Create six places under water within 300 m, one of them reported four times, and two far away; and some potholes
    there.
    """
    beside = [factories.incident(town.leak, place=Point(10.002 + n * 0.0006, 50.005, srid=4326)) for n in range(6)]
    factories.change(beside[0], reports_count=4)
    far = [factories.incident(town.leak, place=Point(lon, 50.0099, srid=4326)) for lon in (10.019, 10.0195)]
    holes = [factories.incident(town.hole, place=Point(10.002 + n * 0.0006, 50.004, srid=4326)) for n in range(4)]
    return beside, far, holes


def test_a_burst_of_one_kind_is_one_line(town, flood):
    beside, far, holes = flood
    queue = find_attention(Incident.objects.all(), Filters(), now())
    assert [(b.category, b.reports, {line.incident for line in b.lines}) for b in queue.bursts] == [
        (town.leak, 9, set(beside))
    ]
    assert queue.bursts[0].since == min(incident.received_at for incident in beside)
    assert queue.bursts[0].outline["type"] in {"Polygon", "LineString"}
    assert {line.incident for line in queue.lines} == {*far, *holes}
    assert queue.counts["attention"] == 12


def test_what_came_long_ago_is_no_burst(flood):
    Incident.objects.update(received_at=now() - attention.BURST_TIME - timedelta(minutes=1))
    assert find_attention(Incident.objects.all(), Filters(), now()).bursts == []


def test_the_list_is_narrowed_to_field_and_area(town, flood):
    beside, far, holes = flood

    def find_narrowed(**wanted):
        queue = find_attention(Incident.objects.all(), Filters(**wanted), now())
        return {incident.pk for incident in queue.ranked_incidents}, queue.counts["open"]

    assert find_narrowed(field="ST") == ({incident.pk for incident in holes}, 4)
    assert find_narrowed(field="WA.1", area=town.new.code) == ({incident.pk for incident in far}, 2)
    assert find_narrowed(area=town.old.code) == ({incident.pk for incident in (*beside, *holes)}, 10)
    assert find_narrowed(area="none") == (set(), 0)


# ---- on what the room opens

ASIDE = Point(10.003, 50.005, srid=4326)  # behind the camera


@pytest.fixture
def view_of(town):
    """Create a camera with a current picture, and the place in the middle of its view."""

    def make(code, lon):
        eye = camera(code, lon=lon)
        sees(eye)
        View.objects.create(camera=eye, current=True, bearing_deg=90, angle_deg=120, range_m=80, state="fits")
        fields_of_view.update_footprints(View.objects.filter(camera=eye))
        return creating.place_in_view(eye)

    return make


def find_incident_to_open(at=None):
    at = at or now()
    everything = Incident.objects.all()
    return attention.incident_to_open(everything, find_attention(everything, Filters(), at).ranked_incidents, at)


def test_room_opens_on_newest_urgent_one_that_a_camera_sees(town, view_of):
    Category.objects.filter(pk__in=[town.leak.pk, town.hole.pk]).update(cameras=True)
    Category.objects.filter(pk=town.leak.pk).update(emergency=True)
    place = view_of("A1", 10.005)
    old = factories.incident(town.leak, place=place)
    seen = factories.incident(town.leak, place=place)
    for number, incident in enumerate((old, seen)):
        Incident.objects.filter(pk=incident.pk).update(
            received_at=now() - timedelta(hours=9 - number), due_at=now() - timedelta(hours=8 + number)
        )
    factories.incident(town.leak, place=ASIDE)  # newer, and no camera sees it
    factories.incident(town.hole, place=place)  # newer, and not urgent
    assert find_incident_to_open() == seen
    Camera.objects.update(health="offline")
    assert find_incident_to_open() == find_attention(Incident.objects.all(), Filters(), now()).ranked_incidents[0]


def test_without_urgent_room_opens_on_first_that_a_camera_sees(town, view_of):
    Category.objects.filter(pk=town.hole.pk).update(cameras=True)
    assert find_incident_to_open() is None
    late = factories.incident(town.hole, place=ASIDE)
    Incident.objects.filter(pk=late.pk).update(due_at=now() - timedelta(days=8))
    seen = factories.incident(town.hole, place=view_of("A1", 10.005))
    assert find_incident_to_open() == seen
