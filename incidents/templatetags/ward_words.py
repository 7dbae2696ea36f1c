"""Template tags that word a ward's page: its promise, titles in citizens' words, kinds of matters, numbers."""

from collections.abc import Sequence
from datetime import datetime

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gis_data.models import Area, Level
from gis_data.words import tidy
from incidents.models import Category, Incident
from incidents.wards.figures import WardFigures
from incidents.wording import day_and_time, duration_in_words

register = template.Library()
KINDS = 4
TITLE = 60  # characters of a citizen's words

register.filter("duration", duration_in_words)


@register.filter
def moment_word(moment: datetime) -> str:
    return day_and_time(moment)


@register.filter
def digits(phone: str) -> str:
    """Returns a number as a `tel:` link has it."""
    return "".join(sign for sign in phone if sign.isdigit() or sign == "+")


@register.filter
def ward_page(area: Area | None) -> str:
    """Returns the address of a ward's page, "" for another area; former wards are led to those of today."""
    return reverse("ward", args=[area.code]) if area and area.level == Level.WARD else ""


@register.filter
def own_words(incident: Incident) -> str:
    """Returns the beginning of what the citizen wrote, else the kind of matter."""
    return Truncator(tidy(incident.text)).chars(TITLE) or incident.category.title


@register.simple_tag
def kind_names(kinds: Sequence[Category]) -> str:
    """Returns up to KINDS names, the number of further ones after them."""
    names = [kind.title for kind in kinds[:KINDS]]
    names = [names[0], *(name[:1].lower() + name[1:] for name in names[1:])]
    rest = len(kinds) - KINDS
    if rest > 0:
        names.append(ngettext("%(n)d more", "%(n)d more", rest) % {"n": rest})
    return ", ".join(names)


@register.simple_tag
def map_name(ward: Area, figures: WardFigures) -> str:
    words = ngettext("%(ward)s: %(n)s open incident", "%(ward)s: %(n)s open incidents", figures.open)
    return words % {"ward": ward.title, "n": figures.open}


@register.simple_tag
def promise_sentence(figures: WardFigures) -> SafeString:
    """Returns what is due today, what of it is done, and what is late, with the numbers in bold."""
    if figures.promised:
        first = ngettext("%(n)s incident is due today.", "%(n)s incidents are due today.", figures.promised)
        parts = [ngettext("%(n)s is done", "%(n)s are done", figures.promised_done)]
        numbers = [figures.promised_done]
    else:
        first, parts, numbers = _("Nothing is due today."), [], []
    if figures.crews:
        parts.append(ngettext("%(n)s crew is at work", "%(n)s crews are at work", figures.crews))
        numbers.append(figures.crews)
    if figures.late:
        parts.append(ngettext("%(n)s incident overdue", "%(n)s incidents overdue", figures.late))
        numbers.append(figures.late)
    worded = [bold(part, number) for part, number in zip(parts, numbers, strict=True)]
    sentence = bold(first, figures.promised)
    if not worded:
        return sentence
    rest = worded[0]
    for part in worded[1:]:
        rest = format_html("{}, {}", rest, part)
    return format_html("{} {}.", sentence, rest)


def bold(words: str, number: int) -> SafeString:
    before, _sign, after = words.partition("%(n)s")
    return format_html('{}<b class="num">{}</b>{}', before, number, after) if _sign else format_html("{}", before)
