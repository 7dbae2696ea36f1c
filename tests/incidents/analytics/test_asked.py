"""What is asked of units and proposed to them: one source of figures for the leaders' page and the weekly message."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.timezone import localdate, now

from incidents.analytics import asked, overview
from incidents.analytics.asked import AskedFigures, AskedQuestion
from incidents.analytics.overview import Period
from incidents.answers import unanswered
from incidents.answers.vocabulary import write_vocabulary
from incidents.enquiries import retention
from incidents.enquiries.receiving import IncomingEnquiry, receive_enquiry
from incidents.escalation import digest
from incidents.models import AnswerVote, Digest, Enquiry, Idea, IdeaSupport, Membership, Notice, UnansweredQuestion
from incidents.views.lead import lead_pages
from tests import factories

LEADER = Membership.Role.LEADER
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PARKING = ("Gửi xe ngày hội hoa ở đâu", "hội hoa gui xe o dau", "Ngày hội hoa gửi xe ở đâu? Gọi 0903 123 456")


@pytest.fixture
def city(town):
    """The duty desk stands above the two ward offices and the water company."""
    for unit in (town.office, town.other, town.water):
        unit.parent = town.desk
        unit.save(update_fields=["parent"])
    return town


def ask(unit, *, kind="question", text="Mấy giờ mở cửa", received=HOUR, due=DAY, closed=None, state=None):
    """An enquiry at a unit that came in so long ago, was due after that time, and was answered so long ago."""
    enquiry, at = receive_enquiry(IncomingEnquiry("web", kind, text)), now()
    Enquiry.objects.filter(pk=enquiry.pk).update(
        authority=unit, received_at=at - received, due_at=at - received + due,
        closed_at=None if closed is None else at - closed,
        state=state or ("received" if closed is None else "answered"),
    )  # fmt: skip
    return enquiry


def propose(unit, number=1, *, stage="received", published=HOUR, due=None):
    at = now()
    return Idea.objects.create(
        stage=stage, title="Trồng cây", text="Cần bóng mát", email=f"p{number}@example.org", authority=unit,
        published_at=at - published, due_at=due and at + due, settled_at=at if stage == "declined" else None,
    )  # fmt: skip


def support(idea, number, *, ago=HOUR, counts=True):
    IdeaSupport.objects.create(
        idea=idea, medium="email", address=f"s{number}@example.org", counts=counts, at=now() - ago
    )


def vote(page, yes=0, no=0, ago=HOUR):
    for number in range(yes + no):
        AnswerVote.objects.create(
            answer=page, helpful=number < yes, visitor=f"{page.slug}:{number}:{ago}", at=now() - ago
        )


def count(*units, since=7 * DAY):
    at = now()
    return asked.read_rows(at - since, at, at=at).figures([unit.pk for unit in units])


def test_figures_of_a_period_are_those_of_the_units(city):
    ask(city.office)
    ask(city.office, received=3 * DAY)  # late now
    ask(city.office, received=3 * DAY, closed=HOUR)  # answered late
    ask(city.office, kind="thanks", received=2 * HOUR, closed=HOUR)
    ask(city.office, received=20 * DAY, closed=19 * DAY + HOUR)  # of an earlier week
    ask(city.office, kind="complaint", received=3 * DAY)  # the supervisors'
    ask(city.office, state="refused", closed=HOUR)
    ask(city.other, received=3 * DAY)
    idea = propose(city.office, due=-HOUR)
    support(idea, 1)
    support(idea, 2, ago=9 * DAY)
    support(idea, 3, counts=False)
    propose(city.office, 2, due=DAY, published=30 * DAY)
    propose(city.office, 3, stage="declined", due=-HOUR)
    assert count(city.office) == AskedFigures(
        enquiries=4, answered=2, answered_late=1, enquiries_late=1, ideas=2, supporters=1, owed=2, owed_late=1
    )
    assert count(city.other) == AskedFigures(enquiries=1, enquiries_late=1)
    assert count(city.office, city.other).enquiries == 5
    assert count(city.water) == AskedFigures()


@pytest.mark.parametrize(("answered", "share", "small"), [(0, None, False), (19, None, True), (20, 10.0, False)])
def test_share_of_few_answers_is_not_told(answered, share, small):
    figures = AskedFigures(answered=answered, answered_late=2)
    assert (figures.late_share, figures.is_small) == (share, small)


def test_questions_asked_most_are_masked_and_counted_by_unit(city):
    factories.answer()
    write_vocabulary()
    for text in PARKING:
        ask(city.office, text=text)
    ask(city.other, text=PARKING[0])
    for _time in range(3):
        ask(city.office, text="Đăng ký khai sinh")  # a page answers it
    for _time in range(2):
        ask(city.office, text="Mấy giờ đóng cửa công viên")  # too few ask it
    assert unanswered.write_unanswered() == 1
    assert unanswered.write_unanswered() == 1  # again, in place of the first
    rows = asked.read_rows(now() - DAY, now(), at=now())
    office, all_units = {city.office.pk}, {city.office.pk, city.other.pk}
    assert rows.most_asked(office) == [AskedQuestion("Ngày hội hoa gửi xe ở đâu? Gọi ‹…›", 3)]
    assert rows.most_asked(all_units) == [AskedQuestion(PARKING[0], 4)]
    assert rows.most_asked({city.other.pk}) == []


def test_erased_question_is_no_longer_listed(city):
    enquiries = [ask(city.office, text=text) for text in PARKING]
    unanswered.write_unanswered()
    retention.erase_enquiries(Enquiry.objects.filter(pk=enquiries[0].pk))
    assert set(UnansweredQuestion.objects.values_list("enquiry", flat=True)) == {row.pk for row in enquiries[1:]}
    assert asked.read_rows(now() - DAY, now(), at=now()).most_asked({city.office.pk}) == []


def test_pages_with_most_no_are_those_of_the_unit_or_of_the_city(city):
    birth, own = factories.answer(), factories.answer("pavement", answered_by=city.office, title="Vỉa hè")
    vote(birth, yes=15, no=5)
    vote(birth, no=9, ago=8 * DAY)
    vote(own, yes=1, no=2)
    vote(factories.answer("liked"), yes=3)
    vote(factories.answer("hidden", state="draft"), no=3)
    rows = asked.read_rows(now() - 7 * DAY, now(), at=now())
    listed = {
        whole: [(page.answer.slug, page.no, page.votes, page.share) for page in pages]
        for whole in (True, False)
        if (pages := rows.least_helpful({city.office.pk}, whole=whole))
    }
    assert listed == {True: [("birth", 5, 20, 25.0), ("pavement", 2, 3, None)], False: [("pavement", 2, 3, None)]}


def test_page_and_message_tell_the_same(city, monkeypatch):
    """The week's figures of who leads the city, and the ward's for who leads that."""
    friday, week = now(), localdate()
    monkeypatch.setattr(digest, "due_digest_day", lambda at: week)
    monkeypatch.setattr(digest, "digest_moment", lambda day: friday - (week - day))
    period = Period("week", friday - 7 * DAY, friday, friday - 14 * DAY, friday - 7 * DAY)
    for text in PARKING:
        ask(city.office, text=text)
    ask(city.office, received=3 * DAY, closed=HOUR)
    ask(city.other, received=3 * DAY)
    support(propose(city.other, due=-HOUR), 1)
    vote(factories.answer(), yes=1, no=2)
    unanswered.write_unanswered()
    people = {
        "mayor": factories.person("mayor", city.desk, LEADER),
        "ward": factories.person("ward", city.office, LEADER),
    }
    for name, user in people.items():
        type(user).objects.filter(pk=user.pk).update(email=f"{name}@example.org", language="vi")
    digest.send_due_digests(friday)
    for name, user in people.items():
        shown = lead_pages.asked_of(overview.scopes_of(user)[0], period)
        counts = Digest.objects.get(post__user=user).counts
        assert {key: counts[key] for key in asked.COUNTS} == {
            key: getattr(shown["figures"], key) for key in asked.COUNTS
        }, name
    letters = {
        name: Notice.objects.get(address=f"{name}@example.org").text.split("Hỏi đáp và sáng kiến:\n")[1]
        for name in people
    }
    assert letters["ward"].split("\n\nhttp")[0] == (
        "- Câu hỏi đã nhận: 4 (+4)\n- Câu hỏi đã trả lời: 1 (+1)\n- Trả lời trễ hạn: 1/1\n- Câu hỏi đang trễ hạn: 0\n"
        "- Sáng kiến mới: 0 (=)\n- Lượt ủng hộ sáng kiến mới: 0 (=)\n- Sáng kiến đang chờ trả lời: 0\n"
        "- Sáng kiến trễ hạn trả lời: 0\n\n"
        "Hỏi nhiều nhất trong 90 ngày mà chưa có trang trả lời:\n- “Ngày hội hoa gửi xe ở đâu? Gọi ‹…›”: 3\n\n"
        "Tuần này trả lời quá ít để tính tỷ lệ phần trăm."
    )
    assert "- Câu hỏi đang trễ hạn: 1\n" in letters["mayor"]
    assert "Trang chưa giúp ích, trên tổng số phiếu:\n- Đăng ký khai sinh: 2/3" in letters["mayor"]


def test_who_leads_a_field_only_hears_of_no_questions(client, city):
    ask(city.office)
    user = factories.person("streets")
    factories.post(user, city.desk, LEADER, category=city.streets)
    client.force_login(user)
    assert client.get(reverse("lead")).context["asked"] is None
    friday = digest.DigestFigures(localdate(), now())
    assert friday.asked_of(user.memberships.get()) == {}


def test_page_lists_units_questions_and_pages(client, city):
    for text in PARKING:
        ask(city.office, text=text)
    for _time in range(2):
        ask(city.other, received=3 * HOUR, due=HOUR)
    vote(factories.answer(), no=2)
    unanswered.write_unanswered()
    client.force_login(factories.person("mayor", city.desk, LEADER))
    client.cookies["django_language"] = "en"
    page = client.get(reverse("lead"), {"period": "year"})
    text = " ".join(strip_tags(page.content.decode().replace("<", " <")).split())
    assert [(unit.code, row.enquiries_late) for unit, row in page.context["asked"]["units"]] == [("new", 2), ("old", 0)]
    assert "without a page that answers last 90 days Ngày hội hoa gửi xe ở đâu? Gọi ‹…› 3" in text
    assert "Register a birth 2 2 –" in text
