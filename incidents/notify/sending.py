"""Send notices: decide when one may go out, and store what becomes of it. Never twice for one cause, nothing lost (ADR
0012).

A notice is claimed first: UNSURE, committed, before anything is sent. Then it is sent while its row is locked, and the
gateway's answer is stored. A worker that dies in between leaves a row that is UNSURE and unlocked: what may be done
about it depends on whether the receiver recognises a duplicate.
"""

import logging
import random
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.urls import reverse
from django.utils.timezone import localtime, now

from geoapp.db import locks
from geoapp.http.log_masking import mask
from gis_data import city, policies
from incidents import sql
from incidents.models import DeadAddress, Medium, Membership, Notice, Report, User
from incidents.notify import confirming, event_notices, hidden_words, opt_outs, text_keys, texts
from incidents.notify.outbox import Recipient, create_notices, defer_deliveries, defer_delivery, person_recipients
from incidents.notify.transport import Refused, Sent, Unsure
from incidents.notify.transports import PAID_MEDIA, TRANSPORTS

logger = logging.getLogger(__name__)
S = Notice.State
CLAIMED_AT_ONCE = 20
CLAIM_GRACE = timedelta(seconds=10)  # so long nobody takes a claimed notice for a dead worker's
FIRST_RETRY_DELAY, RETRY_FACTOR = timedelta(seconds=80), 3  # eight tries take a day
NEVER = datetime(3000, 1, 1, tzinfo=UTC)  # a person decides
LOST_AFTER = timedelta(minutes=2)
# Notice.fault, our own
OPTED_OUT, MERGED, WITHDRAWN, NO_ANSWER, BOUNCED = "opted-out", "together", "withdrawn", "no-answer", "bounced"


def deliver_notice(notice_id: int, at: datetime | None = None) -> None:
    """Send one notice if it may be sent now; else defer it to the moment from which it may. Safe to run twice."""
    deliver_notices([notice_id], at)


def deliver_notices(notice_ids: Sequence[int], at: datetime | None = None) -> None:
    """Send notices of one medium over one connection, each as `deliver_notice` does.

    Several are claimed at once only if they are urgent, so that none is merged with another, and the receiver
    recognises a duplicate: of others a dead worker leaves one that a receipt or a person has to settle.
    """
    notices = list(Notice.objects.filter(pk__in=notice_ids).values_list("medium", "urgent"))
    if not notices:
        return
    transport, urgent = TRANSPORTS[notices[0][0]], all(urgent for _medium, urgent in notices)
    at_once = CLAIMED_AT_ONCE if urgent and transport.after_worker_death == Unsure.AGAIN else 1
    with city.remember_city(), transport.keep_connection():
        for start in range(0, len(notice_ids), at_once):
            moment = at or now()
            for notice in claim_notices(notice_ids[start : start + at_once], moment):
                send_claimed(notice, moment)


@transaction.atomic
def claim_notices(notice_ids: Sequence[int], moment: datetime) -> list[Notice]:
    """Mark notices UNSURE that this worker is to send now. Returns them."""
    unsent = Notice.objects.select_for_update(skip_locked=True).filter(pk__in=notice_ids, state__in=Notice.UNSENT)
    waiting = list(unsent.order_by("pk"))
    unwanted = find_unwanted(waiting)
    claimed = [notice for notice in waiting if prepare_notice(notice, moment, unwanted)]
    Notice.objects.filter(pk__in=[notice.pk for notice in claimed]).update(
        state=S.UNSURE, sent_at=moment, fault="", tries=F("tries") + 1
    )
    for notice in claimed:
        notice.state, notice.sent_at, notice.fault = S.UNSURE, moment, ""
        notice.tries += 1
    return claimed


def prepare_notice(notice, moment, unwanted):
    """Return whether a notice may be sent now, with its text and cost stored; store why not, or from when."""
    transport, stored = TRANSPORTS[notice.medium], notice.text
    texts.rerender_notice(notice)
    if notice.send_after == NEVER:
        return False
    if earliest_delivery(notice) > moment:
        return postpone_delivery(notice, earliest_delivery(notice))
    if is_outcome_unwritten(notice) and transport.after_worker_death == Unsure.PERSON:
        return mark_unsure(notice, moment, Unsure(NO_ANSWER))
    if notice.tries >= settings.NOTICE_TRIES:
        return end_delivery(notice, S.FAILED, notice.fault or NO_ANSWER)
    if transport.bounces and (code := unwanted.bounced.get(notice.address)):
        return end_delivery(notice, S.FAILED, f"{BOUNCED} {code}")
    if notice.address in unwanted.opted_out and notice.template not in text_keys.ALWAYS_SENT:
        if transport.is_chat:
            fall_back_to_sms(notice)
        return end_delivery(notice, S.DROPPED, OPTED_OUT)
    if until := held_back_until(notice, moment):
        return postpone_delivery(notice, until)
    if transport.is_merged and not notice.report_id:
        merge_waiting_letters(notice, moment)
    if transport.is_paid:
        notice.segments, notice.cost = transport.expected_cost(notice)
    if transport.is_paid or notice.text != stored:
        notice.save(update_fields=["segments", "cost", "subject", "text"])
    return True


def send_claimed(notice, moment):
    """Send a notice while its row is locked, if no receipt was quicker and no other worker claimed it since."""
    with transaction.atomic():
        own = Notice.objects.select_for_update().filter(pk=notice.pk, state=S.UNSURE, sent_at=moment)
        if own.filter(tries=notice.tries).values_list("pk").first():
            send_notice(notice, moment)


def earliest_delivery(notice):
    """Return when it may be sent. A worker that claimed it without an outcome may still be alive, or its message under
    way.
    """
    if is_outcome_unwritten(notice):
        waits_for_receipt = TRANSPORTS[notice.medium].after_worker_death == Unsure.RECEIPT
        return notice.sent_at + (receipt_timeout() if waits_for_receipt else CLAIM_GRACE)
    return notice.send_after


def is_outcome_unwritten(notice):
    return notice.state == S.UNSURE and not notice.fault


@dataclass(frozen=True)
class Unwanted:
    """Addresses of some notices that get nothing: those that declined, and those that bounced, with the code."""

    opted_out: set[str]
    bounced: dict[str, str]


def find_unwanted(notices: Sequence[Notice]) -> Unwanted:
    """`notices`: of one medium."""
    addresses = {notice.address for notice in notices}
    where = {"medium__in": {notice.medium for notice in notices}, "address__in": addresses}
    bounced = DeadAddress.objects.filter(**where).values_list("address", "code")
    return Unwanted(opt_outs.opted_out_of(where), {address: code or BOUNCED for address, code in bounced})


@transaction.atomic
def record_bounce(notice: Notice, code: str) -> None:
    """Fail a letter that bounced for good, and stop its address until something comes from it."""
    DeadAddress.objects.update_or_create(
        medium=notice.medium, address=notice.address, defaults={"code": code[:40], "at": now()}
    )
    handed_over = Notice.objects.filter(pk=notice.pk, state__in=[S.SENT, S.DELIVERED])
    handed_over.update(state=S.FAILED, fault=f"{BOUNCED} {code}")


def revive_address(medium: str, address: str) -> None:
    DeadAddress.objects.filter(medium=medium, address=address).delete()


# ---- when it may go out ----


def held_back_until(notice, moment):
    transport = TRANSPORTS[notice.medium]
    wakes = transport.rings and not notice.urgent and notice.template not in text_keys.IGNORES_QUIET_HOURS
    if wakes and (until := quiet_hours_end(moment)):
        return until
    if transport.is_paid:
        return daily_limits_until(notice, moment)
    return next_letter_at(notice, moment) if transport.is_batched else None


def quiet_hours_end(moment):
    """Return when the quiet hours around this moment end, or None; some minutes later, so that not all ring at once."""
    if not policies.current().quiet_hours:
        return None
    starts, ends = (time.fromisoformat(text) for text in policies.current().quiet_hours.split("-"))
    here = localtime(moment)
    clock = here.time()
    if starts == ends or not (starts <= clock < ends if starts < ends else clock >= starts or clock < ends):
        return None
    return morning_delivery(here.date() + timedelta(days=1 if clock >= ends else 0), ends)


def morning_delivery(day, at=None):
    if at is None:
        at = (
            time.fromisoformat(policies.current().quiet_hours.split("-")[1])
            if policies.current().quiet_hours
            else time(7)
        )
    start = datetime.combine(day, at, localtime().tzinfo)
    return start + timedelta(minutes=5, seconds=random.uniform(0, 600))


def daily_limits_until(notice, moment):
    """Return tomorrow if a limit of the day is reached: the money, or messages to one reporter about one incident."""
    locks.hold(locks.Lock.SPENDING)  # who spends, spends alone
    tomorrow = morning_delivery(localtime(moment).date() + timedelta(days=1))
    transport = TRANSPORTS[notice.medium]
    if notice.report_id and transport.per_incident and notice.template not in text_keys.ALWAYS_SENT:
        same = sent_on_day(moment).filter(report__incident=notice.report.incident_id, address=notice.address)
        if same.filter(medium=notice.medium).exclude(pk=notice.pk).count() >= transport.per_incident:
            return tomorrow
    cap = policies.current().notice_cap_per_day
    if cap:
        before, cost = cost_of_day(moment), transport.expected_cost(notice)[1]
        if before + cost > cap:
            notify_of_cost(moment, "over_the_cap", f"cap:{localtime(moment).date()}")
            return tomorrow
        if is_to_stranger(notice) and before + cost > cap * (100 - policies.current().notice_reserve) / 100:
            return tomorrow
        if before < cap / 2 <= before + cost:
            notify_of_cost(moment, "half_the_cap", f"half:{localtime(moment).date()}")
    return None


def is_to_stranger(notice: Notice) -> bool:
    """Return whether it goes to an unconfirmed address: the reserve of the day is not for these."""
    return notice.template in (confirming.KEY, "follow_confirm")


def sent_on_day(moment: datetime) -> QuerySet[Notice]:
    start = localtime(moment).replace(hour=0, minute=0, second=0, microsecond=0)
    return Notice.objects.filter(sent_at__gte=start, sent_at__lt=start + timedelta(days=1))


def cost_of_day(moment: datetime) -> int:
    """Return the cost of the messages of a day so far, in the currency's smallest unit."""
    return sent_on_day(moment).filter(medium__in=PAID_MEDIA).aggregate(Sum("cost"))["cost__sum"] or 0


def notify_of_cost(moment, key, cause):
    """Notify the supervisors, once a day, that half of the day's limit is spent, or that messages wait for it."""
    day = localtime(moment).date()
    posts = Membership.objects.on(day).filter(role=Membership.Role.SUPERVISOR)
    supervisors = User.objects.filter(pk__in=posts.values("user")).order_by("pk")
    values = {
        "day": f"{day:%d/%m/%Y}",
        "cap": f"{policies.current().notice_cap_per_day:,}".replace(",", "."),
        "link": settings.SITE_URL + reverse("notices"),
    }
    create_notices(key, cause, person_recipients(supervisors, moment), values, urgent=True, after=moment)


# ---- several become one ----


def next_letter_at(notice, moment):
    if notice.report_id or notice.urgent or notice.tries:
        return None
    last = (
        letters_to_same_address(notice)
        .filter(sent_at__gt=moment - batch_interval(), sent_at__lte=moment)
        .order_by("-sent_at")
        .first()
    )
    return last and last.sent_at + batch_interval()


def merge_waiting_letters(notice, moment):
    if notice.urgent or notice.tries:  # what was tried once says the same for ever
        return
    others = letters_to_same_address(notice).filter(state=S.WAITING, urgent=False, tries=0)
    others = list(others.select_for_update(skip_locked=True).exclude(pk=notice.pk).order_by("pk")[:50])
    if not others:
        return
    together = sorted([notice, *others], key=lambda letter: letter.pk)
    for letter in others:
        texts.rerender_notice(letter)
    notice.text = "\n\n".join(f"{letter.subject}\n{'-' * len(letter.subject)}\n{letter.text}" for letter in together)
    notice.subject = texts.merged_subject(together)
    Notice.objects.filter(pk__in=[letter.pk for letter in others]).update(
        state=S.DROPPED, fault=f"{MERGED}:{notice.pk}"
    )


def letters_to_same_address(notice):
    return Notice.objects.filter(
        medium=notice.medium, address=notice.address, person=notice.person_id, report=None, language=notice.language
    )


def batch_interval():
    return timedelta(minutes=policies.current().batch_minutes)


# ---- what becomes of it ----


def send_notice(notice, moment):
    transport = TRANSPORTS[notice.medium]
    try:
        sent = transport.send(notice) or Sent()
    except Refused as fault:
        if fault.retry:
            schedule_retry(notice, moment, str(fault))
        else:
            end_delivery(notice, S.FAILED, str(fault))
            if transport.is_chat and not transport.is_reachable(fault.code):
                fall_back_to_sms(notice)
    except Unsure as fault:
        mark_unsure(notice, moment, fault)
    except Exception as fault:
        # Nobody knows how far it came. What the transport wrote (a chat's rotated tokens) stays written.
        logger.error("notice %d\n%s", notice.pk, without_secrets(notice, traceback.format_exc()))
        mark_unsure(notice, moment, Unsure(repr(fault), then=transport.after_worker_death))
    else:
        notice.state, notice.sent_at, notice.fault = S.SENT, moment, ""
        notice.provider_id = sent.provider_id[:100]
        notice.segments, notice.cost = sent.segments, sent.cost
        notice.save(update_fields=["state", "sent_at", "fault", "provider_id", "segments", "cost"])
        hidden_words.erase_after_sending(notice)


def without_secrets(notice: Notice, text: str) -> str:
    return mask(hidden_words.hide(text, hidden_words.codes_of(notice)))


def fall_back_to_sms(notice):
    known = Report.objects.filter(chat=notice.address, erased_at=None).exclude(phone="").order_by("-pk").first()
    if not (notice.event and known and TRANSPORTS[Medium.SMS].can_send_to(known.phone)):
        return []
    if not (event_notices.is_important(notice.event) and confirming.may_tell(known, Medium.SMS, notice.event)):
        return []
    values = text_keys.named_values(notice)
    to = Recipient(Medium.SMS, known.phone, notice.language, report=notice.report)
    return create_notices(notice.template, notice.cause, [to], values, event=notice.event)


def schedule_retry(notice, moment, detail):
    """Retry after a growing, jittered pause; store the error after the last retry."""
    if notice.tries >= settings.NOTICE_TRIES:
        return end_delivery(notice, S.FAILED, detail)
    pause = FIRST_RETRY_DELAY * RETRY_FACTOR ** (notice.tries - 1)
    notice.state, notice.sent_at, notice.fault = S.WAITING, None, without_secrets(notice, detail)
    notice.segments = notice.cost = 0
    notice.save(update_fields=["state", "sent_at", "fault", "segments", "cost"])
    return postpone_delivery(notice, moment + pause * random.uniform(0.8, 1.2))


def mark_unsure(notice, moment, fault):
    """Store that the outcome is unknown: the transport says whether it is sent again at once, after a while without a
    receipt, or by a person.
    """
    if fault.then == Unsure.AGAIN:
        return schedule_retry(notice, moment, fault.detail or NO_ANSWER)
    notice.segments, notice.cost = fault.segments or notice.segments, fault.cost or notice.cost
    notice.fault, notice.send_after = without_secrets(notice, fault.detail or NO_ANSWER), NEVER
    notice.save(update_fields=["fault", "send_after", "segments", "cost"])
    return fault.then == Unsure.RECEIPT and postpone_delivery(notice, moment + receipt_timeout())


def receipt_timeout():
    return timedelta(minutes=settings.SMS_UNSURE_MINUTES)


def postpone_delivery(notice, until):
    notice.send_after = until
    notice.save(update_fields=["send_after"])
    defer_delivery(notice)
    return False


def end_delivery(notice, state, why):
    notice.state, notice.fault, notice.sent_at = state, without_secrets(notice, why), None
    notice.segments = notice.cost = 0
    notice.save(update_fields=["state", "fault", "sent_at", "segments", "cost"])
    hidden_words.erase_after_sending(notice)
    return False


def resend_notices(notices: QuerySet[Notice], at: datetime | None = None) -> int:
    """Send failed or unsure notices again on a person's request. Returns how many; two requests at once send each once.

    Not those whose code or private link was erased: they would be useless.
    """
    moment, count = at or now(), 0
    for key in notices.values_list("pk", flat=True):
        with transaction.atomic():
            notice = (
                Notice.objects.select_for_update(skip_locked=True)
                .filter(pk=key, state__in=[S.FAILED, S.UNSURE], secrets_erased_at=None)
                .first()
            )
            if notice is None or is_outcome_unwritten(notice):
                continue
            notice.state, notice.tries, notice.sent_at = S.WAITING, 0, None
            notice.segments = notice.cost = 0
            notice.save(update_fields=["state", "tries", "sent_at", "segments", "cost"])
            postpone_delivery(notice, moment)
            count += 1
    return count


def requeue_lost_notices(at: datetime | None = None) -> int:
    """Defer a job for due notices without one: it was lost, or a clock was wrong. Returns how many."""
    moment = at or now()
    # Made or claimed in the future, by a clock that was wrong: for them it is time now.
    future = moment + timedelta(hours=1)
    Notice.objects.filter(state=S.WAITING, made_at__gt=future).update(made_at=moment, send_after=moment)
    handed_over = Notice.objects.filter(state=S.UNSURE, sent_at__gt=future).exclude(send_after=NEVER)
    handed_over.update(sent_at=moment, send_after=moment)
    lost = [key for (key,) in sql.execute("lost_notices", before=moment - LOST_AFTER)]
    defer_deliveries(Notice.objects.filter(pk__in=lost).values_list("pk", "medium"))
    return len(lost)
