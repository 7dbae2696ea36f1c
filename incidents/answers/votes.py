"""Count whether answers helped. A visitor has one vote on an answer and may change it or take it back."""

from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.crypto import salted_hmac
from django.utils.timezone import now

from incidents.models import Answer, AnswerVote, Browser
from incidents.models.answers import AnswerQuerySet

PURPOSE = "incidents.answers.votes"


@dataclass(frozen=True)
class Votes:
    """Numbers of helpful and unhelpful votes, and the visitor's own vote; None for none."""

    yes: int
    no: int
    own: AnswerVote | None = None


def visitor_of(answer: Answer, browser: Browser) -> str:
    """Return the digest of a browser for one answer: votes on several cannot be told to be of one person."""
    return salted_hmac(PURPOSE, f"{answer.pk}:{browser.digest}", algorithm="sha256").hexdigest()


def find_votes(answer: Answer, browser: Browser | None) -> Votes:
    counted = answer.votes.aggregate(yes=Count("pk", filter=Q(helpful=True)), no=Count("pk", filter=Q(helpful=False)))
    own = answer.votes.filter(visitor=visitor_of(answer, browser)).first() if browser else None
    return Votes(counted["yes"], counted["no"], own)


def store_vote(answer: Answer, browser: Browser, *, helpful: bool, why: str = "") -> None:
    """Store the vote of a browser, in place of its earlier one. Without `why` an earlier reason stays."""
    changed = {"helpful": helpful, "at": now()}
    if helpful or why:
        changed["why"] = "" if helpful else why
    AnswerVote.objects.update_or_create(answer=answer, visitor=visitor_of(answer, browser), defaults=changed)


def take_back(answer: Answer, browser: Browser | None) -> None:
    if browser:
        answer.votes.filter(visitor=visitor_of(answer, browser)).delete()


def least_helpful() -> AnswerQuerySet:
    """Return answers with votes, `yes` and `no` counted: those with most “no” first."""
    counted = Answer.objects.annotate(
        yes=Count("votes", filter=Q(votes__helpful=True)), no=Count("votes", filter=Q(votes__helpful=False))
    )
    return counted.filter(Q(yes__gt=0) | Q(no__gt=0)).order_by("-no", "yes", "slug")


def reasons_of(answer: Answer) -> list[AnswerVote]:
    """Return the votes that say why an answer did not help, the newest first."""
    votes = answer.votes.filter(helpful=False).order_by("-at", "-pk")
    return [one_vote for one_vote in votes if one_vote.why]
