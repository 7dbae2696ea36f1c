"""Sign staff in by the city's OpenID provider (`geoapp.http.openid`).

Every half minute in which a session is used, the provider is asked by the session's refresh token whether it still
knows the person; one it has removed is signed out here. While it does not answer, sessions go on.
"""

import logging
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.timezone import now

from geoapp.crypto import vault
from geoapp.db.admission import return_connection
from geoapp.http import openid
from incidents.accounts import posts
from incidents.audit import accounts as ledger
from incidents.models import AccountLine, GroupPost, SignIn, User

log = logging.getLogger(__name__)

CHECK_EVERY = timedelta(seconds=30)
# Ways of proving who one is that count as a second factor (RFC 8176), where the provider names them.
FACTORS = {"mfa", "otp", "hwk", "swk", "pop", "fpt", "face", "iris", "retina", "vbm", "sc"}


@dataclass(frozen=True)
class Tokens:
    refresh_token: str
    session: str  # the provider's own
    with_factor: bool

    def pack(self) -> dict[str, Any]:
        return asdict(self) | {"refresh_token": vault.encrypt(self.refresh_token)}

    @classmethod
    def unpack(cls, packed: dict[str, Any]) -> "Tokens":
        return cls(**packed | {"refresh_token": vault.decrypt(packed["refresh_token"])})


class NotLetIn(Exception):
    """The provider knows the person, but no account here may sign in; `reason` is a key of the page's texts."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def tokens_of(answer: openid.Answer) -> Tokens:
    """Return what a session stores of an answer. Raises NotLetIn."""
    if not answer.refresh_token:
        log.error("The OpenID provider gives no refresh token: OIDC_SCOPES may need offline_access.")
        raise NotLetIn("unreachable")
    amr = answer.claims.get("amr")
    with_factor = isinstance(amr, list) and bool(FACTORS.intersection(map(str, amr)))
    return Tokens(answer.refresh_token, str(answer.claims.get("sid", ""))[:255], with_factor)


def person_of(answer: openid.Answer) -> User:
    """Return the person of an answer with the posts their groups give; create the account if there is none. Raises
    NotLetIn.
    """
    subject = answer.claims["sub"]
    claims = openid.ask_about(answer.access_token, subject) | answer.claims
    person = User.objects.filter(subject=subject).first() or make_person(subject, claims)
    if not person.is_active:
        raise NotLetIn("closed")
    posts.follow_groups(person, groups_in(claims))
    return person


def make_person(subject, claims):
    """Create an account. An existing account of the same name is not taken over: only its owner links it."""
    wanted = "".join(str(claims.get("preferred_username") or claims.get("email") or subject).split())[:140]
    names = [wanted, *(f"{wanted}.{number}" for number in range(2, 100))]
    used_names = set(User.objects.filter(username__in=names).values_list("username", flat=True))
    person = User(
        username=next(name for name in names if name not in used_names),
        subject=subject,
        first_name=str(claims.get("given_name", ""))[:150],
        last_name=str(claims.get("family_name", ""))[:150],
        email=str(claims.get("email", ""))[:254] if claims.get("email_verified") else "",
    )
    person.set_unusable_password()
    person.save()
    ledger.record_account_line(AccountLine.Kind.LINKED, person, None, what=subject)
    return person


def link_person(person: User, answer: openid.Answer) -> None:
    """Link this person to the city account and remove the local password. Raises NotLetIn."""
    try:
        with transaction.atomic():
            person.subject = answer.claims["sub"]
            person.set_unusable_password()
            person.save(update_fields=["subject", "password"])
            ledger.record_account_line(AccountLine.Kind.LINKED, person, person, what=person.subject)
    except IntegrityError:
        raise NotLetIn("taken") from None


def is_the_only_way(person: User) -> bool:
    """Return whether this person signs in by the city account only; else a person removed there could sign in here."""
    return openid.is_on() and person.subject is not None


def groups_in(claims: dict[str, Any]) -> set[str]:
    named = claims.get("groups", [])
    return {str(group) for group in (named if isinstance(named, list) else [named])}


# ---- whether the provider still knows the person ----


def is_still_known(row: SignIn) -> bool:
    """Return whether a session goes on; of many requests at once one asks the provider. Deletes an ended session."""
    due = now() - CHECK_EVERY
    if row.checked_at and row.checked_at > due:
        return True
    mine = SignIn.objects.filter(pk=row.pk).filter(Q(checked_at=None) | Q(checked_at__lte=due)).update(checked_at=now())
    return ask_provider(row) if mine else True


def ask_provider(row):
    return_connection()  # however long the provider takes, others have it
    try:
        answer = openid.refresh(vault.decrypt(row.refresh_token))
        claims = answer.claims
        if claims and claims["sub"] != row.user.subject:
            raise openid.Refused("sub")
        if GroupPost.objects.exists():
            claims = claims | openid.ask_about(answer.access_token, row.user.subject)
            posts.follow_groups(row.user, groups_in(claims))
    except openid.Unreachable as error:
        log.warning("The OpenID provider gives no answer: %s", error)
        return True
    except (openid.Refused, vault.CannotDecrypt) as error:
        log.info("A session by the city account ends: %s", error)
        Session.objects.filter(pk=row.session_id).delete()
        return False
    if answer.refresh_token:
        SignIn.objects.filter(pk=row.pk).update(refresh_token=vault.encrypt(answer.refresh_token))
    return True


def end_by_notice(token: str) -> int:
    """End the sessions of the person that the provider's logout notice names. Returns how many.

    Raises openid.Refused, openid.Unreachable.
    """
    subject, session = openid.read_sign_out(token)
    meant = SignIn.objects.filter(method=SignIn.Method.CITY)
    if session:
        meant = meant.filter(provider_session=session)
    if subject:
        meant = meant.filter(user__subject=subject)
    keys = list(meant.values_list("session", flat=True))
    Session.objects.filter(pk__in=keys).delete()
    return len(keys)
