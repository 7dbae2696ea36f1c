"""Verify the sums of ended incidents, or count them anew."""

from time import perf_counter

from django.core.management.base import BaseCommand, CommandError

from incidents import aggregates


class Command(BaseCommand):
    help = "Compare the kept sums with the incidents that they count."

    def add_arguments(self, parser):
        parser.add_argument("--rebuild", action="store_true", help="count them anew; the service goes on meanwhile")

    def handle(self, **options):
        began = perf_counter()
        try:
            with aggregates.hold_one_moment():
                if options["rebuild"]:
                    aggregates.rebuild_sums(self.stdout.write)
                wrong = aggregates.count_differences()
        except aggregates.SumsAreInUse as error:
            raise CommandError("Somebody else is at the sums just now: try again in a minute.") from error
        if wrong:
            raise CommandError(f"{wrong:,} sums are not what the incidents say; --rebuild recounts them.")
        self.stdout.write(f"OK: all sums are what the incidents say, in {perf_counter() - began:.1f} s.")
