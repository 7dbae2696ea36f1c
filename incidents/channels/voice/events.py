"""Events and answers of calls, common to all telephone systems."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from incidents.channels.chat_input import ChatInput

MAX_KEYS = 20
MAX_SAID = 4000  # characters of what was said in one turn
LANGUAGES = {"vi": "vi-VN", "en": "en-US"}  # as systems name them


class Unreadable(ValueError):
    """The body is no call event. `faults`: messages by field."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(f"{name}: {fault}" for name, fault in faults.items()))
        self.faults = dict(faults)


class Forged(PermissionError):
    """The signature is missing, wrong or too old."""


class OutOfTurn(Exception):
    """The event is not the next of its call: the call has ended, or a later event was answered."""


@dataclass(frozen=True)
class Slot:
    """A value recognized by the telephone system. `confidence`: 0 … 1, None where not given."""

    value: str
    confidence: float | None = None
    confirmed: bool = False  # the caller said that it is right

    def is_sure(self, least: float) -> bool:
        return self.confirmed or self.confidence is None or self.confidence >= least


@dataclass(frozen=True)
class ToldRecording:
    """A recording stored by the telephone system. `digest`: hexadecimal SHA-256, "" where not given."""

    url: str
    digest: str = ""
    seconds: int | None = None


@dataclass(frozen=True)
class Ring:
    """A call that rings at staff: extension and queue, "" where not given."""

    extension: str = ""
    queue: str = ""


@dataclass(frozen=True)
class CallEvent:
    """An event of a call."""

    kind: str  # started, input, ended, transcribed, recorded
    event_id: str
    call_id: str
    at: datetime
    phone: str = ""
    language: str = ""  # of LANGUAGES
    keys: str = ""
    words: str = ""  # of the caller
    confidence: float | None = None  # of what was said
    spoken: bool = False  # somebody talked, whatever was understood of it
    slots: Mapping[str, Slot] = field(default_factory=dict)
    place: tuple[float, float] | None = None  # longitude, latitude
    recording: ToldRecording | None = None
    ring: Ring | None = None
    end_reason: str = ""
    turn: int | None = None  # which answer it answers, where the system carries that


@dataclass(frozen=True)
class VoiceAnswer:
    """Sentences to speak in a call, and the input to wait for."""

    sentences: tuple[str, ...] = ()
    language: str = "vi"
    choices: tuple[tuple[str, str], ...] = ()  # (key, title): what the sentences offer
    keys: int = MAX_KEYS  # more keys than so many are not waited for
    ends: bool = False
    transfer: str = ""  # the number to which the call is put through
    records: bool = False  # the caller knows that it is recorded: recording may begin
    reference: str = ""  # of the report that was made
    turn: int = 0

    @property
    def text(self) -> str:
        return " ".join(self.sentences)

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, stored: str) -> "VoiceAnswer":
        values: dict[str, Any] = json.loads(stored)
        values["sentences"] = tuple(values["sentences"])
        values["choices"] = tuple((key, title) for key, title in values["choices"])
        return cls(**values)


def parse_event(_body: bytes) -> ChatInput | None:
    """None: calls are answered at once by `calls.take_event`, not by the chat's job."""
    return None
