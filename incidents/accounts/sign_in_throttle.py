"""How often somebody may try to sign in, and how much of the processor that may take.

Wrong passwords take tokens of `geoapp.http.rate_limits`: by name, whatever its spelling, and network together, whose
last token locks that pair; by network alone (an IPv6 /64 is one); and by name alone. So neither many names from one
place nor one name from many places can be guessed. A device on which a person has signed in before is not kept out by
what others try with that name.
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
    """Too many passwords are being looked at: come again in some seconds."""


def fold_name(name: str) -> str:
    """A user name without what makes it look different and be the same: width, case, invisible letters, blanks."""
    typed = name.strip()[:150]  # as the form does: no name is longer
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", typed).casefold())
    return "".join(letter for letter in folded if unicodedata.category(letter) not in ("Cf", "Cc", "Zs"))[:150]


def seconds_to_wait(request: HttpRequest, name: str) -> int:
    """For how long no password is looked at because too many wrong ones came from this network, or with this name.

    A device that is known waits only where this name is locked from its network: neither strangers nor others in the
    same office keep a person out.
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
    """How many wrong passwords lock the name from this network; 0 where nothing is counted."""
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
    """Let the browser keep that this person has signed in with it."""
    response.set_cookie(
        KNOWN,
        signing.dumps(user.pk, salt=KNOWN_SALT),
        max_age=KNOWN_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def is_known_device(request: HttpRequest, name: str) -> bool:
    """Whether the person of this name has signed in with this browser before."""
    try:
        key = signing.loads(request.COOKIES.get(KNOWN, ""), salt=KNOWN_SALT, max_age=KNOWN_FOR)
    except signing.BadSignature:
        return False
    return User.objects.filter(pk=key, username=unicodedata.normalize("NFKC", name.strip()[:150])).exists()


def place_of(request: HttpRequest, user: User) -> Place:
    """From where somebody gives a code for this person's account: each browser in which the person signed in is one."""
    if is_known_device(request, user.username):
        return Place(request.COOKIES[KNOWN], is_known=True)
    return Place(rate_limits.network_of_request(request))


# ---- hashing ----


class Turns:
    """One password is looked at at a time, and for each second that it takes nobody's for another (by SHARE)."""

    def __init__(self):
        self.turn, self.places, self.free_at = threading.Lock(), threading.BoundedSemaphore(WAITING), 0.0

    @contextmanager
    def take(self) -> Iterator[None]:
        """Wait for a turn. Raises Busy where there is none in time."""
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
    """Where this request waits for its turn: devices that are known do not stand behind strangers."""
    return KNOWN_DEVICES if is_known_device(request, name) else STRANGERS
