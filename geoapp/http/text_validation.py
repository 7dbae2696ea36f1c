"""Reject requests and JSON with NUL or lone surrogates."""

import codecs
import json
import math
import re
import weakref
from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict, RawPostDataException
from django.http.request import MediaType
from django.shortcuts import render
from django.utils.http import parse_header_parameters
from django.utils.translation import gettext as _

# NUL, which PostgreSQL keeps in no text, and halves of a letter, which no UTF-8 can say.
NO_TEXT = re.compile("[\0\ud800-\udfff]")
ASCII = (
    bytes(range(128)).replace(b"\\", b"") + rb"\x41\u0041+AGE-"
)  # and what `unicode_escape` and `utf-7` read as letters
# What Python raises while it reads the parameters of a header (RFC 2231) that no program of good will has written.
UNREADABLE = (ValueError, TypeError, LookupError)
DEEPEST = 60  # lists and objects, one in the other: the deepest GeoJSON has 8


def is_text(*values: str) -> bool:
    return not any(NO_TEXT.search(value) for value in values)


def text_faults(form: QueryDict) -> list[str]:
    names = [name for name, values in form.lists() if not is_text(name, *values)]
    return [f"{NO_TEXT.sub('', name)[:60]}: {_('It contains an invalid character.')}" for name in names]


class RefuseNonTextMiddleware:
    """Middleware: answer 400 to NUL or lone surrogates in path, cookies or form fields, in the reader's language. Bytes
    and names of uploads are not checked: Django removes what is unprintable from names.

    Fields are read where CSRF would read them next. Views that take forms without a token (`csrf_exempt`) say in ways
    of their own what is wrong with one, and ask `text_faults` themselves.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        guard_form(request)
        read_accept(request)
        faults = head_faults(request)
        return refusal_response(request, faults) if faults else self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        faults = [] if getattr(view, "csrf_exempt", False) else text_faults(request.POST)
        return refusal_response(request, faults) if faults else None


def head_faults(request: HttpRequest) -> list[str]:
    if not is_text(request.path_info, *request.COOKIES, *request.COOKIES.values()):
        return [_("It contains an invalid character.")]
    if not is_character_set(request.encoding or "utf-8"):
        return [_("Its character set is unknown.")]
    if not re.fullmatch("[0-9]{0,18}", request.META.get("CONTENT_LENGTH") or "", re.ASCII):
        return [_("Its length is not a number.")]
    return text_faults(request.GET)


def is_character_set(character_set: str) -> bool:
    """Whether a charset decodes bytes and reads ASCII as ASCII, as every charset of forms does.

    Python knows some that are no character sets (`hex`), and some in which plain letters mean others (`utf-7`).
    """
    try:
        return ASCII.decode(character_set, "replace") == ASCII.decode() and bool(
            b"\xff".decode(character_set, "replace")
        )
    except UNREADABLE:
        return False


def guard_form(request: HttpRequest) -> None:
    """Make parsing the form raise only errors that are answered 400, and only once.

    Django's parser lets other errors through, and raises again where an error page reads the form once more.
    """
    load = type(request)._load_post_and_files
    own: Any = weakref.proxy(request)  # nothing that a request has keeps it, and its files, in memory

    def load_or_refuse() -> None:
        try:
            load(own)
        except UNREADABLE as error:
            own._mark_post_parse_error()
            raise BadRequest("The form could not be read.") from error
        except Exception:
            own._mark_post_parse_error()
            raise

    request.__dict__["_load_post_and_files"] = load_or_refuse


def read_accept(request: HttpRequest) -> None:
    try:
        _types = request.accepted_types
    except UNREADABLE:
        request.__dict__["accepted_types"] = [MediaType("*/*")]


def refuse_unknown_charsets(application: Callable) -> Callable:
    """Wrap an ASGI application: refuse a malformed Content-Type or an unknown charset.

    Django reads it before there is a request that a middleware could answer.
    """

    async def answer(scope, receive, send):
        if scope["type"] != "http" or is_content_type(scope["headers"]):
            return await application(scope, receive, send)
        body = b"Content-Type, or its character set, is not known.\n"
        headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 400, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


def is_content_type(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether Django can parse the Content-Type lines of a head."""
    kind = b",".join(value for name, value in headers if name == b"content-type").decode("latin-1")
    try:
        charset = parse_header_parameters(kind)[1].get("charset", "utf-8")
        return is_character_set(charset) or not is_codec(charset)  # what is no name at all Django leaves alone
    except UNREADABLE:
        return False


def is_codec(name: str) -> bool:
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return True


def refusal_response(request: HttpRequest, faults: Iterable[str]) -> HttpResponse:
    """Return the 400 for invalid text: HTML to browsers, JSON with CORS to programs."""
    fault = " ".join(faults)
    if request.get_preferred_type(["application/json", "text/html"]) == "text/html":
        return render(request, "400.html", {"fault": fault}, status=400)
    answer = JsonResponse({"error": fault, "code": 400}, status=400, json_dumps_params={"ensure_ascii": False})
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


def raw_body(request: HttpRequest) -> bytes:
    """Return the raw body; b"" where it is too large or was parsed as multipart."""
    try:
        return request.body
    except (RawPostDataException, RequestDataTooBig, OSError):
        return b""


class InvalidJson(ValueError):
    """The JSON is not usable; the message says why."""


def read_json(text: str | bytes, *, any_text: bool = False, **more: Any) -> Any:
    """Parse JSON; `more` are keyword arguments of `json.loads`.

    Raises NotJson, also for what the standard does not have (NaN, Infinity, a number too large for a float), for what
    is no text (NUL, halves of letters; with `any_text` the caller sees to it), and for what is nested deeper than
    anybody means.
    """
    try:
        content = json.loads(text, **{"parse_constant": refuse_number, "parse_float": read_finite_number} | more)
        check_json_value(content, DEEPEST, any_text)
    except RecursionError:
        raise InvalidJson("It is nested too deep.") from None
    except InvalidJson:
        raise
    except ValueError as error:  # not UTF-8, or a number of thousands of digits, too
        raise InvalidJson(str(error)) from None
    return content


def read_finite_number(written):
    number = float(written)
    return number if math.isfinite(number) else refuse_number(written)


def refuse_number(written):
    raise InvalidJson(f"{written[:20]} is no number.")


def check_json_value(content, deeper, any_text):
    if isinstance(content, str):
        if not any_text and not is_text(content):
            raise InvalidJson("There is a character in it that no text has.")
    elif isinstance(content, dict | list):
        if not deeper:
            raise InvalidJson("It is nested too deep.")
        parts: Iterable = [*content, *content.values()] if isinstance(content, dict) else content
        for part in parts:
            check_json_value(part, deeper - 1, any_text)
