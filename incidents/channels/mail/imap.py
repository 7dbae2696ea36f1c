"""Fetch new mails from the city's IMAP mailbox, store each once, then move or mark it on the server.

The position in the folder is committed with the mails. A mail that is stored but not marked, because the process died,
is known by its UID next time, and by its Message-ID where the server has renumbered all.
"""

import hashlib
import imaplib
import logging
import re
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.db import transaction
from django.utils.timezone import now

from geoapp import deadline, outbound
from geoapp.http.log_masking import mask
from incidents.channels.mail import store_mail
from incidents.models import Mailbox

logger = logging.getLogger(__name__)

TIMEOUT_S = 30.0
MAX_MAILS, MAX_S = 500, 45.0  # of one time; what is left comes with the next
TOTAL_S = 90.0  # for all that is asked of the server at one time, its greeting and the last mail included
SIZE = re.compile(rb"RFC822\.SIZE (\d{1,15})")
UID_VALIDITY = re.compile(rb"(\d{1,15})")
FAULTS = (imaplib.IMAP4.error, OSError, ssl.SSLError, outbound.NotAllowed)


class MailboxFault(Exception):
    """The mailbox cannot be read."""


def fetch_mails() -> int:
    """Store new mails of the mailbox. Returns how many; 0 also where none is configured or it is unreachable."""
    if not settings.MAIL_IMAP_HOST:
        return 0
    box, _new = Mailbox.objects.get_or_create(name=box_name())
    count, fault = 0, ""
    try:
        with deadline.total_time(TOTAL_S), connect() as server:
            count = read_folder(server, box)
    except (*FAULTS, MailboxFault) as error:
        fault = mask(f"{type(error).__name__}: {error}")[:200]
        logger.warning("the mailbox cannot be read: %s", fault)
    Mailbox.objects.filter(pk=box.pk).update(read_at=now(), fault=fault)
    return count


def box_name():
    named = f"{settings.MAIL_IMAP_USER}@{settings.MAIL_IMAP_HOST}:{settings.MAIL_IMAP_PORT}/{settings.MAIL_IMAP_FOLDER}"
    return hashlib.sha256(named.encode()).hexdigest()


@contextmanager
def connect() -> Iterator[imaplib.IMAP4]:
    """The server after login. Raises what imaplib and sockets raise."""
    where: tuple[str, int] = settings.MAIL_IMAP_HOST, settings.MAIL_IMAP_PORT
    server: imaplib.IMAP4
    if settings.MAIL_IMAP_TLS:
        server = CheckedTls(*where, timeout=TIMEOUT_S, ssl_context=outbound.tls_context())  # else nobody is asked
    else:
        server = Checked(*where, timeout=TIMEOUT_S)
    try:
        server.login(settings.MAIL_IMAP_USER, settings.MAIL_IMAP_PASSWORD)
        yield server
    finally:
        with suppress(*FAULTS):
            server.logout()


class Checked(imaplib.IMAP4):
    """IMAP connection to allowed hosts only (`geoapp.outbound`)."""

    def _create_socket(self, timeout):
        reach = outbound.allowed_targets("mail")
        return outbound.connect(self.host, self.port, reach=reach, timeout=timeout)


class CheckedTls(imaplib.IMAP4_SSL):
    """The same with TLS from the first byte."""

    def _create_socket(self, timeout):
        reach = outbound.allowed_targets("mail")
        plain = outbound.connect(self.host, self.port, reach=reach, timeout=timeout)
        return self.ssl_context.wrap_socket(plain, server_hostname=self.host)


def read_folder(server: imaplib.IMAP4, box: Mailbox) -> int:
    check_answer(server.select(quote_folder(settings.MAIL_IMAP_FOLDER)))
    follow_numbering(server, box)
    begun, count = time.monotonic(), 0
    for uid in uids_after(server, box.last_uid):
        if count >= MAX_MAILS or time.monotonic() - begun > MAX_S:
            break
        raw, size = fetch(server, uid)
        with transaction.atomic():
            if raw:
                store_mail(raw, way="imap", size=size)
            box.last_uid = uid
            box.save(update_fields=["last_uid"])
        mark_and_move_mail(server, uid)
        count += 1
    return count


def follow_numbering(server, box):
    """Restart at the first UID where UIDVALIDITY has changed; stored mails are known by their Message-ID."""
    _name, response = server.response("UIDVALIDITY")
    match = UID_VALIDITY.search(response[0] or b"") if response else None
    validity = int(match[1]) if match else 0
    if validity != box.uid_validity:
        box.uid_validity, box.last_uid = validity, 0
        box.save(update_fields=["uid_validity", "last_uid"])


def uids_after(server, last):
    """UIDs after this one, ascending. `n:*` returns the last mail even where its UID is less than n."""
    [uid_list, *_more] = check_answer(server.uid("SEARCH", "UID", f"{last + 1}:*"))
    uids = sorted(int(uid) for uid in (uid_list or b"").split() if uid.isdigit())
    return [uid for uid in uids if uid > last]


def fetch(server, uid):
    """(bytes, size) of a mail, cut where it is too large. (b"", 0) where it is gone."""
    size = size_of(check_answer(server.uid("FETCH", str(uid), "(RFC822.SIZE)")))
    part = f"<0.{settings.MAIL_MAX_BYTES}>" if size > settings.MAIL_MAX_BYTES else ""
    answer = check_answer(server.uid("FETCH", str(uid), f"(BODY.PEEK[]{part})"))
    raw = next((piece[1] for piece in answer if isinstance(piece, tuple)), b"")
    return raw[: settings.MAIL_MAX_BYTES], max(size, len(raw))


def size_of(answer):
    for part in answer:
        text = part[0] if isinstance(part, tuple) else part
        if match := SIZE.search(text or b""):
            return int(match[1])
    return 0


def mark_and_move_mail(server, uid):
    """Mark a stored mail as read and move it to MAIL_IMAP_DONE, if set. After a failure it is not stored twice."""
    with suppress(imaplib.IMAP4.error):
        server.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)")
        if not settings.MAIL_IMAP_DONE:
            return
        folder = quote_folder(settings.MAIL_IMAP_DONE)
        known = capabilities(server)
        if b"MOVE" in known:
            server.uid("MOVE", str(uid), folder)
        elif server.uid("COPY", str(uid), folder)[0] == "OK":
            server.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)")
            if b"UIDPLUS" in known:  # else who tidies the mailbox expunges it
                server.uid("EXPUNGE", str(uid))


def capabilities(server):
    """Capabilities after login; before it a server may list fewer."""
    return check_answer(server.capability())[0].upper().split()


def quote_folder(folder):
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def check_answer(answer):
    """Data of a server's answer. Raises MailboxFault for NO and BAD."""
    status, data = answer
    if status != "OK":
        raise MailboxFault(f"{status} {data!r}"[:200])
    return data
