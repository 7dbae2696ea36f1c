"""Send notices to people who write to the city's page at Facebook Messenger.

The service may answer for 24 hours after the last message, a person of the city for seven days; tags for later notices
were withdrawn in 2026. A later notice is refused here, and goes by another medium.
"""

import hashlib
import hmac
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.utils.timezone import now

from geoapp import queues
from incidents.models import Correspondent, Medium, Notice
from incidents.notify import http_calls
from incidents.notify.transport import Refused, Sent, Transport, Unsure, chat_addresses

MAX_TEXT, MAX_TITLE, MAX_REPLIES, MAX_PAYLOAD = 2000, 20, 13, 1000
TIMEOUT_S = 10.0
SERVICE_WINDOW, PERSON_WINDOW = timedelta(hours=24), timedelta(days=7)
WINDOW = "window"  # the code of a refusal of our own: the person wrote too long ago
RETRY_ERRORS = {"1", "2", "4", "32", "341", "368", "613", "1200", "10/1893063"}  # too many at once, or a fault there
# The person cannot be reached here: outside the window, blocked, or gone.
UNREACHABLE = {WINDOW, "10/2018278", "551", "100/2018001", "100/1893061"}


def is_on() -> bool:
    return bool(settings.MESSENGER_PAGE_TOKEN and settings.MESSENGER_PAGE_ID)


def send(notice: Notice) -> Sent:
    """Send one notice; its choices become quick replies. Raises Refused or Unsure."""
    try:
        answer = http_calls.call_url(
            "POST",
            f"{settings.MESSENGER_URL}/{settings.MESSENGER_PAGE_ID}/messages",
            json=request_body(notice),
            params=access(),
            purpose="gateways",
            timeout=TIMEOUT_S,
        )
        content = answer.json()
    except http_calls.NoAnswer as error:
        raise Unsure(error, then=Unsure.PERSON) from error
    if answer.status == 200 and content.get("message_id"):
        return Sent(provider_id=str(content["message_id"])[:100])
    failure = content.get("error")
    fault = failure if isinstance(failure, dict) else {}
    code, both = str(fault.get("code", answer.status)), f"{fault.get('code')}/{fault.get('error_subcode')}"
    retry = code in RETRY_ERRORS or both in RETRY_ERRORS or answer.status in (429, 503)
    raise Refused(both if both in RETRY_ERRORS | UNREACHABLE else code, fault.get("message", ""), retry=retry)


def request_body(notice):
    """Return the message, as an answer in the window or by a person. Raises Refused after the window."""
    writer = Correspondent.objects.filter(user=notice.address).first()
    silent = now() - writer.heard_at if writer else PERSON_WINDOW
    if silent < SERVICE_WINDOW:
        kind = {"messaging_type": "RESPONSE"}
    elif notice.written_by_id and silent < PERSON_WINDOW:
        kind = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    else:
        raise Refused(WINDOW, f"{silent.days} d {silent.seconds // 3600} h")
    return {"recipient": {"id": notice.address.partition(":")[2]}, "message": message_body(notice)} | kind


def message_body(notice):
    """Return the text, and a quick reply for each of its choices; the text has their numbers and full titles."""
    replies = [
        {"content_type": "text", "title": reply_title(number, title), "payload": value[:MAX_PAYLOAD]}
        for number, (value, title) in enumerate(notice.choices[:MAX_REPLIES], 1)
    ]
    return {"text": notice.text[:MAX_TEXT]} | ({"quick_replies": replies} if replies else {})


def reply_title(number, title):
    return title if len(title) <= MAX_TITLE else f"{number}. {title}"[: MAX_TITLE - 1].rstrip() + "…"


def access():
    token = settings.MESSENGER_PAGE_TOKEN
    if not settings.MESSENGER_PROOF:
        return {"access_token": token}
    proof = hmac.new(settings.MESSENGER_APP_SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
    return {"access_token": token, "appsecret_proof": proof}


def is_reachable(code: str) -> bool:
    return code not in UNREACHABLE


TRANSPORT = Transport(
    medium=Medium.MESSENGER,
    queue=queues.CHAT,
    send=send,
    is_configured=is_on,
    after_worker_death=Unsure.PERSON,  # it neither knows a message again nor tells of it
    find_addresses=partial(chat_addresses, Medium.MESSENGER),
    is_reachable=is_reachable,
    rings=True,
    text_medium=Medium.SMS,
    keeps_lines=True,
    numbers_choices=True,
    letter="M",
)
