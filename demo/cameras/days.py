"""Count in drawn pictures of three days what is usual before a demo camera in an hour of the day.

No database.
"""

from datetime import datetime, timedelta
from typing import Any

from cameras.analysis import counting
from demo.cameras import kinds
from demo.cameras.pictures import Pictures

DAYS, LOOKS, APART = counting.KNOWN_DAYS, counting.KNOWN_LOOKS // counting.KNOWN_DAYS + 1, timedelta(minutes=2.5)


def count_days(
    counter: Any, pictures: Pictures, code: str, what: str, hour: int, today: datetime
) -> dict[str, counting.HourCount]:
    """Return {kind: what is usual in that hour} from pictures of the three days before today.

    `counter` finds people and vehicles in a picture.
    """
    learnt = counting.hours_from_json({})
    for day in range(DAYS, 0, -1):
        at, before = today.replace(hour=hour, minute=5, second=0, microsecond=0) - timedelta(days=day), None
        for look in range(LOOKS):
            things = counter.find_things(picture_of(pictures, code, what, at + look * APART), [])
            counted = counting.count_things(things, before, APART if look else None)
            before = things
            learnt[counting.CROWD].learn(len(counted.people), at.date(), counting.CROWD)
            if counted.standing is not None:
                learnt[counting.TRAFFIC].learn(len(counted.standing), at.date(), counting.TRAFFIC)
    return learnt


def picture_of(pictures: Pictures, code: str, what: str, at: datetime) -> bytes:
    return kinds.send_picture(pictures, what, code, at.timestamp(), at.timestamp() + 1)
