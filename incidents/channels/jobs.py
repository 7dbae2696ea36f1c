"""Jobs that process incoming messages."""

from procrastinate.contrib.django import app

from geoapp import queues
from geoapp.jobs import AGAIN
from incidents.channels import chat, mail, open311_sandbox, sms_replies
from incidents.channels.chat import conversation
from incidents.channels.mail import imap
from incidents.channels.voice import calls as calls_of_callbots
from incidents.channels.voice import recordings


@app.task(name="incidents.take_reply", retry=AGAIN)
def take_reply(inbound_id=None, phone="", text="", at="", message_id=""):
    """Process an SMS. The other arguments are those of jobs queued before 0.4.1."""
    if inbound_id is None:
        sms_replies.process_sms(phone, text, at, message_id)
    else:
        sms_replies.process_inbound(inbound_id)


@app.task(name="incidents.take_chat", queue=queues.CHAT, retry=AGAIN)
def take_chat(event_id=None, user=""):
    """Process a chat event. `user`: of jobs queued before 0.4.1."""
    if event_id is None:
        chat.process_waiting_events(user)
    else:
        chat.process_sender_of(event_id)


@app.periodic(cron="* * * * *")
@app.task(name="incidents.send_waiting_enquiries", queue=queues.CHAT, queueing_lock="incidents.send_waiting_enquiries")
def send_waiting_enquiries(timestamp):
    conversation.send_waiting_enquiries()


@app.task(name="incidents.take_mail", retry=AGAIN)
def take_mail(mail_id):
    mail.process_mail(mail_id)


@app.periodic(cron="* * * * *")
@app.task(
    name="incidents.fetch_mail", queue=queues.MAIL, queueing_lock="incidents.fetch_mail", lock="incidents.fetch_mail"
)
def fetch_mail(timestamp):
    imap.fetch_mails()


@app.periodic(cron="13 * * * *")
@app.task(name="incidents.forget_trials", queueing_lock="incidents.forget_trials")
def forget_trials(timestamp):
    open311_sandbox.forget_trials()


@app.task(name="incidents.fetch_recording", queue=queues.PARTNERS, retry=AGAIN)
def fetch_recording(recording_id):
    recordings.fetch_recording(recording_id)


@app.periodic(cron="*/5 * * * *")
@app.task(name="incidents.settle_lost_calls", queueing_lock="incidents.settle_lost_calls")
def settle_lost_calls(timestamp):
    calls_of_callbots.settle_lost_calls()
