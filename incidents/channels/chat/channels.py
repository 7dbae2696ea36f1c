"""Table of chat channels, each with the module that parses its events."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as w
from django.utils.translation import gettext_noop

from incidents.channels import messenger, web_chat, zalo
from incidents.channels.chat_input import ChatInput
from incidents.channels.voice import events, numbers
from incidents.models import Medium, Report
from incidents.models.notices import way_of_chat


@dataclass(frozen=True)
class ChatChannel:
    """A chat channel.

    `parse_event`: the input of a raw event, None for events not meant for us. `share_place`: a sentence that says how
    to share a place there. `source`: the source that the history names, marked for translation. `spoken`: it is heard,
    not read. `is_reached`: later notices can be sent there. `known_phones`: phones proven to belong to a writer
    (Correspondent.user).
    """

    parse_event: Callable[[bytes], ChatInput | None]
    share_place: Promise
    source: str
    spoken: bool = False
    is_reached: bool = True
    known_phones: Callable[[str], frozenset[str]] = lambda _user: frozenset()


CHANNELS: dict[str, ChatChannel] = {
    Medium.ZALO: ChatChannel(
        parse_event=zalo.parse_event,
        share_place=w("Share the location (+, then Location), or write an address or the name of a place."),
        source=gettext_noop("By Zalo."),
    ),
    Medium.WEBCHAT: ChatChannel(
        parse_event=web_chat.parse_event,
        share_place=w("Press “My location”, or write the address or the name of a place."),
        source=gettext_noop("By the chat on our pages."),
    ),
    Medium.MESSENGER: ChatChannel(
        parse_event=messenger.parse_event,
        share_place=w("Write the address or the name of a place, or send a link from a map."),
        source=gettext_noop("By Messenger."),
    ),
    Report.Channel.VOICE: ChatChannel(
        parse_event=events.parse_event,
        share_place=w("Say the street and the number, or a crossing or a well-known place, and the ward."),
        source=gettext_noop("By telephone, to the callbot."),
        spoken=True,
        is_reached=False,
        known_phones=numbers.numbers_of_caller,
    ),
}


def channel_of(user: str) -> ChatChannel:
    return CHANNELS[way_of_chat(user)]
