"""Publish the sealed heads of the history at `/history/` and explain how to verify them."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render

from geoapp.http.http_methods import require_safe
from incidents.audit import chain

SHOWN_DAYS = 60  # days on the page; the file has them all


@login_not_required
@require_safe
def history_page(request):
    heads = list(chain.HISTORY.published_heads()[:SHOWN_DAYS])
    key = bytes(heads[0].key or b"").hex() if heads else ""
    shown = {"heads": heads, "covered": chain.SEALED_FIELDS, "key": key}
    return render(request, "incidents/public/history.html", shown)
