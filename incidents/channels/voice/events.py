"""What a telephone system tells of a call, and what it is told to say, whichever system it is."""

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
    """It is no event of a call. `faults`: what is wrong, by the names of its fields."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(f"{name}: {fault}" for name, fault in faults.items()))
        self.faults = dict(faults)


class Forged(PermissionError):
    """It was not signed by the telephone system, or too long ago."""


class OutOfTurn(Exception):
    """It is not what comes next in its call: the call has ended, or the answer to something later was given."""


@dataclass(frozen=True)
class Slot:
    """Something that the machine outside understood. `confidence`: 0 … 1, None where it does not say."""

    value: str
    confidence: float | None = None
    confirmed: bool = False  # the caller said that it is right

    def is_sure(self, least: float) -> bool:
        """Whether it is taken as it is."""
        return self.confirmed or self.confidence is None or self.confidence >= least


@dataclass(frozen=True)
class ToldRecording:
    """A recording that lies with the telephone system. `digest`: SHA-256 in hexadecimal digits, "" where not told."""

    url: str
    digest: str = ""
    seconds: int | None = None


@dataclass(frozen=True)
class Ring:
    """A call is handed to people: whose telephone rings, and in which queue it stands; "" where that is not told."""

    extension: str = ""
    queue: str = ""


@dataclass(frozen=True)
class CallEvent:
    """Something that happened in a call."""

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
    """What is said in a call, and what is listened for then."""

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
        """The answer that `as_json` wrote."""
        values: dict[str, Any] = json.loads(stored)
        values["sentences"] = tuple(values["sentences"])
        values["choices"] = tuple((key, title) for key, title in values["choices"])
        return cls(**values)


def parse_event(_body: bytes) -> ChatInput | None:
    """Nothing: what is said in a call is answered at once, by `calls.take_event`."""
    return None
