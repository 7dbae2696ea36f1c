"""What a channel knows of a report's sender, and the limits that apply."""

import math
from dataclasses import dataclass

from django.contrib.gis.geos import Point

from geoapp.http import rate_limits
from geoapp.http.rate_limits import Ask
from geoapp.mailbox import fold_mailbox
from incidents.models import ApiKey, Category

WITHHELD = "urgent"
CELL_M = 100  # the side of the squares of the city in which reports are counted
DEGREE_M = 111_320


@dataclass(frozen=True)
class Sender:
    """The sender of a report who is a stranger.

    `network`: as `rate_limits.network_of` returns it; "" for reports from another system's server. `key`: that
    system's. `puzzle`: whether a puzzle can be asked for; `puzzle_solved`: whether it was solved. `confirmed`: phones
    and e-mail addresses that this browser has confirmed. `busy`: it sends more than is processed at once.
    """

    network: str = ""
    key: ApiKey | None = None
    puzzle: bool = False
    puzzle_solved: bool = False
    confirmed: frozenset[str] = frozenset()
    busy: bool = False

    def addresses(self, *, phone: str, email: str, chat: str) -> list[tuple[str, str]]:
        """(Block.Kind, value) by which a block may match."""
        key = self.key.name if self.key else ""
        named = [("address", self.network), ("phone", phone), ("email", email.lower()), ("zalo", chat), ("key", key)]
        return [(kind, value) for kind, value in named if value]


def place_cell(place: Point) -> str:
    """Id of the grid square of about 100 m in which a place (EPSG:4326) lies."""
    row = math.floor(place.y * DEGREE_M / CELL_M)
    metres = DEGREE_M * math.cos(math.radians(row * CELL_M / DEGREE_M))
    return f"{math.floor(place.x * metres / CELL_M)}:{row}"


def tokens_of_report(sender: Sender, category: Category, place: Point, contact: str, pictures: int) -> list[Ask]:
    """Tokens that a report takes, of the limits for a puzzle and for moderation.

    Urgent reports are never held and need no puzzle: see `tokens_of_emergency`.
    """
    if category.emergency:
        return tokens_of_emergency(sender, contact)
    whom = {
        "address": sender.network, "phone": fold_mailbox(contact), "place": place_cell(place),
        "category": category.code,
    }  # fmt: skip
    asks = [Ask(f"hold:{by}", value) for by, value in whom.items() if value]
    if pictures and sender.network:
        asks.append(Ask("upload:address", sender.network, pictures))
    if sender.puzzle:
        asks += [Ask(f"report:{by}", value) for by, value in whom.items() if value]
    return asks


def tokens_of_emergency(sender: Sender, contact: str) -> list[Ask]:
    """Tokens that an urgent report takes, of limits above which a person looks before it is public.

    Unconfirmed e-mail addresses share one limit, since they can be forged.
    """
    asks = [Ask("urgent:address", sender.network), Ask("urgent:phone", fold_mailbox(contact))]
    if "@" in contact and contact not in sender.confirmed and not (sender.network or sender.key):
        asks.append(Ask("urgent:unconfirmed", "mail"))
    return [ask for ask in asks if ask.whom]


def tokens_of_enquiry(sender: Sender, kind: str, contact: str) -> list[Ask]:
    whom = {"address": sender.network, "phone": fold_mailbox(contact), "category": f"enquiry:{kind}"}
    limited = ["hold", "report"] if sender.puzzle else ["hold"]
    return [Ask(f"{limit}:{by}", value) for limit in limited for by, value in whom.items() if value]


def is_only_received(sender: Sender, category: Category) -> bool:
    """Whether a report is only received for now because too many come at once; never an urgent one.

    Takes a token of this process.
    """
    if category.emergency:
        return False
    return sender.busy or bool(rate_limits.take(Ask("surge:reports", "all")))


def reasons_to_hold(waits: dict[str, float], *, puzzle_solved: bool) -> list[str]:
    """HeldReport.Reason values by exceeded limits; empty where the report is received.

    WITHHELD alone: received, but not public before a person has looked.
    """
    reached = [name.partition(":") for name in waits]
    if any(kind == "urgent" for kind, _colon, _by in reached):
        return [WITHHELD]
    hold = ["upload" if kind == "upload" else by for kind, _colon, by in reached if kind in ("hold", "upload")]
    if not hold and not puzzle_solved and any(kind == "report" for kind, _colon, _by in reached):
        return ["puzzle"]
    return hold
