"""Show the unit's answer as an official letter to print."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from geoapp.http.http_methods import require_safe
from incidents.casework import official_letters
from incidents.page_access import SignedInRequest
from incidents.views.desk import detail


@require_safe
def letter_page(request: SignedInRequest, reference: str) -> HttpResponse:
    incident = detail.find_incident(request.user, reference, "work")
    letter = official_letters.letter_of(incident)
    if letter is None:
        raise Http404
    context = {"letter": letter, "received": incident.received_at, "back": reverse("desk-incident", args=[reference])}
    return render(request, "incidents/letter.html", context)
