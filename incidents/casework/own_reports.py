"""The own reports of a browser, without an account: what is found in it, until when it was read, and what is forgotten.

A browser is known by a key in its cookie, of which only the digest is kept. See docs/adr/0041.
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
    """A browser that is known from now on, and its key."""
    key = secrets.token_urlsafe(32)
    return Browser.objects.create(digest=digest_of(key)), key


def find_browser(key: str) -> Browser | None:
    """The browser that has this key; None for none."""
    if len(key) != KEY_CHARS:
        return None
    return Browser.objects.filter(digest=digest_of(key)).first()


def digest_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def note_use(browser: Browser) -> None:
    """Remember that a browser is still used: by days, so that a look at a page seldom writes."""
    if now() - browser.seen_at > timedelta(days=1):
        Browser.objects.filter(pk=browser.pk).update(seen_at=now())


@transaction.atomic
def keep_report(browser: Browser, report: Report | HeldReport, *, how: str) -> None:
    """Let a report be found among the own ones of a browser. Again: nothing changes."""
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
    """Let an enquiry be found among the own ones of a browser. Again: nothing changes."""
    Browser.objects.select_for_update().get(pk=browser.pk)
    KeptEnquiry.objects.get_or_create(browser=browser, enquiry=enquiry)
    kept_keys = KeptEnquiry.objects.filter(browser=browser).order_by("-pk").values_list("pk", flat=True)
    KeptEnquiry.objects.filter(pk__in=list(kept_keys[KEPT_AT_MOST:])).delete()


def kept_as(report: Report) -> Q:
    """The condition on kept reports that they are this one, be it that somebody looked at it first."""
    return Q(report=report) | Q(held__report=report)


def is_kept(browser: Browser | None, report: Report | HeldReport) -> bool:
    """Whether a report is found among those that a browser keeps."""
    if browser is None:
        return False
    which = Q(held=report) if isinstance(report, HeldReport) else kept_as(report)
    return KeptReport.objects.filter(which, browser=browser).exists()


def drop_report(browser: Browser, report: Report | HeldReport) -> None:
    """Let a report be found in this browser no longer."""
    which = Q(held=report) if isinstance(report, HeldReport) else kept_as(report)
    KeptReport.objects.filter(which, browser=browser).delete()


def drop_everywhere(report: Report) -> None:
    """Let a report be found in no browser: somebody else may have its link."""
    KeptReport.objects.filter(kept_as(report)).delete()


def mark_read(browser: Browser, report: Report, at: datetime | None = None) -> None:
    """What the city wrote about this report was read in this browser."""
    KeptReport.objects.filter(kept_as(report), browser=browser).update(read_at=at or now())


def forget_browser(browser: Browser) -> None:
    """Forget a browser with all that is kept for it; the reports stay."""
    browser.delete()


def forget_unused_browsers(at: datetime | None = None) -> int:
    """Forget the browsers that nobody has used for KEEP_BROWSER. Returns how many."""
    unused = Browser.objects.filter(seen_at__lt=(at or now()) - KEEP_BROWSER)
    count = unused.count()
    unused.delete()
    return count
