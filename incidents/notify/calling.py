"""Asking somebody's server over HTTP: guarded, with a limit of time and of size.

The address is looked up once, judged, and called as it was judged: no name leads into the own network, whatever its
server says the second time.
"""

import ipaddress
import json
import ssl
import time
from dataclasses import dataclass
from functools import cache

import httpx

from gis_data import download
from incidents.notify.transport import Refused

BIGGEST = 1_000_000  # bytes of an answer


class NoAnswer(Exception):
    """It was asked, or may have been, and did not answer in time, or not in words."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: httpx.Headers

    def json(self):
        """What it says, a dict. Raises NoAnswer."""
        try:
            said = json.loads(self.body)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise NoAnswer(f"HTTP {self.status}, no JSON")
        return said


def call(method, url, *, private=False, timeout=10.0, biggest=BIGGEST, **more) -> Answer:
    """Ask, and give the answer, whatever its status. `timeout`: seconds for all of it; `biggest`: bytes of
    the answer. `more`: as httpx takes it.

    Raises Refused where nothing was sent (no such host, not allowed, no connection), NoAnswer where it was.
    """
    end, body = time.monotonic() + timeout, bytearray()
    url = httpx.URL(url)
    headers = {"Host": url.netloc.decode(), **more.pop("headers", {})}
    named = {"sni_hostname": url.host}
    try:
        with (
            httpx.Client(timeout=timeout, trust_env=False, verify=certificates()) as http,
            http.stream(
                method, url.copy_with(host=checked(url, private)), headers=headers, extensions=named, **more
            ) as answer,
        ):
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > biggest or time.monotonic() > end:
                    raise NoAnswer("The answer is too long.")
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise Refused("connection", error, again=True) from error
    except httpx.HTTPError as error:
        raise NoAnswer(f"{type(error).__name__} {error}".strip()) from error
    return Answer(answer.status_code, bytes(body), answer.headers)


def origin(url):
    """Scheme, host and port of an address. Raises ValueError where it has none."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ValueError(str(error)) from error
    if not parts.host or parts.userinfo:
        raise ValueError(url)
    return f"{parts.scheme}://{parts.netloc.decode()}"


def checked(url, private=False):
    """An address of the URL's host that may be called. Raises Refused."""
    if url.scheme not in ("http", "https") or not url.host:
        raise Refused("address", f"{url} is no web address.")
    return checked_host(url.host, private)


def checked_host(host, private=False):
    try:
        found = [address[0].partition("%")[0] for *_, address in download.resolved(host)]
    except download.NotFetched as error:
        raise Refused("address", error, again=True) from error
    if not private and not all(ipaddress.ip_address(one).is_global for one in found):
        raise Refused("address", f"{host} is a private address.")
    return sorted(found, key=lambda one: ":" in one)[0]  # IPv4 first: some gateways know no other


@cache
def certificates():
    """Whom to believe on HTTPS; reading them takes longer than asking."""
    return ssl.create_default_context()
