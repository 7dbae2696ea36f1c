"""Run picture decoders in child processes without secrets, limited in resources and system calls.

A child gets no secrets and no database. It limits its own resources (`limit_resources`), gives up all system calls but
those that computing needs (`forbid_system_calls`), reads jobs from standard input and answers each (`serve_jobs`). It
ends when its standard input ends, so with its parent in any case. No Django on either side. See docs/adr/0026.
"""

import atexit
import errno
import json
import logging
import mmap
import os
import resource
import select
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {"OPENCV_LOG_LEVEL": "SILENT", "OMP_NUM_THREADS": "1"}
PART = 1 << 16  # bytes that are read at once
log = logging.getLogger(__name__)


class Stopped(Exception):
    """The child exited or took too long."""


class Busy(Exception):
    """All children are busy and the waiting list is full."""


class Child:
    """A module run as a child process. `start_s`, `answer_s`: seconds until it is ready, and for a job."""

    def __init__(self, *module: str, start_s: float, answer_s: float) -> None:
        self.command = [sys.executable, "-m", *module]
        self.start_s, self.answer_s = start_s, answer_s
        self.process: subprocess.Popen[bytes] | None = None
        self.heard = bytearray()
        self.jobs = 0

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> Any:
        """Start it and return its ready message. Raises Stopped."""
        self.heard.clear()
        self.jobs = 0
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, cwd=ROOT,
            env={"PATH": os.environ.get("PATH", os.defpath)} | ENVIRONMENT,
        )  # fmt: skip
        os.set_blocking(self.pipe("stdin"), False)
        return self.receive(time.monotonic() + self.start_s)

    def ask(self, job: dict, picture: bytes) -> Any:
        """Send a job and picture bytes, return the answer. Raises Stopped, after which the child is stopped.

        Where the answer is a dictionary with "sizes", the bytes that followed it are its "parts".
        """
        if self.process is None:
            raise Stopped
        self.jobs += 1
        until = time.monotonic() + self.answer_s
        self.send(json.dumps(job | {"bytes": len(picture)}).encode() + b"\n", until)
        self.send(picture, until)
        return self.receive(until)

    def pipe(self, name: str) -> int:
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
            except BrokenPipeError as error:
                self.stop()
                raise Stopped from error

    def receive(self, until: float) -> Any:
        while b"\n" not in self.heard:
            self.read_more(until)
        line, _newline, rest = self.heard.partition(b"\n")
        self.heard = rest
        answer = json.loads(line)
        if isinstance(answer, dict) and "sizes" in answer:
            answer["parts"] = [self.receive_bytes(size, until) for size in answer.pop("sizes")]
        return answer

    def receive_bytes(self, size: int, until: float) -> bytes:
        while len(self.heard) < size:
            self.read_more(until)
        part = bytes(self.heard[:size])
        del self.heard[:size]
        return part

    def read_more(self, until: float) -> None:
        pipe = self.pipe("stdout")
        ready = select.select([pipe], [], [], max(until - time.monotonic(), 0))[0]
        more = os.read(pipe, PART) if ready else b""
        if not more:
            self.stop()
            raise Stopped
        self.heard += more

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            for pipe in filter(None, (self.process.stdin, self.process.stdout)):
                pipe.close()
            self.process.wait()
        self.process = None


class Pool:
    """A pool of children of one kind; callers wait for a free one, or get Busy where many wait.

    `at_once`: how many work at a time. `waiting`: how many callers may wait besides; `wait_s`: for how long. A child is
    started when it is needed, kept, and renewed after `jobs`.
    """

    def __init__(
        self, *module: str, at_once: int, waiting: int, wait_s: float, start_s: float, answer_s: float, jobs: int
    ) -> None:
        self.module, self.start_s, self.answer_s = module, start_s, answer_s
        self.places, self.wait_s = threading.BoundedSemaphore(at_once), wait_s
        self.callers = threading.BoundedSemaphore(at_once + waiting)
        self.jobs = jobs
        self.idle: deque[Child] = deque()
        atexit.register(self.stop)

    def ask(self, job: dict, picture: bytes) -> Any:
        with self.free_child() as child:
            return child.ask(job, picture)

    @contextmanager
    def free_child(self) -> Iterator[Child]:
        if not self.callers.acquire(blocking=False):
            raise Busy
        try:
            if not self.places.acquire(timeout=self.wait_s):
                raise Busy
            try:
                child = self.take_idle()
                try:
                    self.make_ready(child)
                    yield child
                finally:
                    self.idle.append(child)
            finally:
                self.places.release()
        finally:
            self.callers.release()

    def take_idle(self):
        try:
            return self.idle.pop()
        except IndexError:
            return Child(*self.module, start_s=self.start_s, answer_s=self.answer_s)

    def make_ready(self, child):
        """Start the child if it does not run or has done its number of jobs. Raises Busy where it cannot start."""
        if child.is_running and child.jobs < self.jobs:
            return
        child.stop()
        try:
            ready = child.start()
        except (OSError, Stopped) as trouble:
            child.stop()
            raise Busy from trouble
        if isinstance(ready, dict) and ready.get("unconfined"):
            log.error("Pictures are decoded without a filter on system calls: %s", ready["unconfined"])

    def warm_up(self) -> None:
        with self.free_child():
            pass

    def stop(self) -> None:
        while self.idle:
            self.idle.pop().stop()


# ---- in the child

# What computing needs: memory, time, threads, the pipes that are open already. Nothing can be opened, run or called.
CALLS = (
    "read", "readv", "pread64", "write", "writev", "lseek", "close", "fstat", "poll", "ppoll", "select", "pselect6",
    "mmap", "munmap", "mremap", "mprotect", "madvise", "brk", "futex", "flock", "restart_syscall", "getrandom",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "clock_gettime", "clock_getres",
    "clock_nanosleep", "nanosleep", "gettimeofday", "time", "exit", "exit_group", "sched_yield", "sched_getaffinity",
    "getpid", "gettid", "getrusage", "set_robust_list", "rseq", "set_tid_address", "membarrier",
)  # fmt: skip
CLONE_THREAD = 0x10000
PR_SET_NO_NEW_PRIVS, PR_SET_DUMPABLE = 38, 4


def limit_resources(*, memory: int, cpu_s: int, nice: int, files: int = 64, file_bytes: int = 0) -> None:
    """Set resource limits of this process for good. `file_bytes`: maximum size of a file."""
    os.nice(nice)
    for limit, most in (
        (resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, cpu_s), (resource.RLIMIT_NOFILE, files),
        (resource.RLIMIT_FSIZE, file_bytes), (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        resource.setrlimit(limit, (most, most))


def forbid_system_calls() -> str:
    """Allow only the system calls CALLS from now on (seccomp). Returns why it failed, or "".

    All that it needs must be loaded before.
    """
    resident_bytes()  # its file is open from now on
    try:
        import pyseccomp as seccomp  # noqa: PLC0415 - it looks for libseccomp, which may not be there
    except (ImportError, OSError, RuntimeError) as missing:
        return str(missing)
    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    rules.set_attr(seccomp.Attr.CTL_TSYNC, 1)  # threads that a library has started already are bound, too
    for name in CALLS:
        allow(rules, seccomp, name)
    # Threads, and no processes; the C library asks by clone3 first, whose flags no filter can see.
    allow(rules, seccomp, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, CLONE_THREAD, CLONE_THREAD))
    rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    # Its own limits, of which it sets that of computing only; its own end.
    own = seccomp.Arg(0, seccomp.EQ, 0)
    allow(rules, seccomp, "prlimit64", own, seccomp.Arg(2, seccomp.EQ, 0))
    allow(rules, seccomp, "prlimit64", own, seccomp.Arg(1, seccomp.EQ, resource.RLIMIT_CPU))
    for name in ("kill", "tgkill"):
        allow(rules, seccomp, name, seccomp.Arg(0, seccomp.EQ, os.getpid()))
    rules.load()  # and no new privileges with it
    return ""


def allow(rules, seccomp, name, *arguments):
    with suppress(OSError):  # no such call on this processor
        rules.add_rule(seccomp.ALLOW, name, *arguments)


def serve_jobs(
    ready: object, answer: Callable[[dict, bytes], object], jobs: BinaryIO, out: BinaryIO, cpu_s: int | None = None
) -> None:
    """Announce readiness, then answer jobs: a line of JSON with "bytes", the length of the picture after it.

    An answer is a line of JSON; the "parts" of one that is a dictionary follow it as they are. `cpu_s`: how long a job
    may compute; one that does longer ends the process.
    """
    write_line(out, ready)
    for line in jobs:
        if cpu_s is not None:
            limit_cpu(cpu_s)
        job = json.loads(line)
        write_line(out, answer(job, jobs.read(job["bytes"])))


def limit_cpu(seconds):
    """Limit the processor time from now on, at most what `limit_resources` set."""
    used, most = resource.getrusage(resource.RUSAGE_SELF), resource.getrlimit(resource.RLIMIT_CPU)[1]
    soon = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soon if most == resource.RLIM_INFINITY else min(soon, most), most))


def resident_bytes() -> int:
    return int(os.pread(memory_file(), 200, 0).split()[1]) * mmap.PAGESIZE


@cache
def memory_file() -> int:
    return os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)


def write_line(out, what):
    parts = what.pop("parts", []) if isinstance(what, dict) else []
    if parts:
        what["sizes"] = [len(part) for part in parts]
    out.write(json.dumps(what).encode() + b"\n")
    for part in parts:
        out.write(part)
    out.flush()
