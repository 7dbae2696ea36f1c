"""Begin and end sessions, and resolve them to a user.

A session that owes a second factor is anonymous: pages, APIs and streams see no user, and only the pages that take or
set up the factor see the person.
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
    """Sign this person in on this device. `city`: the provider's tokens if it was by the city account."""
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
    request.session.save()
    return stored_key(request.session.session_key)


def begin_second_step(request: HttpRequest, user: User, *, city: "city_account.Tokens | None" = None) -> None:
    request.session.flush()
    request.session.set_expiry(PENDING_S)
    request.session[PENDING] = {"user": user.pk, "at": time(), "hash": user.get_session_auth_hash()}
    if city:
        request.session[PENDING]["city"] = city.pack()


def keep_briefly(request: HttpRequest) -> None:
    if request.user.is_anonymous:
        request.session.set_expiry(PENDING_S)


def pending_person(request: HttpRequest) -> User | None:
    pending = request.session.get(PENDING)
    if not pending or not 0 <= time() - pending["at"] < PENDING_S:
        return None
    person = User.objects.filter(pk=pending["user"], is_active=True).first()
    return person if person and person.get_session_auth_hash() == pending["hash"] else None


def pending_tokens(request: HttpRequest) -> "city_account.Tokens | None":
    packed = request.session.get(PENDING, {}).get("city")
    return city_account.Tokens.unpack(packed) if packed else None


# ---- what a session may reach ----


def owes_factor(user: "_AnyUser", session: SessionBase) -> bool:
    if not settings.SECOND_FACTOR_ROLES or user.is_anonymous or FACTOR in session:
        return False
    return factors.is_demanded(user, settings.SECOND_FACTOR_ROLES)


def mark_proof(request: HttpRequest, *, factor: bool = True) -> None:
    request.session[PROVED_AT] = time()
    if factor:
        request.session[FACTOR] = True


def must_ask_again(request: HttpRequest) -> bool:
    """Return whether the session must prove its second factor again before a delicate action.

    Without a factor, one who signed in by the city account does that again; one with only a password is not asked.
    """
    if 0 <= time() - request.session.get(PROVED_AT, 0) < FRESH_S:
        return False
    return factors.has_factor(cast(User, request.user)) or is_by_city_account(request)


def is_by_city_account(request: HttpRequest) -> bool:
    row = sign_in_of(request.session)
    return bool(row and row.method == METHOD.CITY)


def name_of(request: HttpRequest) -> str:
    if request.user.is_anonymous or not request.session.session_key:
        return NOBODY
    return hashlib.sha256(f"own {request.session.session_key}".encode()).hexdigest()[:16]


def device_key(user: User) -> str:
    """Return the key, in base64, with which this person's devices encrypt what they store; it changes with the
    password.
    """
    number_and_mac = keyring.current().blind_index(f"device {user.pk} {user.password}")
    return base64.b64encode(number_and_mac[-keyring.MAC_BYTES :]).decode()


def current_user(request: HttpRequest) -> "_AnyUser":
    """Return the user of this request's session, as the database and the city's provider know it now.

    AnonymousUser once the session has ended or expired, or the person is inactive, has another password than at sign-
    in, owes a second factor, or was removed at the provider.
    """
    return user_of_session(request.session.session_key)


def user_of_session(session_key: str | None) -> "_AnyUser":
    anew = HttpRequest()
    anew.session = SessionStore(session_key)
    user = get_user(anew)
    if user.is_anonymous or owes_factor(user, anew.session) or not still_holds(anew.session):
        return AnonymousUser()
    return user


def is_signed_in(session_key: str) -> bool:
    try:
        return bool(session_key) and user_of_session(session_key).is_authenticated
    finally:
        return_connection()


def still_holds(session: SessionBase) -> bool:
    """Return whether the provider still knows the user of a session by the city account; stores when it was seen."""
    if HAS_ROW not in session:
        return True
    row = sign_in_of(session)
    if row is None:
        return False
    if row.seen_at < now() - SEEN_EVERY:
        SignIn.objects.filter(pk=row.pk).update(seen_at=now())
    return row.method != METHOD.CITY or city_account.is_still_known(row)


def sign_in_of(session: SessionBase) -> SignIn | None:
    if not session.get(HAS_ROW):
        return None
    return SignIn.objects.filter(session=stored_key(session.session_key)).first()


# ---- ending ----


def end_sessions(sign_ins: QuerySet[SignIn]) -> int:
    """End these sessions: pages at once, streams within half a minute. Returns how many."""
    keys = list(sign_ins.values_list("session", flat=True))
    Session.objects.filter(pk__in=keys).delete()
    return len(keys)


def end_other_sessions(request: HttpRequest) -> int:
    others = SignIn.objects.filter(user=request.user.pk)
    return end_sessions(others.exclude(session=stored_key(request.session.session_key)))


def keep_this_session(request: HttpRequest, user: User) -> None:
    """After a new password: give this session a new key, and end all others of the person."""
    row = sign_in_of(request.session)
    update_session_auth_hash(request, user)
    key = save_session(request)
    if row:
        row.pk, row.session_id = None, key
        row.save(force_insert=True)
    end_other_sessions(request)
