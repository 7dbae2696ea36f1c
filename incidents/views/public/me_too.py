"""Count or withdraw one more report of an incident with one tap (“It happens to me too”)."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from geoapp.http import rate_limits
from incidents import access, workflow
from incidents.reporting import ReportRefused, me_too
from incidents.views.public import incident_pages, own_browser


@rate_limits.limit_requests("me-too")
@login_not_required
@never_cache
@require_POST
def count_me_too(request: HttpRequest, reference: str) -> HttpResponse:
    """Adds a report to a published incident, or withdraws it with `undo`. 409 if the incident has ended."""
    published = access.incidents_for(request.user).filter(access.PUBLISHED)
    incident = get_object_or_404(published.with_pages(), reference=reference)
    response = HttpResponseRedirect(reverse("incident", args=[reference]) + "#me-too", status=303)
    try:
        if "undo" in request.POST:
            me_too.take_back(incident, own_browser.browser_of(request))
            return response
        me_too.require_open(incident)
        browser, key = own_browser.known_browser(request)
        network, language = rate_limits.network_of_request(request), get_language() or settings.LANGUAGE_CODE
        me_too.report_me_too(incident, browser, network=network, language=language)
    except (ReportRefused, workflow.NotAllowed) as refused:
        context = incident_pages.public_context(request, incident) | {"refused": str(refused)}
        return render(request, "incidents/public/incident.html", context, status=409)
    return own_browser.remember_browser(request, response, key)
