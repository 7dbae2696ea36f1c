"""Chasing: who is told of what is nearly due or late, once, in one message; and what leaders must know at once."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localtime, now

from incidents import timeline, workflow
from incidents.escalation import reminders
from incidents.models import (
    Authority,
    Contact,
    Directive,
    EscalationStep,
    Event,
    Incident,
    Membership,
    Notice,
    Reminder,
    Subtask,
    User,
)
from tests import factories

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LEADER, SUPERVISOR = Membership.Role.LEADER, Membership.Role.SUPERVISOR


def escalation_step(target, offset, who, category=None, **media):
    return EscalationStep.objects.create(target=target, offset=offset, who=who, category=category, **media)


def leader(name, authority, role=LEADER, **post):
    user = User.objects.create(username=name, email=f"{name}@example.org")
    factories.post(user, authority, role, **post)
    return user


@pytest.fixture
def tree(town):
    """The town council stands over both wards; each has a desk with a mailbox, the council its leaders."""
    council = Authority.objects.create(code="council", kind="CITY", name="UBND Wharf", name_en="Wharf Council")
    Authority.objects.exclude(pk=council.pk).update(parent=council)
    for unit in (town.office, town.other, town.water):
        unit.refresh_from_db()
        Contact.objects.create(authority=unit, label="Trực", email=f"{unit.code}@example.org")
    leader("head", town.office)
    leader("mayor", council)
    leader("deputy-streets", council, category=town.streets)
    leader("deputy-west", council, area=town.old)
    leader("watcher", town.desk, SUPERVISOR)
    return council


def list_addressees(cause="reminder"):
    """Who was told: addresses in the order of the messages."""
    notices = Notice.objects.filter(cause__startswith=cause).order_by("pk")
    return [notice.address.split("@")[0] for notice in notices]


def incident_at(town, category=None, **changes):
    """An incident that waits to be resolved in two days."""
    incident = factories.incident(category or town.hole)
    Incident.objects.filter(pk=incident.pk).update(**changes)
    incident.refresh_from_db()
    return incident


@pytest.mark.parametrize(
    ("who", "heard"),
    [
        ("handler", ["old"]),
        ("head", ["head"]),
        ("leader", ["deputy-streets", "deputy-west"]),
        ("city", ["mayor"]),
    ],
)
def test_who_is_notified_of_a_step(town, tree, who, heard):
    escalation_step("resolve", "0", who)
    incident = factories.incident(town.hole)

    reminders.send_due_reminders(incident.due_at)

    assert list_addressees() == heard


@pytest.mark.parametrize(
    ("without", "who", "heard"),
    [
        (["old"], "handler", ["head"]),
        (["head"], "head", ["deputy-streets", "deputy-west"]),
        (["head", "deputy-streets", "deputy-west"], "head", ["mayor"]),
        (["head", "deputy-streets", "deputy-west", "mayor"], "head", ["watcher"]),
        (["mayor"], "city", ["deputy-streets", "deputy-west"]),
    ],
)
def test_where_there_is_nobody_the_next_one_up_hears_of_it(town, tree, without, who, heard):
    Contact.objects.filter(email__in=[f"{name}@example.org" for name in without]).delete()
    Membership.objects.filter(user__username__in=without).delete()
    escalation_step("resolve", "0", who)

    reminders.send_due_reminders(factories.incident(town.hole).due_at)

    assert list_addressees() == heard


def test_handler_and_deputy_of_an_absent_head_are_reminded(town, tree, officer, today):
    escalation_step("resolve", "-4h", "handler")
    escalation_step("resolve", "0", "head")
    deputy = leader("deputy", town.other, Membership.Role.OFFICER)
    head = User.objects.get(username="head")
    factories.absence(user=head, deputy=deputy, starts=today, ends=today + timedelta(days=5))
    officer.email = "officer@example.org"
    officer.save()
    incident = incident_at(town, handler=officer)

    reminders.send_due_reminders(incident.due_at - 4 * HOUR)
    assert list_addressees() == ["old", "officer"]

    reminders.send_due_reminders(incident.due_at)
    assert list_addressees() == ["old", "officer", "deputy"]


def test_a_minute_is_chased_once_however_often_it_is_looked_at(town, tree):
    escalation_step("resolve", "-25%", "handler")
    escalation_step("resolve", "0", "head")
    incident = factories.incident(town.hole)
    start = incident.received_at

    assert reminders.send_due_reminders(start + 36 * HOUR - MINUTE) == {"slipped": 0}
    assert reminders.send_due_reminders(start + 36 * HOUR) == {"looked": 1, "reminded": 1, "notices": 1, "slipped": 0}
    assert reminders.send_due_reminders(start + 36 * HOUR) == {"slipped": 0}
    Incident.objects.update(next_check_at=start + 36 * HOUR)  # as if the look had been lost
    assert reminders.send_due_reminders(start + 36 * HOUR) == {"looked": 1, "reminded": 0, "notices": 0, "slipped": 0}

    incident.refresh_from_db()
    assert incident.next_check_at == incident.due_at
    assert list_addressees() == ["old"]


def test_only_the_last_step_of_a_target_is_sent_after_downtime(town, tree):
    for offset, who in (("-25%", "handler"), ("-4h", "handler"), ("0", "head"), ("+1d", "leader")):
        escalation_step("resolve", offset, who)
    escalation_step("accept", "0", "handler")
    incident = factories.incident(town.hole)

    reminders.send_due_reminders(incident.due_at + 2 * HOUR)

    assert list(Reminder.objects.order_by("step").values_list("step__offset", "told")) == [
        ("-25%", False), ("-4h", False), ("0", True), ("0", True),
    ]  # fmt: skip
    assert list_addressees() == ["old", "head"]


def test_several_reminders_of_a_minute_are_one_message(town, tree):
    escalation_step("resolve", "0", "handler", sms=False)
    some = [factories.incident(category) for category in (town.hole, town.hole, town.waste)]
    Incident.objects.update(due_at=some[0].due_at, next_check_at=some[0].due_at)

    reminders.send_due_reminders(some[0].due_at)

    notice = Notice.objects.get(cause__startswith="reminder")
    assert notice.subject == "3 việc trễ hạn"
    assert [line[2:12] for line in notice.text.splitlines() if line.startswith("- ")] == [
        incident.reference for incident in some
    ]
    assert notice.text.endswith("/desk/?show=late")


def test_one_thing_is_named_with_its_page(town, tree):
    escalation_step("resolve", "0", "head")
    incident = factories.incident(town.hole)

    reminders.send_due_reminders(incident.due_at)

    notice = Notice.objects.get(cause__startswith="reminder")
    moment = f"{localtime(incident.due_at):%H:%M %d/%m}"
    assert notice.subject == "1 việc trễ hạn"
    assert f"{incident.reference} · Ổ gà · Phường Old Wharf · UBND Old Wharf: trễ hạn xử lý từ {moment}" in notice.text
    assert notice.text.endswith(f"/desk/{incident.reference}/")


def test_the_public_reads_of_escalations_and_of_nothing_else(town, tree):
    escalation_step("accept", "0", "head")
    escalation_step("resolve", "-4h", "handler")
    escalation_step("resolve", "0", "head")
    incident = factories.incident(town.hole)

    for moment in (incident.accept_by, incident.due_at - 4 * HOUR, incident.due_at):
        reminders.send_due_reminders(moment)

    lines = incident.timeline.filter(kind=Event.Kind.REMINDED)
    moment = f"{localtime(incident.due_at):%H:%M %d/%m}"
    assert [line.public for line in lines] == [False, False, True]
    assert [line.at for line in lines] == [incident.accept_by, incident.due_at - 4 * HOUR, incident.due_at]
    assert lines[2].reasons == [
        {
            "vi": f"Lãnh đạo đơn vị đã được nhắc: việc trễ hạn từ {moment}.",
            "en": f"The head of the unit was reminded: the time ended at {moment}.",
        }
    ]


def test_a_deadline_that_moved_has_steps_of_its_own(town, tree, officer):
    escalation_step("resolve", "-4h", "handler")
    incident = factories.incident(town.hole)
    start = incident.received_at
    reminders.send_due_reminders(start + 44 * HOUR)
    assert list_addressees() == ["old"]

    workflow.move(incident, "ask", by=officer, note="Which lane?", at=start + 45 * HOUR)
    reminders.send_due_reminders(start + 50 * HOUR)
    workflow.move(incident, "answer", note="The left one", at=start + 55 * HOUR)
    reminders.send_due_reminders(start + 54 * HOUR)
    assert list_addressees() == ["old"]

    reminders.send_due_reminders(
        start + 56 * HOUR
    )  # the deadline is 58 h, four hours before it nobody worked on it: no news
    assert list_addressees() == ["old"]


def test_waiting_does_not_repeat_an_escalation(town, tree, officer):
    escalation_step("resolve", "0", "head")
    incident = factories.incident(town.hole)
    due = incident.due_at
    reminders.send_due_reminders(due)
    workflow.move(incident, "ask", by=officer, note="Which lane?", at=due + HOUR)
    workflow.move(incident, "answer", note="The left one", at=due + 3 * HOUR)

    reminders.send_due_reminders(due + 3 * HOUR)

    assert list(Reminder.objects.order_by("pk").values_list("deadline", "told")) == [
        (due, True), (due + 2 * HOUR, False),
    ]  # fmt: skip
    assert list_addressees() == ["head"]


def test_what_is_found_to_be_late_is_told_at_once(town, tree, officer):
    escalation_step("resolve", "0", "head")
    incident = factories.incident(town.hole)
    workflow.move(incident, "resolve", by=officer, note="Filled", at=incident.due_at - HOUR)

    workflow.move(incident, "reopen", by=officer, note="It is open again", at=incident.due_at + HOUR)
    reminders.send_due_reminders(incident.due_at + HOUR + MINUTE)

    assert list_addressees() == ["head"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_nobody_twice(town, tree):
    escalation_step("resolve", "0", "head")
    incident = factories.incident(town.hole)

    with transaction.atomic():
        assert reminders.try_chasing_lock()
        from_another(lambda: reminders.send_due_reminders(incident.due_at))
        assert list_addressees() == []
    from_another(lambda: reminders.send_due_reminders(incident.due_at))
    from_another(lambda: reminders.send_due_reminders(incident.due_at))

    assert list_addressees() == ["head"]


def from_another(work):
    """Do it in another connection, as another worker does."""

    def run():
        work()
        connection.close()

    thread = Thread(target=run)
    thread.start()
    thread.join()


def test_reminding_handlers_does_not_query_memberships(town, tree, django_assert_num_queries):
    escalation_step("resolve", "0", "handler")
    incident = factories.incident(town.hole)

    with CaptureQueriesContext(connection) as captured:
        reminders.send_due_reminders(incident.due_at)
    with django_assert_num_queries(8):  # twice: a savepoint, the lock, what is due, its end
        reminders.send_due_reminders(incident.due_at)

    assert list_addressees() == ["old"]
    assert not [query["sql"] for query in captured if "incidents_membership" in query["sql"]]


def test_who_handles_several_incidents_is_read_once(town, tree, officer):
    escalation_step("resolve", "0", "handler")
    User.objects.filter(pk=officer.pk).update(email="officer@example.org")
    incidents = [incident_at(town, handler=officer) for _one in range(3)]

    with CaptureQueriesContext(connection) as captured:
        reminders.send_due_reminders(max(incident.due_at for incident in incidents))

    assert list_addressees() == ["old", "officer"]
    assert sum(query["sql"].startswith('SELECT "incidents_user"') for query in captured) == 1


# ── Directives and parts


def test_directives_and_parts_that_slipped_are_told_once(town, tree):
    mayor = Membership.objects.get(user__username="mayor").user
    moment = now() - timedelta(hours=30)
    Directive.objects.create(by=mayor, to=town.office, what="Clear the drains", given_at=moment, until=now() - HOUR)
    Directive.objects.create(by=mayor, to=town.other, what="Sweep", given_at=now(), until=now() + HOUR)
    incident = factories.incident(town.hole)
    Subtask.objects.create(
        incident=incident, authority=town.water, what="Shut the valve", due_at=now() - HOUR, asked_by=mayor
    )

    assert reminders.send_due_reminders()["slipped"] == 7
    assert reminders.send_due_reminders()["slipped"] == 0

    assert list_addressees("directive_unread") == ["old", "head"]
    assert list_addressees("directive_late") == ["old", "head", "mayor"]
    assert list_addressees("part_late") == ["water", "old"]


# ── What a leader sets off, and what leaders must know


def test_leaders_hear_at_once_of_danger_and_of_what_many_report(town, tree, policies):
    policies.many_reports = 2
    incident = factories.incident(town.hole)
    announce(incident)
    assert Notice.objects.filter(template__in=["dangerous", "many_reports"]).count() == 0

    factories.incident(town.hole, join=incident)
    announce(incident)
    assert list_addressees("many_reports") == ["head", "deputy-streets", "deputy-west"]

    Incident.objects.filter(pk=incident.pk).update(severity="dangerous")
    timeline.record(incident, Event.Kind.GRADED)
    announce(incident)
    announce(incident)
    assert list_addressees("dangerous") == ["head", "deputy-streets", "deputy-west"]
    assert set(Notice.objects.filter(template="dangerous").values_list("urgent", flat=True)) == {True}


def announce(incident):
    """What the job does that each line of history sets off."""
    for event in incident.timeline.all():
        reminders.alert_leaders(event.pk)


def test_many_at_once_are_told_as_few_are(town, tree, monkeypatch, today):
    monkeypatch.setattr(reminders, "MAX_LIVE_LINES", 1)
    escalation_step("resolve", "0", "head")
    escalation_step("resolve", "0", "leader")
    deputy = leader("deputy", town.other, Membership.Role.OFFICER)
    factories.absence(
        user=User.objects.get(username="deputy-west"), deputy=deputy, starts=today, ends=today + timedelta(days=5)
    )
    some = [factories.incident(category) for category in (town.hole, town.waste)]
    Incident.objects.update(due_at=some[0].due_at, next_check_at=some[0].due_at)

    assert reminders.send_due_reminders(some[0].due_at) == {"looked": 2, "reminded": 4, "notices": 3, "slipped": 0}

    assert list_addressees() == ["head", "deputy-streets", "deputy"]
    lines = Event.objects.filter(kind=Event.Kind.REMINDED).order_by("pk")
    assert [(line.incident_id, line.public) for line in lines] == [
        (incident.pk, True) for incident in some for _line in "12"
    ]
