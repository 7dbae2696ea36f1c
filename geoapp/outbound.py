"""Every call that leaves this server is judged here: at the socket, by the very address that is called.

So no name, no spelling of an address, no redirect and no second answer of a name server leads into the own network.
Whatever calls out takes its client from here, whichever library it speaks through, and says in how many seconds all of
the call is over (`deadline.total_time`): without that a socket refuses to wait. With asyncio it is `asyncio.timeout`.
"""

import asyncio
import ipaddress
import select
import socket
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from queue import Empty, Queue
from threading import Thread
from typing import Any

import aiohttp
import httpcore
import httpx
from django.conf import settings
from urllib3.connection import HTTPConnection
from urllib3.exceptions import NewConnectionError

from geoapp.deadline import TimedSocket, connect_timed, time_left, timed_context

RESOLVE_S = 3  # offline, the system's own resolver may think for half a minute: it is not waited for
NAT64, COMPATIBLE = ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("::/96")
UNICAST, UNIQUE_LOCAL = ipaddress.ip_network("2000::/3"), ipaddress.ip_network("fc00::/7")
NOT_ALLOWED = "nobody may be called at this address"


class NotAllowed(PermissionError):
    """The address, or the one that a name leads to, is not one that may be called."""


class NotFound(OSError):
    """A name has no address, or none can be found out now."""


@dataclass(frozen=True)
class AllowedTargets:
    """Whom one may call besides the internet: everybody in private networks, or in these networks only."""

    private: bool = False
    networks: tuple = ()

    @classmethod
    def of_networks(cls, networks: Iterable[str] = ()) -> "AllowedTargets":
        """Into these networks, given in CIDR; `private` is all private networks."""
        networks = tuple(networks)
        cidrs = (ipaddress.ip_network(network) for network in networks if network != "private")
        return cls("private" in networks, tuple(cidrs))

    def allows(self, address: str) -> bool:
        """Whether this IP address may be called. An IPv6 address that only wraps an IPv4 one counts as that one."""
        ip = unwrap_ipv4(ipaddress.ip_address(address.partition("%")[0]))
        if any(ip in network for network in self.networks if network.version == ip.version):
            return True
        if ip.version == 6:
            return (ip in UNICAST and ip.is_global) or (self.private and (ip.is_loopback or ip in UNIQUE_LOCAL))
        if ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_link_local:
            return False
        return ip.is_global or self.private

    def check(self, address: str) -> str:
        """The address, if it may be called. Raises NotAllowed."""
        if not self.allows(address):
            raise NotAllowed(NOT_ALLOWED)
        return address


INTERNET = AllowedTargets()


def allowed_networks(purpose: str) -> tuple[str, ...]:
    """The row of OUTBOUND_ALLOWED for this purpose: networks in CIDR, or `private`."""
    return settings.OUTBOUND_ALLOWED.get(purpose, ())


def allowed_targets(purpose: str) -> AllowedTargets:
    """Whom calls for this purpose may reach."""
    return AllowedTargets.of_networks(allowed_networks(purpose))


def allows_plain_http(purpose: str) -> bool:
    """Whether calls for this purpose may go without TLS: where they may lead into the own network."""
    return bool(allowed_networks(purpose))


def unwrap_ipv4(ip):
    """The IPv4 address that an IPv6 address only wraps (mapped, compatible, NAT64, 6to4, Teredo), else the same."""
    if ip.version == 4 or ip.is_loopback or ip.is_unspecified:
        return ip
    if ip in NAT64 or ip in COMPATIBLE:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1]) or ip


def addresses_of(host: str, wait_s: float = RESOLVE_S) -> list[str]:
    """The addresses of a name, IPv4 first: some gateways know no other. Raises NotFound."""
    answer = Queue()

    def ask():
        try:
            answer.put(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answer.put(error)

    Thread(target=ask, daemon=True).start()
    try:
        answers = answer.get(timeout=wait_s)
    except Empty:
        raise NotFound(f"{host}: its address cannot be found out") from None
    if isinstance(answers, Exception):
        raise NotFound(f"{host}: {getattr(answers, 'strerror', None) or answers}") from answers
    return sorted({address[0] for *_, address in answers}, key=lambda ip: ":" in ip)


def resolve_allowed(host: str, reach: AllowedTargets = INTERNET, *, wait_s: float = RESOLVE_S) -> list[str]:
    """The addresses of a name, all of which may be called. Raises NotAllowed, NotFound."""
    addresses = addresses_of(host, wait_s)
    if not all(map(reach.allows, addresses)):
        raise NotAllowed(f"{host} is a private address.")
    return addresses


def connect(host: str, port: int, *, reach: AllowedTargets = INTERNET, timeout: float | None = None) -> socket.socket:
    """A connection to the first of a name's addresses that takes it; `timeout` is that of one wait.

    Raises NotAllowed, OSError as sockets do, DeadlinePassed where the time of the call is over.
    """
    trouble: OSError | None = None
    for address in resolve_allowed(host, reach, wait_s=time_left(RESOLVE_S)):
        try:
            return connect_timed(address, port, timeout)
        except OSError as error:
            trouble = trouble or error
    raise trouble or NotFound(host)


def socket_for(address: str, *, reach: AllowedTargets = INTERNET) -> socket.socket:
    """A socket, not connected yet, for one who connects by itself: only to this address. Raises NotAllowed."""
    reach.check(address)
    return TimedSocket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)


@cache
def tls_context() -> ssl.SSLContext:
    """Whom to believe on HTTPS; reading them takes longer than asking."""
    return timed_context(ssl.create_default_context())


# ---- httpx ----


class TimedStream(httpcore.NetworkStream):
    """httpcore's way to speak over a socket that keeps to the deadline of its call."""

    def __init__(self, connected: socket.socket) -> None:
        self.connected = connected

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with raising_as_httpcore(httpcore.ReadTimeout, httpcore.ReadError):
            self.connected.settimeout(timeout)
            return self.connected.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with raising_as_httpcore(httpcore.WriteTimeout, httpcore.WriteError):
            self.connected.settimeout(timeout)
            self.connected.sendall(buffer)

    def close(self) -> None:
        self.connected.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        with raising_as_httpcore(httpcore.ConnectTimeout, httpcore.ConnectError):
            try:
                self.connected.settimeout(timeout)
                return TimedStream(ssl_context.wrap_socket(self.connected, server_hostname=server_hostname))
            except BaseException:
                self.close()
                raise

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # an idle connection is: its server has closed it
            return bool(select.select([self.connected], [], [], 0)[0])
        if info == "ssl_object" and isinstance(self.connected, ssl.SSLSocket):
            return getattr(self.connected, "_sslobj", None)
        return None


@contextmanager
def raising_as_httpcore(timeout: type[Exception], other: type[Exception]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise timeout(str(error)) from error
    except OSError as error:
        if isinstance(error, NotAllowed):
            raise
        raise other(str(error)) from error


class CheckedBackend(httpcore.SyncBackend):
    """Connects for httpx."""

    def __init__(self, reach):
        self.reach = reach

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        with raising_as_httpcore(httpcore.ConnectTimeout, httpcore.ConnectError):
            return TimedStream(connect(host, port, reach=self.reach, timeout=timeout))


class CheckedTransport(httpx.HTTPTransport):
    """httpx's own, whose connections are judged."""

    def __init__(self, reach):
        super().__init__(verify=tls_context(), trust_env=False)
        self._pool = httpcore.ConnectionPool(ssl_context=tls_context(), network_backend=CheckedBackend(reach))


def http_client(reach: AllowedTargets = INTERNET, **more: Any) -> httpx.Client:
    """A client that follows no redirect and knows no proxy. `more`: as httpx takes it.

    Its `timeout` is that of one wait; what asks it does so inside `deadline.total_time`.

    What is not allowed raises NotAllowed; a name without an address is httpx's ConnectError.
    """
    return httpx.Client(transport=CheckedTransport(reach), follow_redirects=False, trust_env=False, **more)


# ---- asyncio ----


def aiohttp_session(reach: AllowedTargets, **more: Any) -> aiohttp.ClientSession:
    """aiohttp's session, without cookies and proxies; what is not allowed is a PermissionError of the connection."""

    def create_checked_socket(info):
        family, kind, protocol, _name, address = info
        reach.check(address[0])
        return socket.socket(family, kind, protocol)

    connector = aiohttp.TCPConnector(limit=0, socket_factory=create_checked_socket, ttl_dns_cache=60)
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False, **more)


async def resolve_allowed_async(host: str, port: int, reach: AllowedTargets, *, timeout: float | None) -> str:
    """The first address of a name that may be called. Raises NotAllowed, NotFound."""
    try:
        async with asyncio.timeout(timeout):
            addresses = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError) as error:
        raise NotFound(host) from error
    for *_rest, (address, *_more) in addresses:
        if reach.allows(str(address)):
            return str(address)
    raise NotAllowed(NOT_ALLOWED)


async def open_stream(
    address: str, port: int, reach: AllowedTargets, **more: Any
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Reader and writer of a connection to this address. Raises NotAllowed, and OSError as asyncio does."""
    return await asyncio.open_connection(reach.check(address), port, **more)


# ---- botocore ----


def aws_session(key: str, secret: str) -> Any:
    """A session of boto3, for one thread: no two may share one. How S3 is spoken with is read for the first only."""
    import boto3  # noqa: PLC0415 - installed only where there is a bucket
    import botocore.session  # noqa: PLC0415

    session = botocore.session.get_session()
    session.register_component("data_loader", service_loader())
    return boto3.Session(key, secret, botocore_session=session)


@cache
def service_loader():
    """Reads how services are spoken with, and remembers it: a megabyte of JSON of S3."""
    from botocore import loaders  # noqa: PLC0415

    return loaders.create_loader()


def bucket_session(reach: AllowedTargets, **more: Any) -> Any:
    """The HTTP session through which botocore asks a bucket. `more`: as botocore's own takes it."""
    from botocore import awsrequest, httpsession  # noqa: PLC0415 - installed only where there is a bucket

    class Judged(HTTPConnection):
        def _new_conn(self):
            try:
                return connect(self._dns_host, self.port, reach=reach, timeout=self.timeout)
            except OSError as error:
                raise NewConnectionError(self, str(error)) from error

    class Plain(Judged, awsrequest.AWSHTTPConnection):
        pass

    class Secure(Judged, awsrequest.AWSHTTPSConnection):
        pass

    class PlainPool(awsrequest.AWSHTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(awsrequest.AWSHTTPSConnectionPool):
        ConnectionCls = Secure

    session = httpsession.URLLib3Session(proxies={}, **more)
    session._manager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
    timed_context(session._manager.connection_pool_kw["ssl_context"])
    return session
