"""Read the place of a map link in a chat message as if it had been shared."""

from dataclasses import replace

from gis_data.addresses import map_links
from incidents.channels.chat_input import ChatInput
from incidents.notify import http_calls
from incidents.notify.transport import Refused

TIMEOUT_S, MAX_BYTES = 5.0, 300_000


def add_linked_place(heard: ChatInput) -> ChatInput:
    if heard.place or not heard.text:
        return heard
    if place := map_links.parse_coordinates(heard.text):
        return replace(heard, text="", place=place)
    link = map_links.find_map_link(heard.text)
    place = map_links.parse_map_link(target_of(link)) if link else None
    return replace(heard, text=heard.text.replace(link, "").strip(), place=place) if place else heard


def target_of(link: str) -> str:
    if not map_links.is_short_link(link):
        return link
    try:
        answer = http_calls.call_url("GET", link, purpose="gateways", timeout=TIMEOUT_S, max_bytes=MAX_BYTES)
    except (Refused, http_calls.NoAnswer):
        return ""
    return answer.headers.get("Location", "")[: map_links.MAX_CHARS]
