"""Group questions that no page answers, so that the next page to write is known, and keep the groups for leaders."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.utils.timezone import now

from geoapp.db import locks
from incidents.access import ENQUIRY_STATES
from incidents.analytics.asked import FEWEST
from incidents.answers.personal import mask_personal
from incidents.answers.search import EMPTY, SURE_FROM, search_answers
from incidents.answers.vocabulary import words_of
from incidents.models import Enquiry, UnansweredQuestion
from incidents.models.enquiry import EnquiryQuerySet
from incidents.models.unanswered import UNANSWERED_MAX

DAYS = 90
MOST = 500  # questions that are read, the newest
GROUPS = 30
ALIKE = 0.4  # of all telling words of two questions: from here on they ask the same
WORDS_MAX = 60


@dataclass
class Unanswered:
    """Questions that ask the same: the newest of them first."""

    words: frozenset[str]
    enquiries: list[Enquiry] = field(default_factory=list)

    @property
    def number(self) -> int:
        return len(self.enquiries)

    @property
    def newest(self) -> Enquiry:
        return self.enquiries[0]


def find_unanswered(enquiries: EnquiryQuerySet) -> list[Unanswered]:
    """Return groups of like questions of the last 90 days without a page, the most asked first.

    `enquiries`: those that the reader may read.
    """
    return [group for group in most_asked(enquiries)[:GROUPS] if not has_page(group.newest.text)]


def most_asked(enquiries):
    recent = enquiries.filter(
        kind=Enquiry.Kind.QUESTION, answer_page=None, erased_at=None, received_at__gt=now() - timedelta(days=DAYS)
    )
    groups = group_questions(recent.exclude(state=Enquiry.State.REFUSED).order_by("-received_at", "-pk")[:MOST])
    return sorted(groups, key=lambda group: (-group.number, -group.newest.pk))


def write_unanswered() -> int:
    """Write the groups of all questions again, masked, for those who lead. Returns how many groups."""
    groups = most_asked(Enquiry.objects.filter(state__in=ENQUIRY_STATES["read"]))
    several = [group for group in groups if group.number >= FEWEST and not has_page(group.newest.text)]
    rows = [
        UnansweredQuestion(enquiry=enquiry, newest=group.newest, text=masked_question(enquiry.text))
        for group in several
        for enquiry in group.enquiries
    ]
    with transaction.atomic():
        if not locks.try_hold(locks.Lock.ANSWERS, "unanswered"):
            return 0
        UnansweredQuestion.objects.all().delete()
        UnansweredQuestion.objects.bulk_create(rows)
    return len(several)


def masked_question(text: str) -> str:
    """Return a question on one line, cut, without what a public question must not say."""
    words = " ".join(mask_personal(text).split())
    return words if len(words) <= UNANSWERED_MAX else words[: UNANSWERED_MAX - 1].rstrip() + "…"


def group_questions(enquiries: Iterable[Enquiry]) -> list[Unanswered]:
    groups: list[Unanswered] = []
    for enquiry in enquiries:
        words = telling_words(enquiry.text)
        if not words:
            continue
        group = max(groups, key=lambda group: likeness(group.words, words), default=None)
        if group is None or likeness(group.words, words) < ALIKE:
            group = Unanswered(words)
            groups.append(group)
        group.enquiries.append(enquiry)
    return groups


def telling_words(text: str) -> frozenset[str]:
    words = words_of(text, "vi")[:WORDS_MAX]
    return frozenset(word for word in words if word not in EMPTY["vi"] and word not in EMPTY["en"])


def likeness(first: frozenset[str], second: frozenset[str]) -> float:
    return len(first & second) / len(first | second)


def has_page(text: str) -> bool:
    matches = search_answers(text, limit=1)
    return bool(matches) and matches[0].score >= SURE_FROM
