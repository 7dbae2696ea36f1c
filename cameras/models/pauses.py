"""Store privacy pauses of cameras, and outbreaks of failures."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from cameras.models.register import Camera, Source


class PauseQuerySet(models.QuerySet):
    def on(self, moment: datetime | OuterRef) -> "PauseQuerySet":
        """Return the pauses within which a moment (or a column of moments) lies."""
        return self.annotate(over=Coalesce("ended_at", "until")).filter(since__lte=moment, over__gt=moment)


class Pause(models.Model):
    """A privacy pause: nobody is shown what a camera sees from now until then, by order.

    Rows only change to end a pause early: together they are the log. `Camera.paused_until` says what is in force.
    Pictures taken during a pause stay hidden afterwards.
    """

    camera = models.ForeignKey(Camera, models.CASCADE, related_name="pauses")
    since = models.DateTimeField(default=now)
    until = models.DateTimeField()
    why = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Before its time")
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = PauseQuerySet.as_manager()

    class Meta:
        ordering = ["-since", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="a_pause_takes_time"),
            models.CheckConstraint(condition=~Q(why=""), name="a_pause_has_its_reason"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="a_pause_is_ended_by_somebody",
            ),
        ]

    def __str__(self):
        return f"{self.camera_id} {self.since} – {self.until}"


class Outbreak(models.Model):
    """An outbreak: many cameras of a source, or of the whole city, stopped seeing within minutes."""

    source = models.ForeignKey(Source, models.CASCADE, null=True, blank=True, help_text="Empty: all over the city")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    blind = models.PositiveIntegerField(help_text="Cameras that did not see, at the worst moment")
    cameras = models.PositiveIntegerField(help_text="All that were looked at")

    class Meta:
        ordering = ["-began_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["source"],
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="a_source_fails_once_at_a_time",
            )
        ]

    def __str__(self):
        return f"{self.source or _('throughout the city')} {self.began_at}"
