"""Jobs: each takes an id and hands over."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from incidents import notify

AGAIN = RetryStrategy(max_attempts=8, exponential_wait=3)


@app.task(name="incidents.announce", retry=AGAIN)
def announce(event_id):
    notify.announce(event_id)


@app.task(name="incidents.deliver", retry=AGAIN)
def deliver(notice_id):
    notify.deliver(notice_id)


@app.periodic(cron="* * * * *")
@app.task(name="incidents.rescue", queueing_lock="incidents.rescue", pass_context=True)
async def rescue(context, timestamp):
    """Give the jobs of a worker that died (no heartbeat for half a minute) to the others. Every job may run again."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        await manager.retry_job(job)
