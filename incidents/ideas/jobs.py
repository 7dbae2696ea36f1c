"""Jobs that send notices and reminders of ideas."""

from procrastinate.contrib.django import app

from geoapp.jobs import AGAIN
from incidents.ideas import notices, reminders


@app.task(name="incidents.announce_idea", retry=AGAIN)
def announce_idea(line_id):
    notices.announce_line(line_id)


@app.periodic(cron="*/10 * * * *")
@app.task(name="incidents.remind_of_ideas", queueing_lock="incidents.remind_of_ideas")
def remind_of_ideas(timestamp):
    reminders.remind_late()
