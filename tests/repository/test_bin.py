"""Test the commands of bin/ in a checkout of their own, in a folder with a space and capitals in its name.

Whatever a script started must be gone when it is gone: the tests look for processes by the folder they stand in.
"""

import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from tests.clusters import copy_cluster, copy_tables, folder_in_memory
from tests.collected import collected_files
from tests.machine import patience

ROOT = Path(settings.BASE_DIR)
PARTS = ["bin", "geoapp", "cameras", "incidents", "gis_data", "templates", "locale", "manage.py", "deploy/database"]
PARTS += ["requirements.lock", "requirements-vision.lock", "requirements-s3.lock", "requirements-dev.lock"]
CITY = ROOT / "tests" / "samples" / "city"
# Nothing of how this test run is set up: the commands bring their own.
ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("bin")]


def copy_to(folder):
    """Copy the checkout as git does, with this one's Python environment, fonts and static files.

    What Python has compiled here comes along: six processes would begin with it otherwise.
    """
    folder.mkdir(parents=True)
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("*.mo"))
        else:
            shutil.copy2(ROOT / part, folder / part)  # as old as it is: what is made from it need not be made again
    (folder / "var").mkdir()
    (folder / "var" / "venv").symlink_to(ROOT / "var" / "venv")
    if (fetched := ROOT / "var" / "hostile-pictures").is_dir():  # else each run would fetch them once more
        (folder / "var" / fetched.name).symlink_to(fetched)
    shutil.copytree(ROOT / "var" / "static", folder / "var" / "static")
    shutil.copytree(collected_files(), folder / "var" / "collected")
    (folder / "var" / "collected" / "from").write_text(sources_of_static_files(folder))
    return folder


def sources_of_static_files(folder):
    """Return the stamp by which bin/run knows collected static files."""
    asks = re.search(r"^found=.+$", (ROOT / "bin" / "run").read_text(), re.M)[0]
    return subprocess.run(["bash", "-c", f'{asks}; echo "$found"'], cwd=folder, capture_output=True, text=True).stdout


@pytest.fixture(scope="module", autouse=True)
def environment_of_the_lock():
    """Match the environment to the lock: the commands would remake it during the tests."""
    lock = "requirements-dev.lock"
    python = subprocess.run([ROOT / "var" / "venv" / "bin" / "python", "-VV"], capture_output=True).stdout
    stamp = f"{lock} {hashlib.sha256(python + (ROOT / lock).read_bytes()).hexdigest()}  -"
    made_from = ROOT / "var" / "venv" / "made-from"
    if not made_from.exists() or stamp not in made_from.read_text().splitlines():
        pytest.skip("var/venv is not made from the lock; bin/prepare --tests makes it")


@pytest.fixture(scope="module")
def checkout():
    with folder_in_memory("bin") as parent:
        folder = copy_to(parent / "My Checkout")
        copy_cluster(folder)
        yield folder
        assert processes_in(folder) == {}


def processes_in(folder):
    """Return {process: command} of processes whose working directory is in this folder."""
    processes = {}
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            stands_in = Path(os.readlink(f"/proc/{process}/cwd"))
            command = Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if stands_in.is_relative_to(folder) and command:
            processes[int(process)] = command
    return processes


def all_gone(folder, seconds=30):
    """Fail, with its name, if a process still runs there after so many seconds."""
    end = time.monotonic() + patience(seconds)
    while processes_in(folder) and time.monotonic() < end:
        time.sleep(0.05)
    assert processes_in(folder) == {}


def wait_until(true, seconds=30):
    end = time.monotonic() + patience(seconds)
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def url_of(folder, name="pg", *role):
    """Return a private cluster's DATABASE_URL for psycopg; None while it does not answer."""
    command = [folder / "bin" / "database", "--url", name, *role]
    process = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT)
    return process.stdout.strip().replace("postgis:", "postgresql:") if process.returncode == 0 else None


@contextmanager
def serving(folder, name, *arguments):
    server = subprocess.Popen([folder / "bin" / "database", name, *arguments], env=ENVIRONMENT)
    try:
        wait_until(lambda: url_of(folder, name) or server.poll() is not None)
        assert server.poll() is None
        yield server
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(patience(30))


def ask(folder, name, sql):
    with psycopg.connect(url_of(folder, name), autocommit=True) as connection:
        return connection.execute(sql).fetchone()


def test_the_private_cluster_is_reached_by_its_socket_only(checkout):
    with serving(checkout, "pg-one"):
        assert ask(checkout, "pg-one", "SELECT current_user, current_database()") == ("geoapp", "geoapp")
        assert ask(checkout, "pg-one", "SHOW listen_addresses") == ("",)
        assert ask(checkout, "pg-one", "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == (False,)
        assert ask(checkout, "pg-one", "SELECT ST_AsText(ST_Point(1, 2)), lower('ĐƯỜNG')") == ("POINT(1 2)", "đường")
        folder = checkout / "var" / "pg-one"
        assert [path.stat().st_mode & 0o777 for path in (folder, folder / "data", folder / "socket")] == [0o700] * 3
        # as root it does not run as root
        server = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        assert os.stat(f"/proc/{server}").st_uid != 0
    assert url_of(checkout, "pg-one") is None


def test_a_cluster_comes_back_after_a_crash(checkout):
    """Its number now belongs to somebody else's process, and the socket's lock says so, too."""
    with serving(checkout, "pg-one"):
        with psycopg.connect(url_of(checkout, "pg-one", "geoapp_owner"), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
            connection.execute("GRANT SELECT ON kept TO geoapp")
        pid_file = checkout / "var" / "pg-one" / "data" / "postmaster.pid"
        server, *rest = pid_file.read_text().split("\n")
        os.kill(int(server), signal.SIGKILL)
        wait_until(lambda: not processes_in(checkout))
    with subprocess.Popen(["sleep", "600"]) as stranger:
        pid_file.write_text("\n".join([str(stranger.pid), *rest]))
        with serving(checkout, "pg-one"):
            assert ask(checkout, "pg-one", "SELECT answer FROM kept") == (42,)
        stranger.kill()


def test_a_cluster_is_not_served_twice(checkout):
    with serving(checkout, "pg-one"):
        second = subprocess.run(
            [checkout / "bin" / "database", "pg-one"], capture_output=True, text=True, env=ENVIRONMENT, timeout=60
        )
        assert second.returncode == 1
        assert "is being served by process" in second.stderr
        assert ask(checkout, "pg-one", "SELECT 1") == (1,)


@pytest.mark.deep
def test_two_checkouts_deep_down_and_behind_a_closed_door(tmp_path):
    """A path too long for a socket; and a folder that only its owner may enter, as root's home is."""
    door = tmp_path / "closed"
    door.mkdir(mode=0o700)
    folders = [door / "one", door.joinpath(*["a-folder-with-a-long-name"] * 4)]
    for folder in folders:
        (folder / "var").mkdir(parents=True)
        shutil.copytree(ROOT / "bin", folder / "bin")
        shutil.copytree(ROOT / "deploy" / "database", folder / "deploy" / "database")
        (folder / "var" / "venv").symlink_to(ROOT / "var" / "venv")
    copy_cluster(folders[1])
    with serving(folders[0], "pg"), serving(folders[1], "pg"):
        urls = [url_of(folder) for folder in folders]
        assert len(set(urls)) == 2
        assert [ask(folder, "pg", "SELECT 1") for folder in folders] == [(1,), (1,)]
    elsewhere = urls[1].removeprefix("postgresql://geoapp@").removesuffix("/geoapp").replace("%2F", "/")
    assert Path(elsewhere).is_relative_to(os.environ.get("XDG_RUNTIME_DIR", "/tmp") if os.getuid() else "/tmp")
    shutil.rmtree(elsewhere)


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


STUB = """#!/usr/bin/env python3
import http.server, os, signal, subprocess, sys

class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

if {serves}:
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])  # until it can end its child
    child = subprocess.Popen(["sleep", "600"])
    signal.signal(signal.SIGTERM, lambda *_: (child.kill(), os._exit(0)))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    port = int(os.environ["PORT"]) if sys.argv[0].endswith("bin/web") else 0
    http.server.HTTPServer(("127.0.0.1", port), Page).serve_forever()
"""


@pytest.fixture(scope="module")
def stubs():
    """A checkout with the real bin/run and database; the supervised servers are small ones, each with a child.

    What it prepares, collects and loads before is nothing.
    """
    with folder_in_memory("stubs") as parent:
        folder = made_of_stubs(parent / "My Checkout")
        yield folder
        assert processes_in(folder) == {}


# What `python -m gis_data.installation` imports.
MODULES_OF_RUN = (
    "gis_data/__init__.py", "gis_data/installation.py", "gis_data/pack.py", "gis_data/words.py",
    "geoapp/__init__.py", "geoapp/web/languages.py",
)  # fmt: skip


def made_of_stubs(folder):
    for part in ("bin", "deploy/database", "geoapp/static", "var/static", "var/collected"):
        (folder / part).mkdir(parents=True)
    (folder / "var" / "venv").symlink_to(ROOT / "var" / "venv")
    for module in (*MODULES_OF_RUN, "geoapp/http/static_storage.py"):  # the second: with it the static files change
        (folder / module).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / module, folder / module)
    copied = ("run", "processes.sh", "cluster.sh", "database", "data_key")
    for part in (*(f"bin/{name}" for name in copied), "deploy/database/roles.sql"):
        shutil.copy(ROOT / part, folder / part)
    for part in ("bin/web", "bin/worker", "bin/cameras", "bin/prepare", "bin/load", "manage.py"):
        (folder / part).write_text(STUB.format(serves=part in {"bin/web", "bin/worker", "bin/cameras"}))
        (folder / part).chmod(0o755)
    copy_cluster(folder)
    return folder


def start_run(folder, port, log, *options):
    # A terminal's shell hears Ctrl-C, even where these tests run in the background of a script, which does not.
    heard = ["env", "--default-signal=INT"]
    command = [*heard, folder / "bin" / "run", "--port", str(port), "--city", CITY, "--no-demo", *options]
    with log.open("w") as lines:
        return subprocess.Popen(
            command, stdout=lines, stderr=subprocess.STDOUT, env=ENVIRONMENT, start_new_session=True
        )


@contextmanager
def running(folder, port, *options):
    """Run bin/run until it answers; stops it at the end in any case."""
    log = folder / "var" / "run.log"
    run = start_run(folder, port, log, *options)
    try:
        wait_until(lambda: "Ctrl-C stops it" in log.read_text() or run.poll() is not None, 240)
        assert run.poll() is None, log.read_text()
        yield run
    finally:
        if run.poll() is None:
            run.terminate()
        run.wait(patience(60))
        all_gone(folder)


def first_of(part, folder):
    """Return the oldest process of this kind, which may start after the pages."""

    def poll():
        return sorted(process for process, command in processes_in(folder).items() if part in command)

    wait_until(poll)
    return poll()[0]


def answer(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as page:
        return page.status, page.read().decode()


@pytest.mark.parametrize("has_tables", [True, pytest.param(False, marks=pytest.mark.deep)])
def test_ctrl_c_stops_all_that_bin_run_started(checkout, port, django_db_setup, has_tables):
    """Where the tables are there, and in a deep run where they come first: that takes four times as long.

    From nothing all migrations make the tests' own databases.
    """
    shutil.rmtree(checkout / "var" / "pg")
    copy_cluster(checkout)
    if has_tables:
        with serving(checkout, "pg"):
            copy_tables(connection.settings_dict, unquote(urlsplit(url_of(checkout)).hostname))
    with running(checkout, port) as run:
        assert answer(port, "/healthz")[0] == 200
        assert "/static/" in answer(port, "/")[1]
        for part in ("postgres -D", "granian", "procrastinate worker", "patrol"):
            assert first_of(part, checkout)
        assert "Collecting the static files" not in (checkout / "var" / "run.log").read_text()  # they are there
        os.killpg(run.pid, signal.SIGINT)  # as a terminal does it
        assert run.wait(patience(60)) == 130  # on a busy machine; ten seconds for all, ten for the database
        all_gone(checkout, 2)
    with pytest.raises(OSError, match="refused"):
        answer(port, "/healthz")


# All are waited for by one loop: a usual run looks at the one on which all others stand.
DEEP = [pytest.param(part, marks=pytest.mark.deep) for part in ("bin/web", "bin/worker", "bin/cameras")]


@pytest.mark.parametrize("part", ["postgres -D", *DEEP])
def test_one_that_dies_takes_the_others_with_it(stubs, port, part):
    with running(stubs, port) as run:
        os.kill(first_of(part, stubs), signal.SIGKILL)
        assert run.wait(patience(40)) == 1
        all_gone(stubs, 2)
    assert "its last lines above say why" in (stubs / "var" / "run.log").read_text()


def test_nothing_outlives_a_bin_run_that_was_killed(stubs, port):
    with running(stubs, port) as run:
        parts = {part: first_of(part, stubs) for part in ("bin/web", "bin/worker", "bin/cameras", "postgres -D")}
        assert len({*parts.values()}) == 4
        run.kill()
        all_gone(stubs, 60)


def test_static_files_are_collected_where_one_is_new(stubs, port):
    (stubs / "geoapp" / "static" / "new.js").touch()
    outputs = []
    for _run in range(2):
        with running(stubs, port):
            outputs.append("Collecting the static files" in (stubs / "var" / "run.log").read_text())
    assert outputs == [True, False]


def test_one_that_is_still_stopping_is_waited_for(stubs, port):
    log, mark = stubs / "var" / "next.log", stubs / "var" / "pg.stopping"
    with subprocess.Popen(["sleep", "3600"]) as earlier:
        mark.write_text(f"{earlier.pid}\n")
        following = start_run(stubs, port, log)
        try:
            wait_until(lambda: "still stopping" in log.read_text() or following.poll() is not None)
            assert log.read_text().count("\n") == 1
            earlier.kill()
            earlier.wait()
            wait_until(lambda: "Ctrl-C stops it" in log.read_text() or following.poll() is not None)
            assert following.poll() is None, log.read_text()
        finally:
            earlier.kill()
            following.terminate()
            following.wait(patience(60))


def test_one_that_stops_says_so_until_all_is_gone(stubs):
    """At its end it waits for all that it started: what is said then is the last."""
    script = ". bin/processes.sh; served=pg; wait() { cat var/pg.stopping; }; echo $$; exit"
    outcome = subprocess.run(
        ["bash", "-c", script], cwd=stubs, capture_output=True, text=True, check=True, env=ENVIRONMENT
    )
    process, mark = outcome.stdout.split()
    assert process == mark
    assert not (stubs / "var" / "pg.stopping").exists()


def test_a_port_that_is_taken_is_said_so(checkout):
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]
        process = subprocess.run(
            [checkout / "bin" / "run", "--port", str(port)], capture_output=True, text=True, env=ENVIRONMENT
        )
    assert process.returncode == 1
    assert f"Port {port} is taken" in process.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--port", "many"], "“many” is no port number"),
        (["--port", "70000"], "“70000” is no port number"),
        (["--city", "/nowhere"], "/nowhere is no city pack"),
        (["--fast"], "does not know “--fast”"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_starts(checkout, options, words):
    process = subprocess.run([checkout / "bin" / "run", *options], capture_output=True, text=True, env=ENVIRONMENT)
    assert process.returncode == 2
    assert words in process.stderr


def test_a_city_in_a_language_that_is_not_offered_is_refused(checkout, tmp_path):
    pack = shutil.copytree(CITY, tmp_path / "city")
    text = (pack / "city.toml").read_text(encoding="utf-8")
    (pack / "city.toml").write_text(text.replace('language = "en"', 'language = "pt"'), encoding="utf-8")
    command = [checkout / "bin" / "run", "--city", pack]
    process = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT)
    assert process.returncode == 2
    assert "the language 'pt' is not offered; these are: vi (Tiếng Việt), en (English)." in process.stderr


def test_what_is_ready_is_ready_at_once(checkout):
    subprocess.run([checkout / "bin" / "prepare", "--tests"], check=True, env=ENVIRONMENT)
    began = time.monotonic()
    process = subprocess.run([checkout / "bin" / "prepare", "--tests"], capture_output=True, text=True, env=ENVIRONMENT)
    assert (process.returncode, process.stdout, process.stderr) == (0, "", "")
    assert time.monotonic() - began < patience(2)


# As our own tests/conftest.py says that there is a test database, without the minute that it takes to make one.
SAYS_AS_OURS = """
import os, pathlib, pytest

def pytest_addoption(parser):
    parser.addoption("--create-db", action="store_true")

@pytest.fixture
def db():
    pathlib.Path(os.environ["TEST_DATABASE_MADE"]).touch()
"""
PLANTED = "def test_without(): ...\n\n\ndef test_with(db): ...\n"


def test_run_says_that_it_has_a_test_database(db):
    assert Path(os.environ.get("TEST_DATABASE_MADE", ROOT)).exists()


@pytest.mark.deep
def test_only_a_run_that_made_a_test_database_marks_it(tmp_path):
    """On a server that is there, with tests that need no Django."""
    files = {
        "tests/conftest.py": SAYS_AS_OURS, "tests/test_planted.py": PLANTED,
        "pyproject.toml": '[tool.pytest.ini_options]\naddopts = "-p no:django"\n',
        "bin/prepare": "#!/bin/sh\n", "gis_data/migrations/0001_initial.py": "", "gis_data/sql/guards/one.sql": "",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    for name in ("test", "processes.sh"):
        shutil.copy(ROOT / "bin" / name, tmp_path / "bin")
    (tmp_path / "bin" / "prepare").chmod(0o755)
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "venv").symlink_to(ROOT / "var" / "venv")
    environment = ENVIRONMENT | {"DATABASE_URL": "postgis://nobody@nowhere/none", "SECRET_KEY": "a", "DATA_KEYS": "b"}
    marks = []
    for name in ("without", "with"):
        done = subprocess.run(
            [tmp_path / "bin" / "test", f"tests/test_planted.py::test_{name}"], capture_output=True, text=True,
            env=environment,
        )  # fmt: skip
        assert "1 passed" in done.stdout, done.stdout + done.stderr
        marks.append((tmp_path / "var" / "test-database").exists())
    assert marks == [False, True]


def test_manage_takes_the_database_and_key_that_are_set():
    environment = os.environ | {"DATABASE_URL": "postgis://nobody@nowhere/none", "SECRET_KEY": "swordfish"}
    done = subprocess.run(["bin/manage", "check"], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "System check identified no issues (0 silenced).")
