"""The report form in three steps (where, what, details), and the requests of its script."""

import json
import uuid
from dataclasses import dataclass
from itertools import groupby

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from geoapp.http import rate_limits
from geoapp.http.http_methods import require_GET
from geoapp.http.numeric_params import PlaceNumbers, refuse_faulty_numbers
from gis_data.addresses import geocode
from gis_data.basemap.water import lies_in_water
from gis_data.services import tiles
from gis_data.words import tidy
from incidents import photos, reporting
from incidents.channels import web
from incidents.disclosure import privacy_notice
from incidents.enquiries.words import kind_in_words
from incidents.forms import (
    NEW,
    NearForm,
    PlaceForm,
    ReportForm,
    WaitingPhotoForm,
    find_near,
    joinable_incidents,
    unchecked_report_form,
)
from incidents.models import AnnouncementLine, Category, HeldReport, Report
from incidents.reporting import danger, puzzle, questions, waiting_photos
from incidents.reporting.categories.usual import count_usual_kinds, propose_categories
from incidents.reporting.incoming import STEPS
from incidents.reporting.sender import Sender, place_cell
from incidents.routing import rules
from incidents.understanding import understand
from incidents.views.public import own_browser
from incidents.views.public.installing import allow_offline_copy
from incidents.wording import in_spoken_language

WORDS_MAX = 500  # characters read to suggest a category


@login_not_required
@never_cache
@allow_offline_copy
@require_http_methods(["GET", "HEAD", "POST"])
@refuse_faulty_numbers(PlaceNumbers)
def report_form(request):
    """Renders or takes the report form; redirects to the report's private page.

    A client that accepts JSON but not HTML gets JSON: a CSRF token, the address of the report, or all faults.
    """
    as_data = prefers_data(request)
    if request.method != "POST":
        return (
            token_as_data(request) if as_data else render_report_form(request, ReportForm(initial=request.GET.dict()))
        )
    if "find" in request.POST:
        return render_report_form(request, unchecked_report_form(request.POST))
    outcome = take_report(request)
    if outcome.report:
        link = reverse("follow", args=[outcome.report.token])
        answer = report_as_data(outcome.report, link) if as_data else HttpResponseRedirect(link + "?sent=1", status=303)
        return own_browser.keep_sent(request, [outcome.report], answer)
    if as_data:
        return faults_as_data(outcome)
    return render_report_form(request, outcome.form, status=400, context={"blocked": outcome.blocked})


@dataclass
class Outcome:
    """The result of a submitted form: the report or held report, or the form with its faults; `blocked`: why the sender
    is blocked.
    """

    form: ReportForm
    report: Report | HeldReport | None = None
    blocked: str = ""


def take_report(request: HttpRequest, form_type: type[ReportForm] = ReportForm) -> Outcome:
    form = form_type(request.POST, request.FILES, incidents=joinable_incidents(request.user))
    if form.is_valid():
        try:
            incoming = web.report_from_form(form.cleaned_data, language=get_language())
            return Outcome(form, report=reporting.receive(incoming, sender_of(request)))
        except reporting.ReportRefused as refused:
            if refused.field == "block":
                return Outcome(form, blocked=str(refused))
            form.add_error(None if refused.field == "place" else refused.field, str(refused))
    return Outcome(form)


def prefers_data(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def token_as_data(request: HttpRequest, *, status: int = 200) -> JsonResponse:
    return JsonResponse({"token": get_token(request)}, status=status)


def report_as_data(report: Report | HeldReport, link: str) -> JsonResponse:
    reference = report.incident.reference if isinstance(report, Report) else ""
    return JsonResponse({"link": link, "reference": reference}, status=201)


def faults_as_data(outcome: Outcome) -> JsonResponse:
    """Returns the faults of each field, under the names on the page."""
    if outcome.blocked:
        return JsonResponse({"faults": {"": [outcome.blocked]}}, status=400)
    form = outcome.form
    faults = {name: list(form.errors[name]) for name in STEPS if name in form.errors}
    faults |= {questions.PREFIX + code: [fault] for code, fault in form.answer_faults.items()}
    where = {"where": form.place_errors} if form.place_errors else {}
    return JsonResponse({"faults": where | faults}, status=400, json_dumps_params={"ensure_ascii": False})


@rate_limits.limit_requests("waiting")
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def waiting_photos_of_form(request):
    """Stores a photo before its report is sent and returns the digests of stored ones as JSON (`/report/photos/`)."""
    form = WaitingPhotoForm(request.POST if request.method == "POST" else request.GET, request.FILES)
    if request.method != "POST":
        del form.fields["photo"]
    if not form.is_valid():
        return JsonResponse({"faults": {"photos": [_("This could not be read.")]}}, status=400)
    sending = form.cleaned_data["sending"]
    if request.method != "POST":
        return JsonResponse({"photos": waiting_photos.digests_of(sending)})
    try:
        return JsonResponse({"photo": waiting_photos.store_photo(sending, form.cleaned_data["photo"])}, status=201)
    except photos.BadPhoto as bad:
        faults = {"photos": [str(bad)]}
        return JsonResponse({"faults": faults}, status=400, json_dumps_params={"ensure_ascii": False})


def sender_of(request: HttpRequest) -> Sender | None:
    if request.user.is_authenticated:
        return None
    return Sender(
        network=rate_limits.network_of_request(request),
        puzzle=True,
        puzzle_solved=puzzle.is_solved(**puzzle_fields(request)),
        confirmed=web.read_known_addresses(request.COOKIES.get(web.KNOWN, "")),
    )


def puzzle_fields(request: HttpRequest) -> dict[str, str]:
    fields = {"work": "puzzle", "token": "question", "answer": "sum"}
    return {name: request.POST.get(field, "") for name, field in fields.items()}


@rate_limits.limit_requests("search")
@login_not_required
@never_cache
@require_GET
@refuse_faulty_numbers(PlaceNumbers, as_data=True)
def show_puzzle(request):
    """Returns the proof-of-work puzzle required for this place, category and contact as JSON, else 204."""
    if not puzzle_comes_first(request):
        return HttpResponse(status=204)
    return JsonResponse({"work": puzzle.new_puzzle(), "question": puzzle.new_question()})


def puzzle_comes_first(request: HttpRequest) -> bool:
    """Returns whether a rate limit is reached for the input so far, so that a puzzle avoids moderation."""
    if request.user.is_authenticated:
        return False
    limit_keys = {"address": rate_limits.network_of_request(request), "phone": request.GET.get("phone", "")}
    form = NearForm(request.GET)
    if form.is_valid():
        category = form.cleaned_data["category"]
        if category.emergency:
            return False
        limit_keys |= {"place": place_cell(form.cleaned_data["place"]), "category": category.code}
    return rate_limits.are_reached(*(rate_limits.Ask(f"report:{by}", whom) for by, whom in limit_keys.items() if whom))


@login_not_required
@require_GET
def privacy_notice_page(request):
    context = {
        "lines": privacy_notice.notice_lines(),
        "enquiry_lines": privacy_notice.notice_lines(privacy_notice.ENQUIRY_SENTENCES)[: privacy_notice.FORM_LINES],
        "version": privacy_notice.VERSION,
    }
    return render(request, "incidents/public/privacy_notice.html", context)


def render_report_form(request, form, **more):
    everyday = [category for category in ordered_leaves() if category.everyday]
    chosen = form["category"].value()
    context = {
        "form": form,
        "sending": form["sending"].value() or uuid.uuid4(),
        "everyday": everyday,
        "open_all": not everyday or (chosen and chosen not in [category.code for category in everyday]),
        "groups": group_by_parent(category for category in ordered_leaves() if not category.everyday),
        "emergency_numbers": danger.numbers_to_call(form["text"].value() or ""),
        "in_danger": danger.mentions_danger(form["text"].value() or ""),
        "new": NEW,
        "steps": json.dumps({"where": "where"} | STEPS),
        "photos_max": settings.PHOTOS_MAX,
        "photo_bytes": settings.PHOTO_MAX_BYTES,
        "video_bytes": settings.VIDEO_MAX_BYTES,
        "video_seconds": settings.VIDEO_SECONDS,
        "text_max": reporting.TEXT_MAX,
        "photos_public": request.method != "POST" or "photos_public" in request.POST,
        "near": form.near,
        "questions": form.asked_questions(),
        "files_lost": bool(request.FILES),
        "notice": privacy_notice.notice_lines()[: privacy_notice.FORM_LINES],
        "notice_version": privacy_notice.VERSION,
        "outlines": f"{reverse('area-outlines')}?v={tiles.version()}",
        "question": puzzle.new_question() if puzzle_comes_first(request) else None,
    }
    return render(request, "incidents/public/report.html", context | more.pop("context", {}), **more)


def ordered_leaves():
    return Category.objects.leaves().in_menu_order()


def group_by_parent(categories):
    return [(parent, list(children)) for parent, children in groupby(categories, lambda category: category.parent)]


@rate_limits.limit_requests("search")
@login_not_required
@require_GET
@refuse_faulty_numbers(PlaceNumbers, as_data=True)
def describe_place(request):
    """Returns a place as JSON: address, ward, neighbouring wards within 50 m, codes of the categories served there."""
    form = PlaceForm(request.GET)
    if not form.is_valid():
        return JsonResponse({"inside": False, "said": form.place_errors[0]})
    place, located = form.cleaned_data["place"], form.cleaned_data["located"]
    address, ward = geocode.nearest_address(place), located.area.title
    return JsonResponse(
        {
            "inside": True,
            "lon": place.x,
            "lat": place.y,
            "address": address,
            "ward": ward,
            "code": located.area.code,
            "said": f"{address}, {ward}" if address else ward,
            "neighbours": [{"ward": n.area.title, "metres": round(n.metres)} for n in located.neighbours],
            "border": border_sentence(located),
            "water": lies_in_water(place),
            "served": [category.code for category in rules.served_categories(Category.objects.leaves(), located)],
        }
    )


def border_sentence(located):
    return next((in_spoken_language(reason) for reason in rules.place_reasons(located)[1:]), "")


@rate_limits.limit_requests("search")
@login_not_required
@require_GET
def list_questions(request):
    category = Category.objects.leaves().filter(code=request.GET.get("category", "")).first()
    category_questions = questions.asked_questions(category)
    return render(request, "incidents/public/questions.html", {"questions": category_questions})


@rate_limits.limit_requests("search")
@login_not_required
@require_GET
@refuse_faulty_numbers(PlaceNumbers, as_data=True)
def list_near_incidents(request):
    form = NearForm(request.GET)
    incidents, known = (), ()
    if form.is_valid():
        place = form.cleaned_data["place"]
        known = AnnouncementLine.objects.in_force().meeting(place)
        incidents = find_near(joinable_incidents(request.user), form.cleaned_data["category"], place)
    return render(request, "incidents/public/report.html#same", {"near": incidents, "new": NEW, "known": known})


@rate_limits.limit_requests("search")
@login_not_required
@require_GET
@refuse_faulty_numbers(PlaceNumbers, as_data=True)
def suggest_kinds(request):
    """Returns suggestions for the words as JSON: category codes, likeliest first, and the kind of enquiry.

    With a place also `proposed`: codes by words and by what is frequent there.
    """
    words = tidy(request.GET.get("words", "")[:WORDS_MAX])
    return JsonResponse(
        {
            "codes": [category.code for category in understand(words).kinds],
            "enquiry": kind_in_words(words),
            "proposed": [category.code for category in proposed_at_place(request, words)],
        }
    )


@rate_limits.limit_requests("search")
@login_not_required
@require_GET
def show_danger(request):
    """Returns emergency numbers as JSON if the words mention danger, the most fitting first; else none."""
    words = tidy(request.GET.get("words", "")[:WORDS_MAX])
    return JsonResponse({"numbers": danger.numbers_to_call(words) if danger.mentions_danger(words) else []})


def proposed_at_place(request: HttpRequest, words: str) -> list[Category]:
    """Returns the categories to offer first at a place; none outside the city."""
    form = PlaceForm(request.GET)
    if not form.is_valid():
        return []
    place, located = form.cleaned_data["place"], form.cleaned_data["located"]
    usual = count_usual_kinds(joinable_incidents(request.user), place, area=located.area.pk, moment=now())
    return propose_categories(words, usual, rules.served_categories(ordered_leaves(), located))


def redisplay_report_form(request: HttpRequest) -> HttpResponse:
    if prefers_data(request):
        return token_as_data(request, status=403)
    return render_report_form(request, unchecked_report_form(request.POST), status=403, context={"too_old": True})


def refuse_expired_photo(request: HttpRequest) -> HttpResponse:
    return token_as_data(request, status=403)


def bad_request(request, exception=None):
    return render(request, "400.html", status=400)
