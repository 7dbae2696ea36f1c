"""Limit the total time of an outgoing call: connection, TLS, head and body together.

A socket's timeout restarts with each byte, so a server that sends one every few seconds holds its caller for ever.
Inside `total_time` every wait of a socket of `outbound` ends with the remaining total; outside it such a socket refuses
to wait, so no call without deadline is possible.
"""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any


class DeadlineMissing(RuntimeError):
    """A socket would wait outside `total_time`: a fault of the caller."""


class DeadlinePassed(TimeoutError):
    """The total time of the call is over."""


# The moment (of the monotonic clock) at which the call of this context must be over.
call_end: ContextVar[float | None] = ContextVar("call_end", default=None)


@contextmanager
def total_time(seconds: float) -> Iterator[None]:
    """Inside, every call over sockets of `outbound` ends within so many seconds in all.

    Inside another one the earlier end holds.
    """
    end, outer = time.monotonic() + seconds, call_end.get()
    token = call_end.set(end if outer is None else min(end, outer))
    try:
        yield
    finally:
        call_end.reset(token)


def time_left(at_most: float | None = None) -> float:
    """Return the seconds left of the call, at most `at_most`. Raises DeadlinePassed, DeadlineMissing."""
    end = call_end.get()
    if end is None:
        raise DeadlineMissing("outgoing calls are made inside deadline.total_time")
    left = end - time.monotonic()
    if left <= 0:
        raise DeadlinePassed("the time of the whole call is over")
    return left if at_most is None else min(left, at_most)


class Timed:
    """Set a socket's timeout before each wait to the rest of the call's time, or to its own if that is less.

    Each of the waits below is one call into C, which looks at the clock itself.
    """

    wait_s: float | None = None

    def settimeout(self, value: float | None) -> None:
        self.wait_s = value
        super().settimeout(value)  # type: ignore[misc]  # of the socket beside it

    def setblocking(self, flag: bool) -> None:
        self.settimeout(None if flag else 0.0)

    def limit_wait(self) -> None:
        super().settimeout(time_left(self.wait_s))  # type: ignore[misc]

    def connect(self, *arguments: Any) -> Any:
        self.limit_wait()
        return super().connect(*arguments)  # type: ignore[misc]

    def recv(self, *arguments: Any) -> Any:
        self.limit_wait()
        return super().recv(*arguments)  # type: ignore[misc]

    def recv_into(self, *arguments: Any) -> Any:
        self.limit_wait()
        return super().recv_into(*arguments)  # type: ignore[misc]

    def send(self, *arguments: Any) -> Any:
        self.limit_wait()
        return super().send(*arguments)  # type: ignore[misc]

    def sendall(self, *arguments: Any) -> Any:
        self.limit_wait()
        return super().sendall(*arguments)  # type: ignore[misc]


class TimedSocket(Timed, socket.socket):
    """A socket that keeps to the deadline of its call."""


class TimedTls(Timed, ssl.SSLSocket):
    def do_handshake(self, *arguments: Any) -> Any:
        self.limit_wait()
        return super().do_handshake(*arguments)


def timed_context(context: ssl.SSLContext) -> ssl.SSLContext:
    context.sslsocket_class = TimedTls
    return context


def connect_timed(address: str, port: int, wait_s: float | None = None) -> TimedSocket:
    """Connect to an IP address. Raises OSError, DeadlinePassed."""
    plain = TimedSocket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.settimeout(wait_s)
        plain.connect((address, port))
    except BaseException:
        plain.close()
        raise
    return plain
