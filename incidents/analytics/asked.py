"""Count what is asked of units and proposed to them: enquiries, questions without a page, unhelpful pages, ideas.

The leader's page and the weekly message read the same rows. Complaints about staff are not counted: they are the
supervisors'. A question is shown masked, and only where several people ask it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import datetime

from django.db.models import Count, F, Q

from incidents.analytics.overview import SMALL_SAMPLE, percentage
from incidents.models import (
    Answer,
    AnswerVersion,
    AnswerVote,
    Authority,
    Enquiry,
    Idea,
    IdeaSupport,
    UnansweredQuestion,
)

KINDS = (Enquiry.Kind.QUESTION, Enquiry.Kind.THANKS)
NOT_COUNTED = (Enquiry.State.HELD, Enquiry.State.REFUSED)
FEWEST = 3  # questions that ask the same: of fewer the words are not shown
LISTED = 10


@dataclass(frozen=True)
class AskedFigures:
    """Counts of enquiries and ideas of a unit in a period. `late`, `owed`, `owed_late` are counts of now."""

    enquiries: int = 0
    answered: int = 0
    answered_late: int = 0
    enquiries_late: int = 0
    ideas: int = 0
    supporters: int = 0
    owed: int = 0
    owed_late: int = 0

    @property
    def late_share(self) -> float | None:
        """The percentage of answers that were late; None for too few."""
        return percentage(self.answered_late, self.answered) if self.answered >= SMALL_SAMPLE else None

    @property
    def is_small(self) -> bool:
        return 0 < self.answered < SMALL_SAMPLE


COUNTS = tuple(figure.name for figure in fields(AskedFigures))


@dataclass(frozen=True)
class AskedQuestion:
    """A question without a page, as the newest of those that ask it words it, and how many do."""

    text: str
    number: int


@dataclass(frozen=True)
class PageVotes:
    """A page with votes of a period: how many said that it did not help, and of how many."""

    answer: Answer
    no: int
    votes: int
    units: frozenset[int]  # that wrote it

    @property
    def share(self) -> float | None:
        return percentage(self.no, self.votes) if self.votes >= SMALL_SAMPLE else None


@dataclass(frozen=True)
class AskedRows:
    """Counts of a period by unit, summed for any of these units."""

    by_unit: dict[int, AskedFigures]
    questions: list[tuple[int, int, int]]  # group, unit, enquiry
    votes: list[PageVotes]

    def figures(self, units: Iterable[int]) -> AskedFigures:
        return sum_figures(self.by_unit[unit] for unit in units if unit in self.by_unit)

    def most_asked(self, units: Collection[int]) -> list[AskedQuestion]:
        """Read the questions without a page that were asked most of these units, the most asked first."""
        groups = defaultdict(list)
        for group, unit, enquiry in self.questions:
            if unit in units:
                groups[group].append(enquiry)
        several = [(len(enquiries), max(enquiries)) for enquiries in groups.values() if len(enquiries) >= FEWEST]
        most = sorted(several, reverse=True)[:LISTED]
        rows = UnansweredQuestion.objects.filter(enquiry__in=[enquiry for _number, enquiry in most])
        texts = dict(rows.values_list("enquiry", "text"))
        return [AskedQuestion(texts[enquiry], number) for number, enquiry in most if enquiry in texts]

    def least_helpful(self, units: Collection[int], *, whole: bool) -> list[PageVotes]:
        """The pages that most readers found unhelpful: those written by these units, of a `whole` city all."""
        return [page for page in self.votes if whole or page.units.intersection(units)][:LISTED]


def read_rows(first: datetime, last: datetime, *, at: datetime, units: Collection[int] | None = None) -> AskedRows:
    """Count the period [first, last), and what is open at a moment. `units`: only these."""
    return AskedRows(count_by_unit(first, last, at=at, units=units), read_questions(units), read_votes(first, last))


def count_by_unit(
    first: datetime, last: datetime, *, at: datetime, units: Collection[int] | None = None
) -> dict[int, AskedFigures]:
    counted: dict[int, dict[str, int]] = defaultdict(dict)
    for query in (count_enquiries(first, last, at), count_ideas(first, last, at), count_supports(first, last)):
        rows = query if units is None else query.filter(unit__in=units)
        for row in rows:
            counted[row.pop("unit")].update(row)
    return {unit: AskedFigures(**row) for unit, row in counted.items()}


def count_enquiries(first, last, at):
    received, ended = Q(received_at__gte=first, received_at__lt=last), Q(closed_at__gte=first, closed_at__lt=last)
    late = Q(state__in=Enquiry.OPEN, due_at__lt=at)
    rows = Enquiry.objects.filter(received | ended | late, kind__in=KINDS).exclude(state__in=NOT_COUNTED)
    return by_unit(rows, "authority").annotate(
        enquiries=Count("pk", filter=received),
        answered=Count("pk", filter=ended),
        answered_late=Count("pk", filter=ended & Q(closed_at__gt=F("due_at"))),
        enquiries_late=Count("pk", filter=late),
    )


def count_ideas(first, last, at):
    new = Q(published_at__gte=first, published_at__lt=last)
    owed = Q(due_at__isnull=False, answered_at=None, stage__in=Idea.OPEN)
    return by_unit(Idea.objects.filter(new | owed), "authority").annotate(
        ideas=Count("pk", filter=new),
        owed=Count("pk", filter=owed),
        owed_late=Count("pk", filter=owed & Q(due_at__lt=at)),
    )


def count_supports(first, last):
    supports = IdeaSupport.objects.filter(counts=True, at__gte=first, at__lt=last)
    return by_unit(supports, "idea__authority").annotate(supporters=Count("pk"))


def by_unit(rows, authority):
    return rows.order_by().values(unit=F(authority))


def read_questions(units):
    rows = UnansweredQuestion.objects.current()
    rows = rows if units is None else rows.filter(enquiry__authority__in=units)
    return list(rows.values_list("newest", "enquiry__authority", "enquiry"))


def read_votes(first, last):
    votes = AnswerVote.objects.filter(at__gte=first, at__lt=last).order_by().values("answer")
    counted = votes.annotate(no=Count("pk", filter=Q(helpful=False)), votes=Count("pk")).filter(no__gt=0)
    rows = {row["answer"]: row for row in counted}
    if not rows:
        return []
    writers = defaultdict(set)
    for answer, unit in AnswerVersion.objects.filter(answer__in=rows).values_list("answer", "authority"):
        writers[answer].add(unit)
    pages = Answer.objects.public().filter(pk__in=rows).only("slug", "title", "title_en", "answered_by")
    for page in pages:
        if page.answered_by_id:
            writers[page.pk].add(page.answered_by_id)
    voted = [
        PageVotes(page, rows[page.pk]["no"], rows[page.pk]["votes"], frozenset(writers[page.pk])) for page in pages
    ]
    return sorted(voted, key=lambda page: (-page.no, page.votes, page.answer.slug))


def sum_figures(rows: Iterable[AskedFigures]) -> AskedFigures:
    rows = list(rows)
    return AskedFigures(**{name: sum(getattr(row, name) for row in rows) for name in COUNTS})


def leads_city(unit: Authority | None, units: Collection[int]) -> bool:
    """Whether who leads this unit and those below leads the city: nobody stands above, others below."""
    return unit is None or (unit.parent_id is None and len(units) > 1)
