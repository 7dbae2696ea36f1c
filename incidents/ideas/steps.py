"""Table of the steps of ideas, and `move`, which takes one. Each change says why, in public."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.functional import Promise
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as w
from procrastinate.contrib.django import app

from gis_data.words import plain, tidy
from incidents import access
from incidents.ideas import supporting
from incidents.ideas.receiving import TITLE_MAX, write_line
from incidents.models import Authority, Idea, IdeaLine, IdeaSupport, User
from incidents.redaction import without_contacts
from incidents.reporting import TEXT_MAX

NOTE_MAX = 4000
S, L = Idea.Stage, IdeaLine.Kind


class StepRefused(ValueError):
    """The step is refused: `field` is at fault; the message says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class IdeaStep:
    """A step: the right it needs (a key of `access.IDEAS`), its origins, its target ("": stays) and its words.

    `missing`: message where the required note is missing; "": no note required. `answers`: it is the answer that is
    owed to the supporters.
    """

    right: str
    sources: tuple[str, ...]
    target: str
    line: str
    button: Promise
    missing: Promise | str = ""
    answers: bool = False


STEPS = {
    "publish": IdeaStep("check", (S.HELD,), S.RECEIVED, L.PUBLISHED, w("Publish")),
    "refuse": IdeaStep(
        "check", (S.HELD,), S.REFUSED, L.REFUSED, w("Refuse"), missing=w("Give the reason: the sender reads it."),
    ),
    "join": IdeaStep("check", Idea.OPEN, S.JOINED, L.JOINED, w("Join")),
    "pass-on": IdeaStep(
        "work", Idea.OPEN, "", L.PASSED_ON, w("Pass it on"), missing=w("Give the reason: the unit reads it."),
    ),
    "study": IdeaStep(
        "work", (S.RECEIVED,), S.STUDIED, L.STUDIED, w("Study it"),
        missing=w("Say what is being studied, and by whom."),
    ),
    "answer": IdeaStep(
        "work", Idea.OPEN, "", L.ANSWERED, w("Send the answer"), missing=w("Write an answer."), answers=True,
    ),
    "plan": IdeaStep(
        "work", Idea.OPEN, S.PLANNED, L.PLANNED, w("It will be done"),
        missing=w("Say what will be done, and when."), answers=True,
    ),
    "decline": IdeaStep(
        "work", Idea.OPEN, S.DECLINED, L.DECLINED, w("It will not be done"),
        missing=w("Give the reason: everyone reads it."), answers=True,
    ),
}  # fmt: skip


def offered_steps(user: User, idea: Idea) -> list[str]:
    rights = {step.right for step in STEPS.values()}
    may = {right for right in rights if access.ideas_for(user, right).filter(pk=idea.pk).exists()}
    return [name for name, step in STEPS.items() if step.right in may and idea.stage in step.sources]


@transaction.atomic
def move(
    idea: Idea,
    step_name: str,
    *,
    by: User,
    note: str = "",
    title: str = "",
    text: str = "",
    authority: Authority | None = None,
    other: Idea | None = None,
    at: datetime | None = None,
) -> IdeaLine:
    """Take a step: store the row, its line and the job that notifies, in one transaction.

    `title`, `text`: what everybody is to read of it, when it is published; what was sent, by default. `authority`: the
    unit to which it is passed on. `other`: the idea to which it is joined. Raises StepRefused.
    """
    step, moment = STEPS[step_name], at or now()
    locked = lock_ideas(idea, other)
    if locked.stage not in step.sources:
        raise StepRefused("", _("Somebody else was faster: this is no longer possible."))
    words = checked_note(step, note)
    if step_name == "publish":
        publish(locked, title or locked.raw_title, text or locked.raw_text, moment)
    elif step_name == "pass-on":
        if authority is None or authority.pk == locked.authority_id:
            raise StepRefused("authority", _("Choose another unit."))
        locked.authority, locked.reminded_at = authority, None
    elif step_name == "join":
        join(locked, other)
    if step.answers and locked.due_at and locked.answered_at is None:
        locked.answered_at = moment
    locked.stage = step.target or locked.stage
    locked.settled_at = None if locked.stage in (S.HELD, *Idea.OPEN) else moment
    locked.save()
    line = write_line(locked, step.line, by=by, text=words, at=moment)
    app.configure_task("incidents.announce_idea").defer(line_id=line.pk)
    idea.refresh_from_db()
    return line


def lock_ideas(idea: Idea, other: Idea | None) -> Idea:
    """Lock both in the order of their keys, so that two steps never wait for one another."""
    keys = {idea.pk, other.pk} if other else {idea.pk}
    rows = Idea.objects.select_for_update(of=("self",)).select_related("authority").filter(pk__in=keys).order_by("pk")
    return {row.pk: row for row in rows}[idea.pk]


def checked_note(step: IdeaStep, note: str) -> str:
    """The note as stored. Raises StepRefused."""
    words = tidy(note)
    if not words and step.missing:
        raise StepRefused("note", str(step.missing))
    if len(words) > NOTE_MAX:
        message = _("Please shorten the text to %(limit)d characters; it has %(length)d.")
        raise StepRefused("note", message % {"limit": NOTE_MAX, "length": len(words)})
    return words


def publish(idea: Idea, title: str, text: str, moment: datetime) -> None:
    """Set what everybody reads: contacts, identity numbers and plates in it are replaced."""
    shown = " ".join(without_contacts(tidy(title)).split()), without_contacts(tidy(text))
    message = _("Please shorten the text to %(limit)d characters; it has %(length)d.")
    for name, words, limit in (("title", shown[0], TITLE_MAX), ("text", shown[1], TEXT_MAX)):
        if not words:
            raise StepRefused(name, _("It needs a title and a text that anyone may read."))
        if len(words) > limit:
            raise StepRefused(name, message % {"limit": limit, "length": len(words)})
    idea.title, idea.text = shown
    idea.search, idea.published_at = plain(" ".join(shown)), moment


def join(idea: Idea, other: Idea | None) -> None:
    """Join an idea to another that stays: its supporters are the other's, each once."""
    fresh = Idea.objects.select_related("authority").filter(pk=other.pk if other else 0).first()
    if fresh is None or fresh.pk == idea.pk or not fresh.is_open:
        raise StepRefused("other", _("Choose an idea that is still open."))
    supporters = set(IdeaSupport.objects.filter(idea=fresh).exclude(address="").values_list("address", flat=True))
    for row in IdeaSupport.objects.filter(idea=idea).order_by("pk"):
        if row.address and row.address in supporters:
            row.delete()
            continue
        row.counts = supporting.does_count(fresh, row.medium, row.network)
        row.idea = fresh
        row.save(update_fields=["idea", "counts"])
    supporting.count_again(fresh)
    idea.joined_to, idea.supporters, idea.residents, idea.uncounted = fresh, 0, 0, 0
