"""“Me too” reports: join an incident by one tap, and take it back by another."""

import uuid

from django.utils.translation import gettext as _

from incidents import access, reporting
from incidents.casework import own_reports, withdrawing
from incidents.models import Browser, HeldReport, Incident, KeptReport, Report
from incidents.reporting.sender import Sender

SENDING = uuid.UUID("8e8f1d6a-3c1c-4b0e-9d0d-2f8a4b1e6a70")  # the space of names in which its sendings lie


def report_me_too(incident: Incident, browser: Browser, *, network: str, language: str) -> Report | HeldReport:
    """Add one report to an incident, once for a browser that has not reported it. Raises ReportRefused.

    `network`: as `rate_limits.network_of` returns it. Concurrent taps count once: the sending is named by browser,
    incident and the number of earlier withdrawals.
    """
    if own := own_report(browser, incident):
        return own
    before = access.own_reports(browser).filter(incident=incident).count()
    incoming = reporting.IncomingReport(
        channel="web",
        category=incident.category,
        place=incident.place,
        address="",
        language=language,
        join=incident,
        sending=uuid.uuid5(SENDING, f"{browser.digest}:{incident.pk}:{before}"),
    )
    # Never held, since it has no content: its own limits apply, and blocked senders are refused.
    report = reporting.receive_or_hold(incoming, Sender(network=network), [])
    own_reports.keep_report(browser, report, how=KeptReport.How.ME_TOO)
    return report


def require_open(incident: Incident) -> None:
    if not incident.is_open:
        raise reporting.ReportRefused("join", _("That incident has just been closed. Send yours as a new report."))


def own_report(browser: Browser | None, incident: Incident) -> Report | None:
    """The valid report of an incident sent from or kept in this browser; None for none."""
    own = access.own_reports(browser).filter(incident=incident, withdrawn_at=None)
    return own.order_by("-pk").first()


def tapped_report(browser: Browser | None, incident: Incident) -> Report | None:
    """The valid “me too” of this browser; None for none."""
    own = access.own_reports(browser).filter(incident=incident, withdrawn_at=None)
    return own.filter(kept_in__browser=browser, kept_in__how=KeptReport.How.ME_TOO).first()


def take_back(incident: Incident, browser: Browser | None) -> bool:
    """Withdraw a “me too”; returns whether there was one. Raises workflow.NotAllowed.

    A report with text is not withdrawn: its own page asks first.
    """
    report = tapped_report(browser, incident)
    if report is None:
        return False
    withdrawing.withdraw_report(report)
    return True
