"""Jobs of reports: photos, reports only received, and training of categories."""

from procrastinate.contrib.django import app

from geoapp import queues
from geoapp.jobs import AGAIN
from incidents.reporting import remote_photos, surge, waiting_photos
from incidents.reporting.categories import learned


@app.periodic(cron="* * * * *")
@app.task(name="incidents.finish_reports", queueing_lock="incidents.finish_reports", lock="incidents.finish_reports")
def finish_reports(timestamp):
    surge.finish_reports()


@app.task(name="incidents.fetch_photo", queue=queues.STRANGERS, retry=AGAIN)
def fetch_photo(photo_id):
    remote_photos.fetch_photo(photo_id)


@app.periodic(cron="41 * * * *")
@app.task(name="incidents.forget_waiting_photos", queueing_lock="incidents.forget_waiting_photos")
def forget_waiting_photos(timestamp):
    waiting_photos.delete_old()


@app.periodic(cron="37 18 * * 6")
@app.task(name="incidents.learn_categories", queue=queues.BULK, queueing_lock="incidents.learn_categories")
def learn_categories(timestamp):
    learned.learn_categories()


@app.task(name="incidents.learn_from_pack", queue=queues.BULK, retry=AGAIN, lock="incidents.learn_categories")
def learn_from_pack():
    learned.learn_categories()
