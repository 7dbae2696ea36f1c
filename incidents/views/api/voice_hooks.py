"""Webhook of telephone systems: receives call events and answers with what to say next.

404 for a system that VOICE_SOURCES does not name, 403 for a wrong or old signature, 400 with each fault for an
unreadable event, 409 for an event out of turn. Each event is stored before it is answered.
"""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from geoapp.http import rate_limits
from geoapp.http.text_validation import raw_body
from incidents.channels.voice import calls, systems
from incidents.channels.voice.events import Forged, OutOfTurn, Unreadable

MAX_EVENT_BYTES = 200_000
WHY_OUT_OF_TURN = {
    "ended": gettext_lazy("The call has ended."),
    "turn": gettext_lazy("It answers another question than the last one."),
    "order": gettext_lazy("It was said before what has already been answered."),
}


@rate_limits.limit_requests("webhook")
@csrf_exempt
@login_not_required
@never_cache
@require_POST
def receive_call_event(request: HttpRequest, source: str) -> HttpResponse:
    adapter = systems.adapter_of(source)
    if adapter is None:
        raise Http404
    if int(request.headers.get("Content-Length") or 0) > MAX_EVENT_BYTES:
        return refusal(413, _("It is larger than an event may be."))
    call = hook_call(request)
    try:
        adapter.check_signature(call, systems.secret_of(source))
        event = adapter.parse_call(call, source)
        answer = calls.take_event(source, event, call.body.decode())
    except Forged as fault:
        return refusal(403, str(fault))
    except Unreadable as fault:
        return refusal(400, _("The event cannot be read."), fields=fault.faults)
    except OutOfTurn as fault:
        return refusal(409, str(WHY_OUT_OF_TURN[str(fault)]), reason=str(fault))
    status, kind, text = adapter.write_answer(answer, event, settings.SITE_URL + request.path)
    return HttpResponse(text, status=status, content_type=f"{kind}; charset=utf-8")


def hook_call(request):
    url = settings.SITE_URL + request.get_full_path()
    return systems.HookCall(url, request.GET, request.headers, raw_body(request))


def refusal(status, fault, **more):
    body = {"received": False, "error": fault, "code": status, **more}
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})
