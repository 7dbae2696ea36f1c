"""Open, change, lock and unlock staff accounts; each act is a line in the ledger.

Departures: see `offboarding`. Posts and second factors: see `accounts.posts`.
"""

from collections.abc import Collection
from enum import StrEnum

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from incidents.accounts import posts, sessions
from incidents.audit import accounts as ledger
from incidents.models import AccountLine, Membership, SignIn, User
from incidents.wording import person_name

KIND = AccountLine.Kind


class NotAllowed(Exception):
    """Not possible for this account, or not by this administrator; the message says why."""


class AccountState(StrEnum):
    ACTIVE = "active"
    LOCKED = "locked"  # signs in no more, and holds posts as soon as it is unlocked
    LEFT = "left"


def account_state(person: User) -> AccountState:
    """Return whether a person is active, locked, or has left: without posts now or later."""
    if person.is_active:
        return AccountState.ACTIVE
    running = Membership.objects.filter(user=person).filter(Q(ends=None) | Q(ends__gt=localdate()))
    return AccountState.LOCKED if running.exists() else AccountState.LEFT


def may_touch(by: User, person: User) -> bool:
    """Return whether this administrator may change this account: a superuser's only a superuser may."""
    return by.is_superuser or not person.is_superuser


@transaction.atomic
def open_account(person: User, password: str, by: User) -> User:
    person.set_password(password or None)
    person.save()
    ledger.record_account_line(KIND.OPENED, person, by)
    return person


@transaction.atomic
def change_account(person: User, fields: Collection[str], by: User) -> None:
    if not fields:
        return
    person.save(update_fields=sorted(fields))
    ledger.record_account_line(KIND.CHANGED, person, by, what=", ".join(sorted(fields)))


@transaction.atomic
def lock_account(person: User, by: User) -> None:
    """Lock the account: no sign-in until it is unlocked, all sessions end, posts and work stay.

    Raises NotAllowed.
    """
    locked = lock_row(person, by)
    if locked.pk == by.pk:
        raise NotAllowed(_("You cannot lock your own account: ask another administrator."))
    if not locked.is_active:
        raise NotAllowed(_("The account is already locked."))
    User.objects.filter(pk=locked.pk).update(is_active=False)
    sessions.end_sessions(SignIn.objects.filter(user=locked))
    ledger.record_account_line(KIND.LOCKED, locked, by)


@transaction.atomic
def unlock_account(person: User, by: User) -> None:
    """Unlock the account, with the posts that have not ended. Raises NotAllowed."""
    locked = lock_row(person, by)
    if locked.is_active:
        raise NotAllowed(_("The account is not locked."))
    User.objects.filter(pk=locked.pk).update(is_active=True)
    ledger.record_account_line(KIND.UNLOCKED, locked, by)


@transaction.atomic
def sign_out_everywhere(person: User, by: User) -> int:
    """End all sessions of a person. Returns how many. Raises NotAllowed."""
    locked = lock_row(person, by)
    ended = sessions.end_sessions(SignIn.objects.filter(user=locked))
    ledger.record_account_line(KIND.SIGNED_OUT, locked, by)
    return ended


@transaction.atomic
def set_password(person: User, password: str, by: User) -> None:
    """Replace the password; all sessions end. Raises NotAllowed."""
    locked = lock_row(person, by)
    if not posts.may_set_password(by, locked):
        raise NotAllowed(
            _(
                "The password of anyone holding this post can only be set after two administrators have replaced the "
                "second factor."
            )
        )
    locked.set_password(password)
    locked.save(update_fields=["password"])
    sessions.end_sessions(SignIn.objects.filter(user=locked))
    ledger.record_account_line(KIND.PASSWORD, locked, by)


def lock_row(person, by):
    if not may_touch(by, person):
        raise NotAllowed(
            _("Only someone with full rights can change the account of %(name)s.") % {"name": person_name(person)}
        )
    return User.objects.select_for_update(no_key=True).get(pk=person.pk)
