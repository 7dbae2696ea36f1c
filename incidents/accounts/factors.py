"""Check second factors: codes from an app (TOTP, RFC 6238) and recovery codes. Passkeys: see `passkeys`.

Every right code counts once. Wrong ones are counted by person and place; a place is a browser in which the person has
signed in before, else the network of the request. After ten wrong codes a place is refused for a quarter of an hour.
All places in which the person never signed in share twenty an hour, so that many networks guess no more than one. A
thief of a password thus locks nobody out: the person's own browser has tries of its own, recovery codes (80 bits) and
passkeys cannot be guessed and are always checked, and the person is notified.
"""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import now
from procrastinate.contrib.django import app

from geoapp.crypto import vault
from incidents import access
from incidents.audit import accounts as ledger
from incidents.models import AccountLine, RecoveryCode, SecondFactor, SignIn, User, WrongCodes

STEP_S = 30
DRIFT = 1  # steps by which a phone's clock may be wrong
WRONG_CODES, WRONG_WITHIN = 10, timedelta(minutes=15)  # of one place
WRONG_ELSEWHERE, ELSEWHERE_WITHIN = 20, timedelta(hours=1)  # of all unknown places together
RECOVERY_CODES = 10
ADDED, REMOVED = AccountLine.Kind.FACTOR, AccountLine.Kind.REMOVED


@dataclass(frozen=True)
class Place:
    """The origin of a code. `is_known`: a browser in which this person has signed in before."""

    key: str = "unknown"
    is_known: bool = False

    def digest(self) -> str:
        return hashlib.sha256(f"{self.is_known}:{self.key}".encode()).hexdigest()


class TooManyCodes(Exception):
    """Too many wrong codes came from this place: none is checked before `until`."""

    def __init__(self, until: datetime):
        super().__init__(until)
        self.until = until

    @property
    def minutes(self) -> int:
        return max(1, -int((now() - self.until).total_seconds() // 60))


def factors_of(user: User) -> QuerySet[SecondFactor]:
    return SecondFactor.objects.filter(user=user)


def has_factor(user: User) -> bool:
    return factors_of(user).exists()


def is_demanded(user: User, roles: list[str]) -> bool:
    """Return whether the city demands a second factor of this person: of holders of these roles, and then of
    superusers.
    """
    if not roles:
        return False
    return user.is_superuser or "all" in roles or any(post.role in roles for post in access.posts_of(user))


# ---- an app ----


def new_app_secret() -> str:
    return pyotp.random_base32()


def app_address(user: User, secret: str, issuer: str) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=issuer)


def step_of_code(secret: str, code: str, at: datetime) -> int | None:
    """Return the time step of a code, at most DRIFT steps from a moment; None if no step fits."""
    totp, here = pyotp.TOTP(secret), int(at.timestamp()) // STEP_S
    steps = (here + drift for drift in range(-DRIFT, DRIFT + 1))
    return next((step for step in steps if secrets.compare_digest(totp.at(step * STEP_S), code)), None)


@transaction.atomic
def add_app(user: User, secret: str, code: str) -> bool:
    """Replace the person's app if the code is the one it shows now. Returns whether it was."""
    step = step_of_code(secret, digits(code), now())
    if step is None:
        return False
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    factors_of(user).filter(kind=SecondFactor.Kind.APP).delete()
    SecondFactor.objects.create(
        user=user, kind=SecondFactor.Kind.APP, name="TOTP", secret=vault.encrypt(secret), counter=step
    )
    ledger.record_account_line(ADDED, user, user, what=SecondFactor.Kind.APP)
    return True


def digits(code):
    return re.sub(r"\D", "", code)[:8]


# ---- recovery codes ----


@transaction.atomic
def make_recovery_codes(user: User) -> list[str]:
    """Replace all recovery codes. The new ones are returned once and stored as digests."""
    codes = [new_recovery_code() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, sha256=digest_of(user, code)) for code in codes)
    return codes


def new_recovery_code():
    """Return a code of 80 bits, so that its digest need not be slow: xxxx-xxxx-xxxx-xxxx."""
    return "-".join(re.findall("....", base64.b32encode(secrets.token_bytes(10)).decode().lower()))


def digest_of(user, code):
    return hashlib.sha256(f"{user.pk}:{re.sub(r'[^a-z2-7]', '', code.lower())}".encode()).hexdigest()


# ---- checking ----


def check_code(user: User, code: str, place: Place) -> str | None:
    """Return the SignIn.Method that this code proves, or None if it is wrong. A right one is used up.

    Raises TooManyCodes.
    """
    with transaction.atomic():
        person = lock_person(user)
        method = used_recovery_code(person, code)
        if method is None:
            refuse_after_many(person, place)
            method = used_app_code(person, digits(code))
        if method:
            WrongCodes.objects.filter(user=person, place=place.digest()).delete()
        else:
            count_wrong_code(person, place)
    return method


def lock_person(user: User) -> User:
    """Return the person, locked until the transaction ends: of two equal codes one counts."""
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def refuse_after_many(person: User, place: Place) -> None:
    here = WrongCodes.objects.filter(user=person, place=place.digest(), count__gte=WRONG_CODES).first()
    ends = [here.since + WRONG_WITHIN] if here else []
    if not place.is_known and person.wrong_codes_since and person.wrong_codes >= WRONG_ELSEWHERE:
        ends.append(person.wrong_codes_since + ELSEWHERE_WITHIN)
    if ends and now() < max(ends):
        raise TooManyCodes(max(ends))


def count_wrong_code(person: User, place: Place) -> None:
    """Count a wrong code of a locked person, and notify the person once when a limit is reached."""
    here, _new = WrongCodes.objects.get_or_create(user=person, place=place.digest())
    here.count, here.since = next_count(here.count, here.since, WRONG_WITHIN)
    here.save(update_fields=["count", "since"])
    reached = here.count == WRONG_CODES
    if not place.is_known:
        count, since = next_count(person.wrong_codes, person.wrong_codes_since, ELSEWHERE_WITHIN)
        User.objects.filter(pk=person.pk).update(wrong_codes=count, wrong_codes_since=since)
        reached = reached or count == WRONG_ELSEWHERE
    if reached:
        app.configure_task("incidents.tell_wrong_codes").defer(user_id=person.pk, at=now().isoformat())


def next_count(count: int, since: datetime | None, within: timedelta) -> tuple[int, datetime]:
    if since is None or now() >= since + within:
        return 1, now()
    return count + 1, since


def forget_wrong_codes() -> None:
    WrongCodes.objects.filter(since__lt=now() - WRONG_WITHIN).delete()


def used_app_code(person, code):
    phone = factors_of(person).filter(kind=SecondFactor.Kind.APP).first()
    if phone is None or len(code) != 6:
        return None
    step = step_of_code(vault.decrypt(phone.secret), code, now())
    if step is None or step <= phone.counter:
        return None
    SecondFactor.objects.filter(pk=phone.pk).update(counter=step, used_at=now())
    return SignIn.Method.APP


def used_recovery_code(person, code):
    deleted, _rows = RecoveryCode.objects.filter(user=person, sha256=digest_of(person, code)).delete()
    return SignIn.Method.RECOVERY if deleted else None


# ---- taking away ----


@transaction.atomic
def remove_factor(factor: SecondFactor) -> None:
    """Delete one of a person's own factors; with the last one the recovery codes."""
    factor.delete()
    if not has_factor(factor.user):
        RecoveryCode.objects.filter(user=factor.user).delete()
    ledger.record_account_line(REMOVED, factor.user, factor.user, what=f"{factor.kind} {factor.name}")


def remove_all_factors(user: User) -> None:
    factors_of(user).delete()
    RecoveryCode.objects.filter(user=user).delete()
