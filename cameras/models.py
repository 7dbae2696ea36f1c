"""Cameras, their frames, and the frames kept with incidents."""

from django.contrib.gis.db import models
from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.measure import D
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gis_data.geocode import degrees
from incidents.models import Incident

NEAR_M = 500  # a camera further away does not see what was reported
NEAREST = 4


class CameraQuerySet(models.QuerySet):
    def near(self, place, within_m=NEAR_M):
        """The active cameras within so many metres of the place (EPSG:4326), nearest first; `distance` says how far."""
        return (
            self.filter(active=True, place__intersects=place.buffer(degrees(within_m, place.y)))
            .annotate(distance=Distance("place", place))
            .filter(distance__lte=D(m=within_m))
            .order_by("distance", "pk")
        )


class Camera(models.Model):
    """A traffic camera: where it stands, where its picture is fetched, and how it is."""

    class Health(models.TextChoices):
        LIVE = "live", _("live")
        LATE = "late", _("late")
        STALE = "stale", _("silent")
        FROZEN = "frozen", _("frozen")
        DARK = "dark", _("dark")
        COVERED = "covered", _("covered")
        UNREADABLE = "unreadable", _("unreadable picture")
        OFFLINE = "offline", _("no connection")
        PAUSED = "paused", _("paused")
        UNKNOWN = "unknown", _("never seen")

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=150)
    place = models.PointField()
    url = models.CharField(
        max_length=500, blank=True, help_text="Where one JPEG is fetched over HTTP; empty: not fetched"
    )
    period_s = models.PositiveSmallIntegerField(default=30, help_text="Seconds between two fetches")
    active = models.BooleanField(default=True)
    health = models.CharField(max_length=12, choices=Health, default=Health.UNKNOWN)
    health_since = models.DateTimeField(null=True, blank=True)
    last_frame = models.ForeignKey("Frame", models.SET_NULL, null=True, blank=True, related_name="+")
    # When the picture last changed: an age counts frames that moved, not fetches.
    moved_at = models.DateTimeField(null=True, blank=True)

    objects = CameraQuerySet.as_manager()

    class Meta:
        indexes = [GistIndex(fields=["place"], condition=Q(active=True), name="active_cameras")]

    def __str__(self):
        return f"{self.code} {self.name}"


class Frame(models.Model):
    """One picture as received; the ring keeps the last few of each camera."""

    camera = models.ForeignKey(Camera, models.CASCADE, related_name="frames")
    taken_at = models.DateTimeField()
    sha256 = models.CharField(max_length=64)
    file = models.CharField(max_length=100, help_text="Its name in the storage")
    bytes = models.PositiveIntegerField()
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["camera", "-taken_at"], name="a_ring_newest_first")]

    def __str__(self):
        return f"{self.camera_id} {self.taken_at:%F %T}"


class Evidence(models.Model):
    """A frame kept with an incident: what the nearest camera saw at that moment."""

    class Moment(models.TextChoices):
        REPORTED = "reported", _("when it was reported")
        RESOLVED = "resolved", _("when it was resolved")

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="+")
    camera = models.ForeignKey(Camera, models.PROTECT, related_name="evidence")
    moment = models.CharField(max_length=10, choices=Moment, default=Moment.REPORTED)
    distance_m = models.FloatField()
    taken_at = models.DateTimeField(help_text="When the picture was received from the camera")
    sha256 = models.CharField(max_length=64, help_text="Of the bytes as received")
    file = models.CharField(max_length=100)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "camera", "moment"], name="a_moment_is_kept_once_per_camera")
        ]

    def __str__(self):
        return f"{self.incident_id} {self.camera_id} {self.moment}"
