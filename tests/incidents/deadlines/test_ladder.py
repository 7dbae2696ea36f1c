"""Escalation ladder: which steps apply, when they are reached, and what moved deadlines change."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import get_default_timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from gis_data.pack import InvalidData
from incidents import workflow
from incidents.deadlines import jobs, ladder
from incidents.models import EscalationStep, Incident
from incidents.seed import catalogue
from tests import factories

HOUR = timedelta(hours=1)


def escalation_step(target, offset, who="handler", category=None, **media):
    return EscalationStep.objects.create(target=target, offset=offset, who=who, category=category, **media)


def at(text):
    """A moment in the city's time: `24/11 14:30`."""
    return datetime.strptime(f"2026 {text}", "%Y %d/%m %H:%M").replace(tzinfo=get_default_timezone())


def incident_of(category, town, **more):
    """An incident received on Thursday, to be accepted by 12:00 and resolved by Friday noon."""
    fields = {
        "state": Incident.State.ASSIGNED, "received_at": at("19/11 08:00"), "accept_by": at("19/11 12:00"),
        "due_at": at("20/11 12:00"), "authority": town.office,
    }  # fmt: skip
    return Incident(category=category, **fields | more)


def moments(incident):
    return [
        (str(scheduled.step.offset), f"{scheduled.moment:%d/%m %H:%M}")
        for scheduled in ladder.Ladders().scheduled_steps(incident)
    ]


def test_the_most_specific_ladder_counts(town):
    general, group, leaf = (
        escalation_step("resolve", "0"),
        escalation_step("resolve", "-4h", category=town.streets),
        escalation_step("resolve", "+1d", category=town.waste),
    )

    ladders = ladder.Ladders()

    assert ladders.steps_of(town.waste) == [leaf]
    assert ladders.steps_of(town.hole) == [group]
    assert ladders.steps_of(town.leak) == [general]


@pytest.mark.parametrize(
    ("offset", "moment"),
    [
        ("-25%", "20/11 05:00"),
        ("-4h", "20/11 08:00"),
        ("-2wh", "20/11 09:30"),
        ("0", "20/11 12:00"),
        ("+30min", "20/11 12:30"),
        ("+1d", "21/11 12:00"),
        ("+1wd", "23/11 12:00"),  # Monday
        ("+3wd", "25/11 12:00"),
    ],
)
def test_a_step_stands_at_its_offset_from_the_deadline(town, offset, moment):
    escalation_step("resolve", offset)

    assert moments(incident_of(town.hole, town)) == [(offset, moment)]


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        ("received", ["accept", "resolve"]),
        ("assigned", ["accept", "resolve"]),
        ("passed_on", ["accept", "resolve"]),
        ("accepted", ["resolve"]),
        ("working", ["resolve"]),
        ("extension", ["resolve"]),
        ("disputed", ["resolve"]),
        ("waiting", []),
        ("resolved", []),
        ("closed", []),
        ("rejected", []),
    ],
)
def test_which_steps_count_in_which_state(town, state, counts):
    escalation_step("accept", "0")
    escalation_step("resolve", "0")

    schedule = ladder.Ladders().scheduled_steps(incident_of(town.hole, town, state=state))

    assert [scheduled.step.target for scheduled in schedule] == counts


@pytest.mark.parametrize(
    ("now", "was", "look"),
    [
        ("19/11 08:00", None, "19/11 11:00"),  # the first step
        ("19/11 11:30", None, "19/11 12:00"),  # a warning that was passed does not count
        ("19/11 11:30", "19/11 11:00", "19/11 11:00"),  # nobody has looked at it yet
        ("19/11 13:00", None, "20/11 08:00"),
        ("20/11 13:00", None, "20/11 13:00"),  # late: at once
    ],
)
def test_when_somebody_must_look_next(town, now, was, look):
    escalation_step("accept", "-25%")
    escalation_step("accept", "0", "head", sms=True)
    escalation_step("resolve", "-4h")
    escalation_step("resolve", "0", "head")
    incident = incident_of(town.hole, town, next_check_at=was and at(was))

    ladder.set_next_check(incident, at(now))

    assert incident.next_check_at == at(look)


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("20/11 08:00", "20/11 08:00", {"-4h": True}),
        ("20/11 08:01", "20/11 09:00", {}),  # the warning's moment was passed before
        ("20/11 08:00", "20/11 12:00", {"-4h": False, "0": True}),  # nobody looked for four hours
        ("20/11 08:00", "30/11 12:00", {"-4h": False, "0": False, "+1wd": True}),
        ("30/11 08:00", "30/11 12:00", {"0": False, "+1wd": True}),  # late counts however late it is noticed
    ],
)
def test_only_the_last_step_that_was_reached_is_due(town, since, until, expected):
    escalation_step("resolve", "-4h")
    escalation_step("resolve", "0", "head")
    escalation_step("resolve", "+1wd", "leader")
    schedule = ladder.Ladders().scheduled_steps(incident_of(town.hole, town, state="working"))

    reached = ladder.reached_steps(schedule, at(since), at(until))

    assert {scheduled.step.offset: is_told for scheduled, is_told in reached} == expected


def test_every_step_sets_the_next_look(town, officer):
    escalation_step("accept", "-25%")
    escalation_step("resolve", "-4h")
    incident = factories.incident(town.hole)
    start = incident.received_at
    assert incident.next_check_at == start + 3 * HOUR

    workflow.move(incident, "accept", by=officer, at=start + HOUR)
    assert incident.next_check_at == start + 44 * HOUR

    workflow.move(incident, "ask", by=officer, note="Which lane?", at=start + 2 * HOUR)
    assert incident.next_check_at is None

    workflow.move(incident, "answer", note="The left one", at=start + 12 * HOUR)
    assert incident.next_check_at == start + 54 * HOUR  # the deadline has moved by the ten hours of waiting

    workflow.move(incident, "resolve", by=officer, note="Filled", at=start + 20 * HOUR)
    assert incident.next_check_at is None


def test_changed_ladder_sets_next_checks_of_open_incidents_only(town):
    first, other = (factories.incident(town.hole) for _one in range(2))
    Incident.objects.filter(pk=other.pk).update(state="waiting", waiting_since=other.received_at)
    assert first.next_check_at is None
    escalation_step("resolve", "+1d")
    escalation_step("accept", "0")

    assert ladder.renew_next_checks(first.due_at + HOUR) == 1

    first.refresh_from_db()
    other.refresh_from_db()
    assert first.next_check_at == first.due_at + 24 * HOUR
    assert other.next_check_at is None


def test_loading_a_ladder_keeps_the_steps_that_stay(town):
    ladder.replace_steps([("", "accept", "0", "head", True, False), ("ST.1", "resolve", "-4h", "handler", False, True)],
                {"ST.1": town.hole})  # fmt: skip
    kept_key = EscalationStep.objects.get(target="accept").pk

    ladder.replace_steps([("", "accept", "0", "head", True, True)], {"ST.1": town.hole})

    assert list(EscalationStep.objects.values_list("pk", "category", "email")) == [(kept_key, None, True)]


# ── In the pack and in the administration


ROW = {"line": 2, "category": "", "target": "resolve", "offset": "0", "who": "head", "sms": "yes", "email": ""}


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"category": "XX"}, "there is no category XX."),
        ({"target": "close"}, "there is no target close."),
        ({"who": "mayor"}, "there is no recipient mayor."),
        ({"sms": ""}, "neither sms nor email."),
        ({"sms": "maybe"}, "sms is neither yes nor empty."),
        ({"offset": ""}, "offset is empty."),
        ({"offset": "4h"}, "“4h” is not a time before or after a deadline."),
        (
            {"offset": "+0d"},
            "“0d” is not a target. Write 30min, 4h or 10d around the clock; 30wmin, 4wh or 5wd in working time.",
        ),
    ],
)
def test_a_faulty_ladder_is_refused(town, wrong, fault):
    with translation.override("en"), pytest.raises(InvalidData) as refused:
        catalogue.load_ladder([ROW | wrong], {"ST.1": town.hole})

    assert refused.value.faults[0] == f"ladder.csv line 2: {fault}"


def test_a_pack_without_ladders_gets_the_one_that_ships(town):
    catalogue.load_ladder(None, {})

    assert EscalationStep.objects.count() == len(ladder.DEFAULT_STEPS)


def test_administration_previews_ladders_and_refuses_bad_offsets(town, client, incident):
    step = escalation_step("resolve", "0", "head")
    client.force_login(factories.superuser("root"))
    page = reverse("admin:incidents_escalationstep_change", args=[step.pk])
    form = {"target": "resolve", "offset": "+2d", "who": "city", "email": "on"}

    assert "lãnh đạo đơn vị" in client.get(page).content.decode()
    refused = client.post(page, form | {"offset": "soon"})
    assert refused.status_code == 200
    assert ladder.offset_fault("soon") in refused.content.decode()
    assert client.post(page, form).status_code == 302

    renew = ProcrastinateJob.objects.filter(task_name="incidents.renew_ladder")
    assert renew.count() == 1
    jobs.renew_ladder()
    incident.refresh_from_db()
    assert incident.next_check_at == incident.due_at + timedelta(days=2)
