"""Manage webhook subscriptions of partner systems at `/webhooks/`: create, test, list deliveries."""

import ipaddress
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from geoapp import outbound
from geoapp.http.query_parameters import QueryError
from geoapp.http.text_validation import is_text, raw_body, read_json
from incidents import developers, webhooks
from incidents.models import ApiKey, Event, Webhook, WebhookMessage

BEARER = "Bearer "
URL_MAX = 500
SHOWN = 100  # messages of a webhook
CREATED, ACCEPTED, NO_CONTENT = 201, 202, 204


def endpoint(**views: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Builds the view of an address from one function per HTTP method, called with the request and its API key.

    Faults are returned as JSON. Sessions and CSRF tokens are not used.
    """
    allowed = ", ".join(views)

    @csrf_exempt
    @login_not_required
    @never_cache
    def answer(request: HttpRequest, **named: Any) -> HttpResponse:
        view = views.get(str(request.method))
        if view is None:
            response = fault_response([_("This address only accepts %(methods)s.") % {"methods": allowed}], 405)
            response["Allow"] = allowed
            return response
        key = sent_key(request)
        if key is None:
            response = fault_response([_("Send a key in use: “Authorization: Bearer KEY”.")], 401)
            response["WWW-Authenticate"] = "Bearer"
            return response
        developers.count_uses([(key.pk, False)])
        try:
            return view(request, key, **named)
        except QueryError as error:
            return fault_response(error.faults, error.status)
        except Http404:
            return fault_response([_("There is no such webhook.")], 404)

    answer.limited = "api"  # type: ignore[attr-defined]  # see limits.limit_requests
    return answer


def fault_response(faults, status):
    return JsonResponse({"errors": list(faults)}, status=status, json_dumps_params={"ensure_ascii": False})


def sent_key(request: HttpRequest) -> ApiKey | None:
    header = request.headers.get("Authorization", "")
    secret = header.removeprefix(BEARER) if header.startswith(BEARER) else ""
    return ApiKey.objects.opened_by(secret).first() if secret else None


def find_hook(key: ApiKey, pk: int) -> Webhook:
    return get_object_or_404(key.webhooks, pk=min(pk, 2**63 - 1))


def list_hooks(request: HttpRequest, key: ApiKey) -> HttpResponse:
    return json_response({"webhooks": [hook_as_dict(hook) for hook in key.webhooks.order_by("pk")]})


def create_hook(request: HttpRequest, key: ApiKey) -> HttpResponse:
    """Creates a webhook; only this answer contains its secret."""
    subscription = read_subscription(request)
    try:
        hook, secret = webhooks.create_webhook(key, **subscription)
    except webhooks.TooManyWebhooks:
        raise QueryError(_("A key has at most %(n)d webhooks.") % {"n": webhooks.MAX_OF_KEY}, status=409) from None
    return json_response(hook_as_dict(hook) | {"secret": secret}, CREATED)


def read_subscription(request: HttpRequest) -> dict[str, Any]:
    """Returns `url`, `kinds` and `own_only` of the body. Raises QueryError with all faults."""
    members = read_object(request, {"url", "kinds", "own_only"})
    url, kinds, own_only = members.get("url", ""), members.get("kinds", []), members.get("own_only", False)
    faults = url_faults(url)
    known = set(Event.Kind.values)
    if not (isinstance(kinds, list) and all(isinstance(kind, str) for kind in kinds) and known.issuperset(kinds)):
        faults.append(_("kinds: must be a list of these: %(kinds)s.") % {"kinds": ", ".join(sorted(known))})
    if not isinstance(own_only, bool):
        faults.append(_("own_only: must be true or false."))
    if faults:
        raise QueryError(*faults)
    return {"url": url, "kinds": kinds, "own_only": own_only}


def url_faults(url: object) -> list[str]:
    """Returns the faults of a callback address. Its host name is resolved and checked at each call."""
    wanted = _("url: must be an address that begins with https://, of at most %(most)d characters.") % {"most": URL_MAX}
    if not isinstance(url, str) or len(url) > URL_MAX or not is_text(url) or not url.isprintable() or " " in url:
        return [wanted]
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return [wanted]
    schemes = ("https", "http") if outbound.allows_plain_http("partners") else ("https",)
    if parts.scheme not in schemes or not host or parts.username or parts.password:
        return [wanted]
    try:
        address = str(ipaddress.ip_address(host))
    except ValueError:
        return []
    allowed = outbound.allowed_targets("partners").allows(address)
    return [] if allowed else [_("url: this address may not be called.")]


def read_object(request: HttpRequest, known: set[str]) -> dict[str, Any]:
    """Returns the JSON object of the body; raises QueryError for other members than `known`."""
    try:
        document = read_json(raw_body(request))
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise QueryError(_("Send a JSON object."))
    if unknown := sorted(document.keys() - known):
        raise QueryError(_("There is no %(names)s.") % {"names": ", ".join(unknown)[:200]})
    return document


def show_hook(request: HttpRequest, key: ApiKey, pk: int) -> HttpResponse:
    hook = find_hook(key, pk)
    messages = hook.messages.order_by("-made_at", "-pk")[:SHOWN]
    return json_response(hook_as_dict(hook) | {"messages": [message_as_dict(message) for message in messages]})


def change_hook(request: HttpRequest, key: ApiKey, pk: int) -> HttpResponse:
    hook = find_hook(key, pk)
    active = read_object(request, {"active"}).get("active")
    if not isinstance(active, bool):
        raise QueryError(_("active: must be true or false."))
    if active and hook.off_at:
        webhooks.switch_on(hook)
    elif not active and not hook.off_at:
        webhooks.switch_off(hook, Webhook.Off.ASKED)
    return json_response(hook_as_dict(hook))


def delete_hook(request: HttpRequest, key: ApiKey, pk: int) -> HttpResponse:
    find_hook(key, pk).delete()
    return HttpResponse(status=NO_CONTENT)


def ping_hook(request: HttpRequest, key: ApiKey, pk: int) -> HttpResponse:
    hook = find_hook(key, pk)
    if hook.off_at:
        raise QueryError(_("It is switched off."), status=409)
    return json_response(message_as_dict(webhooks.send_ping(hook)), ACCEPTED)


def hook_as_dict(hook: Webhook) -> dict[str, Any]:
    return {
        "id": hook.pk,
        "url": hook.url,
        "kinds": hook.kinds,
        "own_only": hook.own_only,
        "active": hook.off_at is None,
        "off_because": str(hook.get_off_why_display()) if hook.off_at else None,
        "failing_since": hook.failing_since and webhooks.iso(hook.failing_since),
        "made_at": webhooks.iso(hook.made_at),
    }


def message_as_dict(message: WebhookMessage) -> dict[str, Any]:
    return {
        "id": message.number,
        "kind": message.kind,
        "state": message.state,
        "tries": message.tries,
        "status": message.status,
        "answer": message.answer,
        "made_at": webhooks.iso(message.made_at),
        "sent_at": message.sent_at and webhooks.iso(message.sent_at),
        "next_at": webhooks.iso(message.next_at) if message.state == message.State.WAITING else None,
    }


def json_response(data: dict[str, Any], status: int = 200) -> HttpResponse:
    return JsonResponse(data, status=status, json_dumps_params={"ensure_ascii": False})
