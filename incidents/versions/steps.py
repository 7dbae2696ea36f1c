"""Steps of a version: who may take which, the lock under which it is taken, and the refusals.

Each act locks the version in its caller's transaction. PostgreSQL refuses that somebody publishes what they wrote.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as w

from gis_data.words import plain
from incidents.models import User, Version

S = Version.State
NOTE_MAX, LONGEST_SLUG = 1000, 50

Content = dict[str, str]
Row = TypeVar("Row", bound=Version)


class NotPublished(ValueError):
    """The act is refused: `field` is at fault; the message says what to do."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class ChangedMeanwhile(Exception):
    """Somebody else has changed the draft since it was read; nothing was stored."""


@dataclass(frozen=True)
class VersionStep:
    """A step of a version: the right it needs, its origins, target, line of history and words."""

    right: str  # a key of `access.ANSWER_VERSIONS` and `access.CAMPAIGN_VERSIONS`
    sources: tuple[str, ...]
    target: str
    line: str
    button: Promise
    missing: Promise | str = ""  # where a reason is required

    @property
    def needs_whole_text(self) -> bool:
        return self.target in (S.PROPOSED, S.PUBLISHED)


STEPS = {
    "propose": VersionStep("write", (S.DRAFT,), target=S.PROPOSED, line="proposed", button=w("Hand it in")),
    "publish": VersionStep("approve", (S.PROPOSED,), target=S.PUBLISHED, line="published", button=w("Publish")),
    "return": VersionStep(
        "approve", (S.PROPOSED,), target=S.DRAFT, line="returned", button=w("Return it"),
        missing=w("Say what should be changed."),
    ),
    "drop": VersionStep("write", (S.DRAFT, S.PROPOSED), target=S.DROPPED, line="dropped", button=w("Discard it")),
    "withdraw": VersionStep(
        "approve", (S.PUBLISHED,), target=S.WITHDRAWN, line="withdrawn", button=w("Withdraw the page"),
        missing=w("Say why it is withdrawn."),
    ),
}  # fmt: skip


def create_or_find_open(rows: QuerySet[Row], page: dict[str, Any], **values: Any) -> tuple[Row, bool]:
    """Store a draft, or find the open one of this page; return it and whether it is new.

    `page`: the column that names the page, and the page. A constraint allows one open version a page.
    """
    try:
        with transaction.atomic():
            return rows.create(**page | values), True
    except IntegrityError:
        return rows.get(state__in=Version.OPEN, **page), False


def lock_version(version: Row, *, edit: int, states: Iterable[str]) -> Row:
    """Return the locked version. Raises ChangedMeanwhile where it is no longer `edit`, or in none of these states."""
    rows: QuerySet[Row] = type(version)._default_manager.select_for_update(of=("self",))
    locked = rows.get(pk=version.pk)
    if locked.edit != edit or locked.state not in states:
        raise ChangedMeanwhile
    return locked


def offered_steps(state: str, may_do: Callable[[str], bool]) -> list[str]:
    """Return the names of the steps that lead on from a state. `may_do`: whether the person has a right."""
    may = {right: may_do(right) for right in {step.right for step in STEPS.values()}}
    return [name for name, step in STEPS.items() if state in step.sources and may[step.right]]


def begin_step(version: Row, step: VersionStep, *, may_do: Callable[[Row], bool], edit: int, note: str) -> Row:
    """Return the locked version in the state of the step's target, not saved. Raises NotPublished, ChangedMeanwhile."""
    locked = lock_version(version, edit=edit, states=step.sources)
    if not may_do(locked):
        raise NotPublished(_("A second person agrees: nobody publishes what they wrote."))
    if step.missing and not note:
        raise NotPublished(str(step.missing), field="note")
    if len(note) > NOTE_MAX:
        raise NotPublished(_("Too long: at most %(most)s characters.") % {"most": NOTE_MAX}, field="note")
    locked.state, locked.edit = step.target, edit + 1
    return locked


def set_decision(version: Version, *, by: User) -> None:
    version.decided_by, version.decided_at = by, now()


def list_changes(fields: Iterable[str], before: Content, after: Content) -> list[tuple[str, str, str]]:
    """Return (field, text before, text now) of the fields that differ."""
    rows = [(name, before.get(name, ""), after.get(name, "")) for name in fields]
    return [row for row in rows if row[1] != row[2]]


def free_slug(pages: QuerySet[Any], title: str, *, otherwise: str) -> str:
    """Return the words of a title as an address that no page has; `otherwise` where it has no letters."""
    first = slugify(plain(title))[:LONGEST_SLUG].strip("-") or otherwise
    slugs = set(pages.filter(slug__startswith=first).values_list("slug", flat=True))
    return next(slug for n in range(len(slugs) + 1) if (slug := f"{first}-{n + 1}" if n else first) not in slugs)
