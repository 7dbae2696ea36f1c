"""Store incoming e-mail once each, and answer each at most once.

`store_mail` stores a raw mail and its job in one transaction before it is acknowledged to its source (`imap`, `lmtp`).
The job calls `process_mail`, which parses it (`parsing`), leaves automatic mail unanswered (`automatic`), assigns
replies to their incidents (`replies`) and makes a report of everything else (`settling`), again in one transaction: a
worker that dies leaves the mail to the next one. A mail that is not understood waits for a person (`unread`).
"""

import hashlib
import logging

from django.db import transaction
from django.db.models import F
from django.utils.timezone import now
from procrastinate.contrib.django import app

from geoapp.db import locks
from incidents.channels.mail import parsing, settling
from incidents.models import StoredMail

logger = logging.getLogger(__name__)

MAX_TRIES = 5  # then a person looks at it
MAX_NAMES = 2000  # characters of addresses that are kept of an envelope
S, W = StoredMail.State, StoredMail.Why


@transaction.atomic
def store_mail(
    raw: bytes, *, way: str, recipients: tuple[str, ...] = (), null_sender: bool = False, size: int = 0
) -> StoredMail | None:
    """Store a raw mail with the job that reads it. None where it is stored already.

    `recipients`: of the envelope, as far as known. `null_sender`: the envelope has no return address. `size`: of the
    whole mail, where `raw` is only its beginning.
    """
    sender, message_id, date = parsing.read_identity(raw)
    identity = f"{sender}\n{message_id}" if message_id else f"{sender}\n{date}\n{hashlib.sha256(raw).hexdigest()}"
    mail, new = StoredMail.objects.get_or_create(
        digest=hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest(),
        defaults={
            "way": way,
            "raw": raw,
            "size": size or len(raw),
            "cut": size > len(raw),
            "null_sender": null_sender,
            "recipients": " ".join(recipients)[:MAX_NAMES],
            "sender": sender,
        },
    )
    if not new:
        return None
    app.configure_task("incidents.take_mail").defer(mail_id=mail.pk)
    return mail


def process_mail(mail_id: int) -> None:
    """Parse a mail and act on it; idempotent."""
    mail = StoredMail.objects.filter(pk=mail_id, state=S.WAITING).first()
    if mail is None:
        return
    try:
        process(mail)
    except Exception:
        waiting = StoredMail.objects.filter(pk=mail.pk, state=S.WAITING)
        waiting.update(tries=F("tries") + 1)
        if waiting.filter(tries__gte=MAX_TRIES).update(state=S.FOR_PERSON, why=W.FAILED, taken_at=now()):
            logger.exception("mail %d waits for a person", mail.pk)
            return
        raise


def process(mail):
    try:
        read = parsing.read_mail(bytes(mail.raw))
    except parsing.Unreadable:
        read = None
    lookahead = settling.look_ahead(mail, read) if read else None
    with transaction.atomic():
        locks.hold(locks.Lock.MAIL, mail.sender)  # two at once of one sender go one after the other
        locked = StoredMail.objects.select_for_update().filter(pk=mail.pk, state=S.WAITING).first()
        if locked is None:
            return
        locked.taken_at = now()
        if read is None or lookahead is None:
            locked.state, locked.why = S.FOR_PERSON, W.UNREADABLE
        else:
            settling.settle_mail(locked, read, lookahead)
        locked.save()
