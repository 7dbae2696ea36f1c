"""Fetch one picture from one camera over HTTP, within limits of time and size.

Only allowed addresses are called, redirects included; each way to fail has an exception of its own.
"""

import asyncio
import ipaddress
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import aiohttp
import yarl
from aiohttp.connector import Connection
from aiohttp.helpers import encode_basic_auth

from cameras import analysis
from geoapp import outbound

MAX_BYTES = 2_000_000
REDIRECTS = 2
TOTAL_S = 8
TIMES = aiohttp.ClientTimeout(total=None, sock_connect=3, sock_read=4)  # the whole is timed by `capture_picture`
HEADERS = {"User-Agent": "geoapp-cameras/1", "Accept": "image/jpeg, image/png", "Accept-Encoding": "identity"}
MOVED, REFUSES = {301, 302, 303, 307, 308}, {401, 403}


class CaptureFailed(Exception):
    """No picture came."""

    def __str__(self):
        detail = super().__str__()
        return f"{self.__doc__} {detail}".strip()


class Silent(CaptureFailed):
    """The camera took the call and says nothing."""


class TooSlow(CaptureFailed):
    """The picture was not complete in time."""


class Unreachable(CaptureFailed):
    """Nobody answers at the camera's address."""


class Forbidden(CaptureFailed):
    """The address, or one that it leads to, is not one where a camera may be."""


class BadAnswer(CaptureFailed):
    """The camera's server answers, but not with a picture."""

    def __init__(self, *arguments: object, status: int = 0) -> None:
        super().__init__(*arguments)
        self.status = status


class Refused(CaptureFailed):
    """The camera's server does not let us in."""

    def __init__(self, *arguments: object, status: int = 0) -> None:
        super().__init__(*arguments)
        self.status = status


class BrokenOff(CaptureFailed):
    """The answer broke off in the middle."""


class TooLarge(CaptureFailed):
    """The answer is larger than any picture should be."""


class WebPage(CaptureFailed):
    """The answer is a web page."""


class NotAPicture(CaptureFailed):
    """The answer is neither JPEG nor PNG."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The bytes as received, what they begin like ("jpg" or "png"), and when their last byte came."""

    data: bytes
    kind: str
    taken_at: datetime
    received: dict = field(default_factory=dict)  # what the server said of it, and the address that was called


class Known(NamedTuple):
    """Validators of the last picture (ETag, Last-Modified), by which the server can answer 304."""

    etag: str = ""
    modified: str = ""

    def headers(self) -> dict[str, str]:
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The server answered 304: the known picture is still the newest."""

    taken_at: datetime


class Credentials:
    """A camera's name and password, sent only to a server that asks for them, by its authentication scheme."""

    def __init__(self, user: str, password: str) -> None:
        self.user, self.password = user, password
        self.basic, self.digest = (
            encode_basic_auth(user, password, "utf-8"),
            aiohttp.DigestAuthMiddleware(user, password),
        )
        self.asks_basic = False

    @classmethod
    def parse(cls, text: str) -> "Credentials | None":
        user, _colon, password = text.partition(":")
        return cls(user, password) if text else None

    async def __call__(self, request, handler):
        if not self.asks_basic:
            answer = await self.digest(request, handler)
            if answer.status != 401 or not answer.headers.get("WWW-Authenticate", "").lower().startswith("basic"):
                return answer
            answer.release()
            self.asks_basic = True
        request.headers["Authorization"] = self.basic
        return await handler(request)


class Answer(aiohttp.ClientResponse):
    """A response that still has its address when its connection has been released."""

    called = ""

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        peer = connection.transport and connection.transport.get_extra_info("peername")
        self.called = str(peer[0]) if peer else ""
        return await super().start(connection)


def is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def open_session(networks: Iterable[str] = ()) -> aiohttp.ClientSession:
    """Return a session for `capture_picture`, to be closed by the caller. `networks`: private networks with cameras
    (CIDR).

    The guard sits at the socket and judges the address about to be called, so no notation, name or redirect gets around
    it.
    """
    return outbound.aiohttp_session(
        outbound.AllowedTargets.of_networks(networks),
        response_class=Answer,
        timeout=TIMES,
        headers=HEADERS,
        auto_decompress=False,
    )


async def capture_picture(
    client: aiohttp.ClientSession, url: str, credentials: Credentials | None = None, known: Known | None = None
) -> Picture | Unchanged:
    """Fetch one picture; return Unchanged only if the server was sent what is `known`.

    At most 8 s and 2 MB; raises one of the failures above and nothing else.
    """
    return await get_within_limits(client, url, read_picture, credentials, known.headers() if known else None)


async def get_within_limits(
    client: aiohttp.ClientSession,
    url: str,
    reading: Callable,
    credentials: Credentials | None = None,
    headers: dict[str, str] | None = None,
) -> Any:
    """Return the result of `reading(answer)` for the answer to a GET, within the limits of `capture_picture`."""
    try:
        async with asyncio.timeout(TOTAL_S):
            return await get_with_redirects(client, url, reading, credentials, headers)
    except TimeoutError as e:
        raise TooSlow from e


async def get_with_redirects(
    client: aiohttp.ClientSession,
    url: str,
    reading: Callable,
    credentials: Credentials | None,
    headers: dict[str, str] | None,
) -> Any:
    answered = False
    shown: dict[str, Any] = {"middlewares": (credentials,)} if credentials else {}
    try:
        address = start = yarl.URL(url)
        for _ in range(REDIRECTS + 1):
            if address.scheme not in ("http", "https") or origin_of(address) != origin_of(start):
                raise Forbidden(str(address.with_user(None) if address.user else address))
            async with client.get(address, allow_redirects=False, headers=headers, **shown) as answer:
                answered = True
                if answer.status == 200:
                    return await reading(answer)
                if answer.status == 304 and headers:
                    return Unchanged(datetime.now(UTC))
                if answer.status in REFUSES:
                    raise Refused(str(answer.status), status=answer.status)
                if answer.status not in MOVED:
                    raise BadAnswer(str(answer.status), status=answer.status)
                address = address.join(yarl.URL(answer.headers.get("Location", "")))
        raise BadAnswer("It redirects without end.")
    except aiohttp.ConnectionTimeoutError as e:
        raise Unreachable from e
    except aiohttp.SocketTimeoutError as e:
        raise (TooSlow if answered else Silent) from e
    except aiohttp.ClientConnectorError as e:
        # Only its text surely gets through the layers between, which merge what several addresses of a name raised.
        raise Forbidden if outbound.NOT_ALLOWED in str(e.os_error) else Unreachable from e
    except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as e:
        raise BrokenOff if answered else Unreachable from e
    except ValueError as e:  # aiohttp's InvalidURL is one
        raise Forbidden from e
    except aiohttp.ClientError as e:
        raise BadAnswer(type(e).__name__) from e


def origin_of(url):
    return url.scheme, url.host, url.port


async def read_picture(answer: aiohttp.ClientResponse) -> Picture:
    if (answer.content_length or 0) > MAX_BYTES:
        raise TooLarge
    received = response_facts(answer)
    data, kind = bytearray(), None
    async for piece in answer.content.iter_any():
        data += piece
        if len(data) > MAX_BYTES:
            raise TooLarge
        if kind is None and len(data) >= 8:
            kind = require_kind(data)
    return Picture(bytes(data), kind or require_kind(data), datetime.now(UTC), received)


def response_facts(answer: aiohttp.ClientResponse) -> dict:
    arguments = {
        "etag": answer.headers.get("ETag", "")[:200],
        "modified": answer.headers.get("Last-Modified", "")[:60],
        "address": getattr(answer, "called", ""),
    }
    return {"status": answer.status} | {name: value for name, value in arguments.items() if value}


def require_kind(data: bytes | bytearray) -> str:
    kind = analysis.kind_of(bytes(data[:8]))
    if kind is None:
        raise WebPage if data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") else NotAPicture
    return kind
