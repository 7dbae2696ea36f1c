"""Jobs that put a change of boundaries into force."""

from contextlib import suppress

from procrastinate.contrib.django import app

from geoapp import queues
from geoapp.jobs import AGAIN
from incidents import reform


@app.task(name="incidents.enact_reform", queue=queues.BULK, retry=AGAIN, lock="incidents.reform")
def enact_reform(reform_id):
    with suppress(reform.ReformNotPossible):  # its row of Progress says why
        reform.enact_reform(reform_id)


@app.task(name="incidents.take_back_reform", queue=queues.BULK, retry=AGAIN, lock="incidents.reform")
def take_back_reform(reform_id, by=""):
    with suppress(reform.ReformNotPossible):
        reform.take_back_reform(reform_id, by)


@app.periodic(cron="*/5 * * * *")
@app.task(
    name="incidents.reforms_due", queue=queues.BULK, queueing_lock="incidents.reforms_due", lock="incidents.reform"
)
def reforms_due(timestamp):
    reform.enact_due_reforms()
