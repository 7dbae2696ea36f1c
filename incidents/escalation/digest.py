"""Send each leader a weekly digest: received, done in time and late incidents, compared with the week before; then what
was asked, which questions found no page, and ideas.
"""

from collections import Counter, defaultdict
from dataclasses import asdict
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import localtime, make_aware, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geoapp.db import locks
from geoapp.web.figures import format_number, format_percentage
from gis_data import policies
from gis_data.models import Area
from incidents import notify, sql
from incidents.access import LEADER
from incidents.analytics import asked
from incidents.analytics.asked import AskedFigures
from incidents.models import Authority, Category, Digest, Incident, Medium, Membership
from incidents.notify import texts
from incidents.notify.sms import split_text

SEND_BATCH = 100  # leaders who are told in one transaction
WEEK = timedelta(days=7)

# What is told, in this order: (key, as a short message says it, as a letter says it).
FIGURES = (
    ("received", gettext_noop("received %(n)s"), gettext_noop("Received: %(n)s")),
    ("in_time", gettext_noop("done on time %(n)s"), gettext_noop("Done on time: %(n)s")),
    ("late", gettext_noop("overdue %(n)s"), gettext_noop("Open and overdue: %(n)s")),
    ("waiting", gettext_noop("waiting %(n)s"), gettext_noop("Waiting for the reporter: %(n)s")),
    ("extension", gettext_noop("extensions requested %(n)s"), gettext_noop("Extensions requested: %(n)s")),
    ("stars", gettext_noop("satisfaction %(n)s"), gettext_noop("Satisfaction: %(n)s")),
)
# Of enquiries and ideas, in letters only: they are too long for a short message.
ASKED_FIGURES = (
    ("enquiries", gettext_noop("Questions received: %(n)s")),
    ("answered", gettext_noop("Questions answered: %(n)s")),
    ("answered_late", gettext_noop("Answered late: %(n)s")),
    ("enquiries_late", gettext_noop("Questions overdue: %(n)s")),
    ("ideas", gettext_noop("New ideas: %(n)s")),
    ("supporters", gettext_noop("New supporters of ideas: %(n)s")),
    ("owed", gettext_noop("Answers owed to ideas: %(n)s")),
    ("owed_late", gettext_noop("Answers to ideas overdue: %(n)s")),
)
ASKED_BEFORE = ("enquiries", "answered", "ideas", "supporters")  # what is known of the week before without its digest
ALL_FIGURES, MAIN_FIGURES = frozenset(key for key, *_words in FIGURES), frozenset({"received", "in_time", "late"})
# How a short message is made shorter until it fits: what is told, what is compared, how long the name may be.
SMS_FORMS = (
    (ALL_FIGURES, ALL_FIGURES, 80),
    (ALL_FIGURES, MAIN_FIGURES, 80),  # first the small comparisons go
    (ALL_FIGURES, frozenset(), 80),  # then all of them
    (ALL_FIGURES, frozenset(), 30),  # then the name of what is led is cut
    (MAIN_FIGURES | {"stars"}, frozenset(), 30),  # then what waits, and more time
    (MAIN_FIGURES, frozenset(), 16),  # and last the satisfaction
)


def due_digest_day(at: datetime) -> date | None:
    """Return the day of the digest that is due at this moment, or None: from its hour until Sunday is over."""
    at = localtime(at)
    day = at.date() - timedelta(days=(at.isoweekday() - policies.current().digest_weekday) % 7)
    passed = at >= digest_moment(day)
    return day if passed and day.isocalendar()[:2] == at.isocalendar()[:2] else None


def digest_moment(day: date) -> datetime:
    hour, minute = map(int, policies.current().digest_at.split(":"))
    return make_aware(datetime.combine(day, time(hour, minute)))


def send_due_digests(at: datetime | None = None) -> int:
    """Send this week's digest to every leader who has not got it yet. Returns how many; a second worker sends none."""
    at = at or now()
    week = due_digest_day(at)
    if week is None:
        return 0
    posts = list(
        Membership.objects.on(week)
        .filter(role=LEADER)
        .exclude(digests__week=week)
        .select_related("user", "authority", "area", "category__parent")
        .defer("area__shape", "area__outline")
        .order_by("pk")
    )
    if not posts:
        return 0
    counted = DigestFigures(week, at)
    return sum(send_digests(posts[n : n + SEND_BATCH], counted) for n in range(0, len(posts), SEND_BATCH))


@transaction.atomic
def send_digests(posts, counted):
    if not locks.try_hold(locks.Lock.DIGEST):
        return 0
    keys = [post.pk for post in posts]
    last = {digest.post_id: digest.counts for digest in Digest.objects.filter(week=counted.day - WEEK, post__in=keys)}
    served_posts = set(Digest.objects.filter(week=counted.day, post__in=keys).values_list("post", flat=True))
    rows = [
        Digest(week=counted.day, post=post, at=counted.at, counts=counted.counts_of(post, last.get(post.pk)))
        for post in posts
        if post.pk not in served_posts
    ]
    letters, own = [], {language: texts.own_text("digest", Medium.SMS, language) for language in texts.language_codes()}
    hearers = notify.recipients_by_person([post.user for post in posts], at=counted.at, sms=True)
    for new_digest in Digest.objects.bulk_create(rows):
        for hearer in hearers[new_digest.post.user_id]:
            values = digest_values(new_digest, hearer, own, counted)
            letters.append((f"digest:{new_digest.week}:{new_digest.post_id}", hearer, values))
    notify.create_notices_in_bulk("digest", letters)
    return len(rows)


class DigestFigures:
    """Figures of the week until the digest's hour, and of the week before, by unit, area and field."""

    def __init__(self, day: date, at: datetime) -> None:
        self.day, self.at, until = day, at, digest_moment(day)
        span = {"until": until, "since": digest_moment(day - WEEK), "before": digest_moment(day - 2 * WEEK)}
        running = [str(state) for state in Incident.RUNNING]
        self.cells = defaultdict(list)  # by unit: (area, field, counts, counts of the week before)
        names = ("received", "done", "in_time")
        for unit, area, field, *n in sql.execute("digest_counts", at=at, running=running, **span):
            week = dict(zip(names, n[0:6:2], strict=True)) | dict(
                zip(("late", "waiting", "extension"), n[6:], strict=True)
            )
            self.cells[unit].append((area, field, week, dict(zip(names, n[1:6:2], strict=True))))
        for unit, area, field, stars, stars_before, ratings, ratings_before in sql.execute("digest_ratings", **span):
            week, before = {"stars": stars, "ratings": ratings}, {"stars": stars_before, "ratings": ratings_before}
            self.cells[unit].append((area, field, week, before))
        self.groups = dict(Category.objects.values_list("pk", "parent"))
        chains = Area.objects.exclude(parent=None).values_list("pk", "parent", "parent__parent")
        self.above = {area: above for area, *above in chains}
        self.asked = asked.read_rows(span["since"], until, at=at)
        self.asked_before = asked.count_by_unit(span["before"], span["since"], at=at)
        self.units = defaultdict(list)
        for unit, parent in Authority.objects.values_list("pk", "parent"):
            self.units[parent].append(unit)

    def lies_in(self, wanted: int | None, area: int) -> bool:
        return wanted is None or wanted in (area, *self.above.get(area, ()))

    def units_below(self, unit: int) -> list[int]:
        keys = [unit]
        for key in keys:
            keys += self.units[key]
        return keys

    def counts_of(self, post: Membership, last: dict | None = None) -> dict:
        """Return the figures of what a post leads. `before`: those of its last digest (`last`), or as far as known."""
        week, before = Counter(), Counter()
        for unit in self.units_below(post.authority_id):
            for area, field, counts, earlier in self.cells[unit]:
                if self.lies_in(post.area_id, area) and post.category_id in (None, field, self.groups[field]):
                    week.update(counts)
                    before.update(earlier)
        names = ("received", "done", "in_time")
        earlier = {name: before[name] for name in names} | satisfaction(before)
        counts = {name: week[name] for name in (*names, "late", "waiting", "extension")} | satisfaction(week)
        counts |= self.asked_of(post)
        earlier |= {name: self.asked_before_of(post)[name] for name in ASKED_BEFORE if name in counts}
        return counts | {
            "before": {key: figure for key, figure in last.items() if key != "before"} if last else earlier
        }

    def asked_of(self, post: Membership) -> dict[str, int]:
        """Return what was asked of the units that a post leads; {} where that was nothing.

        Enquiries and ideas have neither an area nor a field: who leads only a part of a unit hears of none.
        """
        figures = self.asked.figures(self.units_below(post.authority_id))
        return {} if is_limited(post) or figures == AskedFigures() else asdict(figures)

    def asked_before_of(self, post: Membership) -> dict[str, int]:
        units = self.units_below(post.authority_id)
        return asdict(asked.sum_figures(self.asked_before[unit] for unit in units if unit in self.asked_before))


def is_limited(post: Membership) -> bool:
    return bool(post.area_id or post.category_id)


def satisfaction(counts):
    number = counts["ratings"]
    return {"stars": round(counts["stars"] / number, 2) if number else None, "ratings": number}


def digest_values(digest, hearer, own, counted):
    """Return the values of the text for a recipient; a short message is cut to the segments allowed.

    `own`: the city's own text of the short message by language, or None.
    """
    with translation.override(hearer.language):
        values = {
            "scope": scope_title(digest.post),
            "day": f"{digest.week:%d/%m}",
            "lines": "\n".join(
                f"- {figure_line}" for figure_line in figure_lines(digest.counts, 1, ALL_FIGURES, ALL_FIGURES)
            ),
            "asked": "" if hearer.medium == Medium.SMS else "\n\n".join(asked_parts(digest, counted)),
            "link": settings.SITE_URL + reverse("lead"),
        }
        for keys, compared, length in SMS_FORMS:
            values["summary"] = summary_line(digest, keys, compared, length)
            if hearer.medium != Medium.SMS or fits_sms(values, hearer.language, own[hearer.language]):
                break
        return values


def fits_sms(values, language, own):
    _subject, text = texts.render_notice("digest", Medium.SMS, language, values, own)
    return values["summary"] in text and split_text(text).count <= policies.current().digest_segments


def scope_title(post):
    parts = [post.area and post.area.title, post.category and post.category.title]
    return " · ".join(filter(None, parts)) or post.authority.title


def summary_line(digest, keys, compared, length):
    name = scope_title(digest.post)
    name = name if len(name) <= length else name[: length - 1].rstrip() + "."
    head = _("%(scope)s, week to %(day)s") % {"scope": name, "day": f"{digest.week:%d/%m}"}
    return f"{head}: {', '.join(figure_lines(digest.counts, 0, keys, compared))}."


def figure_lines(counts, form, keys, compared):
    """Return the sentences of these numbers (form 0 short, 1 long), some with the difference to the week before."""
    for key, *forms in FIGURES:
        if key in keys:
            sentence = _(forms[form]) % {"n": format_figure(key, counts)}
            before = counts["before"].get(key)
            if key in compared and before is not None and counts[key] is not None:
                sentence += f" ({format_difference(counts[key] - before)})"
            yield sentence


def asked_parts(digest, counted):
    """Return what is said of enquiries and ideas, each part under its heading."""
    counts = digest.counts
    if "enquiries" not in counts:
        return
    figures = AskedFigures(**{name: counts[name] for name in asked.COUNTS})
    units = counted.units_below(digest.post.authority_id)
    yield list_under(_("Questions and ideas"), asked_lines(counts))
    if questions := counted.asked.most_asked(units):
        lines = [f"“{question.text}”: {format_number(question.number)}" for question in questions]
        yield list_under(_("Asked most in 90 days, without a page that answers"), lines)
    whole = asked.leads_city(digest.post.authority, units)
    if pages := counted.asked.least_helpful(units, whole=whole):
        lines = [f"{page.answer.heading}: {share_in_words(page.no, page.votes, page.share)}" for page in pages]
        yield list_under(_("Pages that did not help, of all who voted"), lines)
    if figures.is_small:
        yield _("Too little was answered this week for percentages.")


def list_under(heading, lines):
    return "\n".join([f"{heading}:", *(f"- {words}" for words in lines)])


def asked_lines(counts):
    figures = AskedFigures(**{name: counts[name] for name in asked.COUNTS})
    for key, sentence in ASKED_FIGURES:
        if key == "answered_late":
            yield _(sentence) % {"n": share_in_words(figures.answered_late, figures.answered, figures.late_share)}
        else:
            before = counts["before"].get(key)
            compared = "" if before is None else f" ({format_difference(counts[key] - before)})"
            yield _(sentence) % {"n": format_number(counts[key])} + compared


def share_in_words(part, whole, share):
    """Return `3/24 (13%)`; without a percentage where it would say little."""
    words = f"{format_number(part)}/{format_number(whole)}"
    return words if share is None else f"{words} ({format_percentage(share, 0)})"


def format_figure(key, counts):
    """Format `97/101` done in time of all done, `4.2/5 (30)` stars of ratings, else the number."""
    if key == "in_time":
        return f"{format_number(counts['in_time'])}/{format_number(counts['done'])}"
    if key == "stars":
        if counts["stars"] is None:
            return "–"
        return f"{format_number(counts['stars'], 1)}/5 ({format_number(counts['ratings'])})"
    return format_number(counts[key])


def format_difference(by):
    by, places = (round(by, 1), 1) if isinstance(by, float) else (by, 0)
    return f"{'+' if by > 0 else ''}{format_number(by, places)}" if by else "="
