"""The telephone systems that VOICE_SOURCES names, and the adapter of each kind."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from django.conf import settings

from incidents.channels.voice import jambonz, own, twilio
from incidents.channels.voice.events import CallEvent, VoiceAnswer


class HookCall(NamedTuple):
    """A call of a hook. `url`: as the telephone system wrote it, with its question."""

    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


class Adapter(Protocol):
    """What translates the words of one kind of telephone system."""

    def check_signature(self, call: HookCall, secret: str) -> None:
        """Raises events.Forged."""

    def parse_call(self, call: HookCall, source: str) -> CallEvent:
        """Raises events.Unreadable."""

    def write_answer(self, answer: VoiceAnswer, event: CallEvent, url: str) -> tuple[int, str, str]:
        """Status, content type and text of the answer. `url`: of the hook, without a question."""


HOOKED: dict[str, Adapter] = {"own": own, "twilio": twilio, "jambonz": jambonz}


def adapter_of(source: str) -> Adapter | None:
    """The adapter of a telephone system that calls our hook; None for one that does not, or is not known."""
    return HOOKED.get(settings.VOICE_SOURCES.get(source, ""))


def secret_of(source: str) -> str:
    """What a telephone system signs with."""
    return settings.VOICE_SECRETS[source]
