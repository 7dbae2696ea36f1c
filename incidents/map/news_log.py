"""Hold the newest public news of a process, each item encoded once for all streams."""

from bisect import bisect_right
from typing import Any

from incidents.map.live import event_line, is_public_news, signal_line

LINES_KEPT = 2000  # ten seconds of a storm, and a megabyte


class NewsLog:
    """The lines of the newest items by number. A stream is a position in it, and holds no items.

    At least LINES_KEPT lines are held: a stream further behind is told to reload.
    """

    def __init__(self) -> None:
        self.newest = 0  # the number of the last event, whether or not everybody hears of it
        self.floor = 0  # what happened up to this one is not known here
        self.numbers: list[int] = []
        self.lines: list[bytes] = []
        self.joined = (0, 0, b"")  # the last answer: from where, up to where, the lines

    def add(self, item: dict[str, Any]) -> bool:
        if item["id"] <= self.newest:
            return False
        self.newest = item["id"]
        if item.get("reload"):  # more happened at once than is told one by one
            self.forget(len(self.lines), up_to=self.newest)
            return True
        if not is_public_news(item):
            return False
        self.numbers.append(item["id"])
        self.lines.append(event_line(item).encode())
        if len(self.lines) >= 2 * LINES_KEPT:
            self.forget(LINES_KEPT, up_to=self.numbers[LINES_KEPT - 1])
        return True

    def begin_after(self, number: int) -> None:
        """Store that events up to this one are unknown here: they were committed before listening began."""
        self.newest = max(self.newest, number)
        self.forget(bisect_right(self.numbers, number), up_to=number)

    def forget(self, count: int, *, up_to: int) -> None:
        del self.numbers[:count], self.lines[:count]
        self.floor = max(self.floor, up_to)

    def lines_after(self, position: int) -> bytes:
        """Return the public lines after this event; b"" for none."""
        if position >= self.newest:
            return b""
        if position < self.floor:
            return signal_line("reload", self.newest).encode()
        if self.joined[:2] != (position, self.newest):
            lines = self.lines[bisect_right(self.numbers, position) :]
            self.joined = (position, self.newest, b"".join(lines))
        return self.joined[2]
