"""Draw the preview image of a shared link: a map of the place from our own tiles, or photos before and after.

Photos are decoded by separate processes (`geoapp.media.pictures`), which return bare pixels.
"""

import io
import itertools
import math
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import fontpkg_be_vietnam_pro
from django.conf import settings
from django.core.files.storage import default_storage
from PIL import Image, ImageDraw, ImageFont

from geoapp.db import admission
from geoapp.media import pictures
from gis_data.services import tiles

WIDTH, HEIGHT = 1200, 630  # what sites that show links ask for
ZOOM = 16  # of tiles of 256 pixels; ours have 512, those of one zoom less
TILE, SHARP = 512, 2  # drawn so many times as large, so that slanted lines are smooth
UNITS = 1024 // TILE  # in which tiles are told, to a pixel
MARGIN = (-32, 1056)  # where a tile cuts off what goes on in the next
BAND = 150  # pixels at the foot, for words
PHOTO_WIDTH = 430  # pixels, left of the pin
SEAM = 6  # pixels between before and after
PAIR_QUALITY = 84
LAND, GROUND, CASING, LINE = "#ecede5", "#f4f4f0", "#d9d8cf", "#7a8a86"
PARK, WATER, BUILDING, RAIL = "#d9e6cf", "#c9dde4", "#e0e0d5", "#aeb0a6"
STREETS = {
    1: (10, "#fbeecb"), 2: (9, "#fbeecb"), 3: (8, "#ffffff"), 4: (6, "#ffffff"), 5: (5, "#ffffff"), 6: (2, "#ffffff"),
    7: (1, CASING),
}  # by rank: width in pixels, and colour  # fmt: skip
WATERWAYS = {1: 4, 2: 3, 3: 2}  # by rank: width in pixels
BRAND, SUN, INK, QUIET = "#0e4a42", "#f2b632", "#16211f", "#4d5a56"
FONTS = Path(fontpkg_be_vietnam_pro.__file__).parent / "files"
WAIT_S = 10  # so long one may wait for pictures of others


class MapPicture(NamedTuple):
    """All that a map image shows, so that equal ones are one image."""

    version: str  # of the boundaries and streets
    lon: float
    lat: float
    accuracy_m: float | None
    title: str
    line: str
    credit: str
    state: str = ""  # what is done about it, in words
    photo: str = ""  # the file of one that everybody may see
    pin: bool = True  # in the middle


class PairPicture(NamedTuple):
    """All that a before-and-after image shows, so that equal ones are one image."""

    before: str  # the file of a photo that everybody may see
    after: str
    before_word: str
    after_word: str
    title: str
    line: str
    state: str


class TooManyPictures(Exception):
    """Too many images are being drawn."""


drawing = threading.Lock()  # one at a time for each process: it takes a processor


def draw_picture(picture: MapPicture | PairPicture) -> bytes:
    """Return a map as PNG, before and after as JPEG.

    Raises TooManyPictures, and `geoapp.media.sandboxed_process.Busy` if too many wait for photos to be decoded.
    """
    if not drawing.acquire(timeout=WAIT_S):
        raise TooManyPictures
    try:
        return draw_map(picture) if isinstance(picture, MapPicture) else draw_pair(picture)
    finally:
        drawing.release()


@lru_cache(maxsize=64)
def draw_map(picture):
    image = Image.new("RGB", (WIDTH * SHARP, HEIGHT * SHARP), GROUND)
    pen = ImageDraw.Draw(image)
    x, y = world_pixels(picture.lon, picture.lat)
    left, top = x - WIDTH / 2, y - (HEIGHT - BAND) / 2
    draw_ground(pen, left, top)
    middle = (WIDTH / 2 * SHARP, (HEIGHT - BAND) / 2 * SHARP)
    if picture.accuracy_m:
        draw_circle(image, middle, picture.accuracy_m / metres_of_pixel(picture.lat) * SHARP)
    if picture.pin:
        draw_pin(pen, *middle)
    small = image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    write_words(small, picture)
    if picture.photo and (photo := read_fitted(picture.photo, PHOTO_WIDTH)):
        small.paste(photo, (0, 0))
        ImageDraw.Draw(small).rectangle((PHOTO_WIDTH, 0, PHOTO_WIDTH + 5, HEIGHT - BAND - 1), fill="#ffffff")
    file = io.BytesIO()
    small.quantize(256 if picture.photo else 128, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def world_pixels(lon: float, lat: float) -> tuple[float, float]:
    size = 256 * 2**ZOOM
    across = (lon + 180) / 360
    down = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return across * size, down * size


def metres_of_pixel(lat: float) -> float:
    return 40_075_016.7 * math.cos(math.radians(lat)) / (256 * 2**ZOOM)


def draw_ground(pen, left, top):
    drawn = []
    for column in range(int(left // TILE), int((left + WIDTH) // TILE) + 1):
        for row in range(int(top // TILE), int((top + HEIGHT) // TILE) + 1):
            try:
                content = tiles.parsed_area_tile(ZOOM - 1, column, row)
            except tiles.NoSuchTile:
                continue
            drawn.append((content, column * TILE - left, row * TILE - top))
    for content, across, down in drawn:
        for area in content["areas"]:
            for polygon in area["shape"]:
                pen.polygon(pixels(polygon[0], across, down), fill=LAND)
    for layer, colour in (("green", PARK), ("water", WATER), ("buildings", BUILDING)):
        for content, across, down in drawn:
            draw_areas(pen, content[layer], across, down, colour=colour)
    for content, across, down in drawn:
        for layer, widths, colour in (("waterways", WATERWAYS, WATER), ("rails", dict.fromkeys(range(1, 5), 1), RAIL)):
            for rank, _name, lines in content[layer]:
                for line in lines:
                    pen.line(pixels(line, across, down), fill=colour, width=widths[rank] * SHARP, joint="curve")
    for more, colour_of in ((2, lambda _colour: CASING), (0, lambda colour: colour)):
        for content, across, down in drawn:
            for rank, _name, lines in content["streets"]:
                width, colour = STREETS[rank]
                for line in lines:
                    pen.line(
                        pixels(line, across, down), fill=colour_of(colour), width=(width + more) * SHARP, joint="curve"
                    )
    for content, across, down in drawn:
        for area in content["areas"]:
            for ring in (ring for polygon in area["shape"] for ring in polygon):
                draw_border(pen, ring, across, down)


def draw_areas(pen, rings, across, down, *, colour):
    """Draw areas of one colour. Holes, which run clockwise, are left as they were."""
    if not rings:
        return
    mask = Image.new("1", pen.im.size)
    brush = ImageDraw.Draw(mask)
    for ring in sorted(rings, key=lambda ring: abs(signed_area(ring)), reverse=True):
        brush.polygon(pixels(ring, across, down), fill=signed_area(ring) < 0)
    pen.bitmap((0, 0), mask, fill=colour)


def signed_area(ring):
    """Return twice the area of a ring: positive if it runs clockwise on the screen, else negative."""
    return sum(x * to_y - to_x * y for (x, y), (to_x, to_y) in itertools.pairwise(ring))


def pixels(corners, across, down):
    return [((across + x / UNITS) * SHARP, (down + y / UNITS) * SHARP) for x, y in corners]


def draw_border(pen, ring, across, down):
    points = pixels(ring, across, down)
    for n in range(1, len(ring)):
        (x, y), (other_x, other_y) = ring[n - 1], ring[n]
        if not ((x == other_x and x in MARGIN) or (y == other_y and y in MARGIN)):
            pen.line([points[n - 1], points[n]], fill=LINE, width=SHARP)


def draw_circle(image, middle, radius):
    veil = Image.new("L", image.size, 0)
    x, y = middle
    ImageDraw.Draw(veil).ellipse((x - radius, y - radius, x + radius, y + radius), fill=40)
    image.paste(BRAND, mask=veil)


def draw_pin(pen, x, y):
    radius = 22 * SHARP
    pen.polygon([(x - radius * 0.7, y - radius * 1.4), (x + radius * 0.7, y - radius * 1.4), (x, y)], fill=BRAND)
    for size, colour in ((radius, BRAND), (radius * 0.5, SUN)):
        middle = y - radius * 1.9
        pen.ellipse((x - size, middle - size, x + size, middle + size), fill=colour)


@lru_cache(maxsize=64)
def draw_pair(picture):
    image = Image.new("RGB", (WIDTH, HEIGHT), "#ffffff")
    pen, letters = ImageDraw.Draw(image), font("SemiBold", 34)
    wide = (WIDTH - SEAM) // 2
    for left, name, word in (
        (0, picture.before, picture.before_word),
        (WIDTH - wide, picture.after, picture.after_word),
    ):
        photo = read_fitted(name, wide)
        pen.rectangle((left, 0, left + wide - 1, HEIGHT - BAND - 1), fill=LAND)
        if photo:
            image.paste(photo, (left, 0))
        box = pen.textbbox((left + 24, 20), word, font=letters)
        pen.rounded_rectangle((left + 12, 14, box[2] + 14, 68), radius=8, fill=BRAND)
        pen.text((left + 24, 20), word, "#ffffff", letters)
    write_foot(image, picture)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=PAIR_QUALITY, optimize=True)
    return file.getvalue()


def read_fitted(name, width):
    size = (width, HEIGHT - BAND)
    job = {"what": "fitted", "width": size[0], "height": size[1], "pixels": settings.PHOTO_MAX_PIXELS}
    try:
        with default_storage.open(name) as file, admission.lend_place():
            answer = pictures.decode(pictures.photo_decoders, job, file.read())
    except (FileNotFoundError, pictures.Unreadable):
        return None
    return Image.frombytes("RGB", size, answer["parts"][0])


def write_words(image, picture):
    write_foot(image, picture)
    pen, credit = ImageDraw.Draw(image), font("Regular", 18)
    box = pen.textbbox((WIDTH - 14, 10), picture.credit, font=credit, anchor="ra")
    pen.rectangle((box[0] - 8, 0, WIDTH, box[3] + 8), fill="#fbfaf6")
    pen.text((WIDTH - 14, 10), picture.credit, QUIET, credit, anchor="ra")


def write_foot(image, picture):
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, HEIGHT - BAND, WIDTH, HEIGHT), fill="#ffffff")
    pen.rectangle((0, HEIGHT - BAND, 12, HEIGHT), fill=BRAND)
    title, line = font("SemiBold", 40), font("Regular", 27)
    pen.text((48, HEIGHT - BAND + 24), fit_to_width(picture.title, title), INK, title)
    before = f"{picture.state} · " if picture.state else ""
    pen.text((48, HEIGHT - BAND + 88), fit_to_width(before + picture.line, line), QUIET, line)
    pen.text((48, HEIGHT - BAND + 88), picture.state, BRAND, line)


@lru_cache(maxsize=8)
def font(cut, size):
    return ImageFont.truetype(FONTS / f"BeVietnamPro-{cut}.ttf", size)


def fit_to_width(words: str, letters: Any) -> str:
    words = words[:200]
    if letters.getlength(words) <= WIDTH - 96:
        return words
    while words and letters.getlength(words + "…") > WIDTH - 96:
        words = words[:-1]
    return words.rstrip() + "…"
