"""Jobs that exchange incidents with units outside."""

from django.utils.timezone import now
from procrastinate.contrib.django import app

from geoapp import queues
from geoapp.jobs import AGAIN
from incidents.partners import georeport, letters


@app.task(name="incidents.write_outside", retry=AGAIN)
def write_outside(event_id):
    letters.write_letters(event_id)


@app.task(name="incidents.call_outside", queue=queues.PARTNERS, retry=AGAIN)
def call_outside(event_id):
    georeport.send_event(event_id)


@app.task(name="incidents.send_outside", queue=queues.PARTNERS, retry=AGAIN)
def send_outside(incident_id):
    georeport.resend_incident(incident_id)


@app.task(name="incidents.read_outside", queue=queues.PARTNERS, retry=AGAIN)
def read_outside(authority_id):
    georeport.read_updates(authority_id)


@app.periodic(cron="*/5 * * * *")
@app.task(name="incidents.look_after_outside", queueing_lock="incidents.look_after_outside")
def look_after_outside(timestamp):
    georeport.defer_exchange()
    for event_id in letters.events_without_letter(now()):
        letters.write_letters(event_id)
