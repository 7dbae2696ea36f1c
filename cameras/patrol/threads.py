"""Run the threads beside the patrol's event loop, and log their failures."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import Error as DatabaseTrouble
from django.db import close_old_connections, connection

log = logging.getLogger("cameras.patrol")

# The same warning is logged once in so many seconds.
WARN_EVERY_S = 60


class Warnings:
    """Logs warnings at a limited rate."""

    def __init__(self) -> None:
        self.logged_at: dict[str, float] = {}  # by what is wrong (monotonic)

    def log(self, what: str, trouble: object, level: int = logging.WARNING) -> None:
        at = time.monotonic()
        if at - self.logged_at.get(what, -WARN_EVERY_S) >= WARN_EVERY_S:
            self.logged_at[what] = at
            log.log(level, "%s: %s", what, trouble)


class Threads:
    """The threads of a patrol: one analyses pictures, one saves, one queries the database, one tidies.

    OpenCV releases the GIL while it analyses a picture.
    """

    def __init__(self, warnings: Warnings) -> None:
        self.warnings = warnings
        self.seeing, self.saving, self.sharing, self.tidying = (
            ThreadPoolExecutor(1, name) for name in ("seeing", "saving", "sharing", "tidying")
        )

    async def run(self, thread: ThreadPoolExecutor, work: Callable, *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(thread, work, *args)

    async def query(self, thread: ThreadPoolExecutor, work: Callable, *args: Any) -> Any:
        """Run work that needs the database; raises django.db.Error while that is away."""
        return await self.run(thread, run_with_database, work, *args)

    async def try_query(self, thread: ThreadPoolExecutor, what: str, work: Callable, *args: Any) -> Any:
        """Return the result of work with the database; None, with `what` in the log, if that is away or the disk is
        full.
        """
        try:
            return await self.query(thread, work, *args)
        except (DatabaseTrouble, OSError) as e:
            self.warnings.log(what, e)
            return None

    async def close(self) -> None:
        for thread in (self.saving, self.sharing, self.tidying):
            await self.run(thread, lambda: connection.close())  # that thread's own, not ours
            thread.shutdown()
        self.seeing.shutdown()


def run_with_database(work: Callable, *args: Any) -> Any:
    close_old_connections()
    return work(*args)
