"""Asterisk REST interface (ARI) client: follows an application's events, plays and records.

Asterisk has no speech functions. VOICE_SAY_URL is a text-to-speech service whose sound Asterisk fetches; VOICE_HEAR_URL
transcribes WAV files. Without the second, what is said becomes a call-back with its recording.

From ARI's documentation: the events and addresses used here, `sound:` with an address, talking_duration. The recording
reported for a call is its longest spoken turn.
"""

import asyncio
import contextlib
import json
import logging
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp
from aiohttp.helpers import encode_basic_auth
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections, connection
from django.utils.timezone import now

from geoapp import outbound
from geoapp.http.text_validation import InvalidJson, read_json
from incidents.channels.chat_input import nested_value
from incidents.channels.voice import calls
from incidents.channels.voice.events import (
    LANGUAGES,
    MAX_KEYS,
    MAX_SAID,
    CallEvent,
    OutOfTurn,
    ToldRecording,
    VoiceAnswer,
)

logger = logging.getLogger(__name__)

MAX_CALLS = 100  # at once; more go on in the dialplan
NEXT_KEY_S = 3.0
SILENCE_S, SPEECH_S = 4, 30  # of a turn: so long a silence ends it, and so long it lasts at most
LOST_S = 120.0  # without any event of a call: it is gone
AGAIN_S = (1, 2, 5, 15)
TIMES = aiohttp.ClientTimeout(total=30)
MAX_EVENT, MAX_SOUND = 1_000_000, 5_000_000
GONE = ("StasisEnd", "ChannelDestroyed", "ChannelHangupRequest")


class CallIsOver(Exception):
    """The caller hung up, or Asterisk does not know the channel."""


class AsteriskClient:
    """Client of one Asterisk. `key`: user:password of ARI."""

    def __init__(self, source: str, *, url: str, app: str, key: str) -> None:
        self.source, self.url, self.app = source, url.rstrip("/"), app
        user, _colon, password = key.partition(":")
        self.headers = {"Authorization": encode_basic_auth(user, password)}
        self.calls: dict[str, asyncio.Queue[dict[str, Any]]] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self.stopping = asyncio.Event()
        self.connected = asyncio.Event()

    async def follow(self) -> None:
        """Answer calls until `stopping` is set; reconnects."""
        reach, failures = outbound.allowed_targets("gateways"), 0
        async with outbound.aiohttp_session(reach, timeout=TIMES) as self.http:
            while not self.stopping.is_set():
                try:
                    await self.follow_connection()
                    failures = 0
                except (aiohttp.ClientError, OSError, TimeoutError) as fault:
                    logger.warning("asterisk %s: %s", self.source, fault)
                    failures += 1
                self.connected.clear()
                with contextlib.suppress(TimeoutError):
                    pause = AGAIN_S[min(failures, len(AGAIN_S) - 1)]
                    await asyncio.wait_for(self.stopping.wait(), pause)
            for task in self.tasks:
                task.cancel()
            await asyncio.gather(*self.tasks, return_exceptions=True)

    async def follow_connection(self):
        events = f"{self.url}/events"
        query = {"app": self.app, "subscribeAll": "false"}
        async with self.http.ws_connect(
            events, params=query, headers=self.headers, heartbeat=20, max_msg_size=MAX_EVENT
        ) as socket:
            self.connected.set()
            stop = asyncio.create_task(self.stopping.wait())
            stop.add_done_callback(lambda _task: asyncio.ensure_future(socket.close()))
            try:
                async for message in socket:
                    if message.type == aiohttp.WSMsgType.TEXT:
                        self.pass_to_call(message.data)
            finally:
                stop.cancel()

    def pass_to_call(self, text: str) -> None:
        try:
            event = read_json(text)
        except InvalidJson:
            return
        channel = channel_of(event)
        if not channel:
            return
        if event.get("type") == "StasisStart" and channel not in self.calls and len(self.calls) < MAX_CALLS:
            self.calls[channel] = asyncio.Queue()
            task = asyncio.create_task(self.talk(channel, event))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        elif channel in self.calls:
            self.calls[channel].put_nowait(event)

    async def talk(self, channel, event):
        call = AsteriskCall(self, channel, str(nested_value(event, "channel", "caller", "number") or ""))
        try:
            await call.talk()
        except CallIsOver:
            pass
        except Exception:
            logger.exception("asterisk %s, channel %s", self.source, channel)
            await call.hang_up()
        finally:
            del self.calls[channel]
            await call.tell_end()

    async def ask(self, method: str, path: str, **params: str) -> Any:
        """JSON answer of ARI, None for an empty one. Raises CallIsOver for 404, 409, 412 and 422."""
        async with self.http.request(method, f"{self.url}/{path}", params=params, headers=self.headers) as answer:
            if answer.status in (404, 409, 412, 422):
                raise CallIsOver(await answer.text())
            answer.raise_for_status()
            return await answer.json() if answer.content_type == "application/json" else None

    async def fetch_sound(self, name: str) -> bytes:
        async with self.http.get(f"{self.url}/recordings/stored/{name}/file", headers=self.headers) as answer:
            answer.raise_for_status()
            return await read_at_most(answer, MAX_SOUND)


@dataclass
class Heard:
    """Input of a turn: keys, or a recording with seconds of speech."""

    keys: str = ""
    recording: str = ""
    talked_s: int = 0


@dataclass
class AsteriskCall:
    client: AsteriskClient
    channel: str
    phone: str
    turns: int = 0
    ended: str = "caller_hangup"
    recordings: dict[str, int] = field(default_factory=dict)  # name → seconds of talking

    async def talk(self) -> None:
        await self.client.ask("POST", f"channels/{self.channel}/answer")
        answer = await self.take(CallEvent("started", f"{self.channel}:start", self.channel, now(), phone=self.phone))
        while True:
            key = await self.say(answer)
            if answer.transfer:
                self.ended = "transferred"
                more = {"context": settings.VOICE_ASTERISK_CONTEXT, "extension": answer.transfer, "priority": "1"}
                await self.client.ask("POST", f"channels/{self.channel}/continue", **more)
                return
            if answer.ends:
                self.ended = "completed"
                await self.hang_up()
                return
            heard = await self.listen(answer, key)
            answer = await self.take(await self.event_of(heard, answer))

    async def take(self, event: CallEvent) -> VoiceAnswer:
        fields = {"kind": event.kind, "channel": self.channel, "keys": event.keys, "said": event.words}
        return await sync_to_async(take_event)(self.client.source, event, json.dumps(fields, ensure_ascii=False))

    async def say(self, answer: VoiceAnswer) -> str:
        if not answer.sentences:
            return ""
        self.turns += 1
        playback = f"{self.channel}-say-{self.turns}"
        media = ",".join(f"sound:{say_address(sentence, answer.language)}" for sentence in answer.sentences)
        await self.client.ask("POST", f"channels/{self.channel}/play", media=media, playbackId=playback)
        while True:
            event = await self.next_event(LOST_S)
            if event.get("type") == "PlaybackFinished" and nested_value(event, "playback", "id") == playback:
                return ""
            if key := key_of(event):
                with contextlib.suppress(CallIsOver):  # it may just have ended
                    await self.client.ask("DELETE", f"playbacks/{playback}")
                return key

    async def listen(self, answer: VoiceAnswer, key: str) -> Heard:
        if key:
            return Heard(keys=await self.gather_keys(answer, key))
        name = f"{self.channel}-{self.turns}".replace(".", "-")
        await self.client.ask(
            "POST", f"channels/{self.channel}/record", name=name, format="wav", beep="false", ifExists="overwrite",
            maxDurationSeconds=str(SPEECH_S), maxSilenceSeconds=str(SILENCE_S), terminateOn="none",
        )  # fmt: skip
        while True:
            event = await self.next_event(SPEECH_S + LOST_S)
            if key := key_of(event):
                with contextlib.suppress(CallIsOver):
                    await self.client.ask("DELETE", f"recordings/live/{name}")
                return Heard(keys=await self.gather_keys(answer, key))
            if nested_value(event, "recording", "name") != name:
                continue
            if event.get("type") == "RecordingFailed":
                return Heard()
            if event.get("type") == "RecordingFinished":
                talked = nested_value(event, "recording", "talking_duration")
                talked = talked if isinstance(talked, int) else 0
                return Heard(recording=name, talked_s=talked)

    async def gather_keys(self, answer, key):
        """Keys after a first one, until # or a pause; numbers may begin with 0."""
        keys = key
        while len(keys) < min(answer.keys, MAX_KEYS) and keys != "*" and "#" not in keys:
            try:
                event = await self.next_event(NEXT_KEY_S)
            except TimeoutError:
                break
            keys += key_of(event)
        return keys

    async def next_event(self, seconds):
        """Next event of this call. Raises CallIsOver, TimeoutError."""
        event = await asyncio.wait_for(self.client.calls[self.channel].get(), seconds)
        if event.get("type") in GONE:
            raise CallIsOver
        return event

    async def event_of(self, heard: Heard, answer: VoiceAnswer) -> CallEvent:
        words, confidence, spoken = "", None, heard.talked_s > 0
        if spoken:
            self.recordings[heard.recording] = heard.talked_s
            words, confidence = await self.write_down(heard.recording, answer.language)
        return CallEvent(
            "input", f"{self.channel}:{answer.turn}", self.channel, now(), phone=self.phone, turn=answer.turn,
            keys=heard.keys, words=words, confidence=confidence, spoken=spoken,
        )  # fmt: skip

    async def write_down(self, name: str, language: str) -> tuple[str, float | None]:
        """(words, confidence) of a recording by VOICE_HEAR_URL; no words where it is not set or fails."""
        if not settings.VOICE_HEAR_URL:
            return "", None
        try:
            sound = await self.client.fetch_sound(name)
            params = {"language": LANGUAGES.get(language, language)}
            headers = {"Content-Type": "audio/wav"}
            async with self.client.http.request(
                "POST", settings.VOICE_HEAR_URL, params=params, data=sound, headers=headers
            ) as answer:
                answer.raise_for_status()
                transcript = read_json(await read_at_most(answer, MAX_EVENT))
        except (aiohttp.ClientError, OSError, TimeoutError, InvalidJson) as fault:
            logger.warning("asterisk %s: %s", self.client.source, fault)
            return "", None
        words, sure = nested_value(transcript, "text"), nested_value(transcript, "confidence")
        sure = sure if isinstance(sure, int | float) and 0 <= sure <= 1 else None
        return (words[:MAX_SAID], sure) if isinstance(words, str) else ("", None)

    async def hang_up(self):
        with contextlib.suppress(CallIsOver, aiohttp.ClientError, OSError, TimeoutError):
            await self.client.ask("DELETE", f"channels/{self.channel}")

    async def tell_end(self):
        recording = None
        if self.recordings and settings.VOICE_RECORD:
            name = max(self.recordings, key=lambda recording_name: self.recordings[recording_name])
            recording = ToldRecording(f"{self.client.url}/recordings/stored/{name}/file", seconds=self.recordings[name])
        event = CallEvent(
            "ended",
            f"{self.channel}:end",
            self.channel,
            now(),
            phone=self.phone,
            end_reason=self.ended,
            recording=recording,
        )
        try:
            await self.take(event)
        except Exception:
            logger.exception("asterisk %s, end of %s", self.client.source, self.channel)


def take_event(source, event, body):
    """As `calls.take_event` on a working database connection; a late event ends the call."""
    if not connection.in_atomic_block:  # who holds a transaction keeps its connection
        close_old_connections()
    try:
        return calls.take_event(source, event, body)
    except OutOfTurn:
        raise CallIsOver from None


async def read_at_most(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """Body of an answer; b"" where it is larger."""
    body = bytearray()
    async for piece in answer.content.iter_chunked(65_536):
        body += piece
        if len(body) > most:
            return b""
    return bytes(body)


def channel_of(event: Any) -> str:
    """Channel of an event, directly or by its playback or recording; "" for none."""
    for keys in (("channel", "id"), ("playback", "target_uri"), ("recording", "target_uri")):
        value = nested_value(event, *keys)
        if isinstance(value, str) and len(value) <= 60:
            return value.removeprefix("channel:")
    return ""


def key_of(event: dict[str, Any]) -> str:
    """Pressed key; "" for anything else."""
    digit = event.get("digit") if event.get("type") == "ChannelDtmfReceived" else ""
    return digit if isinstance(digit, str) and len(digit) == 1 and digit in "0123456789*#" else ""


def say_address(sentence: str, language: str) -> str:
    """Address of the sound of a sentence; commas are escaped, since ARI separates sounds by them."""
    named = {"{text}": quote(sentence, safe=""), "{language}": LANGUAGES.get(language, language)}
    address: str = settings.VOICE_SAY_URL
    for place, value in named.items():
        address = address.replace(place, value)
    return address
