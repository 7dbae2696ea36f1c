"""Send floods from one network: where limits begin, and how the service answers others meanwhile."""

import socket
import threading
import time
from contextlib import ExitStack
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings

from incidents.models import Category, HeldReport, Report
from tests.probe.visitors import Finding, Visitor

# By the name of the limit: what is asked for over and over.
WAYS = {
    "search:address": ("GET", "/addresses/?q=Le+Loi"),
    "photo:address": ("GET", "/photo/1/small.jpg"),
    "link:address": ("GET", "/f/" + "A" * 43 + "/"),
    "export:address": ("GET", "/data/areas.csv?limit=1"),
    "open311:address": ("POST", "/open311/v2/requests.json"),
    "sign-in-page:address": ("GET", "/sign-in/second/"),
    "cost:address": ("GET", "/mapit/areas/WARD.geojson"),
}
QUICK_S = 2.0  # an answer to others while somebody floods
NAMES = ("probed", "PROBED", "Probed ", "ｐｒｏｂｅｄ", "pro\u200bbed")  # ways to write one name


def audit_floods(home: str, processes: int) -> list[Finding]:
    """Sends more than each limit allows. Read limits are counted per web process."""
    return [
        *(flood(home, name, processes) for name in WAYS),
        flood_streams(home, processes),
        flood_sign_in(home),
        flood_reports(home),
    ]


def flood(home, name, processes):
    finding, stranger = Finding(f"flood: {name}"), Visitor(home)
    most = settings.LIMITS[name].count * processes * 2 + 50
    method, path = WAYS[name]
    with WatchedPages(home) as pages:
        for _lot in range(most // 50):
            answers = stranger.ask_many((method, path, {}) for _n in range(50))
            for answer in answers:
                finding.note(answer, wait_fault(answer))
            if any(answer.status == 429 for answer in answers):
                break
        else:
            finding.wrong.append(f"{most} requests were never refused")
    return pages.judge(finding)


def wait_fault(answer):
    return "says no time" if answer.status == 429 and not answer.headers.get("retry-after", "").isdigit() else ""


class WatchedPages:
    """Times the report form, which no reader may starve, and the health check during a flood."""

    def __init__(self, home):
        self.visitor, self.over, self.slowest = Visitor(home, "another"), threading.Event(), 0.0
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.faults = []

    def watch(self):
        while not self.over.wait(0.2):
            for path in ("/report/", "/healthz"):
                answer = self.visitor.ask("GET", path)
                self.slowest = max(self.slowest, answer.seconds)
                if answer.status != 200:
                    self.faults.append(f"{path} answered {answer.status} meanwhile")

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_fault):
        self.over.set()
        self.thread.join()

    def judge(self, finding: Finding) -> Finding:
        finding.wrong += sorted(set(self.faults))
        if self.slowest > QUICK_S:
            finding.wrong.append(f"a page took {self.slowest:.1f} s meanwhile")
        return finding


def flood_streams(home, processes):
    """Opens one more stream than all processes allow, which must be refused."""
    finding, most = Finding("flood: stream:address"), settings.LIMITS["stream:address"].count
    place = urlsplit(home)
    request = f"GET /live/ HTTP/1.1\r\nHost: {place.netloc}\r\nAccept: text/event-stream\r\n\r\n".encode()
    with ExitStack() as stack, WatchedPages(home) as pages:
        opened = 0
        for _number in range(most * processes + 20):
            connection = stack.enter_context(socket.create_connection((place.hostname, place.port or 80), timeout=20))
            connection.sendall(request)
            status = int(connection.recv(4096).split(b" ", 2)[1])
            finding.requests += 1
            finding.refused += status == 429
            opened += status == 200
        if not finding.refused or opened > most * processes:
            finding.wrong.append(f"{opened} streams were given, {finding.refused} refused")
    return pages.judge(finding)


def flood_sign_in(home):
    """Guesses passwords for one name in several spellings; beyond the limit no password is checked."""
    finding, stranger = Finding("flood: wrong passwords"), Visitor(home)
    stranger.ask("GET", "/sign-in/")
    with WatchedPages(home) as pages:
        for number in range(settings.LIMITS["sign-in:name"].count + 10):
            data = {"username": NAMES[number % len(NAMES)], "password": f"guess {number}"}
            answer = stranger.ask("POST", "/sign-in/", data=data)
            finding.note(answer, "got in" if answer.status in (302, 303) else wait_fault(answer))
    if answer.status != 429:
        finding.wrong.append(f"the last guess was answered {answer.status}")
    return pages.judge(finding)


def flood_reports(home):
    """Sends reports by spoofed addresses without solving puzzles: none is lost, all beyond the limit are held."""
    finding, stranger = Finding("flood: reports"), Visitor(home)
    stranger.ask("GET", "/report/")
    held_before = HeldReport.objects.count()
    before = Report.objects.count() + held_before
    sent = 0
    with WatchedPages(home) as pages:
        for number in range(settings.LIMITS["report:address"].count + 5):
            form = report_form(number)
            answer = stranger.ask("POST", "/report/", data=form, headers={"X-Forwarded-For": f"203.0.113.{number}"})
            sent += answer.status == 303
            finding.note(answer, "" if answer.status == 303 else "was not taken")
    held_count = HeldReport.objects.count() - held_before
    stored = Report.objects.count() + HeldReport.objects.count() - before
    if stored != sent:
        finding.wrong.append(f"{sent} were answered as taken, {stored} are kept")
    if held_count < 5:
        finding.wrong.append(
            f"only {held_count} of what went beyond the limit, with no puzzle solved, are held for a look"
        )
    finding.refused = held_count
    return pages.judge(finding)


def report_form(number):
    """Each report has another place and category, so that only the network's limit counts."""
    leaves = list(Category.objects.leaves().filter(emergency=False).order_by("code").values_list("code", flat=True))
    return {
        "sending": str(uuid4()), "category": leaves[number % len(leaves)], "text": f"Probe {time.time_ns()}",
        "lon": f"{106.60 + number * 0.008:.4f}", "lat": "10.80", "join": "new",
    }  # fmt: skip
