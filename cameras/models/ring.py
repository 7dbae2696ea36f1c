"""Store the index of the ring: every frame of the last day, then ever fewer."""

from datetime import UTC, datetime, timedelta

from django.db import models

from cameras.models.register import Camera

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Frame(models.Model):
    """A picture as received: where its bytes lie in a pack, and the result of its inspection.

    The table is partitioned by day (sql/guards/frames.sql), so that a day is dropped at once. A picture that is byte
    for byte the one before has no row of its own.
    """

    pk = models.CompositePrimaryKey("camera", "taken_at")
    camera = models.ForeignKey(Camera, models.CASCADE, related_name="frames")
    taken_at = models.DateTimeField(help_text="When its last byte came")
    sha256 = models.CharField(max_length=64, help_text="Of the bytes as received")
    pack = models.CharField(max_length=80, help_text="The pack's name below the media folder")
    offset = models.PositiveBigIntegerField(help_text="Where the picture begins in its pack")
    length = models.PositiveIntegerField(help_text="Bytes")
    kind = models.CharField(max_length=4, help_text="jpg or png, by its first bytes")
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    health = models.CharField(max_length=12, blank=True, help_text="How the camera was found by this picture")
    # What the source said of it: status, ETag, Last-Modified, address called, worker.
    received = models.JSONField(default=dict)
    seal = models.BigIntegerField(null=True, help_text="The number of the seal among whose leaves it is")

    def __str__(self):
        return f"{self.camera_id} {self.taken_at:%F %T}"

    @property
    def micros(self) -> int:
        """Return the time in µs since 1970, which identifies it among the frames of its camera."""
        return (self.taken_at - EPOCH) // timedelta(microseconds=1)
