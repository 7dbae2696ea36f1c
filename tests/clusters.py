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
    """Put a cluster of this name into the checkout, which bin/database has not made there yet."""
    home = checkout / "var" / name
    home.mkdir(parents=True)
    subprocess.run(["cp", "-a", made_cluster(), home / "data"], check=True)


def copy_tables(server: dict[str, Any], host: str) -> None:
    """Put what the tests' database was made with into the empty one of a cluster at this host, which has PostGIS.

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
    """An empty folder for a checkout whose database waits for each write as a city's does: in memory none takes long.

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
    """Whether there is such a place, whether scripts may run in it, and whether two gigabytes of it are free."""
    if not memory.is_dir() or os.statvfs(memory).f_flag & os.ST_NOEXEC:
        return False
    return shutil.disk_usage(memory).free > ROOM


def made_cluster() -> Path:
    """The data directory of a cluster that nobody has used, made where it is not there or was made by others."""
    with HOME.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (made_from := makers_digest()) != (MADE_FROM.exists() and MADE_FROM.read_text()):
            shutil.rmtree(HOME, ignore_errors=True)
            make_cluster()
            MADE_FROM.write_text(made_from)
    return HOME / "data"


def make_cluster():
    """Let bin/database make it, and stop it in good order as soon as it answers."""
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
    """One digest of what makes a cluster: our scripts, and which servers are installed."""
    digest = hashlib.sha256(str(sorted(path.name for path in PROGRAMS.iterdir())).encode())
    for name in BY:
        digest.update((settings.BASE_DIR / name).read_bytes())
    return digest.hexdigest()
