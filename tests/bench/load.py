"""Load generator in a process of its own, so that it costs the server nothing. Plain HTTP/1.1, keep-alive.

Reads one JSON object from the standard input and writes one into the file named on the command line. `do` says what:

- `ask`: {"requests": ["GET /…" or ["POST /…", "body"] or ["POST /…", "bytes as Latin-1", "their type"], …],
  "connections": 8, "seconds": 8, "rate": null or per second, "head": further header lines of each request}
- `listen`: {"path": "/live/", "viewers": 100, "events": 60, "seconds": 15}; prints “ready” when all are connected
- `watch`: the same for thousands, arrivals in s since 1970; with "one_looks_of": 50 only each fiftieth viewer
  reports them
"""

import asyncio
import contextlib
import itertools
import json
import re
import sys
import time
from functools import partial
from pathlib import Path

import uvloop

OPENING = 10
WITHOUT_BODY = (204, 304)  # answers that need no Content-Length
ITEM = re.compile(rb"id: (\d+)\ndata")
FORM = "application/x-www-form-urlencoded; charset=utf-8"


async def exchange(reader, writer, request):
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = int(head[9:12])
    if b"transfer-encoding: chunked" in head:
        length = 0
        while size := int((await reader.readuntil(b"\r\n"))[:-2], 16):
            length += size
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
    elif status in WITHOUT_BODY:
        length = 0
    else:
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
    return status, length


def write_request(request, more=""):
    line, body, kind = request, None, FORM
    if not isinstance(request, str):
        line, body, kind = (*request, FORM)[:3]
    head = f"{line} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n{more}"
    if body is not None:
        body = body.encode() if kind == FORM else body.encode("latin-1")
        head += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + (body or b"")


async def ask(job):
    """Sends as many as `connections` allow (closed loop), or `rate` a second, with late starts counted as waiting."""
    requests = itertools.cycle([write_request(request, job.get("head", "")) for request in job["requests"]])
    times, sizes, statuses = [], [], {}
    began = time.monotonic()
    end = began + job["seconds"]
    starts = itertools.count()
    most = job.get("most") or float("inf")

    async def one_connection():
        reader, writer = await asyncio.open_connection("127.0.0.1", job["port"])
        while True:
            number = next(starts)
            due = began + number / job["rate"] if job.get("rate") else time.monotonic()
            if due >= end or number >= most:
                break
            if (wait := due - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            request = next(requests)
            try:
                status, length = await exchange(reader, writer, request)
            except (asyncio.IncompleteReadError, ConnectionError):  # some servers end what they keep when they like
                reader, writer = await asyncio.open_connection("127.0.0.1", job["port"])
                status, length = await exchange(reader, writer, request)
            times.append(time.monotonic() - due)
            sizes.append(length)
            statuses[status] = statuses.get(status, 0) + 1
        writer.close()

    await asyncio.gather(*(one_connection() for _ in range(job["connections"])))
    return {"seconds": time.monotonic() - began, "times": times, "sizes": sizes, "statuses": statuses}


async def listen(job):
    """Returns when each event reached each viewer, in ns of the monotonic clock."""
    seen, done, connected = {}, 0, 0
    everything = asyncio.Event()
    all_here = asyncio.Event()

    async def viewer():
        nonlocal done, connected
        reader, writer = await asyncio.open_connection("127.0.0.1", job["port"])
        writer.write(write_request(f"GET {job['path']}"))
        while line := await reader.readuntil(b"\n"):
            if line.startswith(b"retry:"):
                connected += 1
                if connected == job["viewers"]:
                    all_here.set()
            elif line.startswith(b"id: "):
                seen.setdefault(int(line[4:]), []).append(time.monotonic_ns())
                done += 1
                if done == job["viewers"] * job["events"]:
                    everything.set()

    viewers = [asyncio.create_task(viewer()) for _ in range(job["viewers"])]
    await asyncio.wait_for(all_here.wait(), 20)
    print("ready", flush=True)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(everything.wait(), job["seconds"])
    for opened_viewer in viewers:
        opened_viewer.cancel()
    return {"seen": seen}


class Watcher(asyncio.Protocol):
    """One of thousands of streams; scans the bytes without parsing them."""

    reloads = 0  # of all

    def __init__(self, job, seen, connected):
        self.request, self.seen, self.connected = write_request(f"GET {job['path']}"), seen, connected
        self.rest = b""

    def connection_made(self, transport):
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data):
        at = time.time()
        text = self.rest + data
        whole = text.rfind(b"\n\n") + 1
        for number in ITEM.findall(text, 0, whole):
            self.seen.setdefault(int(number), []).append(at)
        Watcher.reloads += text.count(b"event: reload", 0, whole)
        self.rest = text[whole:]  # half an item, which ends in what comes next
        if self.connected is not None and b"retry:" in data:
            self.connected.release()
            self.connected = None


class Idler(asyncio.BufferedProtocol):
    """One of thousands of streams during a storm; discards the bytes."""

    room = bytearray(1 << 18)

    def __init__(self, job, _seen, connected):
        self.request, self.connected = write_request(f"GET {job['path']}"), connected

    def connection_made(self, transport):
        transport.write(self.request)

    def get_buffer(self, _size):
        return self.room

    def buffer_updated(self, _bytes):
        if self.connected is not None:
            self.connected.release()
            self.connected = None


async def watch(job):
    """Returns when each event reached each reporting viewer; opens at most OPENING streams at a time."""
    seen, viewers, opening = {}, [], asyncio.Semaphore(OPENING)
    for number in range(job["viewers"]):
        await opening.acquire()
        kind = Idler if number % job.get("one_looks_of", 1) else Watcher
        viewers.append(await asyncio.get_running_loop().create_connection(
            partial(kind, job, seen, opening), "127.0.0.1", job["port"]
        ))  # fmt: skip
    for _place in range(OPENING):
        await opening.acquire()
    print("ready", flush=True)
    end = time.monotonic() + job["seconds"]
    whole = job["viewers"] * job["events"]
    while time.monotonic() < end and sum(map(len, seen.values())) < whole:
        await asyncio.sleep(0.2)
    lost = sum(transport.is_closing() for transport, _viewer in viewers)
    for transport, _viewer in viewers:
        transport.abort()
    assert not lost, f"{lost} streams ended"
    return {"seen": seen, "reloads": Watcher.reloads}


if __name__ == "__main__":
    job = json.loads(sys.stdin.readline())
    outcome = uvloop.run({"ask": ask, "listen": listen, "watch": watch}[job["do"]](job))
    Path(sys.argv[1]).write_text(json.dumps(outcome))
