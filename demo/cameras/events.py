"""Which cameras of the demo show that something happens in their street, and when.

Nothing happens before the server has begun, so what is usual there is what it draws of the days before.
"""

from collections.abc import Iterable

from demo.cameras.pictures import seed_of
from demo.cameras.server import behaviour_of, is_streaming
from demo.cameras.street import Street

# The kind that a camera is while it happens (`kinds.KINDS`), and how many cameras show it.
EVENTS, EACH = ("jam", "crowd"), 3
# Streets with four lanes, seen from about their middle, are those in which most of what is there can be told apart.
LANES, ASIDE_M = 4, 4.2


def choose_cameras(codes: Iterable[str]) -> dict[str, str]:
    """{code: what happens there} of these cameras: always the same ones, and only such as are well."""
    fit = (code for code in codes if behaviour_of(code) == "well" and not is_streaming(code) and is_overlooked(code))
    chosen = sorted(fit, key=lambda code: (seed_of(code), code))[: EACH * len(EVENTS)]
    return {code: EVENTS[place % len(EVENTS)] for place, code in enumerate(chosen)}


def is_overlooked(code: str) -> bool:
    street = Street(seed_of(code))
    return street.lanes == LANES and bool(abs(street.shift) <= ASIDE_M)
