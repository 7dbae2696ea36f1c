"""Jobs of the viewing ledger."""

from procrastinate.contrib.django import app

from cameras.viewlog import ledger, unusual
from geoapp import queues
from geoapp.ledger import anchoring


@app.periodic(cron="*/10 * * * *")
@app.task(name="cameras.watch_looking", queueing_lock="cameras.watch_looking")
def watch_looking(timestamp):
    unusual.flag_lately()


@app.periodic(cron="9 * * * *")
@app.task(name="cameras.publish_looks", queue=queues.PARTNERS, queueing_lock="cameras.publish_looks")
def publish_looks(timestamp):
    """Publish yesterday's last seal of the viewing ledger, and those of days on which none was published."""
    anchoring.publish_and_anchor(ledger.LOOKS)


@app.periodic(cron="33 19 * * *")
@app.task(name="cameras.forget_looks", queueing_lock="cameras.forget_looks")
def forget_looks(timestamp):
    ledger.forget_old()
