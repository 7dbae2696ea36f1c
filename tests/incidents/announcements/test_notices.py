"""Announcements reach followers once: confirmed addresses only, at once or in the digest."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from incidents.announcements import acts as announcement_acts
from incidents.announcements import following
from incidents.announcements import notices as announcement_notices
from incidents.announcements.acts import Reach, Wording
from incidents.models import AnnouncementLine, Follow, FollowedAnnouncement, Notice
from tests import factories

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def address(settings):
    settings.SITE_URL = "https://city.example"


def follow(address="an@example.org", *, confirmed=True, **what):
    when = now() if confirmed else None
    return Follow.objects.create(medium="email", address=address, until=now() + 24 * HOUR, confirmed_at=when, **what)


def circle(metres, place=factories.IN_OLD):
    return {"reach": following.circle_around(place, metres), "radius_m": metres}


def issue(by, kind="flood", **more):
    reach = more.pop("reach", Reach(middle=factories.IN_OLD, radius_m=100, name="12 Harbour Road"))
    return announcement_acts.issue(kind, reach, Wording("Knee deep", now() + 5 * HOUR), by=by, **more)


def news():
    return [(notice.address, notice.urgent) for notice in Notice.objects.filter(template="follow_news").order_by("pk")]


def test_it_reaches_who_follows_what_it_meets(controller, town, incident):
    follow("ward@example.org", area=town.old)
    follow("next-ward@example.org", area=town.new)
    follow("circle@example.org", **circle(200))
    follow("far@example.org", **circle(200, factories.IN_NEW))
    follow("incident@example.org", incident=incident)
    follow("unconfirmed@example.org", area=town.old, confirmed=False)
    follow("ward@example.org", **circle(500))
    line = issue(controller, incident=incident)
    assert announcement_notices.count_followers(line.announcement.reach, incident) == [("e-mail", 4)]
    assert announcement_notices.tell_line(line.pk) == 3
    assert announcement_notices.tell_line(line.pk) == 0
    assert sorted(news()) == [
        ("circle@example.org", True), ("incident@example.org", True), ("ward@example.org", True),
    ]  # fmt: skip
    notice = Notice.objects.filter(template="follow_news").first()
    assert f"https://city.example/news/{line.announcement_id}/" in notice.text
    ward = issue(controller, reach=Reach(area=town.old))
    addresses = {follower.address for follower in announcement_notices.followers_of(ward.announcement.reach)}
    assert addresses == {"ward@example.org", "circle@example.org"}


def test_what_is_not_urgent_comes_with_the_other_news(controller, town):
    follower = follow(area=town.old)
    line = issue(controller, "works")
    assert (announcement_notices.tell_line(line.pk), news()) == (1, [])
    assert (following.tell_followers(), news()) == (1, [(follower.address, False)])
    announcement_notices.tell_line(line.pk)
    assert (following.tell_followers(), len(news())) == (0, 1)
    second, third = issue(controller, "outage"), issue(controller, "other")
    for key in (second.pk, third.pk):
        announcement_notices.tell_line(key)
    assert following.tell_followers() == 0
    announcement_acts.end(third.announcement, by=controller, seen=third.pk)
    assert following.tell_followers(now() + HOUR) == 1
    text = Notice.objects.latest("pk").text
    assert ("Cắt điện, nước" in text, "Thông báo khác" in text) == (True, False)
    assert not FollowedAnnouncement.objects.filter(told_at=None).exists()


def test_what_was_taken_back_or_corrected_meanwhile_is_not_told(controller, town):
    follow(area=town.old)
    withdrawn = issue(controller)
    back = announcement_acts.take_back(withdrawn, by=controller)
    first = issue(controller)
    second = announcement_acts.correct(
        first.announcement, Wording("To the ankle", first.until), by=controller, seen=first.pk
    )
    for line in (withdrawn, back, first):
        assert announcement_notices.tell_line(line.pk) == 0
    assert announcement_notices.tell_line(second.pk) == 1
    assert "To the ankle" in Notice.objects.get().text


def test_who_was_told_at_once_is_told_of_the_end(controller, town):
    follow("early@example.org", area=town.old)
    line = issue(controller)
    announcement_notices.tell_line(line.pk)
    follow("late@example.org", area=town.old)
    end = announcement_acts.end(line.announcement, by=controller, seen=line.pk)
    assert (announcement_notices.tell_line(end.pk), news()[-1]) == (1, ("early@example.org", True))
    assert "Kết thúc sớm" in Notice.objects.latest("pk").text
    quiet = issue(controller, "works")
    announcement_notices.tell_line(quiet.pk)
    ended = announcement_acts.end(quiet.announcement, by=controller, seen=quiet.pk)
    assert announcement_notices.tell_line(ended.pk) == 0


def test_what_is_over_before_its_job_runs_is_not_told(controller, town):
    follow(area=town.old)
    line = issue(controller)
    assert (announcement_notices.tell_line(line.pk, now() + 6 * HOUR), news()) == (0, [])
    assert AnnouncementLine.objects.count() == 1
