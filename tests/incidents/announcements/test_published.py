"""What other systems take: CAP 1.2, iCalendar, and Atom with GeoRSS, of urgent announcements and planned works."""

import re
from datetime import time, timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils.timezone import localtime, now

from incidents.announcements import acts as announcement_acts
from incidents.announcements import calendar_file, works
from incidents.announcements.acts import Reach, Wording
from incidents.models import Membership
from tests import factories
from tests.incidents.announcements import cap_rules

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def published_lines(town, controller):
    """A flood in a circle, works in a ward, and works in a drawn area that a second person agreed to."""
    dispatcher = factories.person("works-dispatcher", town.desk, Membership.Role.DISPATCHER)
    circle = Reach(middle=factories.IN_OLD, radius_m=300, name="12 Harbour Road")
    flood = announcement_acts.issue("flood", circle, Wording("Knee deep", now() + 3 * HOUR), by=controller)
    ward = works.reach_of_wards([town.new])
    nights = factories.works_wording(
        days=(2, 40), weekdays="12345", title="Pipes; pumps, a \\ & <b>", text="x\ny " * 60
    )
    cut = works.announce_works("works", ward, nights, by=controller)
    drawn = works.reach_of_shape(works.read_drawn("10.009,50.001 10.011,50.001 10.011,50.002"), name="The quay")
    wording = factories.works_wording(days=(5, 5), hours=(time(8), time(12)))
    wide = works.agree(works.announce_works("outage", drawn, wording, by=controller), by=dispatcher)
    return {"flood": flood, "cut": cut, "wide": wide}


def test_every_message_is_valid_by_the_rules_of_cap(published_lines, controller):
    feed = ElementTree.fromstring(Client().get("/news.cap").content)
    alerts = list(feed.iter(f"{cap_rules.CAP}alert"))
    assert (len(alerts), [fault for alert in alerts for fault in cap_rules.faults_of(alert)]) == (3, [])
    assert {entry.find(f"{ATOM}content").get("type") for entry in feed.iter(f"{ATOM}entry")} == {"application/cap+xml"}
    cut = published_lines["cut"]
    corrected = works.correct_works(cut.announcement, factories.works_wording(days=(2, 50)), by=controller, seen=cut.pk)
    announcement_acts.end(cut.announcement, by=controller, seen=corrected.pk)
    for line in published_lines.values():
        alert = ElementTree.fromstring(Client().get(f"/feeds/announcements/{line.announcement_id}.cap").content)
        assert list(cap_rules.faults_of(alert)) == []
    assert "Cancel" in Client().get(f"/feeds/announcements/{cut.announcement_id}.cap").content.decode()


def unfold_lines(content):
    assert max(map(len, content.split(b"\r\n"))) <= 75
    return content.decode().replace("\r\n ", "").split("\r\n")


def test_a_calendar_holds_works_with_their_hours(published_lines, town):
    lines = unfold_lines(Client().get("/news.ics?lang=vi").content)
    assert (lines[0], lines[-2:], lines.count("BEGIN:VEVENT"), lines.count("TRIGGER:-PT1H")) == (
        "BEGIN:VCALENDAR", ["END:VCALENDAR", ""], 3, 3,
    )  # fmt: skip
    cut = published_lines["cut"]
    start = lines.index(f"UID:announcement-{cut.announcement_id}@localhost")
    event = lines[start : lines.index("END:VEVENT", start)]
    zone = calendar_file.zone_name()
    assert f"DTSTART;TZID={zone}:{localtime(cut.starts_at):%Y%m%dT220000}" in event
    assert f"RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL={calendar_file.utc(cut.until)}" in event
    assert next(line for line in event if line.startswith("SUMMARY:")).startswith(r"SUMMARY:Pipes\; pumps\, a \\ & <b>")
    assert f"TZID:{zone}" in lines
    own = unfold_lines(Client().get("/news.ics?ward=001").content)
    single = unfold_lines(Client().get(f"/news/{cut.announcement_id}/event.ics").content)
    assert (own.count("BEGIN:VEVENT"), single.count("BEGIN:VEVENT")) == (2, 1)
    assert [Client().get(address).status_code for address in ("/news.ics?ward=999", "/news/99999/event.ics")] == [
        404,
        404,
    ]


def test_an_ended_announcement_is_cancelled_in_calendars(published_lines, controller):
    cut = published_lines["cut"]
    announcement_acts.end(cut.announcement, by=controller, seen=cut.pk)
    lines = unfold_lines(Client().get(f"/news/{cut.announcement_id}/event.ics").content)
    assert "STATUS:CANCELLED" in lines


def test_the_feed_draws_the_area_of_works(published_lines):
    feed = Client().get("/feeds/announcements.atom").content.decode()
    assert (len(re.findall("<georss:polygon>", feed)), len(re.findall("<georss:point>", feed))) == (2, 1)
    assert "<b>" not in feed
