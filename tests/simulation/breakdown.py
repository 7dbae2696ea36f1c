"""Break the service at random while citizens report, then look for every report.

    python -m tests.simulation.breakdown [--times 200] [--seed N] [--channels]        (bin/breakdown)

This program also plays the surroundings: Docker's restart policy, the network to the database, the disk, the clock, and
citizens who resend a form until it is acknowledged.
"""

import argparse
import contextlib
import os
import random
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import django
import httpx

from tests.simulation.writers import Writers, count_messages, open_channels

ROOT = Path(__file__).parents[2]
NAME = "pg-breakdown"
HOME = ROOT / "var" / NAME
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
CITIZENS, PAUSE_S = 3, 0.5
# All of them send from here, for one street: the limits are asked, and none is reached.
LIMITS = ",".join([
    *(f"{kind}:{by}=1000/s" for kind in ("report", "hold") for by in ("address", "place", "category")),
    *(f"{kind}=1000000/s" for kind in ("cost:address", "cost:all", "report-cost:address")),
])  # fmt: skip
CUT_S, FULL_S = 30, 10
# With --channels: nothing but kill -9.
KILLED = {"web": 80, "worker": 80, "mail": 20, "PostgreSQL": 20}
# What happens, and how often of 200 times.
SHARES = {"web": 66, "worker": 66, "patrol": 36, "PostgreSQL": 16, "disk full": 6, "clock jumps": 6, "network cut": 4}


class Network(threading.Thread):
    """The connection between the service and the database's socket. While cut, nothing passes; no side is told."""

    def __init__(self, target):
        super().__init__(daemon=True)
        self.target, self.whole = target, threading.Event()
        self.whole.set()
        self.door = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port = self.door.getsockname()[1]

    def run(self):
        while True:
            near, _address = self.door.accept()
            threading.Thread(target=self.connect, args=(near,), daemon=True).start()

    def connect(self, near):
        self.whole.wait()
        far = socket.socket(socket.AF_UNIX)
        with contextlib.suppress(OSError), near, far:
            far.connect(self.target)
            while True:
                for ready in select.select([near, far], [], [])[0]:
                    data = ready.recv(65536)
                    self.whole.wait()
                    if not data:
                        return
                    (far if ready is near else near).sendall(data)


class Service:
    """The processes of the service; restarts each that ends."""

    def __init__(self, environment, port, streets_port, kinds):
        self.environment, self.over = environment, threading.Event()
        self.port = port
        self.commands = {
            "PostgreSQL": ["bin/database", NAME, "fsync=off"],
            "web": ["bin/web"],
            "worker": ["bin/worker"],
            "patrol": ["bin/cameras"],
            "streets": [sys.executable, "-m", "demo.cameras", "--port", str(streets_port)],
            "mail": [sys.executable, "manage.py", "receive_mail"],
        }
        self.kinds = kinds  # in which order they are begun after the database
        self.running, self.starts = {}, Counter()
        self.log = (HOME / "service.log").open("ab")

    def begin(self, kind):
        plain = kind in ("PostgreSQL", "streets")
        clock = (
            {} if kind == "streets" else {name: self.environment[name] for name in CLOCK if name in self.environment}
        )
        environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]}
        self.running[kind] = subprocess.Popen(
            self.commands[kind], cwd=ROOT, stdout=self.log, stderr=self.log, start_new_session=True,
            env=environment | clock | (SETTINGS if kind == "streets" else {}) if plain else self.environment,
        )  # fmt: skip
        self.starts[kind] += 1

    def look_after(self):
        """Restarts ended processes after half a second, as Docker does."""
        while not self.over.wait(0.5):
            for kind, process in list(self.running.items()):
                if process.poll() is not None:
                    self.begin(kind)

    def kill(self, kind):
        if kind == "PostgreSQL":
            with contextlib.suppress(OSError, ValueError):
                os.kill(int((HOME / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.running[kind].pid, signal.SIGKILL)

    def stop(self):
        self.over.set()
        for kind in (*reversed(self.kinds), "PostgreSQL"):
            process = self.running.get(kind)
            if process and process.poll() is None:
                process.send_signal(signal.SIGINT if kind == "PostgreSQL" else signal.SIGTERM)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)


class Citizens:
    """Citizens who send one report after the other, each until it is acknowledged."""

    def __init__(self, port, dice):
        self.address, self.over, self.dice = f"http://127.0.0.1:{port}", threading.Event(), dice
        self.pages, self.tries, self.longest_s = {}, 0, 0.0
        self.threads = [threading.Thread(target=self.report, args=(n,), daemon=True) for n in range(CITIZENS)]

    def report(self, who):
        number = 0
        while not self.over.is_set():
            number += 1
            words = f"Hole {who}-{number}"
            form = {
                "lon": f"{10.001 + (number * 7 + who) % 80 * 0.0001:.4f}", "lat": "50.002", "category": "ST.1",
                "join": "new", "text": words, "email": f"{who}-{number}@example.org", "sending": str(uuid4()),
            }  # fmt: skip
            began = time.monotonic()
            while True:
                self.tries += 1
                with (
                    contextlib.suppress(httpx.HTTPError, KeyError),
                    httpx.Client(base_url=self.address, timeout=15) as browser,
                ):
                    browser.get("/report/")
                    token = browser.cookies["csrftoken"]
                    answer = browser.post("/report/", data=form | {"csrfmiddlewaretoken": token})
                    if answer.status_code == 303:
                        self.pages[words] = answer.headers["Location"].partition("?")[0].split("/")[2]
                        break
                time.sleep(0.3)
            self.longest_s = max(self.longest_s, time.monotonic() - began)
            time.sleep(PAUSE_S)

    @property
    def acknowledged(self):
        return len(self.pages)


CLOCK = (
    "LD_PRELOAD", "FAKETIME_TIMESTAMP_FILE", "FAKETIME_NO_CACHE", "FAKETIME_DISABLE_SHM",
    "FAKETIME_DONT_FAKE_MONOTONIC", "NO_FAKE_STAT",
)  # fmt: skip
SETTINGS = {"SECRET_KEY": "for-the-streets-only", "DATABASE_URL": "postgis://nobody@localhost/none"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(true, seconds, what):
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise SystemExit(f"In vain for {seconds} s: {what}")
        time.sleep(0.2)


def answers(port):
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


@contextlib.contextmanager
def small_disk():
    """Mounts a disk of 3 GB for the database and the pictures; yields whether that worked."""
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3g", "tmpfs", HOME], capture_output=True
    ).returncode == 0  # fmt: skip
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", HOME], check=True)


def break_down(kind, service, network, dice):
    if kind in ("web", "worker", "patrol", "mail", "PostgreSQL"):
        service.kill(kind)
    elif kind == "disk full":
        with contextlib.suppress(OSError), (HOME / "full").open("wb") as rest:
            while rest.write(b"0" * 2**20):
                rest.flush()
        time.sleep(FULL_S)
        (HOME / "full").unlink()
    elif kind == "clock jumps":
        set_clock(clock_offset_s() + dice.choice((-3600, 3600)))
    elif kind == "network cut":
        network.whole.clear()
        time.sleep(CUT_S)
        network.whole.set()


def clock_offset_s():
    """Returns how far the clock of the service is ahead of ours."""
    return int((HOME / "offset").read_text())


def set_clock(offset_s):
    (HOME / "offset").write_text(f"{offset_s:+d}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--channels", action="store_true", help="messages by all channels, and kill -9 alone")
    parser.add_argument("--messages", type=int, default=2000, help="with --channels: how many")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    dice = random.Random(options.seed)
    print(f"seed {options.seed}", flush=True)
    with small_disk() as has_disk:
        play(options.times, dice, has_disk, options.messages if options.channels else 0)


def play(times, dice, has_disk, messages):
    """Breaks the service down `times` times. `messages`: number over all channels; 0: reports by the form and all kinds
    of breakdowns.
    """
    port, streets_port = free_port(), free_port()
    by_all_channels = bool(messages)
    citizens = Writers(port, free_port(), messages) if by_all_channels else Citizens(port, dice)
    kinds = ("web", "mail", "worker") if by_all_channels else ("streets", "web", "worker", "patrol")
    set_clock(0)
    can_jump = FAKETIME.exists() and not by_all_channels
    inherited = ("PATH", "HOME", "SECRET_KEY_FILE", "DATA_KEYS_FILE")
    environment = {name: os.environ[name] for name in inherited if name in os.environ} | {
        "PORT": str(port), "MEDIA_ROOT": str(HOME / "media"), "VAR_DIR": str(HOME / "var"), "LOG_LEVEL": "WARNING",
        "EMAIL_URL": "filemail://", "DEBUG": "1", "CAMERA_RING_GB": "0.5",
        "OUTBOUND_ALLOWED": "cameras=127.0.0.0/8 gateways=private",
        "DJANGO_SETTINGS_MODULE": "geoapp.settings", "PYTHONWARNINGS": "ignore", "LIMITS": LIMITS,
    }  # fmt: skip
    if can_jump:
        environment |= {
            "LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(HOME / "offset"), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DISABLE_SHM": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
        }  # fmt: skip
    if by_all_channels:
        environment |= citizens.settings()
    service, partners = Service(environment, port, streets_port, kinds), contextlib.ExitStack()
    try:
        service.begin("PostgreSQL")
        database_urls = []

        def database_answers():
            finished = subprocess.run([ROOT / "bin" / "database", "--url", NAME], capture_output=True, text=True)
            database_urls[:] = [finished.stdout.strip()]
            return finished.returncode == 0

        wait_until(database_answers, 120, "the database")
        url = urlsplit(database_urls[0])
        network = Network(f"{unquote(url.hostname)}/.s.PGSQL.5432")
        network.start()
        for name, role in (("", "geoapp"), ("_READER", "geoapp_reader")):
            environment[f"DATABASE{name}_URL"] = f"postgis://{role}@127.0.0.1:{network.port}/geoapp"
        as_owner = database_urls[0].replace("//geoapp@", "//geoapp_owner@")
        os.environ |= {"DATABASE_URL": database_urls[0], "DATABASE_OWNER_URL": as_owner} | {
            name: environment[name] for name in ("MEDIA_ROOT", "VAR_DIR", "DJANGO_SETTINGS_MODULE", "DEBUG")
        }
        django.setup()
        fill(None if by_all_channels else streets_port)
        if by_all_channels:
            open_channels()
            partners.enter_context(citizens.zalo)
            partners.enter_context(citizens.messenger)
        for kind in kinds:
            service.begin(kind)
        wait_until(lambda: answers(port), 120, "the web server")
        keeper = threading.Thread(target=service.look_after, daemon=True)
        keeper.start()
        for thread in citizens.threads:
            thread.start()
        shares = KILLED if by_all_channels else dict(SHARES)
        if not has_disk:
            shares.pop("disk full", None)
        if not can_jump:
            shares.pop("clock jumps", None)
        table = break_down_at_random(times, dice, service, network, citizens, shares, messages)
        back_s = time.monotonic()
        if not by_all_channels:
            citizens.over.set()
        for thread in citizens.threads:
            thread.join(900)
        wait_until(is_all_done, 900, "jobs are left over")
        settled_s = time.monotonic() - back_s
        if by_all_channels:
            print_messages(table, count_messages(citizens, HOME / "var" / "mail"), count_history(), citizens, settled_s)
        else:
            print_table(table, count_reports(citizens), citizens, settled_s)
    finally:
        service.stop()
        partners.close()


def fill(streets_port):
    from django.contrib.gis.geos import Point  # noqa: PLC0415 - only now Django knows its database
    from django.core.management import call_command  # noqa: PLC0415

    from cameras.models import Camera  # noqa: PLC0415
    from tests import factories  # noqa: PLC0415

    call_command("migrate", verbosity=0, skip_checks=True)
    factories.town()
    if streets_port is None:
        return
    Camera.objects.create(
        code="K1", name="Harbour K1", place=Point(10.002, 50.002, srid=4326), period_s=2,
        url=f"http://127.0.0.1:{streets_port}/bad/well/K1.jpg",
    )  # fmt: skip


def break_down_at_random(times, dice, service, network, citizens, shares, messages):
    """Returns {kind: [seconds each time until a citizen's report was taken again]}."""
    kinds = [kind for kind, share in shares.items() for _one in range(max(1, round(times * share / 200)))]
    kinds = (kinds + ["web"] * times)[: max(times, len(shares))]
    dice.shuffle(kinds)
    table, furthest_s = defaultdict(list), 0
    for number, kind in enumerate(kinds, 1):
        if messages:  # so that they come in during all breakdowns
            citizens.allowed = messages * number // len(kinds)
        time.sleep(dice.uniform(0.05, 1) if messages else dice.uniform(0.2, 2.5))  # amid them, or soon after
        break_down(kind, service, network, dice)
        furthest_s = max(furthest_s, clock_offset_s())
        began, had = time.monotonic(), citizens.acknowledged
        if not messages or had < citizens.allowed:
            wait_until(lambda had=had: citizens.acknowledged > had, 900, f"no report was taken after: {kind}")
        table[kind].append(time.monotonic() - began)
        if messages:
            wait_until(lambda: citizens.acknowledged >= citizens.allowed, 900, f"{citizens.allowed} messages")
        if number % 10 == 0:
            print(f"· {number} of {times}: {citizens.acknowledged} reports, {time.strftime('%H:%M:%S')}", flush=True)
    if "clock jumps" in shares:  # what was put off while the clock was ahead is due now
        set_clock(furthest_s + 7200)
    return table


JOBS_LEFT = """
SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')
AND task_name LIKE ANY (ARRAY['incidents.announce', 'incidents.deliver', 'cameras.capture_evidence', 'incidents.%chat%',
    'incidents.%mail%', 'incidents.%call%'])
AND task_name NOT LIKE 'incidents.forget%' AND (scheduled_at IS NULL OR scheduled_at < now() + interval '2 hours')
"""


def is_all_done():
    from django.db import OperationalError, connection  # noqa: PLC0415

    try:
        with connection.cursor() as cursor:
            cursor.execute(JOBS_LEFT)
            return cursor.fetchone()[0] == 0
    except OperationalError:
        connection.close()
        return False


def count_reports(citizens):
    """Returns (what, number, allowed) of acknowledged reports and their rows."""
    from django.db.models import Count  # noqa: PLC0415

    from cameras.evidence import checking, seals  # noqa: PLC0415
    from cameras.models import Evidence  # noqa: PLC0415
    from incidents.audit import chain  # noqa: PLC0415
    from incidents.models import Event, HeldReport, Incident, Notice, Report  # noqa: PLC0415

    tokens = dict(Report.objects.values_list("text", "token"))
    token_of_text = dict(HeldReport.objects.values_list("text", "token"))
    lines = [
        line
        for path in (HOME / "var" / "mail").iterdir()
        for line in path.read_text(errors="replace").splitlines()
        if line.startswith("Message-ID:")
    ]
    chain.seal_history()
    seals.seal_new()
    double_evidence = (
        Evidence.objects.values("incident", "camera", "moment", "taken_at").annotate(n=Count("pk")).filter(n__gt=1)
    )
    unsent = Notice.objects.filter(sent_at=None).count()
    reports, stored = len(citizens.pages), Report.objects.count()
    lines_wrong = abs(Event.objects.filter(kind__in=["received", "assigned"]).count() - 2 * stored)
    return [
        ("reports that were acknowledged", reports, ""),
        ("… of them held for a look, as after the clock was put back", len(token_of_text), ""),
        ("… kept under another link", sum(tokens.get(text, link) != link for text, link in citizens.pages.items()), 0),
        ("… lost", len(citizens.pages.keys() - tokens.keys() - token_of_text.keys()), 0),
        ("… there twice", stored - len(tokens) + len(tokens.keys() & token_of_text.keys()), 0),
        ("incidents without a report, or the reverse", abs(Incident.objects.count() - stored), 0),
        ("lines of history that are missing or too many", lines_wrong, 0),
        ("letters that were not sent", unsent, 0),
        ("letters that are missing", Notice.objects.count() - len(set(lines)), 0),
        ("letters handed over again under the same Message-ID", len(lines) - len(set(lines)), ""),
        ("pictures kept twice", double_evidence.count(), 0),
        ("faults in the chain of the history", chain.HISTORY.verify().fault or 0, 0),
        ("faults in the chain of the evidence", seals.SEALS.verify().fault or 0, 0),
        ("kept pictures that are damaged", len(checking.check_sample()), 0),
    ]  # fmt: skip


def count_history():
    """Returns (what, number, allowed) of the history and the rows that must fit it, after messages by all channels."""
    from incidents.audit import chain  # noqa: PLC0415
    from incidents.models import Event, Incident, Notice, Report  # noqa: PLC0415

    chain.seal_history()
    received = Event.objects.filter(kind="received").count()
    return [
        ("reports", Report.objects.count(), ""),
        ("incidents", Incident.objects.count(), ""),
        ("incidents without their line of receipt, or the reverse", abs(Incident.objects.count() - received), 0),
        ("incidents without a report", Incident.objects.filter(reports=None, gathered=None, merges=None).count(), 0),
        ("messages that were not sent", Notice.objects.filter(state=Notice.State.WAITING).count(), 0),
        ("faults in the chain of the history", chain.HISTORY.verify().fault or 0, 0),
    ]


COLUMNS = {
    "sent": "sent", "stored once": "stored", "stored twice": "twice", "lost": "lost", "answered once": "answered",
    "answered twice": "answered_twice", "not answered": "unanswered", "a person decides": "for_a_person",
}  # fmt: skip


def print_messages(table, tallies, rows, citizens, settled_s):
    """Prints the fate of each channel's messages. Exits with an error where one is lost or stored twice."""
    print_breakdowns(table, settled_s)
    print(f"\n| channel | {' | '.join(COLUMNS)} |\n|{' --- |' * (len(COLUMNS) + 1)}")
    for channel, tally in tallies.items():
        print(f"| {channel} | {' | '.join(str(getattr(tally, name)) for name in COLUMNS.values())} |")
    sums = [sum(getattr(tally, name) for tally in tallies.values()) for name in COLUMNS.values()]
    print(f"| together | {' | '.join(map(str, sums))} |")
    print_found(rows)
    print_waits(citizens, citizens.tries.total())
    faults = [channel for channel, tally in tallies.items() if not tally.is_whole]
    end_with_faults(faults + [what for what, number, may_be in rows if may_be != "" and number != may_be])


def print_breakdowns(table, settled_s):
    print(f"\n{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, {sum(map(len, table.values()))} breakdowns\n")
    print("| what broke down | times | until a report was taken again: half, longest (s) |\n| --- | --- | --- |")
    for kind in SHARES | KILLED:
        if seconds := sorted(table.get(kind, [])):
            print(f"| {kind} | {len(seconds)} | {seconds[len(seconds) // 2]:.1f}, {seconds[-1]:.1f} |")
    print(f"| all work done after the last | | {settled_s:.0f} |")


def print_found(rows):
    print("\n| afterwards | found | may be |\n| --- | --- | --- |")
    for what, number, may_be in rows:
        print(f"| {what} | {number} | {may_be} |")


def print_waits(citizens, tries):
    print(f"\n{tries} tries for {citizens.acknowledged}; the longest wait for one was {citizens.longest_s:.0f} s.")


def end_with_faults(faults):
    if faults:
        raise SystemExit("Not as it should be: " + "; ".join(faults))


def print_table(table, rows, citizens, settled_s):
    print_breakdowns(table, settled_s)
    print_found(rows)
    print_waits(citizens, citizens.tries)
    end_with_faults([what for what, number, may_be in rows if may_be != "" and number != may_be])


if __name__ == "__main__":
    main()
