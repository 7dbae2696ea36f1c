"""The telephone systems that VOICE_SOURCES names, and the adapter of each kind: a plug-in of `geoapp.voice`."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol, runtime_checkable

from django.conf import settings

from geoapp import plugins
from incidents.channels.voice.events import CallEvent, VoiceAnswer


class HookCall(NamedTuple):
    """A call of a hook. `url`: as the telephone system wrote it, with its question."""

    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@runtime_checkable
class Adapter(Protocol):
    """What translates the words of one kind of telephone system that calls our hook."""

    def check_signature(self, call: HookCall, secret: str) -> None:
        """Raises events.Forged."""

    def parse_call(self, call: HookCall, source: str) -> CallEvent:
        """Raises events.Unreadable."""

    def write_answer(self, answer: VoiceAnswer, event: CallEvent, url: str) -> tuple[int, str, str]:
        """Status, content type and text of the answer. `url`: of the hook, without a question."""


SYSTEMS = "geoapp.voice"  # the group of plug-ins


def adapter_of(source: str) -> Adapter | None:
    """The adapter of a telephone system that calls our hook; None for one that does not, or is not known."""
    kind = settings.VOICE_SOURCES.get(source)
    system = plugins.load_plugin(SYSTEMS, kind) if kind else None
    return system if isinstance(system, Adapter) else None


def secret_of(source: str) -> str:
    """What a telephone system signs with."""
    return settings.VOICE_SECRETS[source]
