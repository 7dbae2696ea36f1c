"""Detect motion between two small grey pictures without their borders."""

from collections import deque

import cv2
import numpy as np

# A frozen picture under a running clock differs by 0.03 grey levels; a quiet live one by about 1, or by 0.2 where the
# camera takes most of its noise out. A lone motorbike before such a one changes a few pixels by much.
STILL_MEAN, STILL_STEP, STILL_SHARE = 0.12, 8, 0.0005
# Encoding a picture anew changes pixels by up to 12 grey levels, but the mean of 4 × 4 of them by no more than 3; noise
# changes it by 2. What moves changes such a mean by much more.
BLOCKS, BLOCK_STEP = (64, 27), 4
# No lens sends the same noise twice: pictures that differ from one another, but not from one a little before, are one
# that is encoded anew again and again. So many are remembered, every third pixel of every third line; alike are two
# that differ by less than a still one, and by less than this part of what the last two differ by.
LATELY, THIRD, AGAIN_SHARE = 8, np.s_[1::3, 1::3], 0.4


def is_still(step: np.ndarray) -> bool:
    """Return whether nothing at all changed. `step`: the pixel difference of the two pictures. Sensor noise counts as
    motion, as only a live lens has it.
    """
    return cv2.mean(step)[0] < STILL_MEAN and cv2.countNonZero(cv2.compare(step, STILL_STEP, cv2.CMP_GT)) < (  # type: ignore[call-overload]  # the stubs know no number there
        STILL_SHARE * step.size
    )


def is_calm(before: np.ndarray, small: np.ndarray) -> bool:
    step = cv2.absdiff(block_means(before), block_means(small))
    return cv2.countNonZero(cv2.compare(step, BLOCK_STEP, cv2.CMP_GT)) == 0  # type: ignore[call-overload]  # the stubs know no number there


def noise_of(step: np.ndarray) -> float:
    parts = cv2.resize(step.astype(np.float32), BLOCKS, interpolation=cv2.INTER_AREA).ravel()
    return float(np.partition(parts, parts.size // 2)[parts.size // 2])


class RecentPictures:
    """The last few pictures of a street in which nothing moves."""

    def __init__(self) -> None:
        self.seen = deque(maxlen=LATELY)

    def shows_again(self, small: np.ndarray) -> bool:
        part = small[THIRD].copy()
        steps = [cv2.norm(part, earlier, cv2.NORM_L1) / part.size for earlier in self.seen]
        self.seen.append(part)
        return len(steps) > 1 and min(steps) < min(STILL_MEAN, AGAIN_SHARE * steps[-1])


def block_means(small):
    return cv2.resize(small, BLOCKS, interpolation=cv2.INTER_AREA)
