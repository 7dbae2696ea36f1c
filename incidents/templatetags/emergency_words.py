"""Template tags that word an emergency mode: whom to call, where and until when it holds."""

import re
from datetime import timedelta
from functools import cache

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from incidents.emergency.current import announcement_of, numbers_first, own_kinds
from incidents.models import Category, Emergency
from incidents.wording import day_and_time, duration_in_words

register = template.Library()
KINDS = 3  # beside the map


@register.simple_tag
def emergency_numbers(emergency: Emergency) -> list[dict[str, str]]:
    return numbers_first(emergency)


@register.simple_tag
def emergency_kinds(emergency: Emergency) -> list[Category]:
    """Returns the first kinds of report to offer beside the map."""
    return own_kinds(emergency)[:KINDS]


@register.simple_tag
def emergency_announcement(emergency: Emergency) -> str:
    return announcement_of(emergency)


@register.simple_tag
@cache
def inline_icon(name: str) -> SafeString:
    """Returns an icon's drawing itself, for pages that do without the sprite."""
    sprite = (settings.BASE_DIR / "geoapp/static/look/icons.svg").read_text()
    drawing = re.search(rf'<symbol id="{re.escape(name)}"[^>]*>(.*?)</symbol>', sprite, re.DOTALL)
    parts = mark_safe(drawing[1]) if drawing else ""  # a file of ours
    return format_html('<svg viewBox="0 0 24 24" aria-hidden="true">{}</svg>', parts)


@register.filter
def duration(time: timedelta) -> str:
    return duration_in_words(time)


@register.simple_tag
def emergency_times(emergency: Emergency) -> str:
    """Returns `Old Wharf Ward, from 13:40 today until 20:00 today.`"""
    return _("%(place)s, from %(start)s until %(end)s.") % {
        "place": emergency.place_title[:1].upper() + emergency.place_title[1:],
        "start": day_and_time(emergency.starts_at),
        "end": day_and_time(emergency.ended_at or emergency.until),
    }
