"""Jobs that send notices and codes, and read receipts."""

from django.conf import settings
from django.urls import reverse
from procrastinate.contrib.django import app

from geoapp import queues
from geoapp.jobs import AGAIN
from incidents import notify
from incidents.models import User
from incidents.notify import hidden_words, own_codes, sms
from incidents.notify.transports import TRANSPORTS


@app.task(name="incidents.deliver", retry=AGAIN)
def deliver(notice_id):
    notify.deliver_notice(notice_id)


@app.task(name="incidents.deliver_many", retry=AGAIN)
def deliver_many(notice_ids):
    notify.deliver_notices(notice_ids)


@app.periodic(cron="*/5 * * * *")
@app.task(name="incidents.catch_up_notices", queueing_lock="incidents.catch_up_notices")
def catch_up_notices(timestamp):
    notify.requeue_lost_notices()


@app.periodic(cron="17 * * * *")
@app.task(name="incidents.erase_secrets", queueing_lock="incidents.erase_secrets")
def erase_secrets(timestamp):
    """Every hour: erase codes and private links of messages that are not retried any more."""
    hidden_words.erase_old()


@app.periodic(cron="* * * * *")
@app.task(name="incidents.listen_to_gateways", queue=queues.SMS, queueing_lock="incidents.listen_to_gateways")
def listen_to_gateways(timestamp):
    for transport in TRANSPORTS.values():
        transport.collect_receipts()


@app.periodic(cron="23 * * * *")
@app.task(name="incidents.renew_zalo", queue=queues.CHAT, queueing_lock="incidents.renew_zalo")
def renew_zalo(timestamp):
    for transport in TRANSPORTS.values():
        transport.renew_access()


@app.task(name="incidents.tell_wrong_codes", retry=AGAIN)
def tell_wrong_codes(user_id, at):
    person = User.objects.filter(pk=user_id, is_active=True)
    link = {"link": settings.SITE_URL + reverse("security")}
    notify.create_notices("wrong_codes", f"wrong-codes:{user_id}:{at}", notify.person_recipients(person), link)


@app.task(name="incidents.send_own_code", retry=AGAIN)
def send_own_code(code_id):
    own_codes.send_code(code_id)


@app.task(name="incidents.check_sms", queue=queues.SMS, retry=AGAIN)
def check_sms(provider, provider_id, reference=""):
    sms.fetch_status(provider, provider_id, reference)
