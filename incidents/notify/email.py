"""Send notices by e-mail."""

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from email.headerregistry import Address
from email.utils import parseaddr
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import BadHeaderError, EmailMessage, get_connection
from django.urls import reverse
from django.utils import translation

from geoapp import deadline, queues
from gis_data import city
from incidents.models import Medium, Notice
from incidents.notify import opt_outs, reply_addresses, text_keys
from incidents.notify.transport import Refused, Sent, Transport, Unsure, addresses_in

KEPT: ContextVar[Any] = ContextVar("KEPT", default=None)  # the connection of `keep_connection`


def send(notice: Notice) -> Sent:
    """Send one notice by SMTP. Its Message-ID never changes, so a mail client that gets it twice keeps one.

    Raises Refused, or Unsure if the connection broke: then the same may be sent again.
    """
    sender = sender_address(notice.language)
    headers = {
        "Message-ID": f"<{reply_addresses.message_id(notice.pk)}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "X-Report-Loop": "yes",  # what comes back with it is not answered
    }
    if reply_addresses.is_on():
        # Bounces go to the envelope's sender, replies of people elsewhere.
        headers |= {"From": sender} | reply_headers(notice)
        sender = reply_addresses.reply_address(reply_addresses.BOUNCE, notice.pk)
    if link := ending_link(notice):
        headers["List-Unsubscribe"] = f"<{link}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    try:
        hand_over(EmailMessage(notice.subject, notice.text, sender, to=[notice.address], headers=headers))
    except smtplib.SMTPRecipientsRefused as error:
        code, detail = next(iter(error.recipients.values()))
        raise refusal(code, detail, retry=code < 500) from error
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        raise refusal(error.smtp_code, error.smtp_error, retry=error.smtp_code < 500) from error
    except smtplib.SMTPResponseException as error:  # no greeting, no sign-in: a person mends it meanwhile
        raise refusal(error.smtp_code, error.smtp_error, retry=True) from error
    except (ConnectionRefusedError, socket.gaierror) as error:
        raise Refused("connection", error, retry=True) from error
    except (smtplib.SMTPException, OSError) as error:
        raise Unsure(f"{type(error).__name__} {error}", then=Unsure.AGAIN) from error
    except (BadHeaderError, UnicodeError, ValueError) as error:
        raise Refused("header", error) from error
    return Sent()


@contextmanager
def keep_connection() -> Iterator[None]:
    """Inside, letters go over one connection to the mail server; after a fault over a new one."""
    server = get_connection()
    token = KEPT.set(server)
    try:
        yield
    finally:
        KEPT.reset(token)
        server.close()


def hand_over(letter: EmailMessage) -> None:
    server = KEPT.get()
    if server is None:
        letter.send()
        return
    letter.connection = server
    try:
        with deadline.total_time(settings.EMAIL_TOTAL_S):
            server.open()  # does nothing while it is
            letter.send()
    except Exception:
        server.close()
        raise


def sender_address(language: str) -> str:
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    here = None if name else city.find_city()
    if here is None:
        return settings.DEFAULT_FROM_EMAIL
    with translation.override(language):
        return str(Address(display_name=here.brand, addr_spec=address))


def reply_headers(notice: Notice) -> dict[str, str]:
    """Return the reply address; for an answer to a mail also the headers that thread it."""
    mail = notice.answered_mails.order_by("pk").first() if notice.template in text_keys.MAIL_ANSWERS else None
    kind, pk = reply_addresses.NOTICE, notice.pk
    if notice.report_id:
        kind, pk = reply_addresses.REPORT, notice.report_id
    elif mail:
        kind, pk = reply_addresses.MAIL, mail.pk
    headers = {"Reply-To": reply_addresses.reply_address(kind, pk)}
    if mail:
        headers["Auto-Submitted"] = "auto-replied"
        if mail.message_id:
            headers |= {"In-Reply-To": f"<{mail.message_id}>", "References": f"<{mail.message_id}>"}
    return headers


def refusal(code, detail, *, retry):
    return Refused(code, detail.decode("utf-8", "replace") if isinstance(detail, bytes) else detail, retry=retry)


# ---- who wants no more ----


def ending_link(notice: Notice) -> str:
    if notice.template == "follow_news":
        return text_keys.named_values(notice)["stop"]
    return unsubscribe_link(notice) if notice.report_id else ""


def unsubscribe_link(notice):
    return settings.SITE_URL + reverse("stop", args=[opt_outs.sign_address(notice.medium, notice.address)])


def mask_address(address: str) -> str:
    name, _at, domain = address.partition("@")
    return f"{name[:1]}•••@{domain}"


TRANSPORT = Transport(
    medium=Medium.EMAIL,
    queue=queues.MAIL,
    send=send,
    keep_connection=keep_connection,
    after_worker_death=Unsure.AGAIN,  # the same Message-ID: who gets it twice keeps one
    find_addresses=partial(addresses_in, "email"),
    mask=mask_address,
    hint=mask_address,
    bounces=True,
    is_batched=True,
    is_merged=True,
    has_subject=True,
    keeps_lines=True,
)
