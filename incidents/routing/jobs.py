"""Jobs that propose routing rules."""

from procrastinate.contrib.django import app

from geoapp import queues
from incidents.routing import proposals


@app.periodic(cron="17 20 * * *")
@app.task(name="incidents.learn_routing", queue=queues.BULK, queueing_lock="incidents.learn_routing")
def learn_routing(timestamp):
    proposals.propose_rules()
