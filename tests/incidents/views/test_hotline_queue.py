"""Test the hotline besides calls: look-ups, complaints, colleagues, chats that ask for a person, call-backs."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.gis.geos import Point
from django.utils.timezone import now

from gis_data.models import Landmark
from incidents import reporting, workflow
from incidents.channels.chat import conversation, persons
from incidents.channels.chat import draft as drafts
from incidents.channels.chat.media import read_picture
from incidents.channels.voice import callbacks
from incidents.hotline import calls, chats
from incidents.models import (
    Call,
    CallBack,
    ChatEvent,
    Correspondent,
    Draft,
    Enquiry,
    Event,
    Membership,
    Notice,
    PersonalDataView,
    Report,
)
from incidents.notify import announce_event
from incidents.templatetags import hotline_words
from incidents.templatetags.incident_words import time_element
from incidents.understanding import understand
from tests import factories

pytestmark = pytest.mark.django_db
PHONE = "+84903123018"


@pytest.fixture
def desk(town, client, operator):
    town.city.holidays = "VN"
    town.city.save()
    Landmark.objects.create(
        city=town.city, name="Chợ Cá", search="cho ca", point=Point(10.0055, 50.0052, srid=4326), kind="market"
    )
    client.force_login(operator)
    return client


@pytest.fixture
def colleague(town):
    return factories.person("colleague", town.desk, Membership.Role.OPERATOR)


def looks():
    return list(PersonalDataView.objects.order_by("pk").values_list("how", "by__username"))


@pytest.mark.parametrize("words", ["{reference}", "0903 123 018", "Harbour Road hố", "chợ cá", "mã {reference} ạ"])
def test_report_is_found_by_reference_number_words_and_place(town, desk, words):
    incident = factories.incident(town.hole, Point(10.0056, 50.0052, srid=4326), text="Hố sâu", phone=PHONE)
    factories.incident(town.waste, Point(10.0156, 50.0082, srid=4326), text="Rác")
    page = desk.post("/operator/find/", {"q": words.format(reference=incident.reference)})
    assert [matter.incident for matter in page.context["matters"]] == [incident]
    assert "UBND Old Wharf" in page.content.decode()
    assert looks() == ([("lookup", "operator")] if "0903" in words else [])


@pytest.mark.parametrize("words", ["", "0999 999 999", "9999-99999", "không có gì", "😀", "x" * 5000])
def test_nothing_is_found_without_a_fault(town, desk, words):
    page = desk.post("/operator/find/", {"q": words, "call": "no"})
    assert (page.status_code, page.context.get("matters", [])) == (200, [])


def test_caller_is_told_how_it_stands(town, desk, operator):
    incident = factories.incident(town.hole, phone=PHONE)
    workflow.move(incident, "accept", note="Đội sửa đường đến sáng mai")
    call = calls.begin_call(by=operator, phone=PHONE)
    page = desk.get(f"/operator/calls/{call.pk}/").content.decode()
    assert "Đội sửa đường đến sáng mai" in page
    assert desk.post(f"/operator/calls/{call.pk}/told/", {"reference": "no"}).status_code == 404
    desk.post(f"/operator/calls/{call.pk}/told/", {"reference": incident.reference})
    call.refresh_from_db()
    assert (call.outcome, call.incident) == ("told", incident)
    assert desk.post(f"/operator/calls/{call.pk}/told/", {"reference": incident.reference}).status_code == 409


def test_complaint_about_a_result_comes_before_a_dispatcher(town, desk, operator):
    incident, other = factories.incident(town.hole, phone=PHONE), factories.incident(town.waste)
    for disputed in (incident, other):
        workflow.move(disputed, "resolve", note="Xong")
    call = calls.begin_call(by=operator, phone=PHONE)
    at, about = f"/operator/calls/{call.pk}/complaint/", {"reference": incident.reference}
    assert at in desk.get(f"/operator/calls/{call.pk}/").content.decode()
    assert desk.post(at, about).status_code == 400  # without words
    assert desk.post(at, {"reference": other.reference, "words": "Còn"}).status_code == 409  # another's
    assert desk.post(at, about | {"words": "Vẫn còn hố"}).status_code == 302
    incident.refresh_from_db()
    line = incident.timeline.last()
    assert (incident.state, line.kind, line.note) == ("disputed", "disputed", "Vẫn còn hố")
    assert line.reasons == [{"vi": "Qua điện thoại, do tổng đài ghi.", "en": "By telephone, recorded by the hotline."}]
    assert Call.objects.get().outcome == "complaint"


def test_what_is_open_cannot_be_complained_of(town, desk, operator):
    incident = factories.incident(town.hole, phone=PHONE)
    call = calls.begin_call(by=operator, phone=PHONE)
    sent = {"reference": incident.reference, "words": "Chưa làm"}
    assert desk.post(f"/operator/calls/{call.pk}/complaint/", sent).status_code == 409
    assert Call.objects.get().is_open


def test_call_is_handed_to_a_colleague(town, desk, operator, colleague, officer):
    factories.incident(town.hole, phone=PHONE)
    call = calls.begin_call(by=operator, phone=PHONE, rang=True)
    at = f"/operator/calls/{call.pk}/hand-over/"
    for to in ("", "x", officer.pk, operator.pk):
        assert desk.post(at, {"to": to}).status_code == 400
    assert desk.post(at, {"to": colleague.pk, "note": "Hỏi giờ"})["Location"] == "/operator/"
    call.refresh_from_db()
    assert (call.operator, call.handed_by, call.handed_note, call.saves) == (colleague, operator, "Hỏi giờ", 1)
    assert desk.get(f"/operator/calls/{call.pk}/").status_code == 404
    assert looks() == [("call", "operator"), ("call", "colleague")]
    desk.force_login(colleague)
    home = desk.get("/operator/").content.decode()
    assert "Hỏi giờ" in home
    assert [str(time_element(moment)) in home for moment in (call.handed_at, call.saved_at)] == [True, True]
    assert str(time_element(call.handed_at)) in desk.get(f"/operator/calls/{call.pk}/").content.decode()


@pytest.fixture
def chat(town):
    writer = Correspondent.objects.create(user="webchat:k3")
    persons.ask_for_person(writer)
    return writer


def test_chat_is_answered_in_its_thread(town, desk, operator, chat):
    at = f"/operator/chats/{chat.pk}/"
    assert f'href="{at}"' in desk.get("/operator/messages/").content.decode()
    sending = uuid.uuid4()
    desk.post(f"{at}take/")
    for _twice in "12":
        desk.post(f"{at}answer/", {"text": "Dạ, số nhà mấy ạ?", "sending": sending})
    notice = Notice.objects.get()
    assert (notice.text, notice.written_by, notice.address) == ("Dạ, số nhà mấy ạ?", operator, "webchat:k3")
    lines = desk.get(f"{at}lines/")
    assert "Dạ, số nhà mấy ạ?" in lines.content.decode()
    assert desk.get(f"{at}lines/", headers={"If-None-Match": lines["ETag"]}).status_code == 304
    desk.post(f"{at}give-back/")
    chat.refresh_from_db()
    assert (chat.asked_at, chat.answered_by) == (None, None)
    assert desk.get(at).status_code == 404


def test_who_answers_a_chat_sees_what_was_understood(town, desk, operator, chat):
    draft = conversation.create_draft(chat)
    conversation.begin_draft(draft, "Có ổ gà ở phường Old Wharf", understand("Có ổ gà ở phường Old Wharf"))
    at = f"/operator/chats/{chat.pk}/"
    assert 'id="understood"' not in desk.get(at).content.decode()
    persons.take_chat(chat, by=operator)
    page = desk.get(at).content.decode()
    shown = page[page.index('id="understood"') : page.index("</dl>")]
    assert [words in shown for words in ("Có ổ gà ở phường Old Wharf", "Ổ gà", "Phường Old Wharf")] == [True] * 3


@pytest.fixture
def chat_with_words(chat):
    """A chat in English that said what and where, with a photo, and more since a person was asked for."""
    Correspondent.objects.filter(pk=chat.pk).update(language="en")
    draft = conversation.create_draft(chat)
    words = "There is a deep pothole in phường Old Wharf"
    conversation.begin_draft(draft, words, understand("Có ổ gà ở phường Old Wharf"))
    drafts.set_fields(draft, text=words)
    drafts.add_photos(draft, [read_picture(factories.jpeg())])
    draft.save()
    ChatEvent.objects.create(event_id="1", user=chat.user, words="In front of the school", at=now())
    chat.refresh_from_db()
    return chat


def test_operator_goes_on_from_a_chat(town, desk, operator, chat_with_words):
    """One press fills the form; one report of the correspondent, its number goes to the chat in their language."""
    at = f"/operator/chats/{chat_with_words.pk}/go-on/"
    page = desk.post(at)["Location"]
    call = Call.objects.get()
    assert (page, desk.post(at)["Location"]) == (f"/operator/calls/{call.pk}/", page)
    form = desk.get(page).content.decode()
    shown = (
        "There is a deep pothole in phường Old Wharf\nIn front of the school",
        'id="photos"',
        f'href="/operator/chats/{chat_with_words.pk}/"',
    )
    assert [words in form for words in shown] == [True] * 3
    assert (call.category, call.spot.split(",")[-1], call.language) == (town.hole, town.old.code, "en")
    form_data = {"saw": call.saves, "act": "new", "text": call.text, "category": town.hole.code, "spot": call.spot}
    for _twice in "12":
        assert desk.post(f"{page}report/", form_data).status_code == 303
    report = Report.objects.get()
    assert (report.channel, report.chat, report.language) == (
        "webchat",
        chat_with_words.user,
        "en",
    )
    assert (report.incident.area, report.photos.count(), Draft.objects.count()) == (town.old, 1, 0)
    for event in Event.objects.order_by("pk"):
        announce_event(event.pk)
    letters = Notice.objects.filter(address=chat_with_words.user)
    assert [(report.incident.reference in letter.text, letter.language) for letter in letters] == [(True, "en")]
    assert "Người gửi nhận mã số" in desk.get(page).content.decode()


def test_chat_that_sent_its_draft_meanwhile_is_one_report(town, desk, operator, chat_with_words):
    call = chats.continue_chat(chat_with_words, by=operator)
    sent = reporting.receive(drafts.report_from_draft(chat_with_words.draft))
    assert (calls.report_call(call, by=operator), Report.objects.count()) == (sent, 1)


def test_question_of_a_chat_is_numbered_there(town, desk, operator, chat_with_words):
    call = chats.continue_chat(chat_with_words, by=operator)
    desk.post(f"/operator/calls/{call.pk}/enquiry/", {"saw": call.saves, "text": call.text, "kind": "question"})
    enquiry, notice = Enquiry.objects.get(), Notice.objects.get(address=chat_with_words.user)
    assert (enquiry.chat, enquiry.channel, enquiry.language) == (chat_with_words.user, "webchat", "en")
    assert notice.text.startswith(f"Thank you. Its number is {enquiry.reference}")


def test_second_operator_is_refused_in_a_chat(town, desk, colleague, chat_with_words):
    call = chats.continue_chat(chat_with_words, by=colleague)
    answer = desk.post(f"/operator/chats/{chat_with_words.pk}/go-on/")
    assert (answer.status_code, Call.objects.get()) == (409, call)
    assert "Đồng nghiệp" in answer.content.decode()


def test_reports_of_a_chat_are_shown_with_a_trace(town, desk, chat_with_words):
    factories.incident(town.waste, chat=chat_with_words.user)
    desk.post(f"/operator/chats/{chat_with_words.pk}/go-on/")
    assert ("chat", "operator") in looks()


def test_queue_shows_what_each_writer_said_last(town, desk, chat):
    other = Correspondent.objects.create(user="zalo:1")
    persons.ask_for_person(other)
    for number, (user, words) in enumerate([("webchat:k3", "Ngập"), ("webchat:k3", "Tới sân"), ("zalo:1", "")]):
        at = now() + timedelta(seconds=number)
        ChatEvent.objects.create(event_id=str(number), user=user, words=words, at=at)
    chats = [chat, other]
    persons.attach_last_words(chats)
    assert [chat_row.last_words for chat_row in chats] == ["Tới sân", ""]
    assert "Tới sân" in desk.get("/operator/messages/").content.decode()


def test_bar_counts_who_waits(town, desk, operator, chat):
    factories.waiting_mail()
    callbacks.ask_for_callback("person", phone=PHONE)
    assert hotline_words.people_waiting() == {"messages": 2, "mails": 1}
    persons.take_chat(chat, by=operator)
    assert hotline_words.people_waiting() == {"messages": 1, "mails": 1}


def test_only_one_answers_in_a_chat(town, desk, colleague, chat):
    persons.take_chat(chat, by=colleague)
    at = f"/operator/chats/{chat.pk}/"
    sent = {"text": "x", "sending": uuid.uuid4()}
    codes = [desk.post(f"{at}{step}/", sent).status_code for step in ("take", "answer", "give-back")]
    assert codes == [409, 409, 409]
    assert not Notice.objects.exists()


@pytest.mark.parametrize("sent", [{}, {"text": " "}, {"text": "x" * 2001}, {"text": "x", "sending": "no"}])
def test_answer_that_cannot_be_sent_is_said(town, desk, operator, chat, sent):
    persons.take_chat(chat, by=operator)
    answer = desk.post(f"/operator/chats/{chat.pk}/answer/", {"sending": uuid.uuid4()} | sent)
    assert (answer.status_code, Notice.objects.count()) == (400, 0)


def test_reports_of_a_chat_are_shown_to_who_answers(town, desk, chat):
    incident = factories.incident(town.hole, chat="webchat:k3")
    at = f"/operator/chats/{chat.pk}/"
    assert incident.reference not in desk.get(at).content.decode()
    desk.post(f"{at}take/")
    assert incident.reference in desk.get(at).content.decode()
    assert looks() == [("chat", "operator"), ("call", "operator")]  # its words, and what was reported


def test_call_back_is_taken_called_and_finished_by_its_report(town, desk, operator, colleague):
    waiting = callbacks.ask_for_callback("unclear", phone="0903123018", words="Ổ gà trước chợ Cá")
    assert "0903 ••• 018" in desk.get("/operator/messages/").content.decode()
    answer = desk.post("/operator/messages/call-next/")
    call = Call.objects.get()
    assert answer["Location"] == desk.post(f"/operator/call-backs/{waiting.pk}/")["Location"]
    assert (call.phone, call.text, call.call_back) == (PHONE, "Ổ gà trước chợ Cá", waiting)
    assert f'href="tel:{PHONE}"' in desk.get(answer["Location"]).content.decode()
    assert looks() == [("back", "operator")]
    desk.force_login(colleague)
    assert desk.post(f"/operator/call-backs/{waiting.pk}/").status_code == 409
    report = calls.report_call(call, by=operator)
    waiting.refresh_from_db()
    assert (waiting.outcome, waiting.report, waiting.done_by) == ("reported", report, operator)
    assert desk.post(f"/operator/call-backs/{waiting.pk}/").status_code == 409
    assert desk.post("/operator/messages/call-next/").status_code == 409  # nobody waits any more


def test_who_does_not_answer_is_called_again(town, desk, operator):
    waiting = callbacks.ask_for_callback("cut", phone="0903123018")
    desk.post(f"/operator/call-backs/{waiting.pk}/")
    desk.post(f"/operator/calls/{Call.objects.get().pk}/unreached/")
    waiting.refresh_from_db()
    assert (waiting.tries, waiting.taken_by, waiting.done_at) == (1, None, None)
    assert [call_back.pk for call_back in CallBack.objects.waiting().free()] == [waiting.pk]
    assert not Call.objects.get().is_open


def test_call_that_told_something_finishes_the_call_back(town, desk, operator):
    incident = factories.incident(town.hole)
    waiting = callbacks.ask_for_callback("person", phone="0903123018")
    call = calls.call_back(waiting, by=operator)
    calls.end_call(call, Call.Outcome.TOLD, by=operator, incident=incident)
    waiting.refresh_from_db()
    assert (waiting.outcome, waiting.incident) == ("answered", incident)


def test_others_find_none_of_these_pages(town, desk, officer, chat):
    desk.force_login(officer)
    gets = [
        "/operator/find/",
        "/operator/messages/",
        f"/operator/chats/{chat.pk}/",
        f"/operator/chats/{chat.pk}/lines/",
    ]
    posts = ["/operator/find/", f"/operator/chats/{chat.pk}/take/", "/operator/messages/call-next/"]
    assert {desk.get(address).status_code for address in gets} | {
        desk.post(address).status_code for address in posts
    } == {404}
