"""Ideas: what people want the city to do, in public after a check, with supporters and a reasoned answer."""

import uuid
from datetime import datetime

from django.conf import settings
from django.contrib.gis.db.models import PointField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from geoapp.crypto.fields import BlindIndex, EncryptedEmailField, EncryptedTextField
from gis_data.models import Area
from gis_data.words import plain
from incidents.models.notices import Medium
from incidents.models.people import Authority

WORDS_AT_MOST = 8  # of what is typed to search


class IdeaQuerySet(models.QuerySet["Idea"]):
    def shown(self) -> "IdeaQuerySet":
        """Those that everybody may read; a joined one leads to the other and stands in no list."""
        return self.filter(stage__in=Idea.SHOWN)

    def owed(self) -> "IdeaQuerySet":
        return self.filter(due_at__isnull=False, answered_at=None, stage__in=Idea.OPEN)

    def late(self, at: datetime | None = None) -> "IdeaQuerySet":
        return self.owed().filter(due_at__lt=at or now())

    def with_words(self, typed: str) -> "IdeaQuerySet":
        """Those that have all these words, with or without diacritics."""
        rows = self
        for word in plain(typed).split()[:WORDS_AT_MOST]:
            rows = rows.filter(search__contains=word)
        return rows

    def with_pages(self) -> "IdeaQuerySet":
        return self.select_related("authority", "area").defer("raw_title", "raw_text", "phone", "email")


class Idea(models.Model):
    """What somebody wants the city to do. Its number is its key.

    `raw_title`, `raw_text` and the sender are sealed; `title` and `text` are what the person who published it let
    everybody read.
    """

    class Stage(models.TextChoices):
        HELD = "held", _("Being checked")
        RECEIVED = "received", _("Received")
        STUDIED = "studied", _("Being studied")
        PLANNED = "planned", _("Will be done")
        DECLINED = "declined", _("Will not be done")
        REFUSED = "refused", _("Not accepted")
        JOINED = "joined", _("Joined to another idea")

    OPEN = (Stage.RECEIVED, Stage.STUDIED)
    SHOWN = (Stage.RECEIVED, Stage.STUDIED, Stage.PLANNED, Stage.DECLINED)

    stage = models.CharField(max_length=10, choices=Stage, default=Stage.HELD)
    # Idempotency key set by the sender: a form sent twice is one idea.
    sending = models.UUIDField(default=uuid.uuid4, unique=True)
    raw_title = EncryptedTextField(max_length=200, blank=True, help_text="As it was sent")
    raw_text = EncryptedTextField(blank=True, help_text="As it was sent")
    title = models.CharField(max_length=200, blank=True, help_text="In public")
    text = models.TextField(blank=True, help_text="In public")
    search = models.TextField(blank=True, help_text="Title and text in public, as `gis_data.words.plain` writes")
    place = PointField(null=True, blank=True, help_text="EPSG:4326")
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+", help_text="The ward")
    phone = EncryptedTextField(max_length=20, blank=True, indexed=True)
    email = EncryptedEmailField(blank=True, indexed=True)
    language = models.CharField(max_length=5, default="vi")
    notice_version = models.CharField(max_length=10, blank=True)
    network = models.CharField(max_length=45, blank=True)
    reasons = models.JSONField(default=list, blank=True, help_text="To look twice: values of HeldReport.Reason")
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="ideas", help_text="Which answers it")
    joined_to = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="joined")
    received_at = models.DateTimeField(default=now)
    published_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True, help_text="Until when its supporters are owed an answer")
    answered_at = models.DateTimeField(null=True, blank=True, help_text="When the owed answer was given")
    reminded_at = models.DateTimeField(null=True, blank=True, help_text="When it was told that it is late")
    supporters = models.PositiveIntegerField(default=0, help_text="Who count")
    residents = models.PositiveIntegerField(default=0, help_text="Of them, who live in its ward")
    uncounted = models.PositiveIntegerField(default=0, help_text="Supporters beyond what one network may have")
    erased_at = models.DateTimeField(null=True, blank=True, help_text="When its sender was erased")

    objects = IdeaQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["stage", "-published_at"], name="ideas_by_stage"),
            models.Index(fields=["-supporters"], condition=~Q(published_at=None), name="ideas_by_supporters"),
            models.Index(fields=["due_at"], condition=~Q(due_at=None), name="ideas_by_due"),
            models.Index(BlindIndex("phone"), condition=~Q(phone=""), name="ideas_by_phone"),
            models.Index(BlindIndex("email"), condition=~Q(email=""), name="ideas_by_email"),
            GinIndex(OpClass("search", name="gin_trgm_ops"), name="ideas_by_words"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(stage__in=["held", "refused"], published_at=None)
                | Q(stage__in=["received", "studied", "planned", "declined"], published_at__isnull=False)
                | Q(stage="joined"),
                name="an_idea_in_public_was_published",
            ),
            models.CheckConstraint(
                condition=Q(published_at=None) | ~Q(title="") & ~Q(text=""), name="a_published_idea_has_words"
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=False, stage__in=["planned", "declined", "refused", "joined"])
                | Q(settled_at=None, stage__in=["held", "received", "studied"]),
                name="a_settled_idea_says_when",
            ),
            models.CheckConstraint(
                condition=Q(stage="joined", joined_to__isnull=False) | ~Q(stage="joined") & Q(joined_to=None),
                name="a_joined_idea_names_the_other",
            ),
            models.CheckConstraint(condition=~Q(joined_to=F("pk")), name="no_idea_is_joined_to_itself"),
            models.CheckConstraint(
                condition=~Q(phone="") | ~Q(email="") | Q(erased_at__isnull=False), name="an_idea_has_a_sender"
            ),
            models.CheckConstraint(condition=Q(residents__lte=F("supporters")), name="residents_are_supporters"),
            models.CheckConstraint(
                condition=Q(due_at=None) | Q(published_at__isnull=False), name="an_answer_is_owed_in_public"
            ),
        ]

    def __str__(self):
        return f"idea {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.stage in self.OPEN

    @property
    def is_late(self) -> bool:
        return self.is_open and self.answered_at is None and self.due_at is not None and self.due_at < now()


class IdeaLine(models.Model):
    """An append-only line of an idea's history. What it says is public where its kind is in `SHOWN`."""

    class Kind(models.TextChoices):
        HELD = "held", _("Being checked")
        PUBLISHED = "published", _("Received")
        REFUSED = "refused", _("Not accepted")
        PASSED_ON = "passed_on", _("Passed on")
        STUDIED = "studied", _("Being studied")
        ANSWERED = "answered", _("Answered")
        PLANNED = "planned", _("Will be done")
        DECLINED = "declined", _("Will not be done")
        JOINED = "joined", _("Joined to another idea")
        OWED = "owed", _("An answer is owed")
        REMINDED = "reminded", _("Reminded")
        VIEWED = "viewed", _("Contact details viewed")
        ERASED = "erased", _("Personal data were erased")

    SHOWN = (Kind.PUBLISHED, Kind.STUDIED, Kind.ANSWERED, Kind.PLANNED, Kind.DECLINED, Kind.JOINED, Kind.OWED)
    REASONED = (Kind.REFUSED, Kind.STUDIED, Kind.ANSWERED, Kind.PLANNED, Kind.DECLINED)

    idea = models.ForeignKey(Idea, models.PROTECT, related_name="lines")
    kind = models.CharField(max_length=12, choices=Kind)
    stage = models.CharField(max_length=10, choices=Idea.Stage, help_text="The idea's stage after this")
    text = models.TextField(blank=True, help_text="Reason or answer, without contacts")
    at = models.DateTimeField(default=now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="+", help_text="Which has it after this")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(text="") | ~Q(kind__in=["refused", "studied", "answered", "planned", "declined"]),
                name="a_change_of_an_idea_has_a_reason",
            )
        ]

    def __str__(self):
        return f"{self.idea} {self.kind}"


class IdeaSupport(models.Model):
    """One person's support of an idea: one for each confirmed address."""

    idea = models.ForeignKey(Idea, models.CASCADE, related_name="supports")
    medium = models.CharField(max_length=10, choices=Medium)
    address = EncryptedTextField(max_length=254, blank=True, indexed=True, help_text="Empty after it was erased")
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+", help_text="Where they live")
    network = models.CharField(max_length=45, blank=True)
    counts = models.BooleanField(default=True, help_text="Not beyond what one network may have")
    at = models.DateTimeField(default=now)

    class Meta:
        indexes = [
            models.Index(BlindIndex("address"), condition=~Q(address=""), name="supports_by_address"),
            models.Index(fields=["idea", "network"], name="supports_of_a_network"),
            models.Index(fields=["at"], name="supports_by_day"),
        ]
        constraints = [
            models.UniqueConstraint(
                F("idea"), BlindIndex("address"), condition=~Q(address=""), name="a_person_supports_an_idea_once"
            )
        ]

    def __str__(self):
        return f"{self.idea_id}: {self.medium}"
