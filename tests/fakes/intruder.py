"""Child process that imitates a compromised decoder: `python -m tests.fakes.intruder`."""

import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from geoapp.media import sandboxed_process

OLDER = ThreadPoolExecutor(max_workers=1)  # its thread is there before the process is confined


def compute():
    while True:
        pass


def take_memory():
    return len(bytearray(2_000_000_000))


def run_thread():
    seen = []
    thread = threading.Thread(target=seen.append, args=(1,))
    thread.start()
    thread.join()
    return seen


def kill_parent():
    os.kill(os.getppid(), signal.SIGTERM)


def raise_limit():
    resource.setrlimit(resource.RLIMIT_AS, (-1, -1))


TRIES = {
    "read a file": lambda: Path("/etc/passwd").read_text(),
    "write a file": lambda: Path("/tmp/intruder").write_text("here"),
    "list a folder": lambda: os.listdir("/"),
    "read the parent's memory": lambda: os.open(f"/proc/{os.getppid()}/mem", os.O_RDONLY),
    "read a file by an older thread": lambda: OLDER.submit(Path("/etc/passwd").read_text).result(),
    "open a socket": lambda: socket.socket(socket.AF_INET),
    "open a local socket": lambda: socket.socket(socket.AF_UNIX),
    "run a program": lambda: os.execv("/bin/true", ["true"]),
    "start a process": lambda: subprocess.run(["/bin/true"]),
    "fork": os.fork,
    "kill the parent": kill_parent,
    "take 2 GB": take_memory,
    "raise its limit": raise_limit,
    "run a thread": run_thread,
    "tell its environment": lambda: sorted(os.environ),
    "compute for ever": compute,
    "die": lambda: os.abort(),
    "answer": lambda: "well",
}


def answer_job(job, picture):
    try:
        return {"done": TRIES[job["try"]]()}
    except (OSError, MemoryError, ValueError, RuntimeError) as refused:
        return {"refused": type(refused).__name__}


if __name__ == "__main__":
    OLDER.submit(os.getpid).result()
    sandboxed_process.limit_resources(memory=1_000_000_000, cpu_s=3600, nice=0)
    unconfined = sandboxed_process.forbid_system_calls()
    sandboxed_process.serve_jobs({"unconfined": unconfined}, answer_job, sys.stdin.buffer, sys.stdout.buffer, 1)
