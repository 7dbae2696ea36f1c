"""How states, deadlines and times are said."""

import re
from datetime import timedelta

from django import template
from django.utils.html import format_html
from django.utils.timezone import localtime, now
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from gis_data.templatetags.look import glyph
from incidents.models import Incident

register = template.Library()


@register.simple_tag
def state_label(state, more=""):
    """Glyph and word of a state."""
    return format_html(
        '<span class="state {}" data-state="{}">{}{}</span>', more, state, glyph(state), Incident.State(state).label
    )


def span(duration):
    """A length of time in words, two units at most: `2 h 15 min`, `3 days`."""
    minutes = max(int(duration.total_seconds() // 60), 0)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        said = ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
        return f"{said} {_('%(n)d h') % {'n': hours}}" if days < 3 and hours else said
    if hours:
        said = _("%(n)d h") % {"n": hours}
        return f"{said} {_('%(n)d min') % {'n': rest}}" if rest else said
    return _("%(n)d min") % {"n": rest}


@register.simple_tag
def due(incident):
    """What the clock of an incident says: time left, late by how much, stopped, or done after how long."""
    at = now()
    if incident.state == Incident.State.WAITING:
        return format_html('<span class="due">{}</span>', _("clock stopped"))
    if incident.closed_at:
        return format_html(
            '<span class="due">{}</span>',
            _("done after %(span)s") % {"span": span(incident.closed_at - incident.received_at)},
        )
    if incident.due_at < at:
        return format_html(
            '<span class="due late">{}{}</span>',
            glyph("late"),
            _("%(span)s late") % {"span": span(at - incident.due_at)},
        )
    if incident.due_at - at < timedelta(days=1):
        return format_html('<span class="due">{}</span>', _("%(span)s left") % {"span": span(incident.due_at - at)})
    return format_html('<span class="due">{}</span>', day_and_time(incident.due_at))


NEAR = {0: _lazy("%(clock)s today"), -1: _lazy("%(clock)s yesterday"), 1: _lazy("%(clock)s tomorrow")}
WEEKDAYS = (_lazy("Mon"), _lazy("Tue"), _lazy("Wed"), _lazy("Thu"), _lazy("Fri"), _lazy("Sat"), _lazy("Sun"))


def day_and_time(moment):
    """`14:32 today`, `14:32 yesterday`, `Wed 25/11 08:40`, with the year when it is not this one."""
    moment, today = localtime(moment), localtime(now()).date()
    clock, days = f"{moment:%H:%M}", (moment.date() - today).days
    if days in NEAR:
        return NEAR[days] % {"clock": clock}
    weekday = WEEKDAYS[moment.weekday()]
    return f"{weekday} {moment:%d/%m} {clock}" if moment.year == today.year else f"{moment:%d/%m/%Y} {clock}"


@register.simple_tag
def when(moment):
    """A moment as a person says it, in a <time> that a machine can read."""
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(timespec="seconds"), day_and_time(moment))


@register.filter
def since(moment):
    """How long ago, in words."""
    return span(now() - moment)


@register.filter
def spoken(reason):
    """A reason, kept as {"vi": …, "en": …}, in the language being spoken."""
    return reason.get(get_language()) or reason["vi"]


@register.filter
def percent(share):
    """A part of one as people read it: `70 %`, in English `70%`."""
    return _("%(n)d%%") % {"n": round(share * 100)}


LIKELY = (
    (0.8, _lazy("most likely")),
    (0.5, _lazy("probably")),
    (0.2, _lazy("perhaps")),
    (0, _lazy("hardly, but possibly")),
)


@register.filter
def likelihood(share):
    """How likely a vague place lies there, in words."""
    return next(words for least, words in LIKELY if share >= least)


COUNTED = {
    "min": ("%(n)d minute around the clock", "%(n)d minutes around the clock"),
    "h": ("%(n)d hour around the clock", "%(n)d hours around the clock"),
    "d": ("%(n)d day", "%(n)d days"),
    "wmin": ("%(n)d minute of office time", "%(n)d minutes of office time"),
    "wh": ("%(n)d hour of office time", "%(n)d hours of office time"),
    "wd": ("%(n)d working day", "%(n)d working days"),
}


@register.filter
def target_in_words(target):
    """`4 hours around the clock`, `5 working days`."""
    amount, unit = re.fullmatch(r"(\d+)([a-z]+)", target).groups()
    one, many = COUNTED[unit]
    return ngettext(one, many, int(amount)) % {"n": int(amount)}


@register.simple_tag
def how_counted(incident):
    """How the due date of an incident comes about: `4 hours around the clock, from 14:32 today`."""
    return _("%(target)s, from %(start)s") % {
        "target": target_in_words(incident.target),
        "start": day_and_time(incident.received_at),
    }


@register.simple_tag
def took(incident):
    """Of a closed incident: when it was done, and how long it took."""
    return format_html(
        _("Done at {at}, after {span}."),
        at=when(incident.closed_at),
        span=format_html('<b class="num">{}</b>', span(incident.closed_at - incident.received_at)),
    )


@register.simple_tag
def on_time(incident):
    """Of a closed incident: how long before or after its deadline that was."""
    early = incident.due_at - incident.closed_at
    if early < timedelta(0):
        return _("That is %(span)s after the deadline.") % {"span": span(-early)}
    return _("That is %(span)s before the deadline.") % {"span": span(early)}
