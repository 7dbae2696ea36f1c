"""Many reports of one event by all channels become one incident with all of them."""

import threading
from datetime import timedelta

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from incidents import jobs, reporting
from incidents.casework import merging
from incidents.models import Event, Incident, Merge, Notice, Report
from incidents.reporting import gathering
from tests import factories

WAYS = ("web", "phone", "open311", "zalo", "messenger", "webchat", "api")


def at(n):
    """A place within thirty metres of IN_OLD."""
    return Point(10.005 + (n % 5) * 7 / 71_700, 50.005 + (n % 3) * 7 / 111_320, srid=4326)


def send(town, number, category=None):
    """Send so many reports of one event by all channels."""
    return [
        reporting.receive(
            reporting.IncomingReport(
                WAYS[n % len(WAYS)], category or town.hole, at(n), text=f"Ngập chân cầu {n}", phone=f"+849012{n:05d}"
            )
        )
        for n in range(number)
    ]


def announce_all():
    for event in Event.objects.filter(kind="received").order_by("pk").values_list("pk", flat=True):
        jobs.announce(event)


@pytest.mark.parametrize("number", [60, pytest.param(500, marks=pytest.mark.deep)])
def test_a_surge_becomes_one_incident_with_all_reports(client, town, officer, number):
    client.force_login(officer)
    first = send(town, 1)[0].incident
    client.get("/desk/")
    with CaptureQueriesContext(connection) as alone:
        client.get("/desk/")
    send(town, number - 1)
    announce_all()
    stands = Incident.objects.open().get()
    assert (stands, stands.reports_count, stands.reports.count()) == (first, number, number)
    assert Report.objects.values("sending").distinct().count() == number
    with CaptureQueriesContext(connection) as crowded:
        page = client.get("/desk/")
    assert [row.reference for _name, rows in page.context["groups"] for row in rows] == [first.reference]
    assert len(crowded) == len(alone)


def test_few_stay_what_they_are(town):
    send(town, gathering.MANY - 1)
    announce_all()
    assert Incident.objects.open().count() == gathering.MANY - 1


@pytest.mark.usual_rows(2)
@pytest.mark.parametrize("what", ["far", "old", "other kind", "never public"])
def test_what_is_not_of_the_event_stays_by_itself(town, what):
    if what == "never public":
        send(town, 8, category=town.secret)
        announce_all()
        assert Incident.objects.open().count() == 8
        return
    send(town, gathering.MANY)
    kind, place = town.waste if what == "other kind" else town.hole, factories.IN_NEW if what == "far" else at(0)
    other = factories.incident(kind, place)
    if what == "old":
        factories.change(other, received_at=now() - timedelta(minutes=11))
    announce_all()
    assert Incident.objects.open().count() == 2


def test_what_people_took_apart_is_not_merged_again(town, officer):
    send(town, 8)
    announce_all()
    stands = Incident.objects.open().get()
    (back,) = merging.split_reports(stands, stands.reports.exclude(moves=None)[:1], by=officer)
    send(town, 3)
    announce_all()
    assert set(Incident.objects.open()) == {stands, back}


def test_it_is_said_that_it_was_done_by_rule(town):
    send(town, 6)
    announce_all()
    merge = Merge.objects.first()
    assert (merge.by, merge.reason) == (None, "Trong ít phút có nhiều phản ánh cùng loại tại đây.")
    announced = Notice.objects.count()
    announce_all()
    assert (Merge.objects.count(), Notice.objects.count()) == (5, announced)


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_make_one_incident_of_a_surge(town):
    events = [report.incident.timeline.get(kind="received").pk for report in send(town, 24)]
    ready, faults = threading.Barrier(4), []

    def work(some):
        ready.wait()
        try:
            for event in some:
                gathering.merge_similar_incidents(event)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[events[n::4]]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert Incident.objects.open().get().reports.count() == 24
