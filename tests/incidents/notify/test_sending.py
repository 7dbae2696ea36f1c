"""How notices go out: when they may, again when they must, never twice, and none is lost. The clock is the test's."""

import random
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection

from incidents.models import Contact, Membership, Notice, OptOut, Report, User
from incidents.notify import (
    Recipient,
    create_notices,
    deliver_notice,
    requeue_lost_notices,
    resend_notices,
    sending,
)
from incidents.notify.transport import Refused, Sent, Unsure
from incidents.notify.transports import TRANSPORTS
from tests import factories

HERE = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=HERE)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SAID = {"reference": "2611-00001", "category": "Pothole", "area": "Old Wharf", "unit": "Office", "link": "https://x"}
S = Notice.State


class Gateway:
    """An SMS gateway that knows a message again by our own number of it. `moods`: what it does, in turn; then well."""

    def __init__(self, *moods):
        self.moods, self.phones, self.asked, self.at = list(moods), Counter(), Counter(), NOON

    def send(self, notice):
        self.asked[notice.pk] += 1
        mood = self.moods.pop(0) if self.moods else self.mood()
        if mood == "full":
            raise Refused("160", "too many in a second", retry=True)
        if mood == "wrong":
            raise Refused("108", "no such number")
        if mood == "500":
            raise Unsure("HTTP 500", then=Unsure.AGAIN)
        if mood == "silent":  # not taken, but who knows
            raise Unsure("no answer", then=Unsure.RECEIPT)
        self.phones[notice.address] += self.asked[notice.pk] == 1 or notice.pk not in self.accepted_keys
        self.accepted_keys.add(notice.pk)
        if mood == "late":  # taken, and the answer is lost
            raise Unsure("no answer", then=Unsure.AGAIN)
        if mood == "nobody":
            raise Unsure("no answer", then=Unsure.PERSON)
        if mood == "dies":
            raise KeyboardInterrupt
        return Sent(provider_id=f"g{notice.pk}", segments=2, cost=700)

    def mood(self):
        return "well"

    @property
    def accepted_keys(self):
        return self.__dict__.setdefault("_accepted_keys", set())


@pytest.fixture
def gateway(db, settings, policies, monkeypatch):
    policies.quiet_hours = "21:00-07:00"
    policies.notice_cap_per_day = 0
    settings.SMS_COST = 350
    settings.SMS_UNSURE_MINUTES = 60
    gateway = Gateway()
    monkeypatch.setitem(TRANSPORTS, "sms", replace(TRANSPORTS["sms"], send=gateway.send))
    return gateway


def sms(number=1, at=NOON, key="resolved", **more):
    [notice] = create_notices(
        key, f"event:{number}", [Recipient("sms", f"+8490{number:07}", "en")], SAID, after=at, **more
    )
    Notice.objects.filter(pk=notice.pk).update(made_at=at)
    return notice


def letter(number, at=NOON, address="an@wharf.example", key="mentioned", **more):
    to = Recipient("email", address, "en", **{name: more.pop(name) for name in ("person", "report") if name in more})
    [notice] = create_notices(
        key, f"event:{number}", [to], SAID | {"who": f"Who {number}", "words": "Look"}, after=at, **more
    )
    return notice


def go(until, gateway=None, at=NOON):
    """Let time pass: each notice is tried when it may be."""
    while True:
        due = Notice.objects.filter(state__in=Notice.UNSENT, send_after__lte=until).order_by("send_after", "pk").first()
        if due is None:
            return
        at = max(at, due.send_after)
        if gateway:
            gateway.at = at
        deliver_notice(due.pk, at=at)


def fresh(notice):
    return Notice.objects.get(pk=notice.pk)


def jobs(notice):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE args ->> 'notice_id' = %s OR args -> 'notice_ids' @> %s",
            [str(notice.pk), str(notice.pk)],
        )
        return cursor.fetchone()[0]


# ---- what becomes of it ----


def test_what_the_gateway_takes_is_sent_once(gateway):
    notice = sms()
    for _ in range(3):
        deliver_notice(notice.pk, at=NOON)
    notice = fresh(notice)
    assert (notice.state, notice.sent_at, notice.tries, notice.provider_id) == (S.SENT, NOON, 1, f"g{notice.pk}")
    assert (notice.segments, notice.cost, gateway.phones) == (2, 700, {"+84900000001": 1})


@pytest.mark.parametrize(("moods", "tries", "hours"), [
    (["full"], 2, 0), (["500", "full", "500"], 4, 0), (["late"], 2, 0), (["late", "late", "500"], 4, 0),
    (["silent"], 2, 1),
])  # fmt: skip
def test_it_is_tried_again_until_it_is_taken(gateway, moods, tries, hours):
    gateway.moods = list(moods)
    notice = sms(urgent=True)
    go(NOON + 3 * DAY, gateway)
    assert (fresh(notice).state, fresh(notice).tries, gateway.phones["+84900000001"]) == (S.SENT, tries, 1)
    assert round((fresh(notice).sent_at - NOON) / HOUR) == hours


def test_eight_tries_take_about_a_day(gateway):
    gateway.moods = ["full"] * 7
    notice = sms(urgent=True)
    go(NOON + 3 * DAY, gateway)
    assert (fresh(notice).state, fresh(notice).tries) == (S.SENT, 8)
    assert 19 * HOUR < fresh(notice).sent_at - NOON < 30 * HOUR


@pytest.mark.parametrize(("moods", "state", "fault", "tries"), [
    (["wrong"], S.FAILED, "108 no such number", 1),
    (["full"] * 8, S.FAILED, "160 too many in a second", 8),
    (["500"] * 8, S.FAILED, "HTTP 500", 8),
    (["nobody"], S.UNSURE, "no answer", 1),
])  # fmt: skip
def test_failed_notice_keeps_its_fault_and_can_be_resent(gateway, officer, moods, state, fault, tries):
    gateway.moods = list(moods)
    notice = sms(urgent=True)
    go(NOON + 3 * DAY, gateway)
    deliver_notice(notice.pk, at=NOON + 4 * DAY)
    requeue_lost_notices(at=NOON + 5 * DAY)
    notice = fresh(notice)
    assert (notice.state, notice.fault, notice.tries) == (state, fault, tries)
    failed = Notice.objects.filter(pk=notice.pk)
    assert [resend_notices(failed, NOON + 5 * DAY) for _ in range(2)] == [1, 0]
    go(NOON + 6 * DAY, gateway)
    assert fresh(notice).state == S.SENT


def test_who_dies_while_sending_leaves_it_to_others(gateway):
    """Nobody sends it again while the first may be alive; then the same is sent, which the gateway knows."""
    gateway.moods = ["dies"]
    notice = sms(urgent=True)
    with pytest.raises(KeyboardInterrupt):
        deliver_notice(notice.pk, at=NOON)
    assert (fresh(notice).state, fresh(notice).sent_at) == (S.UNSURE, NOON)
    deliver_notice(notice.pk, at=NOON + MINUTE)
    assert gateway.asked[notice.pk] == 1
    go(NOON + 2 * HOUR, gateway)
    assert (fresh(notice).state, gateway.asked[notice.pk], gateway.phones["+84900000001"]) == (S.SENT, 2, 1)


def test_where_nobody_will_tell_a_person_decides(gateway, monkeypatch):
    """A chat neither knows a message again nor tells of it: after a death it is not sent again by itself."""
    monkeypatch.setitem(TRANSPORTS, "zalo", replace(TRANSPORTS["zalo"], send=gateway.send))
    gateway.moods = ["dies"]
    [notice] = create_notices("closed", "event:1", [Recipient("zalo", "8812", "en")], SAID, after=NOON)
    with pytest.raises(KeyboardInterrupt):
        deliver_notice(notice.pk, at=NOON)
    assert resend_notices(Notice.objects.all(), NOON) == 0  # it may still be under way
    for at in (NOON + MINUTE, NOON + DAY):
        deliver_notice(notice.pk, at=at)
        assert (fresh(notice).state, fresh(notice).fault, gateway.asked[notice.pk]) == (S.UNSURE, "no-answer", 1)
    assert resend_notices(Notice.objects.all(), NOON + DAY) == 1


def test_a_fault_of_our_own_is_written_down(gateway, monkeypatch, caplog):
    monkeypatch.setitem(TRANSPORTS, "sms", replace(TRANSPORTS["sms"], send=lambda notice: 1 / 0))
    notice = sms()
    deliver_notice(notice.pk, at=NOON)
    assert (fresh(notice).state, fresh(notice).fault) == (S.UNSURE, "ZeroDivisionError('division by zero')")
    assert "division by zero" in caplog.text


@pytest.mark.usual_rows(2)
@pytest.mark.parametrize("seed", range(3))
def test_a_bad_day_of_a_gateway(gateway, seed):
    """An hour of 500, then late answers and full queues; every job runs twice, some are lost. Nobody is missed."""
    dice = random.Random(seed)

    def mood():
        if gateway.at < NOON + HOUR:
            return "500"
        return dice.choice(["late", "full", "silent", "well"]) if gateway.at < NOON + 5 * HOUR else "well"

    gateway.mood = mood
    notices = [sms(number, at=NOON + dice.randrange(120) * MINUTE) for number in range(8)]
    at = NOON
    while at < NOON + 3 * DAY:
        gateway.at = at
        due = list(Notice.objects.filter(state__in=Notice.UNSENT, send_after__lte=at))
        for notice in due:
            for _ in range(dice.randrange(3)):
                deliver_notice(notice.pk, at=at)
        requeue_lost_notices(at=at)
        at += 20 * MINUTE
        if not Notice.objects.filter(state__in=Notice.UNSENT).exists():
            break
    assert {fresh(notice).state for notice in notices} == {S.SENT}
    assert gateway.phones == {f"+8490{number:07}": 1 for number in range(8)}


# ---- when it may go out ----


@pytest.mark.parametrize(("clock", "more", "sent"), [
    ("20:59", {}, "24 20:59"),
    ("21:00", {}, "25 07:05"),
    ("23:59", {}, "25 07:05"),
    ("02:30", {}, "24 07:05"),
    ("07:00", {}, "24 07:00"),
    ("23:00", {"urgent": True}, "24 23:00"),
    ("23:00", {"key": "received"}, "24 23:00"),  # the answer to what the person just did
])  # fmt: skip
def test_phones_are_not_rung_at_night(gateway, clock, more, sent):
    hour, minute = map(int, clock.split(":"))
    at = NOON.replace(hour=hour, minute=minute)
    notice = sms(at=at, **more)
    deliver_notice(notice.pk, at=at)
    go(at + DAY, at=at)
    went, earliest = fresh(notice).sent_at, datetime.strptime(f"2026-11-{sent}", "%Y-%m-%d %H:%M").replace(tzinfo=HERE)
    assert earliest <= went <= earliest + (10 * MINUTE if sent.endswith("07:05") else timedelta())


def test_a_letter_wakes_nobody_and_no_quiet_hours_are_none(gateway, policies):
    night = NOON.replace(hour=23)
    first, second = letter(1, at=night), sms(2, at=night)
    policies.quiet_hours = ""
    for notice in (first, second):
        deliver_notice(notice.pk, at=night)
    assert (fresh(first).sent_at, fresh(second).sent_at) == (night, night)


def test_no_sms_costs_more_than_the_day_may(gateway, policies, town):
    policies.notice_cap_per_day = 1_700
    User.objects.filter(pk=factories.person("eye", town.desk, Membership.Role.SUPERVISOR).pk).update(
        email="eye@wharf.example", language="en"
    )
    notices = [sms(number) for number in range(4)]
    go(NOON + HOUR, gateway)
    assert [fresh(notice).state for notice in notices] == [S.SENT, S.SENT, S.WAITING, S.WAITING]
    assert [(mail_sent.to, mail_sent.subject) for mail_sent in mail.outbox] == [
        (["eye@wharf.example"], "Half of the cost limit of 24/11/2026 has been spent"),
        (["eye@wharf.example"], "Messages are held back: the cost limit of 24/11/2026 is reached"),
    ]
    go(NOON + DAY, gateway)
    assert {fresh(notice).sent_at.astimezone(HERE).date() for notice in notices[2:]} == {date(2026, 11, 25)}
    assert (sending.cost_of_day(NOON), sending.cost_of_day(NOON + DAY), len(mail.outbox)) == (1400, 1400, 3)


def test_a_reporter_gets_three_sms_a_day_about_one_incident(gateway, town):
    report = Report.objects.get(incident=factories.incident(town.hole, phone="+84901234567"))
    to = [Recipient("sms", report.phone, "en", report=report)]
    notices = [create_notices("resolved", f"event:{n}", to, SAID, after=NOON)[0] for n in range(5)]
    go(NOON + 30 * HOUR, gateway)
    days = [fresh(notice).sent_at.astimezone(HERE).day for notice in notices]
    assert days == [24, 24, 24, 25, 25]


def test_who_wants_no_messages_gets_none(gateway):
    OptOut.objects.create(medium="sms", address="+84900000001")
    notice, other = sms(1), sms(2)
    go(NOON, gateway)
    assert (fresh(notice).state, fresh(notice).fault, fresh(other).state) == (S.DROPPED, "opted-out", S.SENT)


# ---- several become one ----


def test_letters_that_come_thick_become_one(gateway, officer):
    Notice.objects.all().delete()
    first = letter(1, person=officer)
    go(NOON, at=NOON)
    later = [letter(n, at=NOON + n * MINUTE, person=officer) for n in (2, 3)]
    other = letter(4, at=NOON + 4 * MINUTE, address="binh@wharf.example")
    urgent = letter(5, at=NOON + 5 * MINUTE, person=officer, urgent=True)
    go(NOON + HOUR)
    assert [(mail_sent.to, mail_sent.subject) for mail_sent in mail.outbox] == [
        (["an@wharf.example"], "2611-00001: Who 1 mentioned you"),
        (["binh@wharf.example"], "2611-00001: Who 4 mentioned you"),
        (["an@wharf.example"], "2611-00001: Who 5 mentioned you"),
        (["an@wharf.example"], "2 messages: 2611-00001: Who 2 mentioned you …"),
    ]
    assert [word in mail.outbox[3].body for word in ("Who 1", "Who 2", "Who 3", "Who 4")] == [False, True, True, False]
    states = [(fresh(notice).state, fresh(notice).fault) for notice in (first, *later, other, urgent)]
    sent = (S.SENT, "")
    assert states == [sent, sent, (S.DROPPED, f"together:{later[0].pk}"), sent, sent]


def test_a_reporters_letters_stay_letters(gateway, town):
    Contact.objects.create(authority=town.office, label="Desk", email="desk@old.example")
    report = Report.objects.get(incident=factories.incident(town.hole, email="an@example.org"))
    for number in (1, 2):
        letter(number, address=report.email, report=report, key="closed")
    go(NOON)
    assert len(mail.outbox) == 2


# ---- lost jobs, wrong clocks ----


def test_a_notice_whose_job_was_lost_gets_another(gateway):
    notice, deferred = sms(1), sms(2, at=NOON + DAY)
    assert requeue_lost_notices(at=NOON + HOUR) == 0
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    assert (
        requeue_lost_notices(at=NOON),
        requeue_lost_notices(at=NOON + HOUR),
        requeue_lost_notices(at=NOON + HOUR),
    ) == (0, 1, 0)
    assert (jobs(notice), jobs(deferred)) == (1, 0)


def test_a_clock_that_was_a_year_ahead(gateway):
    """What was made and claimed in that year goes out when the clock is right again."""
    ahead = NOON + 365 * DAY
    gateway.moods = ["dies"]
    claimed, waiting = sms(1, at=ahead), sms(2, at=ahead)
    Notice.objects.update(made_at=ahead)
    with pytest.raises(KeyboardInterrupt):
        deliver_notice(claimed.pk, at=ahead)
    requeue_lost_notices(at=NOON)
    go(NOON + 2 * HOUR, gateway)
    assert [fresh(notice).state for notice in (claimed, waiting)] == [S.SENT, S.SENT]
    assert set(gateway.phones.values()) == {1}
