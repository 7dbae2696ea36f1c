"""Align a later picture of a camera with an earlier one, to overlay both.

Pure: bytes in, numbers out; no database, no Django.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from cameras.analysis import decoding

WIDTH = 640  # at which pictures are compared
# Heights per width and widths per height of a picture: one column of dots, made so wide, would take all memory, and in
# one line there are no corners.
TALLEST, WIDEST = 4, 8
FEATURES = 1500
CLEARLY = 0.8  # a point matches another if no third comes so close
SURE = 20  # points that agree, at the least
SHARE = 0.35  # of the points that match
# Beyond these limits it is another view: fraction of width and height, degrees, scale.
FURTHEST, MOST_TURNED, LARGEST = 0.35, 15.0, 1.5
# If points do not suffice (night, rain): the correlation of the edges.
FITS = 0.35  # one street by day and by night: 0.44 and more; two streets: up to 0.15
BAND = 0.12  # of the height at top and bottom, where clocks and names are burnt in: they would always fit


@dataclass(frozen=True)
class Overlay:
    """The affine transform [[a, b, x], [c, d, y]] that lays the later picture over the earlier.

    (u, v) of the later picture, both in fractions of its width, maps to (a·u + b·v + x, c·u + d·v + y) in fractions of
    the earlier picture's width.
    """

    matrix: tuple


def align_pictures(before: bytes, after: bytes) -> Overlay | None:
    first, second = read_gray(before), read_gray(after)
    if first is None or second is None or abs(aspect_ratio(first) - aspect_ratio(second)) > 0.02:
        return None
    alignment = align_by_points(first, second)
    if alignment is None:
        alignment = align_by_edges(first, second)
    if alignment is None or not is_one_view(alignment, first.shape):
        return None
    matrix = [[float(alignment[0, 0]), float(alignment[0, 1]), float(alignment[0, 2]) / WIDTH],
              [float(alignment[1, 0]), float(alignment[1, 1]), float(alignment[1, 2]) / WIDTH]]  # fmt: skip
    return Overlay(tuple(tuple(round(value, 5) for value in row) for row in matrix))


def read_gray(picture: bytes) -> np.ndarray | None:
    image = decoding.decode(picture, cv2.IMREAD_GRAYSCALE)
    if image is None or not 1 / WIDEST <= aspect_ratio(image) <= TALLEST:
        return None
    height = max(round(image.shape[0] * WIDTH / image.shape[1]), 1)
    return cv2.resize(image, (WIDTH, height), interpolation=cv2.INTER_AREA)


def aspect_ratio(picture: np.ndarray) -> float:
    return picture.shape[0] / picture.shape[1]


def middle_mask(shape):
    mask = np.zeros(shape, np.uint8)
    band = round(shape[0] * BAND)
    mask[band : shape[0] - band] = 255
    return mask


def align_by_points(first, second):
    """Return the transform by common corners; None if too few agree."""
    orb, mask = cv2.ORB.create(FEATURES), middle_mask(first.shape)
    (points, descriptors), (others, other_descriptors) = (
        orb.detectAndCompute(first, mask),
        orb.detectAndCompute(second, middle_mask(second.shape)),
    )
    if descriptors is None or other_descriptors is None:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(other_descriptors, descriptors, 2)
    matches = [
        best for best, *rest in (pair for pair in pairs if pair) if rest and best.distance < CLEARLY * rest[0].distance
    ]
    if len(matches) < SURE:
        return None
    source = np.array([others[match.queryIdx].pt for match in matches], np.float32)
    target = np.array([points[match.trainIdx].pt for match in matches], np.float32)
    transform, agree = cv2.estimateAffinePartial2D(source, target, method=cv2.RANSAC, ransacReprojThreshold=3)
    if transform is None or agree.sum() < max(SURE, SHARE * len(matches)):
        return None
    return transform


def align_by_edges(first, second):
    """Return the transform by the edges as a whole, which stay while light and traffic change; None if they do not
    fit.
    """
    first_edges, second_edges = edge_strength(first), edge_strength(second)
    start = np.eye(2, 3, dtype=np.float32)
    end = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-4)
    try:
        fits, transform = cv2.findTransformECC(
            first_edges, second_edges, start, cv2.MOTION_EUCLIDEAN, end, middle_mask(first.shape), 5
        )
    except cv2.error:  # it does not converge
        return None
    return cv2.invertAffineTransform(transform) if fits >= FITS else None


def edge_strength(picture):
    picture = cv2.GaussianBlur(picture, (5, 5), 0)
    across, down = cv2.Sobel(picture, cv2.CV_32F, 1, 0), cv2.Sobel(picture, cv2.CV_32F, 0, 1)
    return cv2.GaussianBlur(cv2.magnitude(across, down), (9, 9), 0)


def is_one_view(transform, shape):
    scale = float(np.hypot(transform[0, 0], transform[1, 0]))
    turned = abs(float(np.degrees(np.arctan2(transform[1, 0], transform[0, 0]))))
    centre = transform @ np.array([shape[1] / 2, shape[0] / 2, 1])
    away = np.abs(centre - np.array([shape[1] / 2, shape[0] / 2])) / np.array([shape[1], shape[0]])
    return 1 / LARGEST <= scale <= LARGEST and turned <= MOST_TURNED and bool((away <= FURTHEST).all())
