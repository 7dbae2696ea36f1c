"""Store which patrol watches which camera, and the health of each camera over time."""

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cameras.models.register import Camera


class Shift(models.Model):
    """A running patrol process. Without a heartbeat for half a minute it is dead, and its cameras are free."""

    name = models.CharField(max_length=20, unique=True, help_text="Stands in the names of its packs")
    machine = models.CharField(max_length=100)
    began_at = models.DateTimeField(db_default=Now())
    heard_at = models.DateTimeField(db_default=Now())
    not_kept_since = models.DateTimeField(
        null=True, blank=True, help_text="Since when its pictures cannot be kept; empty while they can"
    )
    # The name of the error, such as ENOSPC; it is translated when it is shown.
    not_kept_why = models.CharField(max_length=200, blank=True, db_default="")

    def __str__(self):
        return f"{self.name} on {self.machine}"


class DeadShift(models.Model):
    """A dead patrol, until its packs and their index are consistent again (`tidying.mend_dead_shift`)."""

    name = models.CharField(max_length=20, unique=True)
    heard_at = models.DateTimeField(help_text="When it was heard of last")

    def __str__(self):
        return f"{self.name}, dead since {self.heard_at:%F %T}"


class StorageOutage(models.Model):
    """A time in which one patrol or several could not store pictures."""

    began_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="When a patrol had trouble last")
    why = models.CharField(max_length=200, help_text="The name of the error, such as ENOSPC")
    told_at = models.DateTimeField(null=True, blank=True, help_text="Empty while it is too short to tell anybody")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-began_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["ended_at"],
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="one_storage_outage_at_a_time",
            )
        ]

    def __str__(self):
        return f"{self.why} {self.began_at:%F %T}"


class Lease(models.Model):
    """The lease of a camera by one patrol."""

    camera = models.OneToOneField(Camera, models.CASCADE, primary_key=True)
    shift = models.ForeignKey(Shift, models.CASCADE, related_name="leases")

    def __str__(self):
        return f"{self.camera_id} {self.shift_id}"


class HealthInterval(models.Model):
    """The health of a camera from one moment to another, why, and the picture that proves it.

    If no picture came, the proof is the last one before. The open interval (`until` is empty) is the current health.
    Only the patrol writes intervals, in one transaction with the health itself.
    """

    class Why(models.TextChoices):
        """The result of the last try: the name of a failure of `capture`, or what the picture showed."""

        SEEN = "seen", _("A picture of the street arrived")
        SILENT = "Silent", _("It accepts the connection but does not answer")
        SLOW = "TooSlow", _("The picture was not complete in time")
        UNREACHABLE = "Unreachable", _("There is no answer at its address")
        FORBIDDEN = "Forbidden", _("Its address is not allowed for cameras")
        REFUSED = "Refused", _("It refuses the connection, or the name and password")
        BAD_ANSWER = "BadAnswer", _("Its server answers, but not with a picture")
        BROKEN_OFF = "BrokenOff", _("The answer broke off")
        TOO_LARGE = "TooLarge", _("The answer is too large for a picture")
        WEB_PAGE = "WebPage", _("The answer is a web page")
        NO_PICTURE = "NotAPicture", _("The answer is not a picture")
        SOURCE = "SourceDown", _("No camera of its source can be reached")
        PAUSED = "paused", _("Paused in the register")
        NO_PATROL = "NoPatrol", _("No patrol was running, which is not a fault of the camera")
        LOOK = "look", _("The picture itself shows it")

    camera = models.ForeignKey(Camera, models.CASCADE, related_name="health_intervals")
    health = models.CharField(max_length=12, choices=Camera.Health)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=12, choices=Why)
    detail = models.CharField(max_length=200, blank=True, help_text="What the camera's server said, such as 404")
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the bytes of that picture as received")
    taken_at = models.DateTimeField(null=True, blank=True, help_text="When that picture came")
    proof = models.CharField(max_length=100, blank=True, help_text="The picture, made small, in the storage")
    received = models.JSONField(
        default=dict, db_default=Value({}, models.JSONField()),
        help_text="How that picture lay over its view, as Frame.received has it; empty where nobody wrote it down",
    )  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["camera"], condition=Q(until=None), name="a_camera_is_one_way_at_a_time"),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=models.F("since")), name="a_health_interval_ends_after_it_began"
            ),
        ]
        indexes = [
            models.Index(fields=["camera", "-since"], name="how_a_camera_was"),
            models.Index(fields=["until"], name="health_intervals_that_ended"),
            # A covering index for the calculation of uptime.
            models.Index(fields=["health", "until"], include=["camera", "since"], name="how_long_cameras_were_so"),
        ]

    def __str__(self):
        return f"{self.camera_id} {self.health} since {self.since:%F %T}"
