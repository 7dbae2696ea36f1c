"""Give posts and replace lost second factors: one person asks and another confirms. The only way to do it.

A powerful post (`access.POWERFUL`), and each that somebody gives to themselves, takes effect only after a second
administrator confirms, who neither gave it nor receives it. Every step is a line in the ledger of accounts.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.timezone import localdate, now

from incidents import access
from incidents.accounts import factors
from incidents.accounts.signed_rows import sign_rows
from incidents.audit import accounts as ledger
from incidents.models import AccountLine, FactorReplacement, GroupPost, Membership, SignIn, User

KIND = AccountLine.Kind
PASSWORD_AFTER = timedelta(days=1)  # for so long after two said yes a password may be set for who holds powerful posts


class NotYours(Exception):
    """The administrator asked for it or is the person concerned: a second one must confirm."""


class NoLongerAsked(Exception):
    """The request was decided, taken back or changed, or is too old."""


# ---- posts ----


@transaction.atomic
def give_post(post: Membership, by: User | None, *, asked_by: User | None = None) -> Membership:
    """Save a new or changed post. A powerful one, or one's own, waits for a second person.

    `by` is None for the provider, whose groups `asked_by` has matched with posts.
    """
    before = Membership.objects.select_for_update(of=("self",)).filter(pk=post.pk).first() if post.pk else None
    waited = before is not None and before.waiting
    post.waiting = waited or (
        needs_second_person(post, by, asked_by) and not (before and only_reduces_rights(before, post))
    )
    if post.waiting or before is None:
        post.asked_by, post.asked_at, post.confirmed_by = by or asked_by, now(), None
    sign_rows([post])
    post.save()
    kind = KIND.ASKED if post.waiting else KIND.GIVEN
    ledger.record_account_line(kind, post.user, by, what=ledger.post_words(post))
    return post


def needs_second_person(post: Membership, by: User | None, asked_by: User | None = None) -> bool:
    """Return whether a post needs a second person.

    If the operator of the server matched a group with a post at a desk, operator and provider are two already.
    """
    if by is None and asked_by is None:
        return post.role in access.FAR_REACHING
    return post.role in access.POWERFUL or post.user_id in {person.pk for person in (by, asked_by) if person}


def only_reduces_rights(before: Membership, after: Membership) -> bool:
    """Return whether a change only reduces rights: the same post, not for longer, with the same or more limits."""
    same = all(getattr(before, name) == getattr(after, name) for name in ("user_id", "authority_id", "role"))
    limits = all(getattr(before, name) in (None, getattr(after, name)) for name in ("area_id", "category_id"))
    begins = (before.starts or date.min) <= (after.starts or date.min)
    ends = (before.ends or date.max) >= (after.ends or date.max)
    return same and limits and begins and ends


@transaction.atomic
def end_post(post: Membership, by: User | None) -> None:
    ledger.record_account_line(KIND.ENDED, post.user, by, what=ledger.post_words(post))
    post.delete()


@transaction.atomic
def decide_post(post: Membership, by: User | None, *, yes: bool, seen: str = "") -> None:
    """Confirm a waiting post, or refuse and delete it. `by` is None for the operator, who owns the tables
    (sql/guards/powers.sql).

    `seen`: the post's words as the decider read them (`post_words`). Raises NotYours, NoLongerAsked.
    """
    waiting = Membership.objects.to_confirm().select_for_update(of=("self",))
    locked = waiting.select_related("user", "authority", "area", "category").filter(pk=post.pk).first()
    if locked is None or (seen and seen != ledger.post_words(locked)):
        raise NoLongerAsked
    if by is not None and not may_decide(locked, by):
        raise NotYours
    what = ledger.post_words(locked)
    if yes:
        locked.waiting, locked.confirmed_by = False, by
        sign_rows([locked])
        locked.save(update_fields=["waiting", "confirmed_by"])
    else:
        locked.delete()
    ledger.record_account_line(KIND.CONFIRMED if yes else KIND.REFUSED, locked.user, by, what=what)


def may_decide(pending: Membership | FactorReplacement, user: User) -> bool:
    """Return whether this administrator is the second person for a waiting post or replacement.

    A deputy is not: else the one who asks would name a deputy to confirm.
    """
    return is_second_person(pending, user) and administers_oneself(user)


def is_second_person(pending: Membership | FactorReplacement, user: User) -> bool:
    return user.pk not in (pending.asked_by_id, pending.user_id)


def administers_oneself(user: User) -> bool:
    own = Membership.objects.on().filter(user=user, role__in=access.DOES["administer"])
    return user.is_superuser or own.exists()


@transaction.atomic
def follow_groups(person: User, groups: Iterable[str]) -> None:
    """Give a person the posts of their groups at the provider, and end those of groups that they left."""
    fields = ("authority_id", "role", "area_id", "category_id")
    wanted = {
        tuple(getattr(group_post, name) for name in fields): group_post
        for group_post in GroupPost.objects.filter(group__in=groups)
    }
    posts = Membership.objects.filter(user=person).select_related("user", "authority", "area", "category")
    posts_by_key = {tuple(getattr(post, name) for name in fields): post for post in posts}
    for key, post in posts_by_key.items():
        if post.group and key not in wanted:
            end_post(post, None)
    for key, group_post in wanted.items():
        if key not in posts_by_key:
            post = Membership(user=person, group=group_post.group, **dict(zip(fields, key, strict=True)))
            give_post(post, None, asked_by=group_post.asked_by)


@transaction.atomic
def give_by_group(rule: GroupPost, by: User) -> None:
    rule.asked_by = by
    sign_rows([rule])
    rule.save()


@transaction.atomic
def hand_over_post_requests(person: User, by: User) -> None:
    """Before an account is deleted: end the posts it asked for that still wait, and let `by` ask for its matched
    groups.
    """
    for post in Membership.objects.filter(asked_by=person, waiting=True).select_related("user", "authority"):
        end_post(post, by)
    for rule in GroupPost.objects.filter(asked_by=person):
        give_by_group(rule, by)


# ---- lost second factors ----


@transaction.atomic
def ask_replacement(person: User, by: User) -> FactorReplacement:
    """Request the removal of a person's lost second factor. Raises NotYours."""
    if person.pk == by.pk:
        raise NotYours
    replacement, new = FactorReplacement.objects.get_or_create(user=person, defaults={"asked_by": by})
    if new:
        ledger.record_account_line(KIND.LOST, person, by)
    return replacement


@transaction.atomic
def decide_replacement(replacement: FactorReplacement, by: User | None, *, yes: bool) -> None:
    """Confirm: delete all second factors and end all sessions of the person, who sets up a new one. Or refuse.

    `by` is None for the operator. Raises NotYours, NoLongerAsked.
    """
    if not FactorReplacement.objects.select_for_update().filter(pk=replacement.pk).exists():
        raise NoLongerAsked
    if by is not None and not may_decide(replacement, by):
        raise NotYours
    person = replacement.user
    replacement.delete()
    if yes:
        factors.remove_all_factors(person)
        Session.objects.filter(pk__in=SignIn.objects.filter(user=person).values("session")).delete()
    ledger.record_account_line(KIND.REPLACED if yes else KIND.KEPT, person, by)


def may_set_password(by: User, person: User) -> bool:
    """Return whether an administrator may set this person's password alone.

    For holders of a far-reaching post only on the day after two people confirmed that the second factor was lost: else
    one person alone could sign in as the second.
    """
    if by.pk == person.pk or by.is_superuser:
        return True
    last = Membership.objects.filter(user=person, role__in=access.FAR_REACHING)
    if not last.exclude(ends__lt=localdate()).exists():
        return True
    since = now() - PASSWORD_AFTER
    return AccountLine.objects.filter(person_key=person.pk, kind=KIND.REPLACED, at__gte=since).exists()
