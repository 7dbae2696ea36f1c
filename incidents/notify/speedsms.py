"""SMS through SpeedSMS over HTTP. It knows no second message from the first: what has no answer waits for a receipt."""

from collections.abc import Callable

from django.conf import settings

from geoapp.http.text_validation import read_json
from incidents.models import Receipt
from incidents.notify import http_calls
from incidents.notify.gateway import (
    DeliveryReport,
    InboundSms,
    SmsMessage,
    Unreadable,
    e164_from_gateway,
    synthetic_message_id,
)
from incidents.notify.transport import Refused, Unsure

NAME = "speedsms"
DEFAULT_URL = "https://api.speedsms.vn/index.php"
BRANDED = 3  # sms_type: under a registered name
RETRY_CODES = {"300", "500"}  # no balance, an error of their own; the rest wants a person
DELIVERED_STATUS = 0


def send(message: SmsMessage, accepted: Callable[..., None]) -> None:
    """Raises Refused or Unsure."""
    asked = {
        "to": [message.phone.lstrip("+")],
        "content": message.text,
        "sms_type": BRANDED,
        "sender": settings.SMS_BRAND,
    }
    try:
        answer = http_calls.call_url(
            "POST",
            (settings.SMS_URL or DEFAULT_URL) + "/sms/send",
            json=asked,
            auth=(settings.SMS_KEY, "x"),
            purpose="gateways",
            timeout=settings.SMS_TIMEOUT,
        )
        if answer.status in (401, 403, 404):  # 404: a wrong key, too
            raise Refused(f"HTTP {answer.status}")
        if answer.status in (429, 503):
            raise Refused(f"HTTP {answer.status}", retry=True)
        said = answer.json()
    except http_calls.NoAnswer as error:
        raise Unsure(error, then=Unsure.RECEIPT) from error
    if said.get("status") != "success":
        code = str(said.get("code", "?"))
        raise Refused(code, said.get("message", ""), retry=code in RETRY_CODES)
    accepted(str((said.get("data") or {}).get("tranId", "")))


def parse_receipt(data: dict[str, str]) -> DeliveryReport:
    """What a call to our receipt address says. Raises Unreadable."""
    said = parse_body(data)
    if said.get("type") != "report" or not str(said.get("tranId", "")).strip():
        raise Unreadable("type, tranId")
    arrived = str(said.get("status")) == str(DELIVERED_STATUS)
    state = Receipt.State.DELIVERED if arrived else Receipt.State.FAILED
    return DeliveryReport(
        NAME, str(said["tranId"])[:100], state, str(said.get("status", ""))[:40], phone=sender_phone(said)
    )


def parse_inbound(data: dict[str, str]) -> InboundSms:
    """An SMS that came in. Raises Unreadable."""
    said = parse_body(data)
    if said.get("type") not in ("sms", "inbound") or not sender_phone(said):
        raise Unreadable("type, phone")
    text = str(said.get("content", ""))
    return InboundSms(NAME, synthetic_message_id(sender_phone(said), text), sender_phone(said), text)


def parse_body(data):
    try:
        said = read_json(data.get("body", ""))
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise Unreadable("JSON")
    return said


def sender_phone(said):
    return e164_from_gateway(str(said.get("phone", "")))


def inbound_response(arrived: InboundSms) -> tuple[str, str]:
    return "", "text/plain"
