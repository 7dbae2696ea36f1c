"""The telephone dialogue by Twilio and jambonz as documented."""

import pytest

from incidents.models import CallBack, Recording, Report, VoiceTurn
from tests.fakes.jambonz_voice import JambonzCall
from tests.fakes.twilio_voice import TwilioCall

SAID = ("Có ổ gà rất sâu", "Phường Old Wharf")


@pytest.fixture
def systems(town, settings):
    settings.VOICE_SOURCES = {"tw": "twilio", "jb": "jambonz"}
    settings.VOICE_SECRETS = {"tw": "token", "jb": "webhook secret"}
    settings.VOICE_VOICES, settings.VOICE_TRANSFER = {"vi": "Google.vi-VN-Wavenet-A"}, ""
    town.city.holidays = "VN"
    town.city.save()


@pytest.fixture(params=["twilio", "jambonz"])
def call(request, systems, client):
    return (
        TwilioCall(client, "tw", "token") if request.param == "twilio" else JambonzCall(client, "jb", "webhook secret")
    )


def test_a_call_becomes_a_report(call):
    assert "được ghi âm" in call.begin()
    for words in SAID:
        call.speech(words)
    last = call.press("1")
    report = Report.objects.get()
    assert (report.channel, report.phone, report.text) == ("voice", "+84901234567", SAID[0])
    assert ("Mã phản ánh là" in last, call.over, call.gather) == (True, True, None)


def test_silence_becomes_a_call_back(call):
    call.begin()
    assert "Không nghe thấy gì." in call.silence()
    call.silence()
    assert (call.over, CallBack.objects.get().reason) == (True, "silent")


def test_who_is_not_understood_is_called_back(call):
    call.begin()
    call.speech("ô cà", 0.1)
    call.speech("ô cà", 0.1)
    assert (call.over, CallBack.objects.get().reason) == (True, "unclear")


def test_zero_puts_through(call, settings):
    settings.VOICE_TRANSFER = "+842838291022"
    call.begin()
    call.press("0")
    assert call.dialled == "+842838291022"


def test_the_language_of_a_call_is_that_of_its_voice(call):
    call.begin()
    call.press("*")
    spoken = call.gather.get("language") if isinstance(call, TwilioCall) else call.gather["recognizer"]["language"]
    assert spoken == "en-US"


# ---- Twilio ----


def test_twilio_sends_a_turn_twice_and_hears_the_same(systems, client):
    call = TwilioCall(client, "tw", "token")
    call.begin()
    url, form = call.gather.get("action"), call.form(SpeechResult=SAID[0], Confidence="0.9")
    assert call.post(url, form).content == call.post(url, form).content
    assert VoiceTurn.objects.count() == 2
    call.do(call.post(url, form))
    call.speech(SAID[1])
    late = call.post(f"{call.hook}?turn=7", call.form(Digits="1"))
    assert (late.status_code, late.json()["reason"]) == (409, "turn")


@pytest.mark.parametrize("change", [{"token": "another"}, {"form": {"Digits": "9"}}, {"url": "?turn=2"}])
def test_what_twilio_did_not_sign_is_refused(systems, client, change):
    call = TwilioCall(client, "tw", "token")
    form = call.form()
    signed = call.post(call.hook, form, token=change.get("token"))
    if "token" not in change:
        mac = signed.wsgi_request.headers["X-Twilio-Signature"]
        signed = client.post(
            "/hooks/voice/tw" + change.get("url", ""),
            form | change.get("form", {}),
            headers={"X-Twilio-Signature": mac},
        )
    assert signed.status_code == 403


def test_twilio_records_what_the_caller_knows_to_be_recorded(systems, client):
    call = TwilioCall(client, "tw", "token")
    call.begin()
    assert call.recording_to == ""
    call.speech("ô cà", "0.1")
    assert call.recording_to == call.hook
    call.speech("ô cà", "0.1")
    call.recorded("https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1")
    assert CallBack.objects.get().recording == Recording.objects.get()
    assert Recording.objects.get().seconds == 17
    assert call.hang_up().status_code == 200
    assert CallBack.objects.count() == 1


@pytest.mark.parametrize(
    ("form", "fault"),
    [
        ({"CallSid": ""}, "CallSid"),
        ({"CallSid": "x" * 61}, "CallSid"),
        ({"RecordingSid": "RE1", "RecordingUrl": "ftp://x"}, "RecordingUrl"),
    ],
)
def test_what_twilio_never_sends_is_told(systems, client, form, fault):
    call = TwilioCall(client, "tw", "token")
    answer = call.post(call.hook, call.form(**form))
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [fault])


def test_a_turn_that_is_no_number_is_told(systems, client):
    call = TwilioCall(client, "tw", "token")
    assert call.post(f"{call.hook}?turn=x", call.form()).status_code == 400


# ---- jambonz ----


def test_one_of_two_signatures_of_jambonz_is_enough(systems, client):
    call = JambonzCall(client, "jb", "webhook secret")
    call.do(call.post(call.hook, call.payload(), also="v1=00,"))
    assert call.gather is not None


@pytest.mark.parametrize("forged", [{"secret": "another"}, {"ago": 301}, {"ago": -400}])
def test_what_jambonz_did_not_sign_now_is_refused(systems, client, forged):
    call = JambonzCall(client, "jb", "webhook secret")
    assert call.post(call.hook, call.payload(), **forged).status_code == 403


def test_statuses_of_jambonz_say_when_a_call_ends(systems, client):
    call = JambonzCall(client, "jb", "webhook secret")
    call.begin()
    assert call.status("in-progress").json() == []
    call.speech("Nước ngập tới sân")
    ended = call.status("completed", duration=20, recording_url="https://rec.example/1.wav")
    assert (ended.status_code, ended.json(), CallBack.objects.get().reason) == (200, [], "cut")
    assert CallBack.objects.get().recording.url == "https://rec.example/1.wav"
    assert call.status("singing").status_code == 400


@pytest.mark.parametrize("body", [[], {}, {"call_sid": 4}, {"call_sid": "ü"}])
def test_what_jambonz_never_sends_is_told(systems, client, body):
    call = JambonzCall(client, "jb", "webhook secret")
    assert call.post(call.hook, body).status_code == 400
