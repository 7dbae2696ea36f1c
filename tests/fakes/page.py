"""Fake page that reads an event stream at a chosen speed, and disconnects."""

import asyncio
import re

from django.conf import settings

MESSAGE = re.compile(r"(?:id: (?P<id>\d+)\n)?(?:event: (?P<event>\w+)\n)?(?:data|retry): (?P<data>.*)\n\n")


class Page:
    """A page's request to an ASGI application, and the response as it arrives."""

    def __init__(self, application, query="", *, address="203.0.113.7", method="GET", path="/live/", **headers):
        sent = {"host": settings.ALLOWED_HOSTS[0]} | {name.replace("_", "-"): text for name, text in headers.items()}
        self.scope = {
            "type": "http", "method": method, "path": path, "query_string": query.encode(), "client": [address, 40_000],
            "headers": [(name.encode(), text.encode()) for name, text in sent.items()],
        }  # fmt: skip
        self.head, self.chunks, self.read = {}, [], 0
        self.arrived, self.taking, self.gone = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.taking.set()
        self.requests = iter([{"type": "http.request", "body": b"", "more_body": False}])
        self.answering = asyncio.create_task(application(self.scope, self.receive, self.send))
        self.answering.add_done_callback(lambda _task: self.arrived.set())

    async def receive(self):
        for request in self.requests:
            return request
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        await self.taking.wait()
        if message["type"] == "http.response.start":
            self.head = message
        else:
            self.chunks.append(message["body"])
        self.arrived.set()

    async def chunk(self):
        """Return the next bytes; b"" at the end of the response."""
        while len(self.chunks) == self.read:
            if self.answering.done():
                self.answering.result()
                return b""
            self.arrived.clear()
            await self.arrived.wait()
        self.read += 1
        return self.chunks[self.read - 1]

    async def messages(self, count):
        """Return the next messages except the stream's first line and beats, as (kind, number)."""
        messages = []
        while len(messages) < count and (chunk := await self.chunk()):
            messages += [message for message in read_messages(chunk) if message[0] != "beat"]
        return messages

    async def whole(self):
        """Return the whole response after its end."""
        await self.answering
        return b"".join(self.chunks)

    async def leave(self):
        """Disconnect, as a closed tab does."""
        self.gone.set()
        self.taking.set()
        await self.answering

    @property
    def status(self):
        return self.head["status"]

    @property
    def headers(self):
        return {name.decode().lower(): text.decode() for name, text in self.head["headers"]}


def read_messages(text):
    """Return the complete messages in these bytes as (kind, number); news have the kind "news"."""
    matches = MESSAGE.finditer(text.decode(errors="ignore"))
    return [(match["event"] or "news", int(match["id"])) for match in matches if match["id"]]
