"""What SMS gateways call: a receipt for a message of ours, or a message that somebody sent us; and what Zalo calls.

Who does not know the token in the address, or does not sign, gets nowhere. What a gateway says is taken once, however
often it says so, and it gets its 200 at once: what follows is done by a job, in the same transaction.
"""

import hmac

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, HttpResponseBadRequest, HttpResponseForbidden
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST
from procrastinate.contrib.django import app

from geoapp.readable import is_text, raw_body
from incidents.intake import chat, zalo
from incidents.notify import gateway, receipts, sms

MAX_VALUE_LENGTH = 4000  # characters of one value
MAX_EVENT_BYTES = 200_000  # bytes


@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def receive_receipt(request, provider, token):
    """A gateway says what became of a message. One that signs nothing is asked back before it is believed."""
    caller = find_gateway(provider, token)
    try:
        said = caller.parse_receipt(read_call_data(request))
    except gateway.Unreadable as fault:
        return HttpResponseBadRequest(f"Unreadable: {fault}", content_type="text/plain")
    if hasattr(caller, "fetch_status"):
        task = app.configure_task("incidents.check_sms")
        task.defer(provider=provider, provider_id=said.provider_id, reference=said.reference[:50])
    else:
        receipts.store_receipt(said)
    return HttpResponse("OK", content_type="text/plain")


@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def receive_sms(request, provider, token):
    """Somebody sent an SMS to our number. Who reads replies gets it as a job."""
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


@csrf_exempt
@login_not_required
@never_cache
@require_POST
def receive_zalo_event(request):
    """Somebody wrote to the city's Zalo account, or something happened there. All that is signed gets its 200, also
    what is not for us: after some other answers Zalo would switch the hook off.
    """
    if not zalo.is_on():
        raise Http404
    if int(request.headers.get("Content-Length") or 0) > MAX_EVENT_BYTES:
        return HttpResponse("Too large", status=413, content_type="text/plain")
    headers = (request.headers.get(name, "") for name in ("X-ZEvent-Signature", "X-ZEvent-Timestamp"))
    body = raw_body(request)
    if not zalo.is_signed(body, *headers):
        return HttpResponseForbidden("Wrong sign", content_type="text/plain")
    chat.store_event(body)
    return HttpResponse("OK", content_type="text/plain")


def find_gateway(provider, token):
    """The module of the gateway that calls. What the address does not name rightly is not there."""
    ours = settings.SMS_CALLBACK_TOKEN
    if not ours or not hmac.compare_digest(token.encode(), ours.encode()) or provider not in sms.CALLBACK_PROVIDERS:
        raise Http404
    return sms.CALLBACK_PROVIDERS[provider]


def read_call_data(request):
    """What is said: in the address, in a form, or in the body as it came."""
    try:
        said = {**request.GET.dict(), **request.POST.dict()}
        said["body"] = raw_body(request)[:MAX_VALUE_LENGTH].decode("utf-8", "replace") if not request.POST else ""
    except (OSError, ValueError):
        raise gateway.Unreadable("body") from None
    if any(len(value) > MAX_VALUE_LENGTH or not is_text(value) for value in said.values()):
        raise gateway.Unreadable("too long")
    return said
