"""Test upgrading from the previous release and back behind the production proxy while people report.

The previous release is checked out by the commit that CHANGELOG names. Its code fills a database once, and each run
uses a copy.
"""

import contextlib
import hashlib
import http.server
import os
import re
import shutil
import subprocess
import sys
import threading
import time

import httpx
import psycopg
import pytest
from django.conf import settings as project
from django.db import connection

from tests import owner
from tests.browser.conftest import Process, answers, free_port, wait_until
from tests.conftest import database_url

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db]
ROOT = project.BASE_DIR
KEY = "traffic"
MANY = "hold:place=1000/s,hold:category=1000/s,open311:key=1000/s"  # all report one place by one key
CADDY = ["caddy", "run", "--adapter", "caddyfile", "--config", str(ROOT / "deploy" / "proxy" / "Caddyfile")]
PARTS = ["bin", "cameras", "geoapp", "gis_data", "incidents", "locale", "manage.py", "templates", "tests"]
# Done by the release before, in its own words: its tables, the town, who may report by Open311, and who answers.
FILL = f"""
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0, skip_checks=True)
from incidents.models import ApiKey
from tests import factories
factories.person("officer", factories.town().office)
ApiKey.objects.create(name="traffic", sha256="{hashlib.sha256(KEY.encode()).hexdigest()}")
"""
# The reports, the incidents that have ended, those in the sums, and those of whose words each report's are.
COUNTS = """
SELECT (SELECT count(*) FROM incidents_report), (SELECT count(*) FROM incidents_incident WHERE closed_at IS NOT NULL),
       (SELECT sum(n) FROM (
           SELECT n FROM incidents_mapsum WHERE level = 11 UNION ALL SELECT n FROM incidents_sumchange WHERE published
       ) sums),
       (SELECT count(*) FROM incidents_report report JOIN incidents_incidentwords words USING (incident_id)
        WHERE position(btrim(plain_words(report.public_text)) IN words.text) > 0)
"""
RESTING_S = 0.1  # of the people, between two questions


def git(*args):
    done = subprocess.run(["git", *args], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def commit_before():
    of_before = (ROOT / "CHANGELOG.md").read_text().split("\n## ")[2]
    return re.search(r"^Commit `([0-9a-f]{40})`\.$", of_before, re.M)[1]


@pytest.fixture(scope="module")
def release_before(tmp_path_factory):
    commit = commit_before()
    if not git("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}"):
        pytest.skip("the release before is not in this clone of the repository")
    folder = tmp_path_factory.mktemp("before")
    with subprocess.Popen(["git", "archive", commit, *PARTS], cwd=ROOT, stdout=subprocess.PIPE) as archive:
        subprocess.run(["tar", "-x", "-C", folder], stdin=archive.stdout, check=True)
    (folder / "var").mkdir()
    (folder / "var" / "venv").symlink_to(ROOT / "var" / "venv")
    return folder


class Traffic(threading.Thread):
    """People who report, work, look and read in turn; records each answer.

    They retry only where the service sends Retry-After, and nothing may be stored of the first try: a statement that
    waits for a migration on a busy machine is ended after five seconds.
    """

    def __init__(self, address):
        super().__init__(daemon=True)
        self.officer = sign_in(address)
        self.address = address  # of the proxy
        self.over, self.sent, self.faults = threading.Event(), 0, []
        self.reference = None  # of the newest incident
        self.times_busy = 0

    def run(self):
        with httpx.Client(base_url=self.address, timeout=60) as people:
            while not self.over.is_set():
                for ask in (self.report, self.reject, self.look, self.read):
                    try:
                        answer = ask(people)
                        while answer.status_code == 503 and "Retry-After" in answer.headers and self.times_busy < 3:
                            self.times_busy += 1
                            answer = ask(people)
                    except httpx.HTTPError as error:
                        self.faults.append(repr(error))
                    else:
                        if answer.status_code not in (200, 201):
                            self.faults.append(f"{answer.status_code} {answer.url} {answer.text[:300]}")
                    time.sleep(RESTING_S)

    def report(self, people):
        form = {
            "api_key": KEY,
            "service_code": "ST.1",
            "lat": "50.005",
            "long": "10.005",
            "description": f"Hole {self.sent + 1}",
        }
        answer = people.post("/open311/v2/requests.json", data=form)
        if answer.is_success:
            self.sent += 1
            self.reference = answer.json()[0]["service_request_id"]
        return answer

    def reject(self, people):
        address = f"/desk/{self.reference}/reject/"
        return people.post(address, params={"part": "1"}, data={"note": "Not ours"}, headers=self.officer)

    def look(self, people):
        return people.get("/")

    def read(self, people):
        return people.get("/open311/v2/requests.json")


def sign_in(address):
    with httpx.Client(base_url=address, timeout=60) as browser:
        for data in (None, {"username": "officer", "password": "secret-harbour"}):
            answer = browser.request("POST" if data else "GET", "/sign-in/", data=data)
            browser.headers["X-CSRFToken"] = browser.cookies["csrftoken"]
        assert answer.status_code == 302
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        return {"Cookie": cookies, "X-CSRFToken": browser.cookies["csrftoken"]}


@pytest.fixture
def street(django_db_setup, django_db_blocker, release_before, tmp_path):
    with django_db_blocker.unblock():
        server = connection.settings_dict | {"NAME": "upgraded"}
    addresses = {
        f"DATABASE{name}_URL": database_url(server | {"USER": role})
        for name, role in (("", owner.SERVICE), ("_OWNER", owner.OWNER), ("_READER", owner.READER))
    }
    plain = {"host": server["HOST"], "user": server["USER"], "autocommit": True}
    with psycopg.connect(dbname="postgres", **plain) as keeper:
        keeper.execute("DROP DATABASE IF EXISTS upgraded WITH (FORCE)")
    # As developers run it: no static files need be collected for two releases.
    environment = os.environ | addresses | {
        "DEBUG": "1", "WEB_DRAIN_S": "4", "PYTHONPATH": "", "PYTHONUNBUFFERED": "1", "LIMITS": MANY,
        "LOG_LEVEL": "WARNING", "EMAIL_URL": "filemail://", "DATABASE_POOL": "6", "MEDIA_ROOT": str(tmp_path / "media"),
        "ALLOWED_HOSTS": "127.0.0.1,localhost", "DJANGO_SETTINGS_MODULE": "geoapp.settings", "PYTHONWARNINGS": "ignore",
    }  # fmt: skip
    ports = [free_port(), free_port()]
    started = []

    def serve(place, folder):
        process = Process(
            [folder / "bin" / "web"], environment | {"PORT": str(ports[place])}, tmp_path / f"web{len(started)}.log"
        )
        process.address = f"http://127.0.0.1:{ports[place]}"
        started.append(process)
        wait_until(lambda: answers(process), 60, "the server did not start")
        return process

    def manage(folder, *args):
        subprocess.run([sys.executable, *args], cwd=folder, env=environment, check=True)

    fill_database(plain, lambda: manage(release_before, "-c", FILL))
    proxy_port = free_port()
    proxy = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "DOMAIN": f"http://127.0.0.1:{proxy_port}",
        "HEALTH_PORT": str(free_port()), "WEB_SERVERS": " ".join(f"127.0.0.1:{port}" for port in ports),
        "CACHE_SERVERS": " ".join(f"127.0.0.1:{port}" for port in ports),
        "WEB_SERVERS_BACKWARDS": " ".join(f"127.0.0.1:{port}" for port in reversed(ports)),
    }  # fmt: skip

    def open_door():
        started.append(Process(CADDY, proxy, tmp_path / "caddy.log"))
        address = f"http://127.0.0.1:{proxy_port}"
        wait_until(lambda: is_open(address), 30, "the proxy did not start")
        return address

    yield serve, manage, open_door, plain
    for process in started:
        process.stop()
    with psycopg.connect(dbname="postgres", **plain) as keeper:
        keeper.execute("DROP DATABASE upgraded WITH (FORCE)")


def fill_database(plain, fill):
    name = f"filled_by_{hashlib.sha256((commit_before() + FILL).encode()).hexdigest()[:16]}"
    with psycopg.connect(dbname="postgres", **plain) as keeper:
        existing = keeper.execute("SELECT datname FROM pg_database WHERE datname LIKE 'filled\\_by\\_%'").fetchall()
        for (other,) in existing:
            if other != name:
                keeper.execute(f"DROP DATABASE {other}")
        if (name,) in existing:
            keeper.execute(f"CREATE DATABASE upgraded TEMPLATE {name}")
        else:
            keeper.execute("CREATE DATABASE upgraded")
            fill()
            keeper.execute(f"CREATE DATABASE {name} TEMPLATE upgraded")


def is_open(address):
    try:
        return httpx.get(f"{address}/open311/v2/services.json").status_code == 200
    except httpx.HTTPError:
        return False


class Files(http.server.BaseHTTPRequestHandler):
    """A web server of a release, which has one file besides its health."""

    def do_GET(self):
        has = self.path in ("/healthz", self.server.has)
        self.send_response(200 if has else 404)
        self.end_headers()
        self.wfile.write(self.path.encode() if has else b"")

    def log_message(self, *_args):
        pass


def test_pages_of_both_releases_get_their_own_files(tmp_path):
    if not shutil.which("caddy"):
        pytest.skip("the proxy is not installed: apt install caddy")
    servers = [http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files) for _release in range(2)]
    for server, server.has in zip(servers, ("/static/page.0a.js", "/static/page.1b.js"), strict=True):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    places = [f"127.0.0.1:{server.server_port}" for server in servers]
    address = f"http://127.0.0.1:{free_port()}"
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "DOMAIN": address, "HEALTH_PORT": str(free_port()),
        "CACHE_SERVERS": " ".join(places), "WEB_SERVERS_BACKWARDS": " ".join(reversed(places)),
    }  # fmt: skip
    caddy = Process(CADDY, environment, tmp_path / "caddy.log")
    paths = ["/static/page.0a.js", "/static/page.1b.js", "/static/page.2c.js"]

    def ask():
        with contextlib.suppress(httpx.HTTPError):
            return [(answer.status_code, answer.text) for answer in (httpx.get(address + path) for path in paths)]

    try:
        wait_until(lambda: (answers := ask()) and answers[0][0] == 200, 30, "the proxy did not start")
        assert ask() == [(200, paths[0]), (200, paths[1]), (404, "")]
        assert ask() == [(200, paths[0]), (200, paths[1]), (404, "")]
    finally:
        caddy.stop()
        for server in servers:
            server.shutdown()
            server.server_close()


@pytest.mark.deep
def test_no_request_fails_during_an_upgrade_and_its_rollback(street, release_before):
    if not shutil.which("caddy"):
        pytest.skip("the proxy is not installed: apt install caddy")
    serve, manage, open_door, plain = street
    before = serve(0, release_before)
    traffic = Traffic(open_door())
    traffic.start()
    answered = []

    def wait_for_more():
        answered.append(traffic.sent)
        wait_until(
            lambda: traffic.sent > answered[-1] + 2 or traffic.faults or not traffic.is_alive(),
            60,
            "nobody is answered",
        )

    try:
        wait_for_more()
        manage(ROOT, "manage.py", "migrate", "--verbosity", "0", "--skip-checks")
        wait_for_more()  # the release before on the new tables
        now = serve(1, ROOT)
        wait_for_more()  # both
        stop(before)
        wait_for_more()  # this one alone
        back = serve(0, release_before)
        wait_for_more()
        stop(now)
        wait_for_more()  # the release before alone, again
        heads = httpx.get(f"{traffic.address}/open311/v2/services.json").headers
        inside = [httpx.get(f"{traffic.address}{path}").status_code for path in ("/metrics", "/healthz")]
    finally:
        traffic.over.set()
        traffic.join()
    back.kill()  # nobody asks it any more: it need not tell the proxy for seconds that it will stop
    log_lines = [line for process in (before, now, back) for line in process.log.read_text().splitlines()]
    assert traffic.faults == [], [line for line in log_lines if "/healthz" not in line]
    with psycopg.connect(dbname="upgraded", **plain) as database:
        assert database.execute(COUNTS).fetchone() == (traffic.sent,) * 4
    assert "server" not in heads
    assert inside == [404, 404]


def stop(process):
    process.process.terminate()
    process.process.wait(60)
