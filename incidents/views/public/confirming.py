"""Confirm a phone number or e-mail address, by a code on the private page or by a link in a letter."""

import math
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from geoapp.http import rate_limits
from incidents.channels import web
from incidents.models import Medium, Report
from incidents.models.notices import CONTACT_FIELDS
from incidents.notify import confirming
from incidents.notify.code_limits import CodeRefused
from incidents.reporting import puzzle
from incidents.views.public import private_pages
from incidents.views.public.private_addresses import hide_address
from incidents.views.public.reporting import puzzle_fields


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_POST
def confirm_address(request, token):
    report = get_object_or_404(Report.objects.with_link(token).select_related("incident"))
    medium, sends = request.POST.get("medium", ""), "send" in request.POST
    try:
        if sends:
            known = web.read_known_addresses(request.COOKIES.get(web.KNOWN, ""))
            solved = puzzle.is_solved(**puzzle_fields(request))
            network = rate_limits.network_of_request(request)
            confirming.send_code(report, medium, network=network, known=known, puzzle_solved=solved)
            return back_to_report(token, f"code={medium}")
        if medium not in CONTACT_FIELDS:
            raise CodeRefused(_("No code can be sent there."))
        confirming.enter_code(report, medium, request.POST.get("code", "")[:20])
    except CodeRefused as refused:
        status = 429 if refused.again_s or refused.puzzle else 400
        question = puzzle.new_code_puzzle() if refused.puzzle else None
        response = private_pages.render_report_page(
            request, token, status=status, confirm_fault=str(refused), confirm_question=question
        )
        if refused.again_s:
            response["Retry-After"] = str(math.ceil(refused.again_s))
        return response
    return remember_address(request, back_to_report(token, "confirmed=1"), confirming.address_of(report, medium))


def back_to_report(token, query):
    return HttpResponseRedirect(f"{reverse('follow', args=[token])}?{query}#confirm", status=303)


def remember_address(request: HttpRequest, response: HttpResponse, address: str) -> HttpResponse:
    """Returns the response with a cookie by which this browser need not confirm the address again."""
    cookie = web.known_cookie(web.read_known_addresses(request.COOKIES.get(web.KNOWN, "")), address)
    more: dict[str, Any] = {"secure": request.is_secure(), "httponly": True, "samesite": "Lax"}
    response.set_cookie(web.KNOWN, cookie, max_age=web.KNOWN_FOR_S, **more)
    return response


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirmation_link(request, token):
    """Asks the person who opens a confirmation link whether the address is theirs; only a POST confirms it, because
    mail programs fetch links.
    """
    confirmation, choice = confirming.confirmation_of_link(token), request.POST.get("say")
    incident = confirmation.report.incident if confirmation else None
    context = {"confirmation": confirmation, "incident": incident, "said": ""}
    if confirmation and choice == "yes":
        confirming.confirm(confirmation)
        context["said"] = "confirmed"
    elif confirmation and choice == "no":
        confirming.deny(confirmation)
        context["said"] = "denied"
    status = 200 if confirmation else 410
    response = hide_address(render(request, "incidents/public/confirm_link.html", context, status=status))
    if confirmation and context["said"] == "confirmed":
        remember_address(request, response, confirming.address_of(confirmation.report, Medium(confirmation.medium)))
    return response
