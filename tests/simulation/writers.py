"""People and systems who write to the city by every channel at once, each message until it is acknowledged.

Every channel has its own way to say that it has a message, and its own way to know it when it comes again: the id of a
form, the `Idempotency-Key` of Open311, a system's own number, the id of an event of a chat, of a turn of a call, or a
Message-ID. Each text is said once in the world, so that it can be counted afterwards.
"""

import contextlib
import hashlib
import hmac
import json
import smtplib
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid5

import httpx

from tests.fakes.messenger import Messenger
from tests.fakes.zalo import Zalo

NAMESPACE = UUID("6f0b7b0e-9d2d-4c60-9f2e-2d4b2b1f2b11")
KEY, SOURCE, VOICE_SECRET, MAILBOX = "a key of a system", "night", "voice secret", "city@example.org"
PAUSE_S = 0.4
# What the service must be told so that all channels are open; the limits are asked, and none is reached.
LIMITED = (
    "report:address report:place report:category report:phone hold:address hold:place hold:category hold:phone"
    " open311:address open311:key webhook:address chat:address"
)


class Writers:
    """One writer a channel. `known`: the texts that were acknowledged, by channel."""

    def __init__(self, port: int, lmtp_port: int) -> None:
        self.base, self.lmtp_port, self.over = f"http://127.0.0.1:{port}", lmtp_port, threading.Event()
        self.zalo, self.messenger = Zalo(), Messenger()
        self.zalo.hook, self.messenger.hook = f"{self.base}/hooks/zalo/", f"{self.base}/hooks/messenger/"
        self.known: dict[str, list[str]] = {}
        self.tries, self.longest_s = Counter(), 0.0
        self.began = datetime.now(UTC)
        ways = {
            "web": self.write_form, "open311": self.write_open311, "json": self.write_json, "zalo": self.write_zalo,
            "messenger": self.write_messenger, "webchat": self.write_chat, "email": self.write_mail,
            "voice": self.write_turn,
        }  # fmt: skip
        self.threads = [
            threading.Thread(target=self.write, args=(channel, way), daemon=True) for channel, way in ways.items()
        ]

    @property
    def acknowledged(self) -> int:
        return sum(map(len, self.known.values()))

    def settings(self) -> dict[str, str]:
        """The service's settings for these channels."""
        return {
            "ZALO_APP_ID": self.zalo.app, "ZALO_APP_SECRET": self.zalo.secret, "ZALO_OA_SECRET": self.zalo.oa,
            "ZALO_URL": self.zalo.url, "ZALO_OAUTH_URL": self.zalo.url, "GATEWAYS_PRIVATE": "1",
            "MESSENGER_PAGE_ID": "104000000000001", "MESSENGER_APP_SECRET": self.messenger.secret,
            "MESSENGER_VERIFY_TOKEN": "verify", "MESSENGER_PAGE_TOKEN": self.messenger.token,
            "MESSENGER_URL": f"{self.messenger.url}/v26.0", "MAIL_ADDRESS": MAILBOX,
            "MAIL_LMTP": f"127.0.0.1:{self.lmtp_port}", "VOICE_SOURCES": f"{SOURCE}=own",
            "VOICE_SECRETS": f"{SOURCE}={VOICE_SECRET}", "QUIET_HOURS": "",
            "LIMITS": ",".join(f"{name}=1000/s" for name in LIMITED.split()),
        }  # fmt: skip

    def write(self, channel: str, way: Callable[[int, str], bool]) -> None:
        """Write one message after the other, each again until it is acknowledged."""
        said, number = self.known.setdefault(channel, []), 0
        while not self.over.is_set():
            number += 1
            text, began, acknowledged = f"Hole {channel} {number}", time.monotonic(), False
            while not acknowledged:
                self.tries[channel] += 1
                with contextlib.suppress(httpx.HTTPError, OSError, smtplib.SMTPException, KeyError):
                    acknowledged = way(number, text)
                if not acknowledged:
                    time.sleep(0.3)
            said.append(text)
            self.longest_s = max(self.longest_s, time.monotonic() - began)
            time.sleep(PAUSE_S)

    def place(self, number: int) -> tuple[str, str]:
        """Longitude and latitude: no two messages within ten metres in a while."""
        return f"{10.001 + number % 80 * 0.0001:.4f}", f"{50.001 + number // 80 % 8 * 0.001:.3f}"

    def write_form(self, number: int, text: str) -> bool:
        lon, lat = self.place(number)
        with httpx.Client(base_url=self.base, timeout=15) as browser:
            browser.get("/report/")
            form = {
                "lon": lon, "lat": lat, "category": "ST.1", "join": "new", "text": text,
                "sending": str(uuid5(NAMESPACE, text)), "csrfmiddlewaretoken": browser.cookies["csrftoken"],
            }  # fmt: skip
            return browser.post("/report/", data=form).status_code == 303

    def write_open311(self, number: int, text: str) -> bool:
        lon, lat = self.place(number)
        form = {"api_key": KEY, "service_code": "ST.2", "description": text, "lat": lat, "long": lon}
        answer = httpx.post(
            f"{self.base}/open311/v2/requests.json", data=form, headers={"Idempotency-Key": text}, timeout=15
        )
        return answer.status_code == 200

    def write_json(self, number: int, text: str) -> bool:
        lon, lat = self.place(number)
        report = {"id": text, "category": "WA.1", "place": {"lat": float(lat), "lon": float(lon)}, "text": text}
        answer = httpx.post(
            f"{self.base}/api/reports/", json=report, headers={"Authorization": f"Bearer {KEY}"}, timeout=15
        )
        return answer.status_code in (200, 201)

    def write_zalo(self, number: int, text: str) -> bool:
        """Each text of another follower, so that none waits for the other."""
        event = json.loads(self.zalo.event(f"27{number}", text=text))
        event["message"]["msg_id"] = text.replace(" ", "-")
        return self.zalo.bring(json.dumps(event).encode()) == 200

    def write_messenger(self, number: int, text: str) -> bool:
        event = self.messenger.event(f"90{number}", message={"mid": text.replace(" ", "-"), "text": text})
        return self.messenger.bring(self.messenger.call(event)) == 200

    def write_chat(self, _number: int, text: str) -> bool:
        with httpx.Client(base_url=self.base, timeout=15) as browser:
            browser.get("/chat/")
            form = {
                "text": text, "sending": str(uuid5(NAMESPACE, text)),
                "csrfmiddlewaretoken": browser.cookies["csrftoken"],
            }  # fmt: skip
            return browser.post("/chat/", data=form).status_code == 303

    def write_mail(self, number: int, text: str) -> bool:
        sender = f"writer-{number}@example.org"
        mail = (
            f"From: {sender}\r\nTo: {MAILBOX}\r\nSubject: {text}\r\n"
            f"Message-ID: <{text.replace(' ', '.')}@example.org>\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}, Harbour Road 12, Old Wharf\r\n"
        )
        with smtplib.LMTP("127.0.0.1", self.lmtp_port, timeout=15) as server:
            return server.sendmail(sender, [MAILBOX], mail.encode()) == {}

    def write_turn(self, number: int, text: str) -> bool:
        """A caller who hangs up at once: what was said becomes a task to call back."""
        event = {
            "event_id": text.replace(" ", "-"), "event": "call.started", "call_id": f"call-{number}", "to": "1022",
            "occurred_at": self.began.isoformat(), "direction": "inbound", "from": "+84901234567", "language": "vi-VN",
        }  # fmt: skip
        body, sent_at = json.dumps(event).encode(), str(int(time.time()))
        mac = hmac.new(VOICE_SECRET.encode(), f"{sent_at}.".encode() + body, hashlib.sha256).hexdigest()
        answer = httpx.post(
            f"{self.base}/hooks/voice/{SOURCE}", content=body, timeout=15,
            headers={"Content-Type": "application/json", "X-Timestamp": sent_at, "X-Signature": f"v1={mac}"},
        )  # fmt: skip
        return answer.status_code == 202


def open_channels() -> None:
    """The rows that the channels need: a key of a system, and the chat account's tokens."""
    from incidents.models import ApiKey  # noqa: PLC0415 - only now Django knows its database
    from incidents.notify import zalo  # noqa: PLC0415

    ApiKey.objects.create(name="A system", sha256=hashlib.sha256(KEY.encode()).hexdigest())
    zalo.store_tokens({"access_token": "access-0", "refresh_token": "refresh-0", "expires_in": 90_000})


def count_messages(known: dict[str, list[str]]) -> list[tuple[str, int, int | str]]:
    """(what, found, may be) of the messages that were acknowledged: how many are not there, or there twice."""
    from incidents.models import ChatEvent, HeldReport, Report, StoredMail, VoiceTurn  # noqa: PLC0415

    reports = Counter(
        [*Report.objects.values_list("text", flat=True), *HeldReport.objects.values_list("text", flat=True)]
    )
    chats = Counter(event.words for event in ChatEvent.objects.exclude(taken_at=None))
    mails = Counter(mail.subject for mail in StoredMail.objects.exclude(taken_at=None))
    turns = Counter(turn.event_id.replace("-", " ") for turn in VoiceTurn.objects.exclude(answered_at=None))
    found = {"web": reports, "open311": reports, "json": reports, "email": mails, "voice": turns} | dict.fromkeys(
        ("zalo", "messenger", "webchat"), chats
    )
    rows: list[tuple[str, int, int | str]] = []
    for channel, texts in known.items():
        counts = [found[channel][text] for text in texts]
        rows += [
            (f"messages by {channel} that were acknowledged", len(texts), ""),
            ("… not there", counts.count(0), 0),
            ("… there twice", sum(count > 1 for count in counts), 0),
        ]
    return rows
