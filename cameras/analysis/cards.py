"""Learn placeholder cards that a source sends instead of a picture.

The same picture from several cameras is no view of any of them.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

CAMERAS, WITHIN = 3, timedelta(hours=1)
MOST = 200_000  # pictures remembered in half an hour: 1,000 cameras at 10 s


class Cards:
    """The known placeholder cards.

    `known`: the SHA-256 of the cards learnt so far, in hex; newly learnt ones are added there and to `fresh`.
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        self.known, self.fresh = set(known), {}
        # Which camera sent a picture: the last half hour and the one before. Nearly every picture is sent by one only.
        self.young, self.old = {}, {}
        self.turned_at = datetime.min

    def is_card(self, sha256: str, camera: str, at: datetime) -> bool:
        """Return whether this picture is a card. `camera` is the address it was fetched from, so that a camera
        registered three times counts once.
        """
        if sha256 in self.known:
            return True
        at = at.replace(tzinfo=None)
        if not timedelta(0) <= at - self.turned_at < WITHIN / 2 or len(self.young) >= MOST:
            self.old, self.young = (self.young if at - self.turned_at < WITHIN else {}), {}
            self.turned_at = at
        key, who = int(sha256[:15], 16), hash(camera)
        senders = self.young.get(key, self.old.get(key, ()))
        if senders == who:
            self.young[key] = who
            return False
        senders = {who, *((senders,) if isinstance(senders, int) else senders)}
        self.young[key] = who if len(senders) == 1 else senders
        if len(senders) < CAMERAS:
            return False
        self.known.add(sha256)
        self.fresh[sha256] = len(senders)
        return True
