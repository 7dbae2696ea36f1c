"""Run a patrol: visit cameras, inspect each picture, store the last ones, and publish each camera's health.

One process with one event loop; several share the cameras. `register` holds our cameras, `walk` visits them, `outbox`
publishes all news twice a second in one transaction; `chores` run now and then.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from cameras.patrol import news
from cameras.patrol.chores import LOG_EVERY_S, Chores
from cameras.patrol.fetch import Fetcher
from cameras.patrol.outbox import Outbox
from cameras.patrol.pictures import Pictures
from cameras.patrol.register import Register
from cameras.patrol.threads import Threads, Warnings
from cameras.patrol.tidying import RingLimits
from cameras.patrol.walk import Walk

log = logging.getLogger("cameras.patrol")

SAVE_EVERY_S, RELOAD_EVERY_S, LEARN_EVERY_S, STOP_S = 0.5, 5, 600, 4


class Patrol:
    """A patrol. `media`: the folder of the pictures; `networks`: private networks with cameras; `keep`: which frames
    stay, for how long.
    """

    def __init__(self, media: str | Path, networks: Iterable[str] = (), keep: RingLimits | None = None) -> None:
        keep = keep or RingLimits()
        # Its name is in the names of its packs: no two processes append to one file.
        self.name = secrets.token_hex(4)
        warnings = Warnings()
        self.threads = Threads(warnings)
        self.outbox = Outbox(self.name, self.threads, warnings)
        self.pictures = Pictures(media, self.name, keep.slack, self.threads, warnings)
        self.register = Register(self.name, self.outbox, self.threads)
        self.fetcher = Fetcher(tuple(networks), warnings)
        self.walk = Walk(self.register, self.fetcher, self.pictures, self.outbox, warnings)
        self.chores = Chores(
            media, keep, register=self.register, walk=self.walk, pictures=self.pictures, threads=self.threads
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Patrol until stopped; then publish the news, store the lessons and release the cameras."""
        async with self.fetcher:
            chores = [
                asyncio.create_task(chore)
                for chore in (
                    repeat(RELOAD_EVERY_S, self.reload),
                    repeat(SAVE_EVERY_S, self.outbox.save),
                    self.chores.tidy_in_time(),
                    self.chores.mend_in_time(),
                    repeat(LEARN_EVERY_S, self.chores.learn, first=False),
                    repeat(LOG_EVERY_S, self.chores.log_activity, first=False),
                )
            ]
            stopped = asyncio.create_task(stop.wait())
            # Chores never end; if one does, it failed, and the patrol must end, as it could not save.
            await asyncio.wait([*chores, stopped], return_when=asyncio.FIRST_COMPLETED)
            self.chores.stopping.set()
            tasks = [*chores, stopped, *self.walk.running_tasks()]
            failed = [task.exception() for task in chores if task.done()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            # The stop signal allows ten seconds: what no other patrol can do comes first.
            await self.outbox.save()
            await self.register.end_shift()
            await self.chores.learn(STOP_S)
        await self.threads.close()
        self.pictures.packs.close()
        if failed:
            raise failed[0] or RuntimeError("a chore ended")

    async def reload(self) -> None:
        part = await self.register.claim(self.pictures.not_stored)
        if part is None:
            return  # whoever was ours is still visited: two visits are better than none
        self.register.apply(part)
        self.walk.follow_register()
        self.walk.judge_hosts()
        if part.too_many:
            await self.release_cameras(part.too_many)
        await self.register.recall()
        for shift in part.dead:
            log.warning("The patrol %s was not heard of since %s", shift, shift.heard_at)
            self.chores.found_dead.set()
        await self.threads.try_query(self.threads.sharing, "Paused cameras cannot be told", news.publish_pauses)

    async def release_cameras(self, count: int) -> None:
        cameras = self.register.drop_surplus(count)
        self.walk.follow_register()
        await self.outbox.save()
        await self.register.release(cameras)


async def repeat(seconds: float, chore: Callable[[], Awaitable[None]], *, first: bool = True) -> None:
    """Run a chore every so many seconds, for ever; `first`: at once, too."""
    if not first:
        await asyncio.sleep(seconds)
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        await chore()
        await asyncio.sleep(max(0, seconds - (loop.time() - began)))
