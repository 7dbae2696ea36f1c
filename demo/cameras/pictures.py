"""Draw the JPEG of a demo camera at a moment: street, weather, traffic, noise, burnt-in name and clock."""

import zlib
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import lru_cache
from math import cos, pi
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import fontpkg_be_vietnam_pro
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from demo.cameras.street import (
    AS_SET_UP,
    BUSY,
    CROWD,
    LIGHTS,
    STROLL,
    H,
    Painter,
    Pose,
    Street,
    W,
    add_glows,
    draw_background,
    draw_vehicles,
    light_at,
)

QUALITY = 84
FONT = Path(fontpkg_be_vietnam_pro.__file__).parent / "files" / "BeVietnamPro-SemiBold.ttf"
PLATE, INK, PLATE_H = (14, 17, 20), (240, 242, 244), 19
BACKGROUNDS = 1500  # compressed, some 60 kB each
# In a quiet street: how much darker clouds make it, in which time; what is left of the light where there is no lamp;
# how often a ferry lands, and how long its traffic passes.
CLOUDS, CLOUDS_S, UNLIT, FERRY_S, LANDS_S = 0.2, 1500, 0.25, 1800, 600


# One vehicle hides the lamps of the next.
LAMPS_IN_A_JAM = 0.12
EVENTS = {
    "jam": Street.jam_at,
    "crowd": lambda street, at: street.people_at(at, CROWD),
    "stroll": lambda street, at: street.people_at(at, STROLL),
}


class Quiet(NamedTuple):
    """What a street without traffic shows."""

    parked: bool = False  # a row of cars along the kerbs
    leaves: bool = False  # they sway
    lamp: bool = False  # by night one flickers
    clouds: bool = False  # by day they pass before the sun, slowly
    unlit: bool = False  # by night there is next to no light
    ferry: bool = False  # as where a ferry lands: traffic, and then none
    noise: float = 1  # what is left of it when the camera has smoothed its pictures


class Pictures:
    """Draws the pictures of any camera, and caches recently used streets without traffic, compressed."""

    def __init__(self, zone: tzinfo, names: Mapping[str, str] | None = None) -> None:
        self.zone, self.names = zone, names or {}
        self.backgrounds = OrderedDict()

    def empty_street(self, code, light, wet, pose=AS_SET_UP):
        """Return the street, its picture without traffic, and for each pixel the distance of what hides traffic."""
        key = (code, light, wet, pose)
        if key in self.backgrounds:
            self.backgrounds.move_to_end(key)
        else:
            street = Street(seed_of(code), pose)
            image, hidden_by = draw_background(street, light, wet)
            draw_name(image, self.plate_of(code))
            self.backgrounds[key] = street, encode_image(".jpg", image, 95), encode_image(".png", hidden_by)
            while len(self.backgrounds) > BACKGROUNDS:
                self.backgrounds.popitem(last=False)
        street, image, hidden_by = self.backgrounds[key]
        return street, cv2.imdecode(image, cv2.IMREAD_COLOR), cv2.imdecode(hidden_by, cv2.IMREAD_GRAYSCALE)

    def plate_of(self, code):
        return f"{code}  {self.names.get(code, '')}".strip()

    def draw(self, code: str, at: float, clock: float | None = None, **how: Any) -> bytes:
        """Return the JPEG of a camera at a Unix time; `clock`: the time that its burnt-in clock shows, if another."""
        return self.encode_with_clock(self.draw_scene(code, at, **how), at if clock is None else clock)

    def encode_with_clock(self, image: np.ndarray, clock: float, quality: int = QUALITY) -> bytes:
        image = image.copy()
        draw_clock(image, datetime.fromtimestamp(clock, self.zone))
        return encode_image(".jpg", image, quality).tobytes()

    def draw_scene(
        self,
        code: str,
        at: float,
        pose: Pose = AS_SET_UP,
        wet: bool | None = None,
        quiet: Quiet | None = None,
        event: str = "",
    ) -> np.ndarray:
        """Return the image of a camera at a Unix time, with its name burnt in, without clock.

        `wet` overrides the weather; `quiet`: a street without traffic; `event`: one of EVENTS in place of traffic.
        """
        local = datetime.fromtimestamp(at, self.zone)
        wet = is_raining(code, local) if wet is None else wet
        light = light_at(local.hour + local.minute / 60)
        light = "overcast" if light == "day" and (wet or seed_of(code) % 10 < 3) else light
        street, still, hidden_by = self.empty_street(code, light, wet, pose)
        r = np.random.default_rng([seed_of(code), int(at * 1000)])
        image = still.copy()
        paint = Painter(street, image, light, wet)
        if event:
            vehicles = EVENTS[event](street, at)
            draw_vehicles(paint, still, hidden_by, vehicles, LAMPS_IN_A_JAM)
        elif quiet is None:
            draw_vehicles(paint, still, hidden_by, street.vehicles_at(at, BUSY[local.hour] * (0.55 if wet else 0.8)))
        else:
            draw_quiet_street(paint, still, hidden_by, at, quiet, r)
        add_glows(image, paint.glows, wet or light == "night")
        if wet:
            add_rain(image, r, LIGHTS[light][2])
        image = add_noise(image, r, light == "night", quiet.noise if quiet else 1)
        image[:PLATE_H] = still[:PLATE_H]
        return image

    def draw_dark(self, code: str, at: float) -> bytes:
        image = np.full((H, W, 3), 3, np.uint8)
        return self.finish_picture(code, image, at)

    def draw_covered(self, code: str, at: float) -> bytes:
        """A leaf on the lens: brownish green, a little lighter at one side."""
        tone = np.linspace(0.93, 1.07, W)[None, :, None]
        image = (np.array([40, 62, 58]) * tone * np.ones((H, 1, 1))).astype(np.uint8)
        return self.finish_picture(code, image, at)

    def finish_picture(self, code, image, at):
        image = add_noise(image, np.random.default_rng([seed_of(code), int(at * 1000)]), False)
        draw_name(image, self.plate_of(code))
        return self.encode_with_clock(image, at)


def seed_of(code: str) -> int:
    return zlib.crc32(code.encode())


def is_raining(code, local):
    """Showers of three hours at one camera in eight, more of them in the afternoon."""
    die = zlib.crc32(f"{code} {local:%F} {local.hour // 3}".encode()) % 100
    return die < (22 if 14 <= local.hour < 20 else 7)


def encode_image(kind: str, image: np.ndarray, quality: int = 0) -> np.ndarray:
    options = {".jpg": [cv2.IMWRITE_JPEG_QUALITY, quality], ".png": [cv2.IMWRITE_PNG_COMPRESSION, 3]}[kind]
    return cv2.imencode(kind, image, options)[1]


@lru_cache
def noise_sheets():
    """Return noise around 128, by day and by night, from which each picture takes another piece."""
    noise = np.random.default_rng(7).normal(128, 1, (H + 256, W + 256, 1))
    return {
        night: np.clip(128 + (noise - 128) * strength, 0, 255).round().astype(np.uint8).repeat(3, 2)
        for night, strength in ((False, 1.1), (True, 2.6))
    }


def add_noise(image, r, night, share=1):
    y, x = r.integers(0, 256, 2)
    return cv2.addWeighted(image, 1, noise_sheets()[night][y : y + H, x : x + W], share, -128 * share)


@lru_cache
def rain_sheets():
    sheets = []
    for seed in range(6):
        r, sheet = np.random.default_rng(seed), np.zeros((H, W), np.uint8)
        for x, y, length, tone in r.random((420, 4)):
            x, y, length = x * W, y * H, 5 + length * 10
            cv2.line(sheet, (int(x), int(y)), (int(x - length * 0.16), int(y + length)), 30 + 60 * tone, 1, cv2.LINE_AA)
        sheets.append(cv2.cvtColor(cv2.GaussianBlur(sheet, (0, 0), 0.6), cv2.COLOR_GRAY2BGR))
    return sheets


def draw_quiet_street(paint, still, hidden_by, at, quiet, r):
    image, by_night = paint.image, paint.light in ("dusk", "night")
    if quiet.parked:
        draw_vehicles(paint, still, hidden_by, paint.street.parked_cars())
    if quiet.ferry and at % FERRY_S < LANDS_S:
        draw_vehicles(paint, still, hidden_by, paint.street.vehicles_at(at, 0.5))
    if quiet.leaves:
        sway_leaves(image, hidden_by, r)
    if quiet.lamp and by_night:
        x, v = paint.street.project((paint.street.road - 1.7, 36, 9.5))
        paint.glows.append(
            (x, v, 2.2 * paint.street.pixels_per_metre(36), [tone * r.choice((0, 0.3, 1)) for tone in (255, 214, 150)])
        )
    if quiet.clouds and not by_night:
        cv2.convertScaleAbs(image, image, 1 - CLOUDS * (1 - cos(2 * pi * at / CLOUDS_S)) / 2)
    if quiet.unlit and by_night:
        cv2.convertScaleAbs(image, image, UNLIT)


def sway_leaves(image, hidden_by, r):
    """Move what hides the street, leaves above all, by about a pixel, each part in another direction."""
    push = cv2.resize(r.normal(0, 0.8, (H // 24, W // 24, 2)).astype(np.float32), (W, H), interpolation=cv2.INTER_CUBIC)
    push[hidden_by == 255] = 0
    x, y = np.meshgrid(np.arange(W, dtype=np.float32), np.arange(H, dtype=np.float32))
    image[:] = cv2.remap(image, x + push[..., 0], y + push[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def add_rain(image, r, bright):
    cv2.scaleAdd(rain_sheets()[r.integers(6)], 0.55 * bright + 0.1, image, image)


def text_image(words: str, size: int = 11) -> np.ndarray:
    font = ImageFont.truetype(FONT, size)
    picture = Image.new("RGB", (int(font.getlength(words)) + 12, PLATE_H), PLATE)
    ImageDraw.Draw(picture).text((6, PLATE_H // 2), words, INK, font, anchor="lm")
    return np.asarray(picture)[..., ::-1]


def draw_name(image, words):
    words = text_image(words)[:, : W - 150]
    image[:PLATE_H, : words.shape[1]] = words


@lru_cache
def clock_glyphs():
    """Return an image of each sign of the clock; all digits have one width, so that the clock does not shift."""
    cells = {}
    for sign in "0123456789/: ":
        cell = Image.new("RGB", (5 if sign in "/: " else 8, PLATE_H), PLATE)
        ImageDraw.Draw(cell).text((cell.width // 2, PLATE_H // 2), sign, INK, ImageFont.truetype(FONT, 11), anchor="mm")
        cells[sign] = np.asarray(cell)[..., ::-1]
    return cells


def draw_clock(image, local):
    clock = np.hstack([clock_glyphs()[sign] for sign in f" {local:%d/%m/%Y  %H:%M:%S} "])
    image[:PLATE_H, -clock.shape[1] :] = clock
