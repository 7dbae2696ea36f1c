"""Store findings of cameras: proposals that a person makes an incident, or dismisses."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from cameras.models.register import Camera
from incidents.models import Incident


class FindingQuerySet(models.QuerySet):
    def events(self) -> "FindingQuerySet":
        """Return findings of events in the street, which the control room decides."""
        return self.exclude(kind__in=Finding.FAULTS)

    def faults(self) -> "FindingQuerySet":
        """Return findings of faults of a camera itself, which technicians decide."""
        return self.filter(kind__in=Finding.FAULTS)

    def to_decide(self, at: datetime) -> "FindingQuerySet":
        return self.filter(Q(later_until=None) | Q(later_until__lte=at), state=Finding.State.OPEN)


class Finding(models.Model):
    """Something in the pictures of a camera that a person should look at: since when, how sure, and the picture."""

    class Kind(models.TextChoices):
        MOVED = "moved", _("The camera was turned away")
        COVERED = "covered", _("The camera is covered")
        BLURRED = "blurred", _("The camera's picture is blurred")
        CROWD = "crowd", _("A crowd")
        TRAFFIC = "traffic", _("Stopped traffic")
        WATER = "water", _("Water on the road")

    FAULTS = (Kind.MOVED, Kind.COVERED, Kind.BLURRED)

    class State(models.TextChoices):
        OPEN = "open", _("open")
        MADE = "made", _("incident created")
        DISMISSED = "dismissed", _("dismissed")
        GONE = "gone", _("ended without action")

    camera = models.ForeignKey(Camera, models.CASCADE, related_name="findings")
    kind = models.CharField(max_length=8, choices=Kind)
    since = models.DateTimeField(help_text="Since when it is seen")
    seen_at = models.DateTimeField(default=now, help_text="When it was seen last")
    score = models.FloatField(null=True, blank=True, help_text="0–1, how sure what found it is")
    picture = models.CharField(max_length=100, blank=True, help_text="The picture that shows it, in the storage")
    taken_at = models.DateTimeField(null=True, blank=True, help_text="When that picture was taken")
    boxes = models.JSONField(
        default=list,
        blank=True,
        help_text="What makes it so in that picture: x, y, width, height of each, in parts of it",
    )
    usual = models.FloatField(null=True, blank=True, help_text="How many of these are usual there at that hour")
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    decided_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, blank=True, related_name="+")
    later_until = models.DateTimeField(null=True, blank=True, help_text="A person put it off: not shown before")

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["-since", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["camera", "kind"], condition=Q(state="open"), name="a_camera_reports_a_thing_once"
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None, by=None, incident=None)
                | Q(state="gone", decided_at__isnull=False, by=None, incident=None)
                | Q(state="made", decided_at__isnull=False, by__isnull=False, incident__isnull=False)
                | (Q(state="dismissed", decided_at__isnull=False, by__isnull=False, incident=None) & ~Q(reason="")),
                name="a_finding_is_decided_by_somebody",
            ),
            models.CheckConstraint(condition=Q(score=None) | Q(score__gte=0, score__lte=1), name="a_score_is_a_share"),
        ]
        indexes = [models.Index(fields=["kind", "-decided_at"], name="findings_decided")]

    def __str__(self):
        return f"{self.camera_id} {self.kind} {self.state}"

    @property
    def zone(self) -> tuple[float, float, float, float] | None:
        """Return the bounding box of all boxes (x, y, width, height, in fractions of the picture)."""
        if not self.boxes:
            return None
        left, top = (min(box[axis] for box in self.boxes) for axis in (0, 1))
        right, low = (max(box[axis] + box[axis + 2] for box in self.boxes) for axis in (0, 1))
        return left, top, right - left, low - top
