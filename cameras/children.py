"""Child processes that look at pictures, so that a library that leaks, hangs or crashes harms nothing else.

A child gets no secrets and no database. It limits its own resources (`limit_resources`), reads jobs from standard input
and answers each with a line of JSON (`serve_jobs`). It ends when its standard input ends, so with its parent in any
case. No Django on either side.
"""

import json
import os
import resource
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

ROOT = Path(__file__).resolve().parents[1]


class Stopped(Exception):
    """A child ended, or takes too long."""


class Child:
    """A module of ours run as a process. `start_s`, `answer_s`: how long it may take to be ready, and for a job."""

    def __init__(self, *module: str, start_s: float, answer_s: float) -> None:
        self.command = [sys.executable, "-m", *module]
        self.start_s, self.answer_s = start_s, answer_s
        self.process: subprocess.Popen[bytes] | None = None
        self.heard = b""

    def start(self) -> Any:
        """What it says when it is ready. Raises Stopped."""
        self.heard = b""
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, cwd=ROOT,
            env={"PATH": os.environ.get("PATH", os.defpath), "OPENCV_LOG_LEVEL": "SILENT", "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        os.set_blocking(self.pipe("stdin"), False)
        return self.receive(time.monotonic() + self.start_s)

    def ask(self, job: dict, picture: bytes) -> Any:
        """Its answer to a job and the bytes of a picture. Raises Stopped, and then it is stopped."""
        if self.process is None:
            raise Stopped
        until = time.monotonic() + self.answer_s
        self.send(json.dumps(job | {"bytes": len(picture)}).encode() + b"\n" + picture, until)
        return self.receive(until)

    def pipe(self, name: str) -> int:
        """The number of a pipe to or from the child. Raises Stopped."""
        if self.process is None:
            raise Stopped
        return getattr(self.process, name).fileno()

    def send(self, data: bytes, until: float) -> None:
        pipe, left = self.pipe("stdin"), memoryview(data)
        while left:
            if not select.select([], [pipe], [], max(until - time.monotonic(), 0))[1]:
                self.stop()
                raise Stopped
            try:
                left = left[os.write(pipe, left) :]
            except BrokenPipeError as gone:
                self.stop()
                raise Stopped from gone

    def receive(self, until: float) -> Any:
        pipe = self.pipe("stdout")
        while b"\n" not in self.heard:
            ready = select.select([pipe], [], [], max(until - time.monotonic(), 0))[0]
            more = os.read(pipe, 65536) if ready else b""
            if not more:
                self.stop()
                raise Stopped
            self.heard += more
        line, _newline, self.heard = self.heard.partition(b"\n")
        return json.loads(line)

    def stop(self) -> None:
        """End it, whatever it does."""
        if self.process is not None:
            self.process.kill()
            for pipe in filter(None, (self.process.stdin, self.process.stdout)):
                pipe.close()
            self.process.wait()
        self.process = None


# ---- in the child


def limit_resources(*, memory: int, cpu_s: int, nice: int, files: int = 64) -> None:
    """Give up what looking at pictures does not need; for good."""
    os.nice(nice)
    for limit, most in (
        (resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, cpu_s), (resource.RLIMIT_NOFILE, files),
        (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        resource.setrlimit(limit, (most, most))


def serve_jobs(ready: object, answer: Callable[[dict, bytes], object], jobs: BinaryIO, out: BinaryIO) -> None:
    """Say that it is ready, and answer jobs: a line of JSON with the "bytes" of the picture that follows it."""
    write_line(out, ready)
    for line in jobs:
        job = json.loads(line)
        write_line(out, answer(job, jobs.read(job["bytes"])))


def resident_bytes() -> int:
    """The bytes of memory that this process has at present."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def write_line(out, what):
    out.write(json.dumps(what).encode() + b"\n")
    out.flush()
