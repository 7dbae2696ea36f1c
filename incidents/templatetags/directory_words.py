"""Template filters that word how quickly a unit works."""

from django import template

from incidents.analytics.statistics import format_figure
from incidents.wording import duration_in_words

register = template.Library()
register.filter("duration", duration_in_words)


@register.filter
def share_words(share: float) -> str:
    return format_figure("share", share)
