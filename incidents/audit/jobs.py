"""Jobs that seal the history and add its parts."""

from procrastinate.contrib.django import app

from geoapp import queues
from incidents.audit import chain, parts


@app.periodic(cron="* * * * *")
@app.task(name="incidents.seal_history", queueing_lock="incidents.seal_history")
def seal_history(timestamp):
    chain.seal_history()


@app.periodic(cron="33 * * * *")
@app.task(name="incidents.add_history_part", queueing_lock="incidents.add_history_part")
def add_history_part(timestamp):
    """The part of the history's table that comes next."""
    parts.add_history_part()


@app.periodic(cron="3 19 * * *")
@app.task(name="incidents.renew_history_figures", queue=queues.BULK, queueing_lock="incidents.renew_history_figures")
def renew_history_figures(timestamp):
    """Every night: what the planner knows of the whole history."""
    parts.renew_figures()
