"""Pages that answer one need each: `/answers/`, `/answers/SLUG/`, and the vote on whether one helped."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_POST

from geoapp.db.connections import on_replica
from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe
from gis_data import city
from gis_data.alphabet import alphabet_key, split_tone
from gis_data.models import Area
from gis_data.words import plain
from incidents.answers import votes, wording
from incidents.answers.illustrating import may_see_picture
from incidents.answers.linked_data import linked_data
from incidents.forms import WordsField
from incidents.models import Answer, AnswerPicture, Authority, LifeEvent, Subject
from incidents.models.answers import WHY_MAX
from incidents.photos import read_file
from incidents.views.public import own_browser, wards
from incidents.views.public.sharing import json_in_page
from incidents.wards import choosing, offices
from incidents.wards.duties import public_numbers
from incidents.wards.picture import HEIGHT, WIDTH, draw_ward

CACHE_SECONDS = 60
ORDERS = ("", "events", "a-z")
WARD, WARD_POLICE = "ward", "police-ward"  # `Answer.office`: that of the citizen's own ward


@dataclass(frozen=True)
class Line:
    """An answer in a list: its title, and the language of it."""

    slug: str
    title: str
    language: str

    @property
    def letter(self) -> str:
        sign = self.title[:1]
        return split_tone(sign.casefold())[0].upper() if sign.isalpha() else "0–9"


@rate_limits.limit_requests("search")
@login_not_required
@require_safe
@cache_control(private=True, max_age=CACHE_SECONDS)
@on_replica()
def answers_page(request: HttpRequest) -> HttpResponse:
    """Lists all public answers: by subject, by life event (`by=events`) or from A to Z (`by=a-z`)."""
    order = request.GET.get("by", "")
    order = order if order in ORDERS else ""
    answers = Answer.objects.public()
    rows = list(answers.only("slug", "title", "title_en", "subject_id"))
    lines = {row.pk: Line(row.slug, *wording.title_of(row)) for row in rows}
    context = {
        "order": order,
        "groups": GROUPS[order](rows, lines),
        "address": settings.SITE_URL + reverse("answers"),
    }
    return render(request, "incidents/public/answers/list.html", context)


def sort_lines(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: alphabet_key(line.title))


def by_subject(rows: list[Answer], lines: dict[int, Line]) -> list[tuple[str, str, list[Line]]]:
    groups = [
        (subject.code, subject.title, sort_lines(lines[row.pk] for row in rows if row.subject_id == subject.pk))
        for subject in Subject.objects.all()
    ]
    return [group for group in groups if group[2]]


def by_event(rows: list[Answer], lines: dict[int, Line]) -> list[tuple[str, str, list[Line]]]:
    pairs = Answer.life_events.through.objects.filter(answer__in=lines).values_list("lifeevent_id", "answer_id")
    keys: dict[int, list[int]] = {}
    for event, answer in pairs:
        keys.setdefault(event, []).append(answer)
    return [
        (event.code, event.title, sort_lines(lines[key] for key in keys[event.pk]))
        for event in LifeEvent.objects.filter(pk__in=keys)
    ]


def by_letter(rows: list[Answer], lines: dict[int, Line]) -> list[tuple[str, str, list[Line]]]:
    groups = groupby(sort_lines(lines.values()), key=lambda line: line.letter)
    return [(f"letter-{number}", letter, list(group)) for number, (letter, group) in enumerate(groups)]


GROUPS = {"": by_subject, "events": by_event, "a-z": by_letter}


@rate_limits.limit_requests("photo")
@login_not_required
@cache_control(private=True, max_age=3600)
@require_safe
def answer_picture(request: HttpRequest, pk: int, size: str) -> HttpResponse:
    """Returns a picture of a public page, or of a draft to who may read that."""
    picture = get_object_or_404(AnswerPicture, pk=pk)
    file = {"small": picture.small, "large": picture.large}.get(size)
    if file is None or not may_see_picture(request.user, picture):
        raise Http404
    try:
        return HttpResponse(read_file(file), content_type="image/jpeg")
    except FileNotFoundError:
        raise Http404 from None


class VoteForm(forms.Form):
    """A vote on an answer: yes, no with a reason, or taken back."""

    helpful = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no"), ("none", "none")])
    why = WordsField(required=False, limit=WHY_MAX)


@rate_limits.limit_requests("search")
@login_not_required
@cache_control(private=True, no_cache=True)
@require_safe
def answer_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Shows a public answer; `ward` (a code, or words of a name of today or before) chooses the own ward."""
    answer = find_answer(slug)
    words = request.GET.get("ward", "")[: choosing.WORDS_MAX]
    if not words:
        return render_answer(request, answer)
    ward = choosing.find_ward(words[:20])
    matches = [] if ward else choosing.search_wards(words)
    same = [match for match in matches if plain(words) in (plain(match.ward.name), plain(match.ward.full_name))]
    if ward or len(same or matches) == 1:
        return wards.remember_ward(request, ward or (same or matches)[0].ward, answer=answer.slug)
    return render_answer(request, answer, ward_words=words, matches=matches)


def find_answer(slug: str) -> Answer:
    return get_object_or_404(Answer.objects.public().select_related("subject", "answered_by", "picture"), slug=slug)


@rate_limits.limit_requests("answer-vote")
@login_not_required
@never_cache
@require_POST
def vote_on_answer(request: HttpRequest, slug: str) -> HttpResponse:
    """Stores whether an answer helped; a second vote of the same browser takes the place of its first."""
    answer, form = find_answer(slug), VoteForm(request.POST)
    if not form.is_valid():
        fault = form.errors.get("why", [_("Choose whether it helped.")])[0]
        return render_answer(request, answer, status=400, fault=fault, why=request.POST.get("why", ""))
    response = HttpResponseRedirect(reverse("answer-page", args=[slug]) + "#helpful", status=303)
    if form.cleaned_data["helpful"] == "none":
        votes.take_back(answer, own_browser.browser_of(request))
        return response
    browser, key = own_browser.known_browser(request)
    votes.store_vote(answer, browser, helpful=form.cleaned_data["helpful"] == "yes", why=form.cleaned_data["why"])
    return own_browser.remember_browser(request, response, key)


def render_answer(request: HttpRequest, answer: Answer, *, status: int = 200, **more: Any) -> HttpResponse:
    words, ward = wording.word_answer(answer), wards.own_ward(request)
    place = office_context(answer, ward)
    address = settings.SITE_URL + reverse("answer-page", args=[answer.slug])
    with translation.override(words.language):
        data = linked_data(answer, words, address, office=place["place_name"], city=city.current())
    context = {
        "answer": answer,
        "words": words,
        "ward": ward,
        "votes": votes.find_votes(answer, own_browser.browser_of(request)),
        "related": [Line(row.slug, *wording.title_of(row)) for row in answer.related.public()],
        "address": address,
        "askers": 1 + answer.enquiries.exclude(versions__answer=answer).count() if words.question else 0,
        "linked_data": json_in_page(data),
        "own_language": settings.LANGUAGE_CODE,
        "why_max": WHY_MAX,
        "width": WIDTH,
        "height": HEIGHT,
    }
    return render(request, "incidents/public/answers/answer.html", context | place | more, status=status)


def office_context(answer: Answer, ward: Area | None) -> dict[str, Any]:
    """Returns the office to go to as far as it is known, and the picture of the ward where it depends on that."""
    of_ward = answer.office in (WARD, WARD_POLICE)
    context = {"of_ward": of_ward, "office": None, "place_name": _("Not named for this matter")}
    if of_ward and ward is None:
        return context | {"place_name": ""}
    if of_ward and ward:
        office = offices.office_of(ward, now()) if answer.office == WARD else None
        police = _("Police of %(ward)s") % {"ward": ward.title}
        name = police if answer.office == WARD_POLICE else office.unit.title if office else ward.title
        return context | {"office": office, "place_name": name, "picture": draw_ward(ward)}
    unit = Authority.objects.filter(name=answer.office).first() if answer.office else None
    if unit is None:
        return context | ({"place_name": answer.office} if answer.office else {})
    phone = public_numbers([unit.pk]).get(unit.pk, "")
    return context | {"office": offices.describe_office(unit, now(), phone=phone), "place_name": unit.title}
