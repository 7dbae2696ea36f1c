"""Job that reminds of pages due for review."""

from procrastinate.contrib.django import app

from incidents.answers import reminders


@app.periodic(cron="5 0 * * 1")
@app.task(name="incidents.remind_of_reviews", queueing_lock="incidents.remind_of_reviews")
def remind_of_reviews(timestamp):
    """Every Monday at 7:05 in Ho Chi Minh City."""
    reminders.remind_of_reviews()
