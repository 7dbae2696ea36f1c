"""Compare the same requests to a server with and without rate limits, in turn."""

from urllib.parse import urlencode

from tests.bench.__main__ import free_port
from tests.bench.patrol import part
from tests.bench.rows import load, row

ROUNDS, SECONDS = 3, 4


def limits(stage):
    sent = {"api_key": stage.key, "service_code": stage.category.code, "description": "Ổ gà to giữa làn xe máy"}
    reports = [
        ["POST /open311/v2/requests.json", urlencode(sent | {"lat": f"{y:.6f}", "long": f"{x:.6f}"})]
        for x, y in stage.places
    ]
    boxes = [
        f"GET /list/?bbox={x - 0.002:.4f},{y - 0.002:.4f},{x + 0.002:.4f},{y + 0.002:.4f}" for x, y in stage.places
    ]
    jobs = {
        "submit at 50 a second": {"requests": reports, "rate": 50, "connections": 30},
        "list of the map at 20 a second": {"requests": boxes, "rate": 20, "connections": 8},
        "services of Open311 at 20 a second": {
            "requests": ["GET /open311/v2/services.json"], "rate": 20, "connections": 8,
        },
    }  # fmt: skip
    port = free_port()
    with stage.serve(port, LIMITS="off"):
        times: dict = {(what, server): [] for what in jobs for server in (stage.port, port)}
        for _round in range(ROUNDS):
            for (what, server), measured in times.items():
                measured += load({"do": "ask", "port": server, "seconds": SECONDS} | jobs[what])["times"]
    for what in jobs:
        measured, without = (part(times[what, server], 0.95) * 1000 for server in (stage.port, port))
        yield row(f"{what}, p95; the limit is without limits", measured, without, unit="ms", budget="", good=True)
