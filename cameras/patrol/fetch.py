"""Fetch pictures from camera servers, over sessions that call only the networks of the camera's source."""

import time
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import aiohttp

from cameras.capture import streams
from cameras.capture.http import Picture, Unchanged, is_network, open_session
from cameras.patrol import hosts
from cameras.patrol.partitioning import Duty
from cameras.patrol.threads import Warnings
from cameras.patrol.watch import Watch


class Fetcher:
    """Fetches pictures. `networks`: the private networks of cameras without a source (`async with`)."""

    def __init__(self, networks: tuple[str, ...], warnings: Warnings) -> None:
        self.networks, self.warnings = tuple(networks), warnings
        self.sessions: dict[tuple[str, ...], aiohttp.ClientSession] = {}
        self.open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self.open.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.open.__aexit__(kind, error, traceback)

    async def fetch(self, watch: Watch) -> Picture | Unchanged:
        """Return the camera's picture; of a server whose 304 answers are trusted, only if it changed.

        Raises CaptureFailed.
        """
        networks, at = self.networks_of(watch.duty), time.monotonic()
        whole = not watch.host.honest or not any(watch.known) or at - watch.asked_whole >= hosts.DOUBT_S
        if whole:
            watch.asked_whole = at
        return await streams.fetch_picture(
            await self.session_for(networks), watch.duty.kind, watch.duty.url, networks, watch.credentials,
            None if whole else watch.known,
        )  # fmt: skip

    def networks_of(self, duty: Duty) -> tuple[str, ...]:
        return (*self.networks, *filter(self.is_network, duty.networks))

    async def session_for(self, networks: tuple[str, ...]) -> aiohttp.ClientSession:
        if networks not in self.sessions:
            self.sessions[networks] = await self.open.enter_async_context(open_session(networks))
        return self.sessions[networks]

    def is_network(self, text: str) -> bool:
        if is_network(text):
            return True
        self.warnings.log("A network of a source is none", text)
        return False
