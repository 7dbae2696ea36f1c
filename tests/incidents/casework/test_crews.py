"""Crews of a unit: who is on shift, their incidents, and assignment."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils.timezone import localdate, now

from incidents import jobs, workflow
from incidents.casework import crews
from incidents.casework.assignment import NotAssignable
from incidents.models import Crew, Event, Notice
from tests import factories

ALL_DAY = {"starts": time(0, 0), "ends": time(23, 59)}


@pytest.fixture
def crew(town):
    return Crew.objects.create(authority=town.office, name="Tổ trật tự", others=2, room=2, **ALL_DAY)


def state_of(crew, at=None):
    (state,) = crews.crew_states([crew], at or now())
    return state


@pytest.mark.parametrize(("hours", "days", "moment", "shift"), [
    # Bangkok time is seven hours ahead of UTC.
    ((6, 14), range(7), "2026-11-24 06:00", ("24 06", "24 14")),
    ((6, 14), range(7), "2026-11-24 13:59", ("24 06", "24 14")),
    ((6, 14), range(7), "2026-11-24 14:00", None),
    ((22, 6), range(7), "2026-11-24 23:00", ("24 22", "25 06")),
    ((22, 6), range(7), "2026-11-25 05:59", ("24 22", "25 06")),
    ((22, 6), [1], "2026-11-25 05:59", ("24 22", "25 06")),  # of Tuesday's night
    ((22, 6), [2], "2026-11-25 05:59", None),
    ((6, 14), [0], "2026-11-24 08:00", None),
])  # fmt: skip
def test_a_shift_goes_on_in_its_hours_and_days(settings, hours, days, moment, shift):
    settings.TIME_ZONE = "Asia/Ho_Chi_Minh"
    crew = Crew(name="A", starts=time(hours[0]), ends=time(hours[1]), days=list(days))
    at = datetime.fromisoformat(f"{moment}+07:00")
    found_shift = crew.shift_at(at)
    assert (found_shift and tuple(f"{end:%d %H}" for end in found_shift)) == shift


def test_the_next_shift_is_the_next_of_its_days(settings):
    settings.TIME_ZONE = "Asia/Ho_Chi_Minh"
    crew = Crew(name="A", starts=time(6), ends=time(14), days=[0, 4])
    tuesday = datetime(2026, 11, 24, 3, tzinfo=UTC)
    assert f"{crew.next_shift(tuesday):%d/%m %H:%M}" == "27/11 06:00"
    assert f"{crew.next_shift(tuesday + timedelta(days=3)):%d/%m}" == "30/11"


def test_people_who_left_or_are_away_are_not_out(town, crew, officer):
    away, left = factories.person("away", town.office), factories.person("gone")
    crew.members.set([officer, away, left])
    factories.absence(user=away, deputy=officer, starts=localdate(), ends=localdate())
    assert state_of(crew).people == 3
    assert state_of(crew, now() + timedelta(days=2)).people == 4


def test_a_crew_is_given_work_until_it_is_full(town, crew, officer):
    first, second = factories.incident(town.hole), factories.incident(town.waste)
    crews.assign_crew(first, crew, officer, seen=first.steps_taken)
    assert [state_of(crew).is_full, state_of(crew).at] == [False, None]
    crews.assign_crew(second, crew, officer)
    workflow.move(second, "accept", by=officer)
    workflow.move(second, "begin", by=officer)
    state = state_of(crew)
    assert (state.is_full, state.at, {incident.pk for incident in state.has}) == (True, second, {first.pk, second.pk})
    assert crews.assign_crew(second, crew, officer) is None
    workflow.move(second, "resolve", by=officer, note="Done")
    assert state_of(crew).has == [first]
    line = first.timeline.get(kind=Event.Kind.CREWED)
    assert (line.note, line.by, line.public) == ("Tổ trật tự", officer, False)


def test_only_a_crew_of_the_unit_in_use_is_given_it(town, crew, incident, officer):
    others = Crew.objects.create(authority=town.other, name="Other", **ALL_DAY)
    with pytest.raises(NotAssignable):
        crews.assign_crew(incident, others, officer)
    crews.assign_crew(incident, crew, officer)
    assert crews.give_up_crew(crew, officer) == 1
    incident.refresh_from_db()
    assert incident.crew is None
    with pytest.raises(NotAssignable):
        crews.assign_crew(incident, crew, officer)
    notes = list(incident.timeline.filter(kind="crewed").values_list("note", flat=True))
    assert notes == ["Tổ trật tự", "Không giao cho tổ nào"]


def test_another_unit_has_it_without_the_crew(town, crew, incident, officer):
    crews.assign_crew(incident, crew, officer)
    workflow.move(incident, "hand_over", by=officer, to=town.other, note="Theirs")
    incident.refresh_from_db()
    assert incident.crew is None


def test_people_of_the_crew_are_told_save_who_gave_it(town, crew, incident, officer):
    colleague = factories.person("colleague", town.office)
    type(colleague).objects.filter(pk=colleague.pk).update(email="c@example.org")
    crew.members.set([officer, colleague, factories.person("gone")])
    line = crews.assign_crew(incident, crew, officer)
    jobs.announce(line.pk)
    notices = Notice.objects.filter(event=line).values_list("template", "address")
    assert list(notices) == [("given", "c@example.org")]


@pytest.mark.parametrize("wrong", [
    {"starts": time(5), "ends": time(5)}, {"days": []}, {"room": 0}, {"name": "Tổ trật tự"},
])  # fmt: skip
def test_the_database_refuses_what_is_no_crew(town, crew, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        Crew.objects.create(**{"authority": town.office, "name": "New", **ALL_DAY, **wrong})
