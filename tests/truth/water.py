"""Measure whether water on the road can be told from the camera's own dry pictures.

python -m tests.truth.water [FOLDER]. A study, no part of the product. Streets are drawn dry, flooded, and in all that
looks like it: wet by rain, by night, with shadows, headlights, a jam, another exposure. Of each the median of eleven
pictures, a minute apart, is compared with the median of dry ones of the same hour. The differences are weighed as on
half of the streets works best, and judged on the other half; FOLDER holds real pictures (as `TfL-images…CAMERA.jpg`),
on which nothing was learnt. The road is taken as known, as if somebody had drawn it, which favours the method. Model-
free: OpenCV and NumPy.
"""

import argparse
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import cv2
import numpy as np

from cameras.analysis import inspect_picture
from demo.cameras.kinds import seed_of
from demo.cameras.pictures import PLATE_H, H, Pictures, W
from demo.cameras.street import AS_SET_UP, Street

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = datetime(2026, 11, 24, tzinfo=ZONE).timestamp()
HOURS = (8, 13, 17.75, 20)
NOW, DRY = 11, 15  # pictures of which the median is taken: what drives is gone from it
SIGNS = ("darker", "other colour", "marks gone", "smoother", "mirrors", "lighter than the rest", "joined")
# So many of a day's 144 windows of ten minutes, in the rainy season, are each of these.
RAINY_DAY = {"dry": 84, "wet": 20, "wet after rain": 14, "shadow": 8, "jam": 8, "exposure": 10}


# ---- what is drawn


class FloodedPictures(Pictures):
    """Draws streets under water: from some distance on, or one side of the road."""

    deep = 0.75  # what is left of the road's own picture is the rest

    def empty_street(self, code, light, wet, pose=AS_SET_UP):
        street, still, hidden_by = super().empty_street(code, light, wet, pose)
        return street, flood(still, water_mask(street, code), self.deep, seed_of(code)), hidden_by


def road_mask(street: Street, near: float = 5, far: float = 60) -> np.ndarray:
    mask, road = np.zeros((H, W), np.uint8), street.road
    corners = [(-road, near, 0), (road, near, 0), (road, far, 0), (-road, far, 0)]
    cv2.fillConvexPoly(mask, street.project(corners).astype(np.int32), 255)
    mask[:PLATE_H] = 0
    return mask > 0


def water_mask(street: Street, code: str) -> np.ndarray:
    """Return where the water stands: on most of the road, or on the lower side of it, with an uneven edge."""
    r = np.random.default_rng([seed_of(code), 9])
    near, far = r.uniform(5, 9), r.uniform(28, 55)
    side, road = r.choice([-1, 0, 1]), street.road
    left, right = (-road, road) if side == 0 else sorted((side * road, side * -road * 0.1))
    edge = [(left + r.uniform(0, 1), y, 0) for y in np.linspace(near, far, 9)]
    edge += [(right - r.uniform(0, 1), y, 0) for y in np.linspace(far, near, 9)]
    mask = np.zeros((H, W), np.uint8)
    cv2.fillPoly(mask, [street.project(edge).astype(np.int32)], 255)
    return cv2.GaussianBlur(mask, (0, 0), 2).astype(np.float32) / 255


def flood(image: np.ndarray, mask: np.ndarray, deep: float, seed: int) -> np.ndarray:
    """Return the picture with water where the mask is: it mirrors what stands behind, in the colour of mud."""
    height, width = image.shape[:2]
    rows = np.flatnonzero(mask.max(1) > 0.5)
    if not rows.size:
        return image
    line, r = int(rows[0]), np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    ripples = cv2.resize(r.normal(0, 1, (height // 4, width // 16)).astype(np.float32), (width, height))
    behind = np.clip(2 * line - y + 2 * ripples, 0, height - 1)
    mirrored = cv2.GaussianBlur(cv2.remap(image, x + 3 * ripples, behind, cv2.INTER_LINEAR), (0, 0), 1.5)
    mud = np.array([96, 116, 128], np.float32) * image.mean() / 118
    water = 0.55 * mirrored + 0.45 * mud + 3 * ripples[..., None]
    share = (deep * mask)[..., None]
    return np.clip(image * (1 - share) + water * share, 0, 255).astype(np.uint8)


def shade(image: np.ndarray, seed: int) -> np.ndarray:
    """Draw a shadow of a house over the road."""
    r, mask = np.random.default_rng([seed, 11]), np.zeros(image.shape[:2], np.uint8)
    x = r.uniform(0, 0.6) * W
    corners = [(x, 60), (x + r.uniform(100, 250), 60), (x + r.uniform(150, 400), H), (x - 120, H)]
    cv2.fillConvexPoly(mask, np.array(corners, np.int32), 255)
    return (image * (1 - 0.45 * cv2.GaussianBlur(mask, (0, 0), 3)[..., None] / 255)).astype(np.uint8)


def drawn_windows(codes: Iterable[str]) -> Iterable[tuple[str, str, float, np.ndarray]]:
    """Yield (street, truth, hour, the signs) of each window; the truth of a flood begins with "water"."""
    plain, water = Pictures(ZONE), FloodedPictures(ZONE)
    conditions: dict[str, Callable] = {
        "dry": lambda code, at: plain.draw_scene(code, at, wet=False),
        "wet": lambda code, at: plain.draw_scene(code, at, wet=True),
        "wet after rain": lambda code, at: remove_rain(plain.draw_scene(code, at, wet=True)),
        "shadow": lambda code, at: shade(plain.draw_scene(code, at, wet=False), seed_of(code)),
        "jam": lambda code, at: plain.draw_scene(code, at, wet=False, event="jam"),
        "exposure": lambda code, at: cv2.convertScaleAbs(plain.draw_scene(code, at, wet=False), None, 0.78),
        "water": lambda code, at: water.draw_scene(code, at, wet=False),
        "water in the rain": lambda code, at: water.draw_scene(code, at, wet=True),
    }
    for code in codes:
        road = road_mask(Street(seed_of(code)))
        for hour in HOURS:
            begins = DAY + hour * 3600
            usual = middle(plain.draw_scene(code, begins - 86400 + 97 * n, wet=False) for n in range(DRY))
            for truth, draw in conditions.items():
                now = middle(draw(code, begins + 61 * n) for n in range(NOW))
                yield code, truth, hour, read_signs(now, usual, road)


def remove_rain(image: np.ndarray) -> np.ndarray:
    """Remove streaks of rain: the road still shines."""
    return cv2.medianBlur(image, 3)


# ---- what is read


def middle(images: Iterable[np.ndarray]) -> np.ndarray:
    return np.median(np.stack(list(images)), 0).astype(np.uint8)


def read_signs(now: np.ndarray, usual: np.ndarray, road: np.ndarray) -> np.ndarray:
    """Return how a picture differs on the road from the usual one: a number for each of SIGNS."""
    lights = [cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32) for image in (now, usual)]
    colours = [
        cv2.cvtColor(image, cv2.COLOR_BGR2LAB)[..., 1:].astype(np.float32)[road].mean(0) for image in (now, usual)
    ]
    fine = [light - cv2.GaussianBlur(light, (0, 0), 3) for light in lights]
    rough = [np.sqrt(np.maximum(cv2.blur(detail * detail, (9, 9)), 0)) + 1 for detail in fine]
    on, off = ([float(light[part].mean()) + 1 for light in lights] for part in (road, ~road))
    power = [np.maximum(cv2.blur(detail * detail, (25, 25)), 0) for detail in fine]
    together = cv2.blur(fine[0] * fine[1], (25, 25)) / (np.sqrt(power[0] * power[1]) + 1)
    changed = ((together < 0.4) & (rough[1] > 2) & road).astype(np.uint8)
    parts = cv2.connectedComponentsWithStats(changed)[2][1:, cv2.CC_STAT_AREA]
    marked = road & (np.abs(fine[1]) > 6)
    return np.array([
        1 - on[0] / on[1],
        float(np.abs(colours[0] - colours[1]).sum()),
        1 - similarity(fine[0][marked], fine[1][marked]),
        float(np.log(rough[1][road] / rough[0][road]).mean()),
        mirror_likeness(fine[0], road) - mirror_likeness(fine[1], road),
        on[0] / off[0] / (on[1] / off[1]) - 1,
        float(parts.max(initial=0)) / road.sum(),
    ])  # fmt: skip


def similarity(first: np.ndarray, second: np.ndarray) -> float:
    size = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / size if size else 0.0


def mirror_likeness(fine: np.ndarray, road: np.ndarray) -> float:
    """Return how far the road is like what stands above some line, upside down, at the best line."""
    rows = np.flatnonzero(road.any(1))
    best = 0.0
    for line in range(rows[0], rows[-1] - 30, 6):
        tall = min(60, line - PLATE_H, len(fine) - line)
        below, above = fine[line : line + tall], fine[line - tall : line][::-1]
        part = road[line : line + tall]
        if part.sum() > 500:
            best = max(best, similarity(below[part], above[part]))
    return best


# ---- what is made of it


class Weighing:
    """Weighs the signs by logistic regression."""

    def __init__(self, signs: np.ndarray, truth: np.ndarray, steps: int = 3000) -> None:
        self.mean, self.spread = signs.mean(0), signs.std(0) + 1e-9
        x = np.c_[(signs - self.mean) / self.spread, np.ones(len(signs))]
        share = np.where(truth, 0.5 / truth.mean(), 0.5 / (1 - truth.mean()))  # both count the same
        self.weights = np.zeros(x.shape[1])
        for _ in range(steps):
            likely = 1 / (1 + np.exp(-(x @ self.weights)))
            self.weights -= 0.3 * (x.T @ (share * (likely - truth)) / len(x) + 0.001 * self.weights)

    def judge(self, signs: np.ndarray) -> np.ndarray:
        return np.c_[(signs - self.mean) / self.spread, np.ones(len(signs))] @ self.weights


def area_under_curve(yes: np.ndarray, no: np.ndarray) -> float:
    """Return the probability that a flooded one scores above a dry one."""
    return float((np.sign(yes[:, None] - no[None]).mean() + 1) / 2)


# ---- real pictures


def real_windows(folder: Path) -> Iterable[tuple[str, str, np.ndarray]]:
    """Yield (camera, "dry" or "water", signs): each picture against the median of the others of its camera and
    hours.
    """
    by_camera = defaultdict(list)
    for file in sorted(folder.glob("*.jpg")):
        data = file.read_bytes()
        if "Greyscale" not in file.name and not inspect_picture(data).problem:
            name = file.stem.split("_CM_")[-1].split("_NT_")[-1].split(".")[-1]
            hours = int(re.findall(r"\d{8}[-_](\d\d)\d\d", file.stem)[0]) // 3
            image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
            by_camera[name, hours].append(cv2.resize(image, (W, H), interpolation=cv2.INTER_AREA))
    road, mask = np.zeros((H, W), np.uint8), np.zeros((H, W), np.uint8)
    cv2.fillConvexPoly(road, np.array([(150, 120), (330, 120), (460, 270), (60, 270)]), 255)
    cv2.fillConvexPoly(mask, np.array([(160, 140), (330, 140), (430, 262), (90, 262)]), 255)
    soft = cv2.GaussianBlur(mask, (0, 0), 2).astype(np.float32) / 255
    for (camera, _), images in by_camera.items():
        for n, image in enumerate(images):
            others = [other for at, other in enumerate(images) if at != n]
            if others:
                usual = middle(others)
                yield camera, "dry", read_signs(image, usual, road > 0)
                yield camera, "water", read_signs(flood(image, soft, 0.75, n), usual, road > 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, help="real pictures")
    parser.add_argument("--streets", type=int, default=16)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    windows = list(drawn_windows(f"W{n}" for n in range(options.streets)))
    signs, truths = np.array([sign for *_, sign in windows]), np.array([truth for _, truth, *_ in windows])
    learns = np.array([int(code[1:]) % 2 == 0 for code, *_ in windows])
    flooded = np.array([truth.startswith("water") for truth in truths])
    night = np.array([hour >= 18 for *_, hour, _ in windows])
    weighing = Weighing(signs[learns], flooded[learns])
    scores, tested = weighing.judge(signs), ~learns
    print(f"{len(windows)} windows; weights:", dict(zip(SIGNS, weighing.weights.round(2).tolist(), strict=False)))
    print(f"Area under the curve: {area_under_curve(scores[tested & flooded], scores[tested & ~flooded]):.3f}")
    for name, sign in zip(SIGNS, signs.T, strict=True):
        print(f"  {name} alone: {area_under_curve(sign[tested & flooded], sign[tested & ~flooded]):.3f}")
    real = list(real_windows(options.folder)) if options.folder else []
    real_scores = weighing.judge(np.array([sign for *_, sign in real])) if real else np.array([])
    real_flooded = np.array([truth == "water" for _, truth, _ in real])
    print("recall  limit  false alarms by condition (share of windows), a camera and rainy day; real: recall, false")
    for recall in (0.5, 0.7, 0.8, 0.9, 0.95):
        limit = np.quantile(scores[tested & flooded], 1 - recall)
        wrong = {truth: float((scores[tested & (truths == truth)] >= limit).mean()) for truth in RAINY_DAY}
        a_day = sum(RAINY_DAY[truth] * share for truth, share in wrong.items())
        by_night = float((scores[tested & night & ~flooded] >= limit).mean())
        line = f"{recall:.2f}  {limit:6.2f}  { ({k: round(v, 2) for k, v in wrong.items()}) } night {by_night:.2f}"
        if real:
            detected, false = (float((real_scores[part] >= limit).mean()) for part in (real_flooded, ~real_flooded))
            line += f"; real {detected:.2f}, {false:.2f} of {(~real_flooded).sum()}"
        print(f"{line}; {a_day:.1f} a day", flush=True)


if __name__ == "__main__":
    main()
