"""Tell whether two photos surely show the same view, in a child process (`python -m geoapp.media.photo_likeness`).

Pure: bytes in, values out; no Django. ORB features of both, matched both ways, and the homography that most of them
agree on (RANSAC). What was repaired has changed, so only the surroundings match: few agreeing features of many say
nothing, and nothing is said.

Of drawn streets before and after, moved and lit otherwise, and of traffic cameras at other hours, the least had 119
agreeing features, 83 % of the matches, over 18 % of the picture; of different streets the most 56, 64 % and 14 %.
"""

import sys
from typing import Any

import cv2
import numpy as np

from geoapp.media import sandboxed_process

SIDE = 800  # pixels of the longer side
FEATURES, RATIO, REACH_PX = 1500, 0.75, 4.0
# Agreeing features, their share of all matches, and the share of the picture that they span, from which it is sure.
SURE_INLIERS, SURE_SHARE, SURE_SPAN = 80, 0.7, 0.12
SCALES = (0.4, 2.5)  # between which the one picture lies in the other
MEMORY, CPU_S, JOB_CPU_S, NICE = 1_500_000_000, 3600, 20, 5


def read_grey(data: bytes) -> np.ndarray | None:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        return None
    scale = SIDE / max(picture.shape)
    if scale >= 1:
        return picture
    size = (max(round(picture.shape[1] * scale), 1), max(round(picture.shape[0] * scale), 1))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def compare(before: np.ndarray, after: np.ndarray) -> dict[str, Any]:
    """Return `inliers`, `share` of the matches, `span` of the picture and `sure`."""
    nothing = {"inliers": 0, "share": 0.0, "span": 0.0, "sure": False}
    finder = cv2.ORB.create(nfeatures=FEATURES)
    points, others = finder.detectAndCompute(before, None), finder.detectAndCompute(after, None)
    matches = mutual_matches(points[1], others[1])
    if len(matches) < 8:
        return nothing
    places = np.array([points[0][match.queryIdx].pt for match in matches], np.float32)
    moved = np.array([others[0][match.trainIdx].pt for match in matches], np.float32)
    homography, mask = cv2.findHomography(places, moved, cv2.RANSAC, REACH_PX)
    if homography is None or not is_a_view(homography, before.shape):
        return nothing
    agreeing = mask.ravel().astype(bool)
    inliers, share = int(agreeing.sum()), float(agreeing.mean())
    span = span_of(places[agreeing], before.shape)
    sure = inliers >= SURE_INLIERS and share >= SURE_SHARE and span >= SURE_SPAN
    return {"inliers": inliers, "share": round(share, 3), "span": round(span, 3), "sure": sure}


def mutual_matches(ours: np.ndarray | None, theirs: np.ndarray | None) -> list[Any]:
    """Matches that are clearly the best both ways."""
    if ours is None or theirs is None or min(len(ours), len(theirs)) < 2:
        return []
    matcher = cv2.BFMatcher(cv2.NORM_HAMMING)
    back = {match.queryIdx: match.trainIdx for match in clear_matches(matcher, theirs, ours)}
    return [match for match in clear_matches(matcher, ours, theirs) if back.get(match.trainIdx) == match.queryIdx]


def clear_matches(matcher: Any, ours: np.ndarray, theirs: np.ndarray) -> list[Any]:
    pairs = matcher.knnMatch(ours, theirs, k=2)
    return [pair[0] for pair in pairs if len(pair) == 2 and pair[0].distance < RATIO * pair[1].distance]


def is_a_view(homography: np.ndarray, shape: tuple[int, ...]) -> bool:
    """Whether a camera can have moved so: the picture stays convex, unmirrored and of about its size."""
    height, width = shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32).reshape(-1, 1, 2)
    moved = cv2.perspectiveTransform(corners, homography)
    area = cv2.contourArea(moved, True)
    scale = (abs(area) / (width * height)) ** 0.5
    return (
        bool(cv2.isContourConvex(moved)) and SCALES[0] <= scale <= SCALES[1] and np.linalg.det(homography[:2, :2]) > 0
    )


def span_of(points: np.ndarray, shape: tuple[int, ...]) -> float:
    """The part of the picture that the hull of these points covers, 0 to 1."""
    if len(points) < 3:
        return 0.0
    return float(cv2.contourArea(cv2.convexHull(points))) / (shape[0] * shape[1])


def answer_job(job: dict, data: bytes) -> dict[str, Any]:
    """Compare two pictures that follow one another; `first`: the bytes of the one before."""
    pictures = [read_grey(part) for part in (data[: job["first"]], data[job["first"] :])]
    before, after = pictures
    return {"fault": "unreadable"} if before is None or after is None else compare(before, after)


def main() -> None:
    cv2.setNumThreads(1)
    warm = np.zeros((64, 64), np.uint8)
    read_grey(cv2.imencode(".jpg", warm)[1].tobytes())  # what is loaded with the first is loaded before files are shut
    compare(warm, warm)
    sandboxed_process.limit_resources(memory=MEMORY, cpu_s=CPU_S, nice=NICE)
    unconfined = sandboxed_process.forbid_system_calls()
    sandboxed_process.serve_jobs({"unconfined": unconfined}, answer_job, sys.stdin.buffer, sys.stdout.buffer, JOB_CPU_S)


if __name__ == "__main__":
    main()
