"""Sign the addresses at which replies and bounces come in.

`phananh+r1k.mzq2…@city.vn`: a letter for the kind, its number, and a signature. Mail servers lower local parts, so
there are no other letters. The same signature is in the Message-ID of each letter.
"""

import base64
from dataclasses import dataclass

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

SALT = "incidents.reply"
REPORT, MAIL, NOTICE, BOUNCE = "r", "q", "n", "b"  # a reporter's letters, our answer to a mail, staff's letters
KINDS = frozenset((REPORT, MAIL, NOTICE, BOUNCE))
SIGNATURE_CHARS = 16  # of base32: 80 bits
MAX_NUMBER_CHARS = 13
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Target:
    """What a reply is about: a kind, and the key of its row."""

    kind: str
    pk: int


def is_on() -> bool:
    return bool(settings.MAIL_ADDRESS)


def own_addresses() -> frozenset[str]:
    return frozenset(filter(None, (settings.MAIL_ADDRESS.lower(), bare_address(settings.DEFAULT_FROM_EMAIL))))


def bare_address(written: str) -> str:
    """Return `a@b` of `Name <a@b>`."""
    return written.rpartition("<")[2].rstrip("> ").strip().lower()


def reply_address(kind: str, pk: int) -> str:
    local, _at, domain = settings.MAIL_ADDRESS.lower().partition("@")
    return f"{local}+{token_of(kind, pk)}@{domain}"


def read_address(address: str) -> Target | None:
    local, _at, domain = address.lower().strip("<> ").partition("@")
    ours, _at, our_domain = settings.MAIL_ADDRESS.lower().partition("@")
    name, plus, token = local.partition("+")
    if not plus or not ours or name != ours or domain != our_domain:
        return None
    return read_token(token)


def message_id(notice_pk: int) -> str:
    """Return the Message-ID of a notice, without brackets: it never changes."""
    domain = bare_address(settings.DEFAULT_FROM_EMAIL).rpartition("@")[2]
    return f"{token_of(NOTICE, notice_pk)}@{domain}"


def read_message_id(written: str) -> Target | None:
    local, _at, domain = written.strip("<> ").rpartition("@")
    if domain.lower() != bare_address(settings.DEFAULT_FROM_EMAIL).rpartition("@")[2]:
        return None
    return read_token(local.lower())


def token_of(kind: str, pk: int) -> str:
    return f"{kind}{to_base36(pk)}.{signatures_of(kind, pk)[0]}"


def read_token(token: str) -> Target | None:
    number, _dot, signature = token.partition(".")
    kind, number = number[:1], number[1:]
    if kind not in KINDS or not 1 <= len(number) <= MAX_NUMBER_CHARS or not all(char in DIGITS for char in number):
        return None
    pk = int(number, 36)
    if pk >= 1 << 63 or not signature.isascii():
        return None
    if not any(constant_time_compare(signature, right) for right in signatures_of(kind, pk)):
        return None
    return Target(kind, pk)


def signatures_of(kind: str, pk: int) -> list[str]:
    """Return the valid signatures: with SECRET_KEY, and with its fallbacks."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = (salted_hmac(SALT, f"{kind}:{pk}", key, algorithm="sha256").digest() for key in keys)
    return [base64.b32encode(digest).decode().lower()[:SIGNATURE_CHARS] for digest in digests]


def to_base36(number: int) -> str:
    written = ""
    while number:
        number, rest = divmod(number, 36)
        written = DIGITS[rest] + written
    return written or "0"
