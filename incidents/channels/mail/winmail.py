"""Unpack attachments of `winmail.dat` (TNEF), in which Outlook wraps them for Exchange.

After a signature stand attributes: level (1 byte), id (4), length (4), data, checksum (2).
"""

import struct
from collections.abc import Iterator

SIGNATURE = 0x223E9F78
HEADER = struct.Struct("<BII")
NEW_ATTACHMENT, TITLE, DATA, BODY = 0x00069002, 0x00018010, 0x0006800F, 0x0002800C
MAX_ATTACHMENTS = 30


def read_attachments(data: bytes) -> list[tuple[str, bytes]]:
    """(name, bytes) of each attachment; of broken data those that are whole."""
    attachments: list[tuple[str, bytes]] = []
    name, body = "", b""
    for what, value in read_attributes(data):
        if what == NEW_ATTACHMENT:
            attachments, name, body = keep(attachments, name, body), "", b""
        elif what == TITLE:
            name = value.split(b"\0")[0].decode("cp1252", "replace")
        elif what == DATA:
            body = value
        if len(attachments) >= MAX_ATTACHMENTS:
            break
    return keep(attachments, name, body)


def keep(attachments, name, body):
    return [*attachments, (name, body)] if body else attachments


def read_attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != SIGNATURE:
        return
    place = 6
    while place + HEADER.size <= len(data):
        _level, what, length = HEADER.unpack_from(data, place)
        place += HEADER.size
        if place + length > len(data):
            return
        yield what, data[place : place + length]
        place += length + 2
