"""Test the procedure of an incident's category: its steps are ticked in the control room, and each tick is recorded."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import now

from cameras.models import RoomLine, StepTick
from cameras.room import forgetting, procedures
from incidents.models import ProcedureStep
from tests import factories
from tests.pages import one_line


@pytest.fixture
def room(controller):
    client = Client(HTTP_ACCEPT="application/json")
    client.force_login(controller)
    return client


def step(category, words, position=1, **more):
    return ProcedureStep.objects.create(category=category, words=words, position=position, **more)


@pytest.fixture
def steps(incident):
    return [
        step(incident.category, "Look at the camera", 1),
        step(incident.category, "Call the crew", 2, calls=True),
    ]


def send(room, incident, row, **sent):
    return room.post(f"/control/incident/{incident.reference}/step/{row.pk}/", sent)


def list_log():
    return list(RoomLine.objects.order_by("pk").values_list("kind", "text"))


def list_notes(incident):
    return list(incident.timeline.filter(kind="note").order_by("pk").values_list("public", "note"))


def test_steps_of_the_leaf_stand_for_those_of_group_and_city(incident):
    leaf, any_kind = incident.category, step(None, "Of any")
    assert ProcedureStep.objects.applying_to(leaf) == [any_kind]
    of_group = step(leaf.parent, "Of the group")
    assert ProcedureStep.objects.applying_to(leaf) == [of_group]
    second, first = step(leaf, "Second", 2), step(leaf, "First", 1)
    assert ProcedureStep.objects.applying_to(leaf) == [first, second]


def test_ticked_step_is_recorded_in_history_and_log(room, incident, steps, controller, town):
    assert send(room, incident, steps[0], done="yes").status_code == 200
    assert send(room, incident, steps[0], done="yes").status_code == 200  # a second press
    tick = StepTick.objects.get()
    assert (tick.step, tick.incident, tick.by) == (steps[0], incident, controller)
    assert list_notes(incident) == [(False, "Quy trình, đã làm: Look at the camera")]
    assert (incident.timeline.last().by, incident.timeline.last().authority) == (controller, town.desk)
    assert list_log() == [("step_done", "Look at the camera")]


def test_tick_taken_back_is_recorded_too(room, incident, steps):
    send(room, incident, steps[0], done="yes")
    assert send(room, incident, steps[0]).status_code == 200
    assert StepTick.objects.count() == 0
    assert list_notes(incident)[1:] == [(False, "Quy trình, bỏ đánh dấu đã làm: Look at the camera")]
    assert list_log()[1:] == [("step_undone", "Look at the camera")]


def test_panel_shows_steps_with_ticks_and_calls(room, incident, steps):
    send(room, incident, steps[0], done="yes")
    page = one_line(room.get(f"/control/incident/{incident.reference}/"))
    boxes = re.findall(r'data-step="(\d+)" ?(checked)?', page)
    assert boxes == [(str(steps[0].pk), "checked"), (str(steps[1].pk), "")]
    procedure = page.partition('class="procedure"')[2]
    assert '<span class="num normal">1/2</span>' in procedure
    assert procedure.count('data-act="call"') == 1


def test_incident_of_a_kind_without_steps_has_no_procedure(room, incident):
    assert "procedure" not in room.get(f"/control/incident/{incident.reference}/").text


def test_step_of_another_kind_is_not_found(room, incident, steps, town):
    other = step(town.waste if incident.category != town.waste else town.hole, "Elsewhere")
    assert send(room, incident, other, done="yes").status_code == 404
    assert list_log() == []


def test_ended_incident_takes_no_tick(room, incident, steps):
    factories.change(incident, state="closed", closed_at=now())
    assert send(room, incident, steps[0], done="yes").status_code == 409
    assert (StepTick.objects.count(), list_log()) == (0, [])


def test_only_the_room_ticks(incident, steps, officer):
    client = Client()
    client.force_login(officer)
    assert send(client, incident, steps[0], done="yes").status_code in (403, 404)
    assert StepTick.objects.count() == 0


def test_old_ticks_go_with_the_log(incident, steps, controller):
    procedures.set_step(incident, steps[0].pk, done=True, by=controller)
    forgetting.forget_old(now() + timedelta(days=200))
    assert StepTick.objects.count() == 1
    forgetting.forget_old(now() + timedelta(days=3660))
    assert StepTick.objects.count() == 0
