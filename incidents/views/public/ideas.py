"""Ideas at `/ideas/`: list, page, the form, support, and the code that confirms a phone or an e-mail address."""

import json
import math
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Count, F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as w
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe
from geoapp.web.figures import format_number
from gis_data import policies
from gis_data.alphabet import in_alphabet
from gis_data.models import Area
from incidents import reporting
from incidents.channels import web
from incidents.disclosure import privacy_notice
from incidents.forms import WordsField
from incidents.ideas import receiving, supporting
from incidents.ideas.receiving import IncomingIdea, Person
from incidents.models import Campaign, Idea, IdeaLine, Medium
from incidents.notify import own_codes
from incidents.notify.code_limits import CodeRefused
from incidents.notify.transports import TRANSPORTS
from incidents.reporting import puzzle
from incidents.reporting.sender import Sender
from incidents.views.public import campaigns as campaign_pages
from incidents.views.public import own_browser
from incidents.views.public.confirming import remember_address
from incidents.views.public.contact_fields import clean_contact
from incidents.views.public.reporting import puzzle_fields
from incidents.wards import choosing

PAGE_ROWS, NEWEST_ANSWERS = 20, 3
MAPPED = 100  # ideas with a place on the map of the list, those with the most supporters
WORDS_MAX = 100
S, L = Idea.Stage, IdeaLine.Kind
# The shapes of states that stages have.
GLYPHS = {S.RECEIVED: "received", S.STUDIED: "assigned", S.PLANNED: "resolved", S.DECLINED: "rejected"}
MEANINGS = {
    S.RECEIVED: w("checked, and anyone can support it"),
    S.STUDIED: w("a unit has it and says by when it answers"),
    S.PLANNED: w("with money and a date"),
    S.DECLINED: w("always with the reason"),
}
# Orders by their value in the address: name, and columns.
SORTS: dict[str, tuple[Any, list[Any]]] = {
    "": (w("Most supporters"), ["-supporters", "-pk"]),
    "new": (w("Newest"), ["-published_at", "-pk"]),
    "due": (w("Answer due"), [F("due_at").asc(nulls_last=True), "-supporters", "-pk"]),
}


class IdeaForm(forms.Form):
    """An idea, with or without a ward."""

    title = WordsField(
        limit=receiving.TITLE_MAX, error_messages={"required": w("Say in one line what the city should do.")}
    )
    text = WordsField(limit=reporting.TEXT_MAX, error_messages={"required": w("Write why, and for whom.")})
    ward = forms.CharField(required=False, max_length=20)
    sending = forms.UUIDField(required=False)
    notice = WordsField(required=False, limit=10)

    def clean_ward(self) -> Area | None:
        if not self.cleaned_data["ward"]:
            return None
        ward = choosing.find_ward(self.cleaned_data["ward"])
        if ward is None:
            raise forms.ValidationError(_("There is no such ward. Choose from the list."))
        return ward


class CodeForm(forms.Form):
    """The address that is to be confirmed. Clean data: `medium`, `contact`."""

    contact = forms.CharField(max_length=254, required=False)

    def clean_contact(self) -> str:
        missing = _("Enter your phone number or e-mail address.")
        self.cleaned_data["medium"], address = clean_contact(self.cleaned_data["contact"], missing)
        return address


def person_of(request: HttpRequest) -> Person | None:
    """Returns who confirmed an address in this browser, by the latest code."""
    browser = own_browser.browser_of(request)
    if browser is None:
        return None
    code = browser.codes.filter(until__isnull=False, for_idea=True).order_by("-pk").first()
    if code is None or code not in own_codes.AddressCode.objects.proven():
        return None
    return Person(code.medium, code.address)


# ---- list ----


@rate_limits.limit_requests("search")
@login_not_required
@never_cache
@require_safe
def ideas_page(request: HttpRequest) -> HttpResponse:
    chosen = {
        "stage": request.GET.get("stage", "") if request.GET.get("stage", "") in GLYPHS else "",
        "sort": request.GET.get("sort", "") if request.GET.get("sort", "") in SORTS else "",
        "q": request.GET.get("q", "")[:WORDS_MAX].replace("\0", ""),
    }
    ward = choosing.find_ward(request.GET.get("ward", "")[:20].replace("\0", ""))
    chosen["ward"] = ward.code if ward else ""
    rows = Idea.objects.shown().with_words(chosen["q"])
    rows = rows.filter(area=ward) if ward else rows
    numbers = dict(rows.order_by().values_list("stage").annotate(Count("pk")))
    listed = rows.filter(stage=chosen["stage"]) if chosen["stage"] else rows
    page = Paginator(listed.with_pages().order_by(*SORTS[chosen["sort"]][1]), PAGE_ROWS).get_page(
        request.GET.get("page")
    )
    rules, reasons = policies.current(), reasons_of(page)
    mine = supporting.supported_by(person_of(request), list(page))
    campaigns = list(Campaign.objects.under_way().select_related("authority")[:2])
    context = {
        "page": page,
        "rows": [describe(idea, reason=reasons.get(idea.pk, ""), is_mine=idea.pk in mine) for idea in page],
        "stages": [
            {"value": stage.value, "words": stage.label, "glyph": glyph, "number": numbers.get(stage, 0),
             "meaning": MEANINGS[stage], "query": query_of(chosen, stage=stage.value)}
            for stage, glyph in GLYPHS.items()
        ],
        "all_query": query_of(chosen, stage=""),
        "total": sum(numbers.values()),
        "sorts": [(key, name) for key, (name, _columns) in SORTS.items()],
        "chosen": chosen,
        "wards": wards_to_choose(),
        "answered": newest_answers(),
        "campaign": campaign_pages.describe(campaigns[0]) if campaigns else None,
        "campaigns_more": len(campaigns) > 1,
        "pins": pins_of(listed.filter(place__isnull=False).order_by("-supporters", "-pk")[:MAPPED]),
        "more_query": query_of(chosen, page=str(page.next_page_number())) if page.has_next() else "",
        "left": page.paginator.count - page.end_index(),
        "least": rules.idea_supporters,
        "days": rules.idea_answer_days,
    }  # fmt: skip
    return render(request, "incidents/public/ideas.html", context)


def describe(idea: Idea, *, reason: str, is_mine: bool) -> dict[str, Any]:
    return {
        "idea": idea,
        "glyph": GLYPHS[S(idea.stage)],
        "missing": missing(idea),
        "reason": reason,
        "mine": is_mine,
        "supporters": format_number(idea.supporters, grouped=True),
        "residents": format_number(idea.residents, grouped=True),
    }


def pins_of(ideas: Iterable[Idea], *, linked: bool = True) -> str:
    """Returns JSON for the map: title, page if it is linked, and place in EPSG:4326."""
    pins = [
        {"title": idea.title, "lon": round(idea.place.x, 5), "lat": round(idea.place.y, 5)}
        | ({"page": reverse("idea", args=[idea.pk])} if linked else {})
        for idea in ideas if idea.place
    ]  # fmt: skip
    return json.dumps(pins, ensure_ascii=False) if pins else ""


def query_of(chosen: dict[str, str], **changed: str) -> str:
    return "?" + urlencode({name: value for name, value in (chosen | changed).items() if value})


def reasons_of(ideas: Iterable[Idea]) -> dict[int, str]:
    """Returns why it will be done or not, by the key of each decided idea."""
    lines = IdeaLine.objects.filter(idea__in=[idea.pk for idea in ideas], kind__in=[L.PLANNED, L.DECLINED])
    return dict(lines.order_by("pk").values_list("idea", "text"))


def missing(idea: Idea) -> int:
    return max(0, policies.current().idea_supporters - idea.supporters)


def days_until(moment: datetime) -> int:
    """Returns the days by the city's calendar."""
    return (localtime(moment).date() - localtime().date()).days


def wards_to_choose() -> list[Area]:
    return list(choosing.todays_wards().order_by(in_alphabet("name")))


def newest_answers() -> list[dict[str, Any]]:
    lines = IdeaLine.objects.filter(kind__in=[L.PLANNED, L.DECLINED], idea__stage__in=[S.PLANNED, S.DECLINED])
    lines = lines.select_related("idea", "authority").order_by("-pk")[:NEWEST_ANSWERS]
    return [{"line": line, "glyph": GLYPHS[S(line.stage)]} for line in lines]


# ---- page ----


@rate_limits.limit_requests("search")
@login_not_required
@never_cache
@require_safe
def idea_page(request: HttpRequest, pk: int) -> HttpResponse:
    idea = get_object_or_404(Idea.objects.filter(published_at__isnull=False).with_pages(), pk=pk)
    if idea.joined_to_id:
        return redirect("idea", idea.joined_to_id)
    return render_idea(request, idea)


def render_idea(request: HttpRequest, idea: Idea, *, status: int = 200, **more: Any) -> HttpResponse:
    lines = list(idea.lines.filter(kind__in=IdeaLine.SHOWN).select_related("authority"))
    rules, person = policies.current(), person_of(request)
    likes = list(receiving.similar_ideas(idea.title, besides=idea.pk))
    decided = reasons_of(likes)
    context = {
        "idea": idea,
        "glyph": GLYPHS[S(idea.stage)],
        "stops": stops_of(idea, lines),
        "reasons": [
            {"line": line, "glyph": GLYPHS.get(S(line.stage), "received")} for line in reversed(lines) if line.text
        ],
        "mine": supporting.support_of(idea, person),
        "person": TRANSPORTS[Medium(person.medium)].hint(person.address) if person else "",
        "missing": missing(idea),
        "supporters": format_number(idea.supporters, grouped=True),
        "residents": format_number(idea.residents, grouped=True),
        "pins": pins_of([idea], linked=False),
        "days_left": days_until(idea.due_at) if idea.due_at else 0,
        "least": rules.idea_supporters,
        "share": min(100, round(100 * idea.supporters / rules.idea_supporters)),
        "owed": next((line for line in lines if line.kind == L.OWED), None),
        "likes": [{"idea": like, "glyph": GLYPHS[S(like.stage)], "reason": decided.get(like.pk)} for like in likes],
        "wards": wards_to_choose() if person else [],
    }
    return render(request, "incidents/public/idea.html", context | more, status=status)


def stops_of(idea: Idea, lines: list[IdeaLine]) -> list[dict[str, Any]]:
    """Returns the three stops of the line: the last says what it may be before it is known."""
    moments = {line.kind: line.at for line in lines}
    settled = idea.stage in (S.PLANNED, S.DECLINED)
    studied = moments.get(L.STUDIED)
    return [
        {"words": S.RECEIVED.label, "glyph": "received", "at": idea.published_at, "past": bool(studied or settled)},
        {"words": S.STUDIED.label, "glyph": "assigned" if studied else "", "at": studied, "past": settled},
        {
            "words": S(idea.stage).label if settled else _("Will be done or not, with the reason"),
            "glyph": GLYPHS[S(idea.stage)] if settled else "",
            "at": idea.settled_at,
            "past": False,
        },
    ]


# ---- support ----


@rate_limits.limit_requests("support")
@login_not_required
@never_cache
@require_POST
def support_idea(request: HttpRequest, pk: int) -> HttpResponse:
    """Supports an idea, or takes it back with `undo`; without a confirmed address it leads to the code."""
    idea = get_object_or_404(Idea.objects.shown().with_pages(), pk=pk)
    person = person_of(request)
    here = reverse("idea", args=[pk])
    if person is None:
        return HttpResponseRedirect(f"{reverse('idea-code')}?{urlencode({'next': here})}", status=303)
    if "undo" in request.POST:
        supporting.take_back(idea, person)
        return HttpResponseRedirect(here + "#support", status=303)
    ward = choosing.find_ward(request.POST.get("ward", "")[:20].replace("\0", ""))
    try:
        supporting.support(idea, person, network=rate_limits.network_of_request(request), area=ward)
    except supporting.SupportRefused as refused:
        return render_idea(request, idea, status=409, refused=str(refused))
    return HttpResponseRedirect(here + "#support", status=303)


# ---- form ----


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_idea(request: HttpRequest) -> HttpResponse:
    """The form. Before it is sent the first time, similar ideas are shown; a second press sends it all the same."""
    if request.method != "POST":
        typed = request.GET.get("text", "")[: reporting.TEXT_MAX].replace("\0", "")
        return render_form(request, IdeaForm(initial={"title": receiving.title_of(typed), "text": typed}))
    form, person = IdeaForm(request.POST), person_of(request)
    if not form.is_valid():
        return render_form(request, form, status=400)
    if person is None:
        return render_form(request, form, status=400, unconfirmed=True)
    likes = list(receiving.similar_ideas(form.cleaned_data["title"]))
    if likes and "anyway" not in request.POST:
        return render_form(request, form, likes=likes)
    sender = Sender(network=rate_limits.network_of_request(request))
    try:
        idea = receiving.receive_idea(idea_from_form(form.cleaned_data, person), sender)
    except reporting.ReportRefused as refused:
        if refused.field in form.fields:
            form.add_error(refused.field, str(refused))
            return render_form(request, form, status=400)
        return render_form(request, form, status=400, blocked=str(refused))
    return HttpResponseRedirect(f"{reverse('idea-sent')}?{urlencode({'number': idea.pk})}", status=303)


def idea_from_form(data: dict[str, Any], person: Person) -> IncomingIdea:
    return IncomingIdea(
        title=data["title"],
        text=data["text"],
        person=person,
        area=data["ward"],
        language=get_language() or "vi",
        notice_version=data["notice"],
        sending=data["sending"] or uuid.uuid4(),
    )


def render_form(request: HttpRequest, form: IdeaForm, *, status: int = 200, **more: Any) -> HttpResponse:
    person = person_of(request)
    text = str(form["text"].value() or "")
    context = {
        "form": form,
        "person": TRANSPORTS[Medium(person.medium)].hint(person.address) if person else "",
        "wards": wards_to_choose(),
        "sending": form["sending"].value() or uuid.uuid4(),
        "notice": privacy_notice.notice_lines(privacy_notice.ENQUIRY_SENTENCES)[: privacy_notice.FORM_LINES],
        "notice_version": privacy_notice.VERSION,
        "code_query": urlencode({"next": f"{reverse('idea-new')}?{urlencode({'text': text[:1000]})}"}),
    }
    return render(request, "incidents/public/idea_new.html", context | more, status=status)


@login_not_required
@never_cache
@require_safe
def idea_sent(request: HttpRequest) -> HttpResponse:
    number = request.GET.get("number", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 12):
        raise Http404
    return render(request, "incidents/public/idea_sent.html", {"number": number})


# ---- code ----


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code_page(request: HttpRequest) -> HttpResponse:
    """Sends a code to an address, or checks one, and goes back to what it was for."""
    if request.method != "POST":
        return render_code(request, CodeForm())
    try:
        return enter_code(request) if "code" in request.POST else ask_for_code(request)
    except CodeRefused as refused:
        status = 429 if refused.again_s or refused.puzzle else 400
        form = CodeForm(initial=request.POST.dict())
        response = render_code(request, form, fault=str(refused), status=status, puzzle_first=refused.puzzle)
        if refused.again_s:
            response["Retry-After"] = str(math.ceil(refused.again_s))
        return response


def ask_for_code(request):
    form = CodeForm(request.POST)
    if not form.is_valid():
        return render_code(request, form, status=400)
    browser, key = own_browser.known_browser(request)
    own_codes.ask_for_code(
        browser,
        form.cleaned_data["medium"],
        form.cleaned_data["contact"],
        reference="",
        language=get_language() or "vi",
        network=rate_limits.network_of_request(request),
        known=web.read_known_addresses(request.COOKIES.get(web.KNOWN, "")),
        puzzle_solved=puzzle.is_solved(**puzzle_fields(request)),
        for_idea=True,
    )
    back = f"{reverse('idea-code')}?{urlencode({'next': way_back(request)})}"
    return own_browser.remember_browser(request, HttpResponseRedirect(back, status=303), key)


def enter_code(request):
    browser = own_browser.browser_of(request)
    network = rate_limits.network_of_request(request)
    code = own_codes.enter_code(browser, request.POST["code"][:20], network=network)
    return remember_address(request, HttpResponseRedirect(way_back(request), status=303), code.address)


def way_back(request: HttpRequest) -> str:
    """Returns the page of ideas for which the code is; never one of another site."""
    address = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(address, allowed_hosts=None) and address.startswith(reverse("ideas"))
    return address if ours else reverse("ideas")


def render_code(request, form, *, fault="", status=200, puzzle_first=False):
    open_code = own_codes.open_question(own_browser.browser_of(request))
    context = {
        "form": form,
        "fault": fault,
        "question": puzzle.new_code_puzzle() if puzzle_first else None,
        "address": TRANSPORTS[Medium(open_code.medium)].hint(open_code.address) if open_code else "",
        "sms_on": TRANSPORTS[Medium.SMS].is_configured(),
        "next": way_back(request),
    }
    return render(request, "incidents/public/idea_code.html", context, status=status)
