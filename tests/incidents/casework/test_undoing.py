"""Undoing a step at the desk restores the incident and sends nothing."""

from datetime import time, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from incidents import jobs, workflow
from incidents.casework import between_units, undoing
from incidents.models import Crew, Event, Incident, Notice, TakeoverOffer, UndoableStep
from incidents.steps import STEPS
from tests import factories

FACTS = """
SELECT to_jsonb(incident) - '{steps_taken,changed_at,next_check_at}'::text[]
FROM incidents_incident incident WHERE id = %s
"""


@pytest.fixture
def english(client):
    client.cookies["django_language"] = "en"


def facts(incident):
    with connection.cursor() as cursor:
        cursor.execute(FACTS, [incident.pk])
        return cursor.fetchone()[0]


def take(client, incident, name, **fields):
    """Take a step as the desk's script does. Returns the address that undoes it, or None."""
    answer = client.post(f"/desk/{incident.reference}/{name}/?part=form", fields)
    assert answer.status_code == 200, answer.content
    return answer.json()["undo"]


STATES = {
    "accept": "assigned", "begin": "accepted", "give": "assigned", "crew": "assigned", "ask": "working",
    "hand_over": "working", "hand_back": "assigned", "resolve": "working", "reject": "assigned",
    "close": "resolved", "reopen": "rejected",
}  # fmt: skip
WAYS = {
    "assigned": (), "accepted": ("accept",), "working": ("accept", "begin"), "resolved": ("resolve",),
    "rejected": ("reject",),
}  # fmt: skip


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize("name", STATES)
def test_a_step_is_taken_back_and_all_is_as_before(client, town, incident, officer, name):
    for earlier_step in WAYS[STATES[name]]:
        workflow.move(incident, earlier_step, by=officer, note="Because")
    crew = Crew.objects.create(authority=town.office, name="A", starts=time(6), ends=time(14))
    client.force_login(officer)
    before, lines = facts(incident), incident.timeline.count()
    undo = take(client, incident, name, note="Because", to=town.other.pk, person=officer.pk, crew=crew.pk)
    assert facts(incident) != before
    answer = client.post(undo)
    assert (answer.status_code, answer.json()["reference"]) == (200, incident.reference)
    assert facts(incident) == before
    line, back = incident.timeline.all()[lines:]
    assert (back.kind, back.by, back.state, back.receipt) == ("undone", officer, STATES[name], {"undoes": line.pk})
    assert (line.public, incident.corrections.count()) == (back.public, 0)
    assert client.post(undo).status_code == 409


def test_every_step_with_undo_is_tried_here():
    watching = {"inquire", "urge", "remark", "offer", "reply"}
    assert {name for name, step in STEPS.items() if step.undo} == set(STATES) | watching


SEVERAL = {
    "accept": {}, "give": {"person"}, "crew": {"crew"}, "hand_over": {"to", "note"}, "resolve": {"note"},
}  # fmt: skip


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize("name", SEVERAL)
def test_a_step_for_several_is_taken_back_as_one(client, english, town, officer, name):
    several = [factories.incident(town.hole) for _n in range(2)]
    crew = Crew.objects.create(authority=town.office, name="A", starts=time(6), ends=time(14))
    before = [facts(incident) for incident in several]
    fields = {"note": "Because", "to": town.other.pk, "person": officer.pk, "crew": crew.pk, "filled": "1"}
    client.force_login(officer)
    sent = fields | {"of": [incident.reference for incident in several]}
    answer = client.post(f"/desk/several/{name}/?part=form", sent).json()
    assert answer["said"].endswith(": 2 incidents")
    lines = list(UndoableStep.objects.values_list("pk", flat=True))
    assert client.post(answer["undo"]).json() == {"said": "Undone: 2 incidents"}
    assert [facts(incident) for incident in several] == before
    for pk in lines:
        jobs.announce(event_id=pk)
    assert not Notice.objects.filter(event__in=lines).exists()


def test_of_several_what_somebody_went_on_with_stays(client, english, town, officer):
    continued, back, refused = (factories.incident(town.hole) for _n in range(3))
    workflow.move(refused, "ask", by=officer, note="Where?")
    client.force_login(officer)
    of = [incident.reference for incident in (continued, back, refused)]
    page = client.post("/desk/several/accept/?part=form", {"of": of})
    assert [bool(outcome.fault) for outcome in page.context["outcomes"]] == [False, False, True]
    workflow.move(continued, "begin", by=officer)
    undone = client.post(page.context["undo"] + "&part=form")
    assert {incident.reference: incident.fault for incident in undone.context["outcomes"]} == {
        continued.reference: "Somebody has since continued with it: it cannot be undone.",
        back.reference: "",
    }
    assert "Undone for 1 incident, not possible for 1" in " ".join(undone.content.decode().split())
    assert dict(Incident.objects.values_list("pk", "state")) == {
        continued.pk: "working", back.pk: "assigned", refused.pk: "waiting",
    }  # fmt: skip
    client.force_login(factories.person("colleague", town.office))
    assert [client.post(path).status_code for path in (page.context["undo"], "/desk/undo/?line=x")] == [404, 404]


def test_nobody_is_told_of_what_was_taken_back(client, town, officer):
    incident = factories.incident(town.hole, email="an@example.org")
    client.force_login(officer)
    undo = take(client, incident, "resolve", note="Filled")
    line = incident.timeline.get(kind="resolved")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT scheduled_at > now() + interval '60 s' FROM procrastinate_jobs"
            " WHERE task_name = 'incidents.announce' AND args = jsonb_build_object('event_id', %s::bigint)",
            [line.pk],
        )
        assert cursor.fetchall() == [(True,)]
    client.post(undo)
    for event in incident.timeline.filter(pk__gte=line.pk):
        jobs.announce(event_id=event.pk)
    assert not Notice.objects.filter(event__pk__gte=line.pk).exists()
    take(client, incident, "resolve", note="Filled")
    jobs.announce(event_id=incident.timeline.last().pk)
    assert Notice.objects.filter(template="resolved").count() == 1


def test_without_the_script_nothing_waits(client, incident, officer):
    client.force_login(officer)
    assert client.post(f"/desk/{incident.reference}/accept/").status_code == 302
    assert not UndoableStep.objects.exists()


def test_only_who_did_it_takes_it_back(client, incident, town, officer, outsider):
    client.force_login(officer)
    undo = take(client, incident, "accept")
    client.force_login(factories.person("colleague", town.office))
    assert client.post(undo).status_code == 404
    client.force_login(officer)
    workflow.move(incident, "begin", by=officer)
    assert client.post(undo).status_code == 409
    assert Incident.objects.get().state == "working"


def test_after_a_minute_it_is_too_late(client, incident, officer):
    client.force_login(officer)
    take(client, incident, "accept")
    row = UndoableStep.objects.get()
    with pytest.raises(undoing.TooLate):
        undoing.undo_step(row.pk, by=officer, at=row.event.at + undoing.WITHIN + timedelta(seconds=1))
    assert undoing.undo_step(row.pk, by=officer, at=row.event.at + undoing.WITHIN).kind == "undone"


def test_what_ended_a_question_of_more_time_stays(client, town, incident, officer):
    workflow.move(incident, "accept", by=officer)
    factories.change(incident, state="extension")
    client.force_login(officer)
    assert take(client, incident, "hand_over", note="Yours", to=town.other.pk) is None


def test_what_was_asked_of_a_unit_is_taken_back(client, town, officer):
    leak = factories.incident(town.leak)
    client.force_login(officer)
    for name in ("inquire", "urge", "remark", "offer"):
        undo = take(client, leak, name, note="Until when?")
        assert client.post(undo).status_code == 200
    page = client.get(f"/desk/{leak.reference}/").context
    assert (page["talk"], page["offer"], between_units.has_unanswered_message(leak)) == ([], None, False)
    assert not TakeoverOffer.objects.exists()
    assert take(client, leak, "urge") is not None  # the one that was taken back does not count


def test_the_database_lets_a_state_go_back_by_an_act_only(client, incident, officer):
    workflow.move(incident, "accept", by=officer)
    client.force_login(officer)
    undo = take(client, incident, "begin")
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.filter(pk=incident.pk).update(state="passed_on")
    assert client.post(undo).status_code == 200
    workflow.move(incident, "begin", by=officer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.filter(pk=incident.pk).update(state="accepted")


def test_old_acts_are_forgotten(client, incident, officer):
    client.force_login(officer)
    take(client, incident, "accept")
    assert undoing.forget_old() == 0
    assert Event.objects.filter(kind="accepted").count() == UndoableStep.objects.count() == 1
