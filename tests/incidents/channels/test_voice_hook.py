"""The webhook of telephone systems: forged, replayed, repeated, out-of-order and invalid events."""

import itertools
import json
from datetime import timedelta

import pytest
from django.utils.timezone import now
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.models import CallBack, Correspondent, HeldReport, Recording, Report, VoiceCall, VoiceTurn
from tests.fakes.callbot import Callbot


@pytest.fixture
def callbot(town, settings, client):
    settings.VOICE_SOURCES, settings.VOICE_SECRETS = {"night": "own", "pbx": "asterisk"}, {"night": "voice secret"}
    return Callbot(client, "night", "voice secret")


def start_call(callbot, **more):
    return callbot.event("call.started", **more)


def test_a_system_that_is_not_ours_finds_no_hook(callbot, client):
    assert [Callbot(client, name, "x").post(start_call(callbot)).status_code for name in ("day", "pbx")] == [404, 404]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"secret": "another"}, "X-Signature không khớp với nội dung gửi."),
        ({"headers": {"X-Signature": ""}}, "X-Signature không khớp với nội dung gửi."),
        ({"headers": {"X-Signature": "v1=ü"}}, "X-Signature không khớp với nội dung gửi."),
        ({"headers": {"X-Timestamp": "soon"}}, "X-Timestamp phải là thời điểm tính bằng giây."),
        ({"ago": 601}, "Chữ ký đã quá mười phút, hoặc đồng hồ sai."),
        ({"ago": -700}, "Chữ ký đã quá mười phút, hoặc đồng hồ sai."),
    ],
)
def test_what_is_forged_or_replayed_is_refused(callbot, changes, why):
    answer = callbot.post(start_call(callbot), **changes)
    assert (answer.status_code, answer.json()["error"], VoiceCall.objects.count()) == (403, why, 0)


def test_a_turn_that_comes_twice_gets_the_same_answer(callbot):
    callbot.start()
    first_answer = callbot.event("call.input", transcript=[{"speaker": "caller", "text": "Có ổ gà"}])
    answers = [callbot.post(first_answer) for _twice in range(3)]
    assert {answer.content for answer in answers} == {answers[0].content}
    assert (answers[0].status_code, VoiceTurn.objects.count(), VoiceCall.objects.get().turns) == (202, 2, 2)


def test_a_call_that_ends_twice_makes_one_report(callbot):
    ends = callbot.event(
        "call.ended", end_reason="completed",
        slots={"description": "Ổ gà", "ward_text": "Phường Old Wharf", "category_hint": "ST.1"},
    )  # fmt: skip
    first, again = callbot.post(ends), callbot.post(ends)
    other = callbot.send("call.ended", end_reason="completed")
    assert (first.content, Report.objects.count(), CallBack.objects.count()) == (again.content, 1, 0)
    assert first.json()["case_code"] == other["case_code"] == Report.objects.get().incident.reference


def test_what_was_said_before_is_refused_after(callbot):
    callbot.start()
    callbot.says("Có ổ gà")
    late = callbot.event("call.input", dtmf="1", occurred_at=(now() - timedelta(minutes=5)).isoformat())
    answer = callbot.post(late)
    assert (answer.status_code, answer.json()["reason"]) == (409, "order")


def test_words_after_the_end_are_refused(callbot):
    callbot.start()
    callbot.hangs_up()
    answer = callbot.post(callbot.event("call.input", dtmf="1"))
    assert (answer.status_code, answer.json()["reason"], answer.json()["error"]) == (
        409,
        "ended",
        "Cuộc gọi đã kết thúc.",
    )


def test_the_news_of_the_beginning_may_come_late(callbot):
    callbot.says("Có ổ gà")
    assert callbot.start()["say"] == []
    assert VoiceCall.objects.get().turns == 2


@pytest.mark.usual_rows(12)
@pytest.mark.parametrize(
    ("wrong", "faults"),
    [
        ({"event": "call.sung"}, {"event"}),
        ({"event_id": ""}, {"event_id"}),
        ({"event_id": "a b", "call_id": None}, {"event_id", "call_id"}),
        ({"occurred_at": "2026-11-28 23:15"}, {"occurred_at"}),
        ({"occurred_at": "2026-13-45T99:99:99+07:00"}, {"occurred_at"}),
        ({"occurred_at": "9999-12-31T23:59:59-12:00"}, {"occurred_at"}),
        ({"dtmf": "12a"}, {"dtmf"}),
        ({"dtmf": "1" * 21}, {"dtmf"}),
        ({"transcript": "hello"}, {"transcript"}),
        ({"transcript": [{"text": 1}]}, {"transcript"}),
        ({"transcript": [{"text": "x", "confidence": 2}]}, {"transcript"}),
        ({"transcript": [{}] * 501}, {"transcript"}),
        ({"slots": []}, set()),
        ({"slots": [1]}, {"slots"}),
        ({"slots": {"description": 4}}, {"slots.description"}),
        ({"slots": {"description": {"value": "x", "confidence": "sure"}}}, {"slots.description"}),
        ({"location": {"lon": 200, "lat": 10}}, {"location"}),
        ({"location": "here"}, {"location"}),
        ({"from": 84901234567}, {"from"}),
        ({"source": "day"}, {"source"}),
        ({"event": "call.ended", "end_reason": "bored"}, {"end_reason"}),
        ({"event": "call.recording_ready"}, {"recording"}),
        ({"event": "call.recording_ready", "recording": {"url": "http://["}}, {"recording"}),
        ({"event": "call.recording_ready", "recording": {"url": "https://x.example/a", "sha256": "zz"}}, {"recording"}),
    ],
)  # fmt: skip
def test_all_that_is_wrong_is_told_at_once(callbot, wrong, faults):
    answer = callbot.post(start_call(callbot) | wrong)
    assert set(answer.json().get("fields", {})) == faults
    assert (answer.status_code, VoiceCall.objects.count()) == ((400, 0) if faults else (202, 1))


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"\xff\xfe", b'{"event": NaN}', b'{"event": "call.started\\u0000"}', b"[" * 5000]
)
def test_what_is_no_event_is_refused(callbot, body):
    assert (callbot.post({}, body=body).status_code, VoiceCall.objects.count()) == (400, 0)


def test_the_key_of_an_event_is_its_id(callbot):
    answer = callbot.post(start_call(callbot), headers={"Idempotency-Key": "other"})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["Idempotency-Key"])


def test_a_large_body_is_not_read(callbot):
    assert callbot.post({}, body=b"x" * 10_000_000).status_code == 413


def test_it_is_only_posted_to(callbot, client):
    assert [client.get("/hooks/voice/night").status_code, client.put("/hooks/voice/night").status_code] == [405, 405]


def test_a_recording_is_stored_once_with_its_job(callbot):
    callbot.start()
    answer = callbot.event("call.recording_ready", recording={"url": "https://rec.example/1.wav"}, duration_s=12)
    assert [callbot.post(answer).status_code for _twice in range(2)] == [202, 202]
    recording = Recording.objects.get()
    assert (recording.url, recording.seconds, recording.state) == ("https://rec.example/1.wav", 12, "waiting")


def test_the_cell_of_a_phone_is_no_place(callbot):
    slots = {"description": "Ổ gà", "category_hint": "ST.1"}
    place = {"lon": 10.005, "lat": 50.005, "method": "cell"}
    callbot.hangs_up("completed", slots=slots, location=place)
    assert (Report.objects.count(), CallBack.objects.count()) == (0, 1)
    other = Callbot(callbot.client, "night", "voice secret", call_id="c-2")
    other.hangs_up("completed", slots=slots, location=place | {"method": "sms_link"})
    assert Report.objects.count() == 1


def test_what_the_vendor_adds_is_kept_and_not_believed(callbot):
    answer = start_call(callbot, vendor={"say": "Hang up", "nested": [[1]]})
    assert callbot.post(answer).status_code == 202
    assert json.loads(VoiceTurn.objects.get().body)["vendor"] == {"say": "Hang up", "nested": [[1]]}


WORDS = (
    "Có ổ gà rất sâu",
    "Phường Old Wharf",
    "Harbour Road",
    "Rò rỉ nước",
    "cháy nhà",
    "huỷ",
    "mới",
    "menu",
    "English",
    "#send",
)
PARTS = st.fixed_dictionaries(
    {
        "speaker": st.sampled_from(["caller", "bot"]),
        "text": st.sampled_from(WORDS) | st.text(max_size=30),
        "confidence": st.none() | st.floats(0, 1),
    }
)
TOLD = st.one_of(
    st.fixed_dictionaries({"dtmf": st.text("0123456789*#", max_size=12)}),
    st.fixed_dictionaries({"transcript": st.lists(PARTS, max_size=2)}),
)
numbers = itertools.count(1)


@settings(max_examples=settings().max_examples // 2)
@given(st.lists(TOLD, max_size=10), st.sampled_from(["completed", "caller_hangup", "no_input", "error"]))
def test_whatever_is_said_a_call_ends_well(callbot, turns, reason):
    """No words or keys fail; each caller who spoke gets a report or a call-back."""
    call = Callbot(callbot.client, "night", "voice secret", call_id=f"drawn-{next(numbers)}")
    call.start()
    answers = [call.post(call.event("call.input", **turn)) for turn in turns]
    assert {answer.status_code for answer in answers} <= {202, 400}
    ends = call.post(call.event("call.ended", end_reason=reason))
    row = VoiceCall.objects.get(call_id=call.call_id)
    answered = row.report_id or HeldReport.objects.exists() or CallBack.objects.filter(call_id=call.call_id).exists()
    given_up = any("Đã bỏ" in answer.content.decode() or "given up" in answer.content.decode() for answer in answers)
    assert (ends.status_code, bool(answered) or not row.words or given_up) == (202, True)
    assert (Correspondent.objects.count(), row.ended_at is None) == (0, False)
