"""Test what is reminded of pages that answer, and what is erased of their votes."""

import datetime

import pytest
from django.utils.timezone import now

from incidents.answers import reminders, retention
from incidents.models import AnswerVote, Contact, Membership, Notice, User
from tests import factories

pytestmark = pytest.mark.django_db
MONDAY = datetime.datetime(2027, 1, 4, 0, 5, tzinfo=datetime.UTC)


@pytest.fixture
def hearers(town):
    dispatcher = factories.person("dispatcher", town.desk, Membership.Role.DISPATCHER)
    User.objects.filter(pk=dispatcher.pk).update(email="desk@example.org")
    Contact.objects.create(authority=town.office, label="Office", email="office@example.org")


def letters():
    return {letter.address: letter.text for letter in Notice.objects.filter(template="pages_due", medium="email")}


def test_pages_due_are_told_to_who_answers_for_them(hearers, town):
    factories.answer(title="Khai sinh", review_by=datetime.date(2027, 1, 4))
    factories.answer("later", title="Khai tử", review_by=datetime.date(2027, 1, 5))
    factories.answer("draft", title="Kết hôn", review_by=datetime.date(2027, 1, 1), state="draft")
    day = datetime.date(2026, 12, 1)
    answered = {"question": "Bao giờ lát?", "answered_by": town.office, "answered_on": day}
    factories.answer("asked", title="Vỉa hè Tú Xương", review_by=datetime.date(2026, 12, 30), **answered)
    reminders.remind_of_reviews(MONDAY)
    lines = {address: [line for line in text.splitlines() if line[:1] == "-"] for address, text in letters().items()}
    assert lines == {
        "desk@example.org": ["- Khai sinh (04/01/2027)"],
        "office@example.org": ["- Vỉa hè Tú Xương (30/12/2026)"],
    }


def test_reviews_are_reminded_of_once_a_week(hearers):
    factories.answer(review_by=datetime.date(2027, 1, 1))
    days = (0, 0, 3, 7)
    counts = [len(reminders.remind_of_reviews(MONDAY + datetime.timedelta(days=day))) for day in days]
    assert [count > 0 for count in counts] == [True, False, False, True]


def test_many_pages_due_are_one_message(hearers):
    for number in range(12):
        factories.answer(f"page-{number:02}", title=f"Trang {number:02}", review_by=datetime.date(2027, 1, 1))
    reminders.remind_of_reviews(MONDAY)
    text = letters()["desk@example.org"]
    assert (": 12." in text, text.count("- Trang"), "Trang 10" in text) == (True, 10, False)


def test_reasons_of_votes_are_erased_after_their_term(town, policies):
    policies.keep_contacts_months = 24
    page = factories.answer()
    for months, visitor in ((23, "recent"), (25, "old")):
        at = now() - datetime.timedelta(days=30.5 * months)
        AnswerVote.objects.create(answer=page, helpful=False, why="Phường tôi khác", visitor=visitor, at=at)
    assert [retention.erase_old_reasons() for _time in range(2)] == [1, 0]
    assert dict(AnswerVote.objects.values_list("visitor", "why")) == {"recent": "Phường tôi khác", "old": ""}
    assert page.votes.count() == 2
