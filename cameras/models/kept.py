"""Evidence: frames kept with an incident."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from cameras.models.register import Camera
from incidents.models import Incident


class Evidence(models.Model):
    """A frame kept with an incident: what a camera saw before, at, or after something that happened to it."""

    class Moment(models.TextChoices):
        BEFORE = "before", _("before it was reported")
        REPORTED = "reported", _("when it was reported")
        STEP = "step", _("at a step")
        RESOLVED = "resolved", _("when it was resolved")
        PINNED = "pinned", _("kept by hand")

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
            models.UniqueConstraint(
                fields=["incident", "camera", "moment", "taken_at"], name="a_frame_is_kept_once_for_a_moment"
            )
        ]

    def __str__(self):
        return f"{self.incident_id} {self.camera_id} {self.moment}"
