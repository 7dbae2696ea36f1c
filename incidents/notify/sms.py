"""Send notices by SMS through the gateway SMS_PROVIDER, a plug-in of `geoapp.sms`."""

from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import phonenumbers
from django.conf import settings
from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from geoapp import plugins, queues
from gis_data import city, policies
from gis_data.words import tidy
from incidents.models import Medium, Notice, Receipt, StoredSms
from incidents.notify import http_calls, receipts
from incidents.notify.gateway import (
    CallingGateway,
    InboundSms,
    PolledGateway,
    QueriedGateway,
    SmsGateway,
    SmsMessage,
    to_e164,
)
from incidents.notify.segments import Parts, split_into_parts, to_ascii
from incidents.notify.transport import Refused, Sent, Transport, Unsure, addresses_in

GATEWAYS = "geoapp.sms"  # the group of plug-ins
STATUS_BATCH = 20  # receipts, in a minute
MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
KEPT_BY_GATEWAYS = timedelta(days=7)  # an SMS that could not be brought
MAX_PARTS = 10  # more is no message any more


def is_on() -> bool:
    return bool(settings.SMS_PROVIDER)


def gateway_of(provider: str) -> SmsGateway | None:
    return plugins.load_plugin(GATEWAYS, provider) if provider in plugins.plugins(GATEWAYS) else None


def calling_gateway_of(provider: str) -> CallingGateway | None:
    gateway = gateway_of(provider)
    return gateway if isinstance(gateway, CallingGateway) else None


def is_textable(phone: str) -> bool:
    """Return whether SMS are sent to this number, which a stranger may have typed: a mobile number of the own country,
    or of those that the city allows. Other numbers may cost whatever their owners ask.
    """
    try:
        number = phonenumbers.parse(phone, city.current().holidays or None)
    except phonenumbers.NumberParseException:
        return False
    own = city.current().holidays
    countries = {own, *policies.current().sms_countries} if own else set()
    if phonenumbers.number_type(number) not in MOBILE or not phonenumbers.is_valid_number(number):
        return False
    return not countries or phonenumbers.region_code_for_number(number) in countries


def send(notice: Notice) -> Sent:
    """Send one notice through the provider. Raises Refused or Unsure."""
    gateway = gateway_of(settings.SMS_PROVIDER)
    if gateway is None:
        raise Refused("off", _("SMS is off: no provider is set."))
    phone, cut = to_e164(notice.address), split_text(notice.text)
    if not phone:
        raise Refused("number", _("This is not a phone number."))
    if cut.count > MAX_PARTS:
        raise Refused("long", _("The text is too long for an SMS."))
    message = SmsMessage(receipts.gateway_reference(notice), notice.pk % 65536, phone, cut)
    price = {"segments": cut.count, "cost": cut.count * settings.SMS_COST}
    provider_ids = []

    def record_accepted_part(provider_id, **part):
        provider_ids.append(provider_id)
        if provider_id:
            receipts.record_accepted(notice, settings.SMS_PROVIDER, provider_id, **part)

    try:
        gateway.send(message, record_accepted_part)
    except Unsure as unsure:
        raise Unsure(unsure.detail, then=unsure.then, **price) from unsure
    return Sent(provider_id=provider_ids[0] if provider_ids else "", **price)


def split_text(text: str) -> Parts:
    return split_into_parts(to_ascii(text) if settings.SMS_ASCII else text)


def expected_cost(notice: Notice) -> tuple[int, int]:
    count = split_text(notice.text).count
    return count, count * settings.SMS_COST


# ---- what becomes of them, and what comes in ----


def fetch_status(provider: str, provider_id: str, reference: str = "") -> None:
    """Query a gateway for the state of a message, after an unsigned call about it.

    Raises StatusNotKnown if it may know later.
    """
    gateway = gateway_of(provider)
    if not isinstance(gateway, QueriedGateway):
        return
    try:
        receipts.store_receipt(gateway.fetch_status(provider_id, reference))
    except http_calls.NoAnswer as error:
        raise StatusNotKnown(str(error)) from error
    except Refused as refused:
        if refused.retry:
            raise StatusNotKnown(str(refused)) from refused


def collect_receipts() -> int:
    count, gateway = 0, gateway_of(settings.SMS_PROVIDER)
    if isinstance(gateway, QueriedGateway):
        count = fetch_overdue_statuses()
    if isinstance(gateway, PolledGateway):
        with suppress(Refused):  # it is down, or another worker listens: the next minute comes soon
            count += gateway.collect_deliveries(receipts.store_receipt, store_inbound)
    return count + receipts.settle_receipts()


def fetch_overdue_statuses():
    count = 0
    for row in receipts.overdue_receipts(settings.SMS_PROVIDER)[:STATUS_BATCH]:
        Receipt.objects.filter(pk=row.pk).update(at=now())  # whatever it says: the others come first next time
        try:
            fetch_status(row.provider, row.provider_id)
        except StatusNotKnown:
            break  # it is too busy or down
        count += 1
    return count


@transaction.atomic
def store_inbound(arrived: InboundSms) -> None:
    """Store an inbound SMS, with the job that reads it. Gateways send one again until it is acknowledged."""
    row, new = StoredSms.objects.get_or_create(
        provider=arrived.provider,
        message_id=arrived.message_id,
        defaults={"phone": arrived.phone, "text": tidy(arrived.text), "at": sent_time(arrived.at)},
    )
    if new:
        app.configure_task("incidents.take_reply").defer(inbound_id=row.pk)


def sent_time(at: datetime) -> datetime:
    """Return when an SMS was sent, by its gateway; now, if that is in the future or longer ago than
    gateways hold one.
    """
    here = now()
    return at if here - KEPT_BY_GATEWAYS < at <= here else here


class StatusNotKnown(Exception):
    """The gateway does not know the state of a message yet: query again later."""


TRANSPORT = Transport(
    medium=Medium.SMS,
    queue=queues.SMS,
    send=send,
    is_configured=is_on,
    after_worker_death=Unsure.RECEIPT,
    find_addresses=partial(addresses_in, "phone"),
    accepts=is_textable,
    only_important=True,
    rings=True,
    is_paid=True,
    expected_cost=expected_cost,
    per_incident=3,
    split=split_text,
    max_parts=2,
    collect_receipts=collect_receipts,
)
