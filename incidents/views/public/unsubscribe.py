"""Who wants no more messages: one step, from the link in each, without an account."""

from django.contrib.auth.decorators import login_not_required
from django.core.signing import BadSignature
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from incidents.notify import email


@csrf_exempt  # a mail program posts without our cookie; the link itself is signed
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop_messages(request, token):
    """Looking changes nothing; posting stops the messages, or lets them come again."""
    try:
        medium, address = email.read_token(token)
    except BadSignature:
        raise Http404 from None
    if request.method == "POST":
        (email.opt_in if "again" in request.POST else email.opt_out)(medium, address)
    stopped = email.has_opted_out(medium, address)
    response = render(request, "incidents/public/stop.html", {"address": address, "stopped": stopped})
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
