"""Jobs that concern several packages: each takes an id and calls the package."""

from django.contrib.sessions.models import Session
from django.utils.timezone import now
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

import incidents.aggregates.jobs
import incidents.announcements.jobs
import incidents.answers.jobs
import incidents.audit.jobs
import incidents.campaigns.jobs
import incidents.channels.jobs
import incidents.data_requests.jobs
import incidents.deadlines.jobs
import incidents.disclosure.jobs
import incidents.emergency.jobs
import incidents.enquiries.jobs
import incidents.escalation.jobs
import incidents.ideas.jobs
import incidents.notify.jobs
import incidents.partners.jobs
import incidents.reform.jobs
import incidents.reporting.jobs
import incidents.routing.jobs  # noqa: F401
from geoapp import queues
from geoapp.http import rate_limits
from geoapp.jobs import AGAIN
from geoapp.ledger import anchoring
from incidents import developers, notify, partners, proofs, webhooks, workflow
from incidents.accounts import factors
from incidents.announcements import following
from incidents.answers import retention as answer_retention
from incidents.audit.accounts import ACCOUNTS
from incidents.audit.chain import HISTORY
from incidents.casework import neighbours, own_reports, undoing
from incidents.data_requests import requests as data_requests
from incidents.disclosure import register
from incidents.enquiries import retention as enquiry_retention
from incidents.escalation import reminders
from incidents.hotline import retention as call_retention
from incidents.ideas import retention as idea_retention
from incidents.notify import own_codes
from incidents.reporting import blocking, gathering
from incidents.reporting import retention as held_retention

KEEP_JOBS_H, KEEP_FAILED_JOBS_H = 24, 30 * 24


@app.task(name="incidents.announce", retry=AGAIN)
def announce(event_id):
    if undoing.is_undone(event_id):
        return
    notify.announce_event(event_id)
    gathering.merge_similar_incidents(event_id)
    reminders.alert_leaders(event_id)
    partners.announce_to_partner(event_id)
    webhooks.queue_event(event_id)
    following.note_event(event_id)


@app.task(name="incidents.announce_many", retry=AGAIN)
def announce_many(event_ids):
    for event_id in event_ids:
        notify.announce_event(event_id)
        partners.announce_to_partner(event_id)
        webhooks.queue_event(event_id)


@app.task(name="incidents.call_webhook", queue=queues.STRANGERS, retry=AGAIN)
def call_webhook(webhook_id):
    webhooks.deliver_messages(webhook_id)


@app.task(name="incidents.tell_webhook_is_off", queue=queues.MAIL, retry=AGAIN)
def tell_webhook_is_off(webhook_id):
    webhooks.tell_owner(webhook_id)


@app.task(name="incidents.mail_key_request", queue=queues.MAIL, retry=AGAIN)
def mail_key_request(request_id, kind):
    developers.send_letter(request_id, kind)


@app.periodic(cron="* * * * *")
@app.task(name="incidents.catch_up_webhooks", queueing_lock="incidents.catch_up_webhooks")
def catch_up_webhooks(timestamp):
    webhooks.defer_due_calls()


@app.task(name="incidents.compare_photos", queue=queues.BULK, retry=AGAIN)
def compare_photos(event_id):
    proofs.compare_photos(event_id)


@app.periodic(cron="37 19 * * *")
@app.task(name="incidents.forget_browsers", queueing_lock="incidents.forget_browsers")
def forget_browsers(timestamp):
    """Every night: delete the own reports of long unused browsers, old codes, and undo data that have expired."""
    undoing.forget_old()
    own_reports.forget_unused_browsers()
    own_codes.forget_old_codes()
    factors.forget_wrong_codes()
    following.forget_follows()
    neighbours.forget_keys()


@app.periodic(cron="* * * * *")
@app.task(name="incidents.rescue", queueing_lock="incidents.rescue", pass_context=True)
async def rescue(context, timestamp):
    """Requeue the jobs of a worker that died (no heartbeat for half a minute). Every job may run twice.

    A job whose queueing lock is already taken by a waiting one, as the next minute's, is ended instead: else that one
    would wait for it for ever.
    """
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        try:
            await manager.retry_job(job)
        except UniqueViolation:
            await manager.finish_job(job, status=Status.ABORTED, delete_job=False)


@app.periodic(cron="51 19 * * *")
@app.task(name="incidents.forget_jobs", queueing_lock="incidents.forget_jobs", pass_context=True)
async def forget_jobs(context, timestamp):
    """Every night: delete jobs that ended a day ago; failed ones after a month."""
    manager = context.app.job_manager
    await manager.delete_old_jobs(nb_hours=KEEP_JOBS_H, include_cancelled=True, include_aborted=True)
    await manager.delete_old_jobs(nb_hours=KEEP_FAILED_JOBS_H, include_failed=True)


@app.periodic(cron="27 * * * *")
@app.task(name="incidents.close_settled", queueing_lock="incidents.close_settled")
def close_settled(timestamp):
    """Close what was resolved a week ago without objection; the rest follows in an hour."""
    workflow.close_settled()


@app.periodic(cron="41 19 * * *")
@app.task(name="incidents.forget_old", queue=queues.BULK, queueing_lock="incidents.forget_old")
def forget_old(timestamp):
    """Every night: erase personal data after their retention period."""
    data_requests.anonymize_expired_reports()
    data_requests.anonymize_old_requests()
    data_requests.erase_old_key_holders()
    held_retention.erase_old_held_reports()
    call_retention.erase_old_calls()
    enquiry_retention.erase_expired_enquiries()
    idea_retention.erase_expired_ideas()
    answer_retention.erase_old_reasons()
    blocking.forget_ended_blocks()
    rate_limits.remove_full_buckets()
    register.forget_old()
    webhooks.forget_old_messages()
    developers.forget_old_requests()


@app.periodic(cron="23 * * * *")
@app.task(name="incidents.forget_sessions", queueing_lock="incidents.forget_sessions")
def forget_sessions(timestamp):
    Session.objects.filter(expire_date__lt=now()).delete()


@app.periodic(cron="7 * * * *")
@app.task(name="incidents.publish_heads", queue=queues.PARTNERS, queueing_lock="incidents.publish_heads")
def publish_heads(timestamp):
    """Publish the heads of each chain for yesterday and missed days: signed, timestamped and mailed."""
    anchoring.publish_and_anchor(HISTORY, ACCOUNTS, register.PERSONAL_VIEWS)
