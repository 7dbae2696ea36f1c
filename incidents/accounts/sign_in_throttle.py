"""Limit wrong passwords and the processor time spent on hashing them.

Wrong passwords take tokens of `geoapp.http.rate_limits`: by name (folded) and network together, whose last token locks
that pair; by network alone (an IPv6 /64 is one); and by name alone. So neither many names from one place nor one name
from many places can be guessed. A device on which a person has signed in before is not locked out by others' tries.
"""

import logging
import math
import threading
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from geoapp.http import rate_limits
from incidents.accounts.factors import Place
from incidents.models import User

log = logging.getLogger(__name__)
# The cookie of a device on which somebody signed in; a citizen's browser has a `known` of its own.
KNOWN, KNOWN_SALT, KNOWN_FOR = "known-device", "known", timedelta(days=90)
# For a turn at hashing; how many of a process may be at it or wait, fewer than strangers have connections.
WAIT_S, WAITING = 3.0, 3
SHARE = 0.5  # of one core of each process that strangers' passwords may take


class Busy(Exception):
    """Too many passwords are being checked: try again in some seconds."""


def fold_name(name: str) -> str:
    """Return a user name without differences that do not show: width, case, invisible letters, blanks."""
    typed = name.strip()[:150]  # as the form does: no name is longer
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", typed).casefold())
    return "".join(letter for letter in folded if unicodedata.category(letter) not in ("Cf", "Cc", "Zs"))[:150]


def seconds_to_wait(request: HttpRequest, name: str) -> int:
    """Return for how many seconds no password is checked after too many wrong ones from this network or for this name.

    A known device waits only while this name is locked from its network: strangers and others in the same office do not
    lock the person out.
    """
    waits = rate_limits.find_waits(lock_of(request, name), *asks_for(request, name))
    locked_s = waits.pop("sign-in:lock", 0.0)
    if waits and is_known_device(request, name):
        waits = {}
    return math.ceil(max([locked_s, *waits.values()]))


def count_wrong_password(request: HttpRequest, name: str) -> int:
    """Take the tokens for a wrong password. Returns for how many seconds it locks the name from this network."""
    pair, lock = pair_of(request, name), lock_of(request, name)
    rate_limits.take(pair, *asks_for(request, name))
    if not rate_limits.are_reached(pair):
        return 0
    rate_limits.take(lock)
    log.warning("Too many wrong passwords for one name from %s", rate_limits.network_of_request(request))
    return math.ceil(rate_limits.find_waits(lock).get(lock.name, 0.0))


def tries_left(request: HttpRequest, name: str) -> int:
    """Return how many wrong passwords are left before the name is locked from this network; 0 if nothing is counted."""
    return rate_limits.count_tokens_left(pair_of(request, name))


def pair_of(request, name):
    return rate_limits.Ask("sign-in:pair", f"{fold_name(name)} {rate_limits.network_of_request(request)}")


def lock_of(request, name):
    return pair_of(request, name)._replace(name="sign-in:lock")


def asks_for(request, name):
    address = rate_limits.network_of_request(request)
    return rate_limits.Ask("sign-in:address", address), rate_limits.Ask("sign-in:name", fold_name(name))


# ---- devices ----


def remember_device(response: HttpResponse, user: User) -> None:
    response.set_cookie(
        KNOWN,
        signing.dumps(user.pk, salt=KNOWN_SALT),
        max_age=KNOWN_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def is_known_device(request: HttpRequest, name: str) -> bool:
    try:
        key = signing.loads(request.COOKIES.get(KNOWN, ""), salt=KNOWN_SALT, max_age=KNOWN_FOR)
    except signing.BadSignature:
        return False
    return User.objects.filter(pk=key, username=unicodedata.normalize("NFKC", name.strip()[:150])).exists()


def place_of(request: HttpRequest, user: User) -> Place:
    if is_known_device(request, user.username):
        return Place(request.COOKIES[KNOWN], is_known=True)
    return Place(rate_limits.network_of_request(request))


# ---- hashing ----


class Turns:
    """Check one password at a time, and afterwards none for a time in proportion (SHARE)."""

    def __init__(self):
        self.turn, self.places, self.free_at = threading.Lock(), threading.BoundedSemaphore(WAITING), 0.0

    @contextmanager
    def take(self) -> Iterator[None]:
        """Wait for a turn. Raises Busy if there is none in time."""
        if not self.places.acquire(blocking=False):
            raise Busy
        try:
            end = time.monotonic() + WAIT_S
            if not self.turn.acquire(timeout=WAIT_S):
                raise Busy
            try:
                rest = self.free_at - time.monotonic()
                if rest > end - time.monotonic():
                    raise Busy
                time.sleep(max(0.0, rest))
                begun = time.monotonic()
                try:
                    yield
                finally:
                    took = time.monotonic() - begun
                    self.free_at = time.monotonic() + took * (1 / SHARE - 1)
            finally:
                self.turn.release()
        finally:
            self.places.release()


STRANGERS, KNOWN_DEVICES = Turns(), Turns()


def hashing_turns(request: HttpRequest, name: str) -> Turns:
    return KNOWN_DEVICES if is_known_device(request, name) else STRANGERS
