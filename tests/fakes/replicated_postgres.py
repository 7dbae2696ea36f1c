"""Run two PostgreSQL servers, the second a streaming replica, as deploy/database sets them up."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.conf import settings

from tests import owner
from tests.machine import patience

PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parts[-2]))
DATABASE = Path(settings.BASE_DIR) / "deploy" / "database"
# Of a copy for a test nothing need outlive the machine; what is acknowledged is on both servers.
CARELESS = ["--fsync=off", "--full_page_writes=off", "--autovacuum=off", "--log_min_messages=fatal", "--jit=off"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def replicate(tables):
    """Return a Pair whose primary has the tables of a database of Django's settings."""
    with tempfile.TemporaryDirectory() as folder:
        pair = Pair(Path(folder), tables)
        try:
            pair.make_primary()
            pair.make_replica()
            yield pair
        finally:
            pair.stop()


class Pair:
    """Primary and replica, by port."""

    def __init__(self, folder, tables):
        self.folder, self.tables, self.primary, self.replica = folder, tables, free_port(), free_port()
        self.as_owner, self.servers = [], {}
        if os.getuid() == 0:  # the server refuses to run as root
            shutil.chown(folder, "postgres", "postgres")
            self.as_owner = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]

    def make_primary(self):
        data = self.folder / "primary"
        initdb = ["initdb", f"--pgdata={data}", "--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8"]
        self.run(*initdb, "--locale=C.UTF-8")
        self.start(self.primary, ["postgres", "-D", data, "--wal_level=replica"])
        to = ["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.primary), "-U", "postgres"]
        self.run(*to, "-c", "CREATE DATABASE geoapp")
        self.run(*to, "-c", "CREATE EXTENSION postgis", "geoapp")
        self.run(*to, "-f", DATABASE / "roles.sql", "geoapp")
        if owner.OWNER != owner.SERVICE:
            self.run(*to, "-c", f"GRANT {owner.SERVICE} TO {owner.OWNER}")  # tests take its role, as in bin/database
        dump = ["pg_dump", "--no-comments", "--exclude-table-data=spatial_ref_sys", "-h", self.tables["HOST"]]
        dump += ["-U", owner.OWNER, self.tables["NAME"]]
        with subprocess.Popen(dump, stdout=subprocess.PIPE, env=self.environment()) as dumped:
            subprocess.run([*to, "geoapp"], stdin=dumped.stdout, stdout=-3, check=True, env=self.environment())

    def make_replica(self):
        """Make a new replica on this port; a former server's data is deleted."""
        shutil.rmtree(self.copy_of_replica(), ignore_errors=True)
        self.start_replica()

    def start_replica(self):
        options = {
            "PGDATA": str(self.copy_of_replica()),
            "PRIMARY": f"host=127.0.0.1 port={self.primary} user=postgres",
        }
        self.start(self.replica, [DATABASE / "replica.sh"], options)

    def copy_of_replica(self):
        return self.folder / f"replica-{self.replica}"

    def environment(self):
        """Return the environment with the real clock, also under `bin/test --clock`: a replica cannot follow jumping
        times.
        """
        environment = {name: text for name, text in os.environ.items() if name != "LD_PRELOAD"}
        return environment | {"PATH": f"{PROGRAMS}:{os.environ['PATH']}"}

    def run(self, *command):
        done = subprocess.run(
            [*self.as_owner, *command], env=self.environment(), cwd=self.folder, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, port, command, options=()):
        settings = ["--listen_addresses=127.0.0.1", f"--port={port}", f"--unix_socket_directories={self.folder}"]
        self.servers[port] = subprocess.Popen(
            [*self.as_owner, *command, *settings, *CARELESS], env=self.environment() | dict(options), cwd=self.folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        end = time.monotonic() + patience(60)
        while True:
            try:
                return self.connect(port, "postgres").close()
            except psycopg.OperationalError:
                assert self.servers[port].poll() is None, f"{command[0]} did not start"
                assert time.monotonic() < end, f"{command[0]} does not answer"
                time.sleep(0.05)

    def connect(self, port, database="geoapp"):
        """Connect as superuser, in autocommit."""
        return psycopg.connect(host="127.0.0.1", port=port, user="postgres", dbname=database, autocommit=True)

    def say(self, port, statement):
        """Run a statement; returns its rows, if any."""
        with self.connect(port) as connection:
            rows = connection.execute(statement)
            return rows.fetchall() if rows.description else []

    def catch_up(self):
        """Resume the replica and wait until it has replayed the primary's present log."""
        self.say(self.replica, "SELECT pg_wal_replay_resume()")
        ((position,),) = self.say(self.primary, "SELECT pg_current_wal_lsn()::text")
        end = time.monotonic() + patience(30)
        while self.say(self.replica, f"SELECT pg_last_wal_replay_lsn() < '{position}'") != [(False,)]:
            assert time.monotonic() < end, "the replica does not catch up"
            time.sleep(0.02)

    def kill(self, port):
        """Kill a server without shutdown, as a power cut."""
        os.killpg(self.servers[port].pid, signal.SIGKILL)
        self.servers[port].wait()

    def promote(self):
        """Promote the replica to primary."""
        self.say(self.replica, "SELECT pg_promote()")

    def take_back(self):
        """Bring the killed server back as replica of the new primary."""
        self.primary, self.replica = self.replica, self.primary
        self.make_replica()
        self.say(self.primary, "ALTER SYSTEM RESET synchronous_standby_names")
        self.say(self.primary, "SELECT pg_reload_conf()")

    def stop(self):
        for server in self.servers.values():
            if server.poll() is None:
                server.send_signal(signal.SIGQUIT)  # at once: nobody needs what it holds
        for server in self.servers.values():
            server.wait(patience(30))
