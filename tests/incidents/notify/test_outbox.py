"""Who hears of what: once for each cause, by the way they left, in their language."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils.formats import date_format
from django.utils.timezone import localtime, now

from incidents import notify, timeline, workflow
from incidents.models import Contact, Event, Mention, Notice, PushSubscription, Report, User
from incidents.notify import Recipient
from tests import factories


def jobs():
    """The notices that have a job, with whether it waits for its moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (args ->> 'notice_id')::bigint, scheduled_at IS NOT NULL FROM procrastinate_jobs"
            " WHERE task_name = 'incidents.deliver' ORDER BY id"
        )
        return cursor.fetchall()


def announce_all(incident):
    """Announce all that happened; what was told since: medium, address, key."""
    before = list(Notice.objects.values_list("pk", flat=True))
    for event in incident.timeline.all():
        notify.announce_event(event.pk)
    new = Notice.objects.exclude(pk__in=before).order_by("pk")
    return [(notice.medium, notice.address, notice.template) for notice in new]


@pytest.fixture
def everything_on(settings):
    settings.SMS_PROVIDER, settings.VAPID_KEY, settings.SITE_URL = "esms", "key", "https://wharf.example"


def someone(name, authority=None, **more):
    user = factories.person(name, authority)
    User.objects.filter(pk=user.pk).update(**{"email": f"{name}@wharf.example", "language": "en"} | more)
    return User.objects.get(pk=user.pk)


def test_a_cause_is_told_once_and_has_one_job(db):
    an = Recipient("email", "an@example.org", "en")
    values = {"reference": "2611-00001", "unit": "Old Wharf Office", "category": "Pothole", "link": "https://x"}
    later = now() + timedelta(hours=1)
    notices = notify.create_notices("closed", "event:1", [an, an], values, after=later)
    assert notify.create_notices("closed", "event:1", [an], values | {"unit": "Somebody else"}) == []
    assert len(notify.create_notices("closed", "event:2", [an], values)) == 1
    assert [(notice.subject, notice.values, notice.send_after) for notice in notices] == [
        ("2611-00001: closed", ["2611-00001", "Pothole", "", "Old Wharf Office", "https://x"], later)
    ]
    assert jobs() == [(notices[0].pk, True), (Notice.objects.last().pk, False)]


def test_a_reporter_is_told_by_every_way_that_was_left(town, officer, everything_on):
    incident = factories.incident(town.hole, email="an@example.org", phone="+84901234567", language="en")
    report = Report.objects.get()
    PushSubscription.objects.create(endpoint="https://push.example/1", p256dh="p", auth="a", report=report)
    ways = [("email", "an@example.org"), ("sms", "+84901234567"), ("push", "https://push.example/1")]
    assert announce_all(incident) == [(*way, "received") for way in ways]
    sms = Notice.objects.get(medium="sms")
    link = sms.text.rpartition(" ")[2]
    assert sms.text.startswith(f"{incident.reference}: your report was sent to Old Wharf Office. Due: ")
    assert link.startswith("https://wharf.example/t/")
    assert report.token[:14] not in link  # it opens what this message told, and no more
    assert Notice.objects.get(medium="email").text.endswith(f"https://wharf.example/f/{report.token}/")
    workflow.move(incident, "accept", by=officer)
    assert announce_all(incident) == [(*ways[0], "accepted"), (*ways[2], "accepted")]  # no SMS for that
    workflow.move(incident, "ask", by=officer, note="Which house?")
    assert announce_all(incident) == [(*way, "asked") for way in ways]
    workflow.move(incident, "answer", note="12")
    workflow.move(incident, "hand_over", by=officer, note="Yours", to=town.other)
    assert announce_all(incident) == [(*ways[0], "handed_over"), (*ways[2], "handed_over")]
    workflow.move(incident, "resolve", note="Filled")
    workflow.move(incident, "dispute", note="No")
    workflow.move(incident, "overrule", note="It is filled, see the picture")
    assert announce_all(incident) == [
        *[(*way, "resolved") for way in ways],
        (*ways[0], "overruled"),
        (*ways[2], "overruled"),
    ]
    assert Notice.objects.get(medium="push", template="resolved").subject == (
        f"{incident.reference}: resolved by New Wharf Office"
    )


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize(("steps", "to", "key"), [
    (["accept"], None, "accepted"),
    (["accept", "begin"], None, "accepted"),  # of work that has begun the page tells
    (["hand_over"], "other", "handed_over"),
    (["claim"], "other", "handed_over"),
    (["accept", "ask"], None, "asked"),
    (["accept", "more_time", "grant"], None, "extended"),
    (["accept", "more_time", "refuse"], None, "accepted"),  # for the reporter nothing has changed
    (["accept", "resolve"], None, "resolved"),
    (["reject"], None, "rejected"),
])  # fmt: skip
def test_a_letter_comes_when_the_form_says_so(town, steps, to, key):
    incident = factories.incident(town.hole, email="an@example.org", language="en")
    for step in steps:
        workflow.move(incident, step, note="Because", to=to and getattr(town, to))
    assert announce_all(incident)[-1] == ("email", "an@example.org", key)


def test_a_letter_of_acceptance_says_who_and_until_when(town, officer):
    incident = factories.incident(town.hole, email="an@example.org")
    workflow.move(incident, "accept", by=officer)
    announce_all(incident)
    letter, due = Notice.objects.get(template="accepted"), localtime(incident.due_at)
    assert letter.subject == f"{incident.reference}: UBND Old Wharf đã tiếp nhận"
    assert f"Hạn xử lý: {date_format(due, 'SHORT_DATETIME_FORMAT')}" in letter.text


def test_what_the_duty_desk_sends_on_is_confirmed_by_sms(town, everything_on):
    incident = factories.incident(town.unclear, phone="+84901234567")
    assert announce_all(incident) == [("sms", "+84901234567", "received")]
    workflow.move(incident, "hand_over", note="Yours", to=town.office)
    assert announce_all(incident) == [("sms", "+84901234567", "handed_over")]


def test_who_left_nothing_or_was_erased_hears_nothing(town, everything_on):
    incident = factories.incident(town.hole)
    factories.incident(town.hole, join=incident, email="binh@example.org")
    assert announce_all(incident) == [("email", "binh@example.org", "joined")]
    factories.incident(town.hole, join=incident)  # the one before does not hear of this one
    assert announce_all(incident) == []
    Report.objects.update(erased_at=now())
    workflow.move(incident, "resolve", note="Filled")
    assert announce_all(incident) == []


@pytest.mark.parametrize(("category", "more", "kinds"), [
    ("leak", {}, ["new_here"]),  # an emergency
    ("hole", {}, []),
    ("hole", {"severity": "dangerous"}, ["new_here"]),
])  # fmt: skip
def test_a_desk_gets_a_letter_for_what_is_urgent(town, category, more, kinds):
    for unit in (town.water, town.office):
        Contact.objects.create(authority=unit, label="Desk", email="desk@wharf.example")
    incident = factories.incident(getattr(town, category))
    for field, value in more.items():
        setattr(incident, field, value)
    incident.save()
    assert announce_all(incident) == [("email", "desk@wharf.example", kind) for kind in kinds]
    assert set(Notice.objects.values_list("urgent", flat=True)) == ({True} if kinds else set())


def test_who_is_mentioned_in_a_note_gets_a_letter(town, officer):
    minh, incident = someone("minh", town.office), factories.incident(town.hole)
    event = timeline.record(incident, Event.Kind.NOTE, by=officer, note="@minh look", public=False)
    Mention.objects.create(event=event, user=minh)
    Mention.objects.create(event=event, user=officer)  # who mentions oneself knows it
    assert announce_all(incident) == [("email", "minh@wharf.example", "mentioned")]
    assert Notice.objects.get().subject == f"{incident.reference}: officer mentioned you"


def test_who_is_away_is_told_through_the_deputy(town, everything_on, today):
    an, binh, chi, dung = (
        someone(name, phone=f"+8490000000{n}") for n, name in enumerate(("an", "binh", "chi", "dung"))
    )
    for user, deputy in ((an, binh), (binh, chi), (dung, an)):
        factories.absence(user=user, deputy=deputy, starts=today, ends=today)
    assert [recipient.person.username for recipient in notify.person_recipients([an])] == ["chi"]
    assert [recipient.person.username for recipient in notify.person_recipients([an, chi, dung])] == ["chi"]
    assert [
        recipient.person.username for recipient in notify.person_recipients([an, dung], at=now() + timedelta(days=1))
    ] == [
        "an",
        "dung",
    ]
    factories.absence(user=chi, deputy=an, starts=today, ends=today)
    assert notify.person_recipients([an]) == []  # all are away: a ring has no end
    tomorrow = notify.person_recipients([chi], at=now() + timedelta(days=1), sms=True)
    assert [(recipient.medium, recipient.address) for recipient in tomorrow] == [
        ("email", "chi@wharf.example"), ("sms", "+84900000002"),
    ]  # fmt: skip


def test_a_desk_is_reached_at_its_contacts(town, settings):
    Contact.objects.create(authority=town.office, label="Day", email="desk@old.example", phone="+84281234567")
    Contact.objects.create(authority=town.office, label="Night", email="desk@old.example", phone="+84901234567")
    assert [recipient.address for recipient in notify.unit_recipients(town.office, sms=True)] == ["desk@old.example"]
    settings.SMS_PROVIDER = "smpp"
    assert [recipient.address for recipient in notify.unit_recipients(town.office, sms=True)] == [
        "desk@old.example", "+84281234567", "+84901234567",
    ]  # fmt: skip
