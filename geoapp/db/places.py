"""Count a web process's concurrent places for anonymous requests by purpose and network.

A request takes one place of each of several kinds, its network's first, so that one waiting for that holds no other.
"""

import threading
import time
from dataclasses import dataclass
from enum import Enum

KEPT_FOR_REPORTS = 2  # of all places of strangers, but no more than half of them


class Purpose(Enum):
    REPORT = "report"
    READ = "read"
    READ_MUCH = "read much"  # something that is dear


@dataclass(frozen=True)
class Visitor:
    """An anonymous client: network (`rate_limits.network_of`) and purpose."""

    network: str = ""
    purpose: Purpose = Purpose.READ


Kind = tuple[str, str]  # a name, and the network whose own it is, or ""


class Places:
    def __init__(self, count: int) -> None:
        for_reports = min(KEPT_FOR_REPORTS, count // 2)
        readers = count - for_reports
        self.most = {
            "all": count,
            "readers": readers,
            "dear": max(1, readers - 1),
            "of a reporter": count - for_reports,
            "of a reader": max(1, (readers + 1) // 2),
            "dear of a reader": 1,
        }
        self.in_use = 0  # by all visitors
        self.lock = threading.Lock()
        # Of each kind that somebody has or waits for: its places, and how many these are.
        self.kinds: dict[Kind, tuple[threading.Semaphore, int]] = {}

    def kinds_for(self, visitor: Visitor) -> list[Kind]:
        if visitor.purpose is Purpose.REPORT:
            return [("of a reporter", visitor.network), ("all", "")]
        reads = [("of a reader", visitor.network), ("readers", ""), ("all", "")]
        dear = [("dear of a reader", visitor.network), ("dear", "")]
        return dear + reads if visitor.purpose is Purpose.READ_MUCH else reads

    def take(self, visitor: Visitor, seconds: float) -> bool:
        """Wait up to `seconds` for a place. Returns whether one was free."""
        until, entered = time.monotonic() + seconds, []
        for kind in self.kinds_for(visitor):
            if not self.enter(kind).acquire(timeout=max(0.0, until - time.monotonic())):
                self.forget(kind)
                for other in reversed(entered):
                    self.leave_kind(other)
                return False
            entered.append(kind)
        with self.lock:
            self.in_use += 1
        return True

    def leave(self, visitor: Visitor) -> None:
        with self.lock:
            self.in_use -= 1
        for kind in reversed(self.kinds_for(visitor)):
            self.leave_kind(kind)

    def leave_kind(self, kind: Kind) -> None:
        self.kinds[kind][0].release()
        self.forget(kind)

    def enter(self, kind: Kind) -> threading.Semaphore:
        with self.lock:
            places, count = self.kinds.get(kind) or (threading.Semaphore(self.most[kind[0]]), 0)
            self.kinds[kind] = places, count + 1
            return places

    def forget(self, kind: Kind) -> None:
        with self.lock:
            places, count = self.kinds[kind]
            if count == 1:
                del self.kinds[kind]
            else:
                self.kinds[kind] = places, count - 1
