"""Fetch photos that other systems name by an address (`media_url`), by a job after the report is stored.

`geoapp.outbound` checks each address at the socket: the internet, and the row `photos` of OUTBOUND_ALLOWED.
"""

from urllib.parse import urljoin

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geoapp import outbound
from geoapp.media import sandboxed_process
from incidents import photos, timeline
from incidents.models import Event, Incident, RemotePhoto, Report
from incidents.notify.http_calls import NoAnswer, call_url
from incidents.notify.transport import Refused
from incidents.photos import Picture
from incidents.routing import rules

URL_MAX = 2000
TIMEOUT_S = 20.0
MAX_TRIES = 5
MAX_REDIRECTS = 3
NOT_FETCHED = gettext_noop("A photo given by its address could not be fetched: %(why)s")
RETRIED = (408, 425, 429)  # statuses after which it is asked again, besides those from 500 on


class RetryLater(Exception):
    """The photo's server does not answer now; the job retries."""


class GoneForGood(Exception):
    """The address has no photo; the message says why."""


def fault_of_address(url: str) -> str:
    """Why an address must not be requested, "" if it may."""
    secure = url.startswith("https://") or (outbound.allows_plain_http("photos") and url.startswith("http://"))
    if not secure or len(url) > URL_MAX:
        return _("An address must begin with https:// and have at most %(n)d characters.") % {"n": URL_MAX}
    return ""


def store_addresses(report: Report, urls: list[str], *, public: bool) -> list[tuple[str, dict]]:
    """Store addresses of photos of a new report. Returns jobs that fetch them, as (name, arguments)."""
    rows = RemotePhoto.objects.bulk_create(RemotePhoto(report=report, url=url, public=public) for url in urls)
    return [("incidents.fetch_photo", {"photo_id": row.pk}) for row in rows]


def fetch_photo(pk: int) -> None:
    """Fetch a photo and store it with its report; idempotent. Raises RetryLater."""
    remote = RemotePhoto.objects.select_related("report").filter(pk=pk).first()
    if remote is None:
        return
    try:
        picture = read_picture(remote.url)
    except GoneForGood as error:
        return give_up(remote, str(error))
    except (NoAnswer, Refused, sandboxed_process.Busy) as fault:
        RemotePhoto.objects.filter(pk=pk).update(tries=remote.tries + 1)
        if remote.tries + 1 >= MAX_TRIES:
            return give_up(remote, str(fault))
        raise RetryLater(str(fault)) from fault
    return store_photo(remote, picture)


def read_picture(url: str) -> Picture:
    """Photo at an address. Raises NoAnswer and Refused where a retry may help, else GoneForGood."""
    for _hop in range(MAX_REDIRECTS + 1):
        if fault := fault_of_address(url):
            raise GoneForGood(fault)
        try:
            answer = call_url(
                "GET", url, purpose="photos", timeout=TIMEOUT_S,
                max_bytes=max(settings.PHOTO_MAX_BYTES, settings.VIDEO_MAX_BYTES),
            )  # fmt: skip
        except Refused as fault:
            if fault.retry:
                raise
            raise GoneForGood(str(fault)) from fault
        if answer.status not in (301, 302, 303, 307, 308) or not answer.headers.get("Location"):
            break
        url = urljoin(url, answer.headers["Location"])
    if answer.status >= 500 or answer.status in RETRIED:
        raise NoAnswer(f"HTTP {answer.status}")
    if answer.status != 200:
        raise GoneForGood(f"HTTP {answer.status}")
    try:
        return photos.read_photo(SimpleUploadedFile("media_url", answer.body))
    except photos.BadPhoto as bad:
        raise GoneForGood(str(bad)) from bad


@transaction.atomic
def store_photo(remote, picture):
    if locked := RemotePhoto.objects.select_for_update().filter(pk=remote.pk).first():
        locked.delete()
        report = remote.report
        photos.store_photos([picture], incident=report.incident, report=report, public=remote.public)


@transaction.atomic
def give_up(remote, why):
    incident = Incident.objects.lock(remote.report.incident_id)
    if RemotePhoto.objects.filter(pk=remote.pk).delete()[0]:
        timeline.record(
            incident, Event.Kind.NOTE, public=False, reasons=(rules.in_both_languages(NOT_FETCHED, why=why[:200]),)
        )
