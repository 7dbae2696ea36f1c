"""Store what was learnt of cameras: baselines, counts, and placeholder cards."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from cameras.models.register import Camera


class Baseline(models.Model):
    """What is usual for a camera, so that another patrol need not learn it again."""

    camera = models.OneToOneField(Camera, models.CASCADE, primary_key=True, related_name="baseline")
    # As cameras.analysis.Baseline writes it.
    usual = models.JSONField(default=dict)
    # How it looks in each light: [{"picture": its name in the storage, "hours": {hour: [count, responses …]}}, …]
    references = models.JSONField(default=list)
    learnt_at = models.DateTimeField()

    def __str__(self):
        return f"{self.camera_id}"


class Card(models.Model):
    """A placeholder card: a picture that several cameras sent, so it is no view of any."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    cameras = models.PositiveSmallIntegerField(help_text="How many had sent it when it was learnt")
    learnt_at = models.DateTimeField(db_default=Now())

    def __str__(self):
        return self.sha256[:12]


class Tally(models.Model):
    """The last count of people and vehicles of a camera, and whether it is unusual."""

    camera = models.OneToOneField(Camera, models.CASCADE, primary_key=True, related_name="tally")
    looked_at = models.DateTimeField(help_text="When it was its turn last")
    taken_at = models.DateTimeField(null=True, help_text="When the picture was taken in which was counted last")
    people = models.PositiveSmallIntegerField(null=True)
    vehicles = models.PositiveSmallIntegerField(null=True)
    standing = models.PositiveSmallIntegerField(null=True, help_text="Vehicles that stood there a minute before, too")
    # As cameras.analysis.counting writes them: the vehicles of that picture, and how unusual it is for how long.
    things = models.JSONField(default=list)
    gauges = models.JSONField(default=dict)

    def __str__(self):
        return f"{self.camera_id}"


class UsualTally(models.Model):
    """The usual count of a camera in one hour of the day, by the city's clock. Numbers only; no picture is kept."""

    camera = models.ForeignKey(Camera, models.CASCADE, related_name="usual_tallies")
    hour = models.PositiveSmallIntegerField()
    # {"crowd" or "traffic": as cameras.analysis.counting.Hour writes it}
    usual = models.JSONField(default=dict)
    learnt_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["camera", "hour"], name="an_hour_of_a_camera_is_learnt_once"),
            models.CheckConstraint(condition=Q(hour__lt=24), name="a_day_has_24_hours"),
        ]

    def __str__(self):
        return f"{self.camera_id} {self.hour}:00"
