"""Jobs that keep, seal, check and delete evidence."""

from contextlib import suppress

from procrastinate import BaseRetryStrategy, RetryStrategy
from procrastinate.contrib.django import app

from cameras.evidence import checking, keeping, retention, seals, store
from geoapp import queues
from geoapp.ledger import anchoring

AGAIN = RetryStrategy(max_attempts=5, exponential_wait=3)
# The disk is full: for a day, as long as the ring has all pictures.
WHEN_ROOM = RetryStrategy(max_attempts=144, wait=600, retry_exceptions={OSError})
# The evidence store does not answer at night: retry for some hours, every ten minutes.
WHEN_BACK = RetryStrategy(max_attempts=30, wait=600, retry_exceptions={store.StoreAway})


class EvidenceRetry(BaseRetryStrategy):
    """Retry for a day if the disk is full, else as `AGAIN` says."""

    def get_retry_decision(self, *, exception, job):
        patience = WHEN_ROOM if isinstance(exception, OSError) else AGAIN
        return patience.get_retry_decision(exception=exception, job=job)


# A queue of its own, so that only workers inside the cameras' network take it where there is such a network.
@app.task(name="cameras.capture_evidence", queue=queues.CAMERAS, retry=EvidenceRetry())
def capture_evidence(
    incident_id: int, moment: str, event_id: int | None = None, cameras: list[int] | None = None
) -> None:
    """Keep what cameras saw of an incident when it was "reported" (and before), at a "step", or when it was "resolved".

    `cameras`: the keys of those that gave no picture when they were asked before.
    """
    keeping.keep_evidence(incident_id, moment, event_id, cameras)


@app.periodic(cron="* * * * *")
@app.task(name="cameras.seal", queueing_lock="cameras.seal")
def seal(timestamp):
    seals.seal_new()


@app.periodic(cron="11 * * * *")
@app.task(name="cameras.publish_seals", queue=queues.PARTNERS, queueing_lock="cameras.publish_seals")
def publish_seals(timestamp):
    anchoring.publish_and_anchor(seals.SEALS)


# The queue of the workers that keep evidence, as waiting files lie on their disk.
@app.periodic(cron="* * * * *")
@app.task(name="cameras.bring_evidence", queue=queues.CAMERAS, queueing_lock="cameras.bring_evidence")
def bring_evidence(timestamp: int) -> None:
    """Upload the evidence that could not be stored in the bucket when it was kept. Runs each minute."""
    with suppress(store.StoreAway):  # next minute, then; the log has said so
        store.storage().upload_waiting()


@app.periodic(cron="13 19 * * *")
@app.task(name="cameras.check_evidence", queue=queues.BULK, queueing_lock="cameras.check_evidence", retry=WHEN_BACK)
def check_evidence(timestamp):
    checking.check_sample()


@app.task(name="cameras.let_go", queue=queues.BULK, retry=WHEN_BACK)
def delete_unwatchable_evidence() -> None:
    retention.forget_old()


@app.periodic(cron="53 19 * * *")
@app.task(name="cameras.forget_evidence", queue=queues.BULK, queueing_lock="cameras.forget_evidence", retry=WHEN_BACK)
def forget_evidence(timestamp):
    retention.forget_old()
    retention.sweep_files()
