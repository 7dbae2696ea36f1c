"""Fetch one picture from any kind of camera: JPEG over HTTP, MJPEG stream, HLS playlist or RTSP session.

All bytes are fetched here, by guarded calls; video is decoded by a child process without network access (`one_frame`):
it gets a file, or one local port that leads to the one address that was judged.
"""

import asyncio
import json
import os
import ssl
import sys
import tempfile
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit
from weakref import WeakKeyDictionary

import aiohttp

from cameras.capture.http import (
    MAX_BYTES,
    TIMES,
    TOTAL_S,
    BadAnswer,
    BrokenOff,
    CaptureFailed,
    Credentials,
    Forbidden,
    Known,
    NotAPicture,
    Picture,
    Silent,
    TooLarge,
    TooSlow,
    Unchanged,
    Unreachable,
    WebPage,
    capture_picture,
    get_with_redirects,
    get_within_limits,
    is_network,
    read_picture,
    require_kind,
    response_facts,
)
from cameras.models import Camera
from geoapp import outbound
from geoapp.crypto import vault

AT_ONCE = 4  # children of one process
CHILD_S, WAIT_S = 12, 6  # until a child has a frame, and until whoever sends to it says something
FRAME_S, LIVE_CPU_S = 0.2, 600
CHILD = Path(__file__).with_name("one_frame.py")
# The first frame of a segment stands at its beginning; no more than this is fetched of it.
SEGMENT_BYTES, PLAYLIST_BYTES = 3_000_000, 500_000
SEGMENT_FORMATS = "mpegts,mov,mp4"
ENOUGH_WIDTH = 640

decoders: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def fetch_picture(
    client: aiohttp.ClientSession,
    kind: str,
    url: str,
    networks: Iterable[str] = (),
    credentials: Credentials | None = None,
    known: Known | None = None,
) -> Picture | Unchanged:
    """Fetch one picture within limits; raises the failures of `capture` and nothing else. `networks`: those of the
    session.
    """
    return await FETCHERS[kind](client, url, networks, credentials, known)


def networks_and_credentials(camera: Camera) -> tuple[tuple[str, ...], Credentials | None]:
    own = camera.source.networks if camera.source else ()
    networks = (*outbound.allowed_networks("cameras"), *filter(is_network, own))
    try:
        return networks, Credentials.parse(vault.decrypt(camera.credentials))
    except vault.CannotDecrypt:
        return networks, None  # the camera says that it wants others


async def fetch_jpeg(client, url, networks, credentials, known):
    return await capture_picture(client, url, credentials, known)


# ---- MJPEG: an endless stream, of which the first picture is read


async def fetch_mjpeg(client, url, networks, credentials, known):
    return await get_within_limits(client, url, read_first_part, credentials)


async def read_first_part(answer):
    """Return the first picture of a stream; an answer that is no stream is read as a picture."""
    if not answer.content_type.startswith("multipart/"):
        return await read_picture(answer)
    async for data in read_parts(answer):
        return Picture(data, require_kind(data), datetime.now(UTC), response_facts(answer))
    raise BrokenOff


async def read_parts(answer):
    buffer = bytearray()
    boundary = boundary_of(answer)
    while True:
        begins = await find_bytes(answer, buffer, boundary)
        del buffer[: begins + len(boundary)]
        if buffer[:2] == b"--":
            return
        ends = await find_bytes(answer, buffer, b"\r\n\r\n")
        length = length_of(bytes(buffer[:ends]))
        del buffer[: ends + 4]
        if length is None:
            length = await find_bytes(answer, buffer, b"\r\n" + boundary)
        if length > MAX_BYTES:
            raise TooLarge
        while len(buffer) < length:
            await read_more(answer, buffer)
        yield bytes(buffer[:length])
        del buffer[:length]


def boundary_of(answer):
    name = answer.headers.get("Content-Type", "").partition("boundary=")[2].partition(";")[0].strip().strip('"')
    if not name:
        raise BadAnswer("It names no boundary.")
    return b"--" + name.removeprefix("--").encode()


def length_of(head):
    for line in head.split(b"\r\n"):
        name, _colon, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            return int(value)
    return None


async def find_bytes(answer, buffer, what):
    while (at := buffer.find(what)) < 0:
        await read_more(answer, buffer)
    return at


async def read_more(answer, buffer):
    if len(buffer) > MAX_BYTES + 10_000:
        raise TooLarge
    data = await answer.content.readany()
    if not data:
        raise BrokenOff
    buffer += data


# ---- HLS: playlist, the newest segment, its first frame


async def fetch_hls(client, url, networks, credentials, known):
    async def fetch(address, reading):
        # A segment may be on another host, which is not sent the camera's password.
        own = urlsplit(address)[:2] == urlsplit(url)[:2]
        return await get_within_limits(client, address, reading, credentials if own else None)

    address, text = url, await fetch(url, read_playlist)
    if variants := parse_variants(text, address):
        address = choose_variant(variants)
        text = await fetch(address, read_playlist)
    beginning, segment = parse_segments(text, address)
    data = await fetch(beginning, read_segment) if beginning else b""
    data += await fetch(segment, read_segment)
    if not is_video(data):
        raise WebPage if data.lstrip().startswith(b"<") else NotAPicture
    with tempfile.NamedTemporaryFile(prefix="segment-") as file:
        file.write(data)
        file.flush()
        job = {"what": file.name, "protocols": "file", "formats": SEGMENT_FORMATS}
        return await decode_first_frame(job)


async def read_playlist(answer):
    text = (await read_at_most(answer, PLAYLIST_BYTES + 1)).decode("utf-8", "replace")
    if len(text) > PLAYLIST_BYTES:
        raise TooLarge
    if not text.lstrip("\ufeff").startswith("#EXTM3U"):
        raise WebPage if text.lstrip().startswith("<") else NotAPicture
    return text


async def read_segment(answer):
    return await read_at_most(answer, SEGMENT_BYTES)


async def read_at_most(answer, most):
    data = bytearray()
    async for piece in answer.content.iter_any():
        data += piece
        if len(data) >= most:
            break
    return bytes(data[:most])


def parse_attributes(line):
    attributes, rest = {}, line.partition(":")[2]
    while rest:
        name, _equals, rest = rest.partition("=")
        if rest.startswith('"'):
            value, _quote, rest = rest[1:].partition('"')
            rest = rest.removeprefix(",")
        else:
            value, _comma, rest = rest.partition(",")
        attributes[name.strip()] = value
    return attributes


def parse_variants(text, base):
    """Return [(bandwidth, width, address)] if this is a master playlist."""
    lines, variants = text.splitlines(), []
    for tag, line in pairwise(lines):
        if tag.startswith("#EXT-X-STREAM-INF:") and line.strip() and not line.startswith("#"):
            attributes = parse_attributes(tag)
            bandwidth, width = attributes.get("BANDWIDTH", ""), attributes.get("RESOLUTION", "").partition("x")[0]
            variants.append((parse_number(bandwidth), parse_number(width), urljoin(base, line.strip())))
    return variants


def parse_number(text):
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0


def choose_variant(variants):
    """Return the variant of the lowest bandwidth that is wide enough, else that of the highest."""
    enough = [variant for variant in variants if variant[1] >= ENOUGH_WIDTH]
    return min(enough)[2] if enough else max(variants)[2]


def parse_segments(text, base):
    """Return (the address of the initialization section, or None; that of the newest segment)."""
    beginning = segment = None
    for line in map(str.strip, text.splitlines()):
        if line.startswith("#EXT-X-KEY:") and parse_attributes(line).get("METHOD", "NONE") != "NONE":
            raise BadAnswer("The stream is encrypted.")
        if line.startswith("#EXT-X-BYTERANGE:"):
            raise BadAnswer("The stream lies in one file.")
        if line.startswith("#EXT-X-MAP:"):
            beginning = urljoin(base, parse_attributes(line).get("URI", ""))
        elif line and not line.startswith("#"):
            segment = urljoin(base, line)
    if segment is None:
        raise NotAPicture
    return beginning, segment


def is_video(data):
    """Return whether bytes begin as MPEG-TS or fragmented MP4, whatever their name says. A playlist is neither."""
    return (data[:1] == b"G" and data[188:189] in (b"", b"G")) or data[4:8] in (b"ftyp", b"styp", b"moof", b"sidx")


# ---- RTSP: through a local port that leads to the judged address and nowhere else


async def fetch_rtsp(client, url, networks, credentials, known):
    async with open_rtsp(url, networks, credentials) as (job, judged, trouble):
        try:
            got = await decode_first_frame(job)
        except NotAPicture:
            raise trouble[0] if trouble else Silent from None
    return replace(got, received={"address": judged})


@asynccontextmanager
async def open_rtsp(url, networks, credentials):
    """Yield the decoder's job for an RTSP camera, the address that was judged, and a list for the failure, if any."""
    try:
        address = urlsplit(url)
        port = address.port or (322 if address.scheme == "rtsps" else 554)
    except ValueError as e:
        raise Forbidden from e
    if address.scheme not in ("rtsp", "rtsps") or not address.hostname:
        raise Forbidden
    reach = outbound.AllowedTargets.of_networks(networks)
    judged = await resolve_allowed(address.hostname, port, reach)
    user, password = (credentials.user, credentials.password) if credentials else (address.username, address.password)
    shown = f"{quote(user, safe='')}:{quote(password or '', safe='')}@" if user else ""
    name = address.hostname if address.scheme == "rtsps" else None
    async with relay(judged, port, name, reach) as (local, trouble):
        way = f"{address.path}?{address.query}" if address.query else address.path
        what = f"rtsp://{shown}127.0.0.1:{local}{way}"
        yield {"what": what, "protocols": "rtsp,rtp,tcp", "formats": "rtsp,sdp,rtp,mpegts"}, judged, trouble


async def resolve_allowed(host, port, reach):
    """The address of this name, if a camera may be there. Raises Forbidden, Unreachable."""
    try:
        return await outbound.resolve_allowed_async(host, port, reach, timeout=TIMES.sock_connect)
    except outbound.NotAllowed as e:
        raise Forbidden from e
    except outbound.NotFound as e:
        raise Unreachable from e


@asynccontextmanager
async def relay(address, port, name, reach):
    """Open a local port that leads one caller to this address, by TLS if it has a name; yields also a list for the
    failure.

    An answer that redirects the caller ends the session.
    """
    trouble, begun = [], asyncio.Event()

    async def lead(reader, writer):
        try:
            if begun.is_set():
                return
            begun.set()
            secure = {"ssl": ssl.create_default_context(), "server_hostname": name} if name else {}
            async with asyncio.timeout(TIMES.sock_connect):
                far_reader, far_writer = await outbound.open_stream(address, port, reach, **secure)
            try:
                sending = asyncio.create_task(copy_stream(reader, far_writer))
                await copy_stream(far_reader, writer, stop_at=b"RTSP/1.0 3", stopped=trouble)
                sending.cancel()
            finally:
                far_writer.close()
        except (OSError, TimeoutError) as e:
            trouble.append(Unreachable(str(e)))
        finally:
            writer.close()

    server = await asyncio.start_server(lead, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], trouble
    finally:
        server.close()


async def copy_stream(reader, writer, stop_at=None, stopped=None):
    tail = b""
    while data := await reader.read(65536):
        if stop_at and stop_at in tail + data:
            stopped.append(Forbidden("It sends the caller elsewhere."))
            return
        tail = (tail + data)[-len(stop_at) :] if stop_at else b""
        writer.write(data)
        await writer.drain()


# ---- the decoder process


@asynccontextmanager
async def start_decoder(job, cpu_s=10, every_s=0):
    working = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(CHILD), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL, env={"PATH": os.defpath}, cwd="/",
    )  # fmt: skip
    try:
        assert working.stdin
        limits = {"cpu_s": cpu_s, "wait_s": WAIT_S, "every_s": every_s}
        working.stdin.write(json.dumps(job | limits).encode())
        working.stdin.close()
        yield working
    finally:
        if working.returncode is None:
            working.kill()
        await working.wait()


async def decode_first_frame(job: dict) -> Picture:
    """Return the first frame of a video, decoded by a child process. Raises NotAPicture, TooSlow."""
    async with decoders.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)):
        try:
            async with asyncio.timeout(CHILD_S), start_decoder(job) as working:
                data = await working.stdout.read()
        except TimeoutError as e:
            raise TooSlow from e
    if not data:
        raise NotAPicture
    return Picture(data, require_kind(data), datetime.now(UTC))


# ---- moving pictures


def stream_pictures(
    client: aiohttp.ClientSession,
    kind: str,
    url: str,
    networks: Iterable[str] = (),
    credentials: Credentials | None = None,
    quickest_s: float = 1,
) -> AsyncGenerator[Picture, None]:
    """Yield the pictures of a camera: at most five a second of a stream, else one in `quickest_s`.

    Ends or raises a failure of `capture` when no more come. Close it with `aclosing` to end its processes and
    connections.
    """
    if kind in STREAMERS:
        return STREAMERS[kind](client, url, networks, credentials)
    return poll_pictures(client, kind, url, networks, credentials, max(quickest_s, PAUSE_S[kind]))


async def poll_pictures(client, kind, url, networks, credentials, pause_s):
    while True:
        yield await fetch_picture(client, kind, url, networks, credentials)
        await asyncio.sleep(pause_s)


async def stream_mjpeg(client, url, networks, credentials):
    newest = asyncio.Queue(1)

    def put(what):
        if newest.full():
            newest.get_nowait()
        newest.put_nowait(what)

    async def reading(answer):
        async for data in read_parts(answer):
            put(Picture(data, require_kind(data), datetime.now(UTC)))

    async def run():
        try:
            await get_with_redirects(client, url, reading, credentials, None)
            put(None)
        except CaptureFailed as e:
            put(e)

    running = asyncio.create_task(run())
    try:
        while got := await wait_for_part(newest.get(), TOTAL_S):
            if isinstance(got, CaptureFailed):
                raise got
            yield got
            await asyncio.sleep(FRAME_S)
    finally:
        running.cancel()


async def stream_rtsp(client, url, networks, credentials):
    async with open_rtsp(url, networks, credentials) as (job, _judged, trouble):
        async with start_decoder(job, cpu_s=LIVE_CPU_S, every_s=FRAME_S) as working:
            with suppress(asyncio.IncompleteReadError):
                while True:
                    length = int.from_bytes(await wait_for_part(working.stdout.readexactly(4), CHILD_S))
                    data = await wait_for_part(working.stdout.readexactly(length), CHILD_S)
                    yield Picture(data, require_kind(data), datetime.now(UTC))
        if trouble:
            raise trouble[0]


async def wait_for_part(coming, seconds):
    """Return what arrives within so many seconds. Raises TooSlow."""
    try:
        return await asyncio.wait_for(coming, seconds)
    except TimeoutError as e:
        raise TooSlow from e


FETCHERS = {"jpeg": fetch_jpeg, "mjpeg": fetch_mjpeg, "hls": fetch_hls, "rtsp": fetch_rtsp}
STREAMERS = {"mjpeg": stream_mjpeg, "rtsp": stream_rtsp}
PAUSE_S = {"jpeg": 1, "hls": 3}  # a playlist has a new segment in a few seconds
