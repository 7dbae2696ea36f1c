"""LMTP server (RFC 2033) for the city's mail server: mail is stored before it is acknowledged.

The mail server retries what is not acknowledged, for each recipient separately. Access is limited by the address this
listens on (MAIL_LMTP): the own machine or a private network.
"""

import asyncio
import logging
import signal
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope, Session
from django.conf import settings
from django.db import DatabaseError, connections

from incidents.channels.mail import store_mail

logger = logging.getLogger(__name__)

MAX_RECIPIENTS = 50
MAX_LINE = 1_000_000  # bytes: some programs break no lines
IDLE_S = 120
AT_ONCE = 4  # mails that are being stored; the others wait
OK, LATER = "250 2.0.0 stored", "451 4.3.0 not stored, try again later"


class Door(LMTP):
    """aiosmtpd's LMTP that answers once for each recipient also where a mail is too large."""

    line_length_limit = MAX_LINE
    receivers = 0  # of the mail that is being sent

    async def smtp_DATA(self, arg: str) -> None:
        self.receivers = len(self.envelope.rcpt_tos) if self.envelope else 0
        try:
            await super().smtp_DATA(arg)
        finally:
            self.receivers = 0

    async def push(self, status: Any) -> None:
        is_of_mail = isinstance(status, str) and not status.startswith(("354", "501", "503"))
        for _receiver in range(self.receivers if is_of_mail and self.receivers else 1):
            await super().push(status)


class Receiver:
    """Handler for aiosmtpd: accepts recipients and stores mail."""

    def __init__(self) -> None:
        self.places = asyncio.Semaphore(AT_ONCE)

    async def handle_RCPT(self, server: Door, session: Session, envelope: Envelope, address: str, _options: Any) -> str:
        if not is_ours(address):
            return "550 5.1.1 nobody of that name is here"
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 too many recipients at once"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Door, session: Session, envelope: Envelope) -> str:
        async with self.places:
            return await asyncio.to_thread(store, envelope)


def is_ours(address: str) -> bool:
    local, _at, domain = address.lower().strip("<>").partition("@")
    ours, _at, our_domain = settings.MAIL_ADDRESS.lower().partition("@")
    return local.partition("+")[0] == ours and domain == our_domain


def store(envelope: Envelope) -> str:
    raw = bytes(envelope.original_content or b"")
    null_sender = not (envelope.mail_from or "").strip("<>")
    try:
        store_mail(raw, way="lmtp", recipients=tuple(envelope.rcpt_tos), null_sender=null_sender)
    except DatabaseError:
        logger.exception("a mail could not be stored")
        return LATER
    finally:
        connections.close_all()  # back to the pool: this thread may never come again
    return OK


async def open_server(where: str) -> asyncio.Server:
    loop, receiver = asyncio.get_running_loop(), Receiver()

    def open_door():
        return Door(
            receiver,
            data_size_limit=settings.MAIL_MAX_BYTES,
            enable_SMTPUTF8=True,
            hostname=settings.MAIL_ADDRESS.partition("@")[2],
            ident="LMTP",
            timeout=IDLE_S,
            loop=loop,
        )

    if where.startswith("/"):
        return await loop.create_unix_server(open_door, where)
    host, _colon, port = where.rpartition(":")
    return await loop.create_server(open_door, host, int(port))


async def serve(where: str) -> None:
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stopped.set)
    server = await open_server(where)
    await stopped.wait()
    server.close()
