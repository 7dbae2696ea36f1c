"""Jobs that remind of deadlines and report unusual views."""

from procrastinate.contrib.django import app

from geoapp.jobs import AGAIN
from incidents.escalation import digest, prompts, reminders, unusual_views


@app.task(name="incidents.send_prompt", retry=AGAIN)
def send_prompt(prompt_id):
    prompts.send_prompt(prompt_id)


@app.periodic(cron="* * * * *")
@app.task(name="incidents.chase", queueing_lock="incidents.chase")
def chase(timestamp):
    reminders.send_due_reminders()


@app.periodic(cron="*/5 * * * *")
@app.task(name="incidents.digests_due", queueing_lock="incidents.digests_due")
def digests_due(timestamp):
    digest.send_due_digests()


@app.periodic(cron="*/10 * * * *")
@app.task(name="incidents.flag_views", queueing_lock="incidents.flag_views")
def flag_views(timestamp):
    unusual_views.flag_lately()
