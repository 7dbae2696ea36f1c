import getpass

from django.core.management.base import BaseCommand, CommandError

from incidents.notify import zalo
from incidents.notify.transport import Refused


class Command(BaseCommand):
    help = "Enter the refresh token of the city's Zalo account; it is used up at once, and renewed from here on."

    def handle(self, **options):
        try:
            zalo.enter_refresh_token(getpass.getpass("Refresh token: ").strip())
        except Refused as refused:
            raise CommandError(f"It was not taken: {refused}") from None
        self.stdout.write("The account's tokens are kept, and renewed by the worker.")
