"""Encrypts words that lie plain and may not: what a release before wrote, and what everybody could read once."""

from django.core.management.base import BaseCommand

from incidents.disclosure import sealing


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options):
        self.stdout.write(f"{sealing.seal_words()} texts")
