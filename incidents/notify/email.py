"""Notices by e-mail."""

from django.conf import settings
from django.core.mail import EmailMessage


def send(notice):
    """Hand one notice to the mail server. Its Message-ID is its own for ever: who gets it twice keeps one."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2]
    headers = {"Message-ID": f"<notice-{notice.pk}@{domain}>", "Auto-Submitted": "auto-generated"}
    EmailMessage(notice.subject, notice.text, to=[notice.address], headers=headers).send()
