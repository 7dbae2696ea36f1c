"""Test the finder process: what the models' libraries leak, break or hang stays in it."""

import os
import re
import select
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from cameras.masking import covering, finders
from cameras.masking.covering import Box, NotCovered
from geoapp.media import sandboxed_process
from tests import factories
from tests.cameras.masking.test_finders import holds, installed, street
from tests.machine import patience

FOUND = [Box(1, 2, 3, 4, 0.5, "face")]
DARK, LIGHT = factories.jpeg(colour="black"), factories.jpeg(colour="white")


@pytest.fixture
def replace_models(monkeypatch):
    """Replace the models in the process by this function."""
    return lambda way: monkeypatch.setattr(finders, "PROCESS", ("tests.fakes.finders", way))


def wait_for_end(pid):
    """Wait until a process has ended."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 30)[0])
    finally:
        os.close(handle)


@pytest.mark.parametrize("pictures", [2 * finders.PICTURES, pytest.param(2000, marks=pytest.mark.deep)])
def test_many_pictures_leave_the_worker_as_large(replace_models, pictures):
    """Each costs a megabyte in the finder process; it is restarted, and never larger than its pictures allow."""
    replace_models("leaks")
    processes, largest = set(), 0
    with finders.Finder() as finder:
        assert finder.boxes(DARK) == FOUND
        before = sandboxed_process.resident_bytes()
        for _ in range(pictures - 1):
            covered = covering.cover_picture(DARK, [], finder.boxes(DARK), finder.tools)
            processes.add(finder.child.process.pid)
            largest = max(largest, finder.memory)
        after = sandboxed_process.resident_bytes()
    assert covered.counts == {"face": 1}
    assert after <= 1.1 * before
    assert len(processes) == pictures / finders.PICTURES
    assert 200e6 < largest < 400e6
    assert all(wait_for_end(pid) for pid in processes)


def test_process_that_has_grown_is_renewed(replace_models, monkeypatch):
    replace_models("leaks")
    monkeypatch.setattr(finders, "LARGEST", 1)
    with finders.Finder() as finder:
        pids = [(finder.boxes(DARK), finder.child.process.pid)[1] for _ in range(3)]
    assert len(set(pids)) == 3


@pytest.mark.usual_rows(2)
@pytest.mark.parametrize(
    ("way", "bad", "trouble"),
    [
        ("stumbles", LIGHT, finders.Failed),
        ("dies", LIGHT, sandboxed_process.Stopped),
        ("hangs", LIGHT, sandboxed_process.Stopped),
        ("dies", b"no picture", NotCovered),
    ],
    ids=["stumbles", "dies", "hangs", "no picture"],
)
def test_bad_picture_is_told_and_the_next_one_looked_at(replace_models, monkeypatch, way, bad, trouble):
    replace_models(way)
    if way == "hangs":
        monkeypatch.setattr(finders, "ANSWER_S", patience(1))
    with finders.Finder() as finder:
        with pytest.raises(trouble):
            finder.boxes(bad)
        assert finder.boxes(DARK) == FOUND


def test_process_knows_no_secrets_and_has_limits(replace_models, monkeypatch):
    replace_models("leaks")
    for name in ("SECRET_KEY", "DATA_KEYS", "DATABASE_URL"):
        monkeypatch.setenv(name, "secret")
    with finders.Finder() as finder:
        process = Path("/proc", str(finder.child.process.pid))
        variables = {entry.partition("=")[0] for entry in (process / "environ").read_text().split("\0") if entry}
        limits = (process / "limits").read_text()
    assert variables == {"PATH", "OPENCV_LOG_LEVEL", "OMP_NUM_THREADS"}
    for name, most in (("Max address space", finders.MEMORY), ("Max cpu time", finders.CPU_S), ("Max file size", 0)):
        assert re.search(rf"^{name} +{most} +{most} ", limits, re.MULTILINE)


def test_process_ends_with_a_worker_that_is_killed():
    program = (
        "import sys, time\n"
        "from cameras.masking import finders\n"
        "finders.PROCESS = ('tests.fakes.finders', 'leaks')\n"
        "with finders.Finder() as finder:\n"
        "    print(finder.child.process.pid, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", program], cwd=sandboxed_process.ROOT, **pipes) as worker:
        pid = int(worker.stdout.readline())
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        assert wait_for_end(pid)


@installed
def test_models_find_the_same_in_their_process():
    picture = cv2.imencode(".png", street())[1].tobytes()
    with finders.Finder() as finder:
        boxes = finder.boxes(picture)
        assert set(finder.tools) == {"faces", "small text"}
    assert holds([box for box in boxes if box.kind == "face"], 212, 275)
    assert holds([box for box in boxes if box.kind == "text"], 940, 550)


@pytest.mark.deep
@installed
def test_models_leave_the_worker_as_large():
    pictures = [
        cv2.imencode(".jpg", cv2.resize(street(), (wide, wide * 9 // 16)))[1].tobytes() for wide in range(200, 440, 40)
    ]
    with finders.Finder() as finder:
        finder.boxes(pictures[0])
        before = sandboxed_process.resident_bytes()
        for picture in pictures:
            covering.cover_picture(picture, [], finder.boxes(picture), finder.tools)
        after = sandboxed_process.resident_bytes()
    assert after <= 1.1 * before
