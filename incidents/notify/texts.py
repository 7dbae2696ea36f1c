"""Render the texts of notices: the shipped ones, by gettext, or a city's own in place of them.

A text has a key of `text_keys.TEXTS`. A shipped one is a template `templates/messages/MEDIUM/KEY.txt` (an e-mail's
subject `KEY_subject.txt`), a city's own is a `MessageTemplate` in which a place is `{place}`. Push messages and chats
use the text of the SMS, unless they have one of their own.
"""

import re
from typing import Any

from django.conf import settings
from django.template import Context
from django.template.loader import get_template, select_template
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.models import Medium, MessageTemplate, Notice
from incidents.notify import segments
from incidents.notify.text_keys import CHAT_CHOICES, TEXTS, named_values
from incidents.notify.transport import Transport
from incidents.notify.transports import TRANSPORTS

NEVER_CUT = {"code", "reference", "link", "stop", "due"}  # places that are nothing when they are cut
PLACE = re.compile(r"\{([^{}]*)\}")
REFERENCE = re.compile(r"\d{4}-\d{5,10}")


LOOK_UP = object()  # whether a city has a text of its own is looked up


def render_notice(key: str, medium: str, language: str, values: dict[str, str], own: Any = LOOK_UP) -> tuple[str, str]:
    """Return subject ("" if the medium has none) and text of a notice. `values`: a plain string for each place of the
    key.

    `own`: the city's own text, None for none; by default it is looked up. If a message would have more parts than the
    medium allows, the longest values are cut.
    """
    transport = TRANSPORTS[medium]
    with translation.override(language):
        values = {place: str(values.get(place, "")) for place in TEXTS[key]}
        own = own_text(key, medium, language) if own is LOOK_UP else own

        def say(values):
            text = fill_places(own.text, values) if own else render_shipped_text(f"{key}.txt", medium, values)
            return lay_out(text, transport)

        if transport.split:
            values = cut_values_to_fit(say, values, transport)
        if transport.has_subject:
            own_subject = fill_places(own.subject, values) if own else ""
            subject = own_subject or render_shipped_text(f"{key}_subject.txt", Medium.EMAIL, values)
        else:
            subject = ""
        return " ".join(subject_of(subject, values).split())[:200], say(values)


def rerender_notice(notice: Notice) -> None:
    """Render an emptied notice again from its values, unsaved: they changed since it was written."""
    if not notice.text and notice.template in TEXTS:
        values = named_values(notice)
        notice.subject, notice.text = render_notice(notice.template, notice.medium, notice.language, values)


def subject_of(subject: str, values: dict[str, str]) -> str:
    """Return a subject without codes: it is stored in plain, and phones show it on a locked screen."""
    code = values.get("code", "")
    return subject.replace(code, "•••") if code else subject


def mentioned_references(text: str) -> list[str]:
    return list(dict.fromkeys(REFERENCE.findall(text)))


def chat_choices(key: str, language: str) -> list[list[str]]:
    with translation.override(language):
        return [[value, str(title)] for value, title in CHAT_CHOICES.get(key, ())]


def lay_out(text: str, transport: Transport) -> str:
    return squeeze_blank_lines(text) if transport.keeps_lines else " ".join(text.split())


def squeeze_blank_lines(text: str) -> str:
    return re.sub(r"\n\s*\n\s*\n", "\n\n", text).strip()


def cut_values_to_fit(say, values, transport):
    values = {place: " ".join(value.split()) for place, value in values.items()}
    while (counted := transport.split(text := say(values))).count > transport.max_parts:
        over = counted.units - transport.max_parts * segments.UNITS_PER_PART[counted.encoding][1]
        used = [
            place for place in values if place not in NEVER_CUT and len(values[place]) > 20 and values[place] in text
        ]
        if not used:
            break
        longest = max(used, key=lambda place: len(values[place]))
        left = max(len(values[longest]) - max(over, 1) - 1, 19)
        values[longest] = values[longest][:left].rstrip(" .,;:-") + "…"
    return values


def own_text(key: str, medium: str, language: str) -> MessageTemplate | None:
    media = [medium, TRANSPORTS[medium].text_medium or medium]
    texts = {
        message_template.medium: message_template
        for message_template in MessageTemplate.objects.filter(key=key, medium__in=media, language=language)
    }
    return texts.get(media[0]) or texts.get(media[1])


def render_shipped_text(name: str, medium: str, values: dict[str, str]) -> str:
    """Render a shipped template; nothing is escaped, for it is no HTML."""
    if text_medium := TRANSPORTS[medium].text_medium:
        template = select_template([f"messages/{medium}/{name}", f"messages/{text_medium}/{name}"])
    else:
        template = get_template(f"messages/{medium}/{name}")
    return template.template.render(Context(values, autoescape=False))  # type: ignore[union-attr]  # a template of Django's own engine


def fill_places(text: str, values: dict[str, str]) -> str:
    return PLACE.sub(lambda match: values.get(match[1], ""), text)


def example_values(key: str, language: str) -> dict[str, str]:
    with translation.override(language):
        return {place: str(example) for place, example in TEXTS[key].items()}


def text_faults(key: str, text: str) -> list[str]:
    if key not in TEXTS:
        return [_("There is no template “%(key)s”.") % {"key": key}]
    places = PLACE.findall(text)
    faults = [
        _("The placeholder {%(place)s} does not exist here. There are: %(places)s.")
        % {"place": place, "places": ", ".join(f"{{{name}}}" for name in TEXTS[key])}
        for place in dict.fromkeys(places)
        if place not in TEXTS[key]
    ]
    if rest := re.search(r"[{}].{0,20}", PLACE.sub("", text)):
        faults.append(
            _("There is an extra or missing bracket at “%(words)s”: write placeholders like {reference}.")
            % {"words": rest[0]}
        )
    return faults


def merged_subject(notices: list[Notice]) -> str:
    with translation.override(notices[0].language):
        sentence = ngettext("%(n)d message: %(first)s", "%(n)d messages: %(first)s …", len(notices))
        return (sentence % {"n": len(notices), "first": notices[0].subject})[:200]


def language_codes() -> list[str]:
    return [code for code, _name in settings.LANGUAGES]
