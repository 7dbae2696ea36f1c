"""Encrypt tokens, passwords and keys of other services for storage, and decrypt them where they are used.

A stolen copy of the database does not reveal them: the keys of `geoapp.crypto.keyring` are not in it.
"""

import base64
import binascii

from geoapp.crypto import keyring
from geoapp.crypto.keyring import CannotDecrypt

__all__ = ["CannotDecrypt", "decrypt", "encrypt", "relock"]

PLACE = "vault"


def encrypt(text: str) -> str:
    """Return the encrypted text; "" stays ""."""
    return as_text(keyring.current().seal(text.encode(), PLACE)) if text else ""


def decrypt(locked: str) -> str:
    """Return the plain text. Raises CannotDecrypt: the key is lost and the secret must be entered again."""
    return keyring.current().open(as_bytes(locked), PLACE).decode() if locked else ""


def relock(locked: str) -> str:
    """Re-encrypt for the first data key without opening the text. Raises CannotDecrypt."""
    sealed, ring = as_bytes(locked), keyring.current()
    return locked if ring.is_current(sealed) else as_text(ring.rewrap(sealed))


def as_text(sealed):
    return base64.urlsafe_b64encode(sealed).decode()


def as_bytes(locked):
    try:
        return base64.urlsafe_b64decode(locked)
    except (binascii.Error, ValueError):
        raise CannotDecrypt from None
