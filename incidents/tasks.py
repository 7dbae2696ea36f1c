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
