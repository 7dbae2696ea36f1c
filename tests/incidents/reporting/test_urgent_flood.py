"""Many urgent reports of one sender: at the desk at once, public only after moderation from the sixth on."""

import pytest

from incidents import reporting, workflow
from incidents.models import HeldReport, Incident
from incidents.reporting.sender import Sender
from tests import factories

pytestmark = pytest.mark.django_db
N = 8


@pytest.fixture
def urgent(town):
    town.hole.emergency = True
    town.hole.save()
    return town.hole


def send(category, sender, **contact):
    incoming = reporting.IncomingReport(channel="web", category=category, place=factories.IN_OLD, **contact)
    return reporting.receive(incoming, sender)


@pytest.mark.parametrize(
    ("senders", "contacts"),
    [
        ([Sender(network="203.0.113.7", puzzle=True)] * N, [{}] * N),
        ([Sender(network=f"198.51.100.{n}") for n in range(N)], [{"phone": "+84901234567"}] * N),
        ([Sender()] * N, [{"email": f"victim+{n}@gmail.com"} for n in range(N)]),
        ([Sender()] * N, [{"chat": "77"}] * N),
    ],
)
def test_past_five_an_urgent_report_waits_for_a_look(urgent, senders, contacts):
    reports = [send(urgent, sender, **contact) for sender, contact in zip(senders, contacts, strict=True)]
    assert not HeldReport.objects.exists()  # the desk has all of them
    assert [report.incident.published for report in reports] == [True] * 5 + [False] * (N - 5)
    line = reports[-1].incident.timeline.get(kind="assigned")
    assert any("same sender" in reason["en"] for reason in line.reasons)


def test_forged_mails_are_counted_together(urgent, settings):
    settings.LIMITS = settings.LIMITS | {"urgent:unconfirmed": settings.LIMITS["urgent:address"]}
    reports = [send(urgent, Sender(), email=f"somebody{n}@example{n}.org") for n in range(N)]
    assert [report.incident.published for report in reports] == [True] * 5 + [False] * (N - 5)
    confirmed = send(urgent, Sender(confirmed=frozenset(["me@example.org"])), email="me@example.org")
    assert confirmed.incident.published


def test_acceptance_by_the_unit_is_a_look(urgent):
    for _n in range(6):
        report = send(urgent, Sender(network="203.0.113.7"))
    incident = Incident.objects.get(pk=report.incident_id)
    assert not incident.published
    workflow.move(incident, "accept")
    incident.refresh_from_db()
    assert incident.published


def test_others_are_shown_at_once_meanwhile(urgent):
    for _n in range(6):
        send(urgent, Sender(network="203.0.113.7"))
    assert send(urgent, Sender(network="203.0.113.8")).incident.published
