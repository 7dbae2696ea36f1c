"""What is kept locked in the database: tokens, passwords and keys of others, opened only where they are used.

Who steals a copy of the database has them without use: the keys of `geoapp.crypto.keyring` are not in it.
"""

import base64
import binascii

from geoapp.crypto import keyring
from geoapp.crypto.keyring import CannotDecrypt

__all__ = ["CannotDecrypt", "decrypt", "encrypt", "relock"]

PLACE = "vault"


def encrypt(text: str) -> str:
    """The text as it may be kept; "" stays ""."""
    return as_text(keyring.current().seal(text.encode(), PLACE)) if text else ""


def decrypt(locked: str) -> str:
    """The text again. Raises CannotDecrypt: the key is gone, and it must be entered again."""
    return keyring.current().open(as_bytes(locked), PLACE).decode() if locked else ""


def relock(locked: str) -> str:
    """The same under the first data key; the text itself is not opened. Raises CannotDecrypt."""
    sealed, ring = as_bytes(locked), keyring.current()
    return locked if ring.is_current(sealed) else as_text(ring.rewrap(sealed))


def as_text(sealed):
    return base64.urlsafe_b64encode(sealed).decode()


def as_bytes(locked):
    try:
        return base64.urlsafe_b64decode(locked)
    except (binascii.Error, ValueError):
        raise CannotDecrypt from None
