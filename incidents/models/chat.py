"""Correspondents, incoming chat events, and drafts of reports."""

import uuid
from collections.abc import Sequence

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import F, Q, Value
from django.utils.timezone import now

from geoapp.crypto.fields import BlindIndex, EncryptedListField, EncryptedTextField, SealedTextField
from incidents.models.catalogue import Category
from incidents.models.incident import Incident, Report


class Correspondent(models.Model):
    """Somebody who chats with the city: contact data.

    `user`: id with its channel, `messenger:4711`, `webchat:k3…`; of Zalo, the first channel, the id alone (see
    `medium_of_chat`).
    """

    user = EncryptedTextField(max_length=40, indexed=True, sealed_as="incidents.follower.user")
    language = models.CharField(max_length=5, default="vi")
    greeted_at = models.DateTimeField(
        null=True, blank=True, help_text="When they were told what is kept of them, and why"
    )
    heard_at = models.DateTimeField(default=now)
    # After a request for a person, no automatic answers until that person releases the chat.
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When they asked for a person to answer")
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True, help_text="When that person took it over, or wrote last")
    failures = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How many messages in a row were not understood"
    )
    unsent = EncryptedListField(
        default=list,
        blank=True,
        db_default=[],
        help_text="The draft that was given up, and further matters of one message",
    )
    told_emergency = models.ForeignKey(
        "incidents.Emergency", models.PROTECT, null=True, blank=True, related_name="+",
        help_text="Of which emergency mode they were told",
    )  # fmt: skip
    unsent_until = models.DateTimeField(null=True, blank=True, help_text="Until when that can be taken up again")

    class Meta:
        db_table = "incidents_follower"
        indexes = [
            models.Index(fields=["heard_at"], name="followers_by_silence"),
            models.Index(fields=["asked_at"], condition=~Q(asked_at=None), name="chats_for_a_person"),
        ]
        constraints = [
            models.UniqueConstraint(BlindIndex("user"), name="a_follower_is_known_once"),
            models.CheckConstraint(
                condition=Q(answered_by=None, answered_at=None)
                | Q(asked_at__isnull=False, answered_by__isnull=False, answered_at__isnull=False),
                name="who_answers_was_asked_for",
            ),
        ]

    def __str__(self):
        return f"{self.pk}"


class ChatEvent(models.Model):
    """A raw chat event until it is processed. Its id stays, since platforms repeat events."""

    event_id = models.CharField(max_length=100, unique=True)
    user = EncryptedTextField(max_length=40, indexed=True)
    body = EncryptedTextField(blank=True)
    words = EncryptedTextField(
        blank=True, db_default="", help_text="What was said, for a person who answers; goes with its row"
    )
    at = models.DateTimeField(help_text="When it was said")
    came_at = models.DateTimeField(default=now)
    tries = models.PositiveSmallIntegerField(default=0)
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(BlindIndex("user"), "at", condition=Q(taken_at=None), name="chat_to_be_taken"),
            models.Index(fields=["came_at"], name="chat_by_age"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(taken_at=None) | Q(body=""), name="what_was_taken_keeps_no_words")
        ]

    def __str__(self):
        return self.event_id


class WaitingPhoto(models.Model):
    """Base of re-encoded photos stored in the database until their row is processed."""

    large = models.BinaryField()
    small = models.BinaryField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    video = models.BinaryField(default=b"", db_default=Value(b"", models.BinaryField()))
    seconds = models.FloatField(default=0, db_default=0)

    class Meta:
        abstract = True
        ordering = ["pk"]


class ChatPhoto(WaitingPhoto):
    """A re-encoded photo of an event until it is processed, or of a draft given up by it until that is restored."""

    event = models.ForeignKey(ChatEvent, models.CASCADE, related_name="photos")

    def __str__(self):
        return f"{self.event_id} {self.width}×{self.height}"


class Draft(models.Model):
    """An unfinished report in a chat: one for each correspondent, deleted when it expires."""

    writer = models.OneToOneField(Correspondent, models.CASCADE, db_column="follower_id", related_name="draft")
    sending = models.UUIDField(default=uuid.uuid4, unique=True)
    step = models.CharField(max_length=10, blank=True, help_text="What was asked last")
    choices = models.JSONField(default=list, blank=True, help_text='[["#kind RD.01", "Pothole"], …]: of that question')
    offered = models.JSONField(default=list, blank=True, help_text="All choices so far: an earlier button still works")
    about = models.ForeignKey(Report, models.CASCADE, null=True, blank=True, related_name="+")
    text = SealedTextField(blank=True)
    place = models.PointField(null=True, blank=True)
    accuracy_m = models.FloatField(null=True, blank=True)
    where = SealedTextField(max_length=200, blank=True, help_text="The place in the writer's own words")
    ward = models.CharField(max_length=40, blank=True, help_text="The code of the ward, if it was named")
    group = models.ForeignKey(Category, models.CASCADE, null=True, blank=True, related_name="+")
    category = models.ForeignKey(Category, models.CASCADE, null=True, blank=True, related_name="+")
    join = models.ForeignKey(Incident, models.CASCADE, null=True, blank=True, related_name="+")
    apart = models.BooleanField(default=False, help_text="It is none of those close by")
    answers = EncryptedListField(
        default=list, blank=True, db_default=[], help_text='[["pole", ["A12"]], …]: code of the question, values'
    )
    phone = EncryptedTextField(max_length=20, blank=True, indexed=True)
    network = EncryptedTextField(
        max_length=60, blank=True, db_default="", help_text="From where it was written on our own pages"
    )
    of_street = models.BooleanField(
        default=False, db_default=False, help_text="It is a matter of the street, whatever its words read like"
    )
    # Not stored: categories suggested by the last words, whether to offer all groups, what the words want, and choices
    # of other places than the one that was taken.
    suggested: Sequence[Category] = ()
    every = False
    intent: str | None = None
    other_spots: Sequence[list[str]] = ()
    begun_at = models.DateTimeField(default=now)
    changed_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="drafts_by_end")]
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("begun_at")), name="a_draft_lives_for_a_while"),
            models.CheckConstraint(
                condition=Q(accuracy_m=None) | Q(place__isnull=False, accuracy_m__gte=0),
                name="only_a_place_is_inexact",
            ),
            models.CheckConstraint(condition=Q(join=None) | Q(apart=False), name="a_draft_joins_or_stands_apart"),
        ]

    def __str__(self):
        return f"{self.writer_id} {self.step}"

    @property
    def is_blank(self) -> bool:
        """Whether nothing was said, shown or chosen yet."""
        return not (self.text or self.place or self.category_id or self.about_id or self.photos.exists())


class DraftPhoto(WaitingPhoto):
    """A re-encoded photo of a draft, deleted with it."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="photos")

    def __str__(self):
        return f"{self.draft_id} {self.width}×{self.height}"
