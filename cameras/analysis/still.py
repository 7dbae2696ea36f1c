"""Whether anything moved between two pictures, of which both are small, grey and without their bands."""

import cv2

# A frozen picture under a running clock differs by 0.03 grey levels; a quiet live one by about 1. A street at night
# whose encoder skips still blocks comes close, but its lone motorbike changes a few pixels by much.
STILL_MEAN, STILL_STEP, STILL_SHARE = 0.25, 8, 0.0005
# Encoding a picture anew changes pixels by up to 12 grey levels, but the mean of 4 × 4 of them by no more than 3; noise
# changes it by 2. What moves changes such a mean by much more.
BLOCKS, BLOCK_STEP = (64, 27), 4


def is_still(step):
    """`step`: the difference of the two pictures by pixels. Noise is movement here, as only a live lens has it."""
    return cv2.mean(step)[0] < STILL_MEAN and cv2.countNonZero(cv2.compare(step, STILL_STEP, cv2.CMP_GT)) < (
        STILL_SHARE * step.size
    )


def is_calm(before, small):
    """Whether nothing moved but noise, encoding and the light."""
    step = cv2.absdiff(blocks_of(before), blocks_of(small))
    return cv2.countNonZero(cv2.compare(step, BLOCK_STEP, cv2.CMP_GT)) == 0


def blocks_of(small):
    return cv2.resize(small, BLOCKS, interpolation=cv2.INTER_AREA)
