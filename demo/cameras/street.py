"""Draw what a traffic camera sees of an invented street, by day and by night, with moving traffic.

A pinhole camera looks down a street of tube houses and trees. Houses are drawn once, large, and scaled down; vehicles
are polygons in metres, projected all at once and drawn far to near. The place of a vehicle depends on the time alone,
so nothing is remembered between two pictures.
"""

from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from math import cos, pi, radians, sin
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import ArrayLike

W, H = 512, 288
Colour = tuple[float, float, float]
Corner = tuple[float, float, float]  # metres to the right, forward, up
# x, +1 away or -1 towards us, metres per second, metres between places, what drives there
Lane = tuple[float, int, float, float, str]
Vehicle = tuple[float, float, bool, str, np.ndarray]  # y, x, whether it drives away, what, dice
Glow = tuple[float, float, float, Sequence[float]]  # x and y in the picture, its size, red, green and blue
FINE = 2  # what stands still is drawn this much larger
FAR = 140.0  # metres
NEAR, GONE = 5.2, 92.0  # where traffic enters and leaves the picture
# In a jam: metres from car to car and from two-wheeler to two-wheeler, until where, and how often these press on.
CAR_GAP, BIKE_GAP, JAM_ENDS, PRESSES_ON_S = 10.5, 7.0, 75.0, 45
# Where people walk: rows in metres from the camera (from, to, apart), how far apart in a row, which share of the places
# is taken in a crowd and on any other evening, and how long those stay who pass.
CROWD_ROWS, CROWD_APART, CROWD, STROLL, STROLLS_S = (8.0, 26.0, 2.2), 1.5, 0.8, 0.06, 150
# How far away the nearest thing at a pixel is that can hide traffic, in steps of 0.6 m; 255: nothing.
STEP = 0.6
# A lens lets less light into the corners.
VIGNETTE = 1 - 0.11 * (np.linspace(-1, 1, W)[None, :, None] ** 2 + np.linspace(-1, 1, H)[:, None, None] ** 2)

PASTEL = [
    (214, 200, 168), (226, 214, 190), (196, 188, 172), (188, 200, 198), (220, 188, 150),
    (205, 210, 200), (232, 226, 212), (176, 184, 176), (210, 176, 140), (198, 205, 214),
]  # fmt: skip
SIGNS = [
    (178, 44, 36), (24, 88, 150), (232, 182, 40), (20, 110, 74), (240, 240, 236), (200, 80, 30), (30, 40, 60),
    (120, 30, 60),
]  # fmt: skip
SHIRTS = [
    (190, 60, 50), (40, 70, 120), (225, 225, 220), (60, 60, 64), (210, 170, 60), (70, 120, 90), (150, 160, 175),
    (120, 60, 90), (30, 34, 40),
]  # fmt: skip
COATS = [(60, 90, 160), (190, 60, 70), (80, 140, 110), (150, 100, 170), (220, 200, 80)]
HELMETS = [(30, 32, 36), (220, 220, 216), (170, 40, 40), (40, 80, 140), (20, 100, 80), (200, 160, 60)]
TROUSERS = [(38, 42, 60), (60, 62, 70), (90, 84, 74), (30, 30, 34), (70, 84, 110)]
SKIN, HAIR = (206, 164, 132), (34, 28, 26)
CARS = [(225, 226, 226), (40, 42, 46), (120, 124, 128), (170, 172, 172), (140, 30, 30), (32, 56, 96), (236, 232, 222)]
STANDING_CARS = [(170, 172, 172), (140, 30, 30), (236, 232, 222), (120, 124, 128), (206, 208, 208)]
BUSES = [(30, 120, 84), (30, 120, 84), (36, 92, 160), (214, 150, 40)]

# light: sky above, sky at the horizon, brightness, tint, lamps lit
LIGHTS = {
    "day": ((188, 206, 220), (226, 230, 228), 1.0, (1.02, 1.0, 0.96), False),
    "overcast": ((176, 182, 186), (206, 208, 206), 0.86, (0.97, 1.0, 1.02), False),
    "dawn": ((168, 178, 200), (240, 214, 186), 0.82, (1.06, 1.0, 0.94), False),
    "dusk": ((92, 96, 128), (226, 164, 120), 0.58, (1.08, 0.94, 0.9), True),
    "night": ((14, 17, 26), (34, 34, 44), 0.36, (1.1, 0.95, 0.78), True),
}
# share of the places in the traffic that are taken, by hour
BUSY = [
    0.1, 0.06, 0.05, 0.05, 0.09, 0.25, 0.55, 0.9, 0.85, 0.65, 0.6, 0.65,
    0.6, 0.55, 0.55, 0.6, 0.75, 0.95, 0.9, 0.7, 0.55, 0.45, 0.3, 0.18,
]  # fmt: skip


def light_at(hour: float) -> str:
    """The light at an hour of the day (0–24, with fractions)."""
    return "night" if hour < 5.25 or hour >= 18.4 else "dawn" if hour < 6.25 else "dusk" if hour >= 17.5 else "day"


class Pose(NamedTuple):
    """How a camera was turned from where it looked: degrees to the right, down and clockwise; and its zoom."""

    right: float = 0
    down: float = 0
    roll: float = 0
    zoom: float = 1


AS_SET_UP = Pose()


class Street:
    """An invented street as one camera sees it; everything but the pose depends on the seed."""

    def __init__(self, seed: int, pose: Pose = AS_SET_UP) -> None:
        self.seed = seed
        r = np.random.default_rng(seed)
        self.lanes = int(r.choice([2, 4, 4, 4, 6]))
        self.road = {2: r.uniform(4.8, 5.6), 4: r.uniform(6.5, 8), 6: r.uniform(9, 10)}[self.lanes]  # half its width
        self.h = r.uniform(6.2, 8.5) + (self.lanes - 2) * 0.6
        self.pitch = radians(r.uniform(16, 21) + (self.h - 7))
        side = r.choice([-1, 1])
        self.shift = side * r.uniform(1, self.road * 0.75)
        self.yaw = radians(-side * r.uniform(4, 14))
        kinds = ["houses", "houses", "houses", "tall", "park", "canal"]
        self.left, self.right = str(r.choice(kinds)), str(r.choice(kinds[:-1]))
        self.crossing = bool(r.random() < 0.3)
        self.zebra = self.crossing or bool(r.random() < 0.4)
        self.rhythm = r.uniform(0, 2 * pi, 2)
        self.yaw, self.pitch = self.yaw + radians(pose.right), self.pitch + radians(pose.down)
        self.f = W * 0.78 * pose.zoom
        self.roll = -radians(pose.roll)

    def project(self, points: ArrayLike) -> np.ndarray:
        """World metres (right, forward, up) to pixels; the last axis holds x, y, z."""
        points = np.asarray(points, float)
        x, y, z = points[..., 0] - self.shift, points[..., 1], points[..., 2] - self.h
        x, y = x * cos(self.yaw) - y * sin(self.yaw), np.maximum(x * sin(self.yaw) + y * cos(self.yaw), 0.5)
        depth = np.maximum(y * cos(self.pitch) - z * sin(self.pitch), 0.6)
        rise = y * sin(self.pitch) + z * cos(self.pitch)
        if self.roll:
            x, rise = x * cos(self.roll) + rise * sin(self.roll), rise * cos(self.roll) - x * sin(self.roll)
        return np.stack((W / 2 + self.f * x / depth, H / 2 - self.f * rise / depth), -1)

    def project_to_pixels(self, points, k):
        """Project a few points to whole pixels, `k` times as large; quicker than NumPy below about ten points."""
        shift, height, f, out = self.shift, self.h, self.f, []
        if self.roll:
            return (self.project(points) * k).astype(np.int32)
        turn, lean, fall, dive = cos(self.yaw), sin(self.yaw), cos(self.pitch), sin(self.pitch)
        for x, y, z in points:
            x, z = x - shift, z - height
            x, y = x * turn - y * lean, max(x * lean + y * turn, 0.5)
            depth = max(y * fall - z * dive, 0.6)
            out.append((int((W / 2 + f * x / depth) * k), int((H / 2 - f * (y * dive + z * fall) / depth) * k)))
        return np.array(out, np.int32)

    def pixels_per_metre(self, y: float) -> float:
        return self.f / max(1, y * cos(self.pitch) + self.h * sin(self.pitch))

    @cached_property
    def traffic_lanes(self) -> list[Lane]:
        """The lanes: (x, +1 away or -1 towards us, metres per second, metres between places, what drives there)."""
        r = np.random.default_rng([self.seed, 1])
        streams = []
        for way in (-1, 1):
            x = 1.7
            while x < self.road - 3.2:
                streams.append((way * x, way, r.uniform(6.5, 8.5), 15.0, "cars"))
                x += 3.1
            if x == 1.7:  # a narrow street: cars and bikes share it
                streams.append((way * x, way, 6.0, 26.0, "cars"))
                x += 1.9
            else:
                x -= 1.2
            while x < self.road - 0.4:
                streams.append((way * x, way, r.uniform(5, 7.5), r.uniform(3.4, 5), "bikes"))
                x += 0.95
        return streams

    def parked_cars(self) -> list[Vehicle]:
        """A row of cars along each kerb with some free places."""
        r = np.random.default_rng([self.seed, 4])
        places = [(y + r.uniform(0, 0.6), side) for y in np.arange(8, 75, 5.4) for side in (-1, 1)]
        row = [
            (y, side * (self.road - 1.1), side > 0, "parked", r.random(8)) for y, side in places if r.random() < 0.75
        ]
        return sorted(row, key=lambda vehicle: -vehicle[0])

    def jam_at(self, t: float) -> list[Vehicle]:
        """Cars that stand in rows, and two-wheelers along the kerbs that move on a little now and then."""
        r, vehicles = np.random.default_rng([self.seed, 5]), []
        rows = [(x, CAR_GAP, "standing") for x in np.arange(1.7, self.road - 1.5, 3.0)]
        rows.append((self.road - 0.5, BIKE_GAP, "bikes"))
        for x, gap, what in rows:
            for way in (-1, 1):
                pressed_on = way * (int(t // PRESSES_ON_S) % 5) * gap / 5 if what == "bikes" else 0
                for y in np.arange(NEAR + gap * r.random(), JAM_ENDS, gap):
                    d = r.random(8)
                    vehicles.append((y + pressed_on + d[1], way * x + (d[2] - 0.5) * 0.4, way > 0, what, d))
        return sorted(vehicles, key=lambda vehicle: -vehicle[0])

    def people_at(self, t: float, share: float) -> list[Vehicle]:
        """People on the road, each within a step of the own place; `share`: of the places taken. Where few are, others
        come every few minutes.
        """
        r, vehicles = np.random.default_rng([self.seed, 6, int(t // STROLLS_S)][: 3 if share < CROWD else 2]), []
        for y in np.arange(*CROWD_ROWS):
            for x in np.arange(-self.road + 0.8, self.road - 0.5, CROWD_APART):
                d = r.random(8)
                if d[0] < share:
                    sway = 2 * pi * (t / 40 + d[7])
                    vehicles.append((y + d[1] + 0.3 * sin(sway), x + d[2] + 0.3 * cos(sway), d[3] > 0.5, "people", d))
        return sorted(vehicles, key=lambda vehicle: -vehicle[0])

    @cached_property
    def random_numbers(self):
        return np.random.default_rng([self.seed, 2]).random((509, 8))

    def vehicles_at(self, t: float, busy: float) -> list[Vehicle]:
        """Return vehicles at a time in seconds, the farthest first: (y, x, away, what, random numbers)."""
        vehicles = []
        for lane, (x, way, speed, gap, what) in enumerate(self.traffic_lanes):
            # Waves of a traffic light somewhere: it never rolls back.
            run = speed * (t + 7 * sin(2 * pi * t / 52 + self.rhythm[int(way > 0)]))
            first, last = (NEAR - way * run) / gap - 1, (GONE - way * run) / gap + 1
            for place in range(int(first), int(last)):
                d = self.random_numbers[(place * 7 + lane * 131) % 509]
                y = (place + 0.45 * d[1]) * gap + way * run
                if d[0] < busy and NEAR < y < GONE:
                    vehicles.append((y, x + (d[2] - 0.5) * (0.5 if what == "cars" else 0.7), way > 0, what, d))
        return sorted(vehicles, key=lambda vehicle: -vehicle[0])


@lru_cache(50_000)
def colour_in(light, wet, rgb, y, k):
    _, horizon, bright, tint, _ = LIGHTS[light]
    haze = min(0.5, y / 320) if light == "night" else min(0.85 if wet else 0.72, (y / (140 if wet else 190)) ** 1.15)
    r, g, b = (min(255, v * k * bright * t) * (1 - haze) + s * haze for v, t, s in zip(rgb, tint, horizon, strict=True))
    return b, g, r


class Painter:
    """Draws polygons in metres onto an image, in the light of the hour."""

    def __init__(self, street: Street, image: np.ndarray, light: str, wet: bool) -> None:
        self.street, self.image, self.light, self.wet = street, image, light, wet
        self.above, self.horizon, _, _, self.lit = LIGHTS[light]
        self.zoom = image.shape[1] / W
        self.glows = []

    def colour(self, rgb, y=0.0, k=1.0):
        """A colour (BGR) in this light, faded into the haze with distance."""
        return colour_in(self.light, self.wet, tuple(rgb), round(y / 2) * 2, k)

    def pixels_of(self, points):
        return self.street.project_to_pixels(points, self.zoom * 16)

    def fill_polygon(self, points, colour):
        cv2.fillConvexPoly(self.image, self.pixels_of(points), colour, cv2.LINE_AA, 4)

    def fill_ground(self, x0, x1, y0, y1, colour, z=0.0):
        self.fill_polygon([(x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z)], colour)

    def fill_wall(self, x: float, y0: float, y1: float, z0: float, z1: float, colour: Colour) -> None:
        self.fill_polygon([(x, y0, z0), (x, y1, z0), (x, y1, z1), (x, y0, z1)], colour)

    def draw_line(self, points: Sequence[Corner], colour: Colour, metres: float, y: float) -> None:
        width = max(1, round(metres * self.street.pixels_per_metre(y) * self.zoom))
        cv2.polylines(self.image, [self.pixels_of(points)], False, colour, width, cv2.LINE_AA, 4)

    def draw_dots(self, points, metres, colours, y):
        k = self.street.pixels_per_metre(y) * self.zoom * 16
        spots = (self.street.project(points) * self.zoom * 16).astype(int).tolist()
        for spot, radius, colour in zip(spots, (metres * k).astype(int).tolist(), colours, strict=True):
            cv2.circle(self.image, spot, max(8, radius), colour, -1, cv2.LINE_AA, 4)

    def add_glow(self, point, metres, rgb, y):
        x, v = self.street.project(point)
        self.glows.append((x, v, metres * self.street.pixels_per_metre(y), rgb))


# ---- what stands still


def draw_background(street: Street, light: str, wet: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the street without traffic, and for each pixel the distance of what hides traffic there."""
    image = np.zeros((H * FINE, W * FINE, 3), np.uint8)
    paint = Painter(street, image, light, wet)
    r = np.random.default_rng([street.seed, 3])
    draw_ground(paint, r)
    hidden_by = np.full((H, W), 255, np.uint8)
    hide = Painter(street, hidden_by, light, wet)
    for _, draw, hides in sorted(standing_things(street, r), key=lambda standing_thing: -standing_thing[0]):
        draw(paint)
        if hides:
            hides(hide)
    image = cv2.resize(image, (W, H), interpolation=cv2.INTER_AREA)
    add_glows(image, paint.glows, wet or light == "night", soft=3)
    if wet:
        image = image * 0.9 + np.array(paint.horizon[::-1]) * 0.1
    return (image * VIGNETTE).astype(np.uint8), hidden_by


def draw_ground(paint, r):
    street = paint.street
    road, image = street.road, paint.image
    horizon = int(street.project((0, 4000, 0))[1] * FINE)
    above, below = (np.array(c[::-1], float) for c in (paint.above, paint.horizon))
    rows = np.clip(np.arange(image.shape[0]) / max(1, horizon), 0, 1)[:, None]
    image[:] = (above + (below - above) * rows)[:, None]
    if horizon < image.shape[0]:
        image[max(0, horizon) :] = paint.colour((120, 126, 108), 60)
    steps = [0.5, 4, 8, 12, 18, 25, 35, 50, 75, 110, 160, 260, 600, 3000]
    asphalt = (84, 86, 90) if paint.wet else (104, 105, 106)
    green = "park" in (street.left, street.right)
    for a, b in reversed(list(pairwise(steps))):
        paint.fill_ground(-400, 400, a, b, paint.colour((112, 122, 98) if green else (138, 136, 128), a))
        paint.fill_ground(-road, road, a, b, paint.colour(asphalt, a))
        for s in (-1, 1):
            paint.fill_ground(s * road, s * (road + 0.35), a, b, paint.colour((176, 172, 160), a))
            paint.fill_ground(s * (road + 0.35), s * (road + 3.2), a, b, paint.colour((158, 148, 136), a))
    for _ in range(26):  # patches in the asphalt
        y, x = r.uniform(4, 60), r.uniform(-road, road - 2)
        paint.fill_ground(
            x, x + r.uniform(0.5, 2), y, y + r.uniform(1.5, 6), paint.colour(asphalt, y, r.choice((0.9, 0.94, 1.05)))
        )
    if street.crossing:
        paint.fill_ground(-300, 300, 26, 40, paint.colour(asphalt, 30))
    width = 2 * road / street.lanes
    for i in range(1, street.lanes):
        x, middle = -road + i * width, i == street.lanes / 2
        length, step = (9, 9.4) if middle else (3, 7)
        for y in np.arange(3, 150, step):
            if not (street.crossing and 24 < y < 40):
                paint.fill_ground(
                    x - 0.09, x + 0.09, y, y + length, paint.colour((226, 206, 150) if middle else (222, 222, 218), y)
                )
    if street.zebra:
        y = 21.5 if street.crossing else 15
        for x in np.arange(-road + 0.4, road - 0.6, 1.05):
            paint.fill_ground(x, x + 0.5, y, y + 3, paint.colour((225, 225, 220), y))
        paint.fill_ground(-road, -0.1, y + 4.6, y + 5, paint.colour((225, 225, 220), y))


def standing_things(street, r):
    """Everything upright, as (distance, how it is drawn, how it hides traffic or None)."""
    for side, kind in ((-1, street.left), (1, street.right)):
        edge = side * (street.road + 3.4)
        if kind in ("houses", "tall"):
            yield from house_row(side, edge, r, street, 9 if kind == "tall" else 3)
            yield from tree_row(side * (street.road + 2), r, street, 15 if kind == "houses" else 10, 0.85)
        elif kind == "park":
            for offset, gap, big in ((2.4, 9, 1.0), (8, 6, 1.3), (14, 7, 1.4)):
                yield from tree_row(side * (street.road + offset), r, street, gap, big)
        else:
            yield from canal_things(side, edge, r)
            yield from house_row(side, edge + side * 38, r, street, 3)
            yield from tree_row(side * (street.road + 2.3), r, street, 13, 0.75)
    yield from pole_row(street)


def house_row(side, x, r, street, most):
    y = 6.0
    while y < FAR:
        if street.crossing and 24 < y < 41:
            y = 41.0
        width = r.uniform(4, 8.5)
        storeys = int(r.integers(2, 7)) if r.random() > 0.06 else int(r.integers(8, 13))
        if most > 3 and r.random() < 0.5:
            storeys += int(r.integers(3, most))
        dice = np.random.default_rng(r.integers(1 << 30))
        yield (
            y + width / 2,
            lambda paint, y=y, width=width, storeys=storeys, dice=dice: draw_house(
                paint, side, x, y, width, storeys, dice
            ),
            None,
        )
        y += width + 0.05


def draw_house(paint, side, x, y, width, storeys, r):
    body, sign = PASTEL[r.integers(len(PASTEL))], SIGNS[r.integers(len(SIGNS))]
    top, end, shade = storeys * 3.5, y + width, 0.92 if side > 0 else 1.0
    paint.fill_polygon(
        [(x, y, 0), (x + side * 14, y, 0), (x + side * 14, y, top), (x, y, top)], paint.colour(body, y, 0.78)
    )
    paint.fill_wall(x, y, end, 0, top, paint.colour(body, y, shade))
    windows = 2 if width > 5 else 1
    for storey in range(1, storeys):
        z = storey * 3.5
        balcony = paint.colour([min(255, v + 14) for v in body], y, shade)
        paint.fill_wall(x - side * 0.5, y + 0.2, end - 0.2, z, z + 0.9, balcony)
        for i in range(windows):
            a = y + 0.7 + i * (width - 0.8) / windows
            glass = paint.colour((62, 72, 80), y, 0.7 if paint.lit else 0.9)
            if r.random() < 0.35 and paint.lit:
                glass = (140, 214, 250)
            paint.fill_wall(x - side * 0.05, a, a + (width - 1.4) / windows - 0.4, z + 1, z + 2.8, glass)
    open_shop = r.random() > (0.6 if paint.light == "night" else 0.25)
    if open_shop:
        shop = (150, 205, 236) if paint.lit else paint.colour((70, 66, 62), y, 0.9)
    else:
        shop = paint.colour((150, 150, 146), y)
    paint.fill_wall(x - side * 0.06, y + 0.3, end - 0.3, 0.1, 2.7, shop)
    if open_shop and paint.lit and y < 70:
        paint.add_glow((x - side * 0.6, y + width / 2, 1.2), width * 0.3, (120, 96, 60), y)
    paint.fill_wall(x - side * 0.5, y + 0.2, end - 0.2, 2.8, 4.0, paint.colour(sign, y, 2.2 if paint.lit else 1))
    awning, upright = r.random(2)
    if awning > 0.5:
        a, b, hang = y + 0.2, end - 0.2, side * 1.7
        colour = paint.colour(SIGNS[r.integers(len(SIGNS))], y, 0.9)
        paint.fill_polygon(
            [(x - side * 0.1, a, 2.7), (x - side * 0.1, b, 2.7), (x - hang, b, 2.25), (x - hang, a, 2.25)], colour
        )
    if upright > 0.8:
        a, colour = y + 0.5, paint.colour(SIGNS[r.integers(len(SIGNS))], y, 1.5 if paint.lit else 1)
        near, far = x - side * 0.6, x - side * 1.5
        paint.fill_polygon([(near, a, 4.5), (far, a, 4.5), (far, a, 8.5), (near, a, 8.5)], colour)


def tree_row(x, r, street, gap, big):
    y = 9 + r.uniform(0, 4)
    while y < FAR:
        if not (street.crossing and 22 < y < 44):
            seed, size = int(r.integers(1 << 30)), r.uniform(0.8, 1.25) * big

            def draw(paint, hides=None, y=y, seed=seed, size=size):
                draw_tree(paint, x, y, size, np.random.default_rng(seed), hides)

            hides = (lambda hide, y=y, draw=draw: draw(hide, y / STEP)) if y < GONE else None
            yield y, draw, hides
        y += gap * r.uniform(0.8, 1.3)


LEAVES = (((44, 66, 44), 1.0), ((58, 88, 52), 0.86), ((84, 116, 66), 0.55))  # colour, spread: the lower layers first


def draw_tree(paint, x, y, size, r, hides=None):
    """Draw a tree; with `hides`, only its outline in that tone."""
    paint.draw_line([(x, y, 0), (x, y, 4.2 * size)], hides or paint.colour((88, 74, 60), y), 0.35, y)
    blobs = 15 if y < 45 else 7
    angle, out, blob, tone = r.random((4, 3 * blobs))
    layer = np.arange(3).repeat(blobs)
    spread = np.array([spread for _, spread in LEAVES])[layer]
    angle, out = angle * 2 * pi, out * 2.3 * size * spread
    up = 5.9 * size + layer * 0.35 + np.sin(angle) * out * 0.62
    places = np.stack((x + np.cos(angle) * out, np.full_like(out, y), up), -1)
    tones = [[hides or paint.colour([v + t for v in leaf], y) for t in (-6, -2, 2, 6)] for leaf, _ in LEAVES]
    colours = [tones[n][t] for n, t in zip(layer.tolist(), (tone * 4).astype(int).tolist(), strict=True)]
    paint.draw_dots(places, (0.45 + 0.6 * blob) * size * spread * (1 if y < 45 else 1.25), colours, y)


def canal_things(side, edge, r):
    def water(paint):
        for a, b in ((100, 500), (60, 100), (35, 60), (20, 35), (10, 20), (0.5, 10)):
            paint.fill_ground(edge, edge + side * 24, a, b, paint.colour((96, 110, 104), a, 1.05), -0.6)
            paint.fill_wall(edge + side * 24, a, b, -0.6, 1, paint.colour((150, 146, 138), a))
        for y, x, k in ripples:
            paint.fill_ground(x, x + side * 2.5, y, y + 0.25, paint.colour((130, 146, 142), y, k), -0.6)

    ripples = [(r.uniform(6, 90), edge + side * r.uniform(1, 21), r.uniform(0.85, 1.15)) for _ in range(50)]
    yield FAR * 2, water, None
    for y in np.arange(5, FAR, 2.4):
        yield y, lambda paint, y=y: draw_rail(paint, edge, y), None


def draw_rail(paint, x, y):
    colour = paint.colour((96, 116, 108), y)
    for z in (0.5, 1.0):
        paint.draw_line([(x, y, z), (x, y + 2.4, z)], colour, 0.06, y)
    paint.draw_line([(x, y, 0), (x, y, 1.05)], colour, 0.08, y)


def pole_row(street):
    for y in range(10, int(FAR), 26):
        for side in (-1, 1):
            x = side * (street.road + 0.9)
            yield (
                y,
                lambda paint, x=x, y=y, side=side: draw_pole(paint, x, y, side),
                (lambda hide, x=x, y=y: hide.draw_line([(x, y, 0), (x, y, 9)], min(254, y / STEP), 0.2, y)),
            )


def draw_pole(paint, x, y, side):
    grey = paint.colour((120, 120, 118), y)
    paint.draw_line([(x, y, 0), (x, y, 9)], grey, 0.2, y)
    paint.draw_line([(x, y, 9), (x - side * 2.6, y, 9.6)], grey, 0.13, y)
    if paint.lit:
        paint.add_glow((x - side * 2.6, y, 9.5), 1.3, (255, 214, 150), y)
        paint.add_glow((x - side * 3.5, y, 0), 3.2, (66, 54, 34), y)
    if side > 0:
        for z in (7.6, 7.9, 8.1):
            wire = [(x, y + t * 26, z - 1.1 * sin(t * pi)) for t in np.linspace(0, 1, 9)]
            paint.draw_line(wire, paint.colour((40, 42, 44), y), 0.01, y)


def add_glows(image: np.ndarray, glows: Sequence[Glow], wet: bool, soft: float = 1.1) -> None:
    """Add the light of lamps to an image; a wet road, and any road by night, mirrors them."""
    if not glows:
        return
    q = 4
    layer = np.zeros((H // q, W // q, 3), np.uint8)
    for k, share in ((1.9, 0.16), (1.2, 0.4), (0.6, 1.0)):
        for x, y, size, (r, g, b) in glows:
            at = int(x * 16 / q), int(y * 16 / q)
            cv2.circle(layer, at, int(size * k * 16 / q), (b * share, g * share, r * share), -1, cv2.LINE_8, 4)
    layer = cv2.GaussianBlur(layer, (0, 0), soft)
    if wet:
        mirror = np.zeros_like(layer)
        mirror[8:] = cv2.blur(layer, (1, 15))[:-8] * 0.45
        layer = cv2.add(layer, mirror)
    cv2.add(image, cv2.resize(layer, (W, H), interpolation=cv2.INTER_LINEAR), image)


# ---- traffic: shapes in metres around (x, y), as (points, colour of, shade, fades)


def flat_shape(*points):
    return np.array([(x, 0, z) for x, z in points], float)


def rounded_rectangle(x0, x1, z0, z1, r):
    c = r * 0.3
    return flat_shape(
        (x0, z0 + r), (x0 + c, z0 + c), (x0 + r, z0), (x1 - r, z0), (x1 - c, z0 + c), (x1, z0 + r),
        (x1, z1 - r), (x1 - c, z1 - c), (x1 - r, z1), (x0 + r, z1), (x0 + c, z1 - c), (x0, z1 - r),
    )  # fmt: skip


def disc_shape(x, z, r):
    return flat_shape(*((x + r * cos(a), z + r * sin(a)) for a in np.arange(8) * pi / 4))


TYRE, MACHINE, BAR = (
    rounded_rectangle(-0.12, 0.12, 0, 0.62, 0.1),
    rounded_rectangle(-0.24, 0.24, 0.4, 0.95, 0.12),
    rounded_rectangle(-0.36, 0.36, 0.96, 1.03, 0.03),
)
TRUNK, HEAD, LAMP = rounded_rectangle(-0.27, 0.27, 0.78, 1.5, 0.16), disc_shape(0, 1.64, 0.17), disc_shape(0, 0.8, 0.09)
BEHIND, HEAD_BEHIND = rounded_rectangle(-0.25, 0.25, 0.9, 1.6, 0.16), disc_shape(0, 1.75, 0.17)
COAT = flat_shape((-0.5, 0.45), (-0.22, 1.5), (0.22, 1.5), (0.5, 0.45))


def shadow_shape(w, length):
    return np.array([(-w / 2, 0, 0), (w / 2 + 0.5, 0, 0), (w / 2 + 0.5, length, 0), (-w / 2, length, 0)])


def box_faces(x, w, length, z0, z1, y0=0.0):
    """The three faces of a box that the camera sees: its inner side, its top, its end towards us."""
    side = -w / 2 if x > 0 else w / 2
    a, b, y1 = -w / 2, w / 2, y0 + length
    return (
        np.array([(side, y0, z0), (side, y1, z0), (side, y1, z1), (side, y0, z1)]),
        np.array([(a, y0, z1), (b, y0, z1), (b, y1, z1), (a, y1, z1)]),
        np.array([(a, y0, z0), (b, y0, z0), (b, y0, z1), (a, y0, z1)]),
    )


def side_strip(x, w, y0, y1, z0, z1):
    side = -w / 2 if x > 0 else w / 2
    return np.array([(side, y0, z0), (side, y1, z0), (side, y1, z1), (side, y0, z1)])


LEGS = rounded_rectangle(-0.19, -0.02, 0.04, 0.86, 0.07), rounded_rectangle(0.02, 0.19, 0.04, 0.86, 0.07)
FEET = rounded_rectangle(-0.21, -0.02, 0, 0.09, 0.03), rounded_rectangle(0.02, 0.21, 0, 0.09, 0.03)
ARMS = rounded_rectangle(-0.33, -0.21, 0.76, 1.4, 0.06), rounded_rectangle(0.21, 0.33, 0.76, 1.4, 0.06)
HANDS = disc_shape(-0.27, 0.74, 0.06), disc_shape(0.27, 0.74, 0.06)
BODY, NECK = rounded_rectangle(-0.23, 0.23, 0.8, 1.42, 0.11), rounded_rectangle(-0.06, 0.06, 1.38, 1.5, 0.02)
FACE, HAIR_ABOVE = disc_shape(0, 1.57, 0.125), flat_shape((-0.13, 1.58), (-0.1, 1.69), (0.1, 1.69), (0.13, 1.58))
CAR_BOX = {s: box_faces(s, 1.75, 4.3, 0.28, 0.95) for s in (-1, 1)}
CABIN = {s: box_faces(s, 1.54, 2.4, 0.95, 1.5, 1.0) for s in (-1, 1)}
ROOF = np.array([(-0.7, 1.3, 1.5), (0.7, 1.3, 1.5), (0.7, 3.0, 1.5), (-0.7, 3.0, 1.5)])
BUS_BOX = {s: box_faces(s, 2.4, 10, 0.35, 3.0) for s in (-1, 1)}
BUS_FRONT = flat_shape((-1.0, 1.3), (1.0, 1.3), (1.0, 2.6), (-1.0, 2.6))
BUS_SIDE = {s: side_strip(s, 2.4, 0.4, 9.6, 1.4, 2.5) for s in (-1, 1)}
CAR_LAMPS = disc_shape(-0.66, 0.72, 0.13), disc_shape(0.66, 0.72, 0.13)
BUS_LAMPS = disc_shape(-0.9, 0.75, 0.15), disc_shape(0.9, 0.75, 0.15)
CAR_WHEELS = disc_shape(-0.7, 0.2, 0.2), disc_shape(0.7, 0.2, 0.2)
CAR_SHADOW, BUS_SHADOW, BIKE_SHADOW = shadow_shape(1.75, 4.3), shadow_shape(2.4, 10), shadow_shape(0.7, 1.7)
WALKER_SHADOW = shadow_shape(0.4, 0.5)
GLASS, RUBBER, SHADE = (50, 60, 70), (26, 27, 30), (62, 64, 68)
RED, WHITE = (255, 54, 40), (255, 246, 222)


def pick_colour(colours, die):
    return colours[int(die * len(colours)) % len(colours)]


def bike_shapes(x, y, away, d, paint):
    if y > 40:  # a few pixels
        yield MACHINE, pick_colour(CARS + SIGNS[:4], d[3]), 0.7
        yield TRUNK, pick_colour(SHIRTS, d[5]), 1
        yield HEAD, pick_colour(HELMETS, d[6]), 1
        return
    if paint.light in ("day", "dawn") and not paint.wet:
        yield BIKE_SHADOW, SHADE, 1
    yield TYRE, RUBBER, 1
    yield MACHINE, pick_colour(CARS + SIGNS[:4], d[3]), 0.9
    yield BAR, RUBBER, 1
    two = d[4] < 0.3
    if two and not away:
        yield BEHIND, pick_colour(SHIRTS, d[5] * 3), 0.9
        yield HEAD_BEHIND, pick_colour(HELMETS, d[4] * 9), 1
    yield TRUNK, pick_colour(SHIRTS, d[5]), 1
    yield HEAD, pick_colour(HELMETS, d[6]), 1
    if two and away:
        yield BEHIND, pick_colour(SHIRTS, d[5] * 3), 1
        yield HEAD_BEHIND, pick_colour(HELMETS, d[4] * 9), 1
    if paint.wet and d[7] < 0.7:
        yield COAT, pick_colour(COATS, d[6] * 7), 1
    if paint.lit or not away:
        yield LAMP, RED if away else WHITE, 3


def person_shapes(x, y, away, d, paint):
    if paint.light in ("day", "dawn") and not paint.wet:
        yield WALKER_SHADOW, SHADE, 1
    trousers, shirt = pick_colour(TROUSERS, d[4]), pick_colour(SHIRTS, d[5])
    yield from ((leg, trousers, shade) for leg, shade in zip(LEGS, (1, 0.85), strict=True))
    yield from ((foot, RUBBER, 1) for foot in FEET)
    yield from ((arm, shirt, 0.85) for arm in ARMS)
    yield from ((hand, SKIN, 1) for hand in HANDS)
    yield BODY, shirt, 1
    yield NECK, SKIN, 0.9
    yield FACE, HAIR if away else SKIN, 1
    yield HAIR_ABOVE, HAIR, 1


def car_shapes(x, y, away, d, paint, colours=CARS):
    s = 1 if x > 0 else -1
    colour = pick_colour(colours, d[4])
    if paint.light in ("day", "dawn") and not paint.wet:
        yield CAR_SHADOW, SHADE, 1
    for wheel in CAR_WHEELS:
        yield wheel, RUBBER, 1
    yield from zip(CAR_BOX[s], (colour,) * 3, (0.8, 1.12, 0.94), strict=True)
    yield from zip(CABIN[s], (GLASS,) * 3, (0.9, 1.1, 1.0), strict=True)
    yield ROOF, colour, 1.14
    for lamp in CAR_LAMPS:
        yield lamp, RED if away else WHITE, 3 if paint.lit else 0.95


def standing_shapes(x, y, away, d, paint):
    return car_shapes(x, y, away, d, paint, STANDING_CARS)


def bus_shapes(x, y, away, d, paint):
    s = 1 if x > 0 else -1
    colour = pick_colour(BUSES, d[4])
    if paint.light in ("day", "dawn") and not paint.wet:
        yield BUS_SHADOW, SHADE, 1
    yield from zip(BUS_BOX[s], (colour,) * 3, (0.8, 1.12, 0.94), strict=True)
    yield BUS_SIDE[s], (250, 226, 170) if paint.lit else GLASS, 2.4 if paint.lit else 0.9
    yield BUS_FRONT, GLASS, 1
    for lamp in BUS_LAMPS:
        yield lamp, RED if away else WHITE, 3 if paint.lit else 0.95


SHAPES_OF = {"bikes": bike_shapes, "people": person_shapes, "parked": car_shapes, "standing": standing_shapes}


def draw_vehicles(
    paint: Painter, still: np.ndarray, hidden_by: np.ndarray, vehicles: Sequence[Vehicle], lamps: float = 1.0
) -> None:
    """Draw vehicles, the farthest first; nearer things hide them. `lamps`: how much of their light is seen."""
    street, image = paint.street, paint.image
    shapes, places = [], []
    for y, x, away, what, d in vehicles:
        draw = SHAPES_OF.get(what) or (bus_shapes if d[3] < 0.07 else car_shapes)
        own = list(draw(x, y, away, d, paint))
        if what == "parked":
            del own[-len(CAR_LAMPS) :]
        elif what != "people":
            add_vehicle_lamps(paint, x, y, away, what, lamps)
        shapes.append(own)
        for points, _, _ in own:
            places.append(points + np.array((x, y, 0)))
    if not places:
        return
    spots = (street.project(np.concatenate(places)) * 16).astype(np.int32)
    at = 0
    for (y, *_), own in zip(vehicles, shapes, strict=True):
        start = at
        for points, colour, shade in own:
            cv2.fillConvexPoly(image, spots[at : at + len(points)], paint.colour(colour, y, shade), cv2.LINE_AA, 4)
            at += len(points)
        restore_foreground(image, still, hidden_by, spots[start:at] >> 4, y / STEP)


def restore_foreground(image, still, hidden_by, spots, distance):
    x, y, w, h = cv2.boundingRect(spots)
    part = np.s_[max(0, y - 1) : max(0, y + h + 2), max(0, x - 1) : max(0, x + w + 2)]
    if hidden_by[part].size:
        hides = hidden_by[part] < distance
        if hides.any():
            image[part][hides] = still[part][hides]


# How much of a lamp is seen against the light of the hour.
SHINE = {"night": 1.0, "dusk": 0.7, "dawn": 0.4, "day": 0.4, "overcast": 0.4}


def add_vehicle_lamps(paint, x, y, away, what, share=1.0):
    share *= SHINE[paint.light]
    rgb = [v * share for v in (RED if away else WHITE)]
    if paint.lit and what == "bikes":
        paint.add_glow((x, y, 0.8), 0.4 if away else 0.7, rgb, y)
    elif paint.lit or (paint.wet and y < 70):
        for side in (-0.66, 0.66):
            paint.add_glow((x + side, y, 0.72), 0.35 if away else 0.7, rgb, y)
