"""Health probe and Prometheus metrics."""

import logging
import os
from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.db import OperationalError, connection
from django.http import HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST

from geoapp import metrics
from geoapp.db import admission, connections
from geoapp.http.http_methods import require_safe

log = logging.getLogger(__name__)


def probe(view):
    """Runs a view on a database connection outside the pool, which may be exhausted; 503 without a database."""

    @login_not_required
    @require_safe
    @admission.mark_as_probe
    def answer(request):
        try:
            with connections.outside_the_pool():
                return view(request)
        except OperationalError as error:
            log.warning("%s: %s", request.path, error)
            return JsonResponse({"ok": False}, status=503)

    return answer


@probe
def healthz(request):
    """Returns 200 while the database answers and this server is not stopping; bin/web announces a stop so that proxies
    can react.
    """
    if Path(os.environ.get("WEB_STOPPING", "/no/such/file")).exists():
        return JsonResponse({"ok": False}, status=503)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"ok": True})


@probe
def metrics_page(request):
    """Returns the metrics that the rules of deploy/prometheus read."""
    return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)
