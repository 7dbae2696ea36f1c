"""Track messages after they were handed to a gateway.

Gateways report late, twice, in any order, sometimes before their answer to the sending itself. So a receipt is stored
first (Receipt), and its notice follows only forward: delivered stays delivered. Locks are taken in one order: the
notice, then the receipt.
"""

import hashlib
import re
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.timezone import now

from incidents.models import Medium, Notice, Receipt
from incidents.notify import hidden_words
from incidents.notify.gateway import DeliveryReport
from incidents.notify.segments import split_into_parts, to_ascii

STATE_ORDER = {"": 0, Receipt.State.SENT: 1, Receipt.State.FAILED: 2, Receipt.State.DELIVERED: 3}
FINAL_STATES = (Receipt.State.FAILED, Receipt.State.DELIVERED)
REFERENCE = re.compile(r"(\d{1,18})-\d+-[0-9a-f]{16}")
MATCH_WINDOW = timedelta(days=7)  # a receipt later than this finds no notice by anything but its id
SETTLE_BATCH = 500


def gateway_reference(notice: Notice) -> str:
    """Return our id of a message for the gateway: the same in every retry without an answer.

    After a certain failure it changes, since the gateway would take the old one for a duplicate.
    """
    failed = notice.receipts.filter(state=Receipt.State.FAILED).count()
    return f"{notice.pk}-{failed}-{notice_digest(notice)}"


def notice_digest(notice):
    """Return a digest of cause and address: a notice of an older database may have had the same number."""
    return hashlib.sha256(f"{notice.cause}|{notice.medium}|{notice.address}".encode()).hexdigest()[:16]


@transaction.atomic
def record_accepted(notice: Notice, provider: str, provider_id: str, *, part: int = 0, whole: bool = True) -> None:
    Receipt.objects.bulk_create(
        [Receipt(provider=provider, provider_id=provider_id[:100], notice=notice, part=part, whole=whole)],
        update_conflicts=True,
        unique_fields=["provider", "provider_id"],
        update_fields=["notice", "part", "whole"],
    )


@transaction.atomic
def store_receipt(delivery: DeliveryReport) -> Notice | None:
    """Store a gateway's report and update its notice, which is returned. Idempotent, also out of order."""
    known = find_notice_id(delivery)
    notice = Notice.objects.select_for_update().filter(pk=known).first() if known else None
    row, new = Receipt.objects.select_for_update().get_or_create(
        provider=delivery.provider,
        provider_id=known_provider_id(delivery, known),
        defaults={
            "notice": notice,
            "whole": delivery.whole,
            "state": delivery.state,
            "code": delivery.code[:40],
            "at": delivery.at,
        },
    )
    if row.notice_id is None and notice:
        row.notice, row.settled = notice, False
    if not row.whole and not row.part and notice:
        row.part = part_number(notice, delivery.text)
    if not new and STATE_ORDER[delivery.state] > STATE_ORDER[row.state]:
        row.state, row.code, row.at, row.settled = delivery.state, delivery.code[:40], delivery.at, False
    elif row.state == delivery.state == Receipt.State.SENT:
        row.at = delivery.at  # when it was last said
    row.save()
    if notice and row.notice_id == notice.pk:
        update_notice(notice)
    return notice


def settle_receipts() -> int:
    """Update notices whose receipts arrived before their ids. Returns how many receipts."""
    waiting = Receipt.objects.filter(
        settled=False, notice__isnull=False, at__gt=now() - MATCH_WINDOW, state__in=FINAL_STATES
    )
    keys = list(waiting.order_by("at").values_list("pk", "notice")[:SETTLE_BATCH])
    for notice_id in dict.fromkeys(notice for _pk, notice in keys):
        with transaction.atomic():
            update_notice(Notice.objects.select_for_update().get(pk=notice_id))
    return len(keys)


def overdue_receipts(provider: str) -> QuerySet[Receipt]:
    """Return receipts to query: silent for ten minutes after sending, or for an hour since "on its way".

    The longest silent come first. After three days they are given up.
    """
    moment = now()
    silent = Q(state="", at__lt=moment - timedelta(minutes=10))
    silent |= Q(state=Receipt.State.SENT, at__lt=moment - timedelta(hours=1))
    young = Q(notice__made_at__gt=moment - timedelta(days=3))
    return Receipt.objects.filter(silent, young, settled=False, provider=provider).order_by("at")


def update_notice(notice):
    rows = list(notice.receipts.exclude(state=""))
    news = [row for row in rows if not row.settled]
    became = next_state(notice, rows, news)
    if became and became != notice.state:
        last = max(row.at for row in rows)
        notice.state, notice.sent_at = became, notice.sent_at or last
        notice.fault = ", ".join(row.code for row in news if row.code) if became == Notice.State.FAILED else ""
        if became == Notice.State.DELIVERED:
            notice.delivered_at = last
        notice.save(update_fields=["state", "sent_at", "delivered_at", "fault"])
        hidden_words.erase_after_sending(notice)
    Receipt.objects.filter(pk__in=[row.pk for row in news if row.state in FINAL_STATES]).update(settled=True)


def next_state(notice, rows, news):
    """Return the new state of the notice, "" for no change: all parts arrived, one failed, or it is on its way."""
    if notice.state == Notice.State.DELIVERED:
        return ""
    arrived = [row for row in rows if row.state == Receipt.State.DELIVERED]
    arrived_parts = {row.part for row in arrived if row.part}
    if any(row.whole or notice.segments < 2 for row in arrived) or len(arrived_parts) >= max(notice.segments, 1):
        return Notice.State.DELIVERED
    # What waits and was tried is about to be sent again for want of an answer. A person who sends it again begins anew.
    unanswered = notice.state in Notice.UNSENT and notice.tries > 0
    on_its_way = unanswered or notice.state == Notice.State.SENT
    if on_its_way and any(row.state == Receipt.State.FAILED and row.part not in arrived_parts for row in news):
        return Notice.State.FAILED
    if unanswered and any((row.whole or notice.segments < 2) and row.state == Receipt.State.SENT for row in news):
        return Notice.State.SENT
    return ""


def find_notice_id(delivery):
    row = Receipt.objects.filter(
        provider=delivery.provider, provider_id=delivery.provider_id, notice__isnull=False
    ).first()
    if row:
        return row.notice_id
    if match := REFERENCE.fullmatch(delivery.reference):
        notice = Notice.objects.filter(pk=int(match[1]), medium=Medium.SMS).first()
        if notice and delivery.reference.endswith(notice_digest(notice)):
            return notice.pk
    if not delivery.phone:
        return None
    row = Receipt.objects.filter(
        provider=delivery.provider,
        provider_id__in=number_spellings(delivery.provider_id),
        notice__address=delivery.phone,
    ).first()
    return row.notice_id if row else unanswered_notice_id(delivery)


def unanswered_notice_id(delivery):
    """Return the notice to this phone that was handed over without an answer, so that its gateway id is unknown."""
    recent = Notice.objects.filter(medium=Medium.SMS, address=delivery.phone, made_at__gt=now() - MATCH_WINDOW)
    recent = recent.filter(Q(state__in=Notice.UNSENT) | Q(state=Notice.State.FAILED)).order_by("pk")
    if delivery.mark is not None:
        recent = [notice for notice in recent if notice.pk % 65536 == delivery.mark]
    elif delivery.text:
        recent = [notice for notice in recent if part_number(notice, delivery.text)]
    else:
        recent = [notice for notice in recent if notice.state == Notice.State.UNSURE]
    return recent[0].pk if len(recent) == 1 else None


def known_provider_id(delivery, notice_id):
    """Return the id under which the message is expected: some centres write it in hexadecimal here and
    decimal there.
    """
    names = [delivery.provider_id, *number_spellings(delivery.provider_id)]
    known = Receipt.objects.filter(provider=delivery.provider, provider_id__in=names, notice=notice_id)
    provider_ids = list(known.values_list("provider_id", flat=True)) if notice_id else []
    return delivery.provider_id if delivery.provider_id in provider_ids or not provider_ids else provider_ids[0]


def number_spellings(name):
    spellings = {name.lower(), name.upper(), name.lstrip("0")}
    if re.fullmatch(r"\d{1,30}", name):
        spellings |= {f"{int(name):x}", f"{int(name):X}", f"{int(name):08x}", f"{int(name):08X}"}
    if re.fullmatch(r"[0-9a-fA-F]{1,30}", name):
        spellings.add(str(int(name, 16)))
    return sorted(spellings - {name, ""})


def part_number(notice, beginning):
    """Return which part of a message begins so: 1, 2 …; 0 for none."""
    sent = [split_into_parts(to_ascii(notice.text)), split_into_parts(notice.text)]
    wanted = ascii_letters(beginning)[:15]
    fits = (n for cut in sent for n, text in enumerate(cut.texts, 1) if ascii_letters(text).startswith(wanted))
    return next(fits, 0) if wanted else 0


def ascii_letters(text):
    return re.sub(r"[^a-z0-9]", "", to_ascii(text).lower())
