"""Moderation queue at `/moderation/`: approve, redact or refuse reports; photos, blocks, watched words."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import Avg, Count, F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from geoapp.http import rate_limits
from geoapp.http.byte_ranges import video_response
from geoapp.http.http_methods import require_GET, require_safe
from geoapp.http.query_parameters import read_number
from gis_data.words import plain, tidy
from incidents import access, reporting
from incidents.disclosure import publishing, register, wording
from incidents.models import (
    AnyUser,
    Block,
    Category,
    HeldPhoto,
    HeldReport,
    PersonalDataView,
    Photo,
    Report,
    WatchedWord,
)
from incidents.models.incident import PhotoQuerySet
from incidents.page_access import SignedInRequest, require_work
from incidents.reporting import blocking, holding

ROWS, PHOTO_ROWS = 100, 30
GOAL_MINUTES = 10
WORDS_AT_MOST = 500
NOT_SHOWN = gettext_lazy("Nothing yet: incidents of this type are only shown once the unit agrees.")


@require_safe
@require_work("moderate")
def queue_page(request):
    return render_queue(request, HeldReport.objects.waiting().with_pages().first())


@require_safe
@require_work("moderate")
def held_report(request, pk):
    return render_queue(request, get_object_or_404(HeldReport.objects.with_pages(), pk=pk))


def render_queue(request, chosen, fault="", status=200):
    rows = list(HeldReport.objects.waiting().with_pages().annotate(pictures=Count("photos"))[:ROWS])
    undone = read_number(request.GET.get("undo"))
    context = {
        "rows": rows,
        "count": HeldReport.objects.waiting().count(),
        "oldest": rows[0].held_at if rows else None,
        "figures": todays_figures(),
        "photos_held": held_photos(request.user).count(),
        "chosen": chosen,
        "fault": fault,
        "undo": HeldReport.objects.filter(pk=undone, state=HeldReport.State.REFUSED).first() if undone else None,
        "blocked": Block.objects.in_force().count(),
    }
    if chosen:
        register.record_views(PersonalDataView.How.HELD, (), by=request.user, held_reports=[chosen])
        context |= chosen_context(chosen)
    return render(request, "incidents/staff/moderation/queue.html", context, status=status)


def chosen_context(held_report):
    words = wording.words_of(held_report.text, list(WatchedWord.objects.values_list("search", flat=True)))
    covered = {word.number for word in words if word.contact or word.watched}
    addresses = blocking.blockable_addresses(held_report)
    public_text, shown = (
        wording.cover_words(held_report.text, covered),
        held_report.category.publishes(Category.Publish.AT_ONCE),
    )
    day = localtime(now()).replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "words": words,
        "public_text": public_text,
        "after": public_text if shown else NOT_SHOWN,
        "photos": list(held_report.photos.all()),
        "shown_in_public": shown,
        "sender": sender_figures(held_report, day),
        "addresses": [(kind, Block.Kind(kind).label, blocking.hint_of(kind, value)) for kind, value in addresses],
        "ends": [(days, blocking.end_of_block(days)) for days in blocking.DAYS],
        "waiting": held_report.state == HeldReport.State.WAITING,
    }


def sender_figures(held_report, day):
    """Returns (reports sent before, held today) of a sender, without identifying them."""
    theirs = Q(pk__in=())
    for name in ("phone", "email", "chat"):
        if value := getattr(held_report, name):
            theirs |= Q(**{name: value})
    same = theirs | Q(network=held_report.network) if held_report.network else theirs
    return {
        "taken": Report.objects.filter(theirs).count(),
        "held": HeldReport.objects.filter(same, held_at__gte=day).count(),
        "refused": HeldReport.objects.filter(same, state=HeldReport.State.REFUSED).count(),
    }


def todays_figures():
    day = localtime(now()).replace(hour=0, minute=0, second=0, microsecond=0)
    today = HeldReport.objects.filter(held_at__gte=day)
    looked = HeldReport.objects.filter(decided_at__gte=day, decided_by__isnull=False).aggregate(
        mean=Avg(F("decided_at") - F("held_at"))
    )["mean"]
    on = rate_limits.is_on()
    return {
        "per_hour": settings.LIMITS["report:address"].count if on else None,
        "slowed": rate_limits.count_reached("report:address") if on else 0,
        "held": today.count(),
        "all": Report.objects.filter(received_at__gte=day).count(),
        "minutes": None if looked is None else round(looked / timedelta(minutes=1)),
        "goal": GOAL_MINUTES,
        "watched": WatchedWord.objects.count(),
    }


def find_waiting(pk):
    return get_object_or_404(HeldReport.objects.with_pages(), pk=pk)


@require_POST
@require_work("moderate")
def let_through(request, pk):
    """Approves a report; `cover` lists the numbers of the words to hide from the public."""
    held_report = find_waiting(pk)
    numbers = {int(number) for number in request.POST.getlist("cover") if read_number(number) is not None}
    text = wording.cover_words(held_report.text, numbers) if "covered" in request.POST else None
    try:
        report = reporting.let_through(
            held_report, by=request.user, public_text=text, show_photos=shows_photos(request)
        )
    except holding.AlreadyDecided:
        return render_queue(request, held_report, _("Somebody else was faster."), status=409)
    except reporting.ReportRefused as refused:
        return render_queue(request, held_report, str(refused), status=409)
    message = _("%(reference)s is released, to %(unit)s.")
    messages.success(
        request, message % {"reference": report.incident.reference, "unit": report.incident.authority.title}
    )
    return redirect("moderation")


def shows_photos(request: HttpRequest) -> bool:
    """Returns whether the photos may be published; never against the sender's wish."""
    return "hide_photos" not in request.POST


@require_POST
@require_work("moderate")
def refuse_report(request, pk):
    held_report = find_waiting(pk)
    try:
        holding.refuse_report(held_report, by=request.user, reason=tidy(request.POST.get("reason", "")))
    except holding.AlreadyDecided:
        return render_queue(request, held_report, _("Somebody else was faster."), status=409)
    except ValueError as fault:
        return render_queue(request, held_report, str(fault), status=400)
    return redirect_with_undo(held_report)


def redirect_with_undo(held_report: HeldReport) -> HttpResponse:
    return redirect(f"{reverse('moderation')}?undo={held_report.pk}")


@require_POST
@require_work("moderate")
def block_sender(request, pk):
    held_report, reason = find_waiting(pk), tidy(request.POST.get("reason", ""))
    days = read_number(request.POST.get("days")) or 0
    try:
        blocking.refuse_and_block(
            held_report, kinds=request.POST.getlist("kind"), days=days, reason=reason, by=request.user
        )
    except holding.AlreadyDecided:
        return render_queue(request, held_report, _("Somebody else was faster."), status=409)
    except ValueError as fault:
        return render_queue(request, held_report, str(fault), status=400)
    return redirect_with_undo(held_report)


@require_POST
@require_work("moderate")
def undo_refusal(request, pk):
    """Returns a refused report to the queue and lifts the blocks made with the refusal."""
    held_report = get_object_or_404(HeldReport, pk=pk)
    if not holding.take_back_refusal(held_report):
        raise Http404
    for sender_block in held_report.blocks.all():
        blocking.lift_block(sender_block, by=request.user)
    messages.success(request, _("Undone: it is waiting again."))
    return redirect("moderation-report", pk)


# A stranger gets 404, as for every picture, not an invitation to sign in.
@login_not_required
@require_GET
@require_work("moderate")
def show_photo(request, pk, size):
    if size not in ("small", "large"):
        raise Http404
    photo = get_object_or_404(HeldPhoto, pk=pk)
    try:
        with (photo.small if size == "small" else photo.picture).open() as file:
            return HttpResponse(file.read(), content_type="image/jpeg")
    except FileNotFoundError:
        raise Http404 from None


@login_not_required
@require_GET
@require_work("moderate")
def show_video(request, pk):
    return video_response(request, get_object_or_404(HeldPhoto.objects.exclude(video=""), pk=pk).video)


@require_safe
@require_work("moderate")
def photo_list(request: SignedInRequest) -> HttpResponse:
    rows = held_photos(request.user)
    context = {"rows": rows[:PHOTO_ROWS], "count": rows.count()}
    return render(request, "incidents/staff/moderation/photos.html", context)


@require_POST
@require_work("moderate")
def release_photo(request: SignedInRequest, pk: int) -> HttpResponse:
    photo = get_object_or_404(Photo, pk=pk, incident__in=access.incidents_for(request.user, "publish"))
    if publishing.release_photo(photo, by=request.user):
        messages.success(request, _("The photo is shown in full."))
    else:
        messages.info(request, _("Somebody else was faster."))
    return redirect("moderation-photos")


def held_photos(user: AnyUser) -> PhotoQuerySet:
    """Returns photos that wait for review on incidents that this person publishes, oldest first."""
    return Photo.objects.held_back().filter(incident__in=access.incidents_for(user, "publish"))


@require_safe
@require_work("moderate")
def block_list(request):
    rows = Block.objects.in_force().select_related("by", "held").order_by("ends", "pk")
    return render(request, "incidents/staff/moderation/blocks.html", {"rows": rows[:ROWS], "count": rows.count()})


@require_POST
@require_work("moderate")
def lift_block(request, pk):
    sender_block = get_object_or_404(Block, pk=pk)
    if blocking.lift_block(sender_block, by=request.user):
        messages.success(request, _("The sender is no longer blocked."))
    return redirect("moderation-blocks")


@require_http_methods(["GET", "HEAD", "POST"])
@require_work("moderate")
def watched_words(request):
    context: dict[str, Any] = {"fault": "", "word": ""}
    if request.method == "POST" and "forget" in request.POST:
        WatchedWord.objects.filter(pk=read_number(request.POST["forget"]) or 0).delete()
        return redirect("moderation-words")
    if request.method == "POST":
        word = tidy(request.POST.get("word", ""))[:80]
        if len(plain(word)) >= 2 and WatchedWord.objects.count() < WORDS_AT_MOST:
            WatchedWord.watch(word)
            return redirect("moderation-words")
        context = {
            "fault": _("Enter at least two letters; at most %(n)d words can be watched for.") % {"n": WORDS_AT_MOST},
            "word": word,
        }
    context["rows"] = WatchedWord.objects.all()
    status = 400 if context["fault"] else 200
    return render(request, "incidents/staff/moderation/words.html", context, status=status)
