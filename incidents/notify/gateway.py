"""Protocols and messages of SMS gateways: what the module of each one, a plug-in of `geoapp.sms`, has to have."""

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
    """What a gateway says of a message: a state of Receipt, and what identifies the message."""

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
    """Takes SMS over."""

    def send(self, message: SmsMessage, accepted: Callable[..., None]) -> None:
        """Call `accepted(provider_id, …)` for what the gateway took. Raises Refused or Unsure."""


@runtime_checkable
class CallingGateway(SmsGateway, Protocol):
    """Calls us with receipts and with SMS that came in. `data`: the values of a call by name, or its body as `body`."""

    def parse_receipt(self, data: dict[str, str]) -> DeliveryReport:
        """Raises Unreadable."""

    def parse_inbound(self, data: dict[str, str]) -> InboundSms:
        """Raises Forged, Unreadable."""

    def inbound_response(self, arrived: InboundSms) -> tuple[str, str]:
        """Body and content type of the answer to an SMS that was taken."""


@runtime_checkable
class QueriedGateway(SmsGateway, Protocol):
    """Says what became of a message when it is asked; what it claims in calls is not signed, and asked back."""

    def fetch_status(self, provider_id: str, reference: str = "") -> DeliveryReport:
        """Raises Refused, http_calls.NoAnswer."""


@runtime_checkable
class PolledGateway(SmsGateway, Protocol):
    """Keeps receipts and SMS that came in until we fetch them."""

    def collect_deliveries(
        self, take_receipt: Callable[[DeliveryReport], Any], take_message: Callable[[InboundSms], Any]
    ) -> int:
        """Hand over what there is. Returns how many. Raises Refused."""


class Forged(Exception):
    """It is not signed by who it says it is from."""


class Unreadable(Exception):
    """It lacks what it must say."""


def to_e164(number: str) -> str:
    """The number with + and the code of its country, or "" if it is none."""
    try:
        number = phonenumbers.parse(number, city.current().holidays or None)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def e164_from_gateway(digits: str) -> str:
    """The number as gateways write it, with or without + before the code of the country."""
    return to_e164(digits if digits.startswith(("+", "0")) else f"+{digits}")


def synthetic_message_id(phone: str, text: str) -> str:
    """An id for a message that came without one: the same words from the same phone in ten minutes are one."""
    return hashlib.sha256(f"{phone}|{text}|{int(time.time()) // 600}".encode()).hexdigest()
