"""Sessions: how one begins, what it may reach, and how it ends.

A session of somebody who owes a second factor stands for nobody: pages, APIs and streams see a stranger, and only the
pages by which the factor is given or set up see the person.
"""

import base64
import hashlib
from datetime import timedelta
from time import time
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.contrib.auth import get_user, login, update_session_auth_hash
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.timezone import now

from geoapp.crypto import keyring, vault
from geoapp.db.admission import return_connection
from geoapp.http.session_store import SessionStore, stored_key
from incidents.accounts import city_account, factors
from incidents.models import SignIn, User

if TYPE_CHECKING:
    from django.contrib.auth.models import _AnyUser


BACKEND = "django.contrib.auth.backends.ModelBackend"
# Keys of a session: whether it has a row, a second factor was given, when the person last proved who it is, and whose
# second factor is still to be given.
HAS_ROW, FACTOR, PROVED_AT, PENDING = "sign-in", "factor", "proved-at", "second-step"
NOBODY = "none"
FRESH_S = 15 * 60  # for how long a proof counts as fresh
PENDING_S = 10 * 60  # between the password and the second factor
SEEN_EVERY = timedelta(minutes=1)
METHOD = SignIn.Method
WITH_FACTOR = {METHOD.APP, METHOD.PASSKEY, METHOD.RECOVERY}


# ---- beginning ----


def begin_session(
    request: HttpRequest, user: User, method: str, *, city: "city_account.Tokens | None" = None
) -> SignIn:
    """Sign this person in on this device. `city`: what the provider gave, where it was by the city account."""
    login(request, user, backend=BACKEND)
    request.session.set_expiry(None)
    request.session.pop(PENDING, None)
    request.session[HAS_ROW] = True
    if method in WITH_FACTOR or city:
        mark_proof(request, factor=method in WITH_FACTOR or bool(city and city.with_factor))
    return SignIn.objects.create(
        session_id=save_session(request),
        user=user,
        method=method,
        agent=request.headers.get("User-Agent", "")[:300],
        address=request.META.get("REMOTE_ADDR") or None,
        provider_session=city.session if city else "",
        refresh_token=vault.encrypt(city.refresh_token) if city else "",
        checked_at=now() if city else None,
    )


def save_session(request):
    """Save the session, so that its row is there from now on. Returns the key of the row."""
    request.session.save()
    return stored_key(request.session.session_key)


def begin_second_step(request: HttpRequest, user: User, *, city: "city_account.Tokens | None" = None) -> None:
    """Remember for some minutes that this person's password was right: a second factor is still to be given."""
    request.session.flush()
    request.session.set_expiry(PENDING_S)
    request.session[PENDING] = {"user": user.pk, "at": time(), "hash": user.get_session_auth_hash()}
    if city:
        request.session[PENDING]["city"] = city.pack()


def keep_briefly(request: HttpRequest) -> None:
    """Let a stranger's session, which only waits for an answer, be over in some minutes."""
    if request.user.is_anonymous:
        request.session.set_expiry(PENDING_S)


def pending_person(request: HttpRequest) -> User | None:
    """Whose password was right a moment ago, and whose second factor is still to be given."""
    pending = request.session.get(PENDING)
    if not pending or not 0 <= time() - pending["at"] < PENDING_S:
        return None
    person = User.objects.filter(pk=pending["user"], is_active=True).first()
    return person if person and person.get_session_auth_hash() == pending["hash"] else None


def pending_tokens(request: HttpRequest) -> "city_account.Tokens | None":
    """What the provider gave to the person whose second factor is still to be given."""
    packed = request.session.get(PENDING, {}).get("city")
    return city_account.Tokens.unpack(packed) if packed else None


# ---- what a session may reach ----


def owes_factor(user: "_AnyUser", session: SessionBase) -> bool:
    """Whether the city demands a second factor of this person, and the session was begun without one."""
    if not settings.SECOND_FACTOR_ROLES or user.is_anonymous or FACTOR in session:
        return False
    return factors.is_demanded(user, settings.SECOND_FACTOR_ROLES)


def mark_proof(request: HttpRequest, *, factor: bool = True) -> None:
    """Say that this session's person proved just now who it is; `factor`: by a second factor."""
    request.session[PROVED_AT] = time()
    if factor:
        request.session[FACTOR] = True


def must_ask_again(request: HttpRequest) -> bool:
    """Whether this session's person is to give the second factor again before what is delicate.

    Who has none, and signs in by the city account, is to do that again; who has a password only is not asked.
    """
    if 0 <= time() - request.session.get(PROVED_AT, 0) < FRESH_S:
        return False
    return factors.has_factor(cast(User, request.user)) or is_by_city_account(request)


def is_by_city_account(request: HttpRequest) -> bool:
    """Whether this session was begun by the city account."""
    row = sign_in_of(request.session)
    return bool(row and row.method == METHOD.CITY)


def name_of(request: HttpRequest) -> str:
    """What a device may know of the session of this request, so as to tell it from others; "none" for a stranger's."""
    if request.user.is_anonymous or not request.session.session_key:
        return NOBODY
    return hashlib.sha256(f"own {request.session.session_key}".encode()).hexdigest()[:16]


def device_key(user: User) -> str:
    """The key, in base64, with which this person's devices encrypt what they keep; another with another password."""
    number_and_mac = keyring.current().blind_index(f"device {user.pk} {user.password}")
    return base64.b64encode(number_and_mac[-keyring.MAC_BYTES :]).decode()


def current_user(request: HttpRequest) -> "_AnyUser":
    """The person for whom this request's session stands, as the database and the city's provider know it now.

    Nobody (`AnonymousUser`) once the session has ended or expired, the person is no longer active, has another password
    than the one that the session was begun with, owes a second factor, or was removed at the provider.
    """
    return user_of_session(request.session.session_key)


def user_of_session(session_key: str | None) -> "_AnyUser":
    """As current_user, of the session of this key."""
    anew = HttpRequest()
    anew.session = SessionStore(session_key)
    user = get_user(anew)
    if user.is_anonymous or owes_factor(user, anew.session) or not still_holds(anew.session):
        return AnonymousUser()
    return user


def is_signed_in(session_key: str) -> bool:
    """Whether a session stands for somebody, asked before anything of a request is read; gives the connection back."""
    try:
        return bool(session_key) and user_of_session(session_key).is_authenticated
    finally:
        return_connection()


def still_holds(session: SessionBase) -> bool:
    """Whether the provider still knows whom a session by the city account stands for; notes that it was seen."""
    if HAS_ROW not in session:
        return True
    row = sign_in_of(session)
    if row is None:
        return False
    if row.seen_at < now() - SEEN_EVERY:
        SignIn.objects.filter(pk=row.pk).update(seen_at=now())
    return row.method != METHOD.CITY or city_account.is_still_known(row)


def sign_in_of(session: SessionBase) -> SignIn | None:
    """The row of a session that was begun here."""
    if not session.get(HAS_ROW):
        return None
    return SignIn.objects.filter(session=stored_key(session.session_key)).first()


# ---- ending ----


def end_sessions(sign_ins: QuerySet[SignIn]) -> int:
    """End these sessions: their pages, and within half a minute their streams. Returns how many."""
    keys = list(sign_ins.values_list("session", flat=True))
    Session.objects.filter(pk__in=keys).delete()
    return len(keys)


def end_other_sessions(request: HttpRequest) -> int:
    """End all sessions of this request's person but this one. Returns how many."""
    others = SignIn.objects.filter(user=request.user.pk)
    return end_sessions(others.exclude(session=stored_key(request.session.session_key)))


def keep_this_session(request: HttpRequest, user: User) -> None:
    """After a new password: this session goes on under a new key, all others of the person end."""
    row = sign_in_of(request.session)
    update_session_auth_hash(request, user)
    key = save_session(request)
    if row:
        row.pk, row.session_id = None, key
        row.save(force_insert=True)
    end_other_sessions(request)
