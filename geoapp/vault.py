"""What is kept locked in the database: tokens and keys of partners, opened only where they are used.

Who steals a copy of the database has them without use: the key is made of SECRET_KEY, which is not in it.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


class CannotDecrypt(Exception):
    """Locked with another SECRET_KEY: it must be entered again."""


def fernet(secret):
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"incidents.vault:" + secret.encode()).digest()))


def encrypt(text: str) -> str:
    """The text as it may be kept; "" stays ""."""
    return fernet(settings.SECRET_KEY).encrypt(text.encode()).decode() if text else ""


def decrypt(locked: str) -> str:
    """The text again. Raises Unreadable."""
    if not locked:
        return ""
    try:
        return fernet(settings.SECRET_KEY).decrypt(locked.encode()).decode()
    except InvalidToken:
        raise CannotDecrypt from None
