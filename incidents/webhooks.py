"""Call partners' systems when something happens, so that they need not poll.

From a line of history to a call: `queue_event` (a job after the commit of the line) stores a message for each webhook
that wants it, and `deliver_messages` sends what waits. A message is retried under one number until it is accepted; a
worker killed between the answer and its note sends it again: at least once, never lost. Messages about one incident are
in the order of its history. Their content is rendered when they are sent, from what is public then. See docs/adr/0044.

A slow or failing receiver delays nobody else: for an hour it is called in a queue of its own, message by message, and
of one host one webhook is called at a time (docs/adr/0064).
"""

import base64
import hashlib
import hmac
import json
import logging
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from geoapp import queues
from geoapp.crypto import vault
from geoapp.db import locks
from incidents import public_text
from incidents.channels import open311
from incidents.map import public_map
from incidents.models import ApiKey, Event, Report, SentReport, Webhook, WebhookMessage
from incidents.notify.email import sender_address
from incidents.notify.http_calls import NoAnswer, call_url
from incidents.notify.transport import Refused

log = logging.getLogger(__name__)
K = Event.Kind
STATE = WebhookMessage.State
TASK = "incidents.call_webhook"
PING = "ping"
# Seconds until it is tried again, after the first failure, the second …; then it is given up.
AGAIN_S = (60, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
OFF_AFTER = timedelta(days=5)  # without one message that was taken
GONE = 410
TIMEOUT_S = 10.0
MAX_ANSWER = 64_000  # bytes that are read of an answer
ROUND_S = 10.0  # so long one job sends; then others have their turn
FAILURES_OF_A_ROUND = 3  # one after the other: nobody is there, and the rest waits for the next minute
SLOW_S, SLOW_FOR = 2.0, timedelta(hours=1)  # what is slow to answer, and how long that is remembered
TURN_S = 2  # seconds until a webhook is tried whose host is being called
LATE = timedelta(days=1)  # so much later than another line of its incident a line may be announced
KEEP = timedelta(days=30)
MAX_OF_KEY = 5  # webhooks
SECRET_BYTES = 32
PREFIX = "whsec_"


# ---- what is to be told ----


def queue_event(event_id: int) -> None:
    """Store the messages of this event for its webhooks, and defer the jobs that send them. Idempotent.

    Earlier unqueued lines of its incident are included: jobs overtake one another.
    """
    hooks = list(Webhook.objects.on())
    if not hooks:
        return
    event = Event.objects.get(pk=event_id)
    own = own_names(event.incident_id)
    is_public = public_map.published_incidents().filter(pk=event.incident_id).exists()
    lines = Event.objects.filter(incident=event.incident_id, pk__lte=event_id, at__gte=event.at - LATE)
    lines = list(lines.order_by("pk").values_list("pk", "kind", "at", "public"))
    with transaction.atomic():
        for hook in hooks:
            wanted = [
                pk
                for pk, kind, at, public in lines
                if at >= hook.made_at and wants_line(hook, kind, public, is_public, own)
            ]
            kinds = {pk: kind for pk, kind, _at, _public in lines}
            WebhookMessage.objects.bulk_create(
                (message_of(hook, pk, kinds[pk], event.incident_id) for pk in wanted), ignore_conflicts=True
            )
            if wanted:
                defer_calls(hook.pk)


def wants_line(hook: Webhook, kind: str, public: bool, is_public: bool, own: dict[int, list[str]]) -> bool:
    if hook.kinds and kind not in hook.kinds:
        return False
    if hook.key_id in own:
        return public or kind == K.HIDDEN
    return not hook.own_only and ((public and is_public) or kind == K.HIDDEN)


def own_names(incident_id: int) -> dict[int, list[str]]:
    sent = SentReport.objects.filter(sending__in=Report.objects.filter(incident=incident_id).values("sending"))
    names: dict[int, list[str]] = {}
    for key, name in sent.order_by("pk").values_list("key_id", "name"):
        names.setdefault(key, []).append(name)
    return names


def message_of(hook, event_key, kind, incident_key):
    return WebhookMessage(
        webhook=hook, number=f"evt_{event_key}", kind=kind, event_key=event_key, incident_key=incident_key
    )


def defer_calls(webhook_id: int, *, in_s: int = 0) -> None:
    """Defer the job that sends a webhook's messages, unless one waits already."""
    is_slow = Webhook.objects.filter(pk=webhook_id, slow_until__gt=now()).exists()
    schedule: Any = {"schedule_in": {"seconds": in_s}} if in_s else {}
    with suppress(AlreadyEnqueued), transaction.atomic():
        name = f"{TASK}:{webhook_id}"
        queue = queues.SLOW if is_slow else queues.STRANGERS
        app.configure_task(TASK, queueing_lock=name, lock=name, queue=queue, **schedule).defer(webhook_id=webhook_id)


def defer_due_calls() -> None:
    due = WebhookMessage.objects.due().filter(webhook__in=Webhook.objects.on())
    for webhook_id in sorted(set(due.order_by().values_list("webhook", flat=True))):
        defer_calls(webhook_id)


def note_sent_reports(sent: Iterable[tuple[ApiKey, UUID, str]]) -> None:
    """Store how partners' systems call reports that they send: (key, the report's `sending`, name or "") of each."""
    rows = [SentReport(key=key, sending=sending, name=name[:200]) for key, sending, name in sent if name]
    if rows:
        SentReport.objects.bulk_create(rows, ignore_conflicts=True)


# ---- sending ----


def deliver_messages(webhook_id: int) -> None:
    """Send a webhook's due messages, in the order of history, until the round is over.

    A round ends with the first slow answer. While its host is called for another webhook it is retried in some seconds.
    """
    hook = Webhook.objects.on().filter(pk=webhook_id).first()
    if hook is None:
        return
    host = httpx.URL(hook.url).host
    if not locks.try_take(locks.Lock.TARGET, host):
        return defer_calls(webhook_id, in_s=TURN_S)
    try:
        is_done = send_round(hook)
    finally:
        locks.release(locks.Lock.TARGET, host)
    if not is_done:
        defer_calls(webhook_id)


def send_round(hook: Webhook) -> bool:
    """Send one round of messages. Returns whether nothing is due that may be tried soon."""
    end, failures = time.monotonic() + ROUND_S, 0
    while messages := list(hook.messages.due()[:50]):
        for message in messages:
            begun = time.monotonic()
            is_taken = send_message(hook, message)
            failures = 0 if is_taken else failures + 1
            is_quick = time.monotonic() - begun <= SLOW_S
            note_speed(hook, is_quick=is_quick)
            if hook.off_at or failures >= FAILURES_OF_A_ROUND or not (is_taken or is_quick):
                return True  # the next minute goes on
            if not is_quick or time.monotonic() > end:
                return False
    return True


def note_speed(hook: Webhook, *, is_quick: bool) -> None:
    """Store for an hour that a webhook is slow; one quick answer ends that."""
    slow_until = None if is_quick else now() + SLOW_FOR
    if slow_until or hook.slow_until:
        hook.slow_until = slow_until
        hook.save(update_fields=["slow_until"])


def send_message(hook: Webhook, message: WebhookMessage) -> bool:
    """Send one message. Returns whether it was accepted."""
    moment = now()
    body = json.dumps(payload_of(hook, message), ensure_ascii=False, separators=(",", ":")).encode()
    headers = sign_body(hook, message.number, moment, body) | {
        "Content-Type": "application/json",
        "User-Agent": f"{settings.SITE_URL} webhooks",
    }
    try:
        answer = call_url(
            "POST", hook.url, content=body, headers=headers,
            purpose="partners", timeout=TIMEOUT_S, max_bytes=MAX_ANSWER,
        )  # fmt: skip
        status, trouble = answer.status, "" if 200 <= answer.status < 300 else f"HTTP {answer.status}"
    except (Refused, NoAnswer) as error:
        status, trouble = None, str(error) or type(error).__name__
    note_outcome(hook, message, status=status, trouble=trouble)
    return not trouble


@transaction.atomic
def note_outcome(hook, message, *, status, trouble):
    moment = now()
    message.tries += 1
    message.status, message.answer = status, trouble[:300]
    if not trouble:
        message.state, message.sent_at = STATE.SENT, moment
    elif message.tries > len(AGAIN_S):
        message.state = STATE.GIVEN_UP
    else:
        message.next_at = moment + timedelta(seconds=AGAIN_S[message.tries - 1])
    message.save(update_fields=["tries", "status", "answer", "state", "sent_at", "next_at"])
    if not trouble:
        if hook.failing_since:
            hook.failing_since = None
            hook.save(update_fields=["failing_since"])
        return
    hook.failing_since = hook.failing_since or moment
    hook.save(update_fields=["failing_since"])
    if status == GONE:
        switch_off(hook, Webhook.Off.GONE)
    elif moment - hook.failing_since >= OFF_AFTER:
        switch_off(hook, Webhook.Off.FAILING)


@transaction.atomic
def switch_off(hook: Webhook, why: str) -> None:
    """Deactivate a webhook; its owner is notified by e-mail, unless they did it. Waiting messages are dropped."""
    hook.off_at, hook.off_why = now(), why
    hook.save(update_fields=["off_at", "off_why"])
    hook.messages.waiting().update(state=STATE.GIVEN_UP, answer=str(Webhook.Off(why).label))
    if why != Webhook.Off.ASKED:
        app.configure_task("incidents.tell_webhook_is_off").defer(webhook_id=hook.pk)


@transaction.atomic
def switch_on(hook: Webhook) -> None:
    hook.off_at, hook.off_why, hook.failing_since = None, "", None
    hook.save(update_fields=["off_at", "off_why", "failing_since"])


def tell_owner(webhook_id: int) -> None:
    hook = Webhook.objects.select_related("key").get(pk=webhook_id)
    if not (hook.off_at and hook.key.email):
        return
    with translation.override(settings.LANGUAGE_CODE):
        text = _(
            "The address %(url)s is no longer called: %(why)s. Events since then are not sent; fetch them by "
            "Open311. Once the address works again, switch the webhook on."
        ) % {"url": hook.url, "why": hook.get_off_why_display()}
        sender = sender_address(settings.LANGUAGE_CODE)
        EmailMessage(_("Your webhook is switched off"), text, sender, to=[hook.key.email]).send()


# ---- what is said ----


def payload_of(hook: Webhook, message: WebhookMessage) -> dict[str, Any]:
    """Return the content of a message as of now. Of a non-public incident only number and state, to its reporter."""
    if message.event_key is None:
        return {"type": "ping", "timestamp": iso(message.made_at), "data": {}}
    event = Event.objects.select_related("incident").get(pk=message.event_key)
    incident, own = event.incident, own_names(event.incident_id).get(hook.key_id, [])
    row = open311.request_rows(public_map.published_incidents().filter(pk=incident.pk)).first()
    line = {"id": event.pk, "kind": event.kind, "datetime": iso(event.at)}
    data: dict[str, Any] = {"service_request_id": incident.reference, "event": line, "public": row is not None}
    if row is not None:
        line["description"] = public_text.public_note_of(event) if event.public else ""
        data["service_request"] = open311.service_request(row)
    if own:
        data |= {"client_request_ids": own, "status": "open" if incident.is_open else "closed", "state": incident.state}
    return {"type": f"incident.{event.kind}", "timestamp": iso(event.at), "data": json_ready(data)}


def iso(moment: datetime) -> str:
    return open311.iso_moment(moment)


def json_ready(value):
    if isinstance(value, dict):
        return {key: json_ready(element) for key, element in value.items()}
    return iso(value) if isinstance(value, datetime) else value


# ---- signing ----


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sign_body(hook: Webhook, number: str, moment: datetime, body: bytes) -> dict[str, str]:
    """Return the headers that sign a message and its time (Standard Webhooks)."""
    stamp = str(int(moment.timestamp()))
    return {
        "webhook-id": number,
        "webhook-timestamp": stamp,
        "webhook-signature": signature_of(vault.decrypt(hook.secret), number, stamp, body),
    }


def signature_of(secret: str, number: str, stamp: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    digest = hmac.new(key, f"{number}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


# ---- subscribing ----


class TooManyWebhooks(Exception):
    """The key has its maximum number of webhooks."""


@transaction.atomic
def create_webhook(key: ApiKey, *, url: str, kinds: Iterable[str] = (), own_only: bool = False) -> tuple[Webhook, str]:
    """Create a webhook of a key. Returns it and its secret, which is shown once. Raises TooManyWebhooks."""
    ApiKey.objects.select_for_update().get(pk=key.pk)
    if key.webhooks.count() >= MAX_OF_KEY:
        raise TooManyWebhooks
    secret = new_secret()
    hook = Webhook.objects.create(
        key=key, url=url, secret=vault.encrypt(secret), kinds=sorted(set(kinds)), own_only=own_only
    )
    return hook, secret


@transaction.atomic
def send_ping(hook: Webhook) -> WebhookMessage:
    message = WebhookMessage.objects.create(webhook=hook, number=f"ping_{secrets.token_hex(8)}", kind=PING)
    defer_calls(hook.pk)
    return message


def forget_old_messages() -> None:
    WebhookMessage.objects.filter(made_at__lt=now() - KEEP).delete()
