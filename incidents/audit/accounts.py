"""The ledger of accounts: who gave and confirmed posts and replaced factors. `record_account_line` is the only way in.

Each day's last seal is published. What a seal covers: see `line_bytes`. Who has the number and the digest of a line,
and a copy of the table, can check it with any tool that knows SHA-256.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import date

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from geoapp.db import locks
from geoapp.ledger import hash_chain
from incidents.models import AccountLine, AccountsHead, Membership, User


@transaction.atomic
def record_account_line(kind: str, person: User, by: User | None, *, what: str = "") -> AccountLine:
    """Write a line about a person's account, sealed with the one before. `by`: None for operator and provider."""
    locks.hold(locks.Lock.ACCOUNTS)
    before = AccountLine.objects.only("pk", "digest").order_by("-pk").first()
    line = AccountLine(
        id=(before.pk if before else 0) + 1,
        at=now(),
        kind=kind,
        person_key=person.pk,
        person=person.username,
        by_key=by.pk if by else None,
        by=by.username if by else "",
        what=what[:400],
    )
    line.digest = line_digest(bytes(before.digest) if before else hash_chain.GENESIS, line)
    line.save(force_insert=True)
    return line


def post_words(post: Membership) -> str:
    """A post as the ledger names it: role, unit, area and field by their codes, days, and the provider's group."""
    parts = [f"{post.role} @ {post.authority.code}"]
    parts += [f"area {post.area.code}"] if post.area else []
    parts += [f"field {post.category.code}"] if post.category else []
    parts += [f"from {post.starts}"] if post.starts else []
    parts += [f"until {post.ends}"] if post.ends else []
    parts += [f"group {post.group}"] if post.group else []
    return ", ".join(parts)


def line_bytes(line: AccountLine) -> bytes:
    """The bytes of a line that are sealed: a JSON list of its fields in one way of writing, in UTF-8.

    Number, moment, kind, key and name of the person, key and name of who did it, what.
    """
    return hash_chain.canonical_bytes(
        [
            line.pk, hash_chain.utc_text(line.at), str(line.kind), line.person_key, line.person, line.by_key, line.by,
            line.what,
        ]
    )  # fmt: skip


def line_digest(before: bytes, line: AccountLine) -> bytes:
    """The seal on a line, from the seal on the one before it."""
    return hash_chain.next_digest(before, line_bytes(line))


def publish_head(day: date) -> AccountsHead | None:
    """Write down the head of a day that is over, once: see hash_chain.publish_head."""
    return hash_chain.publish_head(AccountsHead.objects.all(), AccountLine.objects.all(), day)


def publish_due_heads() -> int:
    """Publish the heads of all days up to yesterday that have none yet. Returns how many."""
    return hash_chain.publish_due_heads(AccountsHead.objects.all(), publish_head)


def verify_accounts(heads: Iterable[tuple[date, str]] = (), keys: Iterable[bytes] = ()) -> hash_chain.Verification:
    """Walk through the ledger from its first line and compare each with its seal, and with the published heads.

    `heads`: (day, digest as hex) as somebody kept them outside; `keys`: with which heads must be signed. It stops at
    the first line that is wrong.
    """
    verdict, check = hash_chain.Verification(), hash_chain.HeadCheck(AccountsHead.objects.all(), heads, keys)
    for line in AccountLine.objects.order_by("pk").iterator(chunk_size=5000):
        places, digest, fault = {"line": line.pk, "before": verdict.last}, bytes(line.digest), ""
        if line.pk != verdict.last + 1:
            fault = _("Line %(line)d follows on line %(before)d: what was between was left out.") % places
        elif line_digest(verdict.digest, line) != digest:
            fault = _("Line %(line)d was altered.") % places
        if not verdict.follow(line.pk, digest, fault, check):
            return verdict
    verdict.fault = check.fault_at_end()
    return verdict


def export_accounts() -> Iterator[dict]:
    """The ledger as `deploy/verify_heads.py` reads it: what it begins with, then the fields of each line."""
    yield {"chain": AccountsHead.CHAIN, "before": {"line": 0, "digest": hash_chain.GENESIS.hex()}}
    for line in AccountLine.objects.order_by("pk").iterator(chunk_size=5000):
        yield {"entry": json.loads(line_bytes(line))}
