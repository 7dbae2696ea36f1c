"""Define the protocols and messages of SMS gateways: what each plug-in of `geoapp.sms` implements."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

import phonenumbers
from django.utils.timezone import now

from gis_data import city
from incidents.notify.segments import Parts


@dataclass(frozen=True)
class SmsMessage:
    """An SMS to one phone."""

    reference: str  # ours, the same each time it is sent again
    mark: int  # ours for those that have room for 16 bits only
    phone: str  # E.164
    parts: Parts

    @property
    def text(self) -> str:
        return "".join(self.parts.texts)


@dataclass(frozen=True)
class DeliveryReport:
    """A gateway's report on a message: a state of Receipt, and what identifies the message."""

    provider: str
    provider_id: str
    state: str
    code: str = ""
    at: datetime = field(default_factory=now)
    reference: str = ""
    whole: bool = True  # of all parts
    phone: str = ""
    mark: int | None = None
    text: str = ""  # how it begins


@dataclass(frozen=True)
class InboundSms:
    """An SMS that somebody sent us."""

    provider: str
    message_id: str
    phone: str  # E.164
    text: str
    at: datetime = field(default_factory=now)


class SmsGateway(Protocol):
    """Sends SMS."""

    def send(self, message: SmsMessage, accepted: Callable[..., None]) -> None:
        """Call `accepted(provider_id, …)` for each accepted message. Raises Refused or Unsure."""


@runtime_checkable
class CallingGateway(SmsGateway, Protocol):
    """Calls us with receipts and inbound SMS. `data`: the values of a call by name, or its body as `body`."""

    def parse_receipt(self, data: dict[str, str]) -> DeliveryReport:
        """Raises Unreadable."""

    def parse_inbound(self, data: dict[str, str]) -> InboundSms:
        """Raises Forged, Unreadable."""

    def inbound_response(self, arrived: InboundSms) -> tuple[str, str]:
        """Return body and content type of the answer to an accepted SMS."""


@runtime_checkable
class QueriedGateway(SmsGateway, Protocol):
    """Its calls are unsigned, so the state of a message is queried before it is believed."""

    def fetch_status(self, provider_id: str, reference: str = "") -> DeliveryReport:
        """Raises Refused, http_calls.NoAnswer."""


@runtime_checkable
class PolledGateway(SmsGateway, Protocol):
    """Holds receipts and inbound SMS until we fetch them."""

    def collect_deliveries(
        self, take_receipt: Callable[[DeliveryReport], Any], take_message: Callable[[InboundSms], Any]
    ) -> int:
        """Pass on what there is. Returns how many. Raises Refused."""


class Forged(Exception):
    """The signature is not the claimed sender's."""


class Unreadable(Exception):
    """A required value is missing."""


def to_e164(number: str) -> str:
    """Return the number with + and country code, or "" if it is none."""
    try:
        number = phonenumbers.parse(number, city.current().holidays or None)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def e164_from_gateway(digits: str) -> str:
    return to_e164(digits if digits.startswith(("+", "0")) else f"+{digits}")


def synthetic_message_id(phone: str, text: str) -> str:
    """Return an id for a message without one: the same words from the same phone in ten minutes are one."""
    return hashlib.sha256(f"{phone}|{text}|{int(time.time()) // 600}".encode()).hexdigest()
