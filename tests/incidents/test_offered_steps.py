"""A step is taken where it is offered and nowhere else, by whatever way it is posted."""

from copy import copy
from datetime import timedelta

import pytest
from django.contrib.gis.geos import Point
from django.db import IntegrityError, connection, transaction
from django.http import Http404
from django.test import RequestFactory
from django.utils.timezone import localtime, now

from incidents import access, workflow
from incidents.casework import extensions, subtasks, verdicts
from incidents.deadlines import service_levels
from incidents.models import Authority, Contact, Incident, Membership, User
from incidents.partners import arrival_event, letters, updates
from incidents.steps import STEPS
from incidents.views.desk import desk_pages, steps
from incidents.views.staff import partner_work
from tests import factories

ROLE = Membership.Role
WAYS = {
    "received": (), "assigned": (), "passed_on": ("pass_on",), "accepted": ("accept",), "working": ("accept", "begin"),
    "extension": ("accept",), "waiting": ("ask",), "resolved": ("resolve",), "disputed": ("resolve", "dispute"),
    "rejected": ("reject",), "closed": ("resolve", "close"),
}  # fmt: skip
# Each post of each person takes seconds a state: a usual run leaves out those whose steps are much like another's.
ALIKE = {"received", "passed_on", "working", "extension", "waiting", "disputed", "rejected"}
STATES = [pytest.param(name, marks=pytest.mark.deep) if name in ALIKE else name for name in WAYS]
# Nor does it ask in each state for those whose rights are much the same in all.
ALL_COME = {"accepted"}
FACTS = """
SELECT incident::text, (SELECT count(*) FROM incidents_event WHERE incident_id = incident.id),
    ARRAY(SELECT state FROM incidents_subtask WHERE incident_id = incident.id ORDER BY id)
FROM incidents_incident incident WHERE id = %s
"""
AT_BORDER = Point(10.0095, 50.005, srid=4326)


def in_state(incident, state, by):
    """The incident, taken to this state by its steps."""
    for name in WAYS[state]:
        workflow.move(incident, name, by=by, note="Because")
    if state == "extension":
        extensions.request_extension(incident, by=by, reason="No asphalt", until=incident.due_at + timedelta(days=1))
    if state == "received":
        factories.change(incident, state="received")
    incident.refresh_from_db()
    return incident


def facts(incident):
    """What no refused step may change."""
    with connection.cursor() as cursor:
        cursor.execute(FACTS, [incident.pk])
        return cursor.fetchone()


@pytest.fixture
def people(town, officer, outsider):
    """Who comes to the page of an incident of Old Wharf near the border, of which the water company has a part."""
    return {
        "officer": officer,
        "neighbour": outsider,
        "leader": factories.person("leader", town.office, ROLE.LEADER),
        "dispatcher": factories.person("dispatcher", town.desk, ROLE.DISPATCHER),
        "supervisor": factories.person("supervisor", town.desk, ROLE.SUPERVISOR),
        "helper": factories.person("helper", town.water),  # the last, for what it is asked for holds the incident
    }


def answer(user, incident, name, fields):
    """The status with which a step is answered, with the one layer around its page that its rights come from."""
    request = RequestFactory().post(f"/desk/{incident.reference}/{name}/?part=form", fields)
    request.user = copy(user)
    try:
        return access.read_posts_once(
            lambda inner_request: desk_pages.take_step(inner_request, incident.reference, name)
        )(request).status_code
    except Http404:
        return 404


def comings():
    """In which state of an incident who comes to it: in a usual run all in some states, in the others its officer."""
    for state in WAYS:
        for come in ("officer", "leader", "others"):
            deep = state in ALIKE or (come != "officer" and state not in ALL_COME)
            yield pytest.param(state, come, marks=[pytest.mark.deep] * deep, id=f"{state}-{come}")


@pytest.mark.parametrize(("state", "come"), list(comings()))
def test_a_step_is_taken_where_it_is_offered(client, town, people, state, come):
    incident = factories.incident(town.hole, AT_BORDER, accuracy_m=80)
    in_state(incident, state, people["officer"])
    for who, user in people.items():
        if come != (who if who in ("officer", "leader") else "others"):
            continue
        if who == "helper" and incident.is_open:
            until = now() + timedelta(hours=1)
            subtasks.request_subtask(incident, by=people["officer"], to=town.water, what="Close it", due_at=until)
        client.force_login(user)
        page = client.get(f"/desk/{incident.reference}/?part=detail")
        offered = page.context["offered"].all if page.status_code == 200 else set()
        may = page.context["incident"].may if page.status_code == 200 else set()
        before, answers, effective = facts(incident), {}, set()
        fields = {
            "note": "Because", "to": town.other.pk, "person": people["officer"].pk, "outcome": "done",
            "severity": "dangerous", "until": f"{localtime(incident.due_at + timedelta(days=1)):%Y-%m-%dT%H:%M}",
            "part": getattr(incident.subtasks.first(), "pk", ""), "category": "ST.2", "lon": "10.008", "lat": "50.005",
        }  # fmt: skip
        person = User.objects.get(pk=user.pk)
        for name in steps.BUTTONS:
            with transaction.atomic():
                answers[name] = answer(person, incident, name, fields)
                if facts(incident) != before:
                    effective.add(name)
                transaction.set_rollback(True)
        wanted = {name: 200 if name in offered else 409 if STEPS[name].may in may else 404 for name in steps.BUTTONS}
        assert (who, answers, effective) == (who, wanted, set(offered))


@pytest.mark.usual_rows(2)
@pytest.mark.parametrize("state", STATES)
def test_a_step_for_several_is_taken_where_it_is_offered(client, town, people, state):
    incident = in_state(factories.incident(town.hole), state, people["officer"])
    client.force_login(people["officer"])
    offered = client.get(f"/desk/{incident.reference}/?part=detail").context["offered"].all
    before = facts(incident)
    for name in ("accept", "begin", "give", "hand_over", "resolve"):
        fields = {"of": incident.reference, "filled": "1", "note": "Because", "to": town.other.pk}
        with transaction.atomic():
            answer = client.post(f"/desk/several/{name}/?part=form", fields | {"person": people["officer"].pk})
            outcomes = answer.context["outcomes"] if answer.context else []  # where all was taken it is said in words
            refused = [outcome.reference for outcome in outcomes if outcome.fault]
            expected = [] if name in offered else [incident.reference]
            assert (name, refused, facts(incident) == before) == (name, expected, name not in offered)
            transaction.set_rollback(True)


@pytest.mark.usual_rows(2)
@pytest.mark.parametrize("state", STATES)
def test_a_link_takes_only_the_steps_it_offers(client, town, officer, state):
    Authority.objects.filter(pk=town.office.pk).update(works=Authority.Works.EMAIL)
    contact = Contact.objects.create(authority=town.office, label="Desk", email="desk@example.org")
    incident = in_state(factories.incident(town.hole), state, officer)
    address = f"/w/{letters.sign_link(arrival_event(incident), contact)}/"
    offered = [step["name"] for step in client.get(address).context["steps"]]
    before, effective = facts(incident), []
    for name in partner_work.STEPS:
        fields = {
            "step": name, "seen": incident.steps_taken, "note": "Because",
            "until": f"{localtime(incident.due_at + timedelta(days=1)):%Y-%m-%dT%H:%M}",
        }  # fmt: skip
        with transaction.atomic():
            answers = [
                client.post(address, fields | {"note": ""}).status_code,
                client.post(address, fields).status_code,
            ]
            changed = facts(incident) != before
            transaction.set_rollback(True)
        if changed:
            effective.append(name)
        else:
            assert (name, answers) == (name, [409, 409])
    assert effective == offered


def test_the_duty_desk_has_nobody_to_hand_back_to(client, town):
    clerk = factories.person("clerk", town.desk)
    incident = factories.incident(town.unclear)
    client.force_login(clerk)
    before = facts(incident)
    assert "hand_back" not in client.get(f"/desk/{incident.reference}/").context["offered"].all
    assert client.post(f"/desk/{incident.reference}/hand_back/", {"note": "Not ours"}).status_code == 409
    with pytest.raises(workflow.NotAllowed):
        workflow.move(incident, "hand_over", by=clerk, note="To ourselves", to=town.desk)
    assert facts(incident) == before


@pytest.mark.parametrize("state", ["resolved", "closed", "rejected"])
def test_an_ended_incident_keeps_its_severity_and_deadline(incident, officer, state):
    in_state(incident, state, officer)
    before = facts(incident)
    with pytest.raises(service_levels.IncidentEnded):
        service_levels.change_severity(incident, "dangerous", by=officer, note="Late")
    later = incident.due_at + timedelta(days=1)
    for change in (
        {"due_at": later}, {"first_due_at": later}, {"accept_by": later}, {"severity": "dangerous"},
        {"due_date_trace": [1]},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            Incident.objects.filter(pk=incident.pk).update(**change)
    assert facts(incident) == before
    workflow.move(incident, "reopen", by=officer, note="Not done")
    service_levels.change_severity(incident, "dangerous", by=officer, note="A child fell in")
    assert incident.severity == "dangerous"


def test_a_stale_form_does_not_change_the_severity(client, incident, officer):
    client.force_login(officer)
    workflow.move(incident, "accept", by=officer)
    fields = {"severity": "dangerous", "note": "A child fell in", "moves": incident.steps_taken - 1}
    assert client.post(f"/desk/{incident.reference}/grade/", fields).status_code == 409
    assert (
        client.post(f"/desk/{incident.reference}/grade/", fields | {"moves": incident.steps_taken}).status_code == 302
    )


@pytest.mark.usual_rows(2)
@pytest.mark.parametrize("state", WAYS)
def test_a_system_takes_only_the_steps_of_the_law(town, officer, state):
    incident = in_state(factories.incident(town.hole), state, officer)
    before = facts(incident)
    for status, meant in updates.STEPS_OF_STATUS.items():
        with transaction.atomic():
            updates.apply_update(town.office, incident, status, status)
            moved = facts(incident) != before
            transaction.set_rollback(True)
        assert (status, moved) == (status, any(state in workflow.TRANSITIONS[step].origins for step in meant))


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize("state", WAYS)
def test_a_reporter_is_heard_where_the_page_asks(client, town, officer, state):
    incident = in_state(factories.incident(town.hole), state, officer)
    report = incident.reports.get()
    page = client.get(f"/f/{report.token}/")
    word = page.context.get("word") or {"may_confirm": False, "may_dispute": False, "rating": True}
    is_offered = {"confirm": word["may_confirm"], "dispute": word["may_dispute"], "rate": not word["rating"]}
    is_offered["answer"] = f'action="/f/{report.token}/answer/"' in page.content.decode()
    link = verdicts.short_link(report, verdicts.current_result(incident) or incident.timeline.first())
    before, heard = facts(incident), {}
    for name in is_offered:
        address, fields = (
            (f"/f/{report.token}/answer/", {"note": "So"}) if name == "answer" else (link, {"words": "So"})
        )
        with transaction.atomic():
            client.post(address, fields | {"verdict": name, "stars": 5})
            heard[name] = facts(incident) != before
            transaction.set_rollback(True)
    assert heard == is_offered
