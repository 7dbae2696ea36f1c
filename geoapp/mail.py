"""Where no mail server is set no letter goes out, and who looks at the messages is told so: none is printed instead."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class NoMailServer(BaseEmailBackend):
    """Refuses every letter: as a server does that is not there, so that it is tried again."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise ConnectionRefusedError("EMAIL_URL is not set")
