"""Store the promised repair times of cameras with a fault."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from cameras.models.register import Camera


class RepairPromiseQuerySet(models.QuerySet["RepairPromise"]):
    def newest_of(self, cameras: Iterable[int]) -> "dict[int, RepairPromise]":
        rows = self.filter(camera__in=cameras).select_related("by").order_by("camera", "-made_at", "-pk")
        return {promise.camera_id: promise for promise in rows.distinct("camera")}


class RepairPromise(models.Model):
    """A promised time, never changed: a later promise is another row, and the newest since the fault began holds."""

    camera = models.ForeignKey(Camera, models.CASCADE, related_name="+")
    until = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=now)

    objects = RepairPromiseQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["camera", "-made_at"], name="promises_of_a_camera")]
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("made_at")), name="a_promise_is_for_a_time_to_come")
        ]

    def __str__(self):
        return f"{self.camera_id} {self.until:%F %T}"

    def holds_for(self, since: datetime | None) -> bool:
        return since is None or self.made_at >= since
