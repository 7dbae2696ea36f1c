"""Developer pages at `/developers/`: API documents, calls to try, and API keys."""

from typing import Any, NamedTuple

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_POST

from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe
from geoapp.http.token_bucket import Limit
from incidents import developers
from incidents.channels import web
from incidents.forms import WordsField
from incidents.models import KeyRequest
from incidents.notify.code_limits import CodeRefused
from incidents.reporting import puzzle
from incidents.views.api.documents import APIS, Call, example_path, examples, fill_in, openapi_document
from incidents.views.public.confirming import remember_address
from incidents.views.public.reporting import puzzle_fields

OPENAPI = "application/vnd.oai.openapi+json;version=3.1"
# The limits of programs in the order of the page, and what each counts.
LIMITS = {
    "open311:address": gettext_lazy("Open311 without a key, from one network"),
    "open311:key": gettext_lazy("Open311 and reports as JSON with a key; reports beyond it are answered with a token"),
    "api:address": gettext_lazy("Areas, tiles, feeds and all other reading, from one network"),
    "search:address": gettext_lazy("Searches for addresses and places"),
    "photo:address": gettext_lazy("Photos and camera pictures"),
    "export:address": gettext_lazy("Open data as files"),
    "stream:address": gettext_lazy("Live streams open at the same time"),
}
PERIODS = {
    1: gettext_lazy("a second"),
    60: gettext_lazy("a minute"),
    3600: gettext_lazy("an hour"),
    86_400: gettext_lazy("a day"),
}


class KeyForm(forms.Form):
    system = WordsField(limit=80)
    organisation = WordsField(required=False, limit=120)
    purpose = WordsField(limit=1000)
    email = forms.EmailField(error_messages={"invalid": gettext_lazy("This is not an e-mail address.")})


@login_not_required
@require_safe
def developers_page(request: HttpRequest) -> HttpResponse:
    return render(request, "incidents/public/developers/overview.html", {"apis": APIS.values(), "limits": limit_rows()})


def limit_rows() -> list[tuple[str, Promise, str]]:
    """Returns the rate limits of programs as (name of the limit, what it counts, how many)."""
    return [
        (name, what, limit_words(settings.LIMITS[name])) for name, what in LIMITS.items() if name in settings.LIMITS
    ]


def limit_words(limit: Limit) -> str:
    if not limit.period_s:
        return _("%(n)d at a time") % {"n": limit.count}
    period = PERIODS.get(int(limit.period_s)) or _("%(n)d seconds") % {"n": limit.period_s}
    return _("%(n)d in %(period)s") % {"n": limit.count, "period": period}


@login_not_required
@require_safe
def api_page(request: HttpRequest, name: str) -> HttpResponse:
    api, values = find_api(name), examples()
    calls = [
        {"call": call, "example": example_path(call, values), "fields": call_fields(call, values)} for call in api.calls
    ]
    return render(request, "incidents/public/developers/api.html", {"api": api, "calls": calls})


def find_api(name):
    try:
        return APIS[name]
    except KeyError:
        raise Http404 from None


def call_fields(call: Call, values: dict[str, str]) -> list[dict[str, Any]]:
    fields = [
        {
            "id": f"{call.number}-{param.name}",
            "param": param,
            "value": fill_in(param.example, values),
        }
        for param in call.params
    ]
    return fields


@login_not_required
@require_safe
@cache_control(public=True, max_age=300)
def openapi_file(request: HttpRequest, name: str) -> HttpResponse:
    document = openapi_document(find_api(name))
    response = JsonResponse(document, json_dumps_params={"ensure_ascii": False}, content_type=OPENAPI)
    response["Vary"] = "Accept-Language, Cookie, Accept-Encoding"
    return response


# ---- keys ----


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask_for_key(request: HttpRequest) -> HttpResponseBase:
    form, status, question = KeyForm(request.POST if request.method == "POST" else None), 200, None
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                developers.ask_for_key(
                    **form.cleaned_data,
                    language=get_language() or "vi",
                    network=rate_limits.network_of_request(request),
                    is_own=form.cleaned_data["email"] in web.read_known_addresses(request.COOKIES.get(web.KNOWN, "")),
                    puzzle_solved=puzzle.is_solved(**puzzle_fields(request)),
                )
                return redirect("key-asked")
            except CodeRefused as refused:
                if not refused.puzzle:
                    return rate_limits.too_many_response(request, refused.again_s)
                form.add_error("email", str(refused))
                question, status = puzzle.new_code_puzzle(), 429
    context = {"form": form, "question": question}
    return render(request, "incidents/public/developers/ask.html", context, status=status)


@login_not_required
@require_safe
def key_requested_page(request: HttpRequest) -> HttpResponse:
    return render(request, "incidents/public/developers/asked.html")


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_safe
def key_page(request: HttpRequest, token: str) -> HttpResponse:
    """Shows the private page of a key request: decision, usage, webhooks."""
    return render_key_page(request, find_key_request(token), token)


def render_key_page(request: HttpRequest, key_request: KeyRequest, token: str, *, secret: str = "") -> HttpResponse:
    context = {
        "asked": key_request,
        "token": token,
        "secret": secret,
        "standing": standing_of(key_request),
        "uses": developers.uses_of(key_request.key) if key_request.key else [],
        "hooks": key_request.key.webhooks.order_by("pk") if key_request.key else [],
        "limits": limit_rows(),
    }
    response = render(request, "incidents/public/developers/key.html", context)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


class Standing(NamedTuple):
    """The state of a key request in a sentence, and the requester's next action: a URL name and a button."""

    sentence: str
    action: str = ""
    button: str = ""
    why: str = ""


def standing_of(key_request: KeyRequest) -> Standing:
    if key_request.confirmed_at is None:
        return Standing(_("Is this your address, and did you ask for a key?"), "key-confirm", _("Yes, confirm"))
    if key_request.agreed is None:
        return Standing(_("Your address is confirmed. The city will review your request and write to you."))
    if not key_request.agreed:
        return Standing(_("The city gives no key for this:"), why=key_request.why)
    if key_request.key is None:
        sentence = _("The city has agreed. The key is shown once: keep it safe.")
        return Standing(sentence, "key-show", _("Show my key"))
    if not key_request.key.active:
        return Standing(_("The key has been withdrawn."))
    sentence = _(
        "The key was shown. It works until %(day)s. If it is lost, a new one replaces it and the old one stops working."
    )
    day = date_format(key_request.key.ends_at, "SHORT_DATE_FORMAT") if key_request.key.ends_at else "–"
    return Standing(sentence % {"day": day}, "key-show", _("Make a new key"))


def find_key_request(token: str) -> KeyRequest:
    key_request = developers.request_of_link(token)
    if key_request is None:
        raise Http404
    return key_request


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_POST
def confirm_key_address(request: HttpRequest, token: str) -> HttpResponse:
    key_request = find_key_request(token)
    developers.confirm_address(key_request)
    return remember_address(request, redirect("key-request", token), key_request.email)


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_POST
def show_key(request: HttpRequest, token: str) -> HttpResponse:
    """Creates the key, or replaces a lost one; only this answer contains it."""
    key_request = find_key_request(token)
    secret = developers.issue_key(key_request)
    return render_key_page(request, find_key_request(token), token, secret=secret or "")
