"""Jobs that end emergency modes and issue their bulletins."""

from procrastinate.contrib.django import app

from incidents.emergency import bulletins, switching


@app.periodic(cron="* * * * *")
@app.task(name="incidents.keep_emergency", queueing_lock="incidents.keep_emergency")
def keep_emergency(timestamp):
    """Each minute: note what has ended, and issue the bulletins that are due."""
    switching.note_ends()
    bulletins.issue_due()
