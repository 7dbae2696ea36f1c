"""Measure emergency mode on: 100 reports a second by its form over HTTP, its page meanwhile, and what became of all."""

import uuid
from datetime import timedelta
from urllib.parse import urlencode

from django.utils.timezone import now

from geoapp.db import connections
from incidents.emergency import switching
from incidents.models import Authority, HeldReport, Membership, Report
from incidents.reporting import surge
from tests import factories
from tests.bench.rows import loading, part, row
from tests.bench.sizes import choose
from tests.bench.streams import Worked

RATE, SECONDS = 100, choose(30, 5)
TOKEN = "e" * 32  # of the form and its cookie
SENT_MS, PAGE_MS = 1000, 500
EACH_MS = 20  # with which two cores carry so many a second


def emergency(stage):
    with connections.as_owner():
        person = factories.person("bench control", Authority.objects.get(duty_desk=True), Membership.Role.CONTROL)
    order = switching.Order(kind="flood", title="Mưa rất to", until=now() + timedelta(hours=6))
    on = switching.switch_on(order, by=person)
    before = Report.objects.count() + HeldReport.objects.count()
    job = {"do": "ask", "port": stage.port, "connections": 100, "seconds": SECONDS, "rate": RATE}
    posts = {"requests": forms(stage), "head": f"Cookie: csrftoken={TOKEN}\r\n"}
    reads = {"requests": ["GET /emergency/"], "connections": 10, "rate": 5}
    worked = Worked()
    with loading(job | posts) as (_posting, wait_for_posts), loading(job | reads) as (_reading, wait_for_reads):
        sent, pages = wait_for_posts(), wait_for_reads()
    spent_s = {name: seconds for name, seconds in worked.since().items() if name != "viewers"}
    stored = Report.objects.count() + HeldReport.objects.count() - before
    count, accepted, p95 = len(sent["times"]), sent["statuses"].get("303", 0), part(sent["times"], 0.95) * 1000
    lost, refused = accepted - stored, count - accepted
    yield row(
        f"emergency mode, {count:,} reports, {RATE} a second: p95; {refused} refused, {lost} lost", p95, unit="ms",
        budget=f"< {SENT_MS:,} ms; 0; 0", good=refused == lost == 0 and p95 < SENT_MS,
    )  # fmt: skip
    each_ms = sum(spent_s.values()) * 1000 / count
    yield row(
        f"processor time of a report ({spent_s['database'] * 1000 / count:.1f} ms in the database)", each_ms, unit="ms",
        budget=f"< {EACH_MS} ms", good=each_ms < EACH_MS,
    )  # fmt: skip
    page_ms, whole = part(pages["times"], 0.95) * 1000, set(pages["statuses"]) == {"200"}
    yield row("its page meanwhile, p95", page_ms, unit="ms", budget=f"< {PAGE_MS} ms", good=whole and page_ms < PAGE_MS)
    size_kb = max(pages["sizes"]) / 1000
    yield row("its page, compressed", size_kb, unit="kB", budget="< 60 kB", good=size_kb < 60)
    surge.finish_reports()
    switching.switch_off(on, by=person, seen=on.lines.latest("pk").pk)


def forms(stage):
    """Returns a form for each report: at places of the city, of the category that all rows send."""
    wanted = RATE * SECONDS
    places = [stage.places[number % len(stage.places)] for number in range(wanted)]
    usual = {"category": stage.category.code, "text": "Nước vào nhà", "csrfmiddlewaretoken": TOKEN}
    return [
        [
            "POST /emergency/report/",
            urlencode(usual | {"sending": uuid.uuid4(), "lon": f"{x:.6f}", "lat": f"{y:.6f}", "accuracy": "8"}),
        ]
        for x, y in places
    ]
