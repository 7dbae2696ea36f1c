"""Jobs of the cameras: each takes an id and hands over."""

from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from django.utils.timezone import now
from procrastinate import BaseRetryStrategy, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from cameras.detection import crowds, findings, making
from cameras.evidence import checking, keeping, retention, seals, store
from cameras.feeds import fetching
from cameras.masking import photos, stills
from cameras.models import Feed, SealHead, ViewLogHead
from cameras.monitoring import outbreaks, storage_outages
from cameras.room import announcements, claims, forgetting
from cameras.viewlog import ledger, unusual
from geoapp import queues
from geoapp.ledger import anchoring

MINUTE = timedelta(minutes=1)
AGAIN = RetryStrategy(max_attempts=5, exponential_wait=3)
# There is no room on the disk: for a day, as long as the ring has all of it.
WHEN_ROOM = RetryStrategy(max_attempts=144, wait=600, retry_exceptions={OSError})
# The store of evidence does not answer at night: for some hours, every ten minutes.
WHEN_BACK = RetryStrategy(max_attempts=30, wait=600, retry_exceptions={store.StoreAway})


class Keeping(BaseRetryStrategy):
    """How evidence is tried for again."""

    def get_retry_decision(self, *, exception, job):
        patience = WHEN_ROOM if isinstance(exception, OSError) else AGAIN
        return patience.get_retry_decision(exception=exception, job=job)


# A queue of its own, so that only workers inside the cameras' network take it where there is such a network.
@app.task(name="cameras.capture_evidence", queue=queues.CAMERAS, retry=Keeping())
def capture_evidence(
    incident_id: int, moment: str, event_id: int | None = None, cameras: list[int] | None = None
) -> None:
    """Keep what cameras saw of an incident: when it was "reported" and before, at a "step", when it was "resolved".

    `cameras`: the keys of those that gave no picture when they were asked before.
    """
    keeping.keep_evidence(incident_id, moment, event_id, cameras)


@app.task(name="cameras.log_announcement", retry=AGAIN)
def log_announcement(line_id: int) -> None:
    """Write what was announced into the control room's log, wherever it was announced."""
    announcements.log_announcement(line_id)


@app.periodic(cron="* * * * *")
@app.task(name="cameras.seal", queueing_lock="cameras.seal")
def seal(timestamp):
    """Each minute: seal the frames and the evidence that are new."""
    seals.seal_new()


@app.periodic(cron="*/10 * * * *")
@app.task(name="cameras.watch_looking", queueing_lock="cameras.watch_looking")
def watch_looking(timestamp):
    """Flag unusual looking of today and yesterday, and tell the supervisors."""
    unusual.flag_lately()


@app.periodic(cron="9 * * * *")
@app.task(name="cameras.publish_looks", queue=queues.PARTNERS, queueing_lock="cameras.publish_looks")
def publish_looks(timestamp):
    """The viewing ledger's last seal of yesterday, and of days on which nobody was there to publish it."""
    ledger.publish_due_heads()
    anchoring.anchor_heads(ViewLogHead.objects.all())


@app.periodic(cron="11 * * * *")
@app.task(name="cameras.publish_seals", queue=queues.PARTNERS, queueing_lock="cameras.publish_seals")
def publish_seals(timestamp):
    """The last seal of yesterday on frames and evidence, and of days on which nobody was there to publish it."""
    seals.publish_due_heads()
    anchoring.anchor_heads(SealHead.objects.all())


@app.periodic(cron="33 19 * * *")
@app.task(name="cameras.forget_looks", queueing_lock="cameras.forget_looks")
def forget_looks(timestamp):
    """Every night: lines of the viewing ledger whose time is up are deleted."""
    ledger.forget_old()


@app.periodic(cron="43 19 * * *")
@app.task(name="cameras.forget_room_log", queueing_lock="cameras.forget_room_log")
def forget_room_log(timestamp):
    """Every night: lines of the control room's log whose time is up are deleted, with their hand-overs."""
    forgetting.forget_old()


@app.periodic(cron="* * * * *")
@app.task(name="cameras.stills", queue=queues.PICTURES, queueing_lock="cameras.stills", lock="cameras.stills")
def make_stills(timestamp):
    """Each minute: cover the newest pictures of the public cameras."""
    stills.make_stills()


# Deferred by each report with photos, too; the minute is for what a job that ended badly has left.
@app.periodic(cron="* * * * *")
@app.task(name="cameras.mask_photos", queue=queues.PICTURES, lock="cameras.mask_photos", retry=AGAIN)
def mask_photos(timestamp: int = 0) -> None:
    """Faces and number plates in citizens' photos are covered, so that others may see them."""
    photos.mask_waiting_photos()


@app.periodic(cron="* * * * *")
@app.task(name="cameras.watch_health", queueing_lock="cameras.watch_health")
def watch_health(timestamp):
    """Tell the technicians when many cameras fail together, and when it is over."""
    outbreaks.update_outbreaks()


@app.periodic(cron="* * * * *")
@app.task(name="cameras.watch_keeping", queueing_lock="cameras.watch_keeping")
def watch_keeping(timestamp):
    """Tell the technicians when pictures cannot be kept for some minutes, and when they are kept again."""
    storage_outages.update_outage()


@app.periodic(cron="* * * * *")
@app.task(name="cameras.propose", queueing_lock="cameras.propose")
def propose(timestamp):
    """What the patrol has found of a camera for ten minutes becomes a proposal."""
    findings.propose_from_states()


@app.periodic(cron="* * * * *")
@app.task(name="cameras.read_feeds", queueing_lock="cameras.read_feeds")
def read_feeds(timestamp: int) -> None:
    """Each minute: have the feeds of the map read whose time comes in it, and drop what is gone."""
    fetching.drop_gone()
    for feed in Feed.objects.due(now() + MINUTE):
        for second in fetching.seconds_of_minute(feed):
            with suppress(AlreadyEnqueued), transaction.atomic():
                lock = f"cameras.read_feed {feed.pk} {second}"
                read_feed.configure(queueing_lock=lock, schedule_in={"seconds": second}).defer(feed_id=feed.pk)


@app.task(name="cameras.read_feed", queue=queues.PARTNERS)
def read_feed(feed_id: int) -> None:
    """Read a feed of the map, if it is time."""
    fetching.read_if_due(feed_id)


@app.periodic(cron="* * * * *")
@app.task(name="cameras.end_claims", queueing_lock="cameras.end_claims")
def end_claims(timestamp: int) -> None:
    """Each minute: what somebody in the control room had in hand ends with its time, or with the incident."""
    claims.end_passed_claims()


@app.periodic(cron="* * * * *")
@app.task(name="cameras.count", queue=queues.PICTURES, queueing_lock="cameras.count", lock="cameras.count")
def count(timestamp):
    """Each minute: people and vehicles are counted before each camera, as many as there is time for."""
    crowds.count_due_cameras()


@app.task(name="cameras.make_detector", queue=queues.BULK)
def make_detector() -> None:
    """Who administers asked for the model that finds people and vehicles."""
    making.make_model()


# The queue of those that keep evidence: what had to wait lies on their disk.
@app.periodic(cron="* * * * *")
@app.task(name="cameras.bring_evidence", queue=queues.CAMERAS, queueing_lock="cameras.bring_evidence")
def bring_evidence(timestamp: int) -> None:
    """Each minute: what could not be put into the bucket when it was kept is brought there."""
    with suppress(store.StoreAway):  # next minute, then; the log has said so
        store.storage().upload_waiting()


@app.periodic(cron="13 19 * * *")
@app.task(name="cameras.check_evidence", queue=queues.BULK, queueing_lock="cameras.check_evidence", retry=WHEN_BACK)
def check_evidence(timestamp):
    """Every night: is what was kept still what it was?"""
    checking.check_sample()


@app.task(name="cameras.let_go", queue=queues.BULK, retry=WHEN_BACK)
def let_go() -> None:
    """No camera may look any more at matters of some kind: what was kept of them is deleted."""
    retention.forget_old()


@app.periodic(cron="53 19 * * *")
@app.task(name="cameras.forget_evidence", queue=queues.BULK, queueing_lock="cameras.forget_evidence", retry=WHEN_BACK)
def forget_evidence(timestamp):
    """Every night: evidence whose time is up is deleted, and files to which none leads."""
    retention.forget_old()
    retention.sweep_files()
