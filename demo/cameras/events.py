"""Choose the demo cameras before which a jam or a crowd happens.

Nothing happens before the server has started, so what is usual is what it draws of the days before.
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
    """Return {code: event} for some of these cameras, always the same ones, none of which misbehaves."""
    fit = (code for code in codes if behaviour_of(code) == "well" and not is_streaming(code) and is_overlooked(code))
    chosen = sorted(fit, key=lambda code: (seed_of(code), code))[: EACH * len(EVENTS)]
    return {code: EVENTS[place % len(EVENTS)] for place, code in enumerate(chosen)}


def is_overlooked(code: str) -> bool:
    street = Street(seed_of(code))
    return street.lanes == LANES and bool(abs(street.shift) <= ASIDE_M)
