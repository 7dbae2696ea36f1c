"""Test how pages that answer are written: a second person's yes, the sender's, and what must not be said."""

import pytest
from django.db import DatabaseError, transaction
from django.utils.timezone import now

from incidents import access
from incidents.answers import publishing
from incidents.answers.personal import find_personal, mask_personal
from incidents.answers.search import search_answers
from incidents.answers.unanswered import find_unanswered
from incidents.enquiries import retention, steps
from incidents.enquiries.receiving import IncomingEnquiry, receive_enquiry
from incidents.models import Answer, AnswerLine, AnswerVersion, Enquiry, Membership
from incidents.versions.steps import ChangedMeanwhile, NotPublished
from tests import factories

pytestmark = pytest.mark.django_db
ROLE = Membership.Role
ASKED = "Vỉa hè Tú Xương bao giờ lát lại? Gọi tôi số 0903 123 456."
REPLY = "Lát lại từ 05/01 đến 20/02.\nGói thầu đã chọn được đơn vị thi công."


@pytest.fixture
def people(town):
    return {
        "officer": factories.person("officer", town.office),
        "leader": factories.person("leader", town.office, ROLE.LEADER),
        "other": factories.person("other", town.other, ROLE.LEADER),
        "dispatcher": factories.person("dispatcher", town.desk, ROLE.DISPATCHER),
        "second": factories.person("second", town.desk, ROLE.DISPATCHER),
    }


@pytest.fixture
def answered_question(town, people):
    """A question that the office answered, and whose sender agrees to publication."""
    factories.answer()
    enquiry = ask(ASKED, public_agreed=True)
    steps.move(enquiry, "pass-on", by=people["dispatcher"], note="Yours", authority=town.office)
    steps.move(enquiry, "answer", by=people["officer"], note=REPLY)
    return enquiry


def ask(text, kind="question", **more):
    return receive_enquiry(IncomingEnquiry("web", kind, text, **more))


def hand_in(version, by, **content):
    whole = version.content | {"subject": "papers"} | content
    publishing.change_version(version, whole, by=by, edit=version.edit)
    version.refresh_from_db()
    return publishing.take_step(version, "propose", by=by, edit=version.edit)


def publish(version, by):
    return publishing.take_step(version, "publish", by=by, edit=version.edit)


def kinds_of(enquiry):
    return [line.kind for line in enquiry.lines.all()]


def test_question_is_published_by_a_second_yes_and_found(answered_question, people):
    version = publishing.begin_question(answered_question, by=people["officer"])
    assert "0903" not in str(version.content)
    version = hand_in(version, people["officer"], title="Vỉa hè Tú Xương bao giờ lát lại?", question="Bao giờ lát lại?")
    version = publish(version, people["leader"])
    match = search_answers("khi nào lát lại via he tu xuong", limit=1)[0]
    assert (match.answer, match.answer.slug) == (version.answer, "via-he-tu-xuong-bao-gio-lat-lai")
    assert (match.answer.text, match.answer.more) == tuple(REPLY.split("\n"))
    assert match.answer.office == answered_question.authority.name
    answered_question.refresh_from_db()
    assert (answered_question.answer_page, kinds_of(answered_question)) == (
        match.answer,
        ["received", "agreed", "passed_on", "answered", "published"],
    )
    assert [(line.kind, line.by) for line in version.lines.all()] == [
        ("drafted", people["officer"]), ("changed", people["officer"]), ("proposed", people["officer"]),
        ("published", people["leader"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "agreed", "is_answered"),
    [("question", False, True), ("question", True, False), ("thanks", True, True), ("complaint", True, True)],
)
def test_only_an_answered_question_with_a_yes_is_drafted(town, people, kind, agreed, is_answered):
    enquiry = ask("Thái độ cán bộ phường", kind, public_agreed=agreed)
    if is_answered:
        Enquiry.objects.filter(pk=enquiry.pk).update(state="answered", closed_at=now())
        enquiry.refresh_from_db()
    with pytest.raises(NotPublished):
        publishing.begin_question(enquiry, by=people["dispatcher"])
    assert not AnswerVersion.objects.exists()


@pytest.mark.parametrize(
    ("field", "text"),
    [("question", "Tôi tên Lan, CCCD 079123456789, hỏi"), ("title", "Gọi 0903 123 456?"),
     ("more", "Gửi về lan@example.org"), ("question", "Con tôi bị ung thư thì xin trợ cấp ở đâu"),
     ("text_en", "Her diabetes is known")],
)  # fmt: skip
def test_what_is_personal_is_marked_and_never_handed_in(answered_question, people, field, text):
    version = publishing.begin_question(answered_question, by=people["officer"])
    with pytest.raises(NotPublished) as refused:
        hand_in(version, people["officer"], **{field: text})
    assert refused.value.field == field
    version.refresh_from_db()
    assert (version.state, list(publishing.personal_pieces(version))) == ("draft", [field])
    last = version.lines.last()
    assert (last.kind, find_personal(last.content[field])) == ("changed", [])
    publishing.change_version(
        version, version.content | {field: mask_personal(text)}, by=people["officer"], edit=version.edit
    )
    version.refresh_from_db()
    assert publishing.take_step(version, "propose", by=people["officer"], edit=version.edit).state == "proposed"


def test_nobody_publishes_what_they_wrote(answered_question, people):
    version = publishing.begin_question(answered_question, by=people["officer"])
    version = hand_in(version, people["leader"])
    for writer in (people["officer"], people["leader"]):
        with pytest.raises(NotPublished):
            publish(version, writer)
    for writer in (people["officer"], people["leader"]):  # nor does the database let them
        with pytest.raises(DatabaseError), transaction.atomic():
            AnswerVersion.objects.filter(pk=version.pk).update(
                state="published", decided_by=writer, decided_at=now(), answer=Answer.objects.first()
            )
    with pytest.raises(DatabaseError), transaction.atomic():
        AnswerVersion.objects.filter(pk=version.pk).update(content={})
    with pytest.raises(DatabaseError), transaction.atomic():
        AnswerLine.objects.filter(version=version).delete()
    assert publish(version, people["dispatcher"]).state == "published"


def test_revoked_agreement_withdraws_page_and_drafts(answered_question, people):
    version = hand_in(publishing.begin_question(answered_question, by=people["officer"]), people["officer"])
    page = publish(version, people["leader"]).answer
    change = publishing.begin_change(page, by=people["officer"], authority=answered_question.authority)
    publishing.revoke(answered_question)
    assert not Answer.objects.public().filter(pk=page.pk).exists()
    states = AnswerVersion.objects.in_bulk()
    assert (states[version.pk].state, states[change.pk].state, states[change.pk].content) == (
        "withdrawn",
        "dropped",
        {},
    )
    answered_question.refresh_from_db()
    assert (answered_question.public_agreed_at, answered_question.answer_page) == (None, None)
    assert kinds_of(answered_question)[-2:] == ["revoked", "withdrawn"]
    publishing.agree(answered_question)
    publishing.agree(answered_question)
    assert kinds_of(answered_question)[-2:] == ["withdrawn", "agreed"]


def test_database_asks_for_the_yes_of_the_sender(answered_question, people):
    version = hand_in(publishing.begin_question(answered_question, by=people["officer"]), people["officer"])
    Enquiry.objects.filter(pk=answered_question.pk).update(public_agreed_at=None)
    with pytest.raises(NotPublished):
        publish(version, people["leader"])
    with pytest.raises(DatabaseError), transaction.atomic():
        AnswerVersion.objects.filter(pk=version.pk).update(
            state="published", decided_by=people["leader"], decided_at=now(), answer=Answer.objects.first()
        )


def test_two_editors_at_once_lose_nothing(town, people):
    page = factories.answer()
    officer, second = people["dispatcher"], people["second"]
    version = publishing.begin_change(page, by=officer, authority=town.desk)
    assert publishing.begin_change(page, by=second, authority=town.desk) == version
    publishing.change_version(version, version.content | {"cost": "10.000 đồng"}, by=officer, edit=1)
    with pytest.raises(ChangedMeanwhile):
        publishing.change_version(version, version.content | {"cost": "20.000 đồng"}, by=second, edit=1)
    version.refresh_from_db()
    assert (version.content["cost"], version.edit) == ("10.000 đồng", 2)
    assert publishing.changes_of(version) == [("cost", "Miễn phí", "10.000 đồng")]
    with pytest.raises(ChangedMeanwhile):
        publishing.take_step(version, "propose", by=second, edit=1)


def test_change_of_a_page_stands_against_the_pack(town, people):
    page = factories.answer()
    version = publishing.begin_change(page, by=people["dispatcher"], authority=town.desk)
    version = hand_in(version, people["dispatcher"], title="Khai sinh cho con", title_en="", review_by="2027-06-01")
    assert Answer.objects.get().title == "Đăng ký khai sinh"
    publish(version, people["second"])
    page.refresh_from_db()
    assert (page.title, str(page.review_by), page.slug) == ("Khai sinh cho con", "2027-06-01", "birth")


ROWS = {  # who may write in, and agree to: a question of the office, a page of the whole city
    "officer": ("write", ""),
    "leader": ("write approve", ""),
    "other": ("", ""),
    "dispatcher": ("write approve", "write approve"),
}


def test_rights_follow_the_table(town, answered_question, people):
    question = publishing.begin_question(answered_question, by=people["second"])
    page = publishing.begin_change(Answer.objects.get(slug="birth"), by=people["second"], authority=town.desk)
    rows = {
        name: tuple(
            " ".join(r for r in access.ANSWER_VERSIONS if publishing.may_do(people[name], r, version))
            for version in (question, page)
        )
        for name in ROWS
    }
    assert rows == ROWS


def test_question_is_answered_by_pointing_at_a_page(town, people):
    page = factories.answer()
    enquiry = ask("Làm khai sinh ở đâu", language="en")
    with pytest.raises(steps.StepRefused):
        steps.move(enquiry, "refer", by=people["dispatcher"])
    line = steps.move(enquiry, "refer", by=people["dispatcher"], page=page, note="Like this:")
    assert (enquiry.state, enquiry.answer_page, line.note.text.split("\n")[:3]) == (
        "answered", page, ["Like this:", "", "Register a birth"],
    )  # fmt: skip
    assert line.note.text.endswith("/answers/birth/")
    thanks = ask("Cảm ơn phường", "thanks")
    with pytest.raises(steps.StepRefused):
        steps.move(thanks, "refer", by=people["dispatcher"], page=page)


def test_questions_without_a_page_are_counted(town, people):
    factories.answer()
    publishing.write_vocabulary()
    for text in (
        "Đăng ký khai sinh",
        "Gửi xe ngày hội hoa ở đâu",
        "hội hoa gui xe o dau",
        "Mấy giờ đóng cửa công viên",
    ):
        ask(text)
    ask("Gửi xe ngày hội hoa ở đâu", "complaint")
    groups = find_unanswered(access.enquiries_for(people["dispatcher"]))
    assert [(group.number, group.newest.text) for group in groups] == [
        (2, "hội hoa gui xe o dau"), (1, "Mấy giờ đóng cửa công viên"),
    ]  # fmt: skip
    assert find_unanswered(access.enquiries_for(people["officer"])) == []


def test_erased_question_leaves_no_draft(answered_question, people):
    version = publishing.begin_question(answered_question, by=people["officer"])
    retention.erase_enquiries(Enquiry.objects.filter(pk=answered_question.pk))
    version.refresh_from_db()
    assert (version.state, version.content) == ("dropped", {})
