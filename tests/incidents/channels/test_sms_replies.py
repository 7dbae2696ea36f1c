"""Incoming SMS: their meaning, the report they answer, and what follows."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.timezone import now
from hypothesis import given
from hypothesis import strategies as st

from incidents import reporting, workflow
from incidents.channels import sms_replies
from incidents.channels.sms_replies import SmsReply
from incidents.models import Event, Incident, Notice, OptOut, Rating
from tests import factories

PHONE = "+84901234567"
MEANS = {
    "1": (1, ""), " 5 ": (5, ""), "5 sao": (5, ""), "5sao": (5, ""), "5*": (5, ""), "5 ⭐": (5, ""),
    "⭐⭐⭐⭐": (4, ""),
    "***": (3, ""), "5/5": (5, ""), "cho 4 sao": (4, ""), "đánh giá 3": (3, ""), "năm sao": (5, ""),
    "Bốn sao ạ": (4, ""),
    "3 star": (3, ""), "2 điểm": (2, ""), "4 sao, làm nhanh": (4, ""), "đã xong, 5 sao": (5, "DONE"),
    "ok 5 sao": (5, "DONE"), "1 sao, chưa xong": (1, "NOT_DONE"), "chưa xong 1 sao": (1, "NOT_DONE"),
    "ok": (0, "DONE"), "OK!!!": (0, "DONE"), "oke": (0, "DONE"), "okkkkk": (0, "DONE"), "okie ạ": (0, "DONE"),
    "da xong": (0, "DONE"), "Đã xong rồi.": (0, "DONE"), "xong r": (0, "DONE"), "xg rui": (0, "DONE"),
    "dạ xong rồi ạ, em cảm ơn anh": (0, "DONE"), "đúng": (0, "DONE"), "Dung, da xong": (0, "DONE"),
    "dc roi": (0, "DONE"),
    "vâng": (0, "DONE"), "yes": (0, "DONE"), "Có": (0, "DONE"), "hoàn thành": (0, "DONE"),
    "chua": (0, "NOT_DONE"), "Chưa": (0, "NOT_DONE"), "chưa xong": (0, "NOT_DONE"), "CHUA XONG": (0, "NOT_DONE"),
    "chx xog": (0, "NOT_DONE"), "ko": (0, "NOT_DONE"), "khong": (0, "NOT_DONE"), "k xong": (0, "NOT_DONE"),
    "hok": (0, "NOT_DONE"), "vẫn như cũ": (0, "NOT_DONE"), "vẫn còn nước ngập tới gối": (0, "NOT_DONE"),
    "chưa xong, xe máy vẫn sụp hố": (0, "NOT_DONE"), "no": (0, "NOT_DONE"), "not yet": (0, "NOT_DONE"),
    "STOP": (0, "STOP"), "dung gui": (0, "STOP"), "Đừng gửi nữa": (0, "STOP"), "dừng": (0, "STOP"),
    "huỷ": (0, "STOP"), "từ chối": (0, "STOP"), "ko nhận tin": (0, "STOP"), "start": (0, "START"),
    "": (0, ""), "6": (0, ""), "0": (0, ""), "55": (0, ""), "4.5": (0, ""), "1/5": (1, ""), "hẹn 1/5 nhé": (0, ""),
    "cạnh khách sạn 5 sao": (0, ""), "khi nào xong?": (0, ""), "ok nhưng vẫn còn rác": (0, ""), "xong cái gì": (0, ""),
    "chưa biết": (0, ""), "nhà số 12": (0, ""), "......": (0, ""), "😡": (0, ""), "dừng xe không được": (0, ""),
}  # fmt: skip


@pytest.mark.parametrize("text", MEANS)
def test_odd_words_are_understood(text):
    reply = sms_replies.parse_reply(text)
    assert (reply.stars, reply.meaning) == MEANS[text]


@given(st.text(max_size=300))
def test_parsed_reply_is_within_limits_for_any_text(text):
    reply = sms_replies.parse_reply(text)
    assert isinstance(reply, SmsReply)
    assert reply.stars in range(6)
    assert reply.meaning in ("", *sms_replies.MEANINGS)
    assert "\x00" not in reply.words
    assert len(reply.words) <= sms_replies.MAX_TEXT


SAYS_DONE = [text for text, (_stars, meaning) in MEANS.items() if meaning == "DONE"]


@given(st.sampled_from(SAYS_DONE), st.sampled_from(" .!?\n"))
def test_signs_around_it_change_nothing(text, sign):
    assert sms_replies.parse_reply(f"{sign}{text.upper()} {sign}").meaning == "DONE"


# ---- of which report, and what follows ----


@pytest.fixture
def by_sms(settings):
    """Enable SMS."""
    settings.SMS_PROVIDER = "esms"


@pytest.fixture
def report(town):
    return send_report(town)


def send_report(town, **more):
    plain = {"channel": "web", "category": town.hole, "place": factories.IN_OLD, "text": "Deep", "phone": PHONE}
    return reporting.receive(reporting.IncomingReport(**plain | more))


@pytest.fixture
def resolved_report(report, officer):
    workflow.move(report.incident, "accept", by=officer)
    workflow.move(report.incident, "resolve", by=officer, note="Filled")
    return report


def sms(text, number=[0], phone=PHONE, at=None, message_id=None):  # noqa: B006 (counts the messages)
    number[0] += 1
    sms_replies.process_sms(phone, text, (at or now()).isoformat(), message_id or f"fake:{number[0]}")


def last(report):
    event = report.incident.timeline.last()
    return (Incident.objects.get(pk=report.incident_id).state, event.kind, event.note, event.public)


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize(("text", "becomes"), [
    ("ok", ("closed", "confirmed", "", False)),
    ("chua xong dau, van ngap", ("disputed", "disputed", "chua xong dau, van ngap", False)),
    ("ko", ("disputed", "disputed", "ko", False)),
    ("5 sao", ("resolved", "rated", "5/5", False)),
    ("4 sao, nhanh hơn lần trước", ("resolved", "rated", "4/5: 4 sao, nhanh hơn lần trước", False)),
    ("Ai làm vậy?", ("resolved", "note", "Ai làm vậy?", False)),
])  # fmt: skip
def test_an_answer_to_a_result(resolved_report, text, becomes):
    sms(text)
    assert last(resolved_report) == becomes
    assert resolved_report.incident.timeline.last().reasons[0]["en"] == "By SMS."


def test_done_with_stars_is_both(resolved_report):
    sms("đã xong, 5 sao")
    assert Rating.objects.get().stars == 5
    assert last(resolved_report)[:2] == ("closed", "confirmed")


@pytest.mark.parametrize("text", ["Nhà số 12, hẻm bên trái", "ok", "5", "chưa"])
def test_whatever_is_said_to_a_question_is_the_answer(report, officer, text):
    workflow.move(report.incident, "ask", by=officer, note="Which house?")
    sms(text)
    assert last(report) == ("working", "answered", text, False)


def test_the_report_that_was_told_last_is_meant(town, officer, by_sms):
    first, second, third = (send_report(town) for _ in range(3))
    for report in (second, first):
        workflow.move(report.incident, "accept", by=officer)
        workflow.move(report.incident, "resolve", by=officer, note="Filled")
    sms("ok")
    states = [Incident.objects.get(pk=report.incident_id).state for report in (first, second, third)]
    assert states == ["closed", "resolved", "assigned"]


def test_the_same_message_twice_is_one(resolved_report):
    at = now() - timedelta(minutes=1)
    for _ in range(2):
        sms("Còn nữa không?", at=at, message_id="esms:7")
    assert Event.objects.filter(kind="note").count() == 1
    sms("Còn nữa không?", at=at, message_id="esms:8")
    assert Event.objects.filter(kind="note").count() == 2


def test_a_clock_that_goes_wrong_moves_no_deadline_back(report, officer):
    workflow.move(report.incident, "ask", by=officer, note="Which house?")
    due = Incident.objects.get().due_at
    sms("12", at=datetime(2001, 1, 1, tzinfo=UTC))
    assert Incident.objects.get().due_at == due
    assert last(report)[0] == "working"


def test_what_is_no_answer_is_kept_and_answered_once_an_hour(resolved_report, by_sms):
    for text in ("Ai làm vậy?", "Alo?", "6"):
        sms(text)
    assert list(Event.objects.filter(kind="note").values_list("note", flat=True)) == ["Ai làm vậy?", "Alo?", "6"]
    notice = Notice.objects.get(template="reply")
    assert (notice.address, notice.report) == (PHONE, resolved_report)
    assert f"/f/{resolved_report.token}/" in notice.text
    Notice.objects.update(made_at=now() - timedelta(minutes=61))
    sms("Alo??")
    assert Notice.objects.filter(template="reply").count() == 2


def test_a_second_rating_is_told_so(resolved_report, by_sms):
    sms("5")
    sms("1")
    assert Rating.objects.get().stars == 5
    assert "Bạn đã đánh giá" in Notice.objects.get(template="reply").text


def test_words_come_in_when_nothing_waits(report, by_sms):
    sms("Khi nào làm?")
    assert last(report) == ("assigned", "note", "Khi nào làm?", False)
    assert Notice.objects.filter(template="reply").count() == 1


def test_of_a_stranger_nothing_is_kept_and_one_reply_goes_out(town, by_sms):
    for text in ("Xin chào", "Tôi tên An, nhà số 12", "ok"):
        sms(text, phone="+84987654321")
    notice = Notice.objects.get()
    assert (notice.template, notice.address, notice.report, notice.event) == ("stranger", "+84987654321", None, None)
    assert "tên An" not in str(notice.values) + notice.text.replace("Báo", "")
    assert Event.objects.count() == 0


def test_who_says_stop_hears_no_more_until_start(resolved_report, by_sms):
    sms("Đừng gửi nữa")
    assert list(OptOut.objects.values_list("medium", "address")) == [("sms", PHONE)]
    assert last(resolved_report)[0] == "resolved"
    sms("START")
    assert not OptOut.objects.exists()


@pytest.mark.parametrize("phone", ["", "Viettel", "191", "+1", "84" * 30])
def test_what_comes_from_no_phone_is_nothing(town, phone, by_sms):
    sms("ok", phone=phone)
    assert (Event.objects.count(), Notice.objects.count()) == (0, 0)


@pytest.mark.parametrize("phone", ["84901234567", "0901234567", "+84 901 234 567"])
def test_gateways_write_phones_as_they_like(town, resolved_report, settings, phone):
    town.city.holidays = "VN"
    town.city.save()
    sms("ok", phone=phone)
    assert last(resolved_report)[0] == "closed"
