"""The telephone dialogue by Asterisk's REST interface."""

import asyncio

import pytest
from asgiref.sync import async_to_sync
from django.core.management import CommandError, call_command

from incidents.channels.voice import asterisk as asterisk_client
from incidents.channels.voice.asterisk import AsteriskClient, say_address
from incidents.models import CallBack, Correspondent, Report, VoiceCall
from tests.fakes.asterisk import CHANNEL, KEY, Asterisk


@pytest.fixture
def pbx(town, settings):
    settings.VOICE_SOURCES, settings.VOICE_SECRETS = {"pbx": "asterisk"}, {"pbx": KEY}
    settings.OUTBOUND_ALLOWED = {"gateways": ["private"]}
    settings.VOICE_TRANSFER = ""
    settings.VOICE_SAY_URL = "http://speak.example/say?language={language}&text={text}"
    town.city.holidays = "VN"
    town.city.save()
    return settings


def call(settings, *script, hears=True, key=KEY):
    """Make a call in which the caller does this; returns the fake Asterisk."""

    async def play_call():
        async with Asterisk(script) as asterisk:
            settings.VOICE_HEAR_URL = f"{asterisk.url}/hear" if hears else ""
            client = AsteriskClient("pbx", url=f"{asterisk.url}/ari", app="incidents", key=key)
            following = asyncio.create_task(client.follow())
            async with asyncio.timeout(10):
                await client.connected.wait()
                while not has_ended(client, asterisk):
                    await asyncio.sleep(0.01)
            client.stopping.set()
            await following
            return asterisk

    return async_to_sync(play_call)()


def has_ended(client, asterisk):
    """Whether the call took place and nothing of it runs on."""
    return bool(asterisk.said) and not client.calls and not client.tasks


def test_a_call_becomes_a_report(pbx):
    asterisk = call(
        pbx, ("says", "Có ổ gà rất sâu", 0.9), ("says", "Phường Old Wharf", 0.9), ("presses", "1"), ("interrupts", "1")
    )
    report = Report.objects.get()
    assert (report.channel, report.phone, report.text) == ("voice", "+84901234567", "Có ổ gà rất sâu")
    assert "được ghi âm" in asterisk.said[0]
    assert "Mã phản ánh là" in asterisk.said[-1]
    assert asterisk.asked[-1] == ("DELETE", f"/channels/{CHANNEL}")
    assert (VoiceCall.objects.get().end_reason, Correspondent.objects.count()) == ("completed", 0)


def test_a_key_ends_what_is_spoken(pbx):
    asterisk = call(pbx, ("interrupts", "*"), ("hangs up",))
    assert ("DELETE", f"/playbacks/{CHANNEL}-say-1") in asterisk.asked
    assert asterisk.said[1] == "What is the problem? Say it in one sentence."


def test_who_says_nothing_is_called_back(pbx):
    asterisk = call(pbx, ("is silent",), ("is silent",))
    assert asterisk.said[1].startswith("Không nghe thấy gì.")
    assert (CallBack.objects.get().reason, CallBack.objects.get().recording) == ("silent", None)


def test_what_nobody_writes_down_becomes_a_call_back(pbx):
    asterisk = call(pbx, ("says", "Nước ngập", 0.9), ("says", "Nước ngập", 0.9), hears=False)
    callback = CallBack.objects.get()
    assert (callback.reason, callback.words, callback.recording.seconds) == ("unclear", "", 3)
    assert callback.recording.url.startswith(f"{asterisk.url}/ari/recordings/stored/")


def test_low_confidence_is_called_back(pbx):
    call(pbx, ("says", "ô cà", 0.1), ("says", "ô cà", 0.1))
    assert (CallBack.objects.get().reason, CallBack.objects.get().recording is None) == ("unclear", False)


def test_zero_goes_on_in_the_dialplan(pbx, monkeypatch):
    monkeypatch.setattr(asterisk_client, "NEXT_KEY_S", 0.01)
    pbx.VOICE_TRANSFER = "1022"
    asterisk = call(pbx, ("presses", "0"))
    assert (asterisk.went_to, CallBack.objects.count(), VoiceCall.objects.get().end_reason) == (
        "1022",
        0,
        "transferred",
    )


def test_who_hangs_up_in_between_is_called_back(pbx):
    call(pbx, ("says", "Nước ngập tới sân", 0.9), ("hangs up",))
    assert (CallBack.objects.get().reason, CallBack.objects.get().words) == ("cut", "Nước ngập tới sân")


def test_a_phone_number_is_keyed_as_far_as_hash(pbx):
    call(pbx, ("presses", "0901234568#"), ("says", "Có ổ gà", 0.9), ("says", "Phường Old Wharf", 0.9), ("hangs up",))
    assert Report.objects.get().phone == "+84901234568"


def test_a_sentence_with_commas_is_one_sound(pbx):
    assert say_address("Vâng, ạ & 1/2?", "vi") == (
        "http://speak.example/say?language=vi-VN&text=V%C3%A2ng%2C%20%E1%BA%A1%20%26%201%2F2%3F"
    )


def test_without_an_asterisk_nothing_is_followed(db, settings):
    settings.VOICE_SOURCES = {"night": "own"}
    with pytest.raises(CommandError, match="names no asterisk"):
        call_command("follow_asterisk")
    settings.VOICE_SOURCES = {"pbx": "asterisk"}
    with pytest.raises(CommandError, match="VOICE_SAY_URL"):
        call_command("follow_asterisk")
