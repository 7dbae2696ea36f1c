"""Jobs that cover faces and number plates."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from cameras.masking import photos, stills
from geoapp import queues

AGAIN = RetryStrategy(max_attempts=5, exponential_wait=3)


@app.periodic(cron="* * * * *")
@app.task(name="cameras.stills", queue=queues.PICTURES, queueing_lock="cameras.stills", lock="cameras.stills")
def make_stills(timestamp):
    stills.make_stills()


# Also deferred by each report with photos; the periodic run handles what a failed job left.
@app.periodic(cron="* * * * *")
@app.task(name="cameras.mask_photos", queue=queues.PICTURES, lock="cameras.mask_photos", retry=AGAIN)
def mask_photos(timestamp: int = 0) -> None:
    photos.mask_waiting_photos()
