"""Re-encrypt personal data and secrets under the first keys of DATA_KEYS, so that older ones can be removed."""

from django.core.management.base import BaseCommand, CommandError

from geoapp.crypto import keyring, rotation


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options):
        unreadable = {}
        for progress in rotation.rotate():
            if progress.done:
                self.stdout.write(f"{progress.column}: {progress.done} of {progress.total}")
            if progress.unreadable:
                unreadable[progress.column] = len(set(progress.unreadable))
        if unreadable:
            columns = ", ".join(f"{column} ({count})" for column, count in unreadable.items())
            raise CommandError(f"No key opens these, they stay as they are: {columns}. Take no key out.")
        ring = keyring.current()
        old = [f"data-{number}" for number in ring.data if number != ring.number]
        old += [f"index-{number}" for number in ring.index if number != ring.index_number]
        self.stdout.write(
            f"All lies under data-{ring.number} and index-{ring.index_number}."
            + (f" These keys can be taken out: {', '.join(old)}." if old else "")
        )
