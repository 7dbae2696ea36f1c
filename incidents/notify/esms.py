"""Send SMS through eSMS (ViHAT): version 4 over HTTP, customer care messages under a registered name.

It accepts a RequestId once a day and answers 124 the second time: so whatever had no answer is sent again, and nothing
twice. Its calls to us are unsigned: their claims are checked by GetSendStatus.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import get_current_timezone, now

from incidents.models import Receipt
from incidents.notify import http_calls
from incidents.notify.gateway import DeliveryReport, Forged, InboundSms, SmsMessage, Unreadable, e164_from_gateway
from incidents.notify.transport import Refused, Unsure

NAME = "esms"
DEFAULT_URL = "https://rest.esms.vn"
SEND_PATH, STATUS_PATH = (
    "/MainService.svc/json/SendMultipleMessage_V4_post_json/",
    "/MainService.svc/json/GetSendStatus",
)
CUSTOMER_CARE = "2"
ACCEPTED, ACCEPTED_BEFORE, NOT_KNOWN_YET = "100", "124", "105"
# What may go better later: no balance, not known yet, too many in a second. Everything else wants a person.
RETRY_CODES = {"103", NOT_KNOWN_YET, "160"}
S = Receipt.State
# SendStatus; 5 is "finished": see how many succeeded.
STATES = {"1": S.SENT, "2": S.SENT, "4": S.FAILED, "7": S.SENT}


def send(message: SmsMessage, accepted: Callable[..., None]) -> None:
    """Raises Refused or Unsure; a message without a clear answer may be sent again at any time."""
    fields = {
        "ApiKey": settings.SMS_KEY,
        "SecretKey": settings.SMS_SECRET,
        "Phone": message.phone.lstrip("+"),
        "Content": message.text,
        "Brandname": settings.SMS_BRAND,
        "SmsType": CUSTOMER_CARE,
        "IsUnicode": "0" if message.text.isascii() else "1",
        "Sandbox": "0",
        "RequestId": message.reference,
    }
    if settings.SMS_CALLBACK_TOKEN:
        path = reverse("sms-receipt", args=[NAME, settings.SMS_CALLBACK_TOKEN])
        fields["CallbackUrl"] = settings.SITE_URL + path
    try:
        answer = call_api("POST", SEND_PATH, json=fields)
        if answer.status == 429:
            raise Refused("429", retry=True)
        if answer.status != 200:
            raise Unsure(f"HTTP {answer.status}", then=Unsure.AGAIN)
        content = answer.json()
    except http_calls.NoAnswer as error:
        raise Unsure(error, then=Unsure.AGAIN) from error
    code = str(content.get("CodeResult", ""))
    if code not in (ACCEPTED, ACCEPTED_BEFORE):
        raise Refused(code or "?", content.get("ErrorMessage") or content.get("error") or "", retry=code in RETRY_CODES)
    accepted(str(content.get("SMSID") or ""))


def fetch_status(provider_id: str, reference: str = "") -> DeliveryReport:
    """Ask the gateway for the state of a message. Raises Refused, NoAnswer."""
    keys = {"RefId": provider_id, "ApiKey": settings.SMS_KEY, "SecretKey": settings.SMS_SECRET}
    answer = call_api("GET", STATUS_PATH, params=keys)
    if answer.status != 200:
        raise http_calls.NoAnswer(f"HTTP {answer.status}")
    content = answer.json()
    code = str(content.get("CodeResponse", ""))
    if code != ACCEPTED:
        raise Refused(code or "?", content.get("ErrorMessage") or "", retry=code in RETRY_CODES)
    became = f"SendStatus {content.get('SendStatus', '?')}, SendFailed {content.get('SendFailed', '?')}"
    return DeliveryReport(NAME, provider_id, delivery_state(content), code=became, reference=reference)


def delivery_state(status):
    finished = str(status.get("SendStatus", ""))
    if finished == "5":
        return S.DELIVERED if int(status.get("SendSuccess") or 0) > 0 else S.FAILED
    return STATES.get(finished, S.SENT)


def parse_receipt(data: dict[str, str]) -> DeliveryReport:
    """Read a call to our receipt address, which is to be checked by `fetch_status`. Raises Unreadable."""
    provider_id = data.get("SMSID", "")
    if not 0 < len(provider_id) <= 100:
        raise Unreadable("SMSID")
    try:
        return DeliveryReport(
            NAME,
            provider_id,
            delivery_state(data),
            data.get("SendStatus", "")[:40],
            reference=data.get("RequestId", ""),
        )
    except ValueError:
        raise Unreadable("SendSuccess") from None


def parse_inbound(data: dict[str, str]) -> InboundSms:
    """Read an SMS to our short number. Raises Forged, Unreadable."""
    moment = data.get("receiverTime") or data.get("receiveTime") or ""
    signed = "".join((data.get("cpid", ""), data.get("smsid", ""), data.get("content", ""), moment))
    if not hmac.compare_digest(inbound_signature(signed).encode(), data.get("sign", "").replace(" ", "+").encode()):
        raise Forged
    sender = e164_from_gateway(data.get("sender", ""))
    if not sender or not 0 < len(data.get("smsid", "")) <= 100:
        raise Unreadable("sender, smsid")
    try:
        at = datetime.strptime(moment, "%Y%m%d%H%M%S").replace(tzinfo=get_current_timezone())
    except ValueError:
        at = now()
    return InboundSms(NAME, data["smsid"], sender, data.get("content", ""), at)


def inbound_signature(text):
    """Return the MD5 signature by its documents, with the private key of our short number at the end."""
    if not settings.SMS_INBOUND_KEY:
        raise Forged
    return base64.b64encode(
        hashlib.md5((text + settings.SMS_INBOUND_KEY).encode(), usedforsecurity=False).digest()
    ).decode()


def inbound_response(arrived: InboundSms) -> tuple[str, str]:
    """Return body and content type for an accepted SMS: nothing is sent back to the phone."""
    return "<ClientResponse><Message></Message></ClientResponse>", "text/xml"


def call_api(method, path, **more):
    return http_calls.call_url(
        method,
        (settings.SMS_URL or DEFAULT_URL) + path,
        purpose="gateways",
        timeout=settings.SMS_TIMEOUT,
        **more,
    )
