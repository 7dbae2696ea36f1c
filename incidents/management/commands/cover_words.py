"""Cover contacts in public words of reports that older patterns missed."""

from django.core.management.base import BaseCommand

from incidents.disclosure import old_words


class Command(BaseCommand):
    help = f"{__doc__} Broken off, it goes on where it was; by patterns that have seen all it looks at newer reports."

    def handle(self, **options):
        count = old_words.cover_old_words(lambda count: self.stdout.write(f"{count:,} covered so far"))
        self.stdout.write(f"{count:,} reports are covered.")
