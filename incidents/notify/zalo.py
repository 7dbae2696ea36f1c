"""Send notices to followers of the city's Zalo account, as consultation messages.

Tokens come in pairs and rotate: each refresh token works once. So a pair is renewed under the lock of its row, and the
new one is stored before it is used; others that wait for the lock use the renewed one.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import connection, transaction
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext as _

from geoapp import queues
from geoapp.crypto import vault
from incidents.models import ChatAccount, Medium, Notice
from incidents.notify import http_calls
from incidents.notify.transport import Refused, Sent, Transport, Unsure, chat_addresses

PLATFORM = "zalo"
SEND_PATH, TOKEN_PATH = "/v3.0/oa/message/cs", "/v4/oa/access_token"
MAX_TEXT, MAX_TITLE, MAX_BUTTONS = 2000, 100, 5
TIMEOUT_S = 10.0
RENEWAL_ALARM = timedelta(days=7)  # so long without a renewal
TOKEN_ERRORS = {-216, -220}
# What may go better later: too many at once, a day's quota, night, the account out of money.
RETRY_ERRORS = {-32, -211, -218, -234, -320, -321}
# The person cannot be reached here any more: not followed, blocked, inactive, outside the days since they last wrote.
UNREACHABLE = {-213, -217, -244, -227, -230, -232}
LINK = re.compile(r"https?://\S+")


def is_on() -> bool:
    return bool(settings.ZALO_APP_ID) and ChatAccount.objects.filter(platform=PLATFORM).exists()


def send(notice: Notice) -> Sent:
    """Send one notice to a follower; its link becomes a button. Raises Refused or Unsure."""
    token = access_token()
    content = post_message(notice, token)
    if content["error"] in TOKEN_ERRORS:
        content = post_message(notice, access_token(instead_of=token))
    if content["error"] in TOKEN_ERRORS:
        record_fault(_("The access codes no longer work: enter new ones."))
    if content["error"]:
        raise Refused(
            content["error"], content.get("message", ""), retry=content["error"] in RETRY_ERRORS | TOKEN_ERRORS
        )
    return Sent(provider_id=str((content.get("data") or {}).get("message_id", "")))


def post_message(notice, token):
    """Send it, and return the answer: its status is always 200, the error is in the body."""
    try:
        answer = http_calls.call_url(
            "POST",
            settings.ZALO_URL + SEND_PATH,
            json={"recipient": {"user_id": notice.address}, "message": message_body(notice)},
            headers={"access_token": token},
            purpose="gateways",
            timeout=TIMEOUT_S,
        )
        if answer.status in (429, 503):
            raise Refused(f"HTTP {answer.status}", retry=True)
        content = answer.json()
        return content | {"error": int(content.get("error", 0))}
    except (http_calls.NoAnswer, ValueError, TypeError) as error:
        raise Unsure(error, then=Unsure.PERSON) from error


def message_body(notice):
    text, buttons = notice.text[:MAX_TEXT], []
    if link := LINK.search(text):
        with translation.override(notice.language):
            title = _("See the details")[:MAX_TITLE]
        buttons = [{"title": title, "type": "oa.open.url", "payload": {"url": link[0].rstrip(".,;)")}}]
    for value, title in notice.choices[: MAX_BUTTONS - len(buttons)]:
        buttons.append({"title": title[:MAX_TITLE], "type": "oa.query.hide", "payload": value})
    if not buttons:
        return {"text": text}
    return {
        "text": text,
        "attachment": {"type": "template", "payload": {"template_type": "button", "buttons": buttons}},
    }


def is_reachable(code: str) -> bool:
    return not code.lstrip("-").isdigit() or int(code) not in UNREACHABLE


# ---- tokens ----


def access_token(instead_of=""):
    """Return a valid token: a new one after half its lifetime, or if it was refused.

    Raises Refused; the fault is in the account's row then.
    """
    account = ChatAccount.objects.filter(platform=PLATFORM).first()
    if account is None:
        raise Refused("tokens", _("No access codes have been entered."))
    return current_token(account, instead_of) or run_in_own_transaction(renew_locked, instead_of)


def current_token(account, instead_of):
    """Return the account's token, or "" if it must be renewed. Raises Refused."""
    try:
        token = vault.decrypt(account.access_token)
    except vault.CannotDecrypt:
        raise Refused(
            "tokens", _("The access codes are encrypted with a key that no longer exists: enter new ones.")
        ) from None
    half = account.refreshed_at + (account.expires_at - account.refreshed_at) / 2
    return token if token != instead_of and now() < half else ""


def renew_locked(instead_of):
    """Renew the pair, unless another worker has just done so. Raises Refused."""
    with transaction.atomic():
        account = ChatAccount.objects.select_for_update().get(platform=PLATFORM)
        if token := current_token(account, instead_of):
            return token
        try:
            pair = request_new_pair(vault.decrypt(account.refresh_token))
        except Refused as refused:
            why = refused
        else:
            store_tokens(pair)
            return pair["access_token"]
    record_fault(str(why))
    token = vault.decrypt(account.access_token)
    if token != instead_of and now() < account.expires_at:  # it lives on for a while: the next time is soon
        return token
    raise Refused("tokens", why.detail, retry=why.retry)


def run_in_own_transaction(do, *values):
    """Call `do(*values)` in a thread with its own transaction: new tokens stay stored if ours rolls back."""

    def call_and_close():
        try:
            return do(*values)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(call_and_close).result()


def request_new_pair(refresh_token):
    """Return a new pair for the refresh token, which is used up by this. Raises Refused."""
    fields = {"app_id": settings.ZALO_APP_ID, "grant_type": "refresh_token", "refresh_token": refresh_token}
    try:
        content = http_calls.call_url(
            "POST",
            settings.ZALO_OAUTH_URL + TOKEN_PATH,
            data=fields,
            headers={"secret_key": settings.ZALO_APP_SECRET},
            purpose="gateways",
            timeout=TIMEOUT_S,
        ).json()
        return {
            "access_token": content["access_token"],
            "refresh_token": content["refresh_token"],
            "expires_in": token_lifetime_s(content),
        }
    except http_calls.NoAnswer as error:
        raise Refused("no-answer", error, retry=True) from error
    except KeyError:
        raise Refused(
            content.get("error", "?"), content.get("error_name") or content.get("error_description") or ""
        ) from None


def token_lifetime_s(content):
    """Return the seconds that the access token lives: sent as text; an hour if missing."""
    try:
        return max(60, int(content.get("expires_in", 0)))
    except (TypeError, ValueError):
        return 3600


def store_tokens(pair):
    """Store a pair before it is used."""
    moment = now()
    fields = {
        "access_token": vault.encrypt(pair["access_token"]),
        "refresh_token": vault.encrypt(pair["refresh_token"]),
        "refreshed_at": moment,
        "expires_at": moment + timedelta(seconds=pair["expires_in"]),
        "fault": "",
    }
    ChatAccount.objects.update_or_create(platform=PLATFORM, defaults=fields)


def record_fault(why):
    ChatAccount.objects.filter(platform=PLATFORM).update(fault=why)


def enter_refresh_token(refresh_token: str) -> None:
    """Store the first pair of tokens, from a refresh token of the account's own pages. Raises Refused."""
    store_tokens(request_new_pair(refresh_token))


def renew_tokens() -> None:
    """Renew the pair before it expires: unused for three months it is lost."""
    if is_on():
        access_token()


def account_fault() -> str:
    account = ChatAccount.objects.filter(platform=PLATFORM).first()
    if account and (account.fault or account.refreshed_at < now() - RENEWAL_ALARM):
        return _("The access codes of the Zalo account are no longer renewed: %(why)s") % {"why": account.fault or "?"}
    return ""


TRANSPORT = Transport(
    medium=Medium.ZALO,
    queue=queues.CHAT,
    send=send,
    is_configured=is_on,
    after_worker_death=Unsure.PERSON,  # it neither knows a message again nor tells of it
    find_addresses=partial(chat_addresses, Medium.ZALO),
    is_reachable=is_reachable,
    rings=True,
    is_paid=True,
    text_medium=Medium.SMS,
    keeps_lines=True,
    numbers_choices=True,
    letter="Z",
    renew_access=renew_tokens,
    account_fault=account_fault,
)
