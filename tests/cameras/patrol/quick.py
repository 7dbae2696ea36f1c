"""Run a patrol in quick time: each camera is visited five times as often as its period says.

Lateness keeps its seconds: how busy the machine is says nothing of what a patrol does.
"""

from cameras import freshness
from cameras.analysis import health
from cameras.patrol import chores, hosts, partitioning, patrol, register
from cameras.patrol.watch import Watch

TIMES = 5
pace_s = Watch.pace_s.fget
OF_A_PATROL = [
    (Watch, "pace_s", property(lambda watch: pace_s(watch) / TIMES)),
    (health, "LATE_PERIODS", health.LATE_PERIODS * TIMES),
    (patrol, "RELOAD_EVERY_S", 0.3),
    (patrol, "SAVE_EVERY_S", 0.1),
    (chores, "MEND_EVERY_S", 0.3),
    (chores, "TIDY_SOON_S", 0.2),
    (register, "SOON_S", register.SOON_S / TIMES),
    (hosts, "FIRST_WAIT_S", 0.5),
    (hosts, "LONGEST_PROBE_S", 0.4),
]
# Who is dead, and whether what it left was without a patrol.
AMONG_PATROLS = [
    (partitioning, "DEAD_AFTER", partitioning.DEAD_AFTER / TIMES),
    (freshness, "SILENT_S", freshness.SILENT_S / TIMES),
]
# python -c PROGRAM 3 quick: so many processes of manage.py patrol, in quick time if it says so, which import once what
# they need. Writes their numbers, and then of each that ends its number and its exit code.
PROGRAM = """
import os, sys
import django
django.setup()
from django.core.management import call_command
from tests.cameras.patrol import quick
if "quick" in sys.argv:
    for place, name, value in quick.OF_A_PATROL + quick.AMONG_PATROLS:
        setattr(place, name, value)
pids = []
for _ in range(int(sys.argv[1])):
    pids.append(os.fork())
    if pids[-1] == 0:
        call_command("patrol")
        os._exit(0)
print(*pids, flush=True)
for _ in pids:
    pid, status = os.wait()
    print(pid, os.waitstatus_to_exitcode(status), flush=True)
"""
