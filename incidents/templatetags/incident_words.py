"""Template filters that word states, deadlines and times of incidents."""

from datetime import datetime, timedelta

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import now
from django.utils.translation import gettext as _

from gis_data.templatetags.look import glyph
from incidents.map.state_groups import GROUP_OF
from incidents.models import Event, Incident, Medium
from incidents.models.notices import medium_of_chat
from incidents.wording import (
    clock_or_day,
    day_and_time,
    day_in_words,
    duration_in_words,
    in_spoken_language,
    kept_pictures_in_words,
    likelihood_in_words,
    percent,
    person_name,
    target_in_words,
)

register = template.Library()
for words in (in_spoken_language, percent, likelihood_in_words, target_in_words, person_name):
    register.filter(words)
register.filter("moment", day_and_time)


@register.simple_tag
def state_label(state: str, more: str = "") -> SafeString:
    return format_html(
        '<span class="state {}" data-state="{}">{}{}</span>', more, state, glyph(state), Incident.State(state).label
    )


@register.simple_tag
def group_label(state: str) -> SafeString:
    """Returns the group of the public map to which the state belongs; the state where it belongs to none."""
    group = GROUP_OF.get(state)
    if group is None:
        return state_label(state)
    return format_html('<span class="state" data-state="{0}">{1}{2}</span>', group.sign, glyph(group.sign), group.title)


@register.simple_tag
def due_label(incident: Incident) -> SafeString:
    """Returns the deadline in words: time left, time overdue, stopped, or how long it took."""
    at = now()
    if incident.state == Incident.State.WAITING:
        return format_html('<span class="due">{}</span>', _("deadline paused"))
    if incident.closed_at:
        return format_html(
            '<span class="due">{}</span>',
            _("done after %(span)s") % {"span": duration_in_words(incident.closed_at - incident.received_at)},
        )
    if incident.due_at < at:
        return format_html(
            '<span class="due late">{}{}</span>',
            glyph("late"),
            _("%(span)s late") % {"span": duration_in_words(at - incident.due_at)},
        )
    if incident.due_at - at < timedelta(days=1):
        return format_html(
            '<span class="due">{}</span>', _("%(span)s left") % {"span": duration_in_words(incident.due_at - at)}
        )
    return format_html(
        '<time class="due" datetime="{}">{}</time>',
        incident.due_at.isoformat(timespec="seconds"),
        _("due %(when)s") % {"when": day_in_words(incident.due_at)},
    )


@register.simple_tag
def time_element(moment: datetime) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(timespec="seconds"), day_and_time(moment))


@register.simple_tag
def short_time_element(moment: datetime) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(timespec="seconds"),
        day_and_time(moment),
        clock_or_day(moment),
    )


@register.filter
def what_happened(event: Event) -> str:
    if event.kind == Event.Kind.EVIDENCE:
        return kept_pictures_in_words([event.receipt])
    return event.get_kind_display()


@register.filter
def age_in_words(moment: datetime) -> str:
    return duration_in_words(now() - moment)


@register.simple_tag
def target_sentence(incident: Incident) -> str:
    """How the due date of an incident comes about: `4 hours around the clock, from 14:32 today`."""
    return _("%(target)s, from %(start)s") % {
        "target": target_in_words(incident.target),
        "start": day_and_time(incident.received_at),
    }


@register.simple_tag
def closing_sentence(incident):
    return format_html(
        _("Done at {at}, after {span}."),
        at=time_element(incident.closed_at),
        span=format_html('<b class="num">{}</b>', duration_in_words(incident.closed_at - incident.received_at)),
    )


@register.simple_tag
def on_time_sentence(incident):
    early = incident.due_at - incident.closed_at
    if early < timedelta(0):
        return _("That is %(span)s after the deadline.") % {"span": duration_in_words(-early)}
    return _("That is %(span)s before the deadline.") % {"span": duration_in_words(early)}


@register.filter
def chat_name(chat: str) -> str:
    return str(medium_of_chat(chat).label)


@register.filter
def chat_words(chat: str) -> str:
    """Returns chat medium and the person's id there; for our own web chat the medium only, because its id is a key."""
    if not chat:
        return ""
    medium = medium_of_chat(chat)
    return str(medium.label) if medium == Medium.WEBCHAT else f"{medium.label} {chat.rpartition(':')[2]}"
