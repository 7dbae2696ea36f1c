"""Review requests for API keys and list the usage of keys."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from gis_data.alphabet import in_alphabet
from incidents import developers
from incidents.forms import WordsField
from incidents.models import ApiKey, KeyRequest
from incidents.page_access import SignedInRequest, require_work

SHOWN = 100


@require_work("administer")
@require_http_methods(["GET", "HEAD"])
def request_list(request: HttpRequest) -> HttpResponse:
    return render_list(request)


def render_list(request: HttpRequest, *, fault: str = "", status: int = 200) -> HttpResponse:
    key_requests = (
        KeyRequest.objects.select_related("key", "decided_by").exclude(confirmed_at=None).order_by("-asked_at")
    )
    context = {
        "waiting": key_requests.filter(agreed=None).order_by("asked_at")[:SHOWN],
        "decided": key_requests.exclude(agreed=None)[:SHOWN],
        "keys": [key_row(key) for key in ApiKey.objects.order_by(in_alphabet("name"))[:SHOWN]],
        "fault": fault,
    }
    return render(request, "incidents/staff/developer_keys.html", context, status=status)


def key_row(key: ApiKey) -> tuple[ApiKey, int, int]:
    uses = developers.uses_of(key)
    return key, sum(use.calls for use in uses), sum(use.refused for use in uses)


@require_work("administer")
@require_POST
def decide_key_request(request: SignedInRequest, pk: int) -> HttpResponse:
    get_object_or_404(KeyRequest, pk=pk)
    why, agreed = (
        WordsField(required=False, limit=300).clean(request.POST.get("why", "")[:300]),
        "agree" in request.POST,
    )
    if not agreed and not why:
        return render_list(request, fault=_("Give the reason: the applicant is told."), status=400)
    try:
        developers.decide_request(pk, agreed=agreed, by=request.user, why="" if agreed else why)
    except developers.NotDecidable:
        return render_list(request, fault=_("This has already been decided."), status=409)
    return redirect("key-requests")
