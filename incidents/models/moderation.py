"""Moderation of strangers: rate limit buckets, held reports, blocks, watched words, confirmations."""

import secrets
from datetime import datetime

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import F, Q, Value
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from geoapp.crypto.fields import (
    BlindIndex,
    EncryptedListField,
    EncryptedTextField,
    SealedTextField,
    with_whole_value,
)
from gis_data import policies
from gis_data.models import Area
from gis_data.words import plain
from incidents.models.catalogue import Category
from incidents.models.incident import SHORT_TOKEN, Incident, Report, SentReport
from incidents.models.notices import Medium
from incidents.models.people import ApiKey


class LimitBucket(models.Model):
    """The time at which a bucket of `geoapp.http.rate_limits`, the only writer, is full again.

    The table is unlogged and has no index on the changing column, so updates stay within the page (HOT).
    """

    key = models.TextField(primary_key=True)
    full_at = models.DateTimeField()
    period = models.DurationField()
    taken = models.BooleanField(help_text="Whether the last question got its tokens")

    def __str__(self):
        return self.key


RECEIVED = ["surge"]  # the reasons of a report that waits for its turn only


class HeldReportQuerySet(models.QuerySet["HeldReport"]):
    def waiting(self) -> "HeldReportQuerySet":
        """Reports that wait for a moderator, oldest first; without those only received."""
        return self.filter(state=HeldReport.State.WAITING).exclude(reasons=RECEIVED).order_by("held_at", "pk")

    def received(self) -> "HeldReportQuerySet":
        """Reports that wait to be processed (`incidents.reporting.surge`), oldest first."""
        return self.filter(state=HeldReport.State.WAITING, reasons=RECEIVED).order_by("held_at", "pk")

    def with_link(self, token: str, at: datetime | None = None) -> "HeldReportQuerySet":
        """The held report of this private link; none once it is let through or the link has ended."""
        ended = (at or now()) - relativedelta(months=policies.current().link_months)
        lasting = self.filter(Q(decided_at=None) | Q(decided_at__gt=ended), report=None)
        return with_whole_value(lasting, "token", token)

    def with_pages(self) -> "HeldReportQuerySet":
        return self.select_related("category__parent", "area", "join", "key").defer("area__shape", "area__outline")


class HeldReport(SentReport):
    """A complete report that waits for a moderator. It has no incident, and nobody is notified of it.

    When let through it becomes a `Report` with the same token, so the sender's link still works.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("being checked")
        THROUGH = "through", _("released")
        REFUSED = "refused", _("refused")

    class Reason(models.TextChoices):
        PUZZLE = "puzzle", _("the puzzle was not solved")
        ADDRESS = "address", _("too many from one network")
        PHONE = "phone", _("too many with the same contact details")
        PLACE = "place", _("too many at one place")
        CATEGORY = "category", _("too many of one type")
        UPLOAD = "upload", _("too many photos from one network")
        WORDS = "words", _("words to review")
        SURGE = "surge", _("too many at once")
        UNFINISHED = "unfinished", _("could not be processed automatically")

    token = EncryptedTextField(max_length=43, indexed=True, index_chars=SHORT_TOKEN, default=secrets.token_urlsafe)
    reasons = models.JSONField(default=list, help_text="Values of Reason")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    held_at = models.DateTimeField(default=now)
    network = models.CharField(max_length=45, blank=True, help_text="The sender's, until the report is erased")
    key = models.ForeignKey(ApiKey, models.PROTECT, null=True, blank=True, related_name="+")
    # The report as it came in.
    channel = models.CharField(max_length=10, choices=Report.Channel)
    category = models.ForeignKey(Category, models.PROTECT, related_name="+")
    place = models.PointField()
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", help_text="In which it lay when it came in")
    accuracy_m = models.FloatField(null=True, blank=True)
    ward_named = models.BooleanField(default=False)
    address = SealedTextField(max_length=200, null=True, blank=True)
    text = SealedTextField(blank=True)
    chat = EncryptedTextField(
        max_length=40, blank=True, db_column="zalo", indexed=True, sealed_as="incidents.heldreport.zalo"
    )
    answers = EncryptedListField(default=list, blank=True, db_default=[])
    media_urls = EncryptedListField(default=list, blank=True, db_default=[], help_text="Where photos of it lie")
    language = models.CharField(max_length=5, default="vi")
    pictures_public = models.BooleanField(default=True)
    join = models.ForeignKey(Incident, models.PROTECT, null=True, blank=True, related_name="+")
    notice_version = models.CharField(max_length=10, blank=True)
    # The decision.
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    refusal = SealedTextField(max_length=500, blank=True, help_text="Why, as the sender reads it")
    report = models.OneToOneField(Report, models.PROTECT, null=True, blank=True, related_name="held")
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = HeldReportQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["held_at"], condition=Q(state="waiting"), name="reports_to_look_at")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at=None) | (~Q(state="waiting") & Q(decided_at__isnull=False)),
                name="what_is_decided_says_when",
            ),
            models.CheckConstraint(condition=~Q(state="refused") | ~Q(refusal=""), name="a_refusal_says_why"),
            models.UniqueConstraint(BlindIndex("token"), name="a_link_leads_to_one_held_report"),
        ]

    def __str__(self):
        return f"{self.pk} {self.channel} {self.state}"

    @property
    def is_received(self) -> bool:
        return self.state == self.State.WAITING and self.reasons == RECEIVED

    @property
    def reason_words(self) -> list[str]:
        return [str(self.Reason(reason).label) for reason in self.reasons]


class HeldPhoto(models.Model):
    """A photo of a held report, for moderators only."""

    held = models.ForeignKey(HeldReport, models.CASCADE, related_name="photos")
    picture = models.FileField(upload_to="held/%Y/%m/")
    small = models.FileField(upload_to="held/%Y/%m/")
    video = models.FileField(upload_to="held/%Y/%m/", blank=True, db_default="")
    seconds = models.FloatField(default=0, db_default=0)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.picture.name


class WaitingPhoto(models.Model):
    """A photo uploaded ahead of its report over a weak connection, deleted after a day.

    `sending`: the secret number of the form; `digest`: SHA-256 of the uploaded file.
    """

    sending = models.UUIDField()
    digest = models.CharField(max_length=64)
    picture = models.FileField(upload_to="waiting/%Y/%m/")
    small = models.FileField(upload_to="waiting/%Y/%m/")
    video = models.FileField(upload_to="waiting/%Y/%m/", blank=True, db_default="")
    seconds = models.FloatField(default=0, db_default=0)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    at = models.DateTimeField(default=now, db_index=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["sending", "digest"], name="a_photo_waits_once")]

    def __str__(self):
        return self.picture.name


class BlockQuerySet(models.QuerySet["Block"]):
    def in_force(self) -> "BlockQuerySet":
        return self.filter(ends__gt=now(), lifted_at=None)


class Block(models.Model):
    """A blocked sender, until an end; urgent reports are accepted all the same."""

    class Kind(models.TextChoices):
        ADDRESS = "address", _("network")
        PHONE = "phone", _("phone number")
        EMAIL = "email", _("e-mail address")
        CHAT = "zalo", _("chat account")
        KEY = "key", _("key of another system")

    kind = models.CharField(max_length=10, choices=Kind)
    digest = models.CharField(max_length=64, help_text="Of the address: see `blocking.digests_of`")
    hint = models.CharField(max_length=60, help_text="So much of the address that it is known again")
    reason = models.CharField(max_length=500, help_text="As the sender reads it")
    held = models.ForeignKey(HeldReport, models.SET_NULL, null=True, blank=True, related_name="blocks")
    starts = models.DateTimeField(default=now)
    ends = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = BlockQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["digest", "ends"], name="blocks_by_sender")]
        constraints = [
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="a_block_ends_after_it_starts"),
            models.CheckConstraint(condition=~Q(reason=""), name="a_block_says_why"),
        ]

    def __str__(self):
        return f"{self.kind} until {self.ends:%Y-%m-%d}"


class WatchedWord(models.Model):
    """A word that holds reports for moderation."""

    word = models.CharField(max_length=80, unique=True)
    search = models.CharField(max_length=80, editable=False, help_text="As `gis_data.words.plain` writes it")

    class Meta:
        ordering = ["word"]
        constraints = [models.CheckConstraint(condition=~Q(search=""), name="a_watched_word_has_letters")]

    def __str__(self):
        return self.word

    @classmethod
    def watch(cls, word: str) -> "WatchedWord":
        return cls.objects.get_or_create(word=word, defaults={"search": plain(word)})[0]


class Confirmation(models.Model):
    """A code sent to a phone or e-mail address to prove that it is the reporter's."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="confirmations")
    medium = models.CharField(max_length=10, choices=Medium)
    digest = models.CharField(max_length=64, help_text="Of the code and the report, with SECRET_KEY")
    sent_at = models.DateTimeField(default=now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    denied_at = models.DateTimeField(null=True, blank=True, help_text="“It was not me”")
    notice_version = models.CharField(max_length=10, db_default=Value(""), default="")

    class Meta:
        indexes = [models.Index(fields=["report", "medium", "-sent_at"], name="codes_of_a_report")]

    def __str__(self):
        return f"{self.report_id} {self.medium}"
