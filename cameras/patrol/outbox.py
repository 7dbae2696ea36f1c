"""Collect what a patrol has seen until it is published to the database."""

import logging
from datetime import datetime

from django.db import Error as DatabaseTrouble

from cameras.analysis import Alignment
from cameras.models import Frame
from cameras.patrol import baselines
from cameras.patrol.baselines import ViewAlignment
from cameras.patrol.news import CameraUpdate, News, publish_news
from cameras.patrol.partitioning import Duty
from cameras.patrol.state_intervals import StateChange
from cameras.patrol.threads import Threads, Warnings
from cameras.patrol.watch import Watch

# While the database is away, so many pictures wait; beyond that the oldest are dropped.
WAITING_FRAMES = 5000


class Outbox:
    """Holds news until `save` publishes them; nothing is lost while the database is away."""

    def __init__(self, patrol: str, threads: Threads, warnings: Warnings) -> None:
        self.patrol, self.threads, self.warnings = patrol, threads, warnings
        self.news = News()
        self.alignments: dict[int, ViewAlignment] = {}

    def put_news(self, watch: Watch, changes: tuple[StateChange, ...]) -> None:
        update = CameraUpdate(
            pk=watch.duty.pk,
            health=watch.health.state,
            since=watch.health.since,
            moved_at=watch.health.moved_at,
            taken_at=watch.taken_at,
            sha256=watch.sha256,
            away_since=watch.away_since,
            refused=watch.refused,
        )
        if update != watch.reported or changes:
            watch.reported = update
            update = update._replace(changes=changes)
            self.news.updates[update.pk] = update.merged_with(self.news.updates.get(update.pk))

    def put_frame(self, frame: Frame) -> None:
        self.news.frames.append(frame)

    def put_alignment(self, duty: Duty, alignment: Alignment, taken_at: datetime) -> None:
        self.alignments[duty.pk] = ViewAlignment(alignment, taken_at, duty.view, duty.aimed_at)

    async def save(self) -> None:
        """Publish all news since the last time. If the database is away, they are kept for the next time."""
        await self.save_alignments()
        news, self.news = self.news, News()
        if not news:
            return
        try:
            if trouble := await self.threads.query(self.threads.saving, publish_news, self.patrol, news):
                self.warnings.log("Proofs cannot be kept", trouble, logging.ERROR)
        except DatabaseTrouble as e:
            self.warnings.log("What was seen cannot be saved yet", e)
            self.put_back(news)

    async def save_alignments(self) -> None:
        if not self.alignments:
            return
        alignments, self.alignments = self.alignments, {}
        what = "Where cameras look is not told yet"
        if await self.threads.try_query(self.threads.saving, what, baselines.write_alignments, alignments) is None:
            self.alignments = alignments | self.alignments

    def put_back(self, news: News) -> None:
        """Put unpublished news back, before all that came in meanwhile."""
        later = self.news
        updates = {pk: update.merged_with(news.updates.get(pk)) for pk, update in later.updates.items()}
        self.news = News(news.updates | updates, (news.frames + later.frames)[-WAITING_FRAMES:])
