"""Test the sandbox of child processes, and the number of callers a pool accepts."""

import contextlib
from pathlib import Path

import pytest

from geoapp.media.sandboxed_process import Busy, Child, Pool, Stopped

INTRUDER = ("tests.fakes.intruder",)
HARMLESS = {"PATH", "OPENCV_LOG_LEVEL", "OMP_NUM_THREADS"}


@pytest.fixture(scope="module")
def intruder():
    """A child that tries forbidden calls, restarted after it ends."""
    child = Child(*INTRUDER, start_s=60, answer_s=60)
    yield child
    child.stop()


def attempt(child, what):
    if not child.is_running:
        child.stop()
        assert child.start() == {"unconfined": ""}
    try:
        return child.ask({"try": what}, b"")
    except Stopped:
        return "ended"


@pytest.mark.usual_rows(8)
@pytest.mark.parametrize(
    ("what", "becomes"),
    [
        ("read a file", {"refused": "PermissionError"}),
        ("write a file", {"refused": "PermissionError"}),
        ("list a folder", {"refused": "PermissionError"}),
        ("read the parent's memory", {"refused": "PermissionError"}),
        ("read a file by an older thread", {"refused": "PermissionError"}),
        ("open a socket", {"refused": "PermissionError"}),
        ("open a local socket", {"refused": "PermissionError"}),
        ("run a program", {"refused": "PermissionError"}),
        ("start a process", {"refused": "PermissionError"}),
        ("fork", {"refused": "PermissionError"}),
        ("kill the parent", {"refused": "PermissionError"}),
        ("take 2 GB", {"refused": "MemoryError"}),
        ("raise its limit", {"refused": "ValueError"}),
        ("run a thread", {"done": [1]}),
        ("compute for ever", "ended"),
        ("die", "ended"),
        ("answer", {"done": "well"}),
    ],
)
def test_what_a_decoder_that_was_taken_over_can_do(intruder, what, becomes):
    assert attempt(intruder, what) == becomes


def test_child_knows_no_secrets_and_has_no_open_files(intruder, monkeypatch):
    for name in ("SECRET_KEY", "DATABASE_URL", "SMS_KEY"):
        monkeypatch.setenv(name, "secret")
    intruder.stop()
    known = set(attempt(intruder, "tell its environment")["done"])
    assert known - {"LC_CTYPE"} == HARMLESS
    opened = {link.name: str(link.readlink()) for link in Path(f"/proc/{intruder.process.pid}/fd").iterdir()}
    assert opened.pop("3").endswith("/statm")
    assert set(opened) == {"0", "1", "2"}
    assert (opened["0"].partition(":")[0], opened["1"].partition(":")[0]) == ("pipe", "pipe")


@pytest.fixture
def pool():
    """A pool of one child, with one waiting caller."""
    pool = Pool(*INTRUDER, at_once=1, waiting=1, wait_s=0.01, start_s=60, answer_s=60, jobs=2)
    yield pool
    pool.stop()


def test_callers_wait_for_a_while_and_no_more_than_a_few(pool):
    with pool.free_child(), pytest.raises(Busy):
        pool.ask({"try": "answer"}, b"")  # waits, and nobody is ready in time
    with contextlib.ExitStack() as callers:
        for _ in range(2):
            callers.enter_context(pool.callers)
        with pytest.raises(Busy):
            pool.ask({"try": "answer"}, b"")
    assert pool.ask({"try": "answer"}, b"") == {"done": "well"}


def test_child_is_kept_and_renewed_after_its_jobs(pool):
    pids = []
    for _ in range(4):
        with pool.free_child() as child:
            child.ask({"try": "answer"}, b"")
            pids.append(child.process.pid)
    assert pids[0] == pids[1] != pids[2] == pids[3]


def test_pool_goes_on_after_a_child_has_died(pool):
    with pytest.raises(Stopped):
        pool.ask({"try": "die"}, b"")
    assert pool.ask({"try": "answer"}, b"") == {"done": "well"}
    pool.idle[0].process.kill()
    pool.idle[0].process.wait()
    assert pool.ask({"try": "answer"}, b"") == {"done": "well"}


def test_child_that_cannot_be_started_makes_callers_come_again(pool):
    pool.module = ("tests.fakes.nothing",)
    with pytest.raises(Busy):
        pool.ask({"try": "answer"}, b"")
