"""Jobs that send announcements and digests to followers."""

from procrastinate.contrib.django import app

from geoapp.jobs import AGAIN
from incidents.announcements import following
from incidents.announcements import notices as announcement_notices


@app.periodic(cron="* * * * *")
@app.task(name="incidents.tell_followers", queueing_lock="incidents.tell_followers")
def tell_followers(timestamp):
    following.tell_followers()


@app.task(name="incidents.tell_announcement", retry=AGAIN)
def tell_announcement(line_id):
    announcement_notices.tell_line(line_id)


@app.task(name="incidents.remind_of_works", retry=AGAIN)
def remind_of_works(line_id):
    announcement_notices.remind_line(line_id)
