"""`/history/`: the published heads of the history, and how anybody can check it."""

from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control

from geoapp.methods import require_safe
from incidents.audit import chain
from incidents.models import Head

SHOWN = 60  # days on the page; the file has them all
FRESH = cache_control(public=True, max_age=300)


@login_not_required
@require_safe
def page(request):
    heads = list(Head.objects.all()[:SHOWN])
    return render(request, "incidents/public/history.html", {"heads": heads, "covered": chain.COVERED})


@login_not_required
@require_safe
@FRESH
def heads(request):
    """All heads, the newest first, for those who keep them elsewhere."""
    return as_file(Head.objects.all())


def as_file(heads):
    """Published heads of a chain as JSON."""
    told = ("day", "line", "published_at")
    rows = [{name: getattr(head, name) for name in told} | {"digest": head.hex} for head in heads]
    return JsonResponse({"digest": "SHA-256", "heads": rows})
