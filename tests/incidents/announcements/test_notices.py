"""Announcements reach followers once: confirmed addresses only, at once or in the digest."""

import itertools
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core import mail
from django.utils.timezone import now

from incidents import notify
from incidents.announcements import acts as announcement_acts
from incidents.announcements import following
from incidents.announcements import notices as announcement_notices
from incidents.announcements.acts import Reach, Wording
from incidents.models import AnnouncementLine, Follow, FollowedAnnouncement, Notice
from incidents.notify import email
from incidents.notify.sending import CLAIM_GRACE
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


def test_a_killed_worker_leaves_each_follower_one_message(controller, town, monkeypatch):
    """It dies while it writes the second batch, then while it hands over the fourth letter."""
    addresses = [f"follower-{number}@example.org" for number in range(7)]
    for address in [*addresses, addresses[0]]:
        follow(address, area=town.old)
    line = issue(controller)
    monkeypatch.setattr(announcement_notices, "BATCH", 3)
    with dying_at(2, announcement_notices, "create_notices_in_bulk"), pytest.raises(Killed):
        announcement_notices.tell_line(line.pk)
    assert (len(news()), announcement_notices.tell_line(line.pk)) == (3, 4)
    keys, moment = list(Notice.objects.order_by("pk").values_list("pk", flat=True)), now()
    with dying_at(4, email, "hand_over"), pytest.raises(Killed):
        notify.deliver_notices(keys, moment)
    assert len(mail.outbox) == 3
    notify.deliver_notices(keys, moment + CLAIM_GRACE)
    assert [letter.to for letter in mail.outbox] == [[address] for address in addresses]
    assert set(Notice.objects.values_list("state", flat=True)) == {"sent"}


def test_somebody_can_correct_while_followers_are_told(controller, town, monkeypatch):
    """Who was not yet told hears of the correction only."""
    for number in range(4):
        follow(f"follower-{number}@example.org", area=town.old)
    line = issue(controller)
    monkeypatch.setattr(announcement_notices, "BATCH", 2)
    write, wording = announcement_notices.create_notices_in_bulk, Wording("To the ankle", line.until)

    def write_and_correct(*letters, **more):
        count = write(*letters, **more)
        announcement_acts.correct(line.announcement, wording, by=controller, seen=line.pk)
        return count

    monkeypatch.setattr(announcement_notices, "create_notices_in_bulk", write_and_correct)
    assert announcement_notices.tell_line(line.pk) == 2
    monkeypatch.setattr(announcement_notices, "create_notices_in_bulk", write)
    assert announcement_notices.tell_line(line.announcement.lines.latest("pk").pk) == 4
    addresses = [notice.address for notice in Notice.objects.filter(cause=announcement_notices.cause_of(line.pk))]
    assert sorted(addresses) == ["follower-0@example.org", "follower-1@example.org"]


class Killed(BaseException):
    """No code catches it: as with a killed process, what was not committed is gone."""


@contextmanager
def dying_at(number, module, name):
    count, act = itertools.count(1), getattr(module, name)

    def act_or_die(*some, **more):
        if next(count) == number:
            raise Killed
        return act(*some, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, act_or_die)
        yield


def test_what_is_over_before_its_job_runs_is_not_told(controller, town):
    follow(area=town.old)
    line = issue(controller)
    assert (announcement_notices.tell_line(line.pk, now() + 6 * HOUR), news()) == (0, [])
    assert AnnouncementLine.objects.count() == 1
