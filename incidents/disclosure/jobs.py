"""Jobs that withdraw and vacuum what others may no longer read."""

from django.utils.dateparse import parse_datetime
from procrastinate.contrib.django import app

from geoapp import queues
from geoapp.jobs import AGAIN
from incidents.disclosure import publishing, vacuuming
from incidents.models import Category


@app.task(name="incidents.vacuum_words", queue=queues.BULK, retry=AGAIN)
def vacuum_words(since, looks):
    vacuuming.vacuum_words(parse_datetime(since) if since else None, looks)


@app.task(name="incidents.withdraw_category", queue=queues.BULK, retry=AGAIN)
def withdraw_category(category_id):
    publishing.withdraw_category(Category.objects.get(pk=category_id))
