"""Jobs that read the feeds of the map."""

from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from django.utils.timezone import now
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from cameras.feeds import fetching
from cameras.models import Feed
from geoapp import queues

MINUTE = timedelta(minutes=1)


@app.periodic(cron="* * * * *")
@app.task(name="cameras.read_feeds", queueing_lock="cameras.read_feeds")
def read_feeds(timestamp: int) -> None:
    fetching.delete_outdated_items()
    for feed in Feed.objects.due(now() + MINUTE):
        for second in fetching.seconds_of_minute(feed):
            with suppress(AlreadyEnqueued), transaction.atomic():
                lock = f"cameras.read_feed {feed.pk} {second}"
                read_feed.configure(queueing_lock=lock, schedule_in={"seconds": second}).defer(feed_id=feed.pk)


@app.task(name="cameras.read_feed", queue=queues.PARTNERS)
def read_feed(feed_id: int) -> None:
    fetching.read_if_due(feed_id)
