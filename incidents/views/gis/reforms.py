"""Pages of a boundary reform: plan its day, cancel it, enact it, revert it."""

from datetime import timedelta
from typing import cast

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from procrastinate.contrib.django import app

from gis_data.editions import succession
from gis_data.models import Edition
from incidents import reform
from incidents.forms import WordsField
from incidents.models import Progress, Reform
from incidents.page_access import ask_again, require_work
from incidents.views.gis.edition_pages import edition_context, find_edition, posted_data, progress_in_words

w = gettext_lazy
S = Reform.State
LAST_STEP = "done"  # of a job
# The steps of a reform, by `Progress.step`.
STEPS = {
    "waiting": w("Waiting for its turn"),
    "start": w("Beginning"),
    "place": w("Finding the area of each incident"),
    "law": w("Changing the days of the editions"),
    "units": w("Passing on units, posts and rules"),
    "rest": w("Finding the area of incidents received in the meantime"),
    "incidents": w("Reassigning the open incidents"),
    LAST_STEP: w("Done"),
}
# Names of moved rows, by the key in `Reform.counts`.
MOVED_COUNTS = {
    "open": w("Open incidents in areas that ended"),
    "moved": w("of these now with another unit"),
    "stayed": w("of these with the same unit as before"),
    "outside": w("of these outside all new areas"),
    "to_desk": w("of these with the duty desk"),
    "closed": w("Closed incidents, which keep their old area"),
    "carried": w("Units that continue"),
    "authorities": w("Units that were created"),
    "memberships": w("Posts that were assigned"),
    "rules": w("Routing rules that were passed on"),
}
RETURNED_COUNTS = {
    "restored": w("Incidents that went back"),
    "moved_since": w("Incidents moved or closed since, left unchanged"),
    "received_since": w("Incidents received since, routed again"),
    "authorities_gone": w("Units that no longer exist"),
}


class DayForm(forms.Form):
    """The first day of an edition in force, and which editions end the day before."""

    day = forms.DateField(
        label=w("First day"),
        error_messages={
            "required": w("Choose the day."),
            "invalid": w("This is not a date. Write it like 2026-12-31."),
        },
    )
    ends = forms.ModelMultipleChoiceField(
        Edition.objects.none(),
        to_field_name="code",
        required=False,
        label=w("Editions that end the day before"),
        error_messages={"invalid_choice": w("This edition is not in force.")},
    )

    def __init__(self, *args, edition, **more):
        super().__init__(*args, **more)
        # The editions in force now, or on the day before a past day.
        known = Edition.objects.filter(city=edition.city_id).ever_in_force().exclude(pk=edition.pk)
        cast(forms.ModelChoiceField, self.fields["ends"]).queryset = known.filter(
            Q(in_force__endswith=None) | Q(in_force__endswith__gte=localdate() - timedelta(days=1))
        ).order_by("-level", "-in_force")


class ReasonForm(forms.Form):
    reason = WordsField(
        limit=500, label=w("Why"), error_messages={"required": w("Write a few words: colleagues will read them.")}
    )


def current_reform(edition):
    reforms = edition.reforms.select_related("progress").prefetch_related("ends")
    return reforms.filter(state__in=[S.PLANNED, S.ENACTED]).first() or reforms.first()


def reform_context(edition):
    change = current_reform(edition)
    progress = getattr(change, "progress", None)
    running = progress and not progress.fault and progress.step != LAST_STEP
    counts = change.counts if change else {}
    return edition_context(edition, "day") | {
        "reform": change,
        "progress": progress,
        "running": running,
        "step": progress_in_words({"step": progress.step, "done": progress.done, "of": progress.of}, STEPS)
        if progress
        else None,
        "may_now": change and change.state == S.PLANNED and change.day <= localdate() and not running,
        "moved": [(label, counts[name]) for name, label in MOVED_COUNTS.items() if name in counts],
        "returned": [
            (label, counts["taken_back"][name])
            for name, label in RETURNED_COUNTS.items()
            if name in counts.get("taken_back", {})
        ],
    }


@require_http_methods(["GET", "HEAD", "POST"])
@require_work("boundaries")
def reform_day(request, code):
    """Renders the form of the day, then a preview to confirm, then the progress of the reform."""
    edition = find_edition(code)
    context = reform_context(edition)
    if request.GET.get("part") == "progress":
        return render(request, "incidents/gis/day.html#progress", context)
    if not edition.is_draft or (context["reform"] and context["reform"].state == S.PLANNED):
        return render(request, "incidents/gis/day.html", context, status=409 if request.method == "POST" else 200)
    ends = succession.other_editions_in_force(edition)
    same_level = [old.code for old in ends if old.level == edition.level]
    form = DayForm(posted_data(request), edition=edition, initial={"ends": same_level or [old.code for old in ends]})
    context |= {"form": form, "today": localdate()}
    if request.method != "POST":
        return render(request, "incidents/gis/day.html", context)
    if not form.is_valid():
        return render(request, "incidents/gis/day.html", context, status=400)
    data = form.cleaned_data
    try:
        if "sure" in request.POST:
            set_day(edition, data["day"], list(data["ends"]), request.user.username)
            return redirect("edition-day", edition.code)
        reform.check_plan(edition, data["day"], list(data["ends"]))
    except reform.ReformNotPossible as refusal:
        form.add_error(None, str(refusal))
        return render(request, "incidents/gis/day.html", context, status=409)
    context |= {"preview": reform.preview_reform(edition, data["ends"]), **data, "past": data["day"] < localdate()}
    return render(request, "incidents/gis/confirm_day.html", context)


@transaction.atomic
def set_day(edition, first_day, ends, by):
    change = reform.plan_reform(edition, first_day, ends=ends, by=by)
    if first_day <= localdate():
        start_job(change, "incidents.enact_reform")


@transaction.atomic
def start_job(change, job, **more):
    Progress.objects.update_or_create(reform=change, defaults={"step": "waiting", "done": 0, "of": 0, "fault": ""})
    app.configure_task(job).defer(reform_id=change.pk, **more)


def find_reform(edition, *states):
    change = current_reform(edition)
    if change is None or change.state not in states:
        raise Http404
    return change


@require_POST
@require_work("boundaries")
def give_up_reform(request, code):
    edition = find_edition(code)
    try:
        reform.drop_reform(find_reform(edition, S.PLANNED))
    except reform.ReformNotPossible as refusal:
        return render(
            request, "incidents/gis/day.html", reform_context(edition) | {"refusal": str(refusal)}, status=409
        )
    messages.success(request, _("Cancelled. The edition is a draft again."))
    return redirect("edition-day", edition.code)


@require_POST
@require_work("boundaries")
@ask_again
def enact_reform(request, code):
    edition = find_edition(code)
    change = find_reform(edition, S.PLANNED)
    if change.day > localdate():
        context = reform_context(edition) | {"refusal": _("The day of this change has not come yet.")}
        return render(request, "incidents/gis/day.html", context, status=409)
    start_job(change, "incidents.enact_reform")
    return redirect("edition-day", edition.code)


@require_http_methods(["GET", "HEAD", "POST"])
@require_work("boundaries")
@ask_again
def take_back_reform(request, code):
    """Reverts an enacted reform as a whole, after a confirmation with a reason."""
    edition = find_edition(code)
    change = find_reform(edition, S.ENACTED)
    form = ReasonForm(posted_data(request))
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            Reform.objects.filter(pk=change.pk).update(counts=change.counts | {"why": form.cleaned_data["reason"]})
            start_job(change, "incidents.take_back_reform", by=request.user.username)
        return redirect("edition-day", edition.code)
    context = reform_context(edition) | {"form": form}
    return render(request, "incidents/gis/take_back.html", context, status=400 if request.method == "POST" else 200)
