"""Unsubscribe from messages by the signed link in each of them, without an account."""

from django.contrib.auth.decorators import login_not_required
from django.core.signing import BadSignature
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from geoapp.http import rate_limits
from incidents.notify import opt_outs
from incidents.views.public.private_addresses import hide_address


@rate_limits.limit_requests("link")
@csrf_exempt  # a mail program posts without our cookie; the link itself is signed
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop_messages(request, token):
    """Shows whether an address gets messages; a POST stops them, with `again` resumes them."""
    try:
        medium, address = opt_outs.read_token(token)
    except BadSignature:
        raise Http404 from None
    if request.method == "POST" and "again" in request.POST:
        opt_outs.opt_in(medium, address)
    elif request.method == "POST":
        opt_outs.opt_out(medium, address)
    stopped = opt_outs.has_opted_out(medium, address)
    return hide_address(render(request, "incidents/public/unsubscribe.html", {"address": address, "stopped": stopped}))
