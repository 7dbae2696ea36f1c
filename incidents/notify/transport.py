"""Define the transport of a medium: how messages are handed over, possible answers, and limits.

`send` only performs the call; the caller decides what follows (state, retry, back-off). The caller marks the notice
UNSURE, and commits, before it calls: a worker that dies in between leaves the truth, "handed over, without an answer",
and nobody is notified twice.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from incidents.models import Medium, Notice
from incidents.models.notices import CHAT_MEDIA, CONTACT_FIELDS, medium_of_chat
from incidents.notify.segments import Parts


@dataclass(frozen=True)
class Sent:
    """The gateway accepted the message; a receipt may tell that it arrived."""

    provider_id: str = ""  # what its receipts name
    segments: int = 0  # parts of an SMS
    cost: int = 0  # in the currency's smallest unit


class Refused(Exception):
    """The gateway did not accept the message. `retry`: it may later (it is down, or asked us to wait)."""

    def __init__(self, code: object, detail: object = "", *, retry: bool = False) -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code, self.detail, self.retry = str(code), str(detail), retry


class Unsure(Exception):
    """It was handed over without an answer: it may have been sent. `then` says what may be done.

    AGAIN: send the same again, as after any passing fault; the gateway or the receiver recognises duplicates. RECEIPT:
    a receipt will tell; without one after SMS_UNSURE_MINUTES it is sent again. PERSON: it stays unsure until a person
    sends it again or leaves it.
    """

    AGAIN, RECEIPT, PERSON = "again", "receipt", "person"

    def __init__(self, detail: object = "", *, then: str = PERSON, segments: int = 0, cost: int = 0) -> None:
        super().__init__(detail)
        self.detail, self.then = str(detail), then
        self.segments, self.cost = segments, cost  # as if it had been sent: it may have to be paid


@dataclass(frozen=True, kw_only=True)
class Transport:
    """A medium, by which messages reach people."""

    medium: Medium
    queue: str  # of the jobs that deliver
    send: Callable[[Notice], Sent]  # raises Refused or Unsure
    keep_connection: Callable[[], AbstractContextManager[None]] = nullcontext  # inside, `send` uses one for all
    is_configured: Callable[[], bool] = lambda: True
    after_worker_death: str  # `then` of Unsure, where a worker died while it sent

    # To whom. `find_addresses`: (owner, address) of the reports, persons or contacts that have one.
    find_addresses: Callable[[Sequence[Any]], list[tuple[Any, str]]]
    accepts: Callable[[str], bool] = lambda _address: True  # an address that a stranger may have named
    mask: Callable[[str], str] = lambda address: f"{address[:3]}•••{address[-3:]}"  # tells it from others
    hint: Callable[[str], str] = lambda address: f"•••{address[-3:]}"  # its owner knows it again
    only_important: bool = False  # reporters hear of few events by it, and of none where a chat rings
    bounces: bool = False  # it comes back when nothing arrives at an address
    is_reachable: Callable[[str], bool] = lambda _code: True  # after a refusal with this code, by another message

    # When, and at what cost.
    rings: bool = False  # not at night
    is_batched: bool = False  # some minutes lie between two messages to the same person
    is_merged: bool = False  # what waits for the same person becomes one message
    is_paid: bool = False
    expected_cost: Callable[[Notice], tuple[int, int]] = lambda _notice: (1, 0)  # parts, and the cost of all
    per_incident: int = 0  # messages to one reporter about one incident in a day; 0: any number

    # What.
    text_medium: Medium | None = None  # the one whose texts it says where it has none of its own
    has_subject: bool = False
    keeps_lines: bool = False
    split: Callable[[str], Parts] | None = None  # the parts in which a text goes out
    max_parts: int = 1
    numbers_choices: bool = False  # choices stand in the text, too, since not all may become buttons
    letter: str = ""  # stands for a chat where there is little room

    # What it tells us later.
    collect_receipts: Callable[[], int] = lambda: 0  # how many came in
    renew_access: Callable[[], None] = lambda: None  # in good time, also where nothing is sent
    account_fault: Callable[[], str] = lambda: ""  # a sentence on what a person has to mend

    @property
    def is_chat(self) -> bool:
        return self.medium in CHAT_MEDIA

    @property
    def is_ringing_chat(self) -> bool:
        return self.is_chat and self.rings

    @property
    def contact_field(self) -> str:
        """The field of an address that its owner confirms by a code; "" for none."""
        return CONTACT_FIELDS.get(self.medium, "")

    def can_send_to(self, address: str) -> bool:
        return self.is_configured() and self.accepts(address)

    def usable_addresses(self, owners: Sequence[Any]) -> list[tuple[Any, str]]:
        addresses = self.find_addresses(owners)
        return addresses if addresses and self.is_configured() else []


def chat_addresses(medium: Medium, owners: Sequence[Any]) -> list[tuple[Any, str]]:
    return [(owner, chat) for owner, chat in addresses_in("chat", owners) if medium_of_chat(chat) == medium]


def addresses_in(field: str, owners: Sequence[Any]) -> list[tuple[Any, str]]:
    return [(owner, address) for owner in owners if (address := getattr(owner, field, ""))]
