"""Store the public pictures of cameras."""

from django.db import models
from django.utils.timezone import now

from cameras.models.register import Camera, View

# So far, in parts of the picture, a place may have wandered since it was covered: zones are drawn wider by that.
WANDERS = 0.015


class Still(models.Model):
    """A covered picture of a public camera: privacy zones filled, faces and small text pixelated.

    It is shown some minutes later, if by then the view it was made for still holds.
    """

    camera = models.ForeignKey(Camera, models.CASCADE, related_name="stills")
    taken_at = models.DateTimeField(help_text="When the picture as received came from the camera")
    parent_sha256 = models.CharField(max_length=64, help_text="Of the bytes as received")
    sha256 = models.CharField(max_length=64, help_text="Of the covered picture")
    file = models.CharField(max_length=120)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    # Of the view as it was then: what was drawn, and how it lay over the picture.
    view = models.ForeignKey(View, models.SET_NULL, null=True, related_name="+")
    zones = models.JSONField(default=list)
    transform = models.JSONField(null=True)
    found = models.JSONField(default=dict, help_text="How many faces and lines of text were covered")
    tools = models.JSONField(default=dict, help_text="What covered it, and its version")
    made_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["camera", "taken_at"], name="a_picture_is_covered_once")]
        indexes = [models.Index(fields=["camera", "-taken_at"], name="stills_of_a_camera")]

    def __str__(self):
        return f"{self.camera_id} {self.taken_at:%F %T}"

    @property
    def fits(self) -> bool:
        view = self.view
        if view is None or not view.current or view.zones != self.zones:
            return False
        return view.is_known and corner_distance(self.transform, view.transform) <= WANDERS


def corner_distance(corner, other):
    """Return the largest distance of a picture's corners under two transforms; None is the identity."""
    still = [[1, 0, 0], [0, 1, 0]]
    (a, b, x), (c, d, y) = corner or still
    (e, f, u), (g, h, v) = other or still
    return max(
        max(abs((a - e) * across + (b - f) * down + x - u), abs((c - g) * across + (d - h) * down + y - v))
        for across in (0, 1)
        for down in (0, 1)
    )
