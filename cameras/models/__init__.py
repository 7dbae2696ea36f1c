from cameras.models.kept import Evidence
from cameras.models.register import NEAR_M, NEAREST, Camera, Source, View
from cameras.models.ring import Frame

__all__ = ["NEAREST", "NEAR_M", "Camera", "Evidence", "Frame", "Source", "View"]
