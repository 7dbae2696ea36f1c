"""Draw street scenes as photos of demo incidents. No photo of a real place or person is used."""

import cv2
import numpy as np

from incidents.photos import SMALL_SIDE, Picture

WIDTH, HEIGHT = 960, 720
KERB, LANE = 400, 450  # where the pavement ends and the road begins, in pixels from above
ASPHALT, EARTH, WATER, LEAF, BARK = (96, 94, 92), (72, 92, 110), (98, 118, 128), (52, 112, 62), (48, 68, 92)
WALLS = [(196, 214, 226), (150, 190, 214), (176, 200, 170), (214, 196, 160), (160, 168, 210), (188, 188, 188)]
SIGNS = [(60, 60, 190), (150, 90, 40), (60, 130, 60), (40, 140, 210)]


def draw_scene(seed: int, icon: str, *, dark: bool = False, mended: bool = False) -> Picture:
    """Draw the photo of an incident whose category has this icon; `mended`: of the same place afterwards.

    The same seed gives the same street before and after, with other traffic and other noise.
    """
    rng = np.random.default_rng(seed)
    image = draw_street(rng)
    if icon != "c-canal":
        draw_traffic(image, np.random.default_rng((seed, mended)))
    (MENDED if mended else MATTERS).get(icon, draw_nothing)(image, rng)
    if dark:
        image = darken(image, lamp=mended or icon != "c-light")
    return to_jpegs(image, np.random.default_rng((seed, mended)))


def draw_street(rng):
    image = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    image[:KERB] = np.linspace((232, 206, 168), (236, 230, 220), KERB).astype(np.uint8)[:, None]
    image[KERB:LANE] = (168, 174, 178)
    image[LANE:] = np.linspace((112, 110, 108), ASPHALT, HEIGHT - LANE).astype(np.uint8)[:, None]
    left = -int(rng.integers(0, 80))
    while left < WIDTH:
        left += draw_house(image, rng, left)
    for x in range(int(rng.integers(0, 60)), WIDTH, 62):
        cv2.line(image, (x, KERB), (x - 24, LANE), (150, 156, 160), 1, cv2.LINE_AA)
    cv2.rectangle(image, (0, LANE - 6), (WIDTH, LANE), (140, 146, 150), -1)
    for x in range(-40, WIDTH, 190):
        cv2.fillPoly(image, [np.array([(x, 590), (x + 95, 590), (x + 88, 602), (x - 10, 602)])], (214, 218, 220))
    draw_cable(image, 66, 8)
    draw_cable(image, 84, 14)
    draw_pole(image, int(rng.integers(120, WIDTH - 120)))
    return image


def draw_traffic(image, rng):
    for _ in range(int(rng.integers(1, 4))):
        draw_motorbike(image, rng, int(rng.integers(60, WIDTH - 60)), int(rng.integers(LANE + 30, LANE + 90)))


def draw_house(image, rng, left):
    wide, top = int(rng.integers(110, 190)), int(rng.integers(70, 230))
    wall = np.array(WALLS[rng.integers(len(WALLS))]) + rng.integers(-14, 14)
    cv2.rectangle(image, (left, top), (left + wide, KERB), wall.clip(0, 255).tolist(), -1)
    cv2.rectangle(image, (left, top), (left + wide, KERB), (120, 126, 130), 1)
    for floor in range(top + 16, KERB - 120, 66):
        cv2.rectangle(image, (left + 16, floor), (left + wide - 16, floor + 40), (120, 104, 84), -1)
        cv2.line(image, (left + wide // 2, floor), (left + wide // 2, floor + 40), (210, 214, 216), 3)
        cv2.rectangle(image, (left + 8, floor + 40), (left + wide - 8, floor + 46), (150, 152, 154), -1)
    sign = SIGNS[rng.integers(len(SIGNS))]
    cv2.rectangle(image, (left + 6, KERB - 106), (left + wide - 6, KERB - 80), sign, -1)
    for x in range(left + 22, left + wide - 24, 17):
        cv2.line(image, (x, KERB - 98), (x + 10, KERB - 89), (236, 240, 240), 3, cv2.LINE_AA)
    cv2.rectangle(image, (left + 10, KERB - 78), (left + wide - 10, KERB), (94, 98, 104), -1)
    for y in range(KERB - 70, KERB, 9):
        cv2.line(image, (left + 10, y), (left + wide - 10, y), (112, 116, 122), 1)
    return wide


def draw_pole(image, x, lean=0):
    cv2.line(image, (x, LANE - 14), (x + lean, 40), (132, 136, 138), 9, cv2.LINE_AA)
    cv2.line(image, (x + lean, 44), (x + lean + 74, 30), (120, 124, 126), 5, cv2.LINE_AA)
    cv2.ellipse(image, (x + lean + 80, 32), (20, 6), 0, 0, 360, (226, 232, 234), -1, cv2.LINE_AA)


def draw_cable(image, y, sag, colour=(48, 48, 48), thick=2):
    xs = np.linspace(0, WIDTH, 24)
    ys = y + sag * (1 - ((xs - WIDTH / 2) / (WIDTH / 2)) ** 2)
    cv2.polylines(image, [np.stack([xs, ys], 1).astype(np.int32)], False, colour, thick, cv2.LINE_AA)


def draw_motorbike(image, rng, x, y):
    colour = [int(c) for c in rng.integers(30, 190, 3)]
    for wheel in (x - 26, x + 26):
        cv2.circle(image, (wheel, y), 13, (34, 34, 34), 5, cv2.LINE_AA)
    cv2.fillPoly(
        image, [np.array([(x - 30, y - 8), (x - 6, y - 30), (x + 26, y - 26), (x + 28, y - 6)])], colour, cv2.LINE_AA
    )
    cv2.line(image, (x + 24, y - 26), (x + 18, y - 46), (40, 40, 40), 4, cv2.LINE_AA)
    cv2.ellipse(
        image, (x - 4, y - 46), (12, 22), 12, 0, 360, [int(c) for c in rng.integers(60, 220, 3)], -1, cv2.LINE_AA
    )
    cv2.circle(image, (x + 2, y - 74), 11, [int(c) for c in rng.integers(40, 220, 3)], -1, cv2.LINE_AA)


def uneven_shape(rng, x, y, wide, high, corners=18):
    turns = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    reach = rng.uniform(0.75, 1.1, corners)
    return np.stack([x + wide * reach * np.cos(turns), y + high * reach * np.sin(turns)], 1).astype(np.int32)


def fill_translucent(image, shape, colour, strength):
    layer = image.copy()
    cv2.fillPoly(layer, [shape], colour, cv2.LINE_AA)
    cv2.addWeighted(layer, strength, image, 1 - strength, 0, dst=image)


def draw_nothing(image, rng):
    """Leave the street as it is, for a matter that cannot be seen, or of which nothing is left."""


def draw_hole(image, rng):
    x, y = int(rng.integers(300, 660)), int(rng.integers(600, 650))
    cv2.fillPoly(image, [uneven_shape(rng, x, y, 170, 46)], (78, 80, 82), cv2.LINE_AA)
    cv2.fillPoly(image, [uneven_shape(rng, x, y + 4, 140, 34)], (44, 48, 54), cv2.LINE_AA)
    fill_translucent(image, uneven_shape(rng, x, y + 8, 90, 18), (150, 140, 128), 0.6)
    for _ in range(7):
        end = (x + int(rng.integers(-280, 280)), y + int(rng.integers(-60, 60)))
        cv2.line(image, (x, y), end, (66, 68, 70), 2, cv2.LINE_AA)
    for _ in range(40):
        at = (x + int(rng.normal(0, 150)), y + int(rng.normal(0, 36)))
        cv2.circle(image, at, int(rng.integers(2, 6)), (120, 124, 128), -1, cv2.LINE_AA)


def draw_flood(image, rng):
    level = int(rng.integers(LANE - 30, LANE + 20))
    mirror = cv2.flip(image[level - (HEIGHT - level) : level], 0)
    water = np.full_like(mirror, (112, 132, 142))
    image[level:] = cv2.addWeighted(cv2.blur(mirror, (25, 5)), 0.3, water, 0.7, 0)
    for _ in range(60):
        x, y = int(rng.integers(0, WIDTH)), int(rng.integers(level + 6, HEIGHT))
        cv2.ellipse(image, (x, y), (int(rng.integers(20, 70)), 2), 0, 0, 180, (150, 168, 176), 1, cv2.LINE_AA)
    draw_motorbike(image, rng, int(rng.integers(200, 700)), level + 60)
    image[level + 56 : level + 80] = cv2.addWeighted(
        image[level + 56 : level + 80], 0.3, np.full_like(image[:24], (112, 132, 142)), 0.7, 0
    )


def draw_heap(image, rng):
    x, y = int(rng.integers(250, 700)), 560
    cv2.fillPoly(image, [uneven_shape(rng, x, y, 230, 60)], (70, 84, 92), cv2.LINE_AA)
    for _ in range(46):
        spot = (x + int(rng.normal(0, 95)), y - 20 + int(rng.normal(0, 38)))
        colour = [int(c) for c in rng.integers(40, 235, 3)]
        cv2.fillPoly(
            image, [uneven_shape(rng, *spot, rng.integers(14, 44), rng.integers(10, 30), 7)], colour, cv2.LINE_AA
        )


def draw_leak(image, rng):
    x, y = int(rng.integers(300, 660)), 540
    fill_translucent(image, uneven_shape(rng, x, y + 50, 320, 60), WATER, 0.75)
    for _ in range(90):
        lean, high = rng.normal(0, 46), rng.uniform(90, 240)
        curve = [(int(x + lean * t * 2), int(y - high * (4 * t * (1 - t)))) for t in np.linspace(0, 1, 9)]
        cv2.polylines(image, [np.array(curve)], False, (236, 230, 222), 1, cv2.LINE_AA)


def draw_fallen_tree(image, rng):
    x = int(rng.integers(180, 420))
    cv2.line(image, (x, LANE - 10), (x + 430, 610), BARK, 34, cv2.LINE_AA)
    for _ in range(120):
        spot = (x + 380 + int(rng.normal(0, 110)), 560 + int(rng.normal(0, 52)))
        green = [int(c) for c in np.array(LEAF) + rng.integers(-30, 40)]
        cv2.fillPoly(image, [uneven_shape(rng, *spot, 26, 18, 7)], green, cv2.LINE_AA)


def draw_cables(image, rng):
    for _ in range(14):
        draw_cable(image, int(rng.integers(50, 120)), int(rng.integers(60, 420)), (36, 36, 38), int(rng.integers(2, 5)))


def draw_leaning_lamp(image, rng):
    draw_pole(image, int(rng.integers(300, 500)), lean=int(rng.integers(30, 60)))


def draw_upright_lamp(image, rng):
    draw_pole(image, int(rng.integers(300, 500)))


def draw_dark_signal(image, rng):
    x = int(rng.integers(600, 840))
    cv2.line(image, (x, LANE), (x, 150), (90, 92, 94), 11, cv2.LINE_AA)
    cv2.rectangle(image, (x - 28, 120), (x + 28, 270), (34, 36, 38), -1)
    for y in (146, 195, 244):
        cv2.circle(image, (x, y), 18, (62, 64, 66), -1, cv2.LINE_AA)
    return x


def draw_green_signal(image, rng):
    cv2.circle(image, (draw_dark_signal(image, rng), 244), 18, (120, 210, 60), -1, cv2.LINE_AA)


def draw_jam(image, rng):
    for y in (500, 560, 640):
        for x in range(int(rng.integers(20, 80)), WIDTH, 118):
            draw_motorbike(image, rng, x + int(rng.integers(-20, 20)), y + int(rng.integers(-10, 10)))


def draw_blocked_pavement(image, rng):
    for x in range(60, WIDTH, 130):
        cv2.rectangle(image, (x, KERB - 10), (x + 60, KERB + 4), (60, 60, 200), -1)
        cv2.rectangle(image, (x + 6, KERB + 4), (x + 54, KERB + 40), (40, 40, 140), 3)
        cv2.rectangle(image, (x + 70, KERB + 8), (x + 98, KERB + 36), (190, 120, 40), -1)


def draw_works(image, rng):
    for x in range(-20, WIDTH, 150):
        cv2.rectangle(image, (x, 520), (x + 140, 590), (200, 204, 206), -1)
        for stripe in range(x, x + 140, 40):
            cv2.fillPoly(
                image,
                [np.array([(stripe, 520), (stripe + 20, 520), (stripe + 4, 590), (stripe - 16, 590)])],
                (50, 60, 210),
            )
    fill_translucent(image, uneven_shape(rng, WIDTH // 2, 650, 320, 40), EARTH, 0.9)


def draw_clean_canal(image, rng, colour=(128, 126, 104)):
    fill_translucent(image, np.array([(0, LANE), (WIDTH, LANE), (WIDTH, HEIGHT), (0, HEIGHT)]), colour, 0.92)


def draw_dirty_canal(image, rng):
    draw_clean_canal(image, rng, colour=(58, 66, 60))
    for _ in range(160):
        spot = (int(rng.integers(0, WIDTH)), int(rng.integers(LANE + 20, HEIGHT)))
        colour = LEAF if rng.random() < 0.7 else [int(c) for c in rng.integers(80, 230, 3)]
        cv2.fillPoly(image, [uneven_shape(rng, *spot, 16, 8, 6)], colour, cv2.LINE_AA)


def draw_smoke(image, rng):
    for step in range(24):
        fill_translucent(
            image,
            uneven_shape(rng, 480 + step * 8 + rng.normal(0, 20), 470 - step * 18, 30 + step * 5, 26 + step * 4),
            (150, 152, 154),
            0.16,
        )


MATTERS = {
    "c-road": draw_hole,
    "c-sidewalk": draw_blocked_pavement,
    "c-flood": draw_flood,
    "c-waste": draw_heap,
    "c-animal": draw_heap,
    "c-leak": draw_leak,
    "c-tree": draw_fallen_tree,
    "c-cable": draw_cables,
    "c-power": draw_cables,
    "c-light": draw_leaning_lamp,
    "c-signal": draw_dark_signal,
    "c-jam": draw_jam,
    "c-build": draw_works,
    "c-canal": draw_dirty_canal,
    "c-smoke": draw_smoke,
}
# What stands there still, in order.
MENDED = {"c-light": draw_upright_lamp, "c-signal": draw_green_signal, "c-canal": draw_clean_canal}


def darken(image, lamp):
    night = cv2.multiply(image, (0.34, 0.26, 0.22, 0))  # type: ignore[call-overload]  # the stubs know no tuple for each channel
    if lamp:
        lit = cv2.multiply(image, (0.5, 0.66, 0.74, 0))  # type: ignore[call-overload]  # the stubs know no tuple for each channel
        glow = np.zeros((HEIGHT // 10, WIDTH // 10), np.float32)
        cv2.circle(glow, (WIDTH // 20, 43), 33, 1, -1)
        glow = cv2.resize(cv2.GaussianBlur(glow, (0, 0), 12), (WIDTH, HEIGHT))
        night = cv2.blendLinear(lit, night, glow, 1 - glow)
    return night


def to_jpegs(image, rng):
    """Return the large and the small JPEG, a little soft and noisy as a phone takes them."""
    noise = cv2.resize(rng.integers(0, 15, (HEIGHT // 2, WIDTH // 2), np.uint8), (WIDTH, HEIGHT))
    image = cv2.subtract(cv2.blur(image, (2, 2)), cv2.cvtColor(noise, cv2.COLOR_GRAY2BGR))
    small = cv2.resize(image, (SMALL_SIDE, HEIGHT * SMALL_SIDE // WIDTH), interpolation=cv2.INTER_AREA)
    large, small = (
        cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, 78))[1].tobytes() for picture in (image, small)
    )
    return Picture(large, small, WIDTH, HEIGHT)
