"""Test bulletins: issued at intervals with public figures, as a page, Atom and CAP."""

from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from django.db import DatabaseError, transaction
from django.utils.timezone import now
from django.utils.translation import override

from incidents.emergency import bulletins, switching
from incidents.models import Emergency, EmergencyBulletin, Shelter
from tests import factories, owner

MINUTE = timedelta(minutes=1)
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"


@pytest.fixture
def bulletin(emergency, flood, controller):
    factories.incident(flood)
    Shelter.objects.create(
        name="School", address="Harbour Road", place=factories.IN_OLD, capacity=300, open=True, changed_by=controller
    )
    bulletins.issue_due()
    return EmergencyBulletin.objects.get()


def test_bulletins_are_issued_at_the_interval_of_the_city(emergency, policies):
    policies.bulletin_minutes = 30
    moments = [now() + MINUTE * minutes for minutes in (0, 29, 31, 32, 62)]
    assert [bulletins.issue_due(moment) for moment in moments] == [1, 0, 1, 0, 1]
    assert bulletins.issue_due(emergency.until) == 0
    assert [row.number for row in EmergencyBulletin.objects.all()] == [1, 2, 3]


def test_a_bulletin_counts_what_is_public(bulletin, flood):
    assert bulletin.figures == {
        "reports": 1, "open": 1, "done": 0, "streets": 0, "deepest_cm": 0, "deepest": "", "shelters": 1,
        "capacity": 300,
    }  # fmt: skip
    with override("en"):
        assert bulletins.sentences_of(bulletin.figures) == [
            "1 report since it began.", "1 incidents open, 0 done.", "1 shelter is open, with room for 300 people.",
        ]  # fmt: skip


def test_what_a_bulletin_said_stays(bulletin):
    with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic(), owner.as_owner():
        EmergencyBulletin.objects.update(number=7)


def test_bulletins_are_a_feed_with_alerts(bulletin, client, emergency):
    bulletins.issue(emergency, bulletin.at + 60 * MINUTE)
    second = EmergencyBulletin.objects.last()
    feed = client.get("/feeds/emergency.atom?lang=en")
    assert (feed.status_code, feed.text.count("<entry>"), "Very heavy rain" in feed.text) == (200, 2, True)
    alert = ET.fromstring(client.get(f"/feeds/emergency/{second.pk}.cap").content)
    names = [child.tag.removeprefix(CAP) for child in alert]
    assert names == ["identifier", "sender", "sent", "status", "msgType", "scope", "references", "info", "info"]
    info = {child.tag.removeprefix(CAP): child.text for child in alert.findall(f"{CAP}info")[1]}
    assert (alert.findtext(f"{CAP}msgType"), info["severity"], info["headline"]) == (
        "Update", "Severe", "Very heavy rain, high tide",
    )  # fmt: skip
    assert list(info) == [
        "language", "category", "event", "urgency", "severity", "certainty", "effective", "onset", "expires",
        "senderName", "headline", "description", "instruction", "web", "area",
    ]  # fmt: skip
    assert len(alert.findall(f"{CAP}info/{CAP}area/{CAP}polygon")) == 2


def test_bulletins_of_practice_are_not_public(controller, client):
    switching.switch_on(
        switching.Order(kind="fire", title="Diễn tập cháy", until=now() + 60 * MINUTE, practice=True), by=controller
    )
    bulletins.issue_due()
    practice = Emergency.objects.get().bulletins.get()
    assert "<entry>" not in client.get("/feeds/emergency.atom").text
    addresses = (f"/feeds/emergency/{practice.pk}.cap", f"/emergency/bulletins/{practice.pk}/")
    assert [client.get(address).status_code for address in addresses] == [404, 404]
    client.force_login(controller)
    assert client.get(f"/emergency/bulletins/{practice.pk}/").status_code == 200
