"""Run other products over the same data as their documentation says: tipg, pygeoapi, DuckDB, supercluster.

They are installed into an environment of their own below var/, and left out where the registry lacks them.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np
from django.conf import settings

from geoapp.db import connections
from tests.bench.__main__ import free_port

HOME = Path(settings.BASE_DIR) / "var" / "peers"
PACKAGES = ("tipg", "pygeoapi", "duckdb", "uvicorn", "gunicorn", "geoalchemy2", "psycopg2-binary")
# What is shown of an incident, as far as one column says it; they join nothing, and know no categories.
VIEW = """
CREATE OR REPLACE VIEW peer_incidents AS
SELECT id, reference, state, category_id, area_id, authority_id, text, address, received_at, due_at, closed_at, place
FROM incidents_incident WHERE published
"""
PYGEOAPI = """
server:
  bind: {{host: 127.0.0.1, port: {port}}}
  url: http://127.0.0.1:{port}
  mimetype: application/json; charset=UTF-8
  encoding: utf-8
  languages: [en-US]
  limits: {{default_items: 100, max_items: 1000}}
  map: {{url: "http://127.0.0.1", attribution: ""}}
logging: {{level: ERROR}}
metadata:
  identification:
    title: peer
    description: peer
    keywords: [peer]
    terms_of_service: none
    url: http://127.0.0.1
  license: {{name: none, url: "http://127.0.0.1"}}
  provider: {{name: peer, url: "http://127.0.0.1"}}
  contact: {{name: peer, email: peer@example.invalid}}
resources:
  incidents:
    type: collection
    title: incidents
    description: incidents
    keywords: [incidents]
    links: []
    extents:
      spatial: {{bbox: [-180, -90, 180, 90], crs: "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}}
    providers:
      - type: feature
        name: PostgreSQL
        data: {{host: "{host}", port: 5432, dbname: "{dbname}", user: "{user}", password: "", search_path: [public]}}
        id_field: id
        table: peer_incidents
        geom_field: place
        time_field: received_at
"""


def install_peers():
    if not (HOME / "bin" / "tipg-ready").exists():
        try:
            subprocess.run([sys.executable, "-m", "venv", HOME], check=True)
            subprocess.run([HOME / "bin" / "pip", "install", "--quiet", *PACKAGES], check=True, timeout=300)
        except (subprocess.SubprocessError, OSError) as fault:
            print(f"  peers are left out: {fault}", flush=True)
            return False
        (HOME / "bin" / "tipg-ready").touch()
    return True


@contextmanager
def peers(stage):
    if not install_peers():
        yield {}
        return
    with connections.as_owner():
        parameters = connections.connection_parameters()
    owner = {"host": parameters["host"], "user": parameters["user"], "dbname": parameters["dbname"]}
    with connections.as_owner(), connections.connect() as own:
        own.execute(VIEW)
    with ExitStack() as stack:
        try:
            yield {name: stack.enter_context(start(**owner)) for name, start in STARTED.items()}
        finally:
            stack.close()
            with connections.as_owner(), connections.connect() as own:
                own.execute("DROP VIEW IF EXISTS peer_incidents")


@contextmanager
def tipg(*, host, user, dbname):
    port = free_port()
    environment = {
        "DATABASE_URL": f"postgresql://{user}@{host.replace('/', '%2F')}/{dbname}",
        "TIPG_DB_TABLES": json.dumps(["public.peer_incidents"]),
        "TIPG_DB_EXCLUDE_FUNCTION_SCHEMAS": json.dumps(["public", "pg_temp"]),
        "TIPG_TABLE_CONFIG__public_peer_incidents__pk": "id",
        "TIPG_TABLE_CONFIG__public_peer_incidents__datetimecol": "received_at",
    }
    command = [HOME / "bin" / "uvicorn", "tipg.main:app", "--port", str(port), "--workers", str(os.cpu_count())]
    with running(command, environment, f"http://127.0.0.1:{port}/healthz"):
        yield port


@contextmanager
def pygeoapi(*, host, user, dbname):
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        config, described = Path(folder, "config.yml"), Path(folder, "openapi.yml")
        config.write_text(PYGEOAPI.format(port=port, host=host, user=user, dbname=dbname))
        environment = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(described)}
        finished = subprocess.run(
            [HOME / "bin" / "pygeoapi", "openapi", "generate", config, "--output-file", described],
            env=os.environ | environment, capture_output=True, text=True,
        )  # fmt: skip
        assert finished.returncode == 0, finished.stderr
        workers = ["--workers", str(os.cpu_count()), "--threads", "4"]
        command = [HOME / "bin" / "gunicorn", "pygeoapi.flask_app:APP", "--bind", f"127.0.0.1:{port}", *workers]
        command += ["--keep-alive", "75", "--timeout", "120"]
        with running(command, environment, f"http://127.0.0.1:{port}/conformance"):
            yield port


STARTED = {"tipg": tipg, "pygeoapi": pygeoapi}


@contextmanager
def running(command, environment, probe):
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(("DATABASE", "DJANGO"))
    } | environment
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _try in range(300):
            try:
                urlopen(probe).close()
                break
            except URLError:
                assert process.poll() is None, f"{command[0]} did not start"
                time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait()


DUCK = """
import json, sys, time
import duckdb
told = json.load(sys.stdin)
base = duckdb.connect()
base.execute("SET enable_progress_bar = false")
base.execute(f"CREATE TABLE incidents_incident AS SELECT * FROM read_csv('{told['file']}')")
found = {}
for what, statement in told["asked"].items():
    times = []
    for _time in range(5):
        began = time.perf_counter()
        base.execute(statement).fetchall()
        times.append((time.perf_counter() - began) * 1000)
    found[what] = sorted(times)[2]
print(json.dumps(found))
"""
COLUMNS = "authority_id, area_id, state, published, received_at, due_at, closed_at"


def duckdb(statements):
    """Returns {name: median ms} of statements over an in-memory copy of the columns."""
    if not install_peers():
        return {}
    with tempfile.NamedTemporaryFile(suffix=".csv") as file, connections.connect() as raw:
        with raw.cursor().copy(
            f"COPY (SELECT {COLUMNS} FROM incidents_incident) TO STDOUT (FORMAT csv, HEADER)"
        ) as rows:
            for piece in rows:
                file.write(piece)
        file.flush()
        job_json = json.dumps({"file": file.name, "asked": statements})
        done = subprocess.run([HOME / "bin" / "python", "-c", DUCK], input=job_json, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


NODE = HOME / "node"
NODE_PACKAGES = ("supercluster@9.1.0", "vt-pbf@3.1.3")
# As the documentation of supercluster says: all points are loaded, then each tile is asked for; as MVT by vt-pbf.
SUPERCLUSTER = """
import {readFileSync} from 'node:fs';
import Supercluster from 'supercluster';
import vtpbf from 'vt-pbf';
const [file, tiles] = process.argv.slice(2);
const numbers = new Float64Array(readFileSync(file).buffer);
const began = performance.now();
const index = new Supercluster({radius: 64, extent: 512, maxZoom: 16});
const points = [];
for (let i = 0; i < numbers.length; i += 2)
  points.push({
    type: 'Feature', properties: {id: i / 2}, geometry: {type: 'Point', coordinates: [numbers[i], numbers[i + 1]]},
  });
index.load(points);
const found = {load_s: (performance.now() - began) / 1000, zooms: {}};
for (const [zoom, asked] of Object.entries(JSON.parse(tiles))) {
  const times = [];
  for (const [x, y] of asked) {
    const start = performance.now();
    const tile = index.getTile(Number(zoom), x, y);
    if (tile) vtpbf.fromGeojsonVt({incidents: tile}, {version: 2, extent: 512});
    times.push(performance.now() - start);
  }
  found.zooms[zoom] = times;
}
found.memory = process.memoryUsage().rss;
console.log(JSON.stringify(found));
"""


def supercluster(tiles):
    """Returns {load_s, memory (bytes), zooms: {zoom: ms of each tile}} over the same points.

    {} where the registry lacks it. `tiles`: {zoom: [(x, y)]}.
    """
    if not (NODE / "node_modules" / "vt-pbf").exists():
        NODE.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", *NODE_PACKAGES]
        try:
            subprocess.run(command, cwd=NODE, check=True, timeout=300)
        except (subprocess.SubprocessError, OSError) as fault:
            print(f"  supercluster is left out: {fault}", flush=True)
            return {}
    script = NODE / "tiles.mjs"
    script.write_text(SUPERCLUSTER)
    with tempfile.NamedTemporaryFile(suffix=".f64") as file, connections.connect() as raw:
        points = raw.execute("SELECT ST_X(place), ST_Y(place) FROM incidents_incident WHERE published").fetchall()
        np.array(points, dtype="<f8").tofile(file.name)
        command = ["node", "--max-old-space-size=4096", script, file.name, json.dumps(tiles)]
        done = subprocess.run(command, cwd=NODE, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
