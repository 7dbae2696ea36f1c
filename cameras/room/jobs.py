"""Jobs of the control room."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from cameras.room import announcements, claims, forgetting

AGAIN = RetryStrategy(max_attempts=5, exponential_wait=3)


@app.task(name="cameras.log_announcement", retry=AGAIN)
def log_announcement(line_id: int) -> None:
    announcements.log_announcement(line_id)


@app.periodic(cron="43 19 * * *")
@app.task(name="cameras.forget_room_log", queueing_lock="cameras.forget_room_log")
def forget_room_log(timestamp):
    forgetting.forget_old()


@app.periodic(cron="* * * * *")
@app.task(name="cameras.end_claims", queueing_lock="cameras.end_claims")
def end_claims(timestamp: int) -> None:
    claims.end_passed_claims()
