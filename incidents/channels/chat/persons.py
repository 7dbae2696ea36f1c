"""Chats answered by staff: requested by the writer, taken by one person, answered, handed back."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.timezone import now
from django.utils.translation import gettext as _

from geoapp.crypto.fields import BlindIndex
from incidents import notify
from incidents.models import ChatEvent, Correspondent, Notice, User
from incidents.models.notices import CHAT_MEDIA, medium_of_chat
from incidents.notify.hidden_words import shown_words
from incidents.redaction import hide_private_links

MAX_WORDS = 2000  # characters of an answer: what the shortest way carries


class AnsweredByAnother(Exception):
    """Somebody else answers in this chat, or its writer no longer waits for a person."""


def chats_for_a_person() -> QuerySet[Correspondent]:
    chats = Correspondent.objects.exclude(asked_at=None).select_related("answered_by")
    return chats.order_by(F("answered_at").asc(nulls_first=True), "asked_at", "pk")


def attach_last_words(chats: Sequence[Correspondent]) -> None:
    """Set `last_words` of each chat: its writer's latest text, "" where it is no longer stored."""
    if not chats:
        return
    last_events = ChatEvent.objects.filter(user__in=[chat.user for chat in chats]).exclude(words="")
    last_events = last_events.annotate(writer=BlindIndex("user")).order_by("writer", "-at", "-pk").distinct("writer")
    latest = {event.user: event.words for event in sorted(last_events, key=lambda event: event.at)}
    for chat in chats:
        chat.last_words = hide_private_links(latest.get(chat.user, ""))  # type: ignore[attr-defined]  # for the row of the queue


def ask_for_person(writer: Correspondent) -> None:
    """Stop automatic answers in this chat until a person takes it; idempotent."""
    if writer.asked_at is None:
        writer.asked_at = now()
        writer.save(update_fields=["asked_at"])


@transaction.atomic
def take_chat(writer: Correspondent, *, by: User) -> None:
    """Assign the chat to this user. Raises AnsweredByAnother."""
    locked = lock_chat(writer, by)
    locked.asked_at = locked.asked_at or now()
    locked.answered_by, locked.answered_at = by, now()
    locked.save(update_fields=["asked_at", "answered_by", "answered_at"])


def hand_over_chat(writer: Correspondent, *, to: User) -> None:
    """Assign a chat that is answered by one user to another, in the caller's transaction."""
    Correspondent.objects.filter(pk=writer.pk).exclude(answered_by=None).update(answered_by=to, answered_at=now())


@transaction.atomic
def write_answer(writer: Correspondent, *, by: User, text: str, sending: UUID) -> Notice:
    """Send an answer of a user; the same `sending` is sent once.

    Raises AnsweredByAnother, and ValueError for text that cannot be sent.
    """
    words = text.strip()
    if not words or len(words) > MAX_WORDS:
        raise ValueError(_("Write an answer of at most %(limit)d characters.") % {"limit": MAX_WORDS})
    take_chat(writer, by=by)
    to = notify.Recipient(medium_of_chat(writer.user), writer.user, writer.language)
    return notify.answer_in_chat(f"person:{sending}", to, words, written_by=by)


@transaction.atomic
def release_chat(writer: Correspondent, *, by: User | None = None) -> None:
    """Resume automatic answers. `by` None: on the writer's wish. Raises AnsweredByAnother."""
    if by is not None:
        lock_chat(writer, by)
    writer.asked_at = writer.answered_by = writer.answered_at = None
    writer.save(update_fields=["asked_at", "answered_by", "answered_at"])


def lock_chat(writer, by):
    """The chat, locked, if nobody but this user answers in it. Raises AnsweredByAnother."""
    locked = Correspondent.objects.select_for_update().get(pk=writer.pk)
    if locked.answered_by_id not in (None, by.pk):
        raise AnsweredByAnother
    return locked


class ChatLine(NamedTuple):
    """A message in a chat. `theirs`: from the writer; else sent by user `by`, or by the service (None)."""

    at: datetime
    theirs: bool
    text: str
    by: User | None = None
    state: str = ""  # of Notice.State: whether it arrived
    choices: Sequence = ()  # [what is sent, its title] of the buttons under it


def read_chat(writer: Correspondent, *, by_staff: bool = False) -> list[ChatLine]:
    """Messages of the last days (privacy.KEEP_CHAT), oldest first, without private links and codes."""
    heard = ChatEvent.objects.filter(user=writer.user).exclude(words="").order_by("at", "pk")
    notices = Notice.objects.filter(medium__in=CHAT_MEDIA, address=writer.user).select_related("written_by")
    hide = hide_private_links if by_staff else str
    lines = [ChatLine(event.at, True, hide(event.words)) for event in heard]
    lines += [
        ChatLine(
            note.made_at, False, shown_words(note) if by_staff else note.text, note.written_by, note.state, note.choices
        )
        for note in notices.order_by("pk")
    ]
    return sorted(lines, key=lambda line: line.at)
