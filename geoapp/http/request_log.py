"""Give each request a number, and write one access log line when its response begins.

The line names the route, not the address: links of reporters and units, searched words and phones stand in no log. Of
who asked it says the network, not the device, and the key of who is signed in.
"""

import ipaddress
import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.template import loader
from django_guid import get_guid

from geoapp import metrics

log = logging.getLogger("geoapp.access")
NETWORK_BITS = {4: 24, 6: 48}  # of an address that a line names


def add_request_number(record: logging.LogRecord) -> bool:
    number = get_guid()
    record.request_number = number
    record.in_request = f" [{number}]" if number else ""
    return True


def network_of(address: str) -> str:
    """Return the network of an address for the log: /24 for IPv4, /48 for IPv6; "" for no address."""
    try:
        version = ipaddress.ip_address(address).version
    except ValueError:
        return ""
    return str(ipaddress.ip_network(f"{address}/{NETWORK_BITS[version]}", strict=False))


class RequestLogMiddleware:
    """Middleware: count and log each request when its response begins; health probes are left out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        if match is None or not getattr(match.func, "for_probes", False):
            record_answer(request, response.status_code, seconds=time.perf_counter() - began)
        return response


def record_answer(request: HttpRequest, status: int, *, seconds: float) -> None:
    match = request.resolver_match
    user = getattr(request, "_cached_user", None)  # nobody asks the database for the log's sake
    route, address = f"/{match.route}" if match else "-", request.META.get("REMOTE_ADDR", "")
    record_request(str(request.method), route, address, status=status, seconds=seconds, user=user.pk if user else None)


def record_request(
    method: str, route: str, address: str, *, status: int, seconds: float, user: int | None = None
) -> None:
    """Count and log a request that did not pass through Django."""
    metrics.ANSWERS.labels(f"{status // 100}xx").observe(seconds)
    if not log.isEnabledFor(logging.INFO):
        return
    facts = {
        "method": method,
        "route": route,
        "status": status,
        "ms": round(seconds * 1000),
        "network": network_of(address),
        "user": user,
    }
    log.info("%(method)s %(route)s %(status)s %(ms)s ms", facts, extra=facts)


def server_error(request: HttpRequest) -> HttpResponseServerError:
    """Return the 500 page with the number under which the error was logged."""
    return HttpResponseServerError(loader.get_template("500.html").render({"request_number": get_guid()}))
