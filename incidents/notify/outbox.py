"""Create notices, once for each cause and recipient, with the jobs that deliver them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.timezone import localtime, now
from procrastinate.contrib.django import app

from incidents.models import Absence, Authority, Contact, Event, Notice, Report, User
from incidents.notify import text_keys, texts
from incidents.notify.transports import TRANSPORTS

JOB_SIZE = 100  # notices that a job sends over one connection


@dataclass(frozen=True)
class Recipient:
    """An address of a medium and its language, with its owner if known."""

    medium: str
    address: str
    language: str = "vi"
    person: User | None = None
    report: Report | None = None  # the one whose sender it is


def create_notices(
    key: str,
    cause: str,
    recipients: Iterable[Recipient],
    values: dict[str, str] | Callable[[Recipient], dict[str, str]],
    *,
    event: Event | None = None,
    urgent: bool = False,
    after: datetime | None = None,
) -> list[Notice]:
    """Write a notice to each recipient of a cause and a job to deliver it. Returns the new notices.

    Idempotent for a cause, medium and address, also for two workers at once. `key`: of text_keys.TEXTS. `cause`:
    `event:123`, `reminder:55`, `digest:2026-11-27:8` … `values`: a plain string for each place of the text, or a
    function of a recipient that returns them. `urgent`: also in quiet hours. `after`: not before that moment. Call it
    in the transaction of the cause: the jobs are part of it.
    """
    new_notices = []
    for recipient in dict.fromkeys(recipients):
        own_values = values(recipient) if callable(values) else values
        about = {"event": event, "urgent": urgent, "send_after": after or now()}
        notice, new = Notice.objects.get_or_create(
            cause=cause,
            medium=recipient.medium,
            address=recipient.address,
            defaults=about | notice_fields(key, recipient, own_values),
        )
        if new:
            defer_delivery(notice)
            new_notices.append(notice)
    return new_notices


def answer_in_chat(
    cause: str, recipient: Recipient, text: str, choices: Iterable[list[str]] = (), *, written_by: User | None = None
) -> Notice:
    """Write the answer in a chat, once for a cause; `choices` become its buttons. Returns the notice.

    `written_by`: the person who answers, None for the service.
    """
    fields = {
        "language": recipient.language,
        "text": text,
        "mentioned": texts.mentioned_references(text),
        "choices": list(choices),
        "template": text_keys.CHAT,
        "report": recipient.report,
        "written_by": written_by,
    }
    notice, new = Notice.objects.get_or_create(
        cause=cause, medium=recipient.medium, address=recipient.address, defaults=fields
    )
    if new:
        defer_delivery(notice)
    return notice


def create_notices_in_bulk(
    key: str, letters: list[tuple[str, Recipient, dict[str, str]]], *, urgent: bool = False
) -> int:
    """As `create_notices`, for many: (cause, recipient, values) each. Returns how many are new.

    A fixed number of statements. The caller holds a lock: two calls at once for the same causes would collide.
    """
    new: dict[tuple[str, str, str], Notice] = {}
    own: dict[tuple[str, str], Any] = {}
    written = Notice.objects.filter(
        cause__in={cause for cause, _recipient, _values in letters},
        address__in={recipient.address for _cause, recipient, _values in letters},
    )
    earlier = set(written.values_list("cause", "medium", "address"))
    for cause, recipient, values in letters:
        which = recipient.medium, recipient.language
        if which not in own:
            own[which] = texts.own_text(key, *which)
        if (at := (cause, recipient.medium, recipient.address)) not in earlier:
            more = notice_fields(key, recipient, values, own[which])
            new[at] = Notice(cause=cause, medium=recipient.medium, address=recipient.address, urgent=urgent, **more)
    notices = Notice.objects.bulk_create(new.values(), batch_size=500)
    if notices:
        defer_deliveries([(notice.pk, notice.medium) for notice in notices])
    return len(notices)


def notice_fields(
    key: str, recipient: Recipient, values: dict[str, str], own: Any = texts.LOOK_UP
) -> dict[str, object]:
    subject, text = texts.render_notice(key, recipient.medium, recipient.language, values, own)
    return {
        "report": recipient.report,
        "person": recipient.person,
        "template": key,
        "values": [str(values.get(place, "")) for place in text_keys.TEXTS[key]],
        "language": recipient.language,
        "subject": subject,
        "text": text,
        "mentioned": texts.mentioned_references(text),
        "choices": texts.chat_choices(key, recipient.language) if TRANSPORTS[recipient.medium].is_chat else [],
    }


def defer_delivery(notice: Notice) -> None:
    after = notice.send_after if notice.send_after > now() else None
    task = app.configure_task("incidents.deliver", queue=TRANSPORTS[notice.medium].queue, schedule_at=after)
    task.defer(notice_id=notice.pk)


def defer_deliveries(notices: Iterable[tuple[int, str]]) -> None:
    """Defer jobs of up to JOB_SIZE notices each; single ones overtake them."""
    keys_of: dict[str, list[int]] = {}
    for key, medium in notices:
        keys_of.setdefault(medium, []).append(key)
    for medium, keys in keys_of.items():
        task = app.configure_task("incidents.deliver_many", queue=TRANSPORTS[medium].queue, priority=-1)
        jobs = ({"notice_ids": keys[start : start + JOB_SIZE]} for start in range(0, len(keys), JOB_SIZE))
        task.batch_defer(*jobs)  # type: ignore[arg-type]  # a dict of these is JSON


def person_recipients(users: Iterable[User], at: datetime | None = None, sms: bool = False) -> list[Recipient]:
    """Return how these persons are reached: by e-mail and in their browsers; with `sms` also by SMS if a phone is
    known.

    A person absent on the day of `at` is replaced by the deputy, or the deputy's deputy.
    """
    day = localtime(at or now()).date()
    present = present_people_and_deputies(users, day)
    return [
        Recipient(medium, address, person.language, person=person)
        for medium, person, address in staff_addresses(present, sms)
    ]


def staff_addresses(owners: Sequence[User] | Sequence[Contact], sms: bool) -> Iterator[tuple[str, Any, str]]:
    for transport in TRANSPORTS.values():
        if sms or not transport.only_important:
            for owner, address in transport.usable_addresses(owners):
                yield transport.medium, owner, address


def recipients_by_person(
    users: Iterable[User], at: datetime | None = None, sms: bool = False
) -> dict[int, list[Recipient]]:
    users = {user.pk: user for user in users}
    away = set(Absence.objects.on(localtime(at or now()).date()).filter(user__in=users).values_list("user", flat=True))
    recipients = {key: person_recipients([users[key]], at, sms) if key in away else [] for key in users}
    for recipient in person_recipients([user for key, user in users.items() if key not in away], at, sms):
        if recipient.person:
            recipients[recipient.person.pk].append(recipient)
    return recipients


def present_people_and_deputies(users, day):
    waiting, seen, present = list(users), set(), []
    while waiting:
        seen |= {person.pk for person in waiting}
        away = dict(Absence.objects.on(day).filter(user__in=waiting).order_by("-pk").values_list("user", "deputy"))
        present += [person for person in waiting if person.pk not in away and person.is_active]
        waiting = list(User.objects.filter(pk__in=set(away.values()) - seen).order_by("pk"))
    return list(dict.fromkeys(present))


def unit_recipients(authority: Authority, sms: bool = False) -> list[Recipient]:
    contacts = list(Contact.objects.filter(authority=authority).order_by("pk"))
    addresses = staff_addresses(contacts, sms)
    return list(
        dict.fromkeys(Recipient(medium, address, settings.LANGUAGE_CODE) for medium, _contact, address in addresses)
    )
