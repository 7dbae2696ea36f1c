"""Measure the page of a ward: its answer, and the bare counts of what it tells."""

from geoapp.db import connections
from tests.bench.rows import load, part, row
from tests.bench.scale import bare, ward_codes
from tests.bench.sizes import choose

PAGES = choose(120, 12)
BUDGET_MS = 150
COUNTS = """SELECT count(*), count(*) FILTER (WHERE closed_at IS NULL AND due_at < now()),
count(*) FILTER (WHERE closed_at > now() - interval '7 days')
FROM incidents_incident JOIN gis_data_area area ON area.id = area_id
WHERE published AND area.code = '%s' AND (closed_at IS NULL OR closed_at > now() - interval '30 days')"""


def ward(stage):
    """Asks for the pages of all wards in turn; that of two million incidents is a page of the row scale."""
    codes = ward_codes()
    job = {"do": "ask", "port": stage.port, "connections": 1, "seconds": 60, "most": PAGES}
    job["requests"] = [f"GET /wards/{code}/" for code in codes]
    load(job | {"connections": 4, "most": 8})  # each process meets the page
    outcome = load(job)
    p95, largest = part(outcome["times"], 0.95) * 1000, max(outcome["sizes"]) / 1000
    with connections.connect() as raw:
        limit = bare(raw, COUNTS % codes[0])
    yield row("a ward's page, p95", p95, limit, unit="ms", budget=f"< {BUDGET_MS} ms", good=p95 < BUDGET_MS)
    yield row("the largest of them, gzip", largest, unit="kB", budget="< 20 kB", good=largest < 20)
