"""Record in the ledger of accounts who gave and confirmed posts and replaced factors; only by `record_account_line`."""

from geoapp.db import locks
from geoapp.ledger.ledger import Ledger
from incidents.models import AccountLine, AccountsHead, Membership, User

ACCOUNTS = Ledger(
    lines=AccountLine,
    heads=AccountsHead,
    fields=("pk", "at", "kind", "person_key", "person", "by_key", "by", "what"),
    lock=locks.Lock.ACCOUNTS,
)


def record_account_line(kind: str, person: User, by: User | None, *, what: str = "") -> AccountLine:
    """Write a line about a person's account, sealed with the one before. `by` is None for operator and provider."""
    line = AccountLine(
        kind=kind,
        person_key=person.pk,
        person=person.username,
        by_key=by.pk if by else None,
        by=by.username if by else "",
        what=what[:400],
    )
    ACCOUNTS.append(line)
    return line


def post_words(post: Membership) -> str:
    """Return a post as the ledger writes it: role, unit, area and field by their codes, days, and the
    provider's group.
    """
    parts = [f"{post.role} @ {post.authority.code}"]
    parts += [f"area {post.area.code}"] if post.area else []
    parts += [f"field {post.category.code}"] if post.category else []
    parts += [f"from {post.starts}"] if post.starts else []
    parts += [f"until {post.ends}"] if post.ends else []
    parts += [f"group {post.group}"] if post.group else []
    return ", ".join(parts)
