"""The weekly message to leaders: when, of what, in how many words."""

from datetime import date, datetime, timedelta

import pytest
from django.utils.timezone import make_aware

from incidents.escalation import digest
from incidents.models import Authority, Digest, Event, Incident, Membership, Notice, Rating, Report, User
from incidents.notify import segments
from tests import factories

FRIDAY = date(2026, 11, 27)
WEEK = timedelta(days=7)


def at(text):
    return make_aware(datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M"))


@pytest.fixture(autouse=True)
def by_sms(settings):
    settings.SMS_PROVIDER = "esms"


@pytest.fixture
def council(town):
    council = Authority.objects.create(code="council", kind="CITY", name="UBND Wharf", name_en="Wharf Council")
    Authority.objects.exclude(pk=council.pk).update(parent=council)
    return council


def leader(name, authority, **post):
    user = User.objects.create(username=name, email=f"{name}@example.org", phone="+84900000001", language="vi")
    return factories.post(user, authority, Membership.Role.LEADER, **post)


def incident(category, received, due, state="assigned", closed=None, place=factories.IN_OLD):
    """An incident as it stands now, its moments written as `11-24 09:00`."""
    created = factories.incident(category, place)
    row = Incident.objects.filter(pk=created.pk)
    row.update(received_at=at(received), due_at=at(due))
    for step in PATHS[state]:
        row.update(
            state=step,
            closed_at=at(closed) if step == "resolved" else None,
            waiting_since=at(received) if step == "waiting" else None,
        )
    return created


PATHS = {"assigned": [], "resolved": ["resolved"], "waiting": ["waiting"], "extension": ["accepted", "extension"]}


def rate_incident(incident, stars, moment):
    line = Event.objects.create(incident=incident, kind=Event.Kind.RESOLVED, state="resolved", at=at(moment))
    Rating.objects.create(
        report=Report.objects.filter(incident=incident).first(), result=line, stars=stars, at=at(moment)
    )


@pytest.mark.parametrize(
    ("moment", "week"),
    [
        ("11-27 14:59", None),
        ("11-27 15:00", FRIDAY),
        ("11-29 23:59", FRIDAY),
        ("11-30 00:00", None),  # Monday: too late
        ("11-26 15:00", None),
    ],
)
def test_it_is_told_from_its_hour_on_until_the_week_is_over(policies, moment, week):
    assert digest.due_digest_day(at(moment)) == week


def test_each_leader_hears_of_the_own_unit_area_or_field(town, council):
    incident(town.hole, "11-24 09:00", "11-25 09:00", "resolved", "11-24 18:00")
    incident(town.hole, "11-24 09:00", "11-25 09:00", "resolved", "11-26 18:00")
    incident(town.waste, "11-24 09:00", "11-25 09:00")
    incident(town.waste, "11-24 09:00", "11-28 09:00", "waiting", place=factories.IN_NEW)
    incident(town.leak, "11-24 09:00", "11-28 09:00", "extension")
    incident(town.hole, "11-18 09:00", "11-19 09:00", "resolved", "11-18 18:00")
    leader("ward", town.office)
    leader("mayor", council)
    leader("pipes", council, category=town.pipes)
    leader("waste-new", council, category=town.waste, area=town.new)

    assert digest.send_due_digests(at("11-27 15:00")) == 4

    counts = {row.post.user.username: row.counts for row in Digest.objects.all()}
    names = ("received", "done", "in_time", "late", "waiting", "extension")
    assert {who: [figures[name] for name in names] for who, figures in counts.items()} == {
        "ward": [3, 2, 1, 1, 0, 0],
        "mayor": [5, 2, 1, 1, 1, 1],
        "pipes": [1, 0, 0, 0, 0, 1],
        "waste-new": [1, 0, 0, 0, 1, 0],
    }
    assert counts["ward"]["before"] == {"received": 1, "done": 1, "in_time": 1, "stars": None, "ratings": 0}


def test_digest_compares_with_the_digest_of_the_week_before(town):
    done = incident(town.hole, "11-24 09:00", "11-25 09:00", "resolved", "11-24 18:00")
    incident(town.hole, "11-24 09:00", "11-25 09:00")
    rate_incident(done, 4, "11-25 09:00")
    post = leader("ward", town.office)
    figures = {
        "received": 3,
        "done": 1,
        "in_time": 1,
        "late": 4,
        "waiting": 0,
        "extension": 0,
        "stars": 4.5,
        "ratings": 2,
    }
    Digest.objects.create(week=FRIDAY - WEEK, post=post, counts=figures)

    digest.send_due_digests(at("11-27 15:00"))

    sms = Notice.objects.get(medium="sms")
    assert sms.cause == f"digest:2026-11-27:{post.pk}"
    assert sms.text == (
        "UBND Old Wharf, tuần đến 27/11: nhận 2 (-1), đúng hạn 1/1 (=), trễ hạn 1 (-3), chờ người dân 0 (=), "
        "xin gia hạn 0 (=), hài lòng 4,0/5 (1) (-0,5). http://localhost:8000/lead/"
    )
    letter = Notice.objects.get(medium="email")
    assert letter.subject == "Tuần đến 27/11: UBND Old Wharf"
    assert "- Đang trễ hạn: 1 (-3)\n- Chờ người dân: 0 (=)" in letter.text


def test_it_is_told_once_however_many_look(town):
    leader("ward", town.office)

    assert [digest.send_due_digests(at("11-27 15:00")), digest.send_due_digests(at("11-29 10:00"))] == [1, 0]
    assert Notice.objects.filter(template="digest").count() == 2


def test_after_a_time_when_nobody_looked_it_is_told_until_sunday(town):
    leader("ward", town.office)

    assert digest.send_due_digests(at("11-30 08:00")) == 0
    assert digest.send_due_digests(at("12-06 20:00")) == 1
    assert Digest.objects.get().week == date(2026, 12, 4)


@pytest.mark.parametrize(
    ("segments_allowed", "name", "expected"),
    [
        (2, "Old Wharf", ["(+1.234)", "hài lòng", "gia hạn 1.234 (+1.234)"]),
        (2, "Very Old and Very Long Wharf at the End of the Harbour Road behind the Mill", ["hài lòng", "gia hạn"]),
        (1, "Very Old and Very Long Wharf at the End of the Harbour Road behind the Mill", []),
    ],
)
def test_it_is_shortened_until_it_fits(town, policies, segments_allowed, name, expected):
    policies.digest_segments = segments_allowed
    Authority.objects.filter(pk=town.office.pk).update(name=name)
    numbers = dict.fromkeys(("received", "done", "in_time", "late", "waiting", "extension", "ratings"), 1234)
    long_digest = Digest(
        week=FRIDAY, post=leader("ward", Authority.objects.get(pk=town.office.pk)),
        counts=numbers | {"stars": 4.5, "before": dict.fromkeys(numbers, 0)},
    )  # fmt: skip
    hearer = digest.notify.Recipient("sms", "+84900000001", "vi")

    words = digest.digest_values(long_digest, hearer, {"vi": None}, digest.DigestFigures(FRIDAY, at("11-27 15:00")))

    text = f"{words['summary']} {words['link']}"
    assert segments.split_into_parts(segments.to_ascii(text)).count <= segments_allowed
    assert [place in text for place in expected] == [True] * len(expected)
    assert "nhận 1.234" in text
    assert "trễ hạn 1.234" in text
