"""List the reports sent from a browser, without an account.

A browser is known by a key in its cookie; the database has only the digest of it. See docs/adr/0041.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import now

from incidents.models import Browser, Enquiry, HeldReport, KeptEnquiry, KeptReport, Report

KEY_CHARS = 43  # of a key: 256 bits
KEPT_AT_MOST = 200  # reports of a browser; the oldest are forgotten
KEEP_BROWSER = timedelta(days=400)  # since it was used last


def new_browser() -> tuple[Browser, str]:
    key = secrets.token_urlsafe(32)
    return Browser.objects.create(digest=digest_of(key)), key


def find_browser(key: str) -> Browser | None:
    if len(key) != KEY_CHARS:
        return None
    return Browser.objects.filter(digest=digest_of(key)).first()


def digest_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def note_use(browser: Browser) -> None:
    if now() - browser.seen_at > timedelta(days=1):
        Browser.objects.filter(pk=browser.pk).update(seen_at=now())


@transaction.atomic
def keep_report(browser: Browser, report: Report | HeldReport, *, how: str) -> None:
    """Keep a report in a browser; idempotent."""
    Browser.objects.select_for_update().get(pk=browser.pk)
    which = {"held": report} if isinstance(report, HeldReport) else {"report": report}
    moment = now()
    KeptReport.objects.get_or_create(
        browser=browser, **which, defaults={"how": how, "since": moment, "read_at": moment}
    )
    kept_keys = KeptReport.objects.filter(browser=browser).order_by("-pk").values_list("pk", flat=True)
    KeptReport.objects.filter(pk__in=list(kept_keys[KEPT_AT_MOST:])).delete()


@transaction.atomic
def keep_enquiry(browser: Browser, enquiry: Enquiry) -> None:
    """Keep an enquiry in a browser; idempotent."""
    Browser.objects.select_for_update().get(pk=browser.pk)
    KeptEnquiry.objects.get_or_create(browser=browser, enquiry=enquiry)
    kept_keys = KeptEnquiry.objects.filter(browser=browser).order_by("-pk").values_list("pk", flat=True)
    KeptEnquiry.objects.filter(pk__in=list(kept_keys[KEPT_AT_MOST:])).delete()


def kept_report_condition(report: Report) -> Q:
    """Condition on KeptReport for this report, also where it was kept as a HeldReport first."""
    return Q(report=report) | Q(held__report=report)


def is_kept(browser: Browser | None, report: Report | HeldReport) -> bool:
    if browser is None:
        return False
    which = Q(held=report) if isinstance(report, HeldReport) else kept_report_condition(report)
    return KeptReport.objects.filter(which, browser=browser).exists()


def drop_report(browser: Browser, report: Report | HeldReport) -> None:
    which = Q(held=report) if isinstance(report, HeldReport) else kept_report_condition(report)
    KeptReport.objects.filter(which, browser=browser).delete()


def drop_report_everywhere(report: Report) -> None:
    """Remove a report from all browsers, since its link may be known to others."""
    KeptReport.objects.filter(kept_report_condition(report)).delete()


def read_until(browser: Browser | None, report: Report) -> datetime | None:
    """Until when this browser has read what the city wrote; None where the report is not kept in it."""
    own = KeptReport.objects.filter(kept_report_condition(report), browser=browser)
    return own.values_list("read_at", flat=True).first() if browser else None


def mark_read(browser: Browser, report: Report, at: datetime | None = None) -> None:
    """Mark what the city wrote on an incident as read, by whichever of the own reports of it."""
    same = Q(report__incident=report.incident_id) | Q(held__report__incident=report.incident_id)
    KeptReport.objects.filter(same, browser=browser).update(read_at=at or now())


def forget_browser(browser: Browser) -> None:
    browser.delete()


def forget_unused_browsers(at: datetime | None = None) -> int:
    unused = Browser.objects.filter(seen_at__lt=(at or now()) - KEEP_BROWSER)
    count = unused.count()
    unused.delete()
    return count
