"""Serve pre-drawn camera pictures, so that fetching costs little: python -m tests.bench.cameras PORT

Each camera shows one of a few streets and advances a few seconds per request. Prints “ready”.
"""

import itertools
import sys
import zlib
from collections import defaultdict
from zoneinfo import ZoneInfo

import cv2
import uvloop
from aiohttp import web

from demo.cameras.pictures import Pictures

STREETS, MOMENTS, NOON = 16, 12, 1764046800


def draw_moments():
    pictures = Pictures(ZoneInfo("Asia/Ho_Chi_Minh"))
    return [[pictures.draw(f"S{n}", NOON + 7 * moment) for moment in range(MOMENTS)] for n in range(STREETS)]


def sign_picture(picture, code):
    """Adds the camera's name as a comment, because equal pictures of several cameras count as a test card."""
    words = code.encode()
    return picture[:2] + b"\xff\xfe" + (len(words) + 2).to_bytes(2) + words + picture[2:]


def app():
    streets, calls_of = draw_moments(), defaultdict(itertools.count)

    async def camera(request):
        code = request.match_info["code"]
        street = streets[zlib.crc32(code.encode()) % STREETS]
        return web.Response(body=sign_picture(street[next(calls_of[code]) % MOMENTS], code), content_type="image/jpeg")

    server = web.Application()
    server.router.add_get("/{code}.jpg", camera)
    return server


if __name__ == "__main__":
    cv2.setNumThreads(1)
    uvloop.install()
    web.run_app(
        app(), host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=lambda *_: print("ready", flush=True)
    )
