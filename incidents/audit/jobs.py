"""Jobs that seal the history and add partitions."""

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
    parts.add_history_part()


@app.periodic(cron="3 19 * * *")
@app.task(name="incidents.renew_history_figures", queue=queues.BULK, queueing_lock="incidents.renew_history_figures")
def renew_history_figures(timestamp):
    parts.renew_figures()
