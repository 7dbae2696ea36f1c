"""How much may be sent, and by whom: nothing of a body is stored before both are known.

Django stores the whole body of a request before anything of ours is asked. So an ASGI application around it looks at
the head first: a body that is larger than its address takes is refused, and one that only those may send who are
signed in, before the first of it is read. One without a length is counted as it comes. One that comes too slowly ends,
and all bodies of a process together have a limit: the disk they lie on has one, too. Strangers' photos are worked on in
turns, a few at once: those that have come meanwhile wait outside Django, where they cost pages nothing.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings

IDLE_S = 30  # so long nothing of a body may come
GRACE_S, BYTES_A_SECOND = 60, 25_000  # a body may take a minute, and what half of a slow mobile network needs for it
BYTES_AT_ONCE = 320_000_000  # of all bodies that a process is reading, and has not answered yet
AGAIN_S = 10
TURN_FROM = 30_000  # bytes: with fewer comes no photo that takes long
TURN_S = 8  # how long a body that has come waits for its turn
REASONS = {
    401: b"Sign in first.\n",
    408: b"It came too slowly.\n",
    413: b"It is larger than this address takes.\n",
    503: b"Much is being sent just now. Try again in some seconds.\n",
}
Application = Callable[..., Awaitable[None]]


def largest_body(path: str) -> tuple[int, bool]:
    """(the bytes that this address takes, whether only of people who are signed in), by `settings.BODY_LIMITS`."""
    for begin, most, staff in settings.BODY_LIMITS:
        if path.startswith(begin):
            return most, staff
    return settings.BODY_SMALL, False


class Refused(Exception):
    """The body is not read on: `status` is to be answered."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class BodyGate:
    """The ASGI application that lets a body through to another one as far as it may be sent.

    `is_signed_in` says of the key of a session whether it is somebody's.
    """

    def __init__(self, application: Application, is_signed_in: Callable[[str], bool]) -> None:
        self.application, self.is_signed_in = application, is_signed_in
        self.reading = 0  # bytes of bodies that are stored
        # As many as get a decoder in time: whoever has a turn keeps it until the answer.
        self.turns = asyncio.Semaphore(settings.PHOTO_DECODERS + settings.PHOTOS_WAITING)

    async def __call__(self, scope: dict, receive: Callable, send: Callable) -> None:
        if scope["type"] != "http":
            return await self.application(scope, receive, send)
        headers = dict(scope["headers"])
        length, most = declared_length(headers), settings.BODY_SMALL
        large = length is None or length > settings.BODY_SMALL
        staff = False
        if large:
            most, staff = largest_body(scope["path"])
            status = await self.refusal_of(headers, length, most, staff)
            if status:
                return await refuse(send, status)
        in_turn = not staff and (length is None or length > TURN_FROM)
        body = Body(receive, most, length, self.turns if in_turn else None)
        held = length or 0
        self.reading += held
        try:
            await self.application(scope, body.receive, body.note_answer(send))
        finally:
            self.reading -= held
            body.end_turn()
        if body.status and not body.answered:
            await refuse(send, body.status)

    async def refusal_of(self, headers, length, most, staff):
        """The status that is answered at once to a large body; None: it may come."""
        if length is not None and length > most:
            return 413
        if self.reading + (length or 0) > BYTES_AT_ONCE:
            return 503
        if staff and not await sync_to_async(self.is_signed_in)(session_key(headers)):
            return 401
        return None


class Body:
    """A body on its way: it ends where it is larger than it may be, comes too slowly, or gets no turn in time."""

    def __init__(
        self, receive: Callable, most: int, length: int | None, turns: asyncio.Semaphore | None = None
    ) -> None:
        self.come, self.most = receive, most
        self.turns, self.has_turn = turns, False
        self.count, self.whole, self.status, self.answered = 0, False, 0, False
        self.until = time.monotonic() + GRACE_S + (most if length is None else length) / BYTES_A_SECOND

    async def receive(self) -> dict[str, Any]:
        """The next message. To the application it looks as if the sender had gone where the body is not read on."""
        if self.whole:  # who waits now waits for the sender to go
            return await self.come()
        try:
            async with asyncio.timeout(max(0.0, min(IDLE_S, self.until - time.monotonic()))):
                message = await self.come()
        except TimeoutError:
            self.status = 408
            return {"type": "http.disconnect"}
        self.count += len(message.get("body", b""))
        if self.count > self.most:
            self.status = 413
            return {"type": "http.disconnect"}
        self.whole = not message.get("more_body", False)
        if self.whole and not await self.take_turn():
            self.status = 503
            return {"type": "http.disconnect"}
        return message

    async def take_turn(self) -> bool:
        """Wait until the body may be worked on. Whether it may: always, for one that needs no turn."""
        if self.turns is None:
            return True
        try:
            async with asyncio.timeout(TURN_S):
                self.has_turn = await self.turns.acquire()
        except TimeoutError:
            return False
        return True

    def end_turn(self) -> None:
        if self.turns is not None and self.has_turn:
            self.turns.release()
            self.has_turn = False

    def note_answer(self, send: Callable) -> Callable:
        async def send_and_note(message):
            self.answered = True
            await send(message)

        return send_and_note


def declared_length(headers: dict[bytes, bytes]) -> int | None:
    """The length that the head names, 0 where there is no body, None where it is not known before."""
    if b"content-length" in headers:
        text = headers[b"content-length"].decode("latin-1").strip()
        return int(text) if text.isascii() and text.isdigit() else None
    return None if b"transfer-encoding" in headers else 0


def session_key(headers: dict[bytes, bytes]) -> str:
    """The key of the session that the cookies name; "" for none."""
    try:
        cookies: SimpleCookie = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        return ""
    found = cookies.get(settings.SESSION_COOKIE_NAME)
    return found.value if found else ""


async def refuse(send, status):
    body = REASONS[status]
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    if status == 503:
        headers.append((b"retry-after", str(AGAIN_S).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def believe_nearest_proxy(application: Application) -> Application:
    """An application that sees of `X-Forwarded-For` only what the nearest proxy wrote: for TRUSTED_PROXIES `*`.

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
