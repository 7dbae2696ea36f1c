"""The ways by which people chat with the city: a line for each, and a module that translates what comes by it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as w
from django.utils.translation import gettext_noop

from incidents.intake import messenger, web_chat, zalo
from incidents.intake.chat_input import ChatInput
from incidents.models import Medium
from incidents.models.notices import medium_of_chat


@dataclass(frozen=True)
class ChatChannel:
    """A way to chat.

    `parse_event`: what an event says as it came, None for what is not meant for us. `share_place`: how a place is
    shared there, a sentence. `source`: what the history says of words that came so, marked for translation.
    """

    parse_event: Callable[[bytes], ChatInput | None]
    share_place: Promise
    source: str


CHANNELS: dict[str, ChatChannel] = {
    Medium.ZALO: ChatChannel(
        parse_event=zalo.parse_event,
        share_place=w("Share the location (+ and then Location), or write the address or the name of a place."),
        source=gettext_noop("By Zalo."),
    ),
    Medium.WEBCHAT: ChatChannel(
        parse_event=web_chat.parse_event,
        share_place=w("Press “My place”, or write the address or the name of a place."),
        source=gettext_noop("By the chat on our pages."),
    ),
    Medium.MESSENGER: ChatChannel(
        parse_event=messenger.parse_event,
        share_place=w("Write the address or the name of a place, or send a link from a map."),
        source=gettext_noop("By Messenger."),
    ),
}


def channel_of(user: str) -> ChatChannel:
    """The way by which somebody chats, a value of Correspondent.user."""
    return CHANNELS[medium_of_chat(user)]
