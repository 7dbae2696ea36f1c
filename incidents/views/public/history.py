"""`/history/`: the published heads of the history, and how anybody can check it."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.cache import cache_control

from geoapp.hash_chain import heads_as_json
from geoapp.methods import require_safe
from incidents.audit import chain
from incidents.models import Head

SHOWN = 60  # days on the page; the file has them all
FRESH = cache_control(public=True, max_age=300)


@login_not_required
@require_safe
def page(request):
    heads = list(Head.objects.all()[:SHOWN])
    return render(request, "incidents/public/history.html", {"heads": heads, "covered": chain.SEALED_FIELDS})


@login_not_required
@require_safe
@FRESH
def heads(request):
    """All heads, the newest first, for those who keep them elsewhere."""
    return heads_as_json(Head.objects.all())
