"""Check every outgoing connection at the socket against OUTBOUND_ALLOWED (SSRF protection).

No host name, spelling of an address, redirect or second DNS answer leads into private networks. Every caller takes its
client from here and sets a total time (`deadline.total_time`), without which a socket refuses to wait; with asyncio use
`asyncio.timeout`.
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
    """The address, or one its name resolves to, must not be called."""


class NotFound(OSError):
    """The host name does not resolve."""


@dataclass(frozen=True)
class AllowedTargets:
    """Networks that may be called beside the internet: all private ones, or these."""

    private: bool = False
    networks: tuple = ()

    @classmethod
    def of_networks(cls, networks: Iterable[str] = ()) -> "AllowedTargets":
        """Parse networks in CIDR notation; `private` means all private networks."""
        networks = tuple(networks)
        cidrs = (ipaddress.ip_network(network) for network in networks if network != "private")
        return cls("private" in networks, tuple(cidrs))

    def allows(self, address: str) -> bool:
        """Whether an IP address may be called. IPv6 that wraps IPv4 counts as the IPv4 address."""
        ip = unwrap_ipv4(ipaddress.ip_address(address.partition("%")[0]))
        if any(ip in network for network in self.networks if network.version == ip.version):
            return True
        if ip.version == 6:
            return (ip in UNICAST and ip.is_global) or (self.private and (ip.is_loopback or ip in UNIQUE_LOCAL))
        if ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_link_local:
            return False
        return ip.is_global or self.private

    def check(self, address: str) -> str:
        if not self.allows(address):
            raise NotAllowed(NOT_ALLOWED)
        return address


INTERNET = AllowedTargets()


def allowed_networks(purpose: str) -> tuple[str, ...]:
    """Return the networks of OUTBOUND_ALLOWED for this purpose, in CIDR or `private`."""
    return settings.OUTBOUND_ALLOWED.get(purpose, ())


def allowed_targets(purpose: str) -> AllowedTargets:
    return AllowedTargets.of_networks(allowed_networks(purpose))


def allows_plain_http(purpose: str) -> bool:
    """Whether calls for this purpose may use plain HTTP: only if they may reach private networks."""
    return bool(allowed_networks(purpose))


def unwrap_ipv4(ip):
    """Return the IPv4 address inside a mapped, compatible, NAT64, 6to4 or Teredo IPv6 address, else the same."""
    if ip.version == 4 or ip.is_loopback or ip.is_unspecified:
        return ip
    if ip in NAT64 or ip in COMPATIBLE:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1]) or ip


def addresses_of(host: str, wait_s: float = RESOLVE_S) -> list[str]:
    """Resolve a host name, IPv4 first: some gateways have no IPv6. Raises NotFound."""
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
    """Resolve a host name, all of whose addresses must be allowed. Raises NotAllowed, NotFound."""
    addresses = addresses_of(host, wait_s)
    if not all(map(reach.allows, addresses)):
        raise NotAllowed(f"{host} is a private address.")
    return addresses


def connect(host: str, port: int, *, reach: AllowedTargets = INTERNET, timeout: float | None = None) -> socket.socket:
    """Connect to the first reachable address of a host; `timeout` is that of one wait.

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
    """Return an unconnected socket that can connect only to this address. Raises NotAllowed."""
    reach.check(address)
    return TimedSocket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)


@cache
def tls_context() -> ssl.SSLContext:
    """Return the shared TLS context; loading the CA certificates takes longer than a request."""
    return timed_context(ssl.create_default_context())


# ---- httpx ----


class TimedStream(httpcore.NetworkStream):
    """httpcore network stream over a socket with a deadline."""

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
    def __init__(self, reach):
        self.reach = reach

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        with raising_as_httpcore(httpcore.ConnectTimeout, httpcore.ConnectError):
            return TimedStream(connect(host, port, reach=self.reach, timeout=timeout))


class CheckedTransport(httpx.HTTPTransport):
    """httpx transport with checked connections."""

    def __init__(self, reach):
        super().__init__(verify=tls_context(), trust_env=False)
        self._pool = httpcore.ConnectionPool(ssl_context=tls_context(), network_backend=CheckedBackend(reach))


def http_client(reach: AllowedTargets = INTERNET, **more: Any) -> httpx.Client:
    """Return an httpx client without redirects and proxies. `more`: arguments of httpx.

    Its `timeout` is that of one wait; call it inside `deadline.total_time`.

    A forbidden address raises NotAllowed; an unknown host raises httpx's ConnectError.
    """
    return httpx.Client(transport=CheckedTransport(reach), follow_redirects=False, trust_env=False, **more)


# ---- asyncio ----


def aiohttp_session(reach: AllowedTargets, **more: Any) -> aiohttp.ClientSession:
    """Return an aiohttp session without cookies and proxies; a forbidden address raises PermissionError."""

    def create_checked_socket(info):
        family, kind, protocol, _name, address = info
        reach.check(address[0])
        return socket.socket(family, kind, protocol)

    connector = aiohttp.TCPConnector(limit=0, socket_factory=create_checked_socket, ttl_dns_cache=60)
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False, **more)


async def resolve_allowed_async(host: str, port: int, reach: AllowedTargets, *, timeout: float | None) -> str:
    """Resolve a host to its first address, if all are allowed. Raises NotAllowed, NotFound."""
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
    return await asyncio.open_connection(reach.check(address), port, **more)


# ---- botocore ----


def aws_session(key: str, secret: str) -> Any:
    """Return a boto3 session for one thread; service definitions are loaded once per process."""
    import boto3  # noqa: PLC0415 - installed only where there is a bucket
    import botocore.session  # noqa: PLC0415

    session = botocore.session.get_session()
    session.register_component("data_loader", service_loader())
    return boto3.Session(key, secret, botocore_session=session)


@cache
def service_loader():
    from botocore import loaders  # noqa: PLC0415

    return loaders.create_loader()


def bucket_session(reach: AllowedTargets, **more: Any) -> Any:
    """Return botocore's HTTP session with checked connections. `more`: its own arguments."""
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
