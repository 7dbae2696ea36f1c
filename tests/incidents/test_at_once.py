"""Several people at the same time: real commits, real threads."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event
from uuid import uuid4

import pytest
from django.db import connection
from django.utils.timezone import now

from incidents import models, reporting, workflow
from incidents.casework import neighbours
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def together(*acts):
    """Do all of these in threads of their own, begun at the same moment; what each gave, or the exception it raised."""
    barrier = Barrier(len(acts))

    def act_at_barrier(act):
        try:
            barrier.wait()
            return act()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act_at_barrier, acts))


def test_the_same_form_sent_twice_at_once_is_one_report(town):
    sending = uuid4()

    def send():
        return reporting.receive(
            reporting.IncomingReport(channel="web", category=town.hole, place=factories.IN_OLD, sending=sending)
        ).pk

    first, second, third = together(send, send, send)
    assert first == second == third
    assert (models.Incident.objects.count(), models.Report.objects.count()) == (1, 1)


def test_of_two_officers_at_once_one_wins_and_the_other_is_told(town, officer):
    incident = factories.incident(town.hole)
    outcomes = together(
        lambda: workflow.move(models.Incident.objects.get(), "resolve", by=officer, note="Filled").kind,
        lambda: workflow.move(models.Incident.objects.get(), "reject", by=officer, note="Not ours").kind,
    )
    assert [type(outcome) for outcome in outcomes].count(workflow.NotAllowed) == 1
    assert incident.timeline.count() == 3


def test_two_workers_close_what_is_settled_once(town, officer, monkeypatch):
    monkeypatch.setattr(workflow, "CLOSE_BATCH", 2)
    at = now() - timedelta(days=8)
    for _n in range(6):
        workflow.move(factories.incident(town.hole), "resolve", by=officer, note="Filled", at=at)
    assert sum(together(workflow.close_settled, workflow.close_settled)) == 6
    assert models.Event.objects.filter(kind="closed").values("incident").distinct().count() == 6
    assert models.Event.objects.filter(kind="closed").count() == 6


def test_two_who_join_at_once_are_both_counted(town):
    incident = factories.incident(town.hole)
    together(*[lambda: factories.incident(town.hole, join=incident)] * 3)
    incident.refresh_from_db()
    assert (incident.reports_count, incident.reports.count()) == (4, 4)


def test_who_reads_on_from_the_last_number_misses_nothing(town):
    done, read = Event(), []

    def reader():
        last = 0
        while True:
            ended = done.is_set()
            for pk in models.Event.objects.filter(pk__gt=last).values_list("pk", flat=True):
                read.append(pk)
                last = pk
            if ended:
                return

    def writers():
        try:
            together(*[lambda: [factories.incident(town.hole) for _ in range(15)]] * 4)
        finally:
            done.set()

    together(reader, writers)
    assert read == list(models.Event.objects.values_list("pk", flat=True))
    assert len(read) == 4 * 15 * 2


def test_two_answers_of_one_neighbour_at_once_are_one(town):
    incident = factories.incident(town.hole)
    person = neighbours.Witness(report=incident.reports.get())
    result = workflow.move(incident, "resolve", note="Filled")

    def answer(network):
        return lambda: neighbours.answer_question(person, result, "gone", network=network)

    outcomes = together(answer("203.0.113.1"), answer("203.0.113.2"))
    assert {type(outcome) for outcome in outcomes} == {models.NeighbourAnswer, neighbours.AnsweredAlready}
    assert models.NeighbourAnswer.objects.count() == 1
