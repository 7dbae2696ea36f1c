"""The law of states: the table itself, what PostgreSQL makes of it, and who comes too late."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils.timezone import now

from incidents import jobs, workflow
from incidents.models import Authority, Event, Incident
from incidents.steps import TRANSITIONS
from tests import factories

S = Incident.State
# Which steps may be taken from each state, in words that a person checks; every other one is refused.
MAY = {
    "received": "pass_on accept ask hand_over hand_back claim cede reject withdraw",
    "assigned": "pass_on accept ask hand_over hand_back claim cede resolve reject withdraw",
    "passed_on": "accept ask hand_over hand_back claim cede resolve reject withdraw",
    "accepted": "begin ask more_time hand_over hand_back claim cede resolve reject",
    "working": "ask more_time hand_over hand_back claim cede resolve reject",
    "extension": "ask grant refuse hand_over hand_back claim cede resolve reject",
    "waiting": "answer hand_over claim cede resolve",
    "disputed": "uphold overrule",
    "resolved": "confirm close dispute reopen",
    "closed": "dispute reopen",
    "rejected": "dispute reopen",
    "merged": "",
}
LEADS_TO = {
    "pass_on": "passed_on", "accept": "accepted", "begin": "working", "ask": "waiting", "answer": "working",
    "more_time": "extension", "grant": "working", "refuse": "working", "hand_over": "assigned",
    "hand_back": "received", "claim": "assigned", "cede": "assigned", "resolve": "resolved", "reject": "rejected",
    "withdraw": "rejected", "confirm": "closed",
    "close": "closed", "dispute": "disputed", "uphold": "working", "overrule": "closed", "reopen": "working",
}  # fmt: skip


def test_the_table_is_the_one_that_people_agreed_on():
    assert {state: [name for name, step in TRANSITIONS.items() if state in step.origins] for state in S} == {
        state: [step for step in workflow.TRANSITIONS if step in steps.split()] for state, steps in MAY.items()
    }
    assert {name: step.to for name, step in workflow.TRANSITIONS.items()} == LEADS_TO
    assert MAY.keys() == set(S)


def standing(incident, state):
    at = now()
    return factories.change(
        incident,
        state=state,
        waiting_since=at if state == "waiting" else None,
        closed_at=at if state in (*Incident.ENDED, "merged") else None,
    )


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize("state", S)
def test_every_step_from_every_state_is_taken_or_refused(town, incident, officer, state):
    standing(incident, state)
    for name in workflow.TRANSITIONS.keys() - MAY[state].split():
        with pytest.raises(workflow.NotAllowed):
            workflow.move(incident, name, by=officer, note="Words", to=town.water)
    assert (Incident.objects.get().state, incident.timeline.count()) == (state, 2)
    for name in MAY[state].split():
        with transaction.atomic():
            to = town.water if name in ("hand_over", "claim", "cede") else None
            event = workflow.move(incident, name, by=officer, note="Words", to=to)
            assert (incident.state, event.state) == (LEADS_TO[name], LEADS_TO[name])
            assert event.kind == workflow.TRANSITIONS[name].kind
            assert bool(incident.closed_at) == (incident.state in Incident.ENDED)
            assert bool(incident.waiting_since) == (incident.state == "waiting")
            transaction.set_rollback(True)
        incident.refresh_from_db()


@pytest.mark.parametrize("name", [name for name, step in workflow.TRANSITIONS.items() if step.needs_note])
def test_a_step_that_needs_words_is_not_taken_without(town, incident, officer, name):
    standing(incident, next(iter(sorted(workflow.TRANSITIONS[name].origins))))
    with pytest.raises(workflow.NoteMissing):
        workflow.move(incident, name, by=officer, note=" \n", to=town.water)
    assert incident.timeline.count() == 2


def test_the_passages_in_the_database_are_those_of_the_table(db):
    lawful = {
        (str(origin), str(target))
        for step in workflow.TRANSITIONS.values()
        for origin in step.origins
        # What goes to the duty desk is received there, whichever step leads to it.
        for target in ({step.to, S.RECEIVED} if step.kind in ("handed_over", "claimed") else {step.to})
        if origin != target
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT origin, target FROM incidents_passage")
        assert set(cursor.fetchall()) == lawful


@pytest.mark.usual_rows(6)
@pytest.mark.parametrize("state", S)
def test_the_database_refuses_every_other_passage(incident, state):
    with connection.cursor() as cursor:
        cursor.execute("SELECT target FROM incidents_passage WHERE origin = %s", [state])
        lawful = {target for (target,) in cursor.fetchall()}
    for target in S:
        standing(incident, state)
        at = now()
        changed = {
            "state": target,
            "waiting_since": at if target == "waiting" else None,
            "closed_at": at if target in (*Incident.ENDED, "merged") else None,
        }
        with transaction.atomic():
            if target in lawful or target == state:
                Incident.objects.update(**changed)
            else:
                with (
                    pytest.raises(IntegrityError, match=f"does not go from {state} to {target}"),
                    transaction.atomic(),
                ):
                    Incident.objects.update(**changed)
            transaction.set_rollback(True)


# ---- who comes too late ----


def test_a_form_that_saw_fewer_steps_is_refused(incident, officer):
    seen = incident.steps_taken
    workflow.move(incident, "accept", by=officer, seen=seen)
    workflow.move(incident, "ask", by=officer, note="Which side?", seen=seen + 1)
    workflow.move(incident, "answer", note="The left one")
    with pytest.raises(workflow.NotAllowed, match="“Đang xử lý”"):
        workflow.move(incident, "resolve", by=officer, note="Filled", seen=seen + 1)
    assert (incident.state, incident.steps_taken) == ("working", seen + 3)


def test_old_unit_can_take_no_step_after_a_handover(town, incident, officer):
    stale = Incident.objects.get()
    workflow.move(incident, "hand_over", by=officer, note="A pipe", to=town.water)
    with pytest.raises(workflow.NotAllowed):
        workflow.move(stale, "accept", by=officer)
    assert (Incident.objects.get().authority, Incident.objects.get().handler) == (town.water, None)


# ---- the tree of units ----


def test_a_loop_of_units_is_refused(town):
    Authority.objects.filter(pk=town.office.pk).update(parent=town.water)
    Authority.objects.filter(pk=town.water.pk).update(parent=town.desk)
    with pytest.raises(IntegrityError, match="a unit cannot stand above itself"), transaction.atomic():
        Authority.objects.filter(pk=town.desk.pk).update(parent=town.office)
    assert set(Authority.objects.under([town.desk.pk])) == {town.desk, town.water, town.office}


def test_in_the_administration_a_loop_is_a_fault_of_the_form(admin_client, town):
    Authority.objects.filter(pk=town.water.pk).update(parent=town.desk)
    form = {
        "code": "desk", "kind": "DESK", "name": "Tổ trực", "duty_desk": "on", "works": "here", "parent": town.water.pk,
        "georeport_format": "json",
        **{f"{prefix}-{count}_FORMS": 0 for prefix in ("contacts", "memberships") for count in ("TOTAL", "INITIAL")},
    }  # fmt: skip
    address = reverse("admin:incidents_authority_change", args=[town.desk.pk])
    answer = admin_client.post(address, form)
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors["parent"] == ["Đơn vị này nằm dưới đơn vị bạn đang sửa."]
    assert admin_client.post(address, form | {"parent": ""}).status_code == 302


# ---- closed after a while ----


@pytest.fixture
def settled_incidents(town, officer):
    """Of a week ago and of yesterday, disputed, and rejected."""
    long_ago, lately = now() - timedelta(days=7, minutes=1), now() - timedelta(days=6)
    rows = {"old": long_ago, "new": lately, "disputed": long_ago, "rejected": long_ago}
    incidents = {}
    for name, at in rows.items():
        incidents[name] = factories.incident(town.leak if name == "old" else town.hole, email="an@example.org")
        workflow.move(incidents[name], "reject" if name == "rejected" else "resolve", by=officer, note="Done", at=at)
    workflow.move(incidents["disputed"], "dispute", note="It is not")
    return incidents


def test_what_nobody_objects_to_is_closed_after_a_week(settled_incidents, town):
    before = settled_incidents["old"].closed_at
    jobs.close_settled(timestamp=0)
    for incident in settled_incidents.values():
        incident.refresh_from_db()
    assert {name: incident.state for name, incident in settled_incidents.items()} == {
        "old": "closed", "new": "resolved", "disputed": "disputed", "rejected": "rejected",
    }  # fmt: skip
    old, event = settled_incidents["old"], settled_incidents["old"].timeline.last()
    assert (old.closed_at, old.steps_taken, old.next_check_at) == (before, 2, None)
    assert (event.kind, event.state, event.authority, event.public) == ("closed", "closed", town.water, True)
    assert event.note == "Không ai có ý kiến về kết quả trong 7 ngày."
    with connection.cursor() as cursor:
        cursor.execute("SELECT args->'event_ids' FROM procrastinate_jobs WHERE task_name = 'incidents.announce_many'")
        assert [json.loads(keys) for (keys,) in cursor.fetchall()] == [[event.pk]]
    assert workflow.close_settled() == 0


def test_settled_incidents_close_in_batches_of_16_queries(town, officer, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(workflow, "CLOSE_BATCH", 3)
    for _n in range(5):
        workflow.move(factories.incident(town.hole), "resolve", by=officer, note="Done", at=now() - timedelta(days=8))
    with django_assert_num_queries(16):
        assert workflow.close_settled_batch(now(), 7) == 3
    with django_assert_num_queries(16):
        assert workflow.close_settled_batch(now(), 7) == 2
    assert Event.objects.filter(kind="closed").count() == Incident.objects.filter(state="closed").count() == 5
