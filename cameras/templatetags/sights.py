"""Format kept pictures, findings and uptimes in templates."""

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from cameras import freshness
from cameras.models import Finding
from geoapp.web.figures import format_number, format_percentage
from incidents.wording import duration_in_words

register = template.Library()


@register.simple_tag
def second_of(moment):
    """`14:25:07` in a <time>, with the day when it is not today's."""
    local = localtime(moment)
    return time_element(moment, f"{local:%H:%M:%S}" if local.date() == localdate() else f"{local:%d/%m %H:%M:%S}")


@register.simple_tag
def minute_of(moment):
    """`14:25` in a <time>, with the day when it is not today's."""
    return time_element(moment, freshness.clock_text(moment))


def time_element(moment, words):
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(timespec="seconds"), words)


# Below so many seconds an age is told in units of so many.
AGES = (
    (60, 1, gettext_lazy("%(n)d s")),
    (3600, 60, gettext_lazy("%(n)d min")),
    (172800, 3600, gettext_lazy("%(n)d h")),
)


@register.simple_tag
def picture_age(seconds):
    """Return the age of a picture in its largest unit: `4 s`, `14 min`, `2 h`, `3 days`; "" without a picture."""
    if not isinstance(seconds, int):
        return ""
    for below, unit, words in AGES:
        if seconds < below:
            return words % {"n": seconds // unit}
    days = seconds // 86400
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


@register.simple_tag
def when_taken(evidence):
    local = localtime(evidence.taken_at)
    return f"{local:%H:%M:%S}" if local.date() == localdate() else f"{local:%d/%m %H:%M:%S}"


@register.simple_tag
def before_and_after():
    return (("before", _("Earlier picture")), ("after", _("Later picture")))


@register.filter
def any_kept(sights):
    return any(sight.evidence or sight.none for sight in sights)


@register.filter
def any_coming(sights):
    return any(sight.coming for sight in sights)


@register.simple_tag
def kept_words(sights):
    """`3 kept, the first of 13:51:07`, or why there is none."""
    rows = [row for sight in sights for row in sight.evidence]
    if rows:
        first = localtime(min(row.taken_at for row in rows))
        counted = ngettext("%(n)d picture saved", "%(n)d pictures saved", len(rows)) % {"n": len(rows)}
        return _("%(counted)s, the first of %(time)s") % {"counted": counted, "time": f"{first:%H:%M:%S}"}
    return _("none yet, being fetched") if any_coming(sights) else _("none was saved")


@register.filter
def uptime(part):
    """Format (share, gap) of `Uptime.parts`: `99,6%`, and below it the share of time in which nobody looked, if any."""
    share, gap = part
    if not gap:
        return per_cent(share)
    words = _("not monitored: %(gap)s") % {"gap": per_cent(gap)}
    return format_html('{}<br><span class="small quiet">{}</span>', per_cent(share), words)


def per_cent(share):
    """`99,6%`; a dash if nothing is known. Never rounded up to 100 %."""
    if share is None:
        return "–"
    return format_percentage(100 * share)


@register.filter
def lasting(duration):
    return duration_in_words(duration)


@register.filter
def format_grid(size):
    """`5 × 4` of `5x4`."""
    return size.replace("x", " × ")


# In one sentence: what was counted, and what is usual there at that hour.
WHY = {
    Finding.Kind.CROWD: (
        ngettext_lazy("%(n)d person in the picture", "%(n)d people in the picture", "n"),
        gettext_lazy("%(seen)s, usually %(usual)s at this hour."),
    ),
    Finding.Kind.TRAFFIC: (
        ngettext_lazy("%(n)d vehicle stands still", "%(n)d vehicles stand still", "n"),
        gettext_lazy("%(seen)s, usually %(usual)s at this hour."),
    ),
}
# Where in the picture the middle of something is, by thirds from the left and by halves from the top.
PLACES = (
    (
        gettext_lazy("far away, on the left"),
        gettext_lazy("far away, in the middle"),
        gettext_lazy("far away, on the right"),
    ),
    (gettext_lazy("near, on the left"), gettext_lazy("near, in the middle"), gettext_lazy("near, on the right")),
)


@register.simple_tag
def why_found(finding):
    """Return one sentence why a camera reports something; "" if nothing was counted."""
    if finding.kind not in WHY or not finding.boxes:
        return ""
    counted, sentence = WHY[finding.kind]
    seen = counted % {"n": len(finding.boxes)}
    if finding.usual is None:
        return f"{seen}."
    return sentence % {"seen": seen, "usual": number_format(round(finding.usual))}


@register.simple_tag
def where_found(finding):
    if finding.zone is None:
        return ""
    x, y, width, height = finding.zone
    return str(PLACES[y + height / 2 >= 0.5][min(int((x + width / 2) * 3), 2)])


@register.inclusion_tag("cameras/control_room/frames_of_finding.html")
def draw_frames(finding):
    return {"boxes": finding.boxes, "zone": finding.zone}


@register.simple_tag
def steps_done(procedure):
    return f"{sum(row.tick is not None for row in procedure)}/{len(procedure)}"


@register.simple_tag
def route_words(team):
    """`6 places, 8.4 km`: number of stops of a team, and the distance in straight lines."""
    places = ngettext("%(n)d place", "%(n)d places", team.stops) % {"n": team.stops}
    return f"{places}, {format_number(team.route_m / 1000, 1)} km"
