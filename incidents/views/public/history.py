"""`/history/`: the published heads of the history, and how anybody can check it."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.cache import cache_control

from geoapp.http.methods import require_safe
from geoapp.ledger.heads import heads_as_json
from incidents.audit import chain
from incidents.models import HistoryHead

SHOWN_DAYS = 60  # days on the page; the file has them all
CACHE_FIVE_MINUTES = cache_control(public=True, max_age=300)


@login_not_required
@require_safe
def history_page(request):
    heads = list(HistoryHead.objects.all()[:SHOWN_DAYS])
    key = bytes(heads[0].key or b"").hex() if heads else ""
    shown = {"heads": heads, "covered": chain.SEALED_FIELDS, "key": key}
    return render(request, "incidents/public/history.html", shown)


@login_not_required
@require_safe
@CACHE_FIVE_MINUTES
def heads_file(request):
    """All heads as JSON, the newest first, for those who keep copies."""
    return heads_as_json(HistoryHead.objects.all())
