"""Jobs that send notices and reminders of enquiries."""

from procrastinate.contrib.django import app

from geoapp.jobs import AGAIN
from incidents.enquiries import notices as enquiry_notices
from incidents.enquiries import reminders as enquiry_reminders


@app.task(name="incidents.announce_enquiry", retry=AGAIN)
def announce_enquiry(line_id):
    enquiry_notices.announce_line(line_id)


@app.periodic(cron="*/5 * * * *")
@app.task(name="incidents.remind_of_enquiries", queueing_lock="incidents.remind_of_enquiries")
def remind_of_enquiries(timestamp):
    enquiry_reminders.remind_late()
