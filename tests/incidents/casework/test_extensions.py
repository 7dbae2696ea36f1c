"""Extensions: requested with a reason, decided by another user, counted with and without."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import translation
from django.utils.timezone import get_default_timezone, now

from incidents import workflow
from incidents.casework import extensions
from incidents.deadlines import service_levels
from incidents.models import Extension, Incident, Membership
from tests import factories

HERE = get_default_timezone()
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def leader(town):
    return factories.person("leader", town.office, Membership.Role.LEADER)


@pytest.fixture
def accepted_incident(incident, officer):
    workflow.move(incident, "accept", by=officer)
    return incident


def ask_extension(incident, by, days=2, reason="The parts come on Thursday."):
    return extensions.request_extension(incident, by=by, reason=reason, until=incident.due_at + days * DAY)


def test_more_time_is_asked_for_and_granted(accepted_incident, officer, leader):
    first, until = accepted_incident.due_at, accepted_incident.due_at + 2 * DAY
    extension = ask_extension(accepted_incident, officer)
    accepted_incident.refresh_from_db()
    assert (accepted_incident.state, accepted_incident.due_at, accepted_incident.first_due_at) == (
        "extension",
        first,
        None,
    )
    assert [waiting.pk for waiting in extensions.extensions_to_decide(leader)] == [extension.pk]
    extensions.decide_extension(extension, by=leader, granted=True)
    accepted_incident.refresh_from_db()
    assert (accepted_incident.state, accepted_incident.due_at, accepted_incident.first_due_at) == (
        "working",
        until,
        first,
    )
    lines = [(line.kind, line.by, line.note) for line in accepted_incident.timeline.order_by("pk")][-2:]
    assert lines == [
        ("more_time", officer, "The parts come on Thursday."),
        ("extended", leader, f"Hạn {extensions.clock_and_date(until)}"),
    ]
    assert service_levels.explain_due_date(accepted_incident)[-1].startswith("Extension granted: due ")


def test_more_time_is_refused_with_a_word(accepted_incident, officer, leader):
    extension, due = ask_extension(accepted_incident, officer), accepted_incident.due_at
    with pytest.raises(workflow.NoteMissing):
        extensions.decide_extension(extension, by=leader, granted=False)
    extensions.decide_extension(extension, by=leader, granted=False, note="Use the spare parts.")
    accepted_incident.refresh_from_db()
    assert (accepted_incident.state, accepted_incident.due_at, accepted_incident.first_due_at) == ("working", due, None)
    assert accepted_incident.timeline.last().note == "Use the spare parts."


@pytest.mark.parametrize("days", [-1, 0, 15.001, 400])
def test_only_a_later_date_within_the_limit_can_be_asked_for(accepted_incident, officer, days):
    with pytest.raises(extensions.NotPossible):
        ask_extension(accepted_incident, officer, days=days)
    accepted_incident.refresh_from_db()
    assert (accepted_incident.state, Extension.objects.count()) == ("accepted", 0)


def test_extension_limit_counts_from_the_first_due_date(accepted_incident, officer, leader):
    extensions.decide_extension(ask_extension(accepted_incident, officer, days=10), by=leader, granted=True)
    accepted_incident.refresh_from_db()
    with pytest.raises(extensions.NotPossible, match="An extension can be requested until"):
        ask_extension(accepted_incident, officer, days=6)
    ask_extension(accepted_incident, officer, days=5)


def test_what_is_asked_needs_a_reason_and_something_in_hand(incident, officer):
    with pytest.raises(workflow.NotAllowed):
        ask_extension(incident, officer)
    workflow.move(incident, "accept", by=officer)
    with pytest.raises(workflow.NoteMissing):
        ask_extension(incident, officer, reason="  ")
    with pytest.raises(workflow.NotAllowed):
        extensions.request_extension(incident, by=officer, reason="Rain", until=incident.due_at + DAY, seen=0)


def test_nobody_decides_on_the_own_question_nor_without_the_post(accepted_incident, town, officer, outsider, leader):
    mine = ask_extension(accepted_incident, leader)
    for who in (leader, officer, outsider):
        with pytest.raises(workflow.NotAllowed):
            extensions.decide_extension(mine, by=who, granted=True)
    assert list(extensions.extensions_to_decide(leader)) == []
    with pytest.raises(IntegrityError, match="nobody_grants_oneself_more_time"), transaction.atomic():
        Extension.objects.filter(pk=mine.pk).update(granted=True, decided_by=leader, decided_at=now())
    dispatcher = factories.person("dispatcher", town.desk, Membership.Role.DISPATCHER)
    extensions.decide_extension(mine, by=dispatcher, granted=True)


@pytest.mark.parametrize("step", ["ask", "resolve", "hand_over"])
def test_a_question_that_was_left_behind_is_no_longer_open(accepted_incident, town, officer, leader, step):
    left = ask_extension(accepted_incident, officer)
    workflow.move(accepted_incident, step, by=officer, note="So it is", to=town.water if step == "hand_over" else None)
    left.refresh_from_db()
    assert (left.granted, left.decided_by) == (False, None)
    with pytest.raises(workflow.NotAllowed, match="already been decided"):
        extensions.decide_extension(left, by=leader, granted=True)


def test_new_extension_can_be_asked_for_after_a_reform(accepted_incident, officer):
    old = ask_extension(accepted_incident, officer)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('incidents.reform', 'on', true)")
    Incident.objects.filter(pk=accepted_incident.pk).update(state="accepted")
    new = ask_extension(accepted_incident, officer, days=3)
    assert list(Extension.objects.values_list("pk", "granted")) == [(old.pk, False), (new.pk, None)]


def test_a_wait_after_an_extension_moves_both_dates(accepted_incident, officer, leader):
    first = accepted_incident.due_at
    extensions.decide_extension(ask_extension(accepted_incident, officer), by=leader, granted=True)
    at = now()
    workflow.move(accepted_incident, "ask", by=officer, note="Where?", at=at)
    workflow.move(accepted_incident, "answer", note="There", at=at + timedelta(hours=5))
    five = timedelta(hours=5)
    assert (accepted_incident.first_due_at, accepted_incident.due_at) == (first + five, first + 2 * DAY + five)


def test_more_time_stays_granted_when_dates_are_calculated_anew(accepted_incident, town, officer, leader):
    first = accepted_incident.due_at
    extensions.decide_extension(ask_extension(accepted_incident, officer, days=5), by=leader, granted=True)
    for target, moved, due in (("72h", DAY, first + 5 * DAY), ("240h", 8 * DAY, first + 8 * DAY)):
        town.hole.resolve_within = target
        town.hole.save()
        service_levels.recompute_open_incidents()
        accepted_incident.refresh_from_db()
        assert (accepted_incident.first_due_at, accepted_incident.due_at) == (first + moved, due)


def test_lateness_is_counted_with_and_without_extensions(town, officer):
    at = datetime(2026, 11, 25, 9, tzinfo=HERE)
    days = {  # due, first due, closed: whole days after `at`
        "in time": (2, None, 1), "late": (2, None, 3), "by extension": (5, 2, 4), "in time anyway": (5, 2, 1),
        "late all the same": (5, 2, 6), "open": (5, 2, None),
    }  # fmt: skip
    for name, (due, first, closed) in days.items():
        incident = factories.incident(town.hole, text=name)
        incident.due_at, incident.first_due_at = at + due * DAY, first and at + first * DAY
        if closed:
            incident.state, incident.closed_at = "resolved", at + closed * DAY
        incident.save()

    def texts(incidents):
        return {incident.text for incident in incidents}

    day_three = at + 3 * DAY
    assert texts(Incident.objects.too_late(at=day_three)) == {"late", "late all the same"}
    assert texts(Incident.objects.too_late(first=True, at=day_three)) == {
        "late", "late all the same", "by extension", "open",
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_wins(accepted_incident, town, officer, leader):
    second = factories.person("second", town.office, Membership.Role.LEADER)
    extension, outcomes = ask_extension(accepted_incident, officer), []

    def decides(who, granted):
        try:
            extensions.decide_extension(extension, by=who, granted=granted, note="So be it")
            outcomes.append("done")
        except workflow.NotAllowed:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=decides, args=decision) for decision in ((leader, True), (second, False))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "told"]
    assert accepted_incident.timeline.filter(kind__in=["extended", "no_more_time"]).count() == 1
