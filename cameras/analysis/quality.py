"""Detect pictures that show nothing: dark, covered, a drawn card, half decoded."""

import cv2
import numpy as np

DARK_MEAN, DARK_STD = 12, 4
# A hand or a leaf before the lens: few tones, or nearly one tone and no edges in it.
COVERED_STD, COVERED_EDGES, COVERED_ENTROPY = 6, 15, 1.5
# A drawn card ("camera offline"): as few tones, but sharp letters on them. By night a lamp on black is no card.
CARD_EDGES, CARD_MEAN = 150, 40
# A decoder that lost the rest of a picture repeats its last line down to the end, or fills it with grey. Grey levels
# between two lines there, how many times more above, lines at the least, and how much a line varies that is not grey.
TORN_STEP, TORN_TIMES, TORN_LINES, TORN_STD, GREY, GREY_STD = 0.4, 8, 10, 6, (126, 130), 1.0


def problem_of(small: np.ndarray, mean: float, std: float, entropy: float, edges: float) -> str | None:
    if mean < DARK_MEAN and std < DARK_STD:
        return "dark"
    # With almost no light, an unlit lane and a leaf on the lens look alike: it is called dark.
    covered = "dark" if mean < DARK_MEAN else "covered"
    if entropy < COVERED_ENTROPY:
        return "card" if edges > CARD_EDGES and mean > CARD_MEAN else covered
    if std < COVERED_STD and edges < COVERED_EDGES:
        return covered
    return "torn" if is_torn(small) else None


def is_torn(small):
    last = small[-TORN_LINES - 1 :]
    step = cv2.norm(last[1:], last[:-1], cv2.NORM_L1) / last[1:].size
    if step > TORN_STEP:
        return False
    # A picture out of focus changes as little from line to line, but everywhere.
    steps = cv2.reduce(cv2.absdiff(small[1:], small[:-1]), 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F)
    if np.percentile(steps, 90) < TORN_TIMES * max(step, 0.1):
        return False
    along = float(cv2.meanStdDev(last[-1])[1][0, 0])
    return along > TORN_STD or (along < GREY_STD and GREY[0] <= cv2.mean(last)[0] <= GREY[1])


def entropy_of(gray: np.ndarray) -> float:
    """Return bits per pixel in 64 tones: 0 for one tone, 6 if all tones are equally frequent."""
    share = cv2.calcHist([gray], [0], None, [64], [0, 256]).ravel() / gray.size
    share = share[share > 0]
    return float(-(share * np.log2(share)).sum())


def edges_of(gray: np.ndarray) -> float:
    return float(cv2.meanStdDev(cv2.Laplacian(gray, cv2.CV_16S))[1][0, 0]) ** 2
