"""Serves the demo's cameras over HTTP: /cam/CODE.jpg, the same as a stream (/cam/CODE.mjpeg), and /bad/HOW/CODE.jpg
for one that misbehaves in a given way.
"""

import asyncio
import itertools
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import tzinfo
from functools import partial

from aiohttp import web

from cameras.demo import kinds
from cameras.demo.kinds import KINDS
from cameras.demo.pictures import Pictures, seed_of

PICTURES, DRAWING = web.AppKey("pictures", Pictures), web.AppKey("drawing", ThreadPoolExecutor)
BEGAN = web.AppKey("began", float)
SIX_HOURS_S = 6 * 3600
# One camera in ten of the demo misbehaves, always the same one in the same way: those with such a rest by a hundred.
OF_A_HUNDRED = dict(
    enumerate(
        ["silent", "frozen", "frozen-clock", "frozen-reworked", "dark", "covered", "blurred", "turned", "card", "late"]
    )
)
# These look well for a while after the server has begun, so that what is usual for them can be learnt; it takes some
# sixteen pictures.
AT_FIRST_WELL_S = 20 * 60
BETWEEN_S = 0.5  # two pictures of a stream
BOUNDARY = "street"
AT_FIRST_WELL = {"blurred", "turned", "turned-far", "tilted", "zoomed", "elsewhere", "frozen-reworked", "frozen-noisy"}


def how_it_behaves(code: str) -> str:
    return OF_A_HUNDRED.get(seed_of(code) % 100, "well")


def streams(code: str) -> bool:
    """Whether this camera of the demo is one that streams: one in ten of those that are well."""
    return 10 <= seed_of(code) % 100 < 19


async def drawn(request, draw, *args):
    pictures = request.app[PICTURES]
    return await asyncio.get_running_loop().run_in_executor(request.app[DRAWING], partial(draw, pictures, *args))


def jpeg(body, **headers):
    return web.Response(body=body, content_type="image/jpeg", headers={"Cache-Control": "no-store", **headers})


async def of_kind(request, how, code):
    """A picture of a kind. `?at=` and `?since=` (Unix times): of another moment than now, misbehaving since another."""
    at = moment_in(request, "at", time.time())
    # A frozen camera stands at the last full six hours.
    since = request.app[BEGAN] + AT_FIRST_WELL_S if how in AT_FIRST_WELL else at // SIX_HOURS_S * SIX_HOURS_S
    return jpeg(await drawn(request, kinds.send_picture, how, code, at, moment_in(request, "since", since)))


def moment_in(request, name, otherwise):
    try:
        moment = float(request.query.get(name, otherwise))
    except ValueError:
        moment = -1
    if not 0 <= moment < 4e9:
        raise web.HTTPBadRequest(text=f"{name} is a Unix time in seconds")
    return moment


async def late(request, code):
    """Every other quarter of an hour it takes a minute and a half to answer a call, which nobody waits for."""
    if int(time.time() // 900) % 2:
        await asyncio.sleep(90)
    return await of_kind(request, "well", code)


async def silent(request, code):
    """Takes the call and never answers."""
    await asyncio.sleep(3600)
    return web.Response()


async def streamed(request, pieces, pause, **headers):
    response = web.StreamResponse(headers={"Content-Type": "image/jpeg", **headers})
    await response.prepare(request)
    for piece in pieces:
        await response.write(piece)
        await asyncio.sleep(pause)
    await response.write_eof()
    return response


async def huge(request, code):
    """Begins as a picture and does not end before 10 MB."""
    return await streamed(request, [b"\xff\xd8\xff\xe0" + bytes(100_000)] * 100, 0)


async def endless(request, code):
    """Begins as a picture and never ends."""
    return await streamed(request, itertools.repeat(b"\xff\xd8\xff\xe0" + bytes(10_000)), 0.01)


async def loris(request, code):
    """Sends the head of its answer line by line, one each second, without end."""
    request.transport.write(b"HTTP/1.1 200 OK\r\n")
    for number in itertools.count():
        request.transport.write(f"X-Line: {number}\r\n".encode())
        await asyncio.sleep(1)


async def slow(request, code):
    """A true picture in drips: each comes before a reader loses patience, the whole takes a minute."""
    picture = await drawn(request, Pictures.draw, code, time.time())
    size = len(picture) // 60 + 1
    return await streamed(request, [picture[i : i + size] for i in range(0, len(picture), size)], 1)


# Where a camera leads that must not be followed: another door of the very machine that asks, by three spellings; where
# clouds keep their keys; into a private network, by two.
ASTRAY = {
    "redirect-localhost": "http://127.0.0.1:22/",
    "redirect-decimal": "http://2130706433/",
    "redirect-mapped": "http://[::ffff:127.0.0.1]/",
    "redirect-metadata": "http://169.254.169.254/latest/meta-data/",
    "redirect-private": "http://10.0.0.1/a.jpg",
    "redirect-private-mapped": "http://[::ffff:192.168.0.1]/a.jpg",
}


def astray(address):
    async def redirect(request, code):
        return web.Response(status=302, headers={"Location": address})

    return redirect


async def redirect_hundred(request, code):
    """A hundred doors, one behind the other, and a good picture behind the last."""
    doors = int(request.query.get("door", 0)) + 1
    if doors > 100:
        return await of_kind(request, "well", code)
    return web.Response(status=302, headers={"Location": f"{request.path}?door={doors}"})


async def redirect_home(request, code):
    """Leads to a good picture at the same server."""
    return web.Response(status=302, headers={"Location": request.app.router["cam"].url_for(code=code).path})


async def redirect_loop(request, code):
    return web.Response(status=302, headers={"Location": request.path})


async def broken_off(request, code):
    """Promises more than it sends, and hangs up."""
    response = web.StreamResponse(headers={"Content-Type": "image/jpeg", "Content-Length": "30000"})
    await response.prepare(request)
    await response.write(b"\xff\xd8\xff\xe0" + bytes(2000))
    request.transport.abort()
    return response


async def gone(request, code):
    return web.Response(status=404, text="No such camera")


async def fault(request, code):
    return web.Response(status=500, text="Internal error")


# Ways to misbehave that are not in the picture.
BEHAVIOUR = {
    "silent": silent,
    "late": late,
    "huge": huge,
    "endless": endless,
    "loris": loris,
    "slow": slow,
    **{how: astray(address) for how, address in ASTRAY.items()},
    "redirect-hundred": redirect_hundred,
    "redirect-home": redirect_home,
    "redirect-loop": redirect_loop,
    "broken-off": broken_off,
    "gone": gone,
    "fault": fault,
}


async def behave(request, how, code):
    if how in BEHAVIOUR:
        return await BEHAVIOUR[how](request, code)
    return await of_kind(request, how, code)


async def cam(request):
    code = request.match_info["code"]
    return await behave(request, how_it_behaves(code), code)


async def moving(request):
    """A camera that is well, as it moves: an MJPEG stream without end, two pictures a second."""
    response = web.StreamResponse(headers={"Content-Type": f"multipart/x-mixed-replace; boundary={BOUNDARY}"})
    await response.prepare(request)
    while True:
        picture = await drawn(request, Pictures.draw, request.match_info["code"], time.time())
        head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
        await response.write(head.encode() + picture + b"\r\n")
        await asyncio.sleep(BETWEEN_S)


async def bad(request):
    how = request.match_info["how"]
    if how not in BEHAVIOUR and how not in KINDS:
        raise web.HTTPNotFound(text=f"Known: {', '.join([*KINDS, *BEHAVIOUR])}")
    return await behave(request, how, request.match_info["code"])


async def help_page(request):
    return web.Response(text="/cam/CODE.jpg, /cam/CODE.mjpeg or /bad/HOW/CODE.jpg\n")


def camera_server(zone: tzinfo, names: Mapping[str, str] | None = None) -> web.Application:
    """The server as an application. `zone`: the time zone of its clocks; `names`: camera code → name to burn in."""
    server = web.Application()
    server[PICTURES] = Pictures(zone, names)
    server[DRAWING] = ThreadPoolExecutor(1)
    server[BEGAN] = time.time()
    server.router.add_get(r"/cam/{code:.+}.jpg", cam, name="cam")
    server.router.add_get(r"/cam/{code:.+}.mjpeg", moving)
    server.router.add_get(r"/bad/{how}/{code:.+}.jpg", bad)
    server.router.add_get("/", help_page)
    return server
