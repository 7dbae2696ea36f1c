"""Limit the size, speed and number of request bodies by sender before anything of them is stored.

Django stores the whole body of a request before anything of ours is asked. So an ASGI application around it looks at
the head first: a body that is larger than its address takes is refused, and one that only those may send who are
signed in, before the first of it is read. What counts is what has come, not what a head promises: each network, all
strangers and all together may have so much of it stored (the disk it lies on has a limit, too), and what strangers send
leaves room for those who are signed in. A body that comes too slowly ends. Strangers' photos are worked on in turns, a
few at once: those that have come meanwhile wait outside Django, where they cost pages nothing.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any, NamedTuple

from asgiref.sync import sync_to_async
from django.conf import settings

from geoapp.http.rate_limits import network_of

IDLE_S = 30  # so long nothing of a body may come
STRETCH_S, LEAST_IN_STRETCH = 60, 120_000  # in each stretch of a body's time comes so much, or it ends
# A body may take a minute, and for what has come of it what half of a slow mobile network needs.
GRACE_S, BYTES_A_SECOND = 60, 25_000
# Of all bodies that have come to a process and are not answered yet: bytes of all; of strangers; of strangers' bodies
# that are large; of one of their networks. A report with all its photos has 80 MB.
BYTES_AT_ONCE = 320_000_000
OF_STRANGERS, OF_LARGE_ONES, OF_ONE_NETWORK = 240_000_000, 200_000_000, 100_000_000
AGAIN_S = 10
TURN_FROM = 30_000  # bytes: with fewer comes no photo that takes long
TURN_S = 8  # how long a body that has come waits for its turn
KEPT_TURNS = 2  # of the turns, that one network leaves to the others
REASONS = {
    401: b"Sign in first.\n",
    408: b"It came too slowly.\n",
    413: b"It is larger than this address takes.\n",
    503: b"Much is being sent just now. Try again in some seconds.\n",
}
Application = Callable[..., Awaitable[None]]


def largest_body(path: str) -> tuple[int, bool]:
    """Return (bytes allowed for this path, whether only for signed-in people), by `settings.BODY_LIMITS`."""
    for begin, most, staff in settings.BODY_LIMITS:
        if path.startswith(begin):
            return most, staff
    return settings.BODY_SMALL, False


class Sender(NamedTuple):
    """The sender of a body: network (`rate_limits.network_of`), and whether somebody is signed in."""

    network: str
    signed_in: bool = False


class StoredBodies:
    def __init__(self) -> None:
        self.of_all = self.of_strangers = 0
        self.of_network: Counter[str] = Counter()

    def has_room(self, sender: Sender, more: int, *, large: bool) -> bool:
        if self.of_all + more > BYTES_AT_ONCE:
            return False
        most = OF_LARGE_ONES if large else OF_STRANGERS
        return sender.signed_in or (
            self.of_strangers + more <= most and self.of_network[sender.network] + more <= OF_ONE_NETWORK
        )

    def add(self, sender: Sender, more: int) -> None:
        """Count received bytes; negative when they are no longer stored."""
        self.of_all += more
        if not sender.signed_in:
            self.of_strangers += more
            self.of_network[sender.network] += more
            if not self.of_network[sender.network]:
                del self.of_network[sender.network]


class Turns:
    """Limit how many anonymous bodies are worked on at once, in all and for one network."""

    def __init__(self, count: int) -> None:
        self.count, self.of_one = count, max(1, count - KEPT_TURNS)
        self.in_use: Counter[str] = Counter()
        self.change = asyncio.Condition()

    async def take(self, network: str) -> bool:
        """Wait for a turn. Returns whether one was free in time."""
        try:
            async with asyncio.timeout(TURN_S), self.change:
                await self.change.wait_for(lambda: self.is_free(network))
                self.in_use[network] += 1
        except TimeoutError:
            return False
        return True

    def is_free(self, network: str) -> bool:
        return self.in_use.total() < self.count and self.in_use[network] < self.of_one

    async def give_back(self, network: str) -> None:
        async with self.change:
            self.in_use[network] -= 1
            if not self.in_use[network]:
                del self.in_use[network]
            self.change.notify_all()


class BodyGate:
    """ASGI application that passes a body on to another one within its limits.

    `is_signed_in` says of the key of a session whether it is somebody's.
    """

    def __init__(self, application: Application, is_signed_in: Callable[[str], bool]) -> None:
        self.application, self.is_signed_in = application, is_signed_in
        self.stored = StoredBodies()
        # As many as get a decoder in time: a turn lasts until the response.
        self.turns = Turns(settings.PHOTO_DECODERS + settings.PHOTOS_WAITING)

    async def __call__(self, scope: dict, receive: Callable, send: Callable) -> None:
        if scope["type"] != "http":
            return await self.application(scope, receive, send)
        headers = dict(scope["headers"])
        length, most, staff = declared_length(headers), settings.BODY_SMALL, False
        sender = Sender(network_of((scope.get("client") or ("",))[0]))
        large = length is None or length > settings.BODY_SMALL
        if large:
            most, staff = largest_body(scope["path"])
            if length is not None and length > most:
                return await refuse(send, 413)
            sender = sender._replace(signed_in=await self.has_session(headers))
            if staff and not sender.signed_in:
                return await refuse(send, 401)
        if length != 0 and not self.stored.has_room(sender, 0, large=large):
            return await refuse(send, 503)
        in_turn = not staff and not sender.signed_in and (length is None or length > TURN_FROM)
        body = Body(receive, most, self.stored, sender, large=large, turns=self.turns if in_turn else None)
        try:
            await self.application(scope, body.receive, body.note_answer(send))
        finally:
            await body.end()
        if body.status and not body.answered:
            await refuse(send, body.status)

    async def has_session(self, headers: dict[bytes, bytes]) -> bool:
        key = session_key(headers)
        return bool(key) and await sync_to_async(self.is_signed_in)(key)


class Body:
    """A body being received: it ends when it is too large, too slow, or finds no room or turn."""

    def __init__(
        self,
        receive: Callable,
        most: int,
        stored: StoredBodies,
        sender: Sender,
        *,
        large: bool = True,
        turns: Turns | None = None,
    ) -> None:
        self.come, self.most, self.stored, self.sender, self.large = receive, most, stored, sender, large
        self.turns, self.has_turn = turns, False
        self.count, self.whole, self.status, self.answered = 0, False, 0, False
        self.began = time.monotonic()
        self.stretch_began, self.count_then = self.began, 0

    async def receive(self) -> dict[str, Any]:
        """Return the next message. When the body is cut, the application sees a disconnect."""
        if self.whole:  # who waits now waits for the sender to go
            return await self.come()
        if self.status:
            return {"type": "http.disconnect"}
        try:
            async with asyncio.timeout_at(asyncio.get_running_loop().time() + self.seconds_left(time.monotonic())):
                message = await self.come()
        except TimeoutError:
            return self.refuse(408)
        come = len(message.get("body", b""))
        if self.count + come > self.most:
            return self.refuse(413)
        if come and not self.stored.has_room(self.sender, come, large=self.large):
            return self.refuse(503)
        self.stored.add(self.sender, come)
        self.count += come
        self.whole = not message.get("more_body", False)
        if self.whole and self.turns is not None:
            self.has_turn = await self.turns.take(self.sender.network)
            if not self.has_turn:
                return self.refuse(503)
        return message

    def refuse(self, status: int) -> dict[str, Any]:
        self.status = status
        return {"type": "http.disconnect"}

    def seconds_left(self, at: float) -> float:
        if self.count - self.count_then >= LEAST_IN_STRETCH:
            self.stretch_began, self.count_then = at, self.count
        whole = self.began + GRACE_S + self.count / BYTES_A_SECOND
        return max(0.0, min(at + IDLE_S, self.stretch_began + STRETCH_S, whole) - at)

    async def end(self) -> None:
        self.stored.add(self.sender, -self.count)
        if self.turns is not None and self.has_turn:
            self.has_turn = False
            await self.turns.give_back(self.sender.network)

    def note_answer(self, send: Callable) -> Callable:
        async def send_and_note(message):
            self.answered = True
            await send(message)

        return send_and_note


def declared_length(headers: dict[bytes, bytes]) -> int | None:
    """Return Content-Length, 0 without a body, None where the length is unknown."""
    if b"content-length" in headers:
        text = headers[b"content-length"].decode("latin-1").strip()
        return int(text) if text.isascii() and text.isdigit() else None
    return None if b"transfer-encoding" in headers else 0


def session_key(headers: dict[bytes, bytes]) -> str:
    try:
        cookies: SimpleCookie = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        return ""
    cookie = cookies.get(settings.SESSION_COOKIE_NAME)
    return cookie.value if cookie else ""


async def refuse(send, status):
    body = REASONS[status]
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    if status == 503:
        headers.append((b"retry-after", str(AGAIN_S).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def believe_nearest_proxy(application: Application) -> Application:
    """Wrap an application so that it sees only the last entry of `X-Forwarded-For`: for TRUSTED_PROXIES `*`.

    What stands before that in the header came from outside, and anybody can write there what they like.
    """

    async def answer(scope, receive, send):
        if scope["type"] == "http":
            headers = [
                (name, value.rpartition(b",")[2].strip()) if name == b"x-forwarded-for" else (name, value)
                for name, value in scope["headers"]
            ]
            scope = scope | {"headers": headers}
        await application(scope, receive, send)

    return answer
