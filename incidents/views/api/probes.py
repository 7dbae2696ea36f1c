"""For probes and Prometheus."""

import logging

from django.contrib.auth.decorators import login_not_required
from django.db import OperationalError, connection
from django.db.models import Count
from django.http import HttpResponse, JsonResponse
from django.utils.timezone import now
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from geoapp import admission, database
from geoapp.methods import require_safe
from incidents.map import live
from incidents.models import Incident, Notice
from incidents.notify import sending

log = logging.getLogger(__name__)


def probe(view):
    """A view with a database connection outside the pool, which may be exhausted; 503 without a database."""

    @login_not_required
    @require_safe
    @admission.mark_as_probe
    def answer(request):
        try:
            with database.outside_the_pool():
                return view(request)
        except OperationalError as error:
            log.warning("%s: %s", request.path, error)
            return JsonResponse({"ok": False}, status=503)

    return answer


@probe
def healthz(request):
    """200 while the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"ok": True})


@probe
def metrics(request):
    """Open and late incidents, unsent notices, waiting jobs, and the streams of this process."""
    registry = CollectorRegistry()
    for name, what, count in (
        ("incidents_open", "Incidents that want work", Incident.objects.open().count),
        ("incidents_late", "Open incidents past their deadline", Incident.objects.overdue().count),
        ("notices_unsent", "Notices that have not been sent", Notice.objects.filter(sent_at=None).count),
        ("notices_failed", "Notices that a person may send again", Notice.objects.filter(state="failed").count),
        ("jobs_waiting", "Jobs that wait or run", waiting_jobs),
        ("live_streams", "Event streams open in this process", lambda: len(live.incident_relay.watchers)),
    ):
        Gauge(name, what, registry=registry).set(count())
    sent = Gauge("notices_sent_today", "Notices handed over since midnight", ["medium"], registry=registry)
    for medium, number in sending.sent_on_day(now()).values_list("medium").annotate(Count("pk")):
        sent.labels(medium).set(number)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def waiting_jobs():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")
        return cursor.fetchone()[0]
