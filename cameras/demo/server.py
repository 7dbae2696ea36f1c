"""Serves the demo's cameras over HTTP: /cam/CODE.jpg, and /bad/HOW/CODE.jpg for one that misbehaves in a given way."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import cv2
import numpy as np
from aiohttp import web

from cameras.demo.pictures import Pictures, seed_of

PICTURES, DRAWING = web.AppKey("pictures", Pictures), web.AppKey("drawing", ThreadPoolExecutor)
FROZEN_FOR = 6 * 3600  # a frozen camera stands at the last full six hours
# One camera in twenty of the demo misbehaves, always the same one in the same way.
OF_A_HUNDRED = dict(enumerate(["silent", "frozen", "frozen-clock", "dark", "covered"]))


def how_it_behaves(code):
    return OF_A_HUNDRED.get(seed_of(code) % 100, "well")


async def drawn(request, draw, *args):
    pictures = request.app[PICTURES]
    return await asyncio.get_running_loop().run_in_executor(request.app[DRAWING], partial(draw, pictures, *args))


def jpeg(body, **headers):
    return web.Response(body=body, content_type="image/jpeg", headers={"Cache-Control": "no-store", **headers})


async def well(request, code):
    return jpeg(await drawn(request, Pictures.draw, code, time.time()))


async def silent(request, code):
    """Takes the call and never answers."""
    await asyncio.sleep(3600)
    return web.Response()


async def frozen(request, code):
    """Byte for byte the same picture."""
    return jpeg(await drawn(request, Pictures.draw, code, time.time() // FROZEN_FOR * FROZEN_FOR))


async def frozen_clock(request, code):
    """The same street, while the burnt-in clock runs on."""
    now = time.time()
    return jpeg(await drawn(request, Pictures.draw, code, now // FROZEN_FOR * FROZEN_FOR, now))


async def dark(request, code):
    return jpeg(await drawn(request, Pictures.dark, code, time.time()))


async def covered(request, code):
    return jpeg(await drawn(request, Pictures.covered, code, time.time()))


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


async def slow(request, code):
    """A true picture in drips: each comes before a reader loses patience, the whole takes a minute."""
    picture = await drawn(request, Pictures.draw, code, time.time())
    size = len(picture) // 60 + 1
    return await streamed(request, [picture[i : i + size] for i in range(0, len(picture), size)], 1)


async def html(request, code):
    """A login page, called a JPEG."""
    return jpeg(b"<!doctype html><title>Sign in</title><p>Please sign in.</p>")


async def redirect_localhost(request, code):
    """Leads to another door of the very machine that asks."""
    return web.Response(status=302, headers={"Location": "http://127.0.0.1:22/"})


async def redirect_metadata(request, code):
    """Leads to where clouds keep their keys."""
    return web.Response(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})


async def redirect_home(request, code):
    """Leads to a good picture at the same server."""
    return web.Response(status=302, headers={"Location": request.app.router["cam"].url_for(code=code).path})


async def redirect_loop(request, code):
    return web.Response(status=302, headers={"Location": request.path})


async def truncated(request, code):
    """Two thirds of a picture, sent as if they were all."""
    picture = await drawn(request, Pictures.draw, code, time.time())
    return jpeg(picture[: len(picture) * 2 // 3])


async def broken_off(request, code):
    """Promises more than it sends, and hangs up."""
    response = web.StreamResponse(headers={"Content-Type": "image/jpeg", "Content-Length": "30000"})
    await response.prepare(request)
    await response.write(b"\xff\xd8\xff\xe0" + bytes(2000))
    request.transport.abort()
    return response


async def lying_size(request, code):
    """A whole small JPEG whose header claims 60,000 × 60,000 pixels."""
    picture = bytearray(cv2.imencode(".jpg", np.full((64, 64, 3), 90, np.uint8))[1].tobytes())
    at = picture.index(b"\xff\xc0") + 5
    picture[at : at + 4] = (60_000).to_bytes(2) * 2
    return jpeg(bytes(picture))


async def png(request, code):
    """A PNG, named and announced as JPEG."""
    picture = await drawn(request, Pictures.draw, code, time.time())
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    return jpeg(cv2.imencode(".png", image)[1].tobytes())


async def gone(request, code):
    return web.Response(status=404, text="No such camera")


async def fault(request, code):
    return web.Response(status=500, text="Internal error")


BEHAVIOUR = {
    "well": well,
    "silent": silent,
    "frozen": frozen,
    "frozen-clock": frozen_clock,
    "dark": dark,
    "covered": covered,
    "huge": huge,
    "slow": slow,
    "html": html,
    "redirect-localhost": redirect_localhost,
    "redirect-metadata": redirect_metadata,
    "redirect-home": redirect_home,
    "redirect-loop": redirect_loop,
    "truncated": truncated,
    "broken-off": broken_off,
    "lying-size": lying_size,
    "png": png,
    "gone": gone,
    "fault": fault,
}


async def cam(request):
    code = request.match_info["code"]
    return await BEHAVIOUR[how_it_behaves(code)](request, code)


async def bad(request):
    behave = BEHAVIOUR.get(request.match_info["how"])
    if behave is None:
        raise web.HTTPNotFound(text=f"Known: {', '.join(BEHAVIOUR)}")
    return await behave(request, request.match_info["code"])


def app(zone, names=None):
    """The server as an application. `zone`: the time zone of its clocks; `names`: camera code → name to burn in."""
    server = web.Application()
    server[PICTURES] = Pictures(zone, names)
    server[DRAWING] = ThreadPoolExecutor(1)
    server.router.add_get(r"/cam/{code:.+}.jpg", cam, name="cam")
    server.router.add_get(r"/bad/{how}/{code:.+}.jpg", bad)
    server.router.add_get("/", lambda request: web.Response(text="/cam/CODE.jpg or /bad/HOW/CODE.jpg\n"))
    return server
