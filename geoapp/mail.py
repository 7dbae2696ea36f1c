"""Send e-mail through EMAIL_URL within one deadline; refuse all where it is unset.

Pages that show messages say so; no message is printed instead.
"""

import smtplib
import socket
import ssl
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends import smtp
from django.core.mail.backends.base import BaseEmailBackend

from geoapp import deadline, outbound

ANYWHERE = outbound.AllowedTargets(private=True)  # the server is the city's own: it may stand in its network
CLOSE_S = 5.0


class NoMailServer(BaseEmailBackend):
    """E-mail backend that refuses every message, so that it is retried."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise ConnectionRefusedError("EMAIL_URL is not set")


class Timed(smtplib.SMTP):
    def _get_socket(self, host: str, port: int, timeout: float | None) -> socket.socket:
        wait_s = timeout if isinstance(timeout, int | float) else None  # else smtplib's word for "as sockets have it"
        return outbound.connect(host, port, reach=ANYWHERE, timeout=wait_s)


class TimedWithTls(smtplib.SMTP_SSL, Timed):
    """The same with TLS from the first byte."""


class MailServer(smtp.EmailBackend):
    """Django's SMTP backend with EMAIL_TOTAL_S for greeting, TLS, sign-in and messages together."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return TimedWithTls if self.use_ssl else Timed

    @property
    def ssl_context(self) -> ssl.SSLContext:
        return deadline.timed_context(super().ssl_context)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        with deadline.total_time(settings.EMAIL_TOTAL_S):
            return super().send_messages(email_messages)

    def close(self) -> None:
        """Say goodbye, but wait only CLOSE_S for the answer."""
        connection = self.connection
        try:
            with deadline.total_time(CLOSE_S):
                super().close()
        except OSError:
            if connection is not None:
                connection.close()
            self.connection = None
