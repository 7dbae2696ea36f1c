"""Simulate months of the city in fast time and check every reminder, escalation and digest (bin/simulate).

All is rolled back at the end, which suits weeks. Half a year needs a database of its own, with --keep: there each step
is committed, so that bin/simulate can clear outdated rows meanwhile.
"""

import argparse
import sys
from contextlib import nullcontext
from datetime import date, datetime

from django.db import connection, transaction
from django.test.utils import override_settings

from gis_data.models import City
from incidents.deadlines import ladder
from incidents.models import EscalationStep, Incident
from tests.simulation import check, world
from tests.simulation.half_year import Simulation

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


def main(arguments=None):
    """Runs the command line; exits with the reason if it cannot run, or if anything differs."""
    parser = argparse.ArgumentParser(prog="bin/simulate", description=__doc__.partition("\n")[0])
    parser.add_argument("--days", type=int, default=182)
    parser.add_argument("--per-day", type=int, default=200)
    parser.add_argument("--units", type=int, default=86)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=1, help="minutes from one chase to the next")
    parser.add_argument("--keep", action="store_true", help="commit it: only on a scratch database")
    parser.add_argument("--chasing", choices=CHASES, default="both", help="whether anybody is reminded of anything")
    wanted = parser.parse_args(arguments)
    if Incident.objects.exists() or not City.objects.exists():
        sys.exit("Simulate on a database with a city and without incidents.")
    if wanted.keep and wanted.chasing == "both":
        sys.exit("One database keeps one run: --keep needs --chasing with or --chasing without.")
    if wanted.keep:
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off")  # a crash may take it all
    for chases in CHASES[wanted.chasing]:
        with nullcontext() if wanted.keep else transaction.atomic():
            with override_settings(SMS_PROVIDER="", VAPID_KEY=""):
                simulate(chases, wanted.days, wanted.per_day, wanted.units, wanted.seed, wanted.every)
            if not wanted.keep:
                transaction.set_rollback(True)


def simulate(chases, days, per_day, units, seed, every):
    world.calendar(OFF, WORKED)
    if not EscalationStep.objects.exists():
        ladder.replace_steps([("", *step) for step in ladder.DEFAULT_STEPS], {})
    simulation = Simulation(FIRST, days, per_day, units, seed, chases, every, OUTAGES, say=print)
    story = simulation.run()
    told_count = sum(told_count for *_what, told_count in story.reminders)
    print(
        f"{'With' if chases else 'Without'} chasing: {len(story.reports)} reports, {simulation.late_rate():.2%} late,"
        f" {len(story.reminders)} escalation steps, {told_count} of them told, {len(story.letters)} letters,"
        f" {len(story.digests)} digests"
    )
    known = simulation.world.described() | ({} if chases else {"steps": []})
    expected = check.Expected(story, known, FIRST, days, OFF, WORKED, every, OUTAGES)
    wrong = list(check.differences(story, expected))
    for line in wrong[:50]:
        print(line, file=sys.stderr)
    if wrong:
        sys.exit(f"{len(wrong)} differences from what was worked out independently.")
    print("Every reminder, letter and digest is as it was worked out independently.")
