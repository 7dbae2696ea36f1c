"""Record digests of the words of reports that have none, so that later changes are found."""

from django.core.management.base import BaseCommand

from incidents.disclosure import old_words


class Command(BaseCommand):
    help = f"{__doc__} Broken off, it goes on where it was."

    def handle(self, **options):
        count = old_words.digest_old_words(lambda count: self.stdout.write(f"{count:,} reports so far"))
        self.stdout.write(f"{count:,} reports have digests of their words as they are today.")
