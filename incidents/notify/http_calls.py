"""Call other servers over HTTP with limits of time and size.

`outbound` decides at the socket whom a call may reach.
"""

from dataclasses import dataclass
from typing import Any

import httpx

from geoapp import deadline, outbound
from geoapp.http.text_validation import read_json
from incidents.notify.transport import Refused

MAX_ANSWER_BYTES = 1_000_000  # bytes of an answer


class NoAnswer(Exception):
    """The request was, or may have been, sent, and no usable answer came in time."""


@dataclass(frozen=True)
class HttpAnswer:
    status: int
    body: bytes
    headers: httpx.Headers

    def json(self) -> dict:
        """Return the body as a JSON object. Raises NoAnswer."""
        try:
            content = read_json(self.body)
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise NoAnswer(f"HTTP {self.status}, no JSON")
        return content


def call_url(
    method: str,
    url: str,
    *,
    purpose: str = "",
    timeout: float = 10.0,
    max_bytes: int = MAX_ANSWER_BYTES,
    **more: Any,
) -> HttpAnswer:
    """Send a request and return the answer, whatever its status.

    `timeout`: seconds for all of it, from the name to the last byte; `max_bytes`: of the answer; `purpose`: the row of
    OUTBOUND_ALLOWED whose networks may be called besides the internet; `more`: as httpx takes it.

    Raises Refused if nothing was sent (no such host, not allowed, no connection), NoAnswer if it was.
    """
    body = bytearray()
    try:
        url = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise Refused("address", error) from error
    if url.scheme not in ("http", "https") or not url.host:
        raise Refused("address", f"{url} is no web address.")
    try:
        with (
            deadline.total_time(timeout),
            outbound.http_client(outbound.allowed_targets(purpose), timeout=timeout) as http,
            http.stream(method, url, **more) as answer,
        ):
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > max_bytes:
                    raise NoAnswer("The answer is too long.")
    except outbound.NotAllowed as error:
        raise Refused("address", error) from error
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise Refused("connection", error, retry=True) from error
    except httpx.HTTPError as error:
        raise NoAnswer(f"{type(error).__name__} {error}".strip()) from error
    return HttpAnswer(answer.status_code, bytes(body), answer.headers)


def url_origin(url: str) -> str:
    """Return scheme, host and port of a URL. Raises ValueError without them."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ValueError(str(error)) from error
    if not parts.host or parts.userinfo:
        raise ValueError(url)
    return f"{parts.scheme}://{parts.netloc.decode()}"
