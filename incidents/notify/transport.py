"""What a transport answers, whichever it is: it sent, it was refused, or nobody knows.

A transport is a function `send(notice) -> Sent`. It touches the world and nothing else; what follows for the notice
(its state, another try, back-off) is decided by who called it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sent:
    """The gateway has taken the message over; that it arrived is told by a receipt, if ever."""

    provider_id: str = ""  # what its receipts name
    segments: int = 0  # parts of an SMS
    cost: int = 0  # in the currency's smallest unit
    delivered: bool = False  # the gateway says that it has even arrived


class Refused(Exception):
    """The gateway did not take it. `again`: it may if it is asked later (it is down, or told to wait)."""

    def __init__(self, code, said="", *, again=False):
        super().__init__(f"{code} {said}".strip())
        self.code, self.said, self.again = str(code), said, again


class Unsure(Exception):
    """It was handed over and no answer came: it may have been sent. `segments` and `cost` as if it had been.

    `same_again`: the gateway knows the message by its id and tells the second time apart, so it may be tried again.
    """

    def __init__(self, said="", *, same_again=False, provider_id="", segments=0, cost=0):
        super().__init__(said)
        self.said, self.same_again = said, same_again
        self.provider_id, self.segments, self.cost = provider_id, segments, cost
