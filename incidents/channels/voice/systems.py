"""Telephone systems of VOICE_SOURCES, and their adapters: plug-ins of `geoapp.voice`."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol, runtime_checkable

from django.conf import settings

from geoapp import plugins
from incidents.channels.voice.events import CallEvent, VoiceAnswer


class HookCall(NamedTuple):
    """A webhook request. `url`: as the telephone system called it, with its query."""

    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@runtime_checkable
class Adapter(Protocol):
    """Translates one kind of telephone system that calls our webhook."""

    def check_signature(self, call: HookCall, secret: str) -> None:
        """Raise events.Forged."""

    def parse_call(self, call: HookCall, source: str) -> CallEvent:
        """Event of a request. Raises events.Unreadable."""

    def write_answer(self, answer: VoiceAnswer, event: CallEvent, url: str) -> tuple[int, str, str]:
        """Status, content type and body. `url`: of the webhook, without query."""


SYSTEMS = "geoapp.voice"  # the group of plug-ins


def adapter_of(source: str) -> Adapter | None:
    """Adapter of a telephone system that calls our webhook; None for others."""
    kind = settings.VOICE_SOURCES.get(source)
    system = plugins.load_plugin(SYSTEMS, kind) if kind else None
    return system if isinstance(system, Adapter) else None


def secret_of(source: str) -> str:
    return settings.VOICE_SECRETS[source]
