"""Limit anonymous requests to a share of the database connections and a statement timeout; answer 503 beyond.

Signed-in people use the rest of the pool; health probes use connections of their own (`connections.outside_the_pool`).
See docs/adr/0019.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from psycopg.errors import AdminShutdown, CannotConnectNow, CrashShutdown, QueryCanceled
from psycopg.pq import TransactionStatus
from psycopg_pool import PoolTimeout

from geoapp.db.places import Places, Visitor
from geoapp.media import sandboxed_process

log = logging.getLogger(__name__)

POOL = settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"]
RESERVED = 3  # connections of each process that strangers leave to those who are signed in
PLACES = Places(max(1, POOL - RESERVED))
WAIT_S = 5  # for a place
READ_S, WRITE_S = 5, 30  # for one statement; a report may have to wait until others have written theirs
GONE = AdminShutdown | CannotConnectNow | CrashShutdown  # the database stops, begins, or another takes its place
AGAIN_S = 10  # after which whoever was turned away may ask again


def mark_as_probe(view: Any) -> Any:
    view.for_probes = True
    return view


class AdmissionMiddleware:
    """Give each anonymous request one of the limited places until its response is ready.

    Every statement of theirs ends after some seconds. Where there is no place in time, or a statement was ended, or
    the pool is empty, the answer is a 503 that says when to come again.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        try:
            return self.get_response(request)
        finally:
            admitted.request = None
            if getattr(request, "has_place", False):
                leave_place(request)

    def process_view(self, request, view, args, kwargs):
        if getattr(view, "for_probes", False):
            return None
        try:
            if request.user.is_authenticated:
                limit_statements(None)
                return None
            if not take_place(request):
                return busy_response(request)
            admitted.request = request
        except OperationalError as error:
            return self.process_exception(request, error)
        return None

    def process_exception(self, request, error):
        """Answer 503 for a statement timeout, an empty pool or a busy decoder; pass other errors on."""
        return exhausted_response(request, error)


def exhausted_response(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """Return a 503 for a statement timeout, a missing connection or decoder, or a lost server; else None."""
    if isinstance(error, sandboxed_process.Busy):
        log.warning("%s %s: too many pictures at once", request.method, request.path)
        return busy_response(request)
    if isinstance(error, OperationalError) and isinstance(error.__cause__, QueryCanceled | PoolTimeout | GONE):
        log.warning("%s %s: %s", request.method, request.path, error)
        return busy_response(request)
    return None


def limit_statements(seconds):
    """Set the statement timeout of this thread's connection in seconds; None: the database's default."""
    connection.ensure_connection()
    statement = "RESET statement_timeout" if seconds is None else f"SET statement_timeout = '{seconds}s'"
    with connection.wrap_database_errors:
        connection.connection.execute(statement)


def lift_limit():
    used = connection.connection
    if used is not None and used.info.transaction_status in (TransactionStatus.IDLE, TransactionStatus.INTRANS):
        with suppress(OperationalError):  # it was lost meanwhile: the pool lends it to nobody
            limit_statements(None)


def return_connection() -> None:
    """Return this thread's connection to the pool before slow work, unless a transaction needs it."""
    if not connection.in_atomic_block:
        connection.close()


admitted = threading.local()  # request: the stranger's whom this thread answers


def take_place(request):
    visitor = visitor_of(request)
    if not PLACES.take(visitor, 0):
        return_connection()  # the one that read the session
        if not PLACES.take(visitor, WAIT_S):
            return False
    request.has_place = True
    limit_statements(READ_S if request.method in ("GET", "HEAD") else WRITE_S)
    return True


def visitor_of(request: HttpRequest) -> Visitor:
    return getattr(request, "visitor", Visitor())


def leave_place(request):
    request.has_place = False
    lift_limit()
    return_connection()
    PLACES.leave(visitor_of(request))


@contextmanager
def lend_place() -> Iterator[None]:
    """Release this thread's place and connection during slow work that needs neither; not inside a transaction.

    Raises `sandboxed_process.Busy` where no place is free again in time.
    """
    request = getattr(admitted, "request", None)
    if request is None or not request.has_place or connection.in_atomic_block:
        yield
        return
    leave_place(request)
    try:
        yield
    except sandboxed_process.Busy:
        raise  # what is answered to that asks the database nothing
    except BaseException:
        take_place_again(request)
        raise
    else:
        take_place_again(request)


def take_place_again(request):
    if not take_place(request):
        raise sandboxed_process.Busy


def busy_response(request: HttpRequest) -> HttpResponse:
    return refusal_response(request, _("The service is very busy. Try again in a few seconds."), 503, AGAIN_S)


def refusal_response(request: HttpRequest, sentence: str, status: int, again_s: int) -> HttpResponse:
    """Return a 429 or 503 with Retry-After, as HTML or as the JSON form of the API, in the reader's language.

    Runs no query. A view with an attribute `refusal(request, sentence, status, …)` forms its own response.
    """
    match = request.resolver_match
    own_form = match and getattr(match.func, "refusal", None)
    if match and own_form:
        response = own_form(request, sentence, status, **match.kwargs)
    elif "text/html" in request.headers.get("Accept", ""):
        context = {"language": get_language(), "sent": request.method == "POST", "said": sentence}
        response = HttpResponse(render_to_string(f"{status}.html", context), status=status)
    else:
        error_body = {"error": sentence, "code": status}
        response = JsonResponse(error_body, status=status, json_dumps_params={"ensure_ascii": False})
    response["Retry-After"] = str(again_s)
    response["Cache-Control"] = "no-store"
    return response
