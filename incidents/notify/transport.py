"""What a transport answers, whichever it is: it sent, it was refused, or nobody knows.

A transport is a function `send(notice) -> Sent`. It touches the world and nothing else; what follows for the notice
(its state, another try, back-off) is decided by who called it.

Who calls it marks the notice UNSURE, and commits that, before it hands the message over: a worker that dies in the
middle then leaves what is the truth, "handed over, without an answer", and nobody hears a thing twice for it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sent:
    """The gateway has taken the message over; that it arrived is told by a receipt, if ever."""

    provider_id: str = ""  # what its receipts name
    segments: int = 0  # parts of an SMS
    cost: int = 0  # in the currency's smallest unit


class Refused(Exception):
    """The gateway did not take the message. `retry`: it may take it later (it is down, or asked us to wait)."""

    def __init__(self, code: object, detail: object = "", *, retry: bool = False) -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code, self.detail, self.retry = str(code), str(detail), retry


class Unsure(Exception):
    """It was handed over and no answer came: it may have been sent. `then` says what may be done about it.

    AGAIN: send the same again, as after any passing fault; a second one is recognised, there or at the receiver.
    RECEIPT: a receipt will tell. If none has come after SMS_UNSURE_MINUTES it was not taken: then send it again.
    PERSON: nobody will tell. It stays unsure until a person sends it again or leaves it.
    """

    AGAIN, RECEIPT, PERSON = "again", "receipt", "person"

    def __init__(self, detail: object = "", *, then: str = PERSON, segments: int = 0, cost: int = 0) -> None:
        super().__init__(detail)
        self.detail, self.then = str(detail), then
        self.segments, self.cost = segments, cost  # as if it had been sent: it may have to be paid
