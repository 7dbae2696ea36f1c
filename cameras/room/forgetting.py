"""Delete lines of the control room's log after their retention period, and never before their shift was taken."""

import logging
from datetime import datetime

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.timezone import now

from cameras.models import HandOver, RoomClaim, RoomLine, StepTick
from gis_data import policies

logger = logging.getLogger(__name__)


@transaction.atomic
def forget_old(at: datetime | None = None) -> int:
    """Delete the expired lines whose shift was handed over and taken, then hand-overs, claims and ticks of that time.
    Returns how many lines.

    A line stays while a correction of it stays. PostgreSQL refuses younger lines, and those of a shift that nobody has
    taken (sql/guards/room_log.sql).
    """
    until = (at or now()) - relativedelta(months=policies.current().keep_room_log_months)
    signed = HandOver.objects.filter(given_at__gte=OuterRef("at")).exclude(taken_at=None)
    corrected = RoomLine.objects.filter(corrects=OuterRef("pk"))
    ripe = RoomLine.objects.filter(Exists(signed), ~Exists(corrected), at__lt=until)
    count = 0
    while deleted := ripe._raw_delete(ripe.db):  # corrections first, then what they correct
        count += deleted
    HandOver.objects.filter(given_at__lt=until).exclude(taken_at=None).delete()
    RoomClaim.objects.filter(ended_at__lt=until).delete()
    StepTick.objects.filter(at__lt=until).delete()
    if count:
        logger.info("%s lines of the control room's log were deleted: their %s months are over", count,
                  policies.current().keep_room_log_months)  # fmt: skip
    return count
