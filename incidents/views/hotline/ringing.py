"""Ringing calls: polled by open pages, taken by operators; and the extension of each operator."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from geoapp.http.http_methods import require_safe
from incidents.channels.voice import ringing
from incidents.hotline import calls
from incidents.models import RingingCall
from incidents.page_access import SignedInRequest, require_work
from incidents.views.hotline.call_pages import render_home
from incidents.views.hotline.messages import TAKEN, render_queue


@require_safe
@require_work("operator")
def list_ringing_calls(request: SignedInRequest) -> HttpResponse:
    """Returns the calls that ring for this operator and all others, for polling."""
    return render(request, "incidents/hotline/ringing.html", {"rings": RingingCall.objects.waiting().with_pages()})


@require_POST
@require_work("operator")
def take_call(request: SignedInRequest, pk: int) -> HttpResponse:
    try:
        call = calls.take_ringing_call(get_object_or_404(RingingCall, pk=pk), by=request.user)
    except calls.RingsNoMore:
        fault = _("This call is no longer ringing: a colleague has taken it, or the caller has hung up.")
        return render_queue(request, None, TAKEN, fault=fault)
    return redirect("operator-call", call.pk)


@require_POST
@require_work("operator")
def choose_extension(request: SignedInRequest) -> HttpResponse:
    typed = request.POST.get("extension", "")[:100]
    try:
        ringing.assign_extension(request.user, typed)
    except ValueError as fault:
        return render_home(request, 400, extension=typed, extension_faults=[str(fault)])
    messages.success(request, _("Calls that ring there appear on your page.") if typed.strip() else _("Saved."))
    return redirect("operator")
