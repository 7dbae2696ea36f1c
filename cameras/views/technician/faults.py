"""`/cameras/faults/`: what cameras report of themselves. It passes when they see again, or is dismissed here."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cameras.detection import findings
from cameras.models import Finding
from geoapp.methods import require_safe
from gis_data.alphabet import in_alphabet
from incidents.page_access import SignedInRequest, require_work

ROWS = 200


@require_safe
@require_work("camera-health")
def faults_page(request: HttpRequest, fault: str = "", at: int | None = None, status: int = 200) -> HttpResponse:
    """The cameras that were turned away, covered or blurred, the longest first, by who looks after them."""
    rows = Finding.objects.faults().filter(state=Finding.State.OPEN).select_related("camera__source")
    rows = list(rows.order_by(in_alphabet("camera__source__name"), "since", "pk")[:ROWS])
    context = {"rows": rows, "fault": fault, "at": at}
    return render(request, "cameras/technician/faults.html", context, status=status)


@require_POST
@require_work("camera-health")
def dismiss_fault(request: SignedInRequest, key: int) -> HttpResponse:
    """Say that it is no fault, with a reason."""
    get_object_or_404(Finding.objects.faults(), pk=key)
    try:
        findings.dismiss_finding(request.user, key, request.POST.get("reason", ""))
    except findings.AlreadyDecided:
        messages.error(request, _("It has passed, or somebody was quicker."))
    except findings.NotPossible as why:
        request.method = "GET"
        return faults_page(request, fault=str(why), at=key, status=400)
    else:
        messages.success(request, _("Dismissed."))
    return redirect("camera-faults")
