"""Notices by SMS, through the provider that SMS_PROVIDER names."""

from contextlib import suppress

from django.conf import settings
from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from gis_data.words import tidy
from incidents.models import Inbound, Receipt
from incidents.notify import calling, esms, receipts, smpp, speedsms
from incidents.notify.gateway import Message, e164
from incidents.notify.segments import ascii_of, parts
from incidents.notify.transport import Refused, Sent, Unsure

PROVIDERS = {"esms": esms, "speedsms": speedsms, "smpp": smpp}
CALLERS = {"esms": esms, "speedsms": speedsms}  # those that call us with receipts and with what came in
ASKED_TOGETHER = 20  # receipts, in a minute
MOST_PARTS = 10  # more is no message any more


def is_on():
    return settings.SMS_PROVIDER in PROVIDERS


def send(notice):
    """Hand one notice to the provider. Raises Refused or Unsure."""
    if not is_on():
        raise Refused("off", _("SMS is off: no provider is set."))
    phone, cut = e164(notice.address), words(notice)
    if not phone:
        raise Refused("number", _("This is not a phone number."))
    if cut.count > MOST_PARTS:
        raise Refused("long", _("The text is too long for an SMS."))
    message = Message(receipts.reference(notice), notice.pk % 65536, phone, cut)
    price = {"segments": cut.count, "cost": cut.count * settings.SMS_COST}
    taken = []

    def accepted(provider_id, **part):
        taken.append(provider_id)
        if provider_id:
            receipts.expect(notice, settings.SMS_PROVIDER, provider_id, **part)

    try:
        PROVIDERS[settings.SMS_PROVIDER].send(message, accepted)
    except Unsure as unsure:
        raise Unsure(unsure.said, then=unsure.then, **price) from unsure
    return Sent(provider_id=taken[0] if taken else "", **price)


def words(notice):
    """The text as it goes out, cut into its parts."""
    return parts(ascii_of(notice.text) if settings.SMS_ASCII else notice.text)


def expected(notice):
    """How many parts it will have, and what they cost."""
    count = words(notice).count
    return count, count * settings.SMS_COST


# ---- what becomes of them, and what comes in ----


def check(provider, provider_id, reference=""):
    """Ask a gateway what became of a message, because somebody who signs nothing said it knows.

    Raises NotYet where it may know later.
    """
    try:
        receipts.take(CALLERS[provider].status(provider_id, reference))
    except calling.NoAnswer as error:
        raise NotYet(str(error)) from error
    except Refused as refused:
        if refused.again:
            raise NotYet(str(refused)) from refused


def listen():
    """Let the receipts come in that wait for us, or ask for them, and notices follow theirs. Gives how many came in."""
    count = 0
    if hasattr(PROVIDERS.get(settings.SMS_PROVIDER), "status"):
        count = ask_for_overdue()
    if settings.SMS_PROVIDER == smpp.NAME:
        with suppress(Refused):  # it is down, or another worker listens: the next minute comes soon
            count = smpp.collect(receipts.take, take_in)
    return count + receipts.settle()


def ask_for_overdue():
    """Ask what became of messages of which the gateway has said nothing, a few at a time. Gives how many it told of."""
    count = 0
    for row in receipts.overdue(settings.SMS_PROVIDER)[:ASKED_TOGETHER]:
        Receipt.objects.filter(pk=row.pk).update(at=now())  # whatever it says: the others come first next time
        try:
            check(row.provider, row.provider_id)
        except NotYet:
            break  # it is too busy or down
        count += 1
    return count


@transaction.atomic
def take_in(arrived):
    """An SMS came in: a job for whoever reads replies. Gateways bring one again until it is acknowledged."""
    row, new = Inbound.objects.get_or_create(
        provider=arrived.provider,
        message_id=arrived.message_id,
        defaults={"phone": arrived.phone, "text": tidy(arrived.text), "at": min(arrived.at, now())},
    )
    if new:
        app.configure_task("incidents.take_reply").defer(inbound_id=row.pk)


class NotYet(Exception):
    """The gateway does not say what became of a message: ask again later."""
