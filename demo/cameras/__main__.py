"""python -m demo.cameras --port 8010 [--cameras FILE] [--city DIR]: the demo's camera server."""

import argparse
import csv
import json
import logging
import os
from pathlib import Path
from zoneinfo import ZoneInfo

import cv2
import uvloop
from aiohttp import web

from demo.cameras.feeds import read_scene
from demo.cameras.server import camera_server

parser = argparse.ArgumentParser(
    prog="python -m demo.cameras", description="Serves invented street scenes as cameras do."
)
parser.add_argument("--port", type=int, default=8010)
parser.add_argument("--host", default="127.0.0.1")
parser.add_argument("--cameras", metavar="FILE", help="CSV or JSON with code and name of each: burnt into pictures")
parser.add_argument("--city", type=Path, metavar="DIR", help="the pack whose demo_feeds.toml says what its feeds tell")
options = parser.parse_args()

names = {}
if options.cameras:
    with open(options.cameras, encoding="utf-8-sig", newline="") as file:
        rows = json.load(file) if options.cameras.endswith(".json") else csv.DictReader(file)
        names = {row["code"]: row["name"] for row in rows}
logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
cv2.setNumThreads(1)
uvloop.install()
web.run_app(
    camera_server(
        ZoneInfo(os.environ.get("TIME_ZONE", "Asia/Ho_Chi_Minh")),
        names,
        scene=read_scene(options.city / "demo_feeds.toml") if options.city else {},
    ),
    host=options.host,
    port=options.port,
    access_log=None,
    print=None,
    handler_cancellation=True,  # whoever hangs up on a silent or slow camera frees it
    shutdown_timeout=1,
)
