"""More reports than are taken in at once: received whole, and finished in order within minutes (docs/adr/0043)."""

import logging

from django.db import OperationalError
from django.utils.translation import gettext as _

from geoapp.http import rate_limits
from incidents import reporting
from incidents.models import ApiKey, HeldReport
from incidents.reporting import holding

logger = logging.getLogger(__name__)
Reason = HeldReport.Reason


class TooMany(Exception):
    """Even those that are only received are too many of this key: `wait_s` seconds to wait."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(wait_s)
        self.wait_s = wait_s


def is_busy(key: ApiKey) -> bool:
    """Whether reports of a key are only received for now, because its own limit is reached. A token of it is taken.

    Raises TooMany.
    """
    if not rate_limits.take(rate_limits.Ask("open311:key", str(key.pk))):
        return False
    if waits := rate_limits.take(rate_limits.Ask("surge:key", str(key.pk))):
        raise TooMany(max(waits.values()))
    return True


def finish_reports() -> int:
    """Take in what was only received, the oldest first. Returns how many.

    One that cannot be taken in waits for a person. A second job beside this one finds what the first has left.
    """
    count = 0
    while held_report := HeldReport.objects.received().select_related("category", "area", "join").first():
        try:
            reporting.let_through(held_report, by=None)
            count += 1
        except holding.AlreadyDecided:
            continue
        except OperationalError:  # the next job goes on
            raise
        except Exception:
            logger.exception("Report %s cannot be finished", held_report.pk)
            HeldReport.objects.filter(pk=held_report.pk).update(reasons=[Reason.SURGE, Reason.UNFINISHED])
    return count


def sentence_of(held_report: HeldReport) -> str:
    """What the sender of a held report is told: that it has arrived, and what comes next."""
    if held_report.is_received:
        return _("Very many are reporting now. Your report has arrived; it gets its number within minutes.")
    return _("Your report has arrived; somebody looks at it first.")
