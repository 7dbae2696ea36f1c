"""Announce to people nearby from the control room: about a place, a camera or an incident."""

from django.contrib.gis.geos import Point
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from cameras.room import creating
from cameras.views.control_room.layouts import room_view
from cameras.views.control_room.room_acts import find_camera, refusal
from gis_data.addresses import geocode
from incidents import access
from incidents.announcements import acts as announcement_acts
from incidents.forms import AnnouncementForm, announcing_context, first_announcement
from incidents.page_access import SignedInRequest


@room_view(["GET", "POST"])
def announce(request: SignedInRequest) -> HttpResponse:
    """Show the form with a preview, and announce. `camera`, `incident` or `lon` and `lat` say where."""
    incidents = access.incidents_for(request.user, "room").with_pages()
    if request.method == "GET":
        return show_form(request, incidents)
    form = AnnouncementForm(request.POST, incidents=incidents)
    if not form.is_valid():
        return refusal(form.faults)
    values = form.cleaned_data
    try:
        line = announcement_acts.issue(
            values["kind"], values["reach"], values["wording"], by=request.user, incident=values["about"]
        )
    except announcement_acts.NotAnnounced as refused:
        return refusal(refused.faults)
    return JsonResponse(
        {"said": _("The announcement is published."), "undo": reverse("announcing-undo", args=[line.pk])}
    )


def show_form(request, incidents):
    parameters = request.GET.copy()
    camera = find_camera(request.user, parameters.get("camera", ""))
    if camera and not parameters.get("lon"):
        place = creating.place_in_view(camera)
        parameters["lon"], parameters["lat"] = str(place.x), str(place.y)
    about = incidents.filter(reference=parameters.get("incident", "")[:20]).first()
    form = AnnouncementForm(first_announcement(parameters, about), incidents=incidents)
    context = announcing_context(form, request.user)
    context |= {"camera": camera, "ward": ward_at(context["held"]), "shown_faults": {}}
    return render(request, "cameras/control_room/announce_form.html", context)


def ward_at(fields):
    try:
        return geocode.locate(Point(float(fields["lon"]), float(fields["lat"]), srid=4326)).area
    except (ValueError, geocode.OutsideTheCity):
        return None
