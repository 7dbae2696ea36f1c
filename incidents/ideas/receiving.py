"""Receive ideas of people whose phone or e-mail address is confirmed. Each is held until somebody has looked at it."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.gis.geos import Point
from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from geoapp.http import rate_limits
from geoapp.http.rate_limits import Ask
from geoapp.mailbox import fold_mailbox
from gis_data.models import Area
from gis_data.words import plain, tidy
from incidents.models import Authority, Block, Idea, IdeaLine, Medium, User, WatchedWord
from incidents.models.ideas import IdeaQuerySet
from incidents.redaction import without_contacts
from incidents.reporting import TEXT_MAX, ReportRefused, blocking
from incidents.reporting.sender import Sender

TITLE_MAX = 120
LIKE_AT_LEAST, LIKE_AT_MOST = 0.45, 4


@dataclass(frozen=True)
class Person:
    """Somebody whose address is confirmed in the browser that asks."""

    medium: str
    address: str

    @property
    def phone(self) -> str:
        return self.address if self.medium == Medium.SMS else ""

    @property
    def email(self) -> str:
        return self.address if self.medium == Medium.EMAIL else ""


@dataclass
class IncomingIdea:
    """An idea as a form hands it over, not validated."""

    title: str
    text: str
    person: Person
    place: Point | None = None  # EPSG:4326
    area: Area | None = None
    language: str = "vi"
    notice_version: str = ""
    sending: uuid.UUID = field(default_factory=uuid.uuid4)


def receive_idea(incoming: IncomingIdea, sender: Sender) -> Idea:
    """Store an idea, held until somebody has looked at it.

    The same `sending` returns the idea stored first. Raises ReportRefused for missing or too long words, a blocked
    sender, and too many ideas of one person or network.
    """
    title, text = checked_words(incoming)
    if known := Idea.objects.filter(sending=incoming.sending).first():
        return known
    refuse_blocked(incoming.person, sender)
    waits = rate_limits.take(
        Ask("idea:person", fold_mailbox(incoming.person.address)), Ask("idea:address", sender.network)
    )
    if waits:
        raise ReportRefused("", rate_limits.too_many_sentence(max(waits.values())))
    try:
        with transaction.atomic():
            return store_idea(incoming, sender, title=title, text=text)
    except IntegrityError:
        # The same form sent twice at once: the other one was first.
        known = Idea.objects.filter(sending=incoming.sending).first()
        if known is None:
            raise
        return known


def checked_words(incoming: IncomingIdea) -> tuple[str, str]:
    """Title and text as stored. Raises ReportRefused."""
    title, text = " ".join(tidy(incoming.title).split()), tidy(incoming.text)
    message = _("Please shorten the text to %(limit)d characters; it has %(length)d.")
    if not title:
        raise ReportRefused("title", _("Say in one line what the city should do."))
    if not text:
        raise ReportRefused("text", _("Write why, and for whom."))
    for name, words, limit in (("title", title, TITLE_MAX), ("text", text, TEXT_MAX)):
        if len(words) > limit:
            raise ReportRefused(name, message % {"limit": limit, "length": len(words)})
    return title, text


def title_of(text: str) -> str:
    """Return the first line, of a long one whole words."""
    line = " ".join(text.strip().split("\n")[0].split())
    if len(line) <= TITLE_MAX:
        return line
    return line[: TITLE_MAX + 1].rsplit(" ", 1)[0][:TITLE_MAX]


def refuse_blocked(person: Person, sender: Sender) -> None:
    named = sender.addresses(phone=person.phone, email=person.email, chat="")
    digests = [digest for kind, value in named for digest in blocking.digests_of(kind, value)]
    if block := Block.objects.in_force().filter(digest__in=digests).order_by("-ends").first():
        raise ReportRefused("block", blocking.sentence_of(block.pk))


def store_idea(incoming: IncomingIdea, sender: Sender, *, title: str, text: str) -> Idea:
    padded = f" {plain(f'{title} {text}')} "
    watched = WatchedWord.objects.values_list("search", flat=True)
    idea = Idea.objects.create(
        sending=incoming.sending,
        raw_title=title,
        raw_text=text,
        place=incoming.place,
        area=incoming.area,
        phone=incoming.person.phone,
        email=incoming.person.email,
        language=incoming.language,
        notice_version=incoming.notice_version,
        network=sender.network,
        reasons=["words"] if any(f" {word} " in padded for word in watched) else [],
        authority=Authority.objects.get(duty_desk=True),
    )
    write_line(idea, IdeaLine.Kind.HELD)
    return idea


def write_line(
    idea: Idea, kind: str, *, by: User | None = None, text: str = "", at: datetime | None = None
) -> IdeaLine:
    """Add a line to the history in the caller's transaction; contacts in it are replaced."""
    moment = {"at": at} if at else {}
    return IdeaLine.objects.create(
        idea=idea, kind=kind, stage=idea.stage, authority=idea.authority, by=by, text=without_contacts(text), **moment
    )


def similar_ideas(title: str, *, besides: int | None = None) -> IdeaQuerySet:
    """Ideas in public that ask for the like, the most similar first; a decided one as well, with its reason."""
    words = plain(title)[:TITLE_MAX]
    if not words:
        return Idea.objects.none()
    likeness = TrigramWordSimilarity(words, "search")
    rows = Idea.objects.shown().exclude(pk=besides or 0).alias(likeness=likeness)
    return rows.filter(likeness__gte=LIKE_AT_LEAST).order_by("-likeness", "-supporters", "pk")[:LIKE_AT_MOST]
