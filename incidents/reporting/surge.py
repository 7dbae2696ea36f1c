"""Absorb surges: receive reports above the rate whole, and process them in order within minutes (docs/adr/0043)."""

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
    """A key exceeds even the limit of only received reports: wait `wait_s` seconds."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(wait_s)
        self.wait_s = wait_s


def is_busy(key: ApiKey) -> bool:
    """Whether a key exceeds its limit, so that its reports are only received. Takes a token. Raises TooMany."""
    if not rate_limits.take(rate_limits.Ask("open311:key", str(key.pk))):
        return False
    if waits := rate_limits.take(rate_limits.Ask("surge:key", str(key.pk))):
        raise TooMany(max(waits.values()))
    return True


def finish_reports() -> int:
    """Process reports only received, oldest first. Returns how many.

    One that fails waits for a person. Jobs may run concurrently: a report that another one has decided is skipped.
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
    if held_report.is_received:
        return _("We are receiving very many reports. Yours has arrived; it gets its number within minutes.")
    return _("Your report has arrived; a person checks it first.")
