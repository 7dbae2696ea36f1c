"""Jobs that tell followers of campaigns."""

from procrastinate.contrib.django import app

from geoapp.jobs import AGAIN
from incidents.campaigns import notices


@app.task(name="incidents.tell_campaign", retry=AGAIN)
def tell_campaign(version_id, before):
    notices.tell_followers(version_id, before)
