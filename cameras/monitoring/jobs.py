"""Jobs that watch the health of cameras."""

from procrastinate.contrib.django import app

from cameras.monitoring import outbreaks, storage_outages


@app.periodic(cron="* * * * *")
@app.task(name="cameras.watch_health", queueing_lock="cameras.watch_health")
def watch_health(timestamp):
    outbreaks.update_outbreaks()


@app.periodic(cron="* * * * *")
@app.task(name="cameras.watch_keeping", queueing_lock="cameras.watch_keeping")
def watch_keeping(timestamp):
    storage_outages.update_outage()
