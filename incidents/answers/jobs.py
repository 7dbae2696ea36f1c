"""Jobs that remind of pages due for review and count what pages lack."""

from procrastinate.contrib.django import app

from incidents.answers import reminders, unanswered


@app.periodic(cron="5 0 * * 1")
@app.task(name="incidents.remind_of_reviews", queueing_lock="incidents.remind_of_reviews")
def remind_of_reviews(timestamp):
    """Every Monday, just after midnight UTC."""
    reminders.remind_of_reviews()


@app.periodic(cron="25 * * * *")
@app.task(name="incidents.group_questions", queueing_lock="incidents.group_questions")
def group_questions(timestamp):
    unanswered.write_unanswered()
