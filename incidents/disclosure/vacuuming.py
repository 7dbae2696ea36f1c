"""Remove erased words from dead rows: trigger autovacuum at once and check that it ran.

Older copies remain in the write-ahead log and in backups until these expire (docs/threats.md).
"""

import logging
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.timezone import now
from procrastinate.contrib.django import app

logger = logging.getLogger(__name__)

LOOK_AFTER = timedelta(minutes=2)
LOOKS = 30
TASK = "incidents.vacuum_words"


def vacuum_later() -> None:
    app.configure_task(TASK).defer(since="", looks=0)


@transaction.atomic
def vacuum_words(since: datetime | None, looks: int) -> list[str]:
    """Trigger autovacuum, or check whether it ran since that moment. Returns the tables that still wait."""
    since = since or now()  # what was erased is committed by now
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '5s'")
        if looks == 0:
            cursor.execute("SELECT vacuum_words_soon()")
        cursor.execute("SELECT words_to_vacuum(%s)::text", [since])
        waiting = [name for (name,) in cursor.fetchall()]
    if waiting and looks < LOOKS:
        job = app.configure_task(TASK, schedule_at=now() + LOOK_AFTER)
        job.defer(since=since.isoformat(), looks=looks + 1)
    elif waiting:
        logger.error("Erased words lie on in dead rows: no vacuum has come to %s", ", ".join(waiting))
    else:
        logger.info("Erased words were vacuumed")
    return waiting
