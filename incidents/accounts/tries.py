"""How often somebody may try to sign in, and how much of the processor that may take.

django-axes counts wrong passwords by name and address together. Here they are counted by address alone (an IPv6 /64 is
one) and by name alone, whatever its spelling, so that neither many names from one place nor one name from many places
can be guessed. A device on which a person has signed in before is not kept out by what others try with that name.
"""

import ipaddress
import threading
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.core import signing
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now

from incidents.models import User

KNOWN, KNOWN_FOR = "known", timedelta(days=90)  # the cookie of a device on which somebody signed in
WAIT_S, WAITING = 3.0, 8  # for a turn at hashing; how many of a process may wait for one
SHARE = 0.5  # of one core of each process that strangers' passwords may take


class Busy(Exception):
    """Too many passwords are being looked at: come again in some seconds."""


def fold_name(name: str) -> str:
    """A user name without what makes it look different and be the same: width, case, invisible letters, blanks."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(letter for letter in folded if unicodedata.category(letter) not in ("Cf", "Cc", "Zs"))[:150]


def counted_name(request: HttpRequest, credentials: dict | None) -> str:
    """The name under which axes counts a wrong password."""
    given = (credentials or {}).get("username") or request.POST.get("username", "")
    return fold_name(str(given))


def counted_address(request: HttpRequest) -> str | None:
    """The address under which axes counts a wrong password: of IPv6 the network that one customer has."""
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", "").partition("%")[0])
    except ValueError:
        return None
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False).network_address)


def is_locked(request: HttpRequest, name: str) -> bool:
    """Whether too many wrong passwords came from this address, or with this name; not for a device that is known.

    There the ten wrong ones that axes allows for a name from an address are limit enough, and neither strangers nor
    others in the same office keep a person out.
    """
    full = (
        wrong_passwords(ip_address=counted_address(request)) >= settings.WRONG_PASSWORDS_PER_ADDRESS
        or wrong_passwords(username=fold_name(name)) >= settings.WRONG_PASSWORDS_PER_NAME
    )
    return full and not is_known_device(request, name)


def wrong_passwords(**of: str | None) -> int:
    """How many wrong passwords axes has counted lately."""
    since = now() - get_cool_off()
    found = AccessAttempt.objects.filter(attempt_time__gte=since, **of)
    return found.aggregate(sum=Sum("failures_since_start"))["sum"] or 0


# ---- devices ----


def remember_device(response: HttpResponse, user: User) -> None:
    """Let the browser keep that this person has signed in with it."""
    response.set_cookie(
        KNOWN,
        signing.dumps(user.pk, salt=KNOWN),
        max_age=KNOWN_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def is_known_device(request: HttpRequest, name: str) -> bool:
    """Whether the person of this name has signed in with this browser before."""
    try:
        key = signing.loads(request.COOKIES.get(KNOWN, ""), salt=KNOWN, max_age=KNOWN_FOR)
    except signing.BadSignature:
        return False
    return User.objects.filter(pk=key, username=unicodedata.normalize("NFKC", name)).exists()


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
