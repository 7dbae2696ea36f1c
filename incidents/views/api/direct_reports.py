"""Take in Open311 reports before Django, several in one transaction, for systems that send many.

Answers and rows are those of `views.api.open311.create_request`, which handles everything but words and a point:
photos, an address in words, the test endpoint, browsers with cookies, and every request with a fault found before
anything is stored. Requests that arrive during a transaction wait and share the next one (docs/adr/0030).
"""

import asyncio
import logging
import re
import time
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from io import BytesIO
from typing import Any

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.contrib.gis.geos import Point
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.core.handlers.asgi import ASGIRequest
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.request import split_domain_port, validate_host
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django.urls import resolve
from django.utils import translation
from django.utils.datastructures import MultiValueDict
from django_guid import clear_guid, set_guid
from django_guid.utils import generate_guid, validate_guid
from django_permissions_policy import PermissionsPolicyMiddleware

from geoapp.db import admission, connections
from geoapp.http import caching, rate_limits, request_log
from geoapp.http.query_parameters import QueryError
from geoapp.http.text_validation import text_faults
from geoapp.web import language
from incidents import developers, reporting, rulebook, webhooks
from incidents.channels import open311
from incidents.models import ApiKey
from incidents.reporting import batch
from incidents.reporting.sender import Sender
from incidents.routing import rules
from incidents.views.api.open311 import (
    ATTRIBUTE,
    GeoReportForm,
    add_headers,
    build_receipt,
    error_response,
    receive_fields,
    refusal_of,
    too_many_error,
    unknown_key_error,
)

log = logging.getLogger("django.request")
PATH = re.compile(r"/open311/v2/requests\.(xml|json)")
FORM_TYPE = re.compile(rb"application/x-www-form-urlencoded(; ?charset=utf-8)?", re.IGNORECASE)
MAX_BODY = 50_000  # bytes
MAX_TOGETHER = 20  # reports in one transaction
MAX_WAITING = 1000  # reports of this process
ALLOW = "GET, POST, HEAD, OPTIONS"
PACKED = {b"expect", b"transfer-encoding", b"content-encoding"}
FIELDS: dict[str, Any] = {name: field for name, field in GeoReportForm.base_fields.items() if name != "media"}


@dataclass
class Posted:
    """A request as received. `request_id`: its Idempotency-Key, or ""."""

    body: bytes
    address: str
    request_id: str


@dataclass
class Read:
    """A request with valid fields. `number`: its position in the batch.

    `key`: the API key sent, if it is in use; `busy`: the key has exceeded its rate; `refusal`: why processing stops;
    `arrival`: its report, if it can be stored.
    """

    number: int
    sent: QueryDict
    data: dict[str, Any]
    key: ApiKey | None = None
    busy: bool = False
    refusal: QueryError | None = None
    arrival: batch.Arrival | None = None


LEFT = object()  # outcome of requests for Django: nothing stored, no token taken that Django takes again


def answer_reports(application: Callable) -> Callable:
    """Wraps an ASGI application: handles plain reports here and passes every other request on."""

    async def answer(scope, receive, send):
        headers = plain_headers(scope)
        if headers is None:
            return await application(scope, receive, send)
        began = time.perf_counter()
        messages, body = await read_body(receive)
        if body is None:
            return await application(scope, replay(messages, receive), send)
        client = scope.get("client") or ("",)
        posted = Posted(body, client[0], headers.get(b"idempotency-key", b"").decode("latin-1"))
        outcome = await queue().ask(posted)
        if outcome is LEFT:
            return await application(scope, replay(messages, receive), send)
        number = headers.get(b"x-request-id", b"").decode("latin-1") or generate_guid()
        set_guid(number)
        try:
            response = response_to(outcome, scope)
            finish_response(response, scope, headers)
            response["X-Request-ID"] = number
            took = time.perf_counter() - began
            request_log.record_request(
                "POST", route_of(scope["path"]), client[0], status=response.status_code, seconds=took
            )
        finally:
            clear_guid()
        await send_response(response, send)

    return answer


# ---- what comes in ----


def plain_headers(scope):
    if scope["type"] != "http" or scope["method"] != "POST" or not PATH.fullmatch(scope["path"]):
        return None
    headers = dict(scope["headers"])
    return None if any(is_left(scope, headers) for is_left in LEFT_BY_HEADERS.values()) else headers


def text_of(headers, name):
    return headers.get(name, b"").decode("latin-1")


def has_plain_length(headers):
    length = headers.get(b"content-length", b"")
    return length.isdigit() and int(length) <= MAX_BODY


@lru_cache(maxsize=64)
def is_our_host(host):
    return validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


@lru_cache(maxsize=64)
def speaks_as_city(accepted):
    return language.preferred_language(accepted) == settings.LANGUAGE_CODE


# Requests left to Django, by headers and by fields, besides those with invalid fields.
LEFT_BY_HEADERS: dict[str, Callable[[dict, dict[bytes, bytes]], Any]] = {
    "a header twice": lambda scope, headers: len(headers) < len(scope["headers"]),
    "fields in the address": lambda scope, _headers: scope["query_string"],
    "below another address": lambda scope, _headers: scope.get("root_path"),
    "another kind of body": lambda _scope, headers: not FORM_TYPE.fullmatch(headers.get(b"content-type", b"")),
    "a body too large, or of no length": lambda _scope, headers: not has_plain_length(headers),
    "a body that is packed or asked for": lambda _scope, headers: headers.keys() & PACKED,
    "a cookie": lambda _scope, headers: b"cookie" in headers,
    "another language": lambda _scope, headers: not speaks_as_city(text_of(headers, b"accept-language")),
    "another host": lambda _scope, headers: not is_our_host(text_of(headers, b"host")),
    "a number of the request that is none": lambda _scope, headers: (
        (number := text_of(headers, b"x-request-id")) and not validate_guid(number)
    ),
}
LEFT_BY_FIELDS: dict[str, Callable[[QueryDict], Any]] = {
    "photos or answers": lambda sent: any(
        value and (name == "media_url" or ATTRIBUTE.fullmatch(name)) for name, value in sent.items()
    ),
    "faulty text": text_faults,
    "no point": lambda sent: not (sent.get("lat") and sent.get("long")),
}


async def read_body(receive):
    """Returns (ASGI messages, body); the body is None if the client disconnected before its end."""
    messages, parts = [], []
    while True:
        message = await receive()
        messages.append(message)
        if message["type"] != "http.request":
            return messages, None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return messages, b"".join(parts)


def replay(messages, receive):
    left = iter(messages)

    async def receive_again():
        for message in left:
            return message
        return await receive()

    return receive_again


# ---- what came at the same moment ----


class ReportQueue:
    """Waiting reports of one event loop, and the thread that stores all waiting ones in one transaction."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Posted, asyncio.Future]] = []
        self.task: asyncio.Task | None = None
        self.thread = ThreadPoolExecutor(1, "reports", initializer=begin_thread)

    async def ask(self, posted: Posted) -> Any:
        """Returns LEFT or an answer of `build_receipt`, or raises the exception of the batch."""
        if len(self.waiting) >= MAX_WAITING:
            return LEFT
        loop = asyncio.get_running_loop()
        future: asyncio.Future = loop.create_future()
        self.waiting.append((posted, future))
        if self.task is None or self.task.done():
            self.task = loop.create_task(self.take_in())
        return await future

    async def take_in(self) -> None:
        loop = asyncio.get_running_loop()
        while self.waiting:
            some, self.waiting = self.waiting[:MAX_TOGETHER], self.waiting[MAX_TOGETHER:]
            try:
                outcomes = await loop.run_in_executor(self.thread, take_in_together, [posted for posted, _f in some])
            except Exception as error:
                outcomes = [error] * len(some)
            for (_posted, future), outcome in zip(some, outcomes, strict=True):
                if not future.done():  # the client may have disconnected
                    future.set_result(outcome)

    def close(self) -> None:
        self.thread.submit(connection_close).result()
        self.thread.shutdown()


queues: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()  # event loop → its ReportQueue


def queue() -> ReportQueue:
    loop = asyncio.get_running_loop()
    if loop not in queues:
        queues[loop] = ReportQueue()
    return queues[loop]


def begin_thread():
    connections.take_own_connection(admission.WRITE_S)
    translation.activate(settings.LANGUAGE_CODE)


def connection_close():
    connection.close()


def take_in_together(posted: Sequence[Posted]) -> list[Any]:
    """Returns for each request LEFT, an answer of `build_receipt`, or an exception."""
    outcomes: list[Any] = [LEFT] * len(posted)
    try:
        read = look_up_all(posted)
    except Exception:
        connection.close()  # nothing was stored: Django words the faults
        log.exception("Reports could not be looked up")
        return outcomes
    plain = [request for request in read if request.arrival]
    received = batch.receive_together([request.arrival for request in plain])
    for request, outcome in zip(plain, received, strict=True):
        outcomes[request.number] = answer_of(request, outcome)
    for request in read:
        if not request.arrival:
            outcomes[request.number] = request.refusal or answer_with_faults(request)
    if any(isinstance(outcome, Error) for outcome in outcomes):
        connection.close()
    return outcomes


def look_up_all(posted):
    """Returns the requests not left to Django, with the rows that storing them needs. Writes nothing but rate-limit
    tokens.
    """
    requests = [
        request
        for number, post in enumerate(posted)
        if (request := read_fields(number, post)) and has_token(post.address)
    ]
    if not requests:
        return []
    keys = {secret: open_key(secret) for secret in {request.sent.get("api_key", "") for request in requests}}
    for request in requests:
        request.key = keys[request.sent.get("api_key", "")]
        request.refusal = None if request.key else unknown_key_error()
    opened = [request for request in requests if request.key]
    waits = rate_limits.take_each([[rate_limits.Ask("open311:key", str(request.key.pk))] for request in opened])
    busy = [request for request, wait in zip(opened, waits, strict=True) if wait]
    waits = rate_limits.take_each([[rate_limits.Ask("surge:key", str(request.key.pk))] for request in busy])
    for request, wait in zip(busy, waits, strict=True):
        request.busy = True
        request.refusal = too_many_error(max(wait.values())) if wait else None
    developers.count_uses((request.key.pk, request.refusal is not None) for request in opened)
    look_up_reports([request for request in opened if not request.refusal])
    return requests


def look_up_reports(read):
    book, reports = rulebook.current_rulebook(), []
    for request in read:
        leaf = book.leaf(request.data["service_code"])
        if leaf and not book.asks(leaf):
            reports.append((request, open311.report_from_request(request.data | {"service_code": leaf}, request.key)))
    webhooks.note_sent_reports(
        (request.key, incoming.sending, request.data["client_request_id"]) for request, incoming in reports
    )
    arrivals = batch.look_up([(incoming, Sender(key=request.key, busy=request.busy)) for request, incoming in reports])
    for (request, incoming), arrival in zip(reports, arrivals, strict=True):
        if incoming.located and rules.is_served(incoming.category, incoming.located, book):
            request.arrival = arrival


def has_token(address):
    """Takes a rate-limit token of the sender's network. Without one no token is taken and Django answers."""
    return not rate_limits.take(rate_limits.Ask("open311:address", rate_limits.network_of(address)))


def answer_with_faults(read):
    """Returns the answer of the Django view, which words each fault; the key's token is not taken again."""
    return batch.outcome_of(partial(receive_fields, busy=read.busy), read.sent, MultiValueDict(), read.key)


def open_key(secret):
    return ApiKey.objects.opened_by(secret).first()


def read_fields(number, posted):
    """Returns the request with its fields read; None where Django must answer."""
    try:
        sent = QueryDict(posted.body, mutable=True, encoding="utf-8")
    except SuspiciousOperation:
        return None
    if posted.request_id:
        sent["client_request_id"] = posted.request_id
    if any(is_left(sent) for is_left in LEFT_BY_FIELDS.values()):
        return None
    try:
        return Read(number, sent, clean_fields(sent))
    except ValidationError:
        return None


def clean_fields(sent):
    """Returns the cleaned data of a GeoReportForm without locating the point. Raises ValidationError."""
    data = {name: field.clean(sent.get(name)) for name, field in FIELDS.items()}
    place = Point(data["long"], data["lat"], srid=4326)
    return data | {"place": place, "located": None, "accuracy": None, "ward_named": False, "media": []}


# ---- what is answered ----


def answer_of(read, outcome):
    if isinstance(outcome, reporting.ReportRefused):
        return refusal_of(outcome)
    if isinstance(outcome, Exception):
        return outcome
    return batch.outcome_of(build_receipt, outcome, read.sent)


def response_to(outcome, scope):
    suffix = scope["path"].rpartition(".")[2]
    if isinstance(outcome, QueryError):
        return error_response(outcome, suffix)
    if not isinstance(outcome, Exception):
        root, content, more = outcome
        response = open311.render_response(root, content, suffix)
        add_headers(response, more)
        return response
    request = ASGIRequest(scope, BytesIO())
    request.resolver_match = resolve(request.path)
    response = admission.exhausted_response(request, outcome)
    if response is None:
        log.error("Internal Server Error: %s", request.path, exc_info=outcome)
        response = request_log.server_error(request)
    return response


def finish_response(response, scope, headers):
    usual = usual_headers(scope.get("scheme", "http"), headers.get(b"x-forwarded-proto", b""))
    for name, value in {"Allow": ALLOW, "Vary": "Accept-Language, Cookie"}.items() | usual:
        response.setdefault(name, value)
    response["Content-Language"] = settings.LANGUAGE_CODE
    response["Content-Length"] = str(len(response.content))


@lru_cache(maxsize=8)
def usual_headers(scheme: str, forwarded: bytes) -> frozenset[tuple[str, str]]:
    headers = [(b"x-forwarded-proto", forwarded)] if forwarded else []
    scope = {"type": "http", "method": "POST", "path": "/", "scheme": scheme, "headers": headers}
    response = HttpResponse(content_type="application/json")

    def get_response(_request: HttpRequest) -> HttpResponse:
        return response

    chain: Any = get_response
    for middleware in (XFrameOptionsMiddleware, CSPMiddleware, PermissionsPolicyMiddleware, SecurityMiddleware):
        chain = middleware(chain)
    chain = caching.send_data_without_page_rules(chain)
    chain(ASGIRequest(scope, BytesIO()))
    del response["Content-Type"]
    return frozenset(response.items())


@cache
def route_of(path):
    return f"/{resolve(path).route}"


async def send_response(response, send):
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": response.content})
