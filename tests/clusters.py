"""Copy a private PostgreSQL cluster, made once by bin/database and kept until its programs change.

Making one takes a core for three seconds, copying one a tenth of that.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

from tests.machine import patience

NAME = "test-cluster"
HOME, MADE_FROM = settings.VAR / NAME, settings.VAR / f"{NAME}.made-from"
BY = ("bin/database", "bin/cluster.sh", "deploy/database/roles.sql")
PROGRAMS = Path("/usr/lib/postgresql")
MEMORY, ROOM = Path("/dev/shm"), 2 * 1024**3


def copy_cluster(checkout: Path, name: str = "pg") -> None:
    """Copy a cluster of this name into the checkout, before bin/database makes one there."""
    home = checkout / "var" / name
    home.mkdir(parents=True)
    subprocess.run(["cp", "-a", made_cluster(), home / "data"], check=True)


def copy_tables(server: dict[str, Any], host: str) -> None:
    """Copy the test database's tables into an empty cluster with PostGIS at this host.

    `server`: Django's settings of the tests' database. It takes a tenth of what all migrations take.
    """
    dump = ["pg_dump", "--no-owner", "--no-comments", "--exclude-table-data=spatial_ref_sys"]
    dump += ["-h", server["HOST"], "-U", server["USER"], server["NAME"]]
    fill = ["psql", "-qX1", "-v", "ON_ERROR_STOP=1", "-h", host, "-U", server["USER"], "geoapp"]
    with subprocess.Popen(dump, stdout=subprocess.PIPE) as dumped:
        subprocess.run(fill, stdin=dumped.stdout, stdout=subprocess.DEVNULL, check=True)
    assert dumped.returncode == 0


@contextmanager
def folder_in_memory(name: str) -> Iterator[Path]:
    """Yield an empty folder in memory for a checkout whose database waits for each write: there no write is slow.

    On disk where there is no such room. What a run that was killed has left goes with the next.
    """
    place = MEMORY if has_room(MEMORY) else Path(tempfile.gettempdir())
    checkout = hashlib.sha256(str(settings.BASE_DIR).encode()).hexdigest()[:8]
    folder = place / f"test-{checkout}-{os.environ.get('PYTEST_XDIST_WORKER', 'one')}-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def has_room(memory):
    """Whether the folder in memory exists, allows scripts and has two gigabytes free."""
    if not memory.is_dir() or os.statvfs(memory).f_flag & os.ST_NOEXEC:
        return False
    return shutil.disk_usage(memory).free > ROOM


def made_cluster() -> Path:
    """Return the data directory of an unused cluster, made anew if it is missing or outdated."""
    with HOME.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (made_from := makers_digest()) != (MADE_FROM.exists() and MADE_FROM.read_text()):
            shutil.rmtree(HOME, ignore_errors=True)
            make_cluster()
            MADE_FROM.write_text(made_from)
    return HOME / "data"


def make_cluster():
    """Make a cluster by bin/database, and stop it when it answers."""
    database = settings.BASE_DIR / "bin" / "database"
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    server = subprocess.Popen([database, NAME], env=environment)
    try:
        end = time.monotonic() + patience(60)
        while subprocess.run([database, "--url", NAME], env=environment, capture_output=True).returncode:
            assert server.poll() is None, "the cluster did not start"
            assert time.monotonic() < end, "the cluster does not answer"
            time.sleep(0.1)
    finally:
        server.send_signal(signal.SIGINT)
        assert server.wait(patience(30)) == 0


def makers_digest():
    """Return a digest of our scripts and the installed PostgreSQL servers."""
    digest = hashlib.sha256(str(sorted(path.name for path in PROGRAMS.iterdir())).encode())
    for name in BY:
        digest.update((settings.BASE_DIR / name).read_bytes())
    return digest.hexdigest()
