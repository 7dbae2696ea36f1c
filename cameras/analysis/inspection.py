"""Inspect one picture: kind, size, sharpness, light, and problems."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

import cv2
import numpy as np

from cameras.analysis.motion import is_calm, is_still, noise_of
from cameras.analysis.quality import edges_of, entropy_of, problem_of
from cameras.analysis.reading import size_of, small_of
from cameras.analysis.view_tracking import Alignment

# Problems of a picture that is not compared with others.
BROKEN = ("unreadable", "torn")
UNKNOWN = Alignment()


@dataclass(frozen=True, slots=True)
class Inspection:
    """The measurements of one picture. Grey levels are 0–255, entropy is in bits (0–6)."""

    sha256: str
    width: int = 0
    height: int = 0
    mean: float = 0
    std: float = 0
    entropy: float = 0
    edges: float = 0
    small: np.ndarray | None = None
    same: bool = False  # byte for byte the picture before
    still: bool = False  # not even the noise is another than in the picture before
    calm: bool = False  # nothing moved since the picture before
    noise: float = 0  # the difference to the picture before where nothing moved
    problem: str | None = None  # "unreadable", "torn", "dark", "covered", "card"; by an Eye also "blurred", "moved"
    # By the camera's own habits it cannot be that nothing moved for so long: when something moved last.
    frozen_since: datetime | None = None
    alignment: Alignment = UNKNOWN  # how this very picture lies over the reference


def inspect_picture(picture: bytes, before: Inspection | None = None) -> Inspection:
    """Inspect a picture as received. Never raises: what cannot be read has the problem "unreadable"."""
    sha256 = hashlib.sha256(picture).hexdigest()
    if before and before.sha256 == sha256:
        return replace(before, same=True, still=True, calm=True, noise=0)
    width, height = size_of(picture)
    small = small_of(picture, width, height)
    if small is None:
        return Inspection(sha256, width, height, problem="unreadable")
    mean, std = (float(value[0, 0]) for value in cv2.meanStdDev(small))
    entropy, edges = entropy_of(small), edges_of(small)
    still, calm, noise = False, False, 0
    if before is not None and before.small is not None:
        step = cv2.absdiff(before.small, small)
        still, calm, noise = is_still(step), is_calm(before.small, small), noise_of(step)
    return Inspection(
        sha256,
        width,
        height,
        round(mean, 1),
        round(std, 1),
        round(entropy, 2),
        round(edges, 1),
        small,
        still=still,
        calm=calm,
        noise=noise,
        problem=problem_of(small, mean, std, entropy, edges),
    )
