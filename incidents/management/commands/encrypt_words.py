"""Encrypt words stored in plain that must not be: by an earlier release, or since they were public."""

from django.core.management.base import BaseCommand

from incidents.disclosure import sealing


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options):
        self.stdout.write(f"{sealing.seal_words()} texts")
