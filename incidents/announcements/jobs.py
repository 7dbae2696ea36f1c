"""Jobs of announcements and of those who follow a place."""

from procrastinate.contrib.django import app

from geoapp.jobs import AGAIN
from incidents.announcements import following
from incidents.announcements import notices as announcement_notices


@app.periodic(cron="* * * * *")
@app.task(name="incidents.tell_followers", queueing_lock="incidents.tell_followers")
def tell_followers(timestamp):
    """Tell those who follow something what has come since, when it is time."""
    following.tell_followers()


@app.task(name="incidents.tell_announcement", retry=AGAIN)
def tell_announcement(line_id):
    """Tell who follows the place what was announced."""
    announcement_notices.tell_line(line_id)
