"""Store evidence: frames kept with an incident, holds, and the seals that prove them unaltered."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from cameras.models.register import Camera
from geoapp.ledger.heads import PublishedHead
from incidents.models import Event, Incident


class Seal(models.Model):
    """The seal on all frames and evidence of about a minute: the root of their Merkle tree, chained to the seal before.

    docs/adr/0017 says what a seal covers. PostgreSQL refuses to change or delete one (sql/guards/seals.sql).
    """

    number = models.BigIntegerField(primary_key=True)
    sealed_at = models.DateTimeField(db_index=True)
    leaves = models.PositiveIntegerField()
    root = models.BinaryField(help_text="Of the tree of SHA-256 over the leaves, as in RFC 6962")
    digest = models.BinaryField(help_text="SHA-256 of the digest before, and of number, time, leaves and root")

    class Meta:
        ordering = ["number"]

    def __str__(self):
        return f"{self.number} {bytes(self.digest).hex()[:12]}"


class SealHead(PublishedHead):
    """The last seal of a day on frames and evidence."""

    CHAIN = "evidence"

    line = models.BigIntegerField(help_text="The number of the last seal")


class Proven(models.Model):
    """A leaf of a seal's tree: its number, and its path to the root (SHA-256 in hex)."""

    seal = models.ForeignKey(Seal, models.PROTECT, null=True, related_name="%(class)s_leaves")
    leaf = models.PositiveIntegerField(null=True, help_text="Its place among the seal's leaves, from 0")
    proof = models.JSONField(null=True)

    class Meta:
        abstract = True


class EvidenceQuerySet(models.QuerySet):
    def undeleted(self) -> "EvidenceQuerySet":
        """Return the evidence whose picture was not deleted after its retention period."""
        return self.filter(tombstone=None)


class Evidence(Proven):
    """A frame kept with an incident: what a camera saw before, at, or after one of its events.

    A row is never deleted and its sealed columns never change (sql/guards/evidence.sql); if the picture was deleted, it
    has a tombstone.
    """

    class Moment(models.TextChoices):
        BEFORE = "before", _("before the report")
        REPORTED = "reported", _("when it was reported")
        STEP = "step", _("at a step")
        RESOLVED = "resolved", _("when it was resolved")
        PINNED = "pinned", _("saved by staff")
        FOUND = "found", _("what the camera detected")

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="+", verbose_name=_("incident"))
    camera = models.ForeignKey(Camera, models.PROTECT, related_name="evidence", verbose_name=_("camera"))
    moment = models.CharField(max_length=10, choices=Moment, default=Moment.REPORTED, verbose_name=_("moment"))
    event = models.ForeignKey(
        Event, models.PROTECT, null=True, related_name="+", help_text="The line of history around which it was kept"
    )
    distance_m = models.FloatField(verbose_name=_("distance, metres"))
    sees = models.BooleanField(
        default=False,
        help_text=_("The location was in the camera's view; otherwise it was the nearest camera"),
        verbose_name=_("sees the place"),
    )
    taken_at = models.DateTimeField(
        help_text=_("When the picture was received from the camera"), verbose_name=_("picture of")
    )
    sha256 = models.CharField(max_length=64, help_text=_("Of the bytes as received"), verbose_name=_("checksum"))
    file = models.CharField(max_length=100)
    kind = models.CharField(max_length=4, default="jpg", help_text="jpg or png, by its first bytes")
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    health = models.CharField(max_length=12, blank=True, help_text="How the camera was found by this picture")
    received = models.JSONField(default=dict, help_text="What the source said of it, as in Frame")
    register = models.JSONField(default=dict, help_text="The camera as the register had it then")
    ring = models.BooleanField(default=False, help_text="Copied out of the ring: it was a leaf there before")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Who saved it"),
        verbose_name=_("saved by"),
    )
    reason = models.TextField(blank=True, verbose_name=_("reason"))
    kept_at = models.DateTimeField(default=now, verbose_name=_("saved at"))
    unpinned_at = models.DateTimeField(null=True, blank=True)
    unpinned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    # The frame of the ring that it was, in the seal of its own minute.
    frame_seal = models.ForeignKey(Seal, models.PROTECT, null=True, related_name="+")
    frame_leaf = models.PositiveIntegerField(null=True)
    frame_proof = models.JSONField(null=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    fault = models.CharField(max_length=200, blank=True, help_text="What the last check found wrong")

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("picture saved as evidence")
        verbose_name_plural = _("pictures saved as evidence")
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "camera", "moment", "event", "taken_at"],
                condition=Q(unpinned_at=None),
                nulls_distinct=False,
                name="a_frame_is_kept_once_for_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(moment="pinned") | (Q(by__isnull=False) & ~Q(reason="")),
                name="who_keeps_by_hand_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(seal=None), name="evidence_to_seal"),
            models.Index(fields=["sha256"], name="evidence_by_picture"),
        ]

    def __str__(self):
        return f"{self.incident_id} {self.camera_id} {self.moment}"

    @property
    def is_pinned(self) -> bool:
        return self.moment == self.Moment.PINNED and self.unpinned_at is None


class NoPicture(models.Model):
    """A record that a camera gave no picture of a moment of an incident though it was asked repeatedly; and why.

    PostgreSQL refuses to change or delete one.
    """

    class Why(models.TextChoices):
        UNREACHABLE = "unreachable", _("no connection to the camera")
        SILENT = "silent", _("the camera did not answer in time")
        FORBIDDEN = "forbidden", _("its address is not allowed")
        REFUSED = "refused", _("its server refuses the connection, or the name and password")
        NO_IMAGE = "no_image", _("it did not send a complete picture")
        NOTHING = "nothing", _("it did not send a picture at that moment")
        PAUSED = "paused", _("it is paused for privacy")

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="+")
    camera = models.ForeignKey(Camera, models.PROTECT, related_name="+")
    moment = models.CharField(max_length=10, choices=Evidence.Moment)
    event = models.ForeignKey(Event, models.PROTECT, null=True, related_name="+", help_text="As in Evidence")
    distance_m = models.FloatField()
    sees = models.BooleanField(default=False, help_text="As in Evidence")
    why = models.CharField(max_length=12, choices=Why)
    moment_at = models.DateTimeField(help_text="Of when the picture would have been")
    at = models.DateTimeField(default=now, help_text="When it was asked for the last time")

    class Meta:
        ordering = ["moment_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "camera", "moment", "event"],
                nulls_distinct=False,
                name="no_picture_of_a_moment_is_said_once",
            )
        ]

    def __str__(self):
        return f"{self.incident_id} {self.camera_id} {self.moment} {self.why}"


class Tombstone(Proven):
    """A record that a kept picture was deleted after its retention period; its SHA-256 stays."""

    evidence = models.OneToOneField(Evidence, models.PROTECT, related_name="tombstone")
    sha256 = models.CharField(max_length=64)
    why = models.CharField(max_length=200)
    at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=Q(seal=None), name="tombstones_to_seal")]

    def __str__(self):
        return f"{self.evidence_id} {self.at:%F}"


class Hold(models.Model):
    """A hold: the evidence of an incident must not be deleted while it stands."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.TextField()
    since = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    ended_why = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident"], condition=Q(ended_at=None), name="an_incident_is_held_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None, ended_why="")
                | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(ended_why="")),
                name="who_ends_a_hold_says_why",
            ),
        ]

    def __str__(self):
        return f"{self.incident_id} {self.since:%F}"
