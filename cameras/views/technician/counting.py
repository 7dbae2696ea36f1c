"""Show how far the detection model is made, and have an administrator make it: `/cameras/counting/`."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cameras.detection import making
from incidents import access
from incidents.page_access import SignedInRequest, require_work


@require_http_methods(["GET", "HEAD", "POST"])
@require_work("camera-health")
def counting_model(request: SignedInRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "cameras/staff/counting_model.html", {"making": making.making_now()})
    if not access.does_work(request.user, "administer"):
        raise Http404
    making.ask_for_model()
    messages.success(request, _("Installation in progress; this page shows how far it is."))
    return redirect("camera-health")
