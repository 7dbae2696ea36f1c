"""Send SMS through SpeedSMS over HTTP. It does not recognise duplicates: what has no answer waits for a receipt."""

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
    fields = {
        "to": [message.phone.lstrip("+")],
        "content": message.text,
        "sms_type": BRANDED,
        "sender": settings.SMS_BRAND,
    }
    try:
        answer = http_calls.call_url(
            "POST",
            (settings.SMS_URL or DEFAULT_URL) + "/sms/send",
            json=fields,
            auth=(settings.SMS_KEY, "x"),
            purpose="gateways",
            timeout=settings.SMS_TIMEOUT,
        )
        if answer.status in (401, 403, 404):  # 404: a wrong key, too
            raise Refused(f"HTTP {answer.status}")
        if answer.status in (429, 503):
            raise Refused(f"HTTP {answer.status}", retry=True)
        content = answer.json()
    except http_calls.NoAnswer as error:
        raise Unsure(error, then=Unsure.RECEIPT) from error
    if content.get("status") != "success":
        code = str(content.get("code", "?"))
        raise Refused(code, content.get("message", ""), retry=code in RETRY_CODES)
    accepted(str((content.get("data") or {}).get("tranId", "")))


def parse_receipt(data: dict[str, str]) -> DeliveryReport:
    """Read a call to our receipt address. Raises Unreadable."""
    body = parse_body(data)
    if body.get("type") != "report" or not str(body.get("tranId", "")).strip():
        raise Unreadable("type, tranId")
    arrived = str(body.get("status")) == str(DELIVERED_STATUS)
    state = Receipt.State.DELIVERED if arrived else Receipt.State.FAILED
    return DeliveryReport(
        NAME, str(body["tranId"])[:100], state, str(body.get("status", ""))[:40], phone=sender_phone(body)
    )


def parse_inbound(data: dict[str, str]) -> InboundSms:
    """Read an inbound SMS. Raises Unreadable."""
    body = parse_body(data)
    if body.get("type") not in ("sms", "inbound") or not sender_phone(body):
        raise Unreadable("type, phone")
    text = str(body.get("content", ""))
    return InboundSms(NAME, synthetic_message_id(sender_phone(body), text), sender_phone(body), text)


def parse_body(data):
    try:
        content = read_json(data.get("body", ""))
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise Unreadable("JSON")
    return content


def sender_phone(body):
    return e164_from_gateway(str(body.get("phone", "")))


def inbound_response(arrived: InboundSms) -> tuple[str, str]:
    return "", "text/plain"
