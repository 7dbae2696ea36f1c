"""Write to the city by every channel at once, each message until it is acknowledged.

Every channel acknowledges in its own way and recognises repeats by its own id: that of a form, the `Idempotency-Key` of
Open311, a system's own number, the id of a chat event or of a turn of a call, or a Message-ID. Each text is unique, so
that messages and answers can be counted afterwards.
"""

import contextlib
import email
import hashlib
import hmac
import json
import smtplib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid5

import httpx

from tests.fakes.messenger import Messenger
from tests.fakes.zalo import Zalo

NAMESPACE = UUID("6f0b7b0e-9d2d-4c60-9f2e-2d4b2b1f2b11")
CALL_BACK = "somebody calls back"
KEY, SOURCE, VOICE_SECRET, MAILBOX = "a key of a system", "night", "voice secret", "city@example.org"
PAUSE_S, WRITERS = 0.2, 2  # writers a channel, and how long each rests
# What the service must be told so that all channels are open; the limits are asked, and none is reached.
LIMITED = (
    "report:address report:place report:category report:phone hold:address hold:place hold:category hold:phone"
    " open311:address open311:key webhook:address chat:address surge:reports"
)
READ = "cost:address cost:all report-cost:address"  # in milliseconds of processor


class Writers:
    """Writers per channel who share `messages`; each message is sent until it is acknowledged.

    They pause while `allowed` are acknowledged, so that messages keep coming for as long as processes are killed.
    `known`: {channel: {text: acknowledgement}}.
    """

    def __init__(self, port: int, lmtp_port: int, messages: int) -> None:
        self.base, self.lmtp_port = f"http://127.0.0.1:{port}", lmtp_port
        self.zalo, self.messenger = Zalo(), Messenger()
        self.zalo.hook, self.messenger.hook = f"{self.base}/hooks/zalo/", f"{self.base}/hooks/messenger/"
        self.known: dict[str, dict[str, str]] = {}
        self.tries, self.longest_s = Counter(), 0.0
        self.began = datetime.now(UTC)
        ways = {
            "web": self.write_form, "open311": self.write_open311, "json": self.write_json, "zalo": self.write_zalo,
            "messenger": self.write_messenger, "webchat": self.write_chat, "email": self.write_mail,
            "voice": self.write_turn,
        }  # fmt: skip
        self.messages, self.allowed = messages, 0
        self.threads = [
            threading.Thread(target=self.write, args=(channel, way, numbers), daemon=True)
            for n, (channel, way) in enumerate(ways.items())
            for numbers in [iter(range(1, share(messages, n, len(ways)) + 1))]
            for _writer in range(WRITERS)
        ]

    @property
    def acknowledged(self) -> int:
        return sum(map(len, self.known.values()))

    def settings(self) -> dict[str, str]:
        return {
            "ZALO_APP_ID": self.zalo.app, "ZALO_APP_SECRET": self.zalo.secret, "ZALO_OA_SECRET": self.zalo.oa,
            "ZALO_URL": self.zalo.url, "ZALO_OAUTH_URL": self.zalo.url,
            "MESSENGER_PAGE_ID": "104000000000001", "MESSENGER_APP_SECRET": self.messenger.secret,
            "MESSENGER_VERIFY_TOKEN": "verify", "MESSENGER_PAGE_TOKEN": self.messenger.token,
            "MESSENGER_URL": f"{self.messenger.url}/v26.0", "MAIL_ADDRESS": MAILBOX,
            "MAIL_LMTP": f"127.0.0.1:{self.lmtp_port}", "VOICE_SOURCES": f"{SOURCE}=own",
            "VOICE_SECRETS": f"{SOURCE}={VOICE_SECRET}",
            "LIMITS": ",".join(
                [*(f"{name}=1000/s" for name in LIMITED.split()), *(f"{name}=1000000/s" for name in READ.split())]
            ),
        }  # fmt: skip

    def write(self, channel: str, way: Callable[[int, str], str], numbers: Iterator[int]) -> None:
        receipts = self.known.setdefault(channel, {})
        for number in numbers:
            while self.acknowledged >= self.allowed:
                time.sleep(0.1)
            text, began, receipt = f"Hole {channel} {number}", time.monotonic(), ""
            while not receipt:
                self.tries[channel] += 1
                with contextlib.suppress(httpx.HTTPError, OSError, smtplib.SMTPException, KeyError):
                    receipt = way(number, text)
                if not receipt:
                    time.sleep(0.3)
            receipts[text] = receipt
            self.longest_s = max(self.longest_s, time.monotonic() - began)
            time.sleep(PAUSE_S)

    def place(self, number: int) -> tuple[str, str]:
        """Returns longitude and latitude; no two within ten metres in a while."""
        return f"{10.001 + number % 80 * 0.0001:.4f}", f"{50.001 + number // 80 % 8 * 0.001:.3f}"

    def write_form(self, number: int, text: str) -> str:
        lon, lat = self.place(number)
        with httpx.Client(base_url=self.base, timeout=15) as browser:
            browser.get("/report/")
            form = {
                "lon": lon, "lat": lat, "category": "ST.1", "join": "new", "text": text,
                "sending": str(uuid5(NAMESPACE, text)), "csrfmiddlewaretoken": browser.cookies["csrftoken"],
            }  # fmt: skip
            answer = browser.post("/report/", data=form)
            return answer.headers["Location"].partition("?")[0].split("/")[2] if answer.status_code == 303 else ""

    def write_open311(self, number: int, text: str) -> str:
        lon, lat = self.place(number)
        form = {"api_key": KEY, "service_code": "ST.2", "description": text, "lat": lat, "long": lon}
        answer = httpx.post(
            f"{self.base}/open311/v2/requests.json", data=form, headers={"Idempotency-Key": text}, timeout=15
        )
        return answer.json()[0]["service_request_id"] if answer.status_code == 200 else ""

    def write_json(self, number: int, text: str) -> str:
        lon, lat = self.place(number)
        report = {"id": text, "category": "WA.1", "place": {"lat": float(lat), "lon": float(lon)}, "text": text}
        answer = httpx.post(
            f"{self.base}/api/reports/", json=report, headers={"Authorization": f"Bearer {KEY}"}, timeout=15
        )
        return answer.json()["reference"] if answer.status_code in (200, 201) else ""

    def write_zalo(self, number: int, text: str) -> str:
        """Sends each text as another follower, so that none waits for the other."""
        user = f"27{number}"
        self.zalo.followers.add(user)
        event = json.loads(self.zalo.event(user, text=text))
        event["message"]["msg_id"] = text.replace(" ", "-")
        return user if self.zalo.bring(json.dumps(event).encode()) == 200 else ""

    def write_messenger(self, number: int, text: str) -> str:
        user = f"90{number}"
        event = self.messenger.event(user, message={"mid": text.replace(" ", "-"), "text": text})
        return user if self.messenger.bring(self.messenger.call(event)) == 200 else ""

    def write_chat(self, _number: int, text: str) -> str:
        with httpx.Client(base_url=self.base, timeout=15) as browser:
            browser.get("/chat/")
            form = {
                "text": text, "sending": str(uuid5(NAMESPACE, text)),
                "csrfmiddlewaretoken": browser.cookies["csrftoken"],
            }  # fmt: skip
            return "taken" if browser.post("/chat/", data=form).status_code == 303 else ""

    def write_mail(self, number: int, text: str) -> str:
        sender = f"writer-{number}@example.org"
        mail = (
            f"From: {sender}\r\nTo: {MAILBOX}\r\nSubject: {text}\r\n"
            f"Message-ID: <{text.replace(' ', '.')}@example.org>\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}, Harbour Road 12, Old Wharf\r\n"
        )
        with smtplib.LMTP("127.0.0.1", self.lmtp_port, timeout=15) as server:
            return sender if server.sendmail(sender, [MAILBOX], mail.encode()) == {} else ""

    def write_turn(self, number: int, text: str) -> str:
        """Plays a call that the machine handles alone: all that was said comes with its end."""
        event = {
            "event_id": text.replace(" ", "-"), "event": "call.ended", "call_id": text.replace(" ", "-"), "to": "1022",
            "occurred_at": self.began.isoformat(), "direction": "inbound", "from": f"+8490{number:07}",
            "language": "vi-VN", "end_reason": "completed",
            "slots": {"description": text, "ward_text": "Phường Old Wharf", "category_hint": "ST.1"},
        }  # fmt: skip
        body, sent_at = json.dumps(event).encode(), str(int(time.time()))
        mac = hmac.new(VOICE_SECRET.encode(), f"{sent_at}.".encode() + body, hashlib.sha256).hexdigest()
        answer = httpx.post(
            f"{self.base}/hooks/voice/{SOURCE}", content=body, timeout=15,
            headers={"Content-Type": "application/json", "X-Timestamp": sent_at, "X-Signature": f"v1={mac}"},
        )  # fmt: skip
        return (answer.json()["case_code"] or CALL_BACK) if answer.status_code == 202 else ""


def share(messages: int, which: int, of: int) -> int:
    """Returns how many of the messages one writer gets: equal parts, the first ones one more of the remainder."""
    return messages // of + (which < messages % of)


def open_channels() -> None:
    from gis_data.models import City  # noqa: PLC0415 - only now Django knows its database
    from incidents.models import ApiKey  # noqa: PLC0415
    from incidents.notify import zalo  # noqa: PLC0415

    City.objects.update(policies={"quiet_hours": ""})
    ApiKey.objects.create(name="A system", sha256=hashlib.sha256(KEY.encode()).hexdigest())
    zalo.store_tokens({"access_token": "access-0", "refresh_token": "refresh-0", "expires_in": 90_000})


@dataclass
class Tally:
    """The fate of a channel's messages after acknowledgement."""

    sent: int = 0
    stored: int = 0
    twice: int = 0
    lost: int = 0
    answered: int = 0
    answered_twice: int = 0
    unanswered: int = 0
    for_a_person: int = 0  # whether the answer arrived nobody can say: a person decides, and it is not sent again

    def count(self, stored: int, answers: int, unsure: bool = False) -> None:
        """Counts a message stored and answered so many times; `unsure` where that cannot be known."""
        self.sent += 1
        self.stored += stored == 1
        self.twice += stored > 1
        self.lost += stored == 0
        self.answered += answers == 1
        self.answered_twice += answers > 1
        self.for_a_person += answers == 0 and unsure
        self.unanswered += answers == 0 and not unsure

    @property
    def is_whole(self) -> bool:
        return not (self.twice or self.lost or self.answered_twice or self.unanswered)


def count_messages(writers: Writers, mails: Path) -> dict[str, Tally]:
    """Returns {channel: fate of its messages}. `mails`: the folder of sent letters."""
    stored, answered = count_stored(), count_answers(writers, mails)
    tallies = {}
    for channel, texts in writers.known.items():
        tallies[channel] = tally = Tally()
        for text, receipt in texts.items():
            tally.count(stored[channel][text], *answered[channel](text, receipt))
    return tallies


def count_stored():
    """Returns {channel: {text: number of its rows}}, whatever kind of row it became."""
    from incidents.models import CallBack, ChatEvent, HeldReport, Report, StoredMail, VoiceTurn  # noqa: PLC0415

    reports = Counter(
        [*Report.objects.values_list("text", flat=True), *HeldReport.objects.values_list("text", flat=True)]
    )
    chats = Counter(event.words for event in ChatEvent.objects.exclude(taken_at=None))
    mails = Counter(mail.subject for mail in StoredMail.objects.exclude(taken_at=None))
    turns = Counter(turn.event_id.replace("-", " ") for turn in VoiceTurn.objects.exclude(answered_at=None))
    called_back = Counter(key.replace("-", " ") for key in CallBack.objects.values_list("call_id", flat=True))
    # A call is there when its event is, and as often as it has become a report or a call-back.
    voice = Counter({text: max(number, reports[text] + called_back[text]) for text, number in turns.items()})
    return {"web": reports, "open311": reports, "json": reports, "email": mails, "voice": voice} | dict.fromkeys(
        ("zalo", "messenger", "webchat"), chats
    )


def count_answers(writers, mails):
    """Returns {channel: function of a text and its acknowledgement: number of answers, and whether that cannot be
    known}.

    Channels that answer at once must name the stored report; a chat and a mail get one message each.
    """
    from incidents.models import ChatEvent, Incident, Notice, Report  # noqa: PLC0415

    links = dict(Report.objects.values_list("text", "token"))
    numbers = set(Incident.objects.values_list("reference", flat=True))
    unsure = set(Notice.objects.filter(state=Notice.State.UNSURE).values_list("address", flat=True))
    chats = {event.words: event.user for event in ChatEvent.objects.all()}
    shown = Counter(Notice.objects.filter(medium="webchat").exclude(sent_at=None).values_list("address", flat=True))
    zalo, messenger = (Counter(user for user, _said in fake.inbox) for fake in (writers.zalo, writers.messenger))
    letters = count_letters(mails)
    return {
        "web": lambda text, receipt: (int(links.get(text) == receipt),),
        **dict.fromkeys(("open311", "json"), lambda _text, receipt: (int(receipt in numbers),)),
        "voice": lambda _text, receipt: (int(receipt == CALL_BACK or receipt in numbers),),
        "zalo": lambda _text, receipt: (zalo[receipt], receipt in unsure),
        "messenger": lambda _text, receipt: (messenger[receipt], f"messenger:{receipt}" in unsure),
        "webchat": lambda text, _told: (shown[chats.get(text, "")],),
        "email": lambda _text, receipt: (letters[receipt],),
    }


def count_letters(mails):
    """Returns {address: number of letters}; a repeated Message-ID is the same letter, as in mail programs."""
    seen = set()
    for path in mails.iterdir():
        for part in path.read_bytes().split(b"-" * 79 + b"\n"):
            letter = email.message_from_bytes(part)
            if letter["Message-ID"]:
                seen.add((letter["To"], letter["Message-ID"]))
    return Counter(address for address, _number in seen)
