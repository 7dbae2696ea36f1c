"""Count the unread messages of the city about a browser's own reports."""

from django.db.models import Exists, OuterRef, Q

from incidents.casework import own_reports
from incidents.models import Event, KeptReport
from incidents.notify.event_notices import REPORTER_ROWS

# Events that reporters are notified of, except the receipt of their report.
CITY_KINDS = frozenset(REPORTER_ROWS) - {Event.Kind.ASSIGNED, Event.Kind.JOINED}


def count_unread(key: str) -> int:
    """Count it for the browser with this key: a message on an incident once, however many reports of it are kept."""
    if len(key) != own_reports.KEY_CHARS:
        return 0
    own_rows = KeptReport.objects.filter(browser__digest=own_reports.digest_of(key))
    incidents = own_rows.values_list("report__incident", "held__report__incident")
    own = {incident for pair in incidents for incident in pair if incident}
    if not own:
        return 0
    unread = own_rows.filter(read_at__lt=OuterRef("at"))
    later = Q(report__incident=OuterRef("incident"), report__received_at__lte=OuterRef("at"))
    later |= Q(held__report__incident=OuterRef("incident"), held__report__received_at__lte=OuterRef("at"))
    lines = Event.objects.filter(incident__in=own, kind__in=CITY_KINDS, public=True)
    return lines.filter(Exists(unread.filter(later))).count()
