"""Jobs that recompute due dates and next checks."""

from procrastinate.contrib.django import app

from geoapp import queues
from geoapp.jobs import AGAIN
from incidents.deadlines import ladder, service_levels


@app.task(name="incidents.redate", queue=queues.BULK, retry=AGAIN, lock="incidents.redate")
def redate():
    service_levels.recompute_open_incidents()


@app.task(name="incidents.renew_ladder", queue=queues.BULK, retry=AGAIN, lock="incidents.renew_ladder")
def renew_ladder():
    ladder.renew_next_checks()
