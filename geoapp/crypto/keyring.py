"""Encrypt personal data and others' secrets with keys from DATA_KEYS, and index them blindly.

Envelope encryption: each value is encrypted with a key of its own (AES-256-GCM), and that key with the data key. A new
data key re-wraps keys and opens no value. A searchable value has a blind index: an HMAC under a separate key, which
reveals equality only.

A sealed value: number of the data key (2 bytes), nonce (12), wrapped key (48), value and tag.
"""

import base64
import hashlib
import hmac
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.checks import Error

KEY_BYTES, NONCE_BYTES, TAG_BYTES, NUMBER_BYTES = 32, 12, 16, 2
HEADER_BYTES = NUMBER_BYTES + NONCE_BYTES + KEY_BYTES + TAG_BYTES
MAC_BYTES = 16
INDEX_BYTES = 1 + MAC_BYTES  # the number of the index key, and the HMAC
# Each value has a key of its own, which encrypts once: so its nonce need not differ from others.
ONCE = bytes(NONCE_BYTES)
ENTRY = re.compile(r"(data|index)-(\d{1,5}):([-\w+/]{43}=)")
# The index key's number has one byte, the data key's two. They stay so small that what is stored begins with a control
# character: a text that a release before 0.5 wrote into the column does not.
HIGHEST = {"data": 0x1FFF, "index": 0x1F}


class CannotDecrypt(Exception):
    """The value was sealed with a key that is not in DATA_KEYS, for another place, or was altered."""


class BadKeys(ValueError):
    """DATA_KEYS cannot be parsed; the message names the fault and contains no key."""


@dataclass(frozen=True)
class Keyring:
    """Data keys and index keys by number. New values use the first of each."""

    data: dict[int, AESGCM]
    index: dict[int, bytes]

    @property
    def number(self) -> int:
        return next(iter(self.data))

    @property
    def index_number(self) -> int:
        return next(iter(self.index))

    def seal(self, value: bytes, place: str) -> bytes:
        """Encrypt a value for a place such as `incidents.report.phone`; it cannot be opened for another place."""
        key = os.urandom(KEY_BYTES)
        return self.wrap(key) + AESGCM(key).encrypt(ONCE, value, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        try:
            return AESGCM(self.unwrap(sealed)).decrypt(ONCE, sealed[HEADER_BYTES:], place.encode())
        except InvalidTag:
            raise CannotDecrypt from None

    def rewrap(self, sealed: bytes) -> bytes:
        """The same sealed value under the first data key; the value itself is not opened. Raises CannotDecrypt."""
        return self.wrap(self.unwrap(sealed)) + sealed[HEADER_BYTES:]

    def is_current(self, sealed: bytes) -> bool:
        return int.from_bytes(sealed[:NUMBER_BYTES]) == self.number

    def wrap(self, key: bytes) -> bytes:
        """Return the header of a sealed value: its own key, encrypted with the first data key."""
        number, nonce = self.number.to_bytes(NUMBER_BYTES), os.urandom(NONCE_BYTES)
        return number + nonce + self.data[self.number].encrypt(nonce, key, number)

    def unwrap(self, sealed: bytes) -> bytes:
        number, nonce = sealed[:NUMBER_BYTES], sealed[NUMBER_BYTES : NUMBER_BYTES + NONCE_BYTES]
        data_key = self.data.get(int.from_bytes(number))
        if data_key is None or len(sealed) < HEADER_BYTES + TAG_BYTES:
            raise CannotDecrypt
        try:
            return data_key.decrypt(nonce, sealed[NUMBER_BYTES + NONCE_BYTES : HEADER_BYTES], number)
        except InvalidTag:
            raise CannotDecrypt from None

    def blind_index(self, value: str) -> bytes:
        return self.mac(self.index_number, value)

    def blind_indexes(self, value: str) -> list[bytes]:
        """Return the HMACs of a value under every index key of DATA_KEYS."""
        return [self.mac(number, value) for number in self.index]

    def mac(self, number: int, value: str) -> bytes:
        digest = hmac.digest(self.index[number], value.encode(), hashlib.sha256)
        return number.to_bytes() + digest[:MAC_BYTES]


def parse_keys(text: str) -> Keyring:
    """Parse DATA_KEYS: `data-2:…,data-1:…,index-1:…`, or one key per line; `#` begins a comment.

    Raises BadKeys.
    """
    keys: dict[str, dict[int, bytes]] = {"data": {}, "index": {}}
    for number, entry in enumerate(entries_of(text), start=1):
        match = ENTRY.fullmatch(entry)
        if not match:
            raise BadKeys(f"entry {number} is not data-NUMBER:KEY or index-NUMBER:KEY")
        kind, key_number = match[1], int(match[2])
        if key_number in keys[kind] or not 1 <= key_number <= HIGHEST[kind]:
            raise BadKeys(f"{kind}-{key_number} is there twice, or its number is not 1 to {HIGHEST[kind]}")
        keys[kind][key_number] = base64.b64decode(match[3].translate(STANDARD_LETTERS))
    for kind, some in keys.items():
        if not some:
            raise BadKeys(f"there is no {kind} key")
    return Keyring({number: AESGCM(key) for number, key in keys["data"].items()}, keys["index"])


STANDARD_LETTERS = str.maketrans("-_", "+/")


def entries_of(text: str) -> Iterable[str]:
    return re.split(r"[\s,]+", re.sub(r"#.*", "", text).strip()) if text.strip() else []


def is_sealed(stored: bytes) -> bool:
    """Whether stored bytes are a sealed value, with or without blind index, and not plain text."""
    return stored[0] < ord(" ")


@cache
def keyring_of(text: str) -> Keyring:
    return parse_keys(text)


def current() -> Keyring:
    return keyring_of(settings.DATA_KEYS)


def check_keys(**_options: object) -> list[Error]:
    """System check: DATA_KEYS can be read, before any command runs."""
    try:
        current()
    except BadKeys as fault:
        return [
            Error(f"DATA_KEYS: {fault}.", hint="bin/run makes them; elsewhere deploy/make_secrets.", id="geoapp.E001")
        ]
    return []
