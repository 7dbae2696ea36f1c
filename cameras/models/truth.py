"""What the patrol has learnt: what is usual for each camera, and the cards that sources send in place of pictures."""

from django.db import models
from django.db.models.functions import Now

from cameras.models.register import Camera


class Baseline(models.Model):
    """What is usual for a camera, so that a patrol that takes it up need not learn it again."""

    camera = models.OneToOneField(Camera, models.CASCADE, primary_key=True, related_name="baseline")
    # As cameras.analysis.Baseline writes it.
    usual = models.JSONField(default=dict)
    # How it looks in each light: [{"picture": its name in the storage, "hours": {hour: [count, responses …]}}, …]
    references = models.JSONField(default=list)
    learnt_at = models.DateTimeField()

    def __str__(self):
        return f"{self.camera_id}"


class Card(models.Model):
    """A picture that several cameras sent, so it is no view of any."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    cameras = models.PositiveSmallIntegerField(help_text="How many had sent it when it was learnt")
    learnt_at = models.DateTimeField(db_default=Now())

    def __str__(self):
        return self.sha256[:12]
