"""“It happens to me too”: a report by one tap, which says nothing but that, and joins. It is taken back by one tap."""

import uuid

from django.utils.translation import gettext as _

from incidents import access, reporting
from incidents.casework import own_reports, withdrawing
from incidents.models import Browser, HeldReport, Incident, KeptReport, Report
from incidents.reporting.sender import Sender

SENDING = uuid.UUID("8e8f1d6a-3c1c-4b0e-9d0d-2f8a4b1e6a70")  # the space of names in which its sendings lie


def say_me_too(incident: Incident, browser: Browser, *, network: str, language: str) -> Report | HeldReport:
    """Count one more report of an incident, once for a browser that has not reported it. Raises ReportRefused.

    `network`: as `limits.network_of` has it. Twice at once is once: what is sent has one name for a browser, an
    incident, and so many as it took back before.
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
    # Nothing in it could be looked at first: limits of its own stand before it, and who is blocked is refused.
    report = reporting.receive_or_hold(incoming, Sender(network=network), [])
    own_reports.keep_report(browser, report, how=KeptReport.How.ME_TOO)
    return report


def require_open(incident: Incident) -> None:
    """Raise ReportRefused where an incident has ended."""
    if not incident.is_open:
        raise reporting.ReportRefused("join", _("That incident is closed by now. Send yours as a new one."))


def own_report(browser: Browser | None, incident: Incident) -> Report | None:
    """The report of an incident that was sent from this browser, or is kept there, and counts; None for none."""
    own = access.own_reports(browser).filter(incident=incident, withdrawn_at=None)
    return own.order_by("-pk").first()


def tapped_report(browser: Browser | None, incident: Incident) -> Report | None:
    """The “me too” of this browser that counts; None for none."""
    own = access.own_reports(browser).filter(incident=incident, withdrawn_at=None)
    return own.filter(kept_in__browser=browser, kept_in__how=KeptReport.How.ME_TOO).first()


def take_back(incident: Incident, browser: Browser | None) -> bool:
    """Take a “me too” back. Returns whether there was one. Raises workflow.NotAllowed.

    A report with words is not taken back so: its own page asks before.
    """
    report = tapped_report(browser, incident)
    if report is None:
        return False
    withdrawing.withdraw_report(report)
    return True
