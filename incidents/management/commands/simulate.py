"""Simulate months of the city at speed, and check every reminder, escalation and digest.

All is rolled back at the end: good for weeks. Half a year belongs on a database of its own, with --keep: there it is
committed as it goes, so that what is outdated can be cleared away meanwhile (bin/simulate does so).
"""

from contextlib import nullcontext
from datetime import date, datetime

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.test.utils import override_settings

from gis_data.models import City
from incidents import simulation
from incidents.deadlines import ladder
from incidents.models import Incident, Rung
from incidents.simulation import check, world

FIRST = date(2026, 1, 5)  # a Monday; Tết, Hùng Kings' day, 30 April and 1 May lie ahead
# The days off from then on to the end of June, as they were decreed, and a Saturday that was worked in exchange.
OFF = {date(2026, 2, day) for day in range(16, 21)} | {
    date(2026, 4, 27), date(2026, 4, 30), date(2026, 5, 1), date(2026, 3, 13),
}  # fmt: skip
WORKED = {date(2026, 1, 10), date(2026, 3, 14)}
OUTAGES = (
    (datetime(2026, 1, 20, 9, 0), datetime(2026, 1, 20, 15, 30)),
    (datetime(2026, 3, 6, 11, 0), datetime(2026, 3, 7, 8, 0)),  # over a Friday's digest
)
CHASES = {"both": (False, True), "without": (False,), "with": (True,)}


class Command(BaseCommand):
    help = __doc__.partition("\n")[0]

    def add_arguments(self, parser):
        parser.add_argument("--days", type=int, default=182)
        parser.add_argument("--per-day", type=int, default=200)
        parser.add_argument("--units", type=int, default=86)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--every", type=int, default=1, help="minutes from one chase to the next")
        parser.add_argument("--keep", action="store_true", help="commit it: only on a scratch database")
        parser.add_argument("--chasing", choices=CHASES, default="both", help="whether anybody is reminded of anything")

    def handle(self, days, per_day, units, seed, every, keep, chasing, **options):
        if Incident.objects.exists() or not City.objects.exists():
            raise CommandError("Simulate on a database with a city and without incidents.")
        if keep and chasing == "both":
            raise CommandError("One database keeps one run: --keep needs --chasing with or --chasing without.")
        if keep:
            with connection.cursor() as cursor:
                cursor.execute("SET synchronous_commit = off")  # a crash may take it all
        for chases in CHASES[chasing]:
            with nullcontext() if keep else transaction.atomic():
                with override_settings(SMS_PROVIDER="", VAPID_KEY=""):
                    self.simulate(chases, days, per_day, units, seed, every)
                if not keep:
                    transaction.set_rollback(True)

    def simulate(self, chases, days, per_day, units, seed, every):
        world.calendar(OFF, WORKED)
        if not Rung.objects.exists():
            ladder.load([("", *rung) for rung in ladder.GENERAL], {})
        one = simulation.Simulation(
            FIRST, days, per_day, units, seed, chases, every, OUTAGES, say=lambda line: self.stdout.write(line)
        )
        story = one.run()
        told = sum(told for *_what, told in story.reminders)
        self.stdout.write(
            f"{'With' if chases else 'Without'} chasing: {len(story.reports)} reports, {one.late_rate():.2%} late,"
            f" {len(story.reminders)} rungs, {told} of them told, {len(story.letters)} letters,"
            f" {len(story.digests)} digests"
        )
        known = one.world.described() | ({} if chases else {"rungs": []})
        expected = check.Expected(story, known, FIRST, days, OFF, WORKED, every, OUTAGES)
        wrong = list(check.differences(story, expected))
        for line in wrong[:50]:
            self.stderr.write(line)
        if wrong:
            raise CommandError(f"{len(wrong)} differences from what was worked out independently.")
        self.stdout.write("Every reminder, letter and digest is as it was worked out independently.")
