import asyncio

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from incidents.channels.mail import lmtp


class Command(BaseCommand):
    help = "Take e-mail by LMTP from the city's mail server, at MAIL_LMTP, until this is stopped."

    def handle(self, **options):
        if not settings.MAIL_LMTP:
            raise CommandError("MAIL_LMTP is not set.")
        self.stdout.write(f"Mail to {settings.MAIL_ADDRESS} is taken at {settings.MAIL_LMTP}.")
        asyncio.run(lmtp.serve(settings.MAIL_LMTP))
