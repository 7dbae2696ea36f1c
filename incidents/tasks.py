"""Jobs: each takes an id and hands over."""

from contextlib import suppress

from django.conf import settings
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.timezone import now
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from geoapp import queues
from geoapp.http import rate_limits
from geoapp.ledger import anchoring
from incidents import aggregates, developers, notify, partners, reform, webhooks, workflow
from incidents.accounts import factors
from incidents.announcements import following
from incidents.announcements import notices as announcement_notices
from incidents.audit import accounts, chain, parts
from incidents.casework import own_reports, undoing
from incidents.channels import chat, mail, open311_sandbox, sms_replies
from incidents.channels.mail import imap
from incidents.channels.voice import calls as calls_of_callbots
from incidents.channels.voice import recordings
from incidents.data_requests import requests as data_requests
from incidents.deadlines import ladder, service_levels
from incidents.disclosure import held, publishing, register, vacuuming
from incidents.enquiries import notices as enquiry_notices
from incidents.enquiries import reminders as enquiry_reminders
from incidents.enquiries import retention as enquiry_retention
from incidents.escalation import digest, prompts, reminders, unusual_views
from incidents.hotline import retention as call_retention
from incidents.models import AccountsHead, Category, HistoryHead, PersonalDataViewHead, User
from incidents.notify import hidden_words, own_codes, sms, zalo
from incidents.partners import georeport, letters
from incidents.reporting import blocking, gathering, remote_photos, surge, waiting_photos
from incidents.reporting.categories import learned
from incidents.routing import proposals

AGAIN = RetryStrategy(max_attempts=8, exponential_wait=3)
KEEP_JOBS_H, KEEP_FAILED_JOBS_H = 24, 30 * 24


@app.task(name="incidents.announce", retry=AGAIN)
def announce(event_id):
    if undoing.is_undone(event_id):
        return
    notify.announce_event(event_id)
    gathering.gather_like_ones(event_id)
    reminders.alert_leaders(event_id)
    partners.announce_to_partner(event_id)
    webhooks.queue_event(event_id)
    following.note_event(event_id)


@app.periodic(cron="* * * * *")
@app.task(name="incidents.tell_followers", queueing_lock="incidents.tell_followers")
def tell_followers(timestamp):
    """Tell those who follow something what has come since, when it is time."""
    following.tell_followers()


@app.task(name="incidents.tell_announcement", retry=AGAIN)
def tell_announcement(line_id):
    """Tell who follows the place what was announced."""
    announcement_notices.tell_line(line_id)


@app.task(name="incidents.send_prompt", retry=AGAIN)
def send_prompt(prompt_id):
    """Send what a leader urges a unit to do, unless it was taken back."""
    prompts.send_prompt(prompt_id)


@app.task(name="incidents.announce_enquiry", retry=AGAIN)
def announce_enquiry(line_id):
    enquiry_notices.announce_line(line_id)


@app.periodic(cron="*/5 * * * *")
@app.task(name="incidents.remind_of_enquiries", queueing_lock="incidents.remind_of_enquiries")
def remind_of_enquiries(timestamp):
    """Remind of questions and complaints that nobody answered in time."""
    enquiry_reminders.remind_late()


@app.task(name="incidents.announce_many", retry=AGAIN)
def announce_many(event_ids):
    for event_id in event_ids:
        notify.announce_event(event_id)
        partners.announce_to_partner(event_id)
        webhooks.queue_event(event_id)


@app.task(name="incidents.deliver", retry=AGAIN)
def deliver(notice_id):
    notify.deliver_notice(notice_id)


@app.periodic(cron="*/5 * * * *")
@app.task(name="incidents.catch_up_notices", queueing_lock="incidents.catch_up_notices")
def catch_up_notices(timestamp):
    """Give the notices a job whose own was lost."""
    notify.requeue_lost_notices()


@app.periodic(cron="17 * * * *")
@app.task(name="incidents.erase_secrets", queueing_lock="incidents.erase_secrets")
def erase_secrets(timestamp):
    """Every hour: codes and private links are erased from messages that nobody sends again any more."""
    hidden_words.erase_old()


@app.periodic(cron="* * * * *")
@app.task(name="incidents.listen_to_gateways", queue=queues.SMS, queueing_lock="incidents.listen_to_gateways")
def listen_to_gateways(timestamp):
    """Let the receipts in that a gateway keeps for us, and the messages that came to our number."""
    sms.collect_receipts()


@app.periodic(cron="23 * * * *")
@app.task(name="incidents.renew_zalo", queue=queues.CHAT, queueing_lock="incidents.renew_zalo")
def renew_zalo(timestamp):
    """Renew the chat account's tokens in good time, also where nothing is sent."""
    zalo.renew_tokens()


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
    """See to it that units outside have heard of all that is theirs, and ask their systems what became of it."""
    georeport.defer_exchange()
    for event_id in letters.events_without_letter(now()):
        letters.write_letters(event_id)


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
    """Send again what was not taken, and give what lost its job a new one."""
    webhooks.defer_due_calls()


@app.task(name="incidents.take_reply", retry=AGAIN)
def take_reply(inbound_id=None, phone="", text="", at="", message_id=""):
    """An SMS that came in. The other arguments are those of jobs that wait from before 0.4.1."""
    if inbound_id is None:
        sms_replies.process_sms(phone, text, at, message_id)
    else:
        sms_replies.process_inbound(inbound_id)


@app.task(name="incidents.take_chat", queue=queues.CHAT, retry=AGAIN)
def take_chat(event_id=None, user=""):
    """What somebody said in the chat. `user`: of jobs that wait from before 0.4.1."""
    if event_id is None:
        chat.process_waiting_events(user)
    else:
        chat.process_sender_of(event_id)


@app.task(name="incidents.tell_wrong_codes", retry=AGAIN)
def tell_wrong_codes(user_id, at):
    """Tell whose account it is that many wrong codes were given for it."""
    person = User.objects.filter(pk=user_id, is_active=True)
    link = {"link": settings.SITE_URL + reverse("security")}
    notify.create_notices("wrong_codes", f"wrong-codes:{user_id}:{at}", notify.person_recipients(person), link)


@app.periodic(cron="37 19 * * *")
@app.task(name="incidents.forget_browsers", queueing_lock="incidents.forget_browsers")
def forget_browsers(timestamp):
    """Every night: browsers that nobody has used for long find their reports no longer, and codes are forgotten; so is
    how incidents were before acts that can no longer be taken back.
    """
    undoing.forget_old()
    own_reports.forget_unused_browsers()
    own_codes.forget_old_codes()
    factors.forget_wrong_codes()
    following.forget_follows()


@app.task(name="incidents.send_own_code", retry=AGAIN)
def send_own_code(code_id):
    own_codes.send_code(code_id)


@app.task(name="incidents.take_mail", retry=AGAIN)
def take_mail(mail_id):
    mail.process_mail(mail_id)


@app.periodic(cron="* * * * *")
@app.task(
    name="incidents.fetch_mail", queue=queues.MAIL, queueing_lock="incidents.fetch_mail", lock="incidents.fetch_mail"
)
def fetch_mail(timestamp):
    """Bring in what lies in the city's mailbox."""
    imap.fetch_mails()


@app.periodic(cron="11 * * * *")
@app.task(name="incidents.forget_chats", queueing_lock="incidents.forget_chats")
def forget_chats(timestamp):
    """Every hour: drafts that nobody finished are forgotten, and what was said in chats and is taken."""
    data_requests.delete_old_chats()
    data_requests.delete_old_calls()
    data_requests.delete_old_mails()


@app.periodic(cron="13 * * * *")
@app.task(name="incidents.forget_trials", queueing_lock="incidents.forget_trials")
def forget_trials(timestamp):
    """Every hour: what was sent to the test endpoint is forgotten."""
    open311_sandbox.forget_trials()


@app.periodic(cron="* * * * *")
@app.task(name="incidents.finish_reports", queueing_lock="incidents.finish_reports", lock="incidents.finish_reports")
def finish_reports(timestamp):
    """Take in what was only received, because very many came at once."""
    surge.finish_reports()


@app.task(name="incidents.fetch_photo", queue=queues.STRANGERS, retry=AGAIN)
def fetch_photo(photo_id):
    remote_photos.fetch_photo(photo_id)


@app.task(name="incidents.fetch_recording", queue=queues.PARTNERS, retry=AGAIN)
def fetch_recording(recording_id):
    recordings.fetch_recording(recording_id)


@app.periodic(cron="*/5 * * * *")
@app.task(name="incidents.settle_lost_calls", queueing_lock="incidents.settle_lost_calls")
def settle_lost_calls(timestamp):
    """Make reports or call-backs of the calls that the telephone system has lost."""
    calls_of_callbots.settle_lost_calls()


@app.periodic(cron="41 * * * *")
@app.task(name="incidents.forget_waiting_photos", queueing_lock="incidents.forget_waiting_photos")
def forget_waiting_photos(timestamp):
    """Every hour: photos go that came ahead of a report a day ago."""
    waiting_photos.delete_old()


@app.task(name="incidents.check_sms", queue=queues.SMS, retry=AGAIN)
def check_sms(provider, provider_id, reference=""):
    sms.fetch_status(provider, provider_id, reference)


@app.periodic(cron="* * * * *")
@app.task(name="incidents.rescue", queueing_lock="incidents.rescue", pass_context=True)
async def rescue(context, timestamp):
    """Give the jobs of a worker that died (no heartbeat for half a minute) to the others. Every job may run again.

    One whose like waits already, as the next minute's does, ends instead: else that one would wait for it for ever.
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
    """Every night: jobs that ended a day ago go; what failed stays a month, for who looks why."""
    manager = context.app.job_manager
    await manager.delete_old_jobs(nb_hours=KEEP_JOBS_H, include_cancelled=True, include_aborted=True)
    await manager.delete_old_jobs(nb_hours=KEEP_FAILED_JOBS_H, include_failed=True)


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
    """Make law what is to be the law today; what is late or was left over by a worker that died comes next time."""
    reform.enact_due_reforms()


@app.periodic(cron="27 * * * *")
@app.task(name="incidents.close_settled", queueing_lock="incidents.close_settled")
def close_settled(timestamp):
    """What was resolved a week ago, and nobody objected, is closed; what a stopped worker left comes in an hour."""
    workflow.close_settled()


@app.periodic(cron="17 20 * * *")
@app.task(name="incidents.learn_routing", queue=queues.BULK, queueing_lock="incidents.learn_routing")
def learn_routing(timestamp):
    """Once a day: what people corrected often and alike becomes a proposal."""
    proposals.propose_rules()


@app.periodic(cron="37 18 * * 6")
@app.task(name="incidents.learn_categories", queue=queues.BULK, queueing_lock="incidents.learn_categories")
def learn_categories(timestamp):
    """Once a week: what reports with which words are about."""
    learned.learn_categories()


@app.task(name="incidents.learn_from_pack", queue=queues.BULK, retry=AGAIN, lock="incidents.learn_categories")
def learn_from_pack():
    learned.learn_categories()


@app.task(name="incidents.vacuum_words", queue=queues.BULK, retry=AGAIN)
def vacuum_words(since, looks):
    vacuuming.vacuum_words(parse_datetime(since) if since else None, looks)


@app.task(name="incidents.redate", queue=queues.BULK, retry=AGAIN, lock="incidents.redate")
def redate():
    service_levels.recompute_open_incidents()


@app.periodic(cron="* * * * *")
@app.task(name="incidents.chase", queueing_lock="incidents.chase")
def chase(timestamp):
    """Remind of what has come due, whoever is to hear of it."""
    reminders.send_due_reminders()


@app.periodic(cron="*/5 * * * *")
@app.task(name="incidents.digests_due", queueing_lock="incidents.digests_due")
def digests_due(timestamp):
    """Tell the leaders of their week, when it is time."""
    digest.send_due_digests()


@app.task(name="incidents.renew_ladder", queue=queues.BULK, retry=AGAIN, lock="incidents.renew_ladder")
def renew_ladder():
    ladder.renew_next_checks()


@app.periodic(cron="41 19 * * *")
@app.task(name="incidents.forget_old", queue=queues.BULK, queueing_lock="incidents.forget_old")
def forget_old(timestamp):
    """Every night: personal data that are no longer needed are erased."""
    data_requests.anonymize_expired_reports()
    data_requests.anonymize_old_requests()
    data_requests.erase_old_key_holders()
    held.erase_old_held_reports()
    call_retention.erase_old_calls()
    enquiry_retention.erase_expired_enquiries()
    blocking.forget_ended_blocks()
    rate_limits.remove_full_buckets()
    register.forget_old()
    webhooks.forget_old_messages()
    developers.forget_old_requests()


@app.task(name="incidents.withdraw_category", queue=queues.BULK, retry=AGAIN)
def withdraw_category(category_id):
    """A category has become one that is never public: what was shown of it is taken back."""
    publishing.withdraw_category(Category.objects.get(pk=category_id))


@app.periodic(cron="* * * * *")
@app.task(name="incidents.seal_history", queueing_lock="incidents.seal_history")
def seal_history(timestamp):
    chain.seal_history()


@app.periodic(cron="33 * * * *")
@app.task(name="incidents.add_history_part", queueing_lock="incidents.add_history_part")
def add_history_part(timestamp):
    """The part of the history's table that comes next."""
    parts.add_history_part()


@app.periodic(cron="3 19 * * *")
@app.task(name="incidents.renew_history_figures", queue=queues.BULK, queueing_lock="incidents.renew_history_figures")
def renew_history_figures(timestamp):
    """Every night: what the planner knows of the whole history."""
    parts.renew_figures()


@app.periodic(cron="23 * * * *")
@app.task(name="incidents.forget_sessions", queueing_lock="incidents.forget_sessions")
def forget_sessions(timestamp):
    """Sessions that expired, strangers' among them."""
    Session.objects.filter(expire_date__lt=now()).delete()


@app.periodic(cron="* * * * *")
@app.task(name="incidents.fold_sums", queueing_lock="incidents.fold_sums")
def fold_sums(timestamp):
    """Put into the sums what has come to them since; after a change of boundaries the history is placed anew."""
    aggregates.fold_changes()
    while aggregates.place_months():
        pass
    last: int | None = 0
    while last is not None:
        last = aggregates.place_open(last)


@app.periodic(cron="7 * * * *")
@app.task(name="incidents.publish_heads", queue=queues.PARTNERS, queueing_lock="incidents.publish_heads")
def publish_heads(timestamp):
    """The heads of yesterday, and of days on which nobody was there: of each chain; signed, stamped and mailed."""
    chain.publish_due_heads()
    accounts.publish_due_heads()
    register.publish_due_heads()
    anchoring.anchor_heads(HistoryHead.objects.all(), AccountsHead.objects.all(), PersonalDataViewHead.objects.all())


@app.periodic(cron="*/10 * * * *")
@app.task(name="incidents.flag_views", queueing_lock="incidents.flag_views")
def flag_views(timestamp):
    """Every ten minutes: who looks at personal data in an unusual way is flagged."""
    unusual_views.flag_lately()
