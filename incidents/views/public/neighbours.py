"""The page that asks a neighbour whether it is gone: behind a private link, or in the browser of who reported it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from geoapp.http import rate_limits
from geoapp.http.browser_features import allow_camera
from incidents import access, workflow
from incidents.casework import neighbours
from incidents.casework.neighbours import Witness
from incidents.forms import PhotosField, point_of
from incidents.models import Event, Incident, NeighbourAnswer, Photo, PhotoProof
from incidents.models.neighbours import NEAR_M
from incidents.views.public import incident_pages, own_browser
from incidents.views.public.private_addresses import hide_address, speak_language_of


class AnswerForm(forms.Form):
    """An answer, where the device is, and at most one photo."""

    word = forms.ChoiceField(choices=NeighbourAnswer.Word)
    photos = PhotosField(required=False)
    own_lon = forms.FloatField(required=False, min_value=-180, max_value=180)
    own_lat = forms.FloatField(required=False, min_value=-90, max_value=90)
    own_accuracy = forms.FloatField(required=False, min_value=0, max_value=10_000_000)


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@allow_camera
@require_http_methods(["GET", "HEAD", "POST"])
def question_by_link(request: HttpRequest, slug: str) -> HttpResponse:
    """Asks whether it is gone; a POST stores the answer. A GET changes nothing, because chats preview links."""
    try:
        witness, result = neighbours.open_link(slug)
    except Event.DoesNotExist:
        raise Http404 from None
    witness = Witness(witness.report, witness.follow, own_browser.browser_of(request))
    if not witness.report and not result.incident.published:
        raise Http404
    with speak_language_of(request, witness):
        return respond(request, witness, result)


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@allow_camera
@require_http_methods(["GET", "HEAD", "POST"])
def question_in_browser(request: HttpRequest, reference: str) -> HttpResponse:
    """The same for the browser that reported it or follows it; 404 for others."""
    published = access.incidents_for(request.user).filter(access.PUBLISHED)
    incident = get_object_or_404(published.with_pages(), reference=reference)
    result = neighbours.asked_result(incident)
    witness = neighbours.witness_of_browser(own_browser.browser_of(request), result) if result else None
    if result is None or witness is None:
        raise Http404
    return respond(request, witness, result)


def respond(request: HttpRequest, witness: Witness, result: Event) -> HttpResponse:
    if request.method != "POST":
        return render_question(request, witness, result)
    if "stop" in request.POST and witness.follow:
        neighbours.stop_asking(witness.follow)
        return HttpResponseRedirect(f"{request.path}?stopped=1", status=303)
    if "remove" in request.POST:
        if answer := neighbours.find_answer(witness, result):
            neighbours.remove_photo(answer)
        return HttpResponseRedirect(f"{request.path}?removed=1", status=303)
    return store_answer(request, witness, result)


def store_answer(request: HttpRequest, witness: Witness, result: Event) -> HttpResponse:
    form = AnswerForm(request.POST, request.FILES)
    if not form.is_valid():
        return render_question(request, witness, result, form=form, status=400)
    data, pictures = form.cleaned_data, form.cleaned_data["photos"][:1]
    asks = [rate_limits.Ask("neighbour:address", rate_limits.network_of_request(request))]
    if waits := rate_limits.take(*asks, *incident_pages.photo_asks(request, pictures)):
        refused = rate_limits.too_many_sentence(max(waits.values()))
        return render_question(request, witness, result, form=form, refused=refused, status=429)
    try:
        neighbours.answer_question(
            witness,
            result,
            data["word"],
            network=rate_limits.network_of_request(request),
            place=point_of(data.get("own_lon"), data.get("own_lat")),
            accuracy_m=data.get("own_accuracy") or 0,
            picture=pictures[0] if pictures else None,
        )
    except workflow.NotAllowed as refused:
        return render_question(request, witness, result, form=form, refused=str(refused), status=409)
    return HttpResponseRedirect(request.path, status=303)


def render_question(
    request: HttpRequest,
    witness: Witness,
    result: Event,
    *,
    form: AnswerForm | None = None,
    refused: str = "",
    too_old: bool = False,
    status: int = 200,
) -> HttpResponse:
    incident = Incident.objects.with_pages().get(pk=result.incident_id)
    current = neighbours.asked_result(incident) == result
    answer = neighbours.find_answer(witness, result)
    context: dict[str, Any] = incident_pages.incident_context(incident) | {
        "result": result,
        "results": incident_pages.shown_photos(result),
        "form": form or AnswerForm(),
        "refused": refused,
        "too_old": too_old,
        "answer": answer,
        "asks": current and neighbours.is_open_for_answers(result) and answer is None,
        "asked": neighbours.asked_count(result),
        "counts": neighbours.count_answers(result),
        "near_m": NEAR_M,
        "needs_place": witness.report is None,
        "follows": witness.follow is not None,
        "needed": neighbours.NEEDED,
        "hours": round(neighbours.WINDOW.total_seconds() / 3600),
        "stopped": "stopped" in request.GET,
        "removed": "removed" in request.GET,
        "stops": "stop" in request.GET,
    }
    return hide_address(render(request, "incidents/public/neighbours/question.html", context, status=status))


def redisplay_by_link(request: HttpRequest, slug: str) -> HttpResponse:
    try:
        witness, result = neighbours.open_link(slug)
    except Event.DoesNotExist:
        raise Http404 from None
    with speak_language_of(request, witness):
        return render_question(request, witness, result, too_old=True, status=403)


@dataclass(frozen=True)
class Evidence:
    """What speaks for the result of an incident; `question`: where this browser may answer, if it may."""

    counts: Counter[str]
    span: tuple[datetime, datetime] | None
    pictures: list[Photo]
    placed: PhotoProof | None
    is_alike: bool
    question: str


def evidence_of(request: HttpRequest, incident: Incident, result: Event | None) -> Evidence | None:
    """What the pages of an incident show of its proof; None where nothing was resolved."""
    if result is None or neighbours.asked_result(incident) != result:
        return None
    return Evidence(
        neighbours.count_answers(result),
        neighbours.answer_span(result),
        neighbours.shown_pictures(result),
        neighbours.placed_photo(result),
        neighbours.is_alike(result),
        question_address(request, incident, result),
    )


def question_address(request: HttpRequest, incident: Incident, result: Event) -> str:
    if not incident.published or not neighbours.is_open_for_answers(result):
        return ""
    witness = neighbours.witness_of_browser(own_browser.browser_of(request), result)
    if witness is None or neighbours.find_answer(witness, result):
        return ""
    return reverse("neighbour-question", args=[incident.reference])
