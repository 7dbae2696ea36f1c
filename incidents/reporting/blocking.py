"""Block senders for a time, with a reason."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.formats import date_format
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _

from incidents.models import Authority, Block, HeldReport, User
from incidents.reporting import holding
from incidents.reporting.sender import Sender

DAYS = (1, 7, 30)  # for how long somebody can be blocked


def blockable_addresses(held_report: HeldReport) -> list[tuple[str, str]]:
    """(kind, value) of the addresses by which a held report's sender can be blocked."""
    sender = Sender(network=held_report.network, key=held_report.key)
    return sender.addresses(phone=held_report.phone, email=held_report.email, chat=held_report.chat)


def end_of_block(days: int) -> datetime:
    """End of the last day of a block that begins now."""
    last = localtime(now()) + timedelta(days=days)
    return last.replace(hour=23, minute=59, second=59, microsecond=0)


@transaction.atomic
def block_sender(held_report: HeldReport, *, kinds: list[str], days: int, reason: str, by: User) -> list[Block]:
    """Block the sender of a held report by these kinds of address. Raises ValueError for missing input."""
    chosen = [(kind, value) for kind, value in blockable_addresses(held_report) if kind in kinds]
    if not chosen:
        raise ValueError(_("Choose what is blocked."))
    if days not in DAYS:
        raise ValueError(_("Choose for how long."))
    if not reason.strip():
        raise ValueError(_("Give the reason: the sender reads it."))
    about = {"reason": reason.strip()[:500], "ends": end_of_block(days), "by": by, "held": held_report}
    return [
        Block.objects.create(kind=kind, digest=digests_of(kind, value)[0], hint=hint_of(kind, value), **about)
        for kind, value in chosen
    ]


@transaction.atomic
def refuse_and_block(held_report: HeldReport, *, kinds: list[str], days: int, reason: str, by: User) -> list[Block]:
    """Refuse a held report and block its sender. Raises holding.AlreadyDecided, ValueError for missing input."""
    blocks = block_sender(held_report, kinds=kinds, days=days, reason=reason, by=by)
    holding.refuse_report(held_report, by=by, reason=reason)
    return blocks


def digests_of(kind: str, value: str) -> list[str]:
    """Keyed digests of an address: with SECRET_KEY, used for new blocks, and its fallbacks.

    The table of blocks names nobody.
    """
    address, keys = f"{kind}:{value}", (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [salted_hmac("incidents.block", address, key, algorithm="sha256").hexdigest() for key in keys]


def hint_of(kind: str, value: str) -> str:
    return value[:60] if kind in (Block.Kind.ADDRESS, Block.Kind.KEY) else f"•••{value[-3:]}"


def lift_block(block: Block, *, by: User) -> bool:
    """End a block; returns whether it was in force."""
    return bool(Block.objects.in_force().filter(pk=block.pk).update(lifted_at=now(), lifted_by=by))


def sentence_of(block_id: int) -> str:
    """Message to a blocked sender: reason, end, and where to object."""
    block = Block.objects.get(pk=block_id)
    desk = Authority.objects.filter(duty_desk=True).first()
    reached = [f"{contact.phone} {contact.email}".strip() for contact in desk.contacts.all()] if desk else []
    sentence = _(
        "Reports from here are not accepted until %(until)s: %(reason)s Urgent reports are still accepted. If you "
        "think this is wrong, tell %(desk)s."
    )
    return sentence % {
        "until": date_format(localtime(block.ends), "SHORT_DATETIME_FORMAT"),
        "reason": block.reason.rstrip(".") + ".",
        "desk": ", ".join(filter(None, [desk.title if desk else "", *reached])),
    }


def forget_ended_blocks(at: datetime | None = None) -> int:
    """Delete blocks that ended a month ago. Returns how many."""
    ended = Block.objects.filter(ends__lt=(at or now()) - timedelta(days=30))
    return ended.delete()[0]
