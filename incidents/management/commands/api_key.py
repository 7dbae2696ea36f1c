"""Create, list and deactivate keys with which other systems send reports by Open311."""

import hashlib
import secrets
from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from incidents.models import ApiKey, Authority

DAYS = 730  # that a key works where nothing is said


class Command(BaseCommand):
    help = "Make a key for another system that sends reports, and print it: this once, for only its SHA-256 is kept."

    def add_arguments(self, parser):
        parser.add_argument("name", help="the system that sends with it")
        parser.add_argument("--unit", help="code of the unit whose own system it is, to work on its incidents")
        parser.add_argument("--email", default="", help="who is told when a webhook of it fails")
        parser.add_argument("--days", type=int, default=DAYS, help=f"how long it works ({DAYS})")
        parser.add_argument("--revoke", action="store_true", help="take this system's key out of use")

    def handle(self, *, name, revoke, unit=None, email="", days=DAYS, **options):
        if revoke:
            if not ApiKey.objects.filter(name=name).update(active=False):
                raise CommandError(f"There is no key of “{name}”.")
            return
        if ApiKey.objects.filter(name=name).exists():
            raise CommandError(f"“{name}” has a key already. Take another name, or --revoke it first.")
        authority = Authority.objects.filter(code=unit).first() if unit else None
        if unit and authority is None:
            raise CommandError(f"There is no unit “{unit}”.")
        secret = secrets.token_urlsafe(24)
        sha256 = hashlib.sha256(secret.encode()).hexdigest()
        ends_at = now() + timedelta(days=days)
        ApiKey.objects.create(name=name, sha256=sha256, authority=authority, ends_at=ends_at, email=email)
        self.stdout.write(secret)
