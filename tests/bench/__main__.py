"""Measures what the service must be able to do; called by bin/bench, which starts a database cluster.

    python -m tests.bench [look-up] [submit] [live] [tiles] [mvt] [page] [patrol] [patrols] [killed] [drawn] [ring]
        [addresses] [box] [ward] [editions] [reforms] [desk] [chase] [digest] [wall] [day] [pan] [seeing] [truth]
        [counting] [health] [hotline] [seals] [photos] [memory] [scale] [millions] [limits] [streams] [storm]
        [answers] [emergency] [announcements]

It makes the database `bench` on the server of DATABASE_URL and removes it in the end; each row gets a copy as it was
filled. The true city is loaded where
CITY_DATA is set, else the small invented town of the tests.
"""

import argparse
import os
import signal
import socket
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import django

from tests.bench.databases import BENCH, drop_databases, execute_on_server

ROOT = Path(__file__).parents[2]
ADDRESSES = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_READER_URL")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def parse_size(text):
    """`20k`, `2M` → how many."""
    factor = {"k": 1000, "m": 1_000_000}.get(text[-1].lower(), 1)
    return int(float(text[:-1] if factor > 1 else text) * factor)


ASKED = (
    "open311:address open311:key hold:phone hold:place hold:category photo:address search:address api:address "
    "lookup:address cost:address cost:all bytes:address bytes:all report-cost:address"
)
LIMITS = ",".join([*(f"{name}=1000000/s" for name in ASKED.split()), "stream:address=1000000"])


def main():
    names = (
        "look-up", "submit", "live", "tiles", "mvt", "page", "patrol", "patrols", "killed", "drawn", "ring",
        "addresses", "box", "ward", "editions", "reforms", "desk", "chase", "digest", "wall", "day", "pan", "seeing",
        "truth", "counting", "health", "hotline", "seals", "photos", "memory", "scale", "millions", "limits",
        "streams", "storm", "answers", "emergency", "announcements",
    )  # fmt: skip
    # Told to stop, it stops what it started and takes its database away, as when it was interrupted.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(names) + "; all but scale, if none is named")
    parser.add_argument(
        "--size", type=parse_size, help="incidents of the row scale: 20k, 200k, 2M (the default; with --small 5k)"
    )
    parser.add_argument(
        "--fill", action="store_true", help="only put so many incidents into the database of DATABASE_URL, and keep it"
    )
    parser.add_argument(
        "--filled", action="store_true", help="measure the row scale on the database of DATABASE_URL as it stands"
    )
    parser.add_argument(
        "--only", metavar="TEXT", help="of the row scale only the pages whose names hold this (''; all); no peers"
    )
    parser.add_argument(
        "--growth", action="store_true", help="the pages of the row scale with 20k, 200k and 2M, in one table"
    )
    parser.add_argument("--small", action="store_true", help="as little of each row as shows that it still runs")
    parser.add_argument("--write", metavar="FILE", help="also write the table there, as JSON")
    options = parser.parse_args()
    if options.growth:
        sys.exit(import_module("tests.bench.growth").growth(options.size or parse_size("2M"), filled=options.filled))
    wanted = options.rows or [name for name in names if name != "scale"]
    if unknown := set(wanted) - set(names):
        parser.error(f"{', '.join(unknown)}: there are only {', '.join(names)}.")
    options.size = options.size or parse_size("5k" if options.small else "2M")
    os.environ |= {"BENCH_SIZE": str(options.size)}
    os.environ |= {} if options.only is None else {"BENCH_ONLY": options.only}
    os.environ |= {} if options.write is None else {"BENCH_WRITE": options.write}
    os.environ |= {"BENCH_SMALL": "yes"} if options.small else {}
    if options.fill:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geoapp.settings")
        django.setup()
        import_module("tests.bench.history").make(options.size)
        return
    roles = {name: urlsplit(os.environ[name]) for name in ADDRESSES if name in os.environ}
    url, port = roles.get("DATABASE_OWNER_URL", roles["DATABASE_URL"]), free_port()
    if options.filled:
        os.environ["BENCH_FILLED"] = "yes"
    else:
        drop_databases(url)
        execute_on_server(f"CREATE DATABASE {BENCH}", url)
        os.environ["BENCH_SERVER"] = url.geturl()
        roles = {name: role._replace(path=f"/{BENCH}") for name, role in roles.items()}
    with tempfile.TemporaryDirectory() as var:
        if (ROOT / "var" / "static").is_dir():
            (Path(var) / "static").symlink_to(ROOT / "var" / "static")
        # As in production, but for the folder and the database.
        os.environ |= {
            **{name: role.geturl() for name, role in roles.items()},
            "DJANGO_SETTINGS_MODULE": "geoapp.settings",
            "DEBUG": "0",
            "SITE_URL": f"http://localhost:{port}",
            "VAR_DIR": var,
            "LOG_LEVEL": "ERROR",
            # All limits are asked, and none is reached: one machine asks for all. LIMITS=off measures without.
            "LIMITS": os.environ.get("LIMITS", LIMITS),
            "DETECTOR_MODEL": os.environ.get("DETECTOR_MODEL", str(ROOT / "var" / "models" / "nanodet.onnx")),
        }
        try:
            django.setup()
            # Only now does Django know its database.
            all_within_budget = import_module("tests.bench.stage").run_benches(wanted, port)
        finally:
            if not options.filled:
                drop_databases(url)
    sys.exit(0 if all_within_budget else 1)


if __name__ == "__main__":
    main()
