"""Measure time and size of vector tiles (MVT) and base-map tiles, each requested once."""

from tests.bench import rows

KINDS = {
    "areas, as JSON": "GET /tiles/areas/{}/{}.json",
    "areas, as MVT": "GET /tiles/areas/{}/{}.mvt",
    "incidents, as MVT": "GET /tiles/incidents/{}/{}.mvt?state=all&days=0",
}


def mvt(stage):
    """Requests tiles of every zoom that has incidents; an empty one (204) counts as an answer."""
    for what, address in KINDS.items():
        addresses = sorted(
            {address.format(zoom, rows.geocode_tile(x, y, zoom)) for zoom in range(8, 18) for x, y in stage.places[:15]}
        )
        with rows.loading({
            "do": "ask", "port": stage.port, "requests": addresses, "most": len(addresses), "connections": 1,
            "seconds": 30,
        }) as (_process, wait_for_outcome):  # fmt: skip
            answered = wait_for_outcome()
        assert set(answered["statuses"]) <= {"200", "204"}, answered["statuses"]
        p95, largest = rows.part(answered["times"], 0.95) * 1000, max(answered["sizes"]) / 1000
        yield rows.row(f"any tile of {what}, p95", p95, unit="ms", budget="< 50 ms", good=p95 < 50)
        yield rows.row("largest such tile, gzip", largest, unit="kB", budget="< 100 kB", good=largest < 100)
