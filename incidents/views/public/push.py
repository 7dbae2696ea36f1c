"""Web push subscriptions of reporters (by private link) and of staff."""

from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from geoapp.http import rate_limits
from geoapp.http.text_validation import raw_body, read_json
from incidents.models import Report
from incidents.notify import push

MAX_BODY_BYTES = 4000


@never_cache
@require_http_methods(["GET", "POST"])
def own_browsers(request):
    if request.method == "POST":
        return change_subscription(request, person=request.user)
    browsers = [(browser, urlsplit(browser.endpoint).hostname) for browser in request.user.browsers.order_by("-since")]
    context = {"browsers": browsers, "save": reverse("push"), "is_on": push.is_on()}
    return render(request, "incidents/public/push.html", context)


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_POST
def report_browser(request, token):
    return change_subscription(request, report=get_object_or_404(Report.objects.with_link(token), erased_at=None))


def change_subscription(request, **whose):
    """Stores or deletes the subscription in the body; `whose` is `person` or `report`."""
    try:
        subscription = read_json(raw_body(request)[:MAX_BODY_BYTES])
        if not isinstance(subscription, dict) or not push.is_on():
            raise push.InvalidSubscription
        if subscription.get("off"):
            push.delete_subscription(str(subscription.get("endpoint")), **whose)
        else:
            push.store_subscription(subscription, **whose)
    except (ValueError, push.InvalidSubscription):
        return JsonResponse({"error": _("This browser cannot receive messages.")}, status=400)
    return JsonResponse({"on": not subscription.get("off")})
