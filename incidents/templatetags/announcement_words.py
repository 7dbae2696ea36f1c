"""Template tags that word announcements: their icons, their area and their end."""

import json
from datetime import datetime
from typing import Any

from django import template
from django.utils.timezone import is_aware, localtime, now

from incidents.announcements import acts as announcement_acts
from incidents.models import AnnouncementLine
from incidents.wording import day_and_time

register = template.Library()


@register.simple_tag
def announcement_icon(kind: str) -> str:
    return announcement_acts.KINDS[kind].icon


@register.filter
def reach_words(reach: announcement_acts.Reach) -> str:
    return reach.area.title if reach.area else reach.name


@register.simple_tag
def time_span(starts_at: datetime | None, until: datetime) -> str:
    begins = day_and_time(starts_at) if starts_at and starts_at > now() else ""
    return announcement_acts.time_in_words(begins, day_and_time(until))


@register.simple_tag
def line_time(line: AnnouncementLine) -> str:
    return announcement_acts.until_in_words(line)


@register.filter
def as_json(value: Any) -> str:
    return json.dumps(value)


@register.filter
def field_time(value: datetime | str) -> str:
    """Returns a datetime as a datetime-local field holds it, and typed text unchanged."""
    if not isinstance(value, datetime):
        return value
    return f"{localtime(value) if is_aware(value) else value:%Y-%m-%dT%H:%M}"
