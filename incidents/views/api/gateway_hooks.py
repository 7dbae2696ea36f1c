"""Receive delivery receipts and messages from SMS gateways, and chat events.

A wrong token in the address is answered 404, a wrong signature 403. Each call is stored once, even if repeated, and
answered 200 at once; a job deferred in the same transaction does the rest.
"""

import hmac

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, HttpResponseBadRequest, HttpResponseForbidden
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST
from procrastinate.contrib.django import app

from geoapp.http import rate_limits
from geoapp.http.text_validation import is_text, raw_body
from incidents.channels import chat, messenger, zalo
from incidents.models import Medium
from incidents.notify import gateway, receipts, sms

MAX_VALUE_LENGTH = 4000  # characters of one value
MAX_EVENT_BYTES = 200_000


@rate_limits.limit_requests("webhook")
@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def receive_receipt(request, provider, token):
    """Stores a delivery receipt; for a gateway that does not sign its calls, a job queries the status first."""
    caller = find_gateway(provider, token)
    try:
        delivery = caller.parse_receipt(read_call_data(request))
    except gateway.Unreadable as fault:
        return HttpResponseBadRequest(f"Unreadable: {fault}", content_type="text/plain")
    if isinstance(caller, gateway.QueriedGateway):
        task = app.configure_task("incidents.check_sms")
        task.defer(provider=provider, provider_id=delivery.provider_id, reference=delivery.reference[:50])
    else:
        receipts.store_receipt(delivery)
    return HttpResponse("OK", content_type="text/plain")


@rate_limits.limit_requests("webhook")
@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def receive_sms(request, provider, token):
    caller = find_gateway(provider, token)
    try:
        arrived = caller.parse_inbound(read_call_data(request))
    except gateway.Forged:
        return HttpResponseForbidden("Wrong sign", content_type="text/plain")
    except gateway.Unreadable as fault:
        return HttpResponseBadRequest(f"Unreadable: {fault}", content_type="text/plain")
    sms.store_inbound(arrived)
    text, kind = caller.inbound_response(arrived)
    return HttpResponse(text, content_type=kind)


@rate_limits.limit_requests("webhook")
@csrf_exempt
@login_not_required
@never_cache
@require_POST
def receive_zalo_event(request):
    """Stores an event of the city's Zalo account.

    Answers 200 to every signed event, even unused ones: after other answers Zalo disables the webhook.
    """
    if not zalo.is_on():
        raise Http404
    if int(request.headers.get("Content-Length") or 0) > MAX_EVENT_BYTES:
        return HttpResponse("Too large", status=413, content_type="text/plain")
    headers = (request.headers.get(name, "") for name in ("X-ZEvent-Signature", "X-ZEvent-Timestamp"))
    body = raw_body(request)
    if not zalo.is_signed(body, *headers):
        return HttpResponseForbidden("Wrong sign", content_type="text/plain")
    chat.store_event(Medium.ZALO, body)
    return HttpResponse("OK", content_type="text/plain")


@rate_limits.limit_requests("webhook")
@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def receive_messenger_events(request):
    """Stores messages to the city's Messenger page; GET is the handshake of a new webhook.

    Answers 200 to every signed call, even unused ones: after other answers Meta disables the webhook.
    """
    if not messenger.is_on():
        raise Http404
    if request.method == "GET":
        hub_values = (request.GET.get(f"hub.{name}", "") for name in ("mode", "verify_token", "challenge"))
        challenge = messenger.challenge_answer(*hub_values)
        if challenge is None:
            return HttpResponseForbidden("Wrong token", content_type="text/plain")
        return HttpResponse(challenge, content_type="text/plain")
    if int(request.headers.get("Content-Length") or 0) > MAX_EVENT_BYTES:
        return HttpResponse("Too large", status=413, content_type="text/plain")
    body = raw_body(request)
    if not messenger.is_signed(body, request.headers.get("X-Hub-Signature-256", "")):
        return HttpResponseForbidden("Wrong sign", content_type="text/plain")
    for event in messenger.split_events(body):
        chat.store_event(Medium.MESSENGER, event)
    return HttpResponse("OK", content_type="text/plain")


def find_gateway(provider, token):
    """Returns the gateway named in the address; raises Http404 on a wrong token or if it sends no calls."""
    ours = settings.SMS_CALLBACK_TOKEN
    known = ours and hmac.compare_digest(token.encode(), ours.encode())
    caller = sms.calling_gateway_of(provider) if known else None
    if caller is None:
        raise Http404
    return caller


def read_call_data(request):
    try:
        values = {**request.GET.dict(), **request.POST.dict()}
        values["body"] = raw_body(request)[:MAX_VALUE_LENGTH].decode("utf-8", "replace") if not request.POST else ""
    except (OSError, ValueError):
        raise gateway.Unreadable("body") from None
    if any(len(value) > MAX_VALUE_LENGTH or not is_text(value) for value in values.values()):
        raise gateway.Unreadable("too long")
    return values
