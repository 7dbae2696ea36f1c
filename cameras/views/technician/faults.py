"""`/cameras/faults/`: why there is no picture, and what to do. A fault passes when the camera sees again; what a
camera reports of itself can be dismissed.
"""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cameras import access, freshness
from cameras.detection import findings
from cameras.models import Finding
from cameras.monitoring import faults
from geoapp.methods import require_safe
from incidents.models import User
from incidents.page_access import SignedInRequest, require_work


@require_safe
@require_work("camera-health")
def faults_page(request: SignedInRequest, fault: str = "", at: int | None = None, status: int = 200) -> HttpResponse:
    """All cameras without a picture of now, or with a finding about themselves, by who looks after them."""
    moment = now()
    teams, all_cameras = faults.faults_by_team(moment)
    attach_good_pictures(request.user, teams)
    nobody = next((team.count for team in teams if team.source is None), 0)
    context = {
        "teams": teams, "all_cameras": all_cameras, "broken": sum(team.count for team in teams), "nobody": nobody,
        "fault": fault, "at": at,
    }  # fmt: skip
    return render(request, "cameras/technician/faults.html", context, status=status)


def attach_good_pictures(user: User, teams: list[faults.Team]) -> None:
    """Put beside each fault the last picture in which its camera still saw, as far as this person is shown it."""
    seeing = [str(health) for health in freshness.SEEING]
    for team in teams:
        for one in team.faults:
            one.good, _why_not = access.newest_frame_for(user, one.camera, health__in=seeing)


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
