"""Follow an incident, an idea, a campaign, a ward or a circle without an account, at `/following/`."""

import math
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from geoapp.http import rate_limits
from geoapp.http.numeric_params import PlaceNumbers, refuse_faulty_numbers
from geoapp.http.text_validation import raw_body, read_json
from gis_data.alphabet import in_alphabet
from gis_data.models import Area, Level
from gis_data.words import tidy
from incidents import access
from incidents.announcements import following
from incidents.channels import web
from incidents.forms import PlaceForm
from incidents.models import Campaign, Category, Follow, Idea, Incident, Medium
from incidents.notify import push
from incidents.notify.code_limits import CodeRefused
from incidents.notify.transports import TRANSPORTS
from incidents.reporting import puzzle
from incidents.views.public import own_browser
from incidents.views.public.confirming import remember_address
from incidents.views.public.contact_fields import clean_contact
from incidents.views.public.private_addresses import hide_address
from incidents.views.public.reporting import puzzle_fields

INCIDENT, IDEA, CAMPAIGN, WARD, CIRCLE = "incident", "idea", "campaign", "ward", "circle"
WHATS = (
    (INCIDENT, gettext_lazy("This incident")),
    (IDEA, gettext_lazy("This idea")),
    (CAMPAIGN, gettext_lazy("This campaign")),
    (WARD, gettext_lazy("A ward")),
    (CIRCLE, gettext_lazy("A circle")),
)
MAX_BODY_BYTES = 4000


class FollowForm(PlaceForm):
    """What to follow, and by which address. Clean data: `what`, `followed` (as `start_follow` takes it), `groups`,
    `medium`, `address`.
    """

    what = forms.ChoiceField(choices=WHATS, error_messages={"invalid_choice": gettext_lazy("Choose what to follow.")})
    incident = forms.CharField(required=False, max_length=20)
    idea = forms.ModelChoiceField(
        Idea.objects.shown(),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("There is no such idea.")},
    )
    campaign = forms.ModelChoiceField(
        Campaign.objects.public(),
        to_field_name="slug",
        required=False,
        error_messages={"invalid_choice": gettext_lazy("There is no such campaign.")},
    )
    radius = forms.TypedChoiceField(
        choices=[(metres, metres) for metres in following.RADII], coerce=int, required=False
    )
    groups = forms.ModelMultipleChoiceField(
        Category.objects.filter(parent=None),
        to_field_name="code",
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose from the list.")},
    )
    way = forms.ChoiceField(choices=[("contact", ""), ("push", "")], required=False)
    contact = forms.CharField(max_length=254, required=False)

    def clean(self) -> dict[str, Any]:
        what = self.cleaned_data.get("what")
        if what == CIRCLE:
            self.cleaned_data["area"] = ""  # a circle ignores the chosen ward
        data = super().clean() if what == CIRCLE else self.cleaned_data
        if what == INCIDENT:
            data["followed"] = {"incident": self.named_incident(data.get("incident", ""))}
        elif what == IDEA:
            data["followed"] = {"idea": self.named_idea(data.get("idea"))}
        elif what == CAMPAIGN:
            data["followed"] = {"campaign": self.named_campaign(data.get("campaign"))}
        elif what == WARD:
            data["followed"] = {"area": self.named_ward(data.get("area", ""))}
        elif what == CIRCLE and data.get("place"):
            name = data.get("address") or data["where"] or data["located"].area.title
            data["followed"] = {"circle": (data["place"], data.get("radius") or 500, name)}
        self.take_way(data)
        return data

    def named_incident(self, reference: str) -> Incident | None:
        shown = access.incidents_for(AnonymousUser()).filter(access.PUBLISHED)
        incident = shown.filter(reference=tidy(reference)).first()
        if incident is None:
            self.add_error("incident", _("There is no such incident."))
        return incident

    def named_idea(self, idea: Idea | None) -> Idea | None:
        if idea is None and "idea" not in self.errors:
            self.add_error("idea", _("There is no such idea."))
        return idea

    def named_campaign(self, campaign: Campaign | None) -> Campaign | None:
        if campaign is None and "campaign" not in self.errors:
            self.add_error("campaign", _("There is no such campaign."))
        return campaign

    def named_ward(self, code: str) -> Area | None:
        ward = Area.objects.on(localdate()).filter(level=Level.WARD, code=code).first()
        if ward is None:
            self.add_error("area", _("Choose a ward."))
        return ward

    def take_way(self, data: dict[str, Any]) -> None:
        if data.get("way") == "push" and push.is_on():
            data |= {"medium": Medium.PUSH, "address": ""}
            return
        try:
            medium, address = clean_contact(data.get("contact", ""), _("Enter the address for your updates."))
            data |= {"medium": medium, "to": address}
        except forms.ValidationError as error:
            self.add_error("contact", error)


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@refuse_faulty_numbers(PlaceNumbers)
def follow_page(request: HttpRequest) -> HttpResponse:
    """Renders or takes the form. The answer never says whether an address is known."""
    if request.method != "POST":
        return render_follow_page(request, FollowForm(initial=request.GET.dict()))
    form = FollowForm(request.POST)
    if not form.is_valid():
        return render_follow_page(request, form, status=400)
    data, (browser, key) = form.cleaned_data, own_browser.known_browser(request)
    address = data.get("to", "")
    network = rate_limits.network_of_request(request)
    try:
        if waits := rate_limits.take(rate_limits.Ask("follow:address", network)):
            raise CodeRefused(_("Too many are followed from your network at the moment."), max(waits.values()))
        follow = following.start_follow(
            browser,
            data["medium"],
            address,
            **data["followed"],
            categories=() if data["what"] in (INCIDENT, IDEA, CAMPAIGN) else data["groups"],
            language=get_language() or settings.LANGUAGE_CODE,
            network=network,
            puzzle_solved=puzzle.is_solved(**puzzle_fields(request)),
            known=address in web.read_known_addresses(request.COOKIES.get(web.KNOWN, "")),
        )
    except CodeRefused as refused:
        form.add_error("contact", str(refused))
        status = 429 if refused.again_s or refused.puzzle else 400
        response = render_follow_page(request, form, status=status, puzzle_first=refused.puzzle)
        if refused.again_s:
            response["Retry-After"] = str(math.ceil(refused.again_s))
        return response
    follow.refresh_from_db()
    to = reverse("followed", args=[follow.token])
    return own_browser.remember_browser(request, HttpResponseRedirect(to, status=303), key)


def render_follow_page(
    request: HttpRequest, form: FollowForm, *, status: int = 200, puzzle_first: bool = False
) -> HttpResponse:
    preselected = {
        name: str(form[name].value() or "")
        for name in ("what", "incident", "idea", "campaign", "area", "lon", "lat", "where", "radius")
    }
    shown = access.incidents_for(AnonymousUser()).filter(access.PUBLISHED).with_pages()
    incident = shown.filter(reference=preselected["incident"]).first() if preselected["incident"] else None
    number = preselected["idea"] if preselected["idea"].isascii() and preselected["idea"].isdecimal() else "0"
    idea = Idea.objects.shown().filter(pk=int(number[:12])).first()
    campaign = Campaign.objects.public().filter(slug=tidy(preselected["campaign"])).first()
    named = {INCIDENT: incident, IDEA: idea, CAMPAIGN: campaign, CIRCLE: preselected["lon"]}
    what = preselected["what"] or next((kind for kind, thing in named.items() if thing), WARD)
    context = {
        "form": form,
        "question": puzzle.new_code_puzzle() if puzzle_first else None,
        "what": what,
        "asked": preselected | {"radius": preselected["radius"] or "500"},
        "incident": incident,
        "idea": idea,
        "campaign": campaign,
        "wards": Area.objects.on(localdate())
        .filter(level=Level.WARD)
        .order_by(in_alphabet("name"))
        .defer("shape", "outline"),
        "groups": Category.objects.filter(parent=None, children__restricted=False).distinct(),
        "chosen": form["groups"].value() or [],
        "radii": following.RADII,
        "push_on": push.is_on(),
        "sms_on": TRANSPORTS[Medium.SMS].is_configured(),
        "way": form["way"].value() or "contact",
    }
    return render(request, "incidents/public/follow.html", context, status=status)


@rate_limits.limit_requests("link")
@csrf_exempt  # a mail program posts without our cookie; the link itself authorizes
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def followed_page(request: HttpRequest, token: str) -> HttpResponse:
    """Shows one subscription; a POST ends it, or with `do` confirms it or reverts the end."""
    follows = Follow.objects.select_related("area", "idea", "campaign", "incident__category")
    follow = get_object_or_404(follows.defer(*following.SHAPES), token=token)
    if request.method == "POST":
        return change_follow(request, follow)
    key = request.GET.get("key", "")
    context = {
        "follow": follow,
        "title": following.title_of(follow),
        "address": TRANSPORTS[follow.medium].hint(follow.address),
        "there": following.address_of_news(follow),
        "groups": follow.categories.all(),
        "key": key if following.is_confirming(follow, key) else "",
        "push_here": reverse("followed-push", args=[token]),
    }
    return hide_address(render(request, "incidents/public/followed.html", context))


def change_follow(request: HttpRequest, follow: Follow) -> HttpResponse:
    act, key = request.POST.get("do", ""), request.POST.get("key", "")
    from_list = "from-list" in request.POST
    to = reverse("mine") + "#following" if from_list else reverse("followed", args=[follow.token])
    response: HttpResponse = HttpResponseRedirect(to, status=303)
    if act == "confirm":
        if following.is_confirming(follow, key):
            following.confirm_follow(follow)
            remember_address(request, response, follow.address)
    elif act == "again":
        following.resume_follow(follow)
    else:
        following.end_follow(follow)
    return response


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_POST
def follow_in_browser(request: HttpRequest, token: str) -> HttpResponse:
    follow = get_object_or_404(Follow, token=token, medium=Medium.PUSH, ended_at=None)
    try:
        subscription = read_json(raw_body(request)[:MAX_BODY_BYTES])
        if not isinstance(subscription, dict) or not push.is_on():
            raise push.InvalidSubscription
        following.follow_in_browser(follow, subscription)
    except (ValueError, push.InvalidSubscription):
        return JsonResponse({"error": _("This browser cannot receive messages.")}, status=400)
    return JsonResponse({"on": True})
