"""Show faults of cameras, what to do, the route, and promised repair times: `/cameras/faults/`.

A fault passes when the camera sees again; a finding of a camera about itself can be dismissed.
"""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cameras import access, freshness
from cameras.detection import findings
from cameras.models import Camera, Finding
from cameras.monitoring import faults, promises
from cameras.views.control_room.room_acts import parse_local_time
from geoapp.http.http_methods import require_safe
from incidents.models import User
from incidents.page_access import SignedInRequest, require_work


@require_safe
@require_work("camera-health")
def faults_page(
    request: SignedInRequest, fault: str = "", at: int | None = None, promised: str = "", status: int = 200
) -> HttpResponse:
    """Show all cameras without a current picture, or with a finding about themselves, by team.

    `fault`: what is wrong with a submitted form: that of the finding `at`, or the promise of the camera `promised`.
    """
    moment = now()
    teams, all_cameras = faults.faults_by_team(moment)
    attach_good_pictures(request.user, teams)
    nobody = next((team.count for team in teams if team.source is None), 0)
    context = {
        "teams": teams, "all_cameras": all_cameras, "broken": sum(team.count for team in teams), "nobody": nobody,
        "fault": fault, "at": at, "promised": promised, "overdue": sum(team.overdue for team in teams),
        "drives": any(team.stops for team in teams),
    }  # fmt: skip
    return render(request, "cameras/technician/faults.html", context, status=status)


def attach_good_pictures(user: User, teams: list[faults.Team]) -> None:
    seeing = [str(health) for health in freshness.SEEING]
    for team in teams:
        for fault in team.faults:
            fault.good, _why_not = access.newest_frame_for(user, fault.camera, health__in=seeing)


@require_POST
@require_work("camera-health")
def dismiss_fault(request: SignedInRequest, key: int) -> HttpResponse:
    get_object_or_404(Finding.objects.faults(), pk=key)
    try:
        findings.dismiss_finding(request.user, key, request.POST.get("reason", ""))
    except findings.AlreadyDecided:
        messages.error(request, _("It has passed, or somebody else was faster."))
    except findings.NotPossible as why:
        request.method = "GET"
        return faults_page(request, fault=str(why), at=key, status=400)
    else:
        messages.success(request, _("Dismissed."))
    return redirect("camera-faults")


@require_POST
@require_work("camera-health")
def promise_repair(request: SignedInRequest, code: str) -> HttpResponse:
    camera = get_object_or_404(Camera.objects.filter(active=True), code=code)
    try:
        promises.promise_repair(camera, parse_local_time(request.POST.get("until", "")), request.user)
    except promises.NoFault as why:
        messages.error(request, str(why))
    except promises.InvalidPromise as why:
        request.method = "GET"
        return faults_page(request, fault=str(why), promised=code, status=400)
    else:
        messages.success(request, _("Saved. The time is shown beside the camera."))
    return redirect("camera-faults")
