"""Store addresses that want no more messages of a medium, and sign the links for it."""

import base64
import json
import time
from datetime import timedelta
from typing import Any

from django.core import signing

from geoapp.crypto import keyring
from incidents.models import Medium, OptOut

SALT = "incidents.stop"
LINK_LIFETIME = timedelta(days=366)  # of the link by which somebody stops messages


def sign_address(medium: str, address: str) -> str:
    """Return the token of an unsubscribe link: medium, address and moment, encrypted, so that no log has addresses."""
    content = json.dumps([str(medium), address, int(time.time())]).encode()
    return base64.urlsafe_b64encode(keyring.current().seal(content, SALT)).decode().rstrip("=")


def read_token(token: str) -> tuple[str, str]:
    """Return the medium and address of an unsubscribe link. Raises signing.BadSignature if it is forged or too old."""
    if ":" in token:  # of letters that were sent before 0.5
        medium, address = signing.loads(token, salt=SALT, max_age=LINK_LIFETIME)
    else:
        medium, address = open_token(token)
    if medium not in Medium.values:
        raise signing.BadSignature(medium)
    return medium, address


def open_token(token):
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        medium, address, signed_at = json.loads(keyring.current().open(sealed, SALT))
    except (ValueError, keyring.CannotDecrypt):
        raise signing.BadSignature("stop") from None
    if signed_at < time.time() - LINK_LIFETIME.total_seconds():
        raise signing.SignatureExpired("stop")
    return medium, address


def opt_out(medium: str, address: str) -> None:
    OptOut.objects.get_or_create(medium=medium, address=address)


def opt_in(medium: str, *addresses: str) -> None:
    OptOut.objects.filter(medium=medium, address__in=addresses).delete()


def opted_out_of(where: dict[str, Any]) -> set[str]:
    """Return the addresses that declined, of those that the look-ups `where` select."""
    return set(OptOut.objects.filter(**where).values_list("address", flat=True))


def has_opted_out(medium: str, address: str) -> bool:
    return OptOut.objects.filter(medium=medium, address=address).exists()
