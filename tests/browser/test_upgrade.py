"""The release before is replaced by this one and comes back, behind the proxy of production, while people report.

The release before is taken from git: the state before the commit that gave this one its version. What is older than 0.5
is replaced with a pause (docs/operations.md); so 0.5 is replaced by itself here.
"""

import hashlib
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

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ROOT = project.BASE_DIR
FIRST_WITHOUT_PAUSE = (0, 5)
KEY = "traffic"
MANY = "hold:place=1000/s,hold:category=1000/s,open311:key=1000/s"  # all report one place by one key
PARTS = ["bin", "cameras", "geoapp", "gis_data", "incidents", "locale", "manage.py", "templates", "tests"]
# Done by the release before, in its own words: its tables, the town, and who may report by Open311.
FILL = f"""
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0, skip_checks=True)
from incidents.models import ApiKey
from tests import factories
factories.town()
ApiKey.objects.create(name="traffic", sha256="{hashlib.sha256(KEY.encode()).hexdigest()}")
"""


def git(*asked):
    done = subprocess.run(["git", *asked], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def version_of(commit):
    said = re.search(r'^version = "(\d+)\.(\d+)', git("show", f"{commit}:pyproject.toml"), re.M)
    return int(said[1]), int(said[2])


@pytest.fixture(scope="module")
def release_before(tmp_path_factory):
    """A checkout of the release before this one."""
    commit = git("log", "-1", "--format=%H", "-G^version = ", "--", "pyproject.toml")
    if not commit or not git("rev-parse", "--verify", "--quiet", f"{commit}^"):
        pytest.skip("the release before is not in this clone of the repository")
    folder = tmp_path_factory.mktemp("before")
    before = f"{commit}^" if version_of(f"{commit}^") >= FIRST_WITHOUT_PAUSE else "HEAD"
    with subprocess.Popen(["git", "archive", before, *PARTS], cwd=ROOT, stdout=subprocess.PIPE) as archive:
        subprocess.run(["tar", "-x", "-C", folder], stdin=archive.stdout, check=True)
    (folder / "var").mkdir()
    (folder / "var" / "venv").symlink_to(ROOT / "var" / "venv")
    return folder


class Traffic(threading.Thread):
    """People who report, look and read, one after the other and without a second try; what each was answered."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self.address = address  # of the proxy
        self.over, self.sent, self.faults = threading.Event(), 0, []

    def run(self):
        with httpx.Client(base_url=self.address, timeout=60) as people:
            while not self.over.is_set():
                for ask in (self.report, self.look, self.read):
                    try:
                        answer = ask(people)
                    except httpx.HTTPError as error:
                        self.faults.append(repr(error))
                    else:
                        if answer.status_code not in (200, 201):
                            self.faults.append(f"{answer.status_code} {answer.url} {answer.text[:300]}")
                    time.sleep(0.02)

    def report(self, people):
        self.sent += 1
        form = {
            "api_key": KEY,
            "service_code": "ST.1",
            "lat": "50.005",
            "long": "10.005",
            "description": f"Hole {self.sent}",
        }
        return people.post("/open311/v2/requests.json", data=form)

    def look(self, people):
        return people.get("/")

    def read(self, people):
        return people.get("/open311/v2/requests.json")


@pytest.fixture
def street(django_db_setup, django_db_blocker, release_before, tmp_path, surroundings):
    """The proxy of production before two places for web servers, and a database that the release before made."""
    with django_db_blocker.unblock():
        server = connection.settings_dict | {"NAME": "upgraded"}
    addresses = {
        f"DATABASE{name}_URL": database_url(server | {"USER": role})
        for name, role in (("", owner.SERVICE), ("_OWNER", owner.OWNER), ("_READER", owner.READER))
    }
    plain = {"host": server["HOST"], "user": server["USER"], "autocommit": True}
    with psycopg.connect(dbname="postgres", **plain) as keeper:
        keeper.execute("DROP DATABASE IF EXISTS upgraded WITH (FORCE)")
        keeper.execute("CREATE DATABASE upgraded")
    # As developers run it: no static files need be collected for two releases.
    environment = surroundings | addresses | {
        "DEBUG": "1", "WEB_DRAIN_S": "10", "PYTHONPATH": "", "LIMITS": MANY,
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

    def manage(folder, *asked):
        subprocess.run([sys.executable, *asked], cwd=folder, env=environment, check=True)

    proxy_port = free_port()
    proxy = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "DOMAIN": f"http://127.0.0.1:{proxy_port}",
        "HEALTH_PORT": str(free_port()), "WEB_SERVERS": " ".join(f"127.0.0.1:{port}" for port in ports),
    }  # fmt: skip
    caddy = ["caddy", "run", "--adapter", "caddyfile", "--config", str(ROOT / "deploy" / "proxy" / "Caddyfile")]

    def open_door():
        started.append(Process(caddy, proxy, tmp_path / "caddy.log"))
        address = f"http://127.0.0.1:{proxy_port}"
        wait_until(lambda: is_open(address), 30, "the proxy did not start")
        return address

    yield serve, manage, open_door, plain
    for process in started:
        process.stop()
    with psycopg.connect(dbname="postgres", **plain) as keeper:
        keeper.execute("DROP DATABASE upgraded WITH (FORCE)")


def is_open(address):
    try:
        return httpx.get(f"{address}/open311/v2/services.json").status_code == 200
    except httpx.HTTPError:
        return False


def test_no_request_fails_during_an_upgrade_and_its_rollback(street, release_before):
    if not shutil.which("caddy"):
        pytest.skip("the proxy is not installed: apt install caddy")
    serve, manage, open_door, plain = street
    manage(release_before, "-c", FILL)
    before = serve(0, release_before)
    traffic = Traffic(open_door())
    traffic.start()
    answered = []

    def wait_for_more():
        """Until the next ten reports are in."""
        answered.append(traffic.sent)
        wait_until(lambda: traffic.sent > answered[-1] + 10 or traffic.faults, 60, "nobody is answered")

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
    back.stop()
    assert traffic.faults == []
    with psycopg.connect(dbname="upgraded", **plain) as asked:
        assert asked.execute("SELECT count(*) FROM incidents_report").fetchone() == (traffic.sent,)
    assert "server" not in heads
    assert inside == [404, 404]


def stop(process):
    """Stop a web server as Docker does: it says beforehand that it will."""
    process.process.terminate()
    process.process.wait(60)
