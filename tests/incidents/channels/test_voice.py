"""Telephone dialogue: questions, words and keys, and call-backs."""

import pytest
from django.utils.timezone import now

from incidents.channels.voice import calls, dialogue, speech
from incidents.data_requests import requests as data_requests
from incidents.models import (
    CallBack,
    ChatEvent,
    Correspondent,
    Draft,
    HeldReport,
    Notice,
    Report,
    VoiceCall,
    VoiceTurn,
    WatchedWord,
)
from tests import factories
from tests.fakes.callbot import PHONE, Callbot


@pytest.fixture
def callbot(town, settings, policies, client):
    """The city's telephone system; the town's phones begin with +84."""
    settings.VOICE_SOURCES, settings.VOICE_SECRETS = {"night": "own"}, {"night": "voice secret"}
    settings.VOICE_TRANSFER = policies.hotline_hours = ""
    settings.SMS_PROVIDER, settings.SMS_KEY, settings.SMS_SECRET = "esms", "key", "secret"
    town.city.holidays = "VN"
    town.city.emergency = [{"number": "113", "what": "Công an", "what_en": "Police"}]
    town.city.save()
    return Callbot(client, "night", "voice secret")


def texts(answer):
    return " ".join(answer["say"])


def test_a_call_becomes_a_report_with_its_place_in_words(callbot):
    """Words, place and yes: the kind is not asked for, the reference is spelt, and an SMS goes to the caller."""
    hello = callbot.start()
    assert "được ghi âm" in texts(hello)
    assert "Bấm số 0 để gặp tổng đài viên." in hello["say"]
    assert (hello["record"], hello["end"]) == (False, False)
    where = callbot.says("Có ổ gà rất sâu")
    assert "Ở đâu" in texts(where) or "ở đâu" in texts(where)
    assert where["record"] is True
    assert "Harbour Road" in callbot.says("Harbour Road")["choices"][0]["title"]
    check = callbot.presses("1")
    assert [words in texts(check) for words in ("Ổ gà", "Harbour Road")] == [True, True]
    done = callbot.presses("1")
    report = Report.objects.get()
    assert (report.channel, report.phone, report.chat, report.text) == ("voice", PHONE, "", "Có ổ gà rất sâu")
    assert report.phone_confirmed_at is not None
    assert (done["end"], done["case_code"]) == (True, report.incident.reference)
    assert speech.spell(report.incident.reference) in texts(done)
    assert "5 6 7" in texts(done)
    assert callbot.hangs_up()["case_code"] == report.incident.reference
    assert (CallBack.objects.count(), Correspondent.objects.count(), Draft.objects.count()) == (0, 0, 0)


def test_a_call_without_sms_leaves_no_number(callbot):
    callbot.start()
    callbot.says("Có ổ gà rất sâu")
    check = callbot.says("Phường Old Wharf")
    key = next(choice["key"] for choice in check["choices"] if "tin nhắn" in choice["title"])
    callbot.presses(key)
    callbot.presses("1")
    assert Report.objects.get().phone == ""


def test_a_caller_speaks_english(callbot):
    callbot.start()
    assert texts(callbot.presses("*")).startswith("What is the problem?")
    callbot.says("A pothole, knee deep")
    callbot.says("Old Wharf")
    done = callbot.presses("1")
    assert "Your report has been recorded" in texts(done)
    assert Report.objects.get().language == "en"


@pytest.mark.parametrize("words", ["", "😀😀🔥", "…", "   "])
def test_who_says_nothing_is_asked_once_more_and_called_back(callbot, words):
    callbot.start()
    again = callbot.says(words)
    assert (again["say"][0], again["end"]) == ("Không nghe thấy gì.", False)
    last = callbot.says(words)
    call = CallBack.objects.get()
    assert (last["end"], call.reason, call.phone, call.words) == (True, "silent", PHONE, "")
    callbot.hangs_up("no_input")
    assert CallBack.objects.count() == 1


def test_who_hides_the_number_and_says_nothing(callbot):
    callbot.start(phone="anonymous")
    callbot.says("")
    last = callbot.says("")
    assert ("gọi lại sau" in texts(last), CallBack.objects.get().phone) == (True, "")


def test_what_is_not_understood_twice_is_for_a_person(callbot):
    callbot.start()
    again = callbot.says("Có ô cà", confidence=0.1)
    assert (again["say"][0], again["end"]) == ("Xin lỗi, hệ thống chưa nghe rõ.", False)
    last = callbot.says("rất xâu", confidence=0.1)
    call = CallBack.objects.get()
    assert (last["end"], call.reason, call.words) == (True, "unclear", "Có ô cà\nrất xâu")
    assert Report.objects.count() == 0


def test_what_is_understood_between_forgives(callbot):
    callbot.start()
    callbot.says("mmm", confidence=0.1)
    callbot.says("Có ổ gà rất sâu")
    assert callbot.says("mmm", confidence=0.1)["end"] is False


def test_a_place_that_nobody_knows_twice_is_for_a_person(callbot):
    callbot.start()
    callbot.says("Có ổ gà rất sâu")
    assert "Chúng tôi không tìm thấy nơi này" in texts(callbot.says("Xyzzy Plugh"))
    assert callbot.says("Frobozz Gnusto")["end"] is True
    assert CallBack.objects.get().words == "Có ổ gà rất sâu\nXyzzy Plugh\nFrobozz Gnusto"


@pytest.mark.parametrize("confidence", [0.99, 0.1])
def test_danger_is_told_whom_to_call_before_anything_else(callbot, confidence):
    callbot.start()
    sentences = callbot.says("Cháy nhà, có người mắc kẹt", confidence=confidence)["say"]
    assert "1 1 3" in sentences[0]
    callbot.hangs_up()
    call = CallBack.objects.get()
    assert (call.urgent, call.reason) == (True, "cut")


def test_a_key_that_is_not_offered_is_said(callbot):
    callbot.start()
    callbot.says("Có ổ gà rất sâu")
    assert callbot.presses("7")["say"][0] == "Phím này không có lựa chọn."
    assert callbot.says("Phường Old Wharf")["choices"] != []


def test_hash_asks_once_more(callbot):
    hello = callbot.start()
    assert texts(callbot.presses("#")) == hello["say"][-1]


@pytest.mark.parametrize("asks", [{"keys": "0"}, {"words": "gặp tổng đài viên"}, {"words": "Xóa dữ liệu của tôi"}])
def test_a_person_calls_back_at_night(callbot, asks):
    callbot.start()
    last = callbot.presses(asks["keys"]) if "keys" in asks else callbot.says(asks["words"])
    assert (last["end"], last["transfer"], CallBack.objects.get().reason) == (True, None, "person")


def test_a_person_is_there_by_day(callbot, settings, moment):
    settings.VOICE_TRANSFER = "+842838291022"
    callbot.start()
    last = callbot.presses("0")
    assert (last["transfer"], last["end"]) == ("+842838291022", False)
    callbot.hangs_up("transferred")
    assert CallBack.objects.count() == 0


@pytest.mark.parametrize(
    ("staffed", "is_there"),
    [("", True), ("Mon-Sun 00:00-23:59", True), ("Sun 03:00-03:01", False)],
)
def test_by_the_hours_of_the_hotline(policies, staffed, is_there, moment):
    policies.hotline_hours = staffed
    assert dialogue.is_staffed(moment) is is_there


def test_a_cut_line_leaves_a_call_back(callbot):
    callbot.start()
    callbot.says("Nước ngập tới sân")
    callbot.hangs_up("error")
    call = CallBack.objects.get()
    assert (call.reason, call.words) == ("cut", "Nước ngập tới sân")


def test_who_hangs_up_at_the_last_question_has_reported(callbot):
    callbot.start()
    callbot.says("Có ổ gà rất sâu")
    callbot.says("Phường Old Wharf")
    answer = callbot.hangs_up()
    assert (answer["case_code"], CallBack.objects.count()) == (Report.objects.get().incident.reference, 0)


def test_a_wrong_number_leaves_nothing(callbot):
    callbot.start()
    callbot.hangs_up()
    assert (CallBack.objects.count(), Report.objects.count()) == (0, 0)


SLOTS = {
    "description": {"value": "Ổ gà sâu", "confidence": 0.9},
    "address_text": {"value": "Harbour Road", "confidence": 0.9, "confirmed_by_caller": True},
    "ward_text": "Phường Old Wharf",
    "category_hint": "ST.1",
    "wants_sms": True,
}


def test_a_machine_that_understood_all_makes_a_report_at_the_end(callbot):
    answer = callbot.hangs_up("completed", slots=SLOTS)
    report = Report.objects.get()
    assert (answer["case_code"], report.text, report.incident.category.code) == (
        report.incident.reference, "Ổ gà sâu", "ST.1",
    )  # fmt: skip
    assert report.phone == PHONE


@pytest.mark.parametrize(
    "wrong",
    [
        {"address_text": {"value": "Harbour Road", "confidence": 0.3}, "ward_text": ""},
        {"address_text": "Xyzzy", "ward_text": ""},
        {"description": ""},
    ],
)
def test_what_the_machine_is_not_sure_of_is_for_a_person(callbot, wrong):
    callbot.hangs_up("completed", slots=SLOTS | wrong)
    assert (Report.objects.count(), CallBack.objects.get().reason) == (0, "unclear")


def test_a_transcript_an_hour_late_goes_with_the_call_back(callbot):
    callbot.start()
    callbot.says("", confidence=None)
    callbot.says("", confidence=None)
    callbot.hangs_up("no_input")
    callbot.send("call.transcribed", transcript=[{"speaker": "caller", "text": "Đèn đường tắt", "confidence": 0.4}])
    assert CallBack.objects.get().words == "Đèn đường tắt"


def test_a_call_that_the_system_lost_is_settled(callbot):
    callbot.start()
    callbot.says("Nước ngập tới sân")
    assert calls.settle_lost_calls(now()) == 0
    assert calls.settle_lost_calls(now() + calls.SILENT_FOR * 2) == 1
    assert (CallBack.objects.get().reason, Correspondent.objects.count()) == ("cut", 0)
    assert calls.settle_lost_calls(now() + calls.SILENT_FOR * 2) == 0


def test_a_failing_dialogue_lets_a_person_call_back(callbot, monkeypatch):
    callbot.start()
    with monkeypatch.context() as broken:
        broken.setattr("incidents.channels.chat.conversation.answer_message", None)
        last = callbot.says("Có ổ gà rất sâu", event_id="same")
    call = CallBack.objects.get()
    assert (last["end"], call.reason, call.words) == (True, "fault", "Có ổ gà rất sâu")
    assert callbot.says("Có ổ gà rất sâu", event_id="same") == last


def test_a_flood_of_words_ends_with_a_person(callbot, monkeypatch):
    monkeypatch.setattr(dialogue, "MAX_TURNS", 3)
    callbot.start()
    callbot.says("Có ổ gà rất sâu")
    callbot.says("Phường Old Wharf")
    assert callbot.says("Thêm nữa")["end"] is True


def test_a_held_report_has_no_number_yet(callbot, town):
    WatchedWord.watch("ổ gà")
    callbot.start()
    callbot.says("Có ổ gà rất sâu")
    callbot.says("Phường Old Wharf")
    last = callbot.presses("1")
    assert (HeldReport.objects.get().channel, last["case_code"], last["end"]) == ("voice", None, True)


def test_calls_are_forgotten(callbot):
    callbot.start()
    callbot.says("Nước ngập")
    assert VoiceTurn.objects.count() == 2
    assert (ChatEvent.objects.count(), Notice.objects.count()) == (0, 0)
    data_requests.delete_old_chats(now() + data_requests.KEEP_CHAT * 2)
    assert (VoiceCall.objects.count(), VoiceTurn.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Mã: 2611-40902.\nhttps://x.example/f/abc", ("Mã: 2 6 1 1, 4 0 9 0 2.",)),
        ("- Ổ gà\n- +84901234567\n\n😀", ("Ổ gà.", "8 4 9 0 1 2 3 4 5 6 7.")),
        ("Số 312/15, ngày 28/11/2026?", ("Số 312/15, ngày 28/11/2026?",)),
        ("", ()),
    ],
)
def test_written_words_as_they_are_spoken(written, spoken):
    assert speech.sentences_of(written) == spoken


def test_at_most_eight_choices_are_read_out(db):
    keys, sentences = speech.offer_choices(tuple([f"#kind {n}", f"Loại {n}"] for n in range(12)))
    assert ([key for key, _title in keys], len(sentences)) == ([str(n) for n in range(1, 9)], 9)


def test_callers_hear_of_an_emergency_first(callbot, town):
    emergency = factories.emergency(factories.superuser(), advice="Lên chỗ cao.")
    hello = callbot.start()["say"]
    (announced,) = (sentence for sentence in hello if emergency.title in sentence)
    assert hello.index(announced) < hello.index("Bấm số 0 để gặp tổng đài viên.")
    assert ["Lên chỗ cao." in announced, "1 1 3 Công an" in announced] == [True, True]


def test_an_urgent_kind_is_told_whom_to_call(callbot, town):
    callbot.start()
    callbot.says("Rò rỉ nước")
    assert "1 1 3" in texts(callbot.says("Phường Old Wharf"))


def test_only_what_is_missing_is_asked(callbot):
    callbot.start()
    check = callbot.says("Có ổ gà rất sâu ở phường Old Wharf")
    assert [words in texts(check) for words in ("Ổ gà", "Phường Old Wharf")] == [True, True]
    callbot.presses("1")
    assert Report.objects.get().text == "Có ổ gà rất sâu ở phường Old Wharf"


def test_kind_that_is_not_plain_is_asked(callbot):
    callbot.start()
    callbot.says("Chỗ này hư rồi")
    callbot.says("Phường Old Wharf")
    assert Draft.objects.get().step == "kind"


def test_one_near_by_is_joined_by_a_key(callbot, town):
    near_incident = factories.incident(town.hole)
    callbot.start()
    callbot.says("Có ổ gà rất sâu")
    near = callbot.says("Harbour Road, Phường Old Wharf")
    assert [choice["title"] for choice in near["choices"]] == ["Ổ gà, 11 m", "Không, việc khác"]
    assert near_incident.reference not in callbot.presses("1")["say"]
    assert callbot.presses("1")["case_code"] == near_incident.reference
