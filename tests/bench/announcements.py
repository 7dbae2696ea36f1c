"""Measure a warning to 100,000 followers until each has a notice with its job, and the map beside 300 announcements."""

import time
from datetime import timedelta

from django.utils.timezone import localdate, now

from geoapp.db import connections
from gis_data.models import Area, Level
from incidents.announcements import acts as announcement_acts
from incidents.announcements import notices as announcement_notices
from incidents.announcements import works
from incidents.announcements.acts import Reach, Wording
from incidents.models import Authority, Follow, Membership, Notice
from tests import factories
from tests.bench.rows import load, part, row
from tests.bench.sizes import choose

FOLLOWERS, ANNOUNCEMENTS = choose(100_000, 300), choose(300, 10)
BATCH = 2000
HANDED_S = 300
LISTS = choose(200, 20)


def announcements(stage):
    with connections.as_owner():
        person = factories.person("bench announcer", Authority.objects.get(duty_desk=True), Membership.Role.CONTROL)
    wards = list(Area.objects.on(localdate()).filter(level=Level.WARD).order_by("code"))
    yield handed_over(person, wards[0])
    before = list_ms(stage, wards[0])
    for number in range(ANNOUNCEMENTS):
        reach = works.reach_of_wards([wards[number % len(wards)]])
        wording = factories.works_wording(title=f"Works {number}")
        works.announce_works("works", reach, wording, by=person)
    beside = list_ms(stage, wards[0])
    yield row(
        f"list of the map beside {ANNOUNCEMENTS:,} announcements, p95; limit: without", beside, before, unit="ms",
        budget="≤ 1.5 of it", good=beside <= 1.5 * before,
    )  # fmt: skip


def handed_over(person, ward):
    """Returns the row of a flood: seconds until each follower has one notice and its job."""
    until = now() + timedelta(days=1)
    for first in range(0, FOLLOWERS, BATCH):
        Follow.objects.bulk_create(
            Follow(medium="email", address=f"follower-{number}@example.org", area=ward, until=until, confirmed_at=now())
            for number in range(first, min(first + BATCH, FOLLOWERS))
        )
    line = announcement_acts.issue("flood", Reach(area=ward), Wording("Nước ngập sâu", until), by=person)
    begun = time.monotonic()
    count = announcement_notices.tell_line(line.pk)
    seconds = time.monotonic() - begun
    again = announcement_notices.tell_line(line.pk)
    addresses = set(
        Notice.objects.filter(cause=announcement_notices.cause_of(line.pk)).values_list("address", flat=True)
    )
    whole = (count, len(addresses), again) == (FOLLOWERS, FOLLOWERS, 0)
    return row(
        f"a warning to {FOLLOWERS:,} followers, each once: notices with their jobs", seconds, unit="s",
        budget=f"< {HANDED_S} s", good=whole and seconds < HANDED_S,
    )  # fmt: skip


def list_ms(stage, ward):
    west, south, east, north = ward.shape.extent
    job = {"do": "ask", "port": stage.port, "connections": 1, "seconds": 60, "most": LISTS}
    outcome = load(job | {"requests": [f"GET /list/?bbox={west:.5f},{south:.5f},{east:.5f},{north:.5f}"]})
    return part(outcome["times"], 0.95) * 1000
