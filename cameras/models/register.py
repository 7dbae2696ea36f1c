"""Store the register of cameras: sources, cameras with their health, and views."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.gis.db import models
from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point
from django.contrib.gis.measure import D
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from geoapp.crypto.fields import LockedField
from gis_data.addresses.geocode import degrees_of_metres

if TYPE_CHECKING:
    from cameras.models.ring import Frame

NEAR_M = 500  # a camera further away does not see what was reported
NEAREST = 4


class Source(models.Model):
    """The operator of cameras and of the network that serves their pictures; its fault is not a fault of each
    camera.
    """

    code = models.CharField(max_length=40, unique=True, verbose_name=_("code"))
    name = models.CharField(max_length=150, verbose_name=_("name"))
    owner = models.CharField(max_length=150, blank=True, verbose_name=_("run by"))
    networks = ArrayField(
        models.CharField(max_length=43), default=list, blank=True,
        help_text=_("Private networks for its cameras, like 10.0.0.0/8"),
        verbose_name=_("private networks"),
    )  # fmt: skip
    at_once = models.PositiveSmallIntegerField(
        default=16,
        help_text=_("How many pictures may be fetched from it at a time"),
        verbose_name=_("pictures at a time"),
    )
    quickest_s = models.PositiveSmallIntegerField(
        default=10,
        help_text=_("Least number of seconds between two pictures of one camera"),
        verbose_name=_("shortest pause, seconds"),
    )
    down_since = models.DateTimeField(null=True, blank=True, verbose_name=_("down since"))

    class Meta:
        verbose_name = _("source of cameras")
        verbose_name_plural = _("sources of cameras")
        constraints = [
            models.CheckConstraint(condition=Q(at_once__gte=1, quickest_s__gte=1), name="a_source_can_be_asked")
        ]

    def __str__(self):
        return self.name


class CameraQuerySet(models.QuerySet):
    def unpaused(self, at: datetime) -> "CameraQuerySet":
        return self.filter(Q(paused_until=None) | Q(paused_until__lte=at))

    def near(self, place: Point, within_m: float = NEAR_M) -> "CameraQuerySet":
        """Return the active cameras within so many metres of the place (EPSG:4326), nearest first, with `distance`."""
        return (
            self.filter(active=True, place__intersects=place.buffer(degrees_of_metres(within_m, place.y)))
            .annotate(distance=Distance("place", place))
            .filter(distance__lte=D(m=within_m))
            .order_by("distance", "pk")
        )


class Camera(models.Model):
    """A traffic camera: its place, the address of its picture, and its health."""

    class Kind(models.TextChoices):
        JPEG = "jpeg", _("still pictures over HTTP")
        MJPEG = "mjpeg", _("MJPEG stream")
        HLS = "hls", _("HLS stream")
        RTSP = "rtsp", _("RTSP stream")

    class Health(models.TextChoices):
        LIVE = "live", _("live")
        LATE = "late", _("late")
        STALE = "stale", _("no new pictures")
        FROZEN = "frozen", _("frozen")
        CARD = "card", _("notice instead of a picture")
        DARK = "dark", _("dark")
        COVERED = "covered", _("covered")
        BLURRED = "blurred", _("blurred")
        MOVED = "moved", _("turned away")
        UNREADABLE = "unreadable", _("unreadable picture")
        OFFLINE = "offline", _("no connection")
        SOURCE_DOWN = "source-down", _("its source is down")
        PAUSED = "paused", _("paused")
        UNVISITED = "unvisited", _("not monitored")
        UNKNOWN = "unknown", _("never worked")

    code = models.CharField(max_length=40, unique=True, verbose_name=_("code"))
    name = models.CharField(max_length=150, verbose_name=_("name"))
    road = models.CharField(max_length=150, blank=True, verbose_name=_("road"))
    place = models.PointField(verbose_name=_("place"))
    height_m = models.FloatField(null=True, blank=True, help_text=_("Above the road"), verbose_name=_("height, metres"))
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="cameras", verbose_name=_("source")
    )
    kind = models.CharField(max_length=5, choices=Kind, default=Kind.JPEG, verbose_name=_("kind"))
    url = models.CharField(
        max_length=500,
        blank=True,
        help_text=_("Where its picture is fetched; empty: not fetched"),
        verbose_name=_("address of its picture"),
    )
    credentials = LockedField(blank=True, editable=False, help_text="user:password")
    period_s = models.PositiveSmallIntegerField(
        default=30, help_text=_("Seconds between two fetches"), verbose_name=_("seconds between fetches")
    )
    active = models.BooleanField(default=True, verbose_name=_("in use"))
    public = models.BooleanField(
        default=False,
        help_text=_("Whether everyone may see a redacted, delayed still picture from it"),
        verbose_name=_("shown to everyone"),
    )
    paused_until = models.DateTimeField(null=True, blank=True, help_text="Nobody is shown its picture until then")
    paused_why = models.CharField(max_length=200, blank=True)
    health = models.CharField(max_length=12, choices=Health, default=Health.UNKNOWN, verbose_name=_("state"))
    health_since = models.DateTimeField(null=True, blank=True, verbose_name=_("in this state since"))
    rhythm_s = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Seconds in which it has a new picture, where it is slower than it is asked"
    )
    aimed_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was last turned on purpose: what it saw before counts no more"
    )
    # The last frame of its ring: (camera, last_taken_at) is its key there.
    last_taken_at = models.DateTimeField(null=True, blank=True)
    last_sha256 = models.CharField(max_length=64, blank=True)
    # When the picture last changed: an age counts frames that moved, not fetches.
    moved_at = models.DateTimeField(null=True, blank=True, verbose_name=_("picture changed last"))
    away_since = models.DateTimeField(
        null=True, blank=True, help_text="Since when nothing is reached at its address; empty after a try that did"
    )
    refused = models.BooleanField(
        default=False, db_default=False,
        help_text="Whether the last try was refused, by its server or by our rules; that says nothing of its source",
    )  # fmt: skip
    left_at = models.DateTimeField(
        null=True, blank=True, editable=False,
        help_text="Since when no patrol looked after it; empty while one does, and before the first",
    )  # fmt: skip
    # Until then it is visited more often, as somebody watches it or an incident is near.
    watched_until = models.DateTimeField(null=True, blank=True)

    objects = CameraQuerySet.as_manager()

    class Meta:
        verbose_name = _("camera")
        verbose_name_plural = _("cameras")
        indexes = [GistIndex(fields=["place"], condition=Q(active=True), name="active_cameras")]

    def __str__(self):
        return f"{self.code} {self.name}"

    def is_paused(self, at: datetime) -> bool:
        return self.paused_until is not None and self.paused_until > at

    @property
    def last_frame(self) -> "Frame | None":
        return self.frames.filter(taken_at=self.last_taken_at).first() if self.last_taken_at else None


class ViewQuerySet(models.QuerySet):
    def with_footprint(self) -> "ViewQuerySet":
        """Return the current views whose footprint is known to hold."""
        return self.filter(current=True, footprint__isnull=False, state__in=View.State.known_states())


class View(models.Model):
    """A direction in which a camera looks: a fixed camera has one, a turning one has one for each preset.

    `bearing_deg` counts clockwise from north, `angle_deg` is the whole opening, `range_m` how far something can still
    be made out. `drawn` (EPSG:4326), if set, is the visible area as drawn by hand; `hidden` is what stands in the way.
    `footprint` is derived from them (`fields_of_view.update_view`); places are looked up in it.
    """

    class State(models.TextChoices):
        FITS = "fits", _("as in the reference picture")
        SHIFTED = "shifted", _("moved slightly; zones follow")
        LOST = "lost", _("looks elsewhere; zones are not reliable")
        TURNS = "turns", _("two alternating views; zones are not reliable")
        UNKNOWN = "unknown", _("no reference picture yet")

        @classmethod
        def known_states(cls):
            return [state for state in cls if state not in (cls.LOST, cls.TURNS)]

    camera = models.ForeignKey(Camera, models.CASCADE, related_name="views", verbose_name=_("camera"))
    name = models.CharField(max_length=80, blank=True, verbose_name=_("name"))
    current = models.BooleanField(default=True, verbose_name=_("currently looks this way"))
    bearing_deg = models.FloatField(null=True, blank=True, verbose_name=_("direction, degrees"))
    angle_deg = models.FloatField(null=True, blank=True, verbose_name=_("angle, degrees"))
    range_m = models.FloatField(null=True, blank=True, verbose_name=_("range, metres"))
    drawn = models.PolygonField(null=True, blank=True)
    hidden = models.MultiPolygonField(null=True, blank=True)
    footprint = models.MultiPolygonField(null=True, blank=True)
    verified = models.BooleanField(
        default=False, help_text=_("A person checked it against the picture"), verbose_name=_("checked by a person")
    )
    reference = models.CharField(max_length=100, blank=True, help_text="The reference picture, in the storage")
    # Privacy zones, in parts of the reference picture's width and height: [[[x, y], …], …].
    zones = models.JSONField(default=list, blank=True, verbose_name=_("privacy zones"))
    state = models.CharField(max_length=8, choices=State, default=State.UNKNOWN, verbose_name=_("state"))
    # How the picture of now lies over the reference: [[a, b, x], [c, d, y]], x and y in parts of width and height.
    transform = models.JSONField(null=True, blank=True)
    judged_at = models.DateTimeField(null=True, blank=True, verbose_name=_("judged at"))

    objects = ViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("field of view")
        verbose_name_plural = _("fields of view")
        constraints = [
            models.UniqueConstraint(
                fields=["camera"], condition=Q(current=True), name="a_camera_looks_one_way_at_a_time"
            ),
            models.CheckConstraint(
                condition=(Q(bearing_deg=None) | Q(bearing_deg__gte=0, bearing_deg__lt=360))
                & (Q(angle_deg=None) | Q(angle_deg__gt=0, angle_deg__lte=360))
                & (Q(range_m=None) | Q(range_m__gt=0, range_m__lte=5000)),
                name="a_view_has_sound_angles",
            ),
        ]
        indexes = [
            GistIndex(fields=["footprint"], condition=Q(current=True), name="what_cameras_see_now"),
        ]

    def __str__(self):
        return f"{self.camera_id} {self.name}".strip()

    @property
    def is_known(self) -> bool:
        return self.state == self.State.FITS or (self.state == self.State.SHIFTED and self.transform is not None)
