"""Allow camera and motion sensors on single pages, against `PERMISSIONS_POLICY`."""

from typing import Any

from django.conf import settings
from django_permissions_policy.decorators import permissions_policy_override

# The live picture of the camera, and which way it faces.
SENSES = ("camera", "accelerometer", "gyroscope", "magnetometer")
POLICY: dict[str, Any] = settings.PERMISSIONS_POLICY | dict.fromkeys(SENSES, "self")
allow_camera = permissions_policy_override(POLICY)
