"""Measure each second how far the streaming replica lags behind the primary, and say whether it may be read.

A replica itself knows only when it last heard of a change: that says nothing where nothing changes, and nothing where
it is cut off. So both servers are asked, the primary how far its log goes and the replica how far it has come. The lag
is the age of the oldest of the primary's answers that the replica has not come to.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS

log = logging.getLogger(__name__)

REPLICA = "replica"  # of DATABASES
EVERY_S = 1
# Its log position and start time: these tell two addresses of one server from two servers.
ASK_PRIMARY = "SELECT (pg_current_wal_lsn() - '0/0')::bigint, pg_postmaster_start_time()"
ASK_REPLICA = """
SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END - '0/0')::bigint,
       pg_postmaster_start_time(), pg_is_in_recovery()
"""


class ReplicaWatch:
    """The replica's measured lag in this process. One thread asks the servers; requests read only its result."""

    def __init__(self, connect: Callable[[str], psycopg.Connection]) -> None:
        """`connect` opens a connection by an entry of `DATABASES`, with short timeouts."""
        self.connect = connect
        self.lag_s: float | None = None  # None: it was not asked yet, does not answer, or is no copy of the primary
        self.asked_at = 0.0  # when that was, by time.monotonic
        self.ahead: deque[tuple[float, int]] = deque()  # (when, position) of the primary that the replica is not at yet
        self.sessions: dict[str, psycopg.Connection] = {}
        self.starting = threading.Lock()
        self.thread: threading.Thread | None = None

    def is_usable(self) -> bool:
        """Whether the replica lags at most REPLICA_LAG_S; silence counts as lag."""
        self.start()
        lag = self.lag_s
        return lag is not None and lag + time.monotonic() - self.asked_at <= settings.REPLICA_LAG_S

    def start(self) -> None:
        """Start asking both servers each second. The replica is not used before its first answer."""
        with self.starting:
            if self.thread is None:
                self.thread = threading.Thread(target=self.keep_asking, name="replica", daemon=True)
                self.thread.start()

    def keep_asking(self) -> None:
        while True:
            self.check(time.monotonic())
            time.sleep(EVERY_S)

    def check(self, at: float) -> None:
        """Ask both servers; `at` is a moment of a monotonic clock, in seconds."""
        primary, replica = self.ask(DEFAULT_DB_ALIAS, ASK_PRIMARY), self.ask(REPLICA, ASK_REPLICA)
        if primary and (not self.ahead or primary[0] > self.ahead[-1][1]):
            self.ahead.append((at, primary[0]))
        before, self.lag_s, self.asked_at = self.lag_s, self.lag_from(at, primary, replica), time.monotonic()
        if (before is None) != (self.lag_s is None):
            log.warning("the replica %s", "is not read from now on" if self.lag_s is None else "is read from now on")

    def lag_from(self, at, primary, replica):
        if replica is None:
            return None
        position, begun, recovers = replica
        if not recovers and primary and primary[1] != begun:
            log.error("the replica writes a history of its own: it was promoted while the primary is there")
            return None
        while self.ahead and self.ahead[0][1] <= position:
            self.ahead.popleft()
        return at - self.ahead[0][0] if self.ahead else 0.0

    def ask(self, alias: str, statement: str) -> tuple | None:
        """Return the row a server answers with; None without an answer in a few seconds."""
        try:
            if alias not in self.sessions:
                self.sessions[alias] = self.connect(alias)
            return self.sessions[alias].execute(statement).fetchone()
        except psycopg.Error:
            self.forget(alias)
            return None

    def forget(self, alias: str) -> None:
        with suppress(KeyError, psycopg.Error):
            self.sessions.pop(alias).close()

    def note_failure(self) -> None:
        """Stop using the replica after a failed read until it has answered again."""
        self.lag_s = None
