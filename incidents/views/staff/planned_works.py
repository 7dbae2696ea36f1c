"""Announce planned works at `/announcing/works/`, agree to those of others, correct and end them."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from gis_data.words import tidy
from incidents import access, photos
from incidents.announcements import acts as announcement_acts
from incidents.announcements import notices as announcement_notices
from incidents.announcements import offers, works
from incidents.announcements.acts import NotAnnounced, TooLate
from incidents.models import Announcement, AnnouncementLine, OfferedWorks
from incidents.models.announcements import EVERY_DAY, TITLE_MAX, WORKS_WORDS_MAX
from incidents.page_access import SignedInRequest, require_work
from incidents.views.public.announcements import shape_of_reach
from incidents.views.staff.announcements import faults_as_lists, read_key
from incidents.views.staff.works_forms import WorksForm, WorksWordingForm, kinds, values_of

MAY = require_work("works")
FIRST = {"kind": "works", "reaches": "wards", "weekdays": list(EVERY_DAY)}


@require_http_methods(["GET", "HEAD", "POST"])
@MAY
def new_works(request: SignedInRequest) -> HttpResponse:
    """Renders the form with a preview; without `do=preview` a POST announces or proposes the works."""
    if request.method != "POST":
        offer = waiting_offers(request).filter(pk=read_key(request.GET.get("offer", ""))).first()
        values = request.GET if "kind" in request.GET else first_values(offer)
        form = WorksForm(values)
        form.is_valid()
        faults = {"reaches": form.faults["reaches"]} if "reaches" in form.faults and "kind" in request.GET else {}
        return render_new(request, form, faults)
    form = WorksForm(request.POST)
    if request.POST.get("do") == "preview":
        form.is_valid()
        return render_new(request, form, form.faults)
    if not form.is_valid():
        return render_new(request, form, form.faults, status=400)
    try:
        line = announce(request, form.cleaned_data)
    except NotAnnounced as refused:
        faults = {"reaches" if name == "where" else name: fault for name, fault in refused.faults.items()}
        return render_new(request, form, faults, status=400)
    if line.kind == AnnouncementLine.Kind.PROPOSED:
        messages.success(request, _("Handed in: it becomes public when a second person agrees."))
    else:
        messages.success(request, _("The announcement is published."))
    return redirect("announcing")


@transaction.atomic
def announce(request: SignedInRequest, data: dict[str, Any]) -> AnnouncementLine:
    line = works.announce_works(data["kind"], data["reach"], data["wording"], by=request.user)
    if key := read_key(request.POST.get("offer", "")):
        offer = waiting_offers(request).filter(pk=key).first()
        if offer is None or not offers.take(key, line.announcement, by=request.user):
            raise NotAnnounced({"offer": _("Somebody has already decided on this offer.")})
    return line


@require_POST
@MAY
def drop_offer(request: SignedInRequest, pk: int) -> HttpResponse:
    offer = get_object_or_404(waiting_offers(request), pk=pk)
    if offers.drop(offer, by=request.user):
        messages.success(request, _("Discarded: it is offered again only if it changes."))
    return redirect("announcing")


def waiting_offers(request: SignedInRequest) -> QuerySet[OfferedWorks]:
    waiting = OfferedWorks.objects.waiting()
    return waiting if access.may_decide_offers(request.user) else waiting.none()


def first_values(offer: OfferedWorks | None) -> QueryDict:
    values = QueryDict(mutable=True)
    day = localdate().isoformat()
    first = FIRST | {"first_day": day, "last_day": day}
    if offer:
        first |= offers.values_of(offer) | {"offer": str(offer.pk)}
    for name, value in first.items():
        values.setlist(name, list(value) if isinstance(value, list) else [str(value)])
    return values


def render_new(request: SignedInRequest, form: WorksForm, faults: dict[str, str], status: int = 200) -> HttpResponse:
    reach = form.cleaned_data.get("reach")
    kind = str(form["kind"].value() or "")
    context = fields_context(form) | {
        "shown_faults": faults_as_lists(faults),
        "form": form,
        "offer": waiting_offers(request).filter(pk=read_key(form.data.get("offer", ""))).first(),
        "kinds": [(value, words, announcement_acts.KINDS[value].icon) for value, words in kinds()],
        "kind": (dict(kinds()).get(kind, ""), announcement_acts.KINDS.get(kind)),
        "reach": reach,
        "shape": shape_of_reach(reach.shape) if reach else None,
        "covered": bool(reach and access.works_posts(request.user, reach.codes)),
        "period": form.cleaned_data.get("period"),
        "outlook": announcement_notices.look_ahead(reach, None) if reach else None,
    }
    return render(request, "incidents/staff/announcements/works_new.html", context, status=status)


def fields_context(form: WorksWordingForm) -> dict[str, Any]:
    return {
        "held": {name: form[name].value() or "" for name in form.fields},
        "weekdays": form.fields["weekdays"].choices,  # type: ignore[attr-defined]  # its field has them
        "title_max": TITLE_MAX,
        "words_max": WORKS_WORDS_MAX,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@MAY
def works_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """Shows planned works to their writers and to who may agree; corrects, ends, agrees to or returns them (`do`)."""
    announcement = Announcement.objects.select_related("unit").filter(pk=pk, planned=True).first()
    waiting = AnnouncementLine.objects.waiting().filter(announcement=pk).first()
    if announcement is None or not works.may_read(request.user, announcement):
        raise Http404
    standing = AnnouncementLine.objects.standing().filter(announcement=announcement).first()
    if request.method != "POST":
        return render_page(request, announcement, standing, waiting)
    try:
        return act(request, announcement, standing, waiting)
    except NotAnnounced as refused:
        return render_page(request, announcement, standing, waiting, faults=refused.faults, status=400)
    except TooLate as refused:
        return render_page(request, announcement, standing, waiting, refusal=str(refused), status=409)


def act(
    request: SignedInRequest,
    announcement: Announcement,
    standing: AnnouncementLine | None,
    waiting: AnnouncementLine | None,
) -> HttpResponse:
    do, seen = request.POST.get("do"), read_key(request.POST.get("seen", ""))
    if do in ("agree", "return"):
        if waiting is None or waiting.pk != seen:
            raise TooLate(_("This has been decided, or is over."))
        if do == "agree":
            works.agree(waiting, by=request.user)
            messages.success(request, _("The announcement is published."))
        else:
            works.send_back(waiting, by=request.user, note=tidy(request.POST.get("note", ""))[:300])
            messages.success(request, _("Returned: nothing is published."))
        return redirect("announcing")
    if not access.announcements_for(request.user).filter(pk=announcement.pk).exists():
        raise Http404
    if do == "end":
        announcement_acts.end(announcement, by=request.user, seen=seen)
        messages.success(request, _("The announcement has ended."))
        return redirect("announcing")
    if do == "picture":
        return add_picture(request, announcement)
    form = WorksWordingForm(request.POST)
    if not form.is_valid():
        return render_page(request, announcement, standing, waiting, form=form, faults=form.faults, status=400)
    try:
        works.correct_works(announcement, form.cleaned_data["wording"], by=request.user, seen=seen)
    except NotAnnounced as refused:
        return render_page(request, announcement, standing, waiting, form=form, faults=refused.faults, status=400)
    messages.success(request, _("The correction is stored."))
    return redirect("announcing")


def add_picture(request: SignedInRequest, announcement: Announcement) -> HttpResponse:
    upload = request.FILES.get("photo")
    if upload is None:
        raise NotAnnounced({"photo": _("Choose a picture.")})
    try:
        picture = photos.read_photo(upload)
    except photos.BadPhoto as bad:
        raise NotAnnounced({"photo": str(bad)}) from None
    caption = tidy(request.POST.get("caption", ""))[:TITLE_MAX]
    works.add_picture(announcement, picture, caption=caption, by=request.user)
    messages.success(request, _("The picture is added."))
    return redirect("announcing-planned", announcement.pk)


def render_page(
    request: SignedInRequest,
    announcement: Announcement,
    standing: AnnouncementLine | None,
    waiting: AnnouncementLine | None,
    *,
    form: WorksWordingForm | None = None,
    faults: dict[str, str] | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    may_change = access.announcements_for(request.user).filter(pk=announcement.pk).exists()
    context: dict[str, Any] = {
        "announcement": announcement,
        "line": standing,
        "waiting": waiting,
        "shown": waiting or standing or announcement.lines.order_by("-pk").first(),
        "may_agree": waiting is not None and works.may_agree(request.user, waiting),
        "is_own": waiting is not None and waiting.by_id == request.user.pk,
        "over": standing is not None and standing.is_over(),
        "may_correct": may_change and standing is not None and not standing.is_over() and waiting is None,
        "may_add": may_change and works.may_have_pictures(announcement),
        "pictures": announcement.pictures.all(),
        "lines": announcement.lines.select_related("by").order_by("pk"),
        "shape": shape_of_reach(announcement.reach),
        "outlook": announcement_notices.look_ahead(
            works.stored_reach(announcement), None, besides=[announcement.pk]
        ) if waiting else None,
        "shown_faults": faults_as_lists(faults or {}),
        "refusal": refusal,
    }  # fmt: skip
    if context["may_correct"]:
        context |= fields_context(form or WorksWordingForm(initial=values_of(standing)))  # type: ignore[arg-type]  # it is
    return render(request, "incidents/staff/announcements/works.html", context, status=status)
