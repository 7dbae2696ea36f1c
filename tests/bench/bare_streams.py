"""The cheapest possible event stream, as a lower bound: forwards a database channel to all connections.

An ASGI application without Django, rights, history or headers, for `granian --interface asginl`; DATABASE_URL and
CHANNEL say what it listens to.
"""

import asyncio
import json
import os

import psycopg

waiting = {}
listening = []


async def listen():
    address = os.environ["DATABASE_URL"].replace("postgis://", "postgresql://")
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        await connection.execute(f"LISTEN {os.environ['CHANNEL']}")
        async for notice in connection.notifies():
            number = json.loads(notice.payload)["id"]
            line = f"id: {number}\ndata: {notice.payload}\n\n".encode()
            for queue in waiting.values():
                queue.put_nowait(line)


async def application(scope, receive, send):
    if not listening:
        listening.append(asyncio.create_task(listen()))
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"retry: 2000\n\n", "more_body": True})
    queue = waiting[id(scope)] = asyncio.Queue()
    await receive()
    disconnected = asyncio.ensure_future(receive())
    disconnected.add_done_callback(lambda _gone: queue.put_nowait(None))
    while (line := await queue.get()) is not None:
        await send({"type": "http.response.body", "body": line, "more_body": True})
    del waiting[id(scope)]
