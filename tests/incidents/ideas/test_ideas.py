"""Ideas: taken in, published, supported, answered, joined, erased."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils.timezone import now

from gis_data import policies
from incidents import access
from incidents.disclosure import register
from incidents.ideas import notices, receiving, reminders, retention, supporting
from incidents.ideas.receiving import IncomingIdea, Person
from incidents.ideas.steps import STEPS, StepRefused, move
from incidents.models import Idea, IdeaLine, IdeaSupport, Membership, Notice, PersonalDataView, User, WatchedWord
from incidents.reporting import ReportRefused
from incidents.reporting.sender import Sender
from tests import factories

ROLE = Membership.Role
WRITER = Person("email", "lan@example.org")


@pytest.fixture
def dispatcher(town):
    return factories.person("dispatcher", town.desk, ROLE.DISPATCHER)


@pytest.fixture
def few(monkeypatch):
    """Three supporters oblige, of one network two count."""
    rules = policies.Policies(idea_supporters=3, idea_network_most=2)
    monkeypatch.setattr(policies, "current", lambda: rules)


def send_idea(title="Trồng cây dọc đường", text="Không có bóng râm.", person=WRITER, network="203.0.113.9", **more):
    return receiving.receive_idea(IncomingIdea(title, text, person, **more), Sender(network=network))


def public_idea(dispatcher, **more):
    idea = send_idea(**more)
    move(idea, "publish", by=dispatcher)
    return idea


def person(number):
    return Person("email", f"p{number}@example.org")


def kinds_of(idea):
    return list(idea.lines.values_list("kind", flat=True))


def test_idea_is_held_and_its_sender_sealed(town):
    idea = send_idea()
    with connection.cursor() as cursor:
        cursor.execute("SELECT encode(email, 'escape'), title, text FROM incidents_idea WHERE id = %s", [idea.pk])
        sealed, title, text = cursor.fetchone()
    assert (idea.stage, title, text, "lan@" in sealed, kinds_of(idea)) == ("held", "", "", False, ["held"])


def test_same_sending_is_one_idea(town):
    first = send_idea()
    assert send_idea(sending=first.sending).pk == first.pk


@pytest.mark.parametrize(
    ("title", "text", "field"), [("", "Words", "title"), ("Trees", " ", "text"), ("a" * 121, "b", "title")]
)
def test_idea_without_words_is_refused(town, title, text, field):
    with pytest.raises(ReportRefused) as refused:
        send_idea(title, text)
    assert refused.value.field == field


def test_watched_words_are_said_to_who_checks(town):
    WatchedWord.watch("đồ ngốc")
    assert send_idea(text="Mấy người đồ ngốc").reasons == ["words"]


def test_what_is_published_has_no_contacts(town, dispatcher):
    idea = send_idea(title="Gọi 0901 234 567", text="Thẻ căn cước 079123456789, mail a@example.org")
    move(idea, "publish", by=dispatcher)
    assert (idea.title, "079123456789" in idea.text, "a@example.org" in idea.text) == ("Gọi ‹…›", False, False)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("stage", ["held", "received", "studied"])
def test_steps_lead_where_the_table_says(town, dispatcher, step, stage):
    idea, other = send_idea(), public_idea(dispatcher, person=person(1))
    if stage != "held":
        move(idea, "publish", by=dispatcher)
    if stage == "studied":
        move(idea, "study", by=dispatcher, note="Gardens look at it.")
    fields = {"by": dispatcher, "note": "Because", "authority": town.office if step == "pass-on" else None}
    if stage not in STEPS[step].sources:
        with pytest.raises(StepRefused):
            move(idea, step, **fields, other=other if step == "join" else None)
        return
    line = move(idea, step, **fields, other=other if step == "join" else None)
    assert (idea.stage, line.kind) == (STEPS[step].target or stage, STEPS[step].line)


def test_no_needs_a_reason_and_stays_in_public(town, dispatcher):
    idea = public_idea(dispatcher)
    with pytest.raises(StepRefused):
        move(idea, "decline", by=dispatcher, note=" ")
    move(idea, "decline", by=dispatcher, note="The strip is 0.9 m wide. Call 0901234567.")
    reason = idea.lines.get(kind="declined").text
    assert (idea in Idea.objects.shown(), reason) == (True, "The strip is 0.9 m wide. Call ‹…›.")


@pytest.mark.parametrize("kind", IdeaLine.REASONED)
def test_database_takes_no_change_without_a_reason(town, kind):
    idea = send_idea()
    with pytest.raises(IntegrityError), transaction.atomic():
        IdeaLine.objects.create(idea=idea, kind=kind, stage="held", authority=idea.authority)


def test_one_person_supports_once_and_takes_it_back(town, dispatcher):
    idea = public_idea(dispatcher)
    for _time in range(2):
        supporting.support(idea, person(1), network="n1")
    idea.refresh_from_db()
    before = idea.supporters
    supporting.take_back(idea, person(1))
    idea.refresh_from_db()
    assert (before, idea.supporters) == (1, 0)


def test_answer_is_owed_from_the_number_on(town, dispatcher, few):
    idea, moment = public_idea(dispatcher), now()
    for number in range(3):
        supporting.support(idea, person(number), network=f"n{number}", at=moment)
    idea.refresh_from_db()
    assert (idea.due_at - moment, kinds_of(idea)[-1]) == (timedelta(days=30), "owed")


def test_supporters_of_one_network_do_not_count(town, dispatcher, few):
    idea = public_idea(dispatcher)
    for number in range(5):
        supporting.support(idea, person(number), network="203.0.113.1")
    idea.refresh_from_db()
    crowd = supporting.crowded_networks(idea)
    assert (idea.supporters, idea.uncounted, idea.due_at) == (2, 3, None)
    assert [(row.network, row.supporters, row.uncounted) for row in crowd] == [("203.0.113.1", 5, 3)]


def test_five_hundred_addresses_of_one_network_oblige_nobody(town, dispatcher):
    idea = public_idea(dispatcher)
    for number in range(500):
        supporting.support(idea, person(number), network="203.0.113.1")
    idea.refresh_from_db()
    assert (idea.supporters, idea.uncounted, idea.due_at) == (50, 450, None)


def test_phones_behind_one_network_all_count(town, dispatcher, few):
    idea = public_idea(dispatcher)
    people = [person(0), person(1), person(2), *(Person("sms", f"+8490123456{number}") for number in range(3))]
    for supporter in people:
        supporting.support(idea, supporter, network="203.0.113.1")
    supporting.take_back(idea, people[-1])
    idea.refresh_from_db()
    assert (idea.supporters, idea.uncounted) == (4, 1)


def test_numbers_of_people_are_sealed_and_not_published(town, dispatcher):
    words = "CCCD 079123456789, gọi 0901234567, lan@example.org"
    idea = public_idea(dispatcher, title="Trồng cây, CCCD 079123456789", text=words)
    idea.refresh_from_db()
    assert (idea.title, idea.text) == ("Trồng cây, CCCD ‹…›", "CCCD ‹…›, gọi ‹…›, ‹…›")
    assert (idea.raw_text, any(digit in idea.search for digit in "0123456789")) == (words, False)


def test_next_of_a_network_counts_for_who_leaves(town, dispatcher, few):
    idea = public_idea(dispatcher)
    for number in range(3):
        supporting.support(idea, person(number), network="n1")
    supporting.take_back(idea, person(0))
    idea.refresh_from_db()
    assert (idea.supporters, idea.uncounted) == (2, 0)


def test_ward_is_stated_once_and_share_is_counted(town, dispatcher):
    first, second = (public_idea(dispatcher, person=person(n), area=town.office.area) for n in (8, 9))
    supporting.support(first, person(1), network="n1", area=town.office.area)
    supporting.support(second, person(1), network="n1")
    supporting.support(second, person(2), network="n2")
    second.refresh_from_db()
    assert (second.supporters, second.residents) == (2, 1)


def test_answer_ends_what_is_owed(town, dispatcher, few):
    idea = public_idea(dispatcher)
    for number in range(3):
        supporting.support(idea, person(number), network=f"n{number}")
    move(idea, "answer", by=dispatcher, note="31 trees can be planted.")
    later = now() + timedelta(days=31)
    assert (idea.answered_at is not None, Idea.objects.late(later).count()) == (True, 0)


def test_late_answer_is_reminded_of_once(town, dispatcher, few):
    User.objects.filter(pk=dispatcher.pk).update(email="desk@example.org")
    idea = public_idea(dispatcher)
    for number in range(3):
        supporting.support(idea, person(number), network=f"n{number}")
    later = now() + timedelta(days=31)
    assert [reminders.remind_late(later) for _time in range(2)] == [1, 0]
    letters = Notice.objects.filter(template="idea_late", medium="email")
    assert [letter.address for letter in letters] == ["desk@example.org"]


def test_joined_supporters_count_once(town, dispatcher):
    idea, other = public_idea(dispatcher), public_idea(dispatcher, person=person(7))
    for row, number in ((idea, 1), (idea, 2), (other, 1)):
        supporting.support(row, person(number), network=f"n{number}")
    move(idea, "join", by=dispatcher, other=other)
    other.refresh_from_db()
    assert (other.supporters, idea.stage, idea.joined_to) == (2, "joined", other)


def test_similar_ideas_are_found_without_diacritics(town, dispatcher):
    idea = public_idea(dispatcher, title="Trồng lại cây bóng mát dọc đường Tú Xương")
    public_idea(dispatcher, person=person(3), title="Thùng phân loại rác ở chung cư", text="Mỗi lô một bộ.")
    assert list(receiving.similar_ideas("trong cay bong mat duong tu xuong")) == [idea]


def test_decision_is_told_to_its_sender(town, dispatcher):
    idea = public_idea(dispatcher)
    line = move(idea, "plan", by=dispatcher, note="In January.")
    notices.announce_line(line.pk)
    notices.announce_line(line.pk)
    assert [notice.address for notice in Notice.objects.filter(cause=notices.cause_of(line))] == ["lan@example.org"]


def test_who_sent_it_is_shown_for_a_line(town, dispatcher):
    idea = send_idea()
    retention.show_contact(idea, by=dispatcher)
    view = PersonalDataView.objects.get()
    assert (view.how, view.idea, view.by) == ("idea", idea, dispatcher)
    assert register.PERSONAL_VIEWS.sealed_fields(view)[-1] == idea.pk


def test_expired_senders_and_supporters_are_erased(town, dispatcher):
    idea = public_idea(dispatcher)
    supporting.support(idea, person(1), network="n1")
    move(idea, "decline", by=dispatcher, note="No room.")
    assert [retention.erase_expired_ideas(now() + timedelta(days=days)) for days in (10, 800)] == [0, 1]
    idea.refresh_from_db()
    support = IdeaSupport.objects.get()
    assert (idea.email, idea.raw_text, idea.title, idea.supporters) == ("", "", "Trồng cây dọc đường", 1)
    assert (support.address, support.network) == ("", "")


@pytest.mark.parametrize("statement", ["DELETE FROM incidents_idea", "UPDATE incidents_idealine SET text = ''"])
def test_service_may_not_rewrite_ideas(town, statement):
    send_idea()
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("role", "unit", "action", "number"),
    [
        (ROLE.DISPATCHER, "desk", "check", 2),
        (ROLE.OFFICER, "office", "check", 0),
        (ROLE.OFFICER, "office", "work", 1),
        (ROLE.LEADER, "office", "work", 1),
        (ROLE.SUPERVISOR, "desk", "work", 0),
        (ROLE.OFFICER, "office", "contact", 0),
    ],
)
def test_rows_of_access_say_who_may(town, dispatcher, role, unit, action, number):
    theirs, _others = public_idea(dispatcher), public_idea(dispatcher, person=person(5))
    move(theirs, "pass-on", by=dispatcher, note="Yours.", authority=town.office)
    user = factories.person("somebody", getattr(town, unit), role)
    assert access.ideas_for(user, action).count() == number
