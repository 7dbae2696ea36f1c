"""Align a camera's picture with its reference picture to detect that the camera was moved.

Two pictures of one view have their edges in the same places by day, by night and in rain; phase correlation finds a
shift in a third of a millisecond. ORB corners confirm it, and measure rotation and zoom.
"""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from math import degrees, hypot
from typing import overload

import cv2
import numpy as np

from cameras.analysis.reading import BAND, SMALL
from cameras.analysis.usual import step_quantile

WIDTH, HEIGHT = SMALL
CORNERS, INLIERS = 500, 12
# Moved: by so much of the width or height, so many degrees, so much closer.
MOVED_SHIFT, MOVED_ANGLE, MOVED_SCALE = 0.03, 1.5, 0.05
# How well edges must agree (phase correlation's response): 0.2–0.8 for one view at any hour, up to 0.06 for two views.
# What fits clearly, by the reference's own usual, needs no corners but now and then.
FITS, NEAR_SHIFT, OF_USUAL, OF_USUAL_CLEARLY = 0.15, 0.02, 0.5, 0.7
# With less than this part of the light that any reference has, a lens sees noise rather than edges: a picture may fit,
# but that it does not says nothing, before there is a reference in such a light.
DIM = 0.4
# Pixels by which the left or the right half alone may be shifted: one that is more was turned or zoomed.
HALF_SHIFT, HALF_SHOWS = 2.5, 0.2
CORNERS_EVERY = timedelta(minutes=10)
# A median over so many pictures is a reference; so many pictures in a row that do not fit are one that moved.
PICTURES, AWAY = 16, 4
MOST_REFERENCES, HOUR_KNOWN = 3, 6
# Two views alternate: each was seen so often, with so many changes between them, in the last so many pictures.
LAST, EACH, CHANGES = 60, 3, 4

EVEN = cv2.createCLAHE(3, (8, 4))
ORB = cv2.ORB.create(CORNERS, 1.2, 5, edgeThreshold=8, patchSize=19, fastThreshold=8)
MATCHER = cv2.BFMatcher(cv2.NORM_HAMMING)
WINDOW = cv2.createHanningWindow((WIDTH, HEIGHT - 2 * BAND), cv2.CV_32F)
HALF = cv2.createHanningWindow((WIDTH // 2, HEIGHT - 2 * BAND), cv2.CV_32F)
UNKNOWN = (0, 0, 0, 0)
SAME_PLACE = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a picture is aligned with the reference.

    `state`: "fits", "shifted" (moved, and known how), "lost" (looks elsewhere), "turns" (two views alternate),
    "unknown". `transform` ((a, b, x), (c, d, y)) maps a point of the reference to its point in the picture, in
    fractions of width and height; None if it is not known.
    """

    state: str = "unknown"
    transform: tuple | None = None


class PictureFeatures:
    """A picture prepared for comparison: contrast equalised, its edges, and, if needed, its corners."""

    def __init__(self, small):
        self.even = EVEN.apply(small)
        self.edges = cv2.Canny(cv2.GaussianBlur(self.even, (0, 0), 1), 60, 150)
        self.light = cv2.mean(small)[0]

    @cached_property
    def corners(self):
        keypoints, looks = ORB.detectAndCompute(self.even, None)
        return np.array([corner.pt for corner in keypoints], np.float32), looks


@dataclass(eq=False)  # two are never one, however alike they look
class Reference:
    """A view in one light: the median of many pictures of it, small, grey and without borders."""

    picture: np.ndarray
    # hour of the day (UTC) → how often it fitted then; and how well (median responses): all, left half, right half
    hours: dict[int, list] = field(default_factory=dict)
    name: str = ""  # under which its picture is kept, if it is

    @cached_property
    def light(self) -> float:
        return cv2.mean(self.picture)[0]

    @cached_property
    def corners(self):
        return PictureFeatures(self.picture).corners

    @cached_property
    def packed_edges(self):
        return np.packbits(PictureFeatures(self.picture).edges > 0)

    @property
    def edges(self) -> np.ndarray:
        return np.unpackbits(self.packed_edges).reshape(self.picture.shape) * 255

    def knows(self, hour: int) -> bool:
        return self.hours.get(hour, UNKNOWN)[0] >= HOUR_KNOWN

    def usual(self, hour: int) -> Sequence[float]:
        return self.hours[hour][1:] if self.knows(hour) else UNKNOWN[1:]

    def fits(self, hour: int, half_fits: list[tuple[float, float]]) -> bool:
        """Return whether both halves are in place; a half that never shows much is not compared."""
        _, *usual = self.usual(hour)
        shown_halves = [
            half for half, least in zip(half_fits, usual, strict=True) if half[1] >= FITS or least >= HALF_SHOWS
        ]
        return bool(shown_halves) and all(
            shift < HALF_SHIFT and response >= OF_USUAL * least
            for (shift, response), least in zip(half_fits, usual, strict=True)
            if (shift, response) in shown_halves
        )

    def record_fit(self, hour, response, half_fits):
        count, *usual = self.hours.get(hour, UNKNOWN)
        responses = (response, *(response for _, response in half_fits))
        stepped = (step_quantile(old, value, 0.5, count) for old, value in zip(usual, responses, strict=True))
        self.hours[hour] = [count + 1, *(round(quantile, 3) for quantile in stepped)]


class ReferenceDraft:
    """A running median of pictures that becomes a reference; it needs the memory of one picture.

    The steps get smaller; a car that stood there in the first picture has vanished after some pictures.
    """

    def __init__(self, small: np.ndarray, hour: int) -> None:
        self.median, self.count, self.hours = small.astype(np.int16), 1, Counter({hour: 1})

    def add(self, small: np.ndarray, hour: int) -> None:
        self.count += 1
        self.hours[hour] += 1
        step = max(3, 96 // self.count)
        self.median += np.clip(small - self.median, -step, step)

    @property
    def picture(self) -> np.ndarray:
        return np.clip(self.median, 0, 255).astype(np.uint8)

    @property
    def edges(self) -> np.ndarray:
        return PictureFeatures(self.picture).edges


def pixel_median(first, second, third):
    return np.maximum(np.minimum(first, second), np.minimum(np.maximum(first, second), third))


def measure_shift(edges, others):
    """Return (x, y, response): the shift of the second edges in fractions of width and height, and the peak of the
    correlation.
    """
    (x, y), response = cv2.phaseCorrelate(edges.astype(np.float32), others.astype(np.float32), WINDOW)
    return x / WIDTH, y / HEIGHT, response


def measure_halves(edges, others):
    half_fits = []
    for half in (np.s_[:, : WIDTH // 2], np.s_[:, WIDTH // 2 :]):
        shift, response = cv2.phaseCorrelate(edges[half].astype(np.float32), others[half].astype(np.float32), HALF)
        half_fits.append((hypot(*shift), response))
    return half_fits


def match_corners(corners, others):
    """Return (the affine transform in pixels from corners to their matches, the number of inliers)."""
    (places, looks), (their_places, their_looks) = corners, others
    if looks is None or their_looks is None or len(their_places) < 2:
        return None, 0
    pairs = MATCHER.knnMatch(looks, their_looks, k=2)
    good = [pair[0] for pair in pairs if len(pair) == 2 and pair[0].distance < 0.8 * pair[1].distance]
    if len(good) < INLIERS:
        return None, 0
    affine, inliers = cv2.estimateAffinePartial2D(
        places[[match.queryIdx for match in good]],
        their_places[[match.trainIdx for match in good]],
        method=cv2.RANSAC,
        ransacReprojThreshold=2.5,
    )
    return (None, 0) if affine is None else (affine, int(inliers.sum()))


def to_fractions(affine):
    """Convert an affine transform of the small picture without borders to fractions of the whole picture's width and
    height.
    """
    whole = affine.copy()
    whole[:, 2] += np.array([0, BAND]) - affine[:, :2] @ np.array([0, BAND])
    (a, b, x), (c, d, y) = whole
    flat = HEIGHT / WIDTH
    return round_transform(((a, b * flat, x / WIDTH), (c / flat, d, y / HEIGHT)))


def round_transform(transform):
    return tuple(tuple(round(float(value), 5) for value in row) for row in transform)


def translate_by(x, y):
    return round_transform(((1, 0, x), (0, 1, y)))


def has_moved(affine):
    """Return whether an affine transform in pixels is more than wind and warmth do to a pole."""
    middle = np.array([WIDTH / 2, HEIGHT / 2 - BAND])
    x, y = (affine[:, :2] @ middle + affine[:, 2] - middle) / (WIDTH, HEIGHT)
    scale = hypot(affine[0, 0], affine[1, 0])
    angle = degrees(np.arctan2(affine[1, 0], affine[0, 0]))
    return hypot(x, y) > MOVED_SHIFT or abs(angle) > MOVED_ANGLE or abs(scale - 1) > MOVED_SCALE


class ViewTracker:
    def __init__(self, references: Iterable[Reference] = ()) -> None:
        self.references = list(references)
        self.draft: ReferenceDraft | None = None  # the first reference in the making
        self.other: ReferenceDraft | None = None  # where it looks when it does not look where it did
        self.third: ReferenceDraft | None = None  # neither of them
        self.letters = ""  # of the last pictures: a (as in the reference), b (the other view), c (neither)
        self.away = 0  # pictures in a row that lie elsewhere
        self.unclear = 0  # pictures in a row of which it cannot be said
        self.faint = False  # whether the last one has too little light for that
        self.alignment = Alignment()
        self.single = Alignment()  # of the last picture alone
        self.settled = Alignment()  # what two pictures in a row said
        self.corners_at: datetime | None = None
        # The last two pictures: with the present one they make a median without most of the traffic, which is asked
        # where one picture does not say enough.
        self.recent = deque(maxlen=2)

    @property
    def has_moved(self) -> bool:
        return self.away >= AWAY and self.alignment.state != "turns"

    def track(self, small: np.ndarray, at: datetime, hour: int, hazy: bool = False) -> Alignment:
        """Judge one good picture. `hazy`: too little can be seen in it to say that it is another view."""
        features = PictureFeatures(small)
        if self.references:
            alignment = self.single = self.compare(features, at, hour)
            if alignment.state in ("lost", "unknown") and len(self.recent) == 2:
                faint, together = (
                    self.faint,
                    self.compare(PictureFeatures(pixel_median(small, *self.recent)), at, hour),
                )
                alignment, self.faint = (
                    (alignment, True) if faint and together.state != "fits" else (together, self.faint)
                )
            if hazy and alignment.state == "lost":
                alignment = Alignment()
            if not (hazy and alignment.state == "unknown"):
                self.count_result(alignment, features, small, hour)
        else:
            alignment = self.extend_draft(features, small, hour)
        self.recent.append(small)
        self.alignment = Alignment("turns") if self.is_alternating() else alignment
        if self.alignment.state in ("fits", "turns") or self.away > 1:
            self.settled = self.alignment
        return self.alignment

    def count_result(self, alignment, features, small, hour):
        self.away = self.away + 1 if alignment.state in ("shifted", "lost") else 0
        self.unclear = self.unclear + 1 if alignment.state == "unknown" else 0
        letter = "a" if alignment.state == "fits" else self.classify_elsewhere(features, small, hour)
        self.note_letter("c" if self.faint else letter)
        if self.other and self.unclear >= PICTURES <= self.other.count:
            self.add_reference(self.other)  # it stands still in a light that no reference knows
            self.other, self.unclear = None, 0

    # ---- against known references

    def compare(self, features: PictureFeatures, at: datetime, hour: int) -> Alignment:
        candidates, self.faint = [], False
        for reference in self.references:
            edges = reference.edges
            x, y, response = measure_shift(edges, features.edges)
            usual = reference.usual(hour)[0]
            if usual and response >= max(FITS, OF_USUAL_CLEARLY * usual) and hypot(x, y) < NEAR_SHIFT:
                half_fits = measure_halves(edges, features.edges)
                if reference.fits(hour, half_fits) and not self.corners_are_due(at):
                    return self.accept(reference, hour, response, half_fits, translate_by(x, y))
            candidates.append((response, x, y, reference))
        if self.away > AWAY and self.away % 4 and not self.corners_are_due(at):
            return (
                self.alignment if self.alignment.state in ("shifted", "lost") else Alignment("lost")
            )  # it was measured just now
        self.corners_at = at
        return self.measure(features, sorted(candidates, key=lambda candidate: -candidate[0]), hour)

    def corners_are_due(self, at):
        return self.corners_at is None or not timedelta(0) <= at - self.corners_at < CORNERS_EVERY

    def measure(self, features, candidates, hour):
        self.faint = all(features.light < DIM * reference.light for *_, reference in candidates)
        for response, _, _, reference in candidates:
            affine, inliers = match_corners(reference.corners, features.corners)
            if inliers < INLIERS:
                continue
            if has_moved(affine):
                if self.faint:
                    continue  # corners of noise
                return Alignment("shifted", to_fractions(affine))
            return self.accept(
                reference, hour, response, measure_halves(reference.edges, features.edges), to_fractions(affine)
            )
        # By night there are few corners, but the edges of lamps and windows are where they were.
        response, x, y, reference = candidates[0]
        if response >= max(FITS, OF_USUAL * reference.usual(hour)[0]):
            if hypot(x, y) <= MOVED_SHIFT:
                half_fits = measure_halves(reference.edges, features.edges)
                if reference.fits(hour, half_fits):
                    return self.accept(reference, hour, response, half_fits, translate_by(x, y))
            elif not self.faint:
                return Alignment("shifted", translate_by(x, y))
        if self.faint or lies_in_place(reference, features, (x, y), response):
            return Alignment()
        return Alignment("lost" if any(reference.knows(hour) for *_, reference in candidates) else "unknown")

    def accept(self, reference, hour, response, half_fits, transform):
        reference.record_fit(hour, response, half_fits)
        self.references.remove(reference)
        self.references.insert(0, reference)  # what fitted last is tried first
        return Alignment("fits", transform)

    # ---- new references

    def extend_draft(self, features, small, hour):
        """Add to the first reference being built. A picture that does not align may be the second of two alternating
        views.
        """
        if self.draft is None:
            self.draft = ReferenceDraft(small, hour)
        elif matches_edges(self.draft.edges, features):
            self.draft.add(small, hour)
            self.note_letter("a")
        else:
            self.note_letter(self.classify_elsewhere(features, small, hour))
            # It was turned when its draft had just begun.
            if self.other and self.other.count >= PICTURES > self.draft.count:
                self.draft, self.other = self.other, None
        if self.draft and self.draft.count >= PICTURES:
            self.add_reference(self.draft)
            self.draft = None
        return Alignment()

    def classify_elsewhere(self, features, small, hour):
        if any(matches_edges(reference.edges, features) for reference in self.references):
            return "c"  # tilted, or too much traffic; not another view
        if self.other and matches_edges(self.other.edges, features):
            self.other.add(small, hour)
            return "b"
        if self.third and matches_edges(self.third.edges, features):
            self.third.add(small, hour)
            self.other, self.third = self.third, None
            self.letters = self.letters.replace("b", "c")  # what was the other view is it no more
            return "b"
        draft = ReferenceDraft(small, hour)
        if self.other is None:
            self.other = draft
        else:
            self.third = draft  # one odd picture; if it comes again, a view
        return "c"

    def add_reference(self, draft):
        reference = Reference(draft.picture, {hour: [count, 0, 0, 0] for hour, count in draft.hours.items()})
        self.references = [reference, *self.references][:MOST_REFERENCES]

    # ---- two views

    def note_letter(self, letter):
        self.letters = (self.letters + letter)[-LAST:]

    def is_alternating(self):
        letters = self.letters.replace("c", "")
        changes = sum(letter != other for letter, other in pairwise(letters))
        return changes >= CHANGES and letters.count("a") >= EACH and letters.count("b") >= EACH


def lies_in_place(reference, features, shift, response):
    """Return whether the edges of both halves are in place, though fewer than usual, as traffic covers the others.

    Two views of one camera respond by 0.06 at most; a view turned or zoomed shifts one of its halves.
    """
    if response < FITS or hypot(*shift) > NEAR_SHIFT:
        return False
    half_fits = measure_halves(reference.edges, features.edges)
    return all(pixels < HALF_SHIFT and agreement >= FITS for pixels, agreement in half_fits)


def matches_edges(edges, features):
    x, y, response = measure_shift(edges, features.edges)
    return response >= FITS and hypot(x, y) < MOVED_SHIFT


# ---- zones that follow the camera


@overload
def transform_zones(zones: Iterable, transform: None) -> None: ...
@overload
def transform_zones(zones: Iterable, transform: Sequence) -> list: ...
def transform_zones(zones: Iterable, transform: Sequence | None) -> list | None:
    """Return zones of the reference picture, each [[x, y], …] in fractions of it, as they lie in the current picture.

    None if the transform is not known: then no zone is safe. A point may lie outside the picture.
    """
    if transform is None:
        return None
    (a, b, x), (c, d, y) = transform
    return [[[a * u + b * v + x, c * u + d * v + y] for u, v in zone] for zone in zones]
