"""Draw privacy zones on the picture, and handle cameras that were turned: `/cameras/CODE/zones/`."""

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cameras import access as pictures
from cameras import ring
from cameras.forms import ZonesForm
from cameras.masking import zoning
from cameras.models import Camera, View
from incidents import access
from incidents.page_access import SignedInRequest, require_work
from incidents.wording import person_name

CHANGES = 5


@require_http_methods(["GET", "HEAD", "POST"])
@require_work("zones")
def zones_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show the zones of the current view. `?turned=1`: it was turned on purpose, they are drawn anew."""
    camera, view = find_camera_and_view(code)
    if view is None:
        messages.error(request, _("First say which of its views the camera currently has."))
        return redirect("camera", camera.code)
    turned = "turned" in request.GET and zoning.may_be_turned(camera, view)
    if request.method == "POST":
        return save_zones(request, camera, view, turned)
    ground = ground_for(request.user, view, turned)
    return render_zones(request, view, turned, ground, zones_form(view, turned, ground))


@require_POST
@require_work("zones")
def turned_page(request: SignedInRequest, code: str) -> HttpResponse:
    """Make the current picture the camera's view; if the old view had zones, they are drawn first."""
    camera, view = find_camera_and_view(code)
    if view is None or not zoning.may_be_turned(camera, view):
        raise Http404
    if view.zones:
        return redirect(f"{request.path.removesuffix('turned/')}zones/?turned=1")
    zoning.record_turn(camera, request.user)
    messages.success(
        request, _("This is now the view of the camera. The system is learning it; until then nothing is public.")
    )
    return redirect("camera", camera.code)


def zones_context(request: HttpRequest, camera: Camera) -> dict:
    view = camera.views.filter(current=True).first()
    may_draw = access.does_work(request.user, "zones")
    return {
        "seen_now": view,
        "may_draw": may_draw,
        "may_be_turned": may_draw and zoning.may_be_turned(camera, view),
    }


def find_camera_and_view(code):
    """Return a camera and its current view: an unsaved one if it has no view at all, None if none of several is
    current.
    """
    camera = get_object_or_404(Camera.objects.select_related("source"), code=code)
    view = camera.views.filter(current=True).first()
    if view is None and not camera.views.exists():
        view = View(camera=camera)
    if view:
        view.camera = camera
    return camera, view


def ground_for(user, view, turned, **which):
    if view.camera.is_paused(now()):
        return None
    return zoning.find_ground(pictures.frames_for(user).filter(**which), view, turned, pictures.sees_uncovered(user))


def zones_form(view, turned, ground, data=None):
    drawn = view.zones if ground is None or turned else zoning.zones_on_ground(view.zones, ground.transform)
    on = ground.frame.micros if ground else ""
    return ZonesForm(data, digest=zoning.zones_digest(view.zones), drawn=[] if turned else drawn, on=on)


def save_zones(request, camera, view, turned):
    form = zones_form(view, turned, None, request.POST)
    on, ground = form["on"].value() or "", None
    if form.is_valid():
        ground = (
            ground_for(request.user, view, turned, taken_at=ring.EPOCH + timedelta(microseconds=int(on)))
            if on
            else None
        )
        if (on or turned) and ground is None:
            form.add_error(None, _("The picture on which you drew no longer exists. Draw on the one that is shown."))
        else:
            drawn = zoning.zones_to_keep(form.cleaned_data["zones"], view, ground and ground.transform, anew=turned)
            if turned:
                zoning.record_turn(camera, request.user, drawn)
            else:
                zoning.draw_zones(view, drawn, request.user)
            messages.success(request, _("The zones are saved."))
            return redirect("camera-zones", camera.code)
    return render_zones(request, view, turned, ground or ground_for(request.user, view, turned), form)


def render_zones(request, view, turned, ground, form):
    changes = list(zoning.zone_changes(view.camera)[:CHANGES])
    for change in changes:
        change.who = person_name(change.user)  # type: ignore[attr-defined]  # for the page
        change.turned = change.change_message.startswith(zoning.TURNED_SAID)  # type: ignore[attr-defined]  # for the page
    context = {
        "camera": view.camera,
        "view": view,
        "turned": turned,
        "may_be_turned": zoning.may_be_turned(view.camera, view),
        "ground": ground,
        "form": form,
        "changes": changes,
        "sees_cameras": pictures.cameras_for(request.user).exists(),
        "as_it_came": pictures.sees_uncovered(request.user),
    }
    return render(request, "cameras/technician/register/zones.html", context, status=400 if form.errors else 200)
