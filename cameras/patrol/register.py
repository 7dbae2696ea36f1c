"""Keep the list of a patrol's cameras, their hosts, and their restored inspectors."""

import random
from collections.abc import Iterable

from cameras.patrol import baselines, hosts, partitioning
from cameras.patrol.hosts import Host
from cameras.patrol.outbox import Outbox
from cameras.patrol.partitioning import Duty, Share
from cameras.patrol.pictures import NotStored
from cameras.patrol.state_intervals import unvisited_change
from cameras.patrol.threads import Threads
from cameras.patrol.watch import Watch, watch_camera

# A camera that another patrol left, or that is wanted at once, is visited within so many seconds.
SOON_S = 2


class Register:
    """The cameras of one patrol. `patrol`: its name, under which it holds their leases."""

    def __init__(self, patrol: str, outbox: Outbox, threads: Threads) -> None:
        self.patrol, self.outbox, self.threads = patrol, outbox, threads
        self.watches: dict[int, Watch] = {}
        self.hosts: dict[str, Host] = {}

    async def claim(self, not_stored: NotStored | None) -> Share | None:
        return await self.threads.try_query(
            self.threads.sharing, "The register cannot be read", partitioning.claim_share, self.patrol, not_stored
        )

    def apply(self, part: Share) -> None:
        """Take up new cameras of our share, drop those that are gone, paused or another's."""
        for pk in self.watches.keys() - {duty.pk for duty in part.duties}:
            self.drop(pk)
        for duty in part.duties:
            self.take_up(duty)
        at_once = {duty.host: duty.at_once or hosts.AT_ONCE for duty in part.duties}
        for host in self.hosts.values():
            host.calls.set_limit(hosts.share_of_calls(at_once[host.name], host.name, part.place, part.patrols))

    def take_up(self, duty: Duty) -> None:
        watch = self.watches.get(duty.pk)
        if watch and watch.is_of_same_source(duty):
            watch.aim(duty)
            before, watch.duty = watch.pace_s, duty
            if watch.pace_s < before:
                watch.hurry(SOON_S)
        else:
            if watch:
                self.drop(duty.pk)
            gap = None if watch else unvisited_change(duty)
            watch = self.watches[duty.pk] = watch_camera(duty, self.host_for(duty, watch), watch, gap)
            if gap:
                self.outbox.put_news(watch, (gap,))
        watch.host.others = duty.others, duty.others_away, duty.others_reached, duty.others_refused

    def host_for(self, duty: Duty, before: Watch | None) -> Host:
        """Return the host of a camera; results of other patrols are recorded there.

        `before`: the watch at its previous address, whose results say nothing of this one.
        """
        host = self.hosts.setdefault(duty.host, Host(duty.host))
        host.cameras.add(duty.pk)
        if not before and (duty.refused or duty.away_since or duty.health != "unknown"):
            host.note_result(duty.pk, None if duty.refused else duty.away_since is None)
        return host

    def drop(self, pk: int) -> None:
        host = self.watches.pop(pk).host
        host.hand_over(pk)
        if not host.cameras:
            self.hosts.pop(host.name, None)

    def drop_surplus(self, count: int) -> list[int]:
        surplus = random.sample(sorted(self.watches), min(count, len(self.watches)))
        for pk in surplus:
            self.drop(pk)
        return surplus

    async def release(self, cameras: Iterable[int]) -> None:
        await self.threads.try_query(
            self.threads.sharing, "Cameras cannot be left", partitioning.release_cameras, self.patrol, cameras
        )

    async def end_shift(self) -> None:
        await self.threads.try_query(
            self.threads.sharing, "The shift cannot be ended", partitioning.end_shift, self.patrol
        )

    async def recall(self) -> None:
        cameras = {pk for pk, watch in self.watches.items() if not watch.recalled}
        if not cameras:
            return
        known = await self.threads.try_query(
            self.threads.sharing, "What was learnt cannot be recalled", baselines.recall_inspectors, cameras
        )
        if known is None:
            return
        for pk in cameras:
            self.watches[pk].recalled = True
        for pk, (inspector, lacks_portrait) in known.items():
            watch = self.watches[pk]
            watch.lacks_portrait = lacks_portrait
            inspector.inspection = watch.inspector.inspection
            watch.inspector, watch.learnt = inspector, inspector.baseline.as_json()
