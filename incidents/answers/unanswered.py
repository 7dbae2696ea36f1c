"""Group questions that no page answers, so that the next page to write is known."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils.timezone import now

from incidents.answers.search import EMPTY, SURE_FROM, search_answers
from incidents.answers.vocabulary import words_of
from incidents.models import Enquiry
from incidents.models.enquiry import EnquiryQuerySet

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
    recent = enquiries.filter(
        kind=Enquiry.Kind.QUESTION, answer_page=None, erased_at=None, received_at__gt=now() - timedelta(days=DAYS)
    )
    groups = group_questions(recent.exclude(state=Enquiry.State.REFUSED).order_by("-received_at", "-pk")[:MOST])
    groups.sort(key=lambda group: (-group.number, -group.newest.pk))
    return [group for group in groups[:GROUPS] if not has_page(group.newest.text)]


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
