"""Test backup and restore to any moment, while the database is written and after a crash.

On a cluster of its own, served by bin/database as bin/run does it; its tables are copied from the tests' database.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
from django.conf import settings as project
from django.db import connection

from cameras.viewlog import ledger
from incidents import photos
from incidents.audit import chain
from incidents.models import Event, EventSeal, Photo, Report
from tests import factories
from tests.clusters import copy_cluster, copy_tables, folder_in_memory
from tests.machine import patience

ROOT = Path(project.BASE_DIR)
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("bin")]
SCRIPTS = ["backup", "backups.sh", "cluster.sh", "database", "restore"]


class Machine:
    """A checkout with a cluster and a backup folder, to run commands in."""

    def __init__(self, folder):
        self.folder, self.backups, self.media = folder / "My City", folder / "backups", folder / "media"
        (self.folder / "bin").mkdir(parents=True)
        (self.folder / "var").mkdir()
        (self.folder / "var" / "venv").symlink_to(ROOT / "var" / "venv")
        for name in SCRIPTS:
            shutil.copy(ROOT / "bin" / name, self.folder / "bin")
        shutil.copytree(ROOT / "deploy" / "database", self.folder / "deploy" / "database")
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.environment = environment | {"BACKUP_DIR": str(self.backups), "MEDIA_ROOT": str(self.media)}
        self.server = None

    def run(self, name, *arguments):
        done = subprocess.run(
            [self.folder / "bin" / name, *arguments], env=self.environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refuse(self, name, *arguments):
        done = subprocess.run(
            [self.folder / "bin" / name, *arguments], env=self.environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode != 0
        return done.stderr

    def serve(self):
        careless = ["fsync=off", "full_page_writes=off", "autovacuum=off"]
        self.server = subprocess.Popen([self.folder / "bin" / "database", "pg", *careless], env=self.environment)
        end = time.monotonic() + patience(60)
        while True:
            process = subprocess.run(
                [self.folder / "bin" / "database", "--url", "pg"], env=self.environment, capture_output=True, text=True
            )
            if process.returncode == 0:
                return process.stdout.strip()
            assert self.server.poll() is None, "the cluster did not start"
            assert time.monotonic() < end, "the cluster does not answer"
            time.sleep(0.1)

    def kill(self):
        connection.close()
        connection.close_pool()
        self.server.kill()
        self.server.wait()
        end = time.monotonic() + patience(30)
        while self.processes() and time.monotonic() < end:
            time.sleep(0.05)
        assert self.processes() == []

    def stop(self):
        connection.close()
        connection.close_pool()
        if self.server and self.server.poll() is None:
            self.server.send_signal(signal.SIGINT)
            self.server.wait(patience(30))

    def processes(self):
        data = self.folder / "var" / "pg" / "data"
        process_ids = []
        for process in filter(str.isdigit, os.listdir("/proc")):
            try:
                if Path(os.readlink(f"/proc/{process}/cwd")) == data:
                    process_ids.append(int(process))
            except OSError:
                continue
        return process_ids


@pytest.fixture
def folder():
    with folder_in_memory("backup") as folder:
        yield folder


@pytest.fixture
def machine(transactional_db, folder, settings):
    """Connect Django to the machine's cluster with the tests' tables."""
    machine = Machine(folder)
    copy_cluster(machine.folder)
    settings.MEDIA_ROOT = machine.media
    before = connection.settings_dict.copy()
    try:
        host = unquote(urlsplit(machine.serve()).hostname)
        connection.close()
        connection.close_pool()
        copy_tables(before, host)
        own = {"HOST": host, "NAME": "geoapp", "PORT": "", "PASSWORD": ""}
        connection.settings_dict.update(own)
        yield machine
    finally:
        machine.stop()
        connection.settings_dict.update(before)


def report(town, words, colour):
    """A sealed report with a photo, and its picture as evidence."""
    factories.incident(town.hole, text=words, pictures=[photos.read_photo(factories.picture(colour=colour))])
    chain.seal_history()


def state(folder):
    """Return the words of all reports, whether each photo exists, and whether the history is valid."""
    pictures = [(folder / name).is_file() for name in Photo.objects.values_list("picture", flat=True)]
    verdict = chain.HISTORY.verify()
    return {
        "reports": list(Report.objects.order_by("pk").values_list("text", flat=True)),
        "pictures": pictures,
        "lines": (Event.objects.count(), EventSeal.objects.count()),
        "fault": verdict.fault,
        "looks": ledger.LOOKS.verify().fault,
    }


def sound_state(*words):
    """Return the intact `state` of so many reports."""
    lines = 2 * len(words)
    return {
        "reports": [*words], "pictures": [True] * len(words), "lines": (lines, lines), "fault": "", "looks": "",
    }  # fmt: skip


def test_the_city_comes_back_to_any_moment(machine):
    town = factories.town()
    report(town, "before", "teal")
    process = machine.run("backup")
    assert "A new key is in" in process
    report(town, "after", "navy")
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")  # the machine's clock is another's under `bin/test --clock`
        (moment,) = cursor.fetchone()
    time.sleep(0.01)
    report(town, "at last", "olive")
    machine.run("backup", "files")
    assert state(machine.media) == sound_state("before", "after", "at last")

    machine.kill()
    shutil.rmtree(machine.media)
    machine.run("restore")
    machine.serve()
    assert state(machine.media) == sound_state("before", "after", "at last")

    machine.stop()
    machine.run("restore", "--to", moment.isoformat())
    machine.serve()
    assert state(machine.media) == sound_state("before", "after")
    report(town, "life goes on", "red")
    assert state(machine.media) == sound_state("before", "after", "life goes on")

    # Nothing of it can be read without the key, and all of it can with it.
    backup_bytes = b"".join(path.read_bytes() for path in machine.backups.rglob("*") if path.is_file())
    assert [word in backup_bytes for word in (b"at last", b"incidents_report", b"JFIF")] == [False] * 3
    machine.run("backup", "check")
    assert sorted(path.name for path in machine.backups.glob("succeeded.*")) == [
        "succeeded.database", "succeeded.files", "succeeded.full"
    ]  # fmt: skip
    machine.stop()
    (machine.folder / "var" / "backup_key").write_text("another key")
    assert "There is no backup of the database from before now that the key in" in machine.refuse("restore")


def test_no_server_begins_beside_what_a_killed_one_left(folder):
    """A statement that was running goes on, and would write where the next server writes."""
    machine = Machine(folder)
    copy_cluster(machine.folder)
    try:
        address = machine.serve().replace("postgis:", "postgresql:")
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(address) as session:
            busy = session.info.backend_pid
            session.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 10000000)")
            machine.server.kill()
            machine.server.wait()
            assert busy in machine.processes()
            session.pgconn.finish()
        machine.serve()
        assert busy not in machine.processes()
    finally:
        machine.stop()


@pytest.mark.parametrize(("arguments", "environment", "message"), [
    (["--to"], {}, "--to needs a moment"),
    (["--fast"], {}, "does not know “--fast”"),
    (["--only", "mail"], {}, "--only takes database or files"),
    ([], {"BACKUP_DIR": ""}, "BACKUP_DIR is not set"),
    ([], {"BACKUP_KEY_FILE": "/no/such/key"}, "There is no key in /no/such/key"),
])  # fmt: skip
def test_a_restore_that_cannot_be_leaves_all_as_it_is(tmp_path, arguments, environment, message):
    machine = Machine(tmp_path)
    machine.environment |= environment
    assert message in machine.refuse("restore", *arguments)
    assert not (machine.folder / "var" / "pg" / "data").exists()


def test_what_is_being_served_is_not_restored(tmp_path):
    machine = Machine(tmp_path)
    machine.media.mkdir()
    (machine.folder / "var" / "backup_key").write_text("a key")
    data = machine.folder / "var" / "pg" / "data"
    data.mkdir(parents=True)
    # As root the server runs as another user, who looks for it.
    identity = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"] if os.geteuid() == 0 else []
    with subprocess.Popen([*identity, "sleep", "60"], cwd=data) as server:
        (data / "postmaster.pid").write_text(f"{server.pid}\n")
        try:
            assert f"is being served by process {server.pid}" in machine.refuse("restore")
        finally:
            server.kill()
