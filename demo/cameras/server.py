"""Serve the demo's cameras and map feeds over HTTP.

/cam/CODE.jpg, or /cam/CODE.mjpeg as a stream; /event/WHAT/CODE.jpg: something happens there now and then;
/bad/HOW/CODE.jpg: misbehaves in a given way; /feeds/NAME: what others tell the control room's map.
"""

import asyncio
import itertools
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import tzinfo
from functools import partial
from typing import Any

from aiohttp import web

from demo.cameras import feeds, kinds
from demo.cameras.kinds import KINDS
from demo.cameras.pictures import Pictures, seed_of

SCENE = web.AppKey("scene", dict)
PICTURES, DRAWING = web.AppKey("pictures", Pictures), web.AppKey("drawing", ThreadPoolExecutor)
BEGAN = web.AppKey("began", float)
SIX_HOURS_S = 6 * 3600
# One camera in ten of the demo misbehaves, always in the same way: the one whose seed modulo 100 is a key.
OF_A_HUNDRED = dict(
    enumerate(
        ["silent", "frozen", "frozen-clock", "frozen-reworked", "dark", "covered", "blurred", "turned", "card", "late"]
    )
)
# These send good pictures for a while after the server has started, so that their baseline can be learnt from some
# sixteen pictures.
AT_FIRST_WELL_S = 20 * 60
BETWEEN_S = 0.5  # two pictures of a stream
BOUNDARY = "street"
# What happens begins so long after the server, at each camera up to so much later; it lasts so long, and comes again.
EVENT_AFTER_S, EVENT_LATER_S, EVENT_LASTS_S, EVENT_AGAIN_S = 120, 90, 50 * 60, 75 * 60
AT_FIRST_WELL = {"blurred", "turned", "turned-far", "tilted", "zoomed", "elsewhere", "frozen-reworked", "frozen-noisy"}


def behaviour_of(code: str) -> str:
    return OF_A_HUNDRED.get(seed_of(code) % 100, "well")


def is_streaming(code: str) -> bool:
    """One camera in ten of those that are well gives a stream."""
    return 10 <= seed_of(code) % 100 < 19


async def draw_in_thread(request, draw, *args):
    pictures = request.app[PICTURES]
    return await asyncio.get_running_loop().run_in_executor(request.app[DRAWING], partial(draw, pictures, *args))


def jpeg_response(body, **headers):
    return web.Response(body=body, content_type="image/jpeg", headers={"Cache-Control": "no-store", **headers})


async def send_kind(request, how, code):
    """Send a picture of a kind. `?at=` and `?since=`: Unix times of the picture and of the first misbehaviour."""
    at = read_moment(request, "at", time.time())
    # A frozen camera stands at the last full six hours.
    since = request.app[BEGAN] + AT_FIRST_WELL_S if how in AT_FIRST_WELL else at // SIX_HOURS_S * SIX_HOURS_S
    return jpeg_response(
        await draw_in_thread(request, kinds.send_picture, how, code, at, read_moment(request, "since", since))
    )


def read_moment(request, name, otherwise):
    try:
        moment = float(request.query.get(name, otherwise))
    except ValueError:
        moment = -1
    if not 0 <= moment < 4e9:
        raise web.HTTPBadRequest(text=f"{name} is a Unix time in seconds")
    return moment


async def send_late(request, code):
    """Answers after 90 s, longer than any client waits, in every other quarter of an hour."""
    if int(time.time() // 900) % 2:
        await asyncio.sleep(90)
    return await send_kind(request, "well", code)


async def stay_silent(request, code):
    await asyncio.sleep(3600)
    return web.Response()


async def send_pieces(request, pieces, pause, **headers):
    response = web.StreamResponse(headers={"Content-Type": "image/jpeg", **headers})
    await response.prepare(request)
    for piece in pieces:
        await response.write(piece)
        await asyncio.sleep(pause)
    await response.write_eof()
    return response


async def send_huge(request, code):
    """Begins as a picture and does not end before 10 MB."""
    return await send_pieces(request, [b"\xff\xd8\xff\xe0" + bytes(100_000)] * 100, 0)


async def send_endless(request, code):
    return await send_pieces(request, itertools.repeat(b"\xff\xd8\xff\xe0" + bytes(100_000)), 0.01)


async def send_endless_head(request, code):
    """Sends HTTP headers without end, one each second."""
    request.transport.write(b"HTTP/1.1 200 OK\r\n")
    for number in itertools.count():
        request.transport.write(f"X-Line: {number}\r\n".encode())
        await asyncio.sleep(1)


async def send_slowly(request, code):
    """Sends a picture within a minute, in 60 pieces, each before a reader times out."""
    picture = await draw_in_thread(request, Pictures.draw, code, time.time())
    size = len(picture) // 60 + 1
    return await send_pieces(request, [picture[i : i + size] for i in range(0, len(picture), size)], 1)


# Redirects that must not be followed: to the machine that asks, in three spellings; to the metadata service of a cloud;
# into a private network, in two spellings.
FORBIDDEN_REDIRECTS = {
    "redirect-localhost": "http://127.0.0.1:22/",
    "redirect-decimal": "http://2130706433/",
    "redirect-mapped": "http://[::ffff:127.0.0.1]/",
    "redirect-metadata": "http://169.254.169.254/latest/meta-data/",
    "redirect-private": "http://10.0.0.1/a.jpg",
    "redirect-private-mapped": "http://[::ffff:192.168.0.1]/a.jpg",
}


def redirect_to(address):
    async def redirect(request, code):
        return web.Response(status=302, headers={"Location": address})

    return redirect


async def redirect_hundred(request, code):
    """Redirects a hundred times before it sends a good picture."""
    doors = int(request.query.get("door", 0)) + 1
    if doors > 100:
        return await send_kind(request, "well", code)
    return web.Response(status=302, headers={"Location": f"{request.path}?door={doors}"})


async def redirect_home(request, code):
    return web.Response(status=302, headers={"Location": request.app.router["cam"].url_for(code=code).path})


async def redirect_loop(request, code):
    return web.Response(status=302, headers={"Location": request.path})


async def break_off(request, code):
    """Announces more bytes than it sends, and closes the connection."""
    response = web.StreamResponse(headers={"Content-Type": "image/jpeg", "Content-Length": "30000"})
    await response.prepare(request)
    await response.write(b"\xff\xd8\xff\xe0" + bytes(2000))
    request.transport.abort()
    return response


async def send_not_found(request, code):
    return web.Response(status=404, text="No such camera")


async def send_server_error(request, code):
    return web.Response(status=500, text="Internal error")


# Ways to misbehave that are not in the picture.
BEHAVIOUR = {
    "silent": stay_silent,
    "late": send_late,
    "huge": send_huge,
    "endless": send_endless,
    "loris": send_endless_head,
    "slow": send_slowly,
    **{how: redirect_to(address) for how, address in FORBIDDEN_REDIRECTS.items()},
    "redirect-hundred": redirect_hundred,
    "redirect-home": redirect_home,
    "redirect-loop": redirect_loop,
    "broken-off": break_off,
    "gone": send_not_found,
    "fault": send_server_error,
}


async def respond(request, how, code):
    if how in BEHAVIOUR:
        return await BEHAVIOUR[how](request, code)
    return await send_kind(request, how, code)


async def camera_view(request):
    code = request.match_info["code"]
    return await respond(request, behaviour_of(code), code)


async def stream_view(request):
    """Stream MJPEG without end, two pictures a second."""
    response = web.StreamResponse(headers={"Content-Type": f"multipart/x-mixed-replace; boundary={BOUNDARY}"})
    await response.prepare(request)
    while True:
        picture = await draw_in_thread(request, Pictures.draw, request.match_info["code"], time.time())
        head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
        await response.write(head.encode() + picture + b"\r\n")
        await asyncio.sleep(BETWEEN_S)


def happens(code: str, at: float, began: float) -> bool:
    """Whether an event goes on before a camera; `began`: when the server started. Unix times."""
    elapsed = at - began - EVENT_AFTER_S - seed_of(code) % EVENT_LATER_S
    return elapsed >= 0 and elapsed % EVENT_AGAIN_S < EVENT_LASTS_S


async def event_view(request):
    """Send a picture of a camera before which something happens now and then. `?at=`: another Unix time than now."""
    what, code = request.match_info["what"], request.match_info["code"]
    if what not in KINDS:
        raise web.HTTPNotFound(text=f"Known: {', '.join(KINDS)}")
    at = read_moment(request, "at", time.time())
    since = at if happens(code, at, request.app[BEGAN]) else at + 1
    return jpeg_response(await draw_in_thread(request, kinds.send_picture, what, code, at, since))


async def bad_camera_view(request):
    how = request.match_info["how"]
    if how not in BEHAVIOUR and how not in KINDS:
        raise web.HTTPNotFound(text=f"Known: {', '.join([*KINDS, *BEHAVIOUR])}")
    return await respond(request, how, request.match_info["code"])


async def feed_view(request):
    """Send a feed of the map. `?at=`: as it is at another Unix time than now."""
    kind, tell = feeds.FEEDS[request.match_info["name"]]
    body = tell(request.app[SCENE], read_moment(request, "at", time.time()))
    return web.Response(body=body, content_type=kind, headers={"Cache-Control": "no-store"})


async def help_view(request):
    cameras = "/cam/CODE.jpg, /cam/CODE.mjpeg, /event/WHAT/CODE.jpg, /bad/HOW/CODE.jpg"
    return web.Response(text=f"{cameras} or /feeds/ {', '.join(feeds.FEEDS)}\n")


def camera_server(
    zone: tzinfo, names: Mapping[str, str] | None = None, scene: dict[str, Any] | None = None
) -> web.Application:
    """Return the server as an aiohttp application.

    `zone`: the time zone of burnt-in clocks; `names`: camera code → burnt-in name; `scene`: a `feeds.read_scene`.
    """
    server = web.Application()
    server[SCENE] = scene or {}
    server[PICTURES] = Pictures(zone, names)
    server[DRAWING] = ThreadPoolExecutor(1)
    server[BEGAN] = time.time()
    server.router.add_get(r"/cam/{code:.+}.jpg", camera_view, name="cam")
    server.router.add_get(r"/cam/{code:.+}.mjpeg", stream_view)
    server.router.add_get(r"/event/{what}/{code:.+}.jpg", event_view)
    server.router.add_get(r"/bad/{how}/{code:.+}.jpg", bad_camera_view)
    server.router.add_get(f"/feeds/{{name:{'|'.join(feeds.FEEDS)}}}", feed_view)
    server.router.add_get("/", help_view)
    return server
