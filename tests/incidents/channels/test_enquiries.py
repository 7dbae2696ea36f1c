"""Enquiries by each channel: without a place, and stored once."""

import hashlib
import json
import re
from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.utils.timezone import localdate, now

from incidents.channels.chat import conversation
from incidents.channels.mail import unread
from incidents.channels.voice import speech
from incidents.enquiries import notices as enquiry_notices
from incidents.enquiries.receiving import IncomingEnquiry, receive_enquiry
from incidents.enquiries.retention import cause_of
from incidents.enquiries.steps import move
from incidents.hotline import calls
from incidents.models import (
    Answer,
    ApiKey,
    Draft,
    Enquiry,
    Idea,
    Incident,
    Membership,
    Notice,
    Report,
    StoredMail,
    WatchedWord,
)
from incidents.notify import deliver_notice
from incidents.seed import information
from tests import factories
from tests.fakes.callbot import PHONE, Callbot
from tests.incidents.channels.chats import USER, buttons
from tests.incidents.channels.mails import ADDRESS, LAN, WHERE, letter, take, work
from tests.incidents.seed.test_information import answer_row, tables

ASKED = "Xin hỏi thủ tục làm khai sinh cho con"
KEY = "swordfish"


@pytest.fixture
def dispatcher(town):
    return factories.person("dispatcher", town.desk, Membership.Role.DISPATCHER)


@pytest.fixture
def key(town):
    return ApiKey.objects.create(name="Portal", sha256=hashlib.sha256(KEY.encode()).hexdigest())


# ---- chats ----


@pytest.mark.parametrize(("text", "button", "kind"), [
    (ASKED, "Câu hỏi", "question"),
    ("Cảm ơn các anh chị đã dọn rác", "Lời cảm ơn", "thanks"),
    ("Cán bộ phường có thái độ hách dịch", "Khiếu nại về cán bộ, đơn vị", "complaint"),
])  # fmt: skip
def test_a_chat_offers_what_the_words_read_like(says, account, text, button, kind):
    [offer] = says(text)
    assert next(iter(buttons(account))) == button
    assert "Ở đâu" not in offer
    [thanks] = says(buttons(account)[button])
    enquiry = Enquiry.objects.get()
    assert enquiry.reference in thanks
    assert (enquiry.kind, enquiry.channel, enquiry.chat, enquiry.text) == (kind, "zalo", USER, text)
    assert not Draft.objects.exists()
    assert not Incident.objects.exists()


PROPOSAL = "Tôi góp ý thành phố nên trồng thêm cây xanh dọc bờ kênh"


def test_an_idea_in_a_chat_leads_to_its_form(says, account, client):
    says(PROPOSAL)
    assert list(buttons(account)) == ["Gửi góp ý", "Việc ngoài đường"]
    [answer] = says(buttons(account)["Gửi góp ý"])
    form = client.get("/ideas/new/" + re.search(r"/ideas/new/(\S+)", answer)[1]).context["form"]
    assert form.initial == {"title": PROPOSAL, "text": PROPOSAL}
    assert (Draft.objects.count(), Enquiry.objects.count(), Idea.objects.count()) == (0, 0, 0)


def test_an_idea_that_nobody_confirms_goes_to_an_office(says, account):
    says(PROPOSAL)
    conversation.send_waiting_enquiries(now() + timedelta(minutes=11))
    assert (Enquiry.objects.get().kind, Idea.objects.count()) == ("question", 0)


def load_answer():
    information.load_information(tables(answer_row(title="Làm khai sinh cho con", words="thủ tục khai sinh")))


@pytest.mark.parametrize(("button", "sent"), [("Đã đúng điều tôi hỏi", 0), ("Câu hỏi", 1)])
def test_a_question_with_a_page_is_answered_in_the_chat(says, account, button, sent):
    load_answer()
    [answer] = says(ASKED)
    assert "Đến phường.\nhttp" in answer
    assert "/answers/lost-card/\n" in answer
    assert "Chưa đúng điều bạn hỏi? Đơn vị sẽ trả lời." in answer
    assert list(buttons(account)) == ["Xem chi tiết", "Câu hỏi", "Đã đúng điều tôi hỏi", "Việc ngoài đường"]
    says(buttons(account)[button])
    assert (Draft.objects.count(), Enquiry.objects.count()) == (0, sent)


def test_a_wish_that_asks_nothing_is_answered_in_the_chat(says, account):
    load_answer()
    [answer] = says("làm khai sinh cho con")
    assert "Đến phường.\nhttp" in answer
    assert "Đã đúng điều tôi hỏi" in buttons(account)


def test_an_english_question_is_answered_in_english(says, account):
    information.load_information(
        tables(answer_row(title="Khai sinh", title_en="Registering a birth", words_en="birth certificate baby"))
    )
    [answer] = says("Where do I get a birth certificate for my baby?")
    assert "Go to the ward.\nhttp" in answer
    assert "/answers/lost-card/\n" in answer
    assert "Not what you asked? An office answers." in answer
    assert "That answers my question" in buttons(account)


def test_a_question_without_a_page_is_asked_as_before(says, account):
    load_answer()
    [answer] = says("Xin hỏi lịch tiêm vắc xin cho bé")
    assert "Chưa đúng điều bạn hỏi?" not in answer


def test_an_expired_page_is_quoted_by_no_chat_box_or_search(says, account, client):
    load_answer()
    days = {name: localdate() - timedelta(days=ago) for name, ago in (("valid_from", 9), ("valid_until", 1))}
    Answer.objects.update(**days)
    [answer] = says(ASKED)
    assert "Chưa đúng điều bạn hỏi?" not in answer
    assert list(buttons(account)) == ["Câu hỏi", "Lời cảm ơn", "Khiếu nại về cán bộ, đơn vị", "Việc ngoài đường"]
    for address in ("/box/", "/box/groups/", "/answers/"):
        page = client.get(address, {"q": ASKED})
        assert (page.status_code, "/answers/lost-card/" in page.text) == (200, False)


def test_the_answer_stands_in_the_chat(says, account, dispatcher):
    says(ASKED)
    says(buttons(account)["Câu hỏi"])
    line = move(Enquiry.objects.get(), "answer", by=dispatcher, note="Mang theo giấy chứng sinh.")
    enquiry_notices.announce_line(line.pk)
    deliver_notice(Notice.objects.get(cause=cause_of(line)).pk)
    assert "Mang theo giấy chứng sinh." in account.inbox[-1][1]["text"]


def test_a_matter_of_the_street_goes_on_as_always(says, account):
    says("Xin hỏi lịch thu gom rác trong hẻm này")
    [where] = says(buttons(account)["Việc ngoài đường"])
    assert "ở đâu" in where.lower()
    assert not Enquiry.objects.exists()


def test_more_words_do_not_make_it_twice(says, account):
    says(ASKED)
    question = buttons(account)["Câu hỏi"]
    says("cháu sinh tháng trước")
    says(question)
    says(question)
    assert Enquiry.objects.get().text == f"{ASKED}\ncháu sinh tháng trước"


@pytest.fixture
def callbot(town, settings, policies, client):
    settings.VOICE_SOURCES, settings.VOICE_SECRETS = {"night": "own"}, {"night": "voice secret"}
    settings.VOICE_TRANSFER = policies.hotline_hours = ""
    settings.SMS_PROVIDER, settings.SMS_KEY, settings.SMS_SECRET = "esms", "key", "secret"
    town.city.holidays = "VN"
    town.city.save()
    return Callbot(client, "night", "voice secret")


def test_a_caller_at_night_hears_the_number(callbot):
    callbot.start()
    assert callbot.says(ASKED)["choices"][0] == {"key": "1", "title": "Câu hỏi"}
    done = callbot.presses("1")
    enquiry = Enquiry.objects.get()
    assert (enquiry.channel, enquiry.phone, enquiry.chat, done["end"]) == ("voice", PHONE, "", True)


def test_a_caller_with_an_idea_hears_its_number(callbot):
    callbot.start()
    callbot.says(PROPOSAL)
    done = callbot.presses("1")
    idea = Idea.objects.get()
    assert (idea.stage, idea.phone, idea.raw_text, Enquiry.objects.count()) == ("held", PHONE, PROPOSAL, 0)
    assert (done["end"], f"Mã số là {speech.spell(str(idea.pk))}." in " ".join(done["say"])) == (True, True)


# ---- e-mail ----


@pytest.fixture
def by_mail(settings, town):
    settings.MAIL_ADDRESS, settings.DEFAULT_FROM_EMAIL = ADDRESS, "Wharf <khong-tra-loi@wharf.example>"


@pytest.mark.usefixtures("by_mail")
def test_a_mail_that_asks_is_answered_with_a_number():
    settled = take(letter(f"{ASKED}.", subject="Hỏi"))
    work()
    enquiry = Enquiry.objects.get()
    assert (settled.state, settled.enquiry, enquiry.email, enquiry.channel) == ("enquiry", enquiry, LAN, "email")
    assert enquiry.sender_id == settled.message_id
    (answer,) = outbox.outbox
    assert enquiry.reference in answer.subject
    assert enquiry.token not in answer.body  # nobody knows yet that the address is theirs


@pytest.mark.usefixtures("by_mail")
def test_a_mail_with_matter_and_place_stays_a_report():
    settled = take(letter(f"Xin hỏi bao giờ lấp ổ gà trên {WHERE}?"))
    assert (settled.state, Enquiry.objects.count(), Report.objects.count()) == ("report", 0, 1)


@pytest.mark.usefixtures("by_mail")
def test_the_same_mail_twice_is_one_enquiry():
    raw = letter(ASKED, number=7)
    assert [take(raw) is None for _n in range(2)] == [False, True]
    assert Enquiry.objects.count() == 1


@pytest.mark.usefixtures("by_mail")
def test_watched_words_of_a_mail_are_looked_at():
    WatchedWord.watch("khai sinh")
    take(letter(ASKED))
    assert (Enquiry.objects.get().state, Notice.objects.get().template) == ("held", "mail_held")


def test_an_operator_makes_an_enquiry_of_a_mail(client, operator):
    mail = factories.waiting_mail()
    client.force_login(operator)
    assert client.post(f"/mails/{mail.pk}/enquiry/", {"kind": "praise"}).status_code == 400
    assert client.post(f"/mails/{mail.pk}/enquiry/", {"kind": "question"}).status_code == 302
    enquiry, settled = Enquiry.objects.get(), StoredMail.objects.get()
    assert (enquiry.email, settled.state, settled.enquiry) == ("lan@example.org", "settled", enquiry)
    with pytest.raises(unread.SettledByAnother):
        unread.make_enquiry(mail, kind="question", by=operator)


# ---- the hotline ----


def test_an_operator_takes_down_a_question(client, operator):
    call = calls.begin_call(by=operator, phone="+84901234567", rang=True)
    client.force_login(operator)
    path, sent = f"/operator/calls/{call.pk}/enquiry/", {"kind": "complaint", "text": "Cán bộ hách sách", "saw": 0}
    assert [client.post(path, sent).status_code for _n in range(2)] == [303, 303]
    enquiry = Enquiry.objects.get()
    assert (enquiry.kind, enquiry.phone, enquiry.channel, enquiry.text) == (
        "complaint",
        "+84901234567",
        "phone",
        "Cán bộ hách sách",
    )
    assert enquiry.phone_confirmed_at is not None
    call.refresh_from_db()
    assert (call.outcome, call.enquiry) == ("enquiry", enquiry)
    assert enquiry.reference in client.get(f"/operator/calls/{call.pk}/").text


def test_an_operator_tells_how_one_stands_by_its_number(client, operator):
    enquiry = receive_enquiry(IncomingEnquiry("web", "complaint", "Bí mật của tôi"))
    client.force_login(operator)
    page = client.post("/operator/find/", {"q": enquiry.reference.lower()}).text
    assert (enquiry.reference in page, "Bí mật" in page) == (True, False)
    assert client.get(f"/enquiries/{enquiry.reference}/").status_code == 404


def test_an_empty_call_is_no_enquiry(client, operator):
    call = calls.begin_call(by=operator)
    client.force_login(operator)
    answer = client.post(f"/operator/calls/{call.pk}/enquiry/", {"kind": "question", "text": "", "saw": 0})
    assert (answer.status_code, Enquiry.objects.count()) == (400, 0)


# ---- other systems ----

BASE = "/open311/v2/"


def test_services_without_a_place_say_so(client, town):
    services = {service["service_code"]: service for service in client.get(BASE + "services.json").json()}
    assert [services[kind]["keywords"] for kind in Enquiry.Kind.values] == ["private"] * 3
    (note,) = client.get(BASE + "services/question.json").json()["attributes"]
    assert (note["variable"], note["required"], "lat, long" in note["description"]) == (False, False, True)


def test_another_system_asks_without_a_place(client, key):
    sent = {"api_key": KEY, "service_code": "question", "description": ASKED, "client_request_id": "A-1",
            "phone": "nobody", "lat": "50.005", "long": "10.005"}  # fmt: skip
    answers = [client.post(BASE + "requests.json", sent).json()[0] for _n in range(2)]
    enquiry = Enquiry.objects.get()
    assert [answer["service_request_id"] for answer in answers] == [enquiry.reference] * 2
    assert (enquiry.key, enquiry.sender_id, enquiry.phone, enquiry.channel) == (key, "A-1", "", "open311")
    assert "lat, long" in answers[0]["service_notice"]
    assert client.get(f"{BASE}requests/{enquiry.reference}.json").status_code == 404
    assert client.get(BASE + "requests.json").json() == []


@pytest.mark.parametrize(("base", "sent", "status"), [
    (BASE, {"description": ""}, 400),
    (BASE, {"api_key": "wrong"}, 403),
    ("/open311/test/v2/", {}, 200),
])  # fmt: skip
def test_what_is_wrong_or_only_tried_keeps_nothing(client, key, base, sent, status):
    fields = {"api_key": KEY, "service_code": "thanks", "description": "Cảm ơn"} | sent
    assert client.post(base + "requests.json", fields).status_code == status
    assert not Enquiry.objects.exists()


def test_a_document_asks_and_is_told_the_answer(client, key, dispatcher):
    headers = {"Authorization": f"Bearer {KEY}", "Accept-Language": "vi"}

    def post(**changed):
        document = {"id": "G22-1", "category": "question", "text": ASKED, "email": "an@example.org"} | changed
        return client.post("/api/reports/", json.dumps(document), content_type="application/json", headers=headers)

    assert [post().status_code for _n in range(2)] == [201, 200]
    enquiry = Enquiry.objects.get()
    assert (enquiry.channel, enquiry.email, enquiry.sender_id) == ("api", "an@example.org", "G22-1")
    move(enquiry, "answer", by=dispatcher, note="Mang theo giấy chứng sinh.")
    answer = client.get("/api/reports/G22-1/", headers=headers).json()
    assert (answer["reference"], answer["state"]) == (enquiry.reference, "answered")
    assert [entry["text"] for entry in answer["answers"]] == ["Mang theo giấy chứng sinh."]
    faulty = post(id="", text="", mood="good")
    assert faulty.status_code == 400
    assert {entry["field"] for entry in faulty.json()["errors"]} == {"id", "text", "mood"}
