"""Pages of ideas at `/enquiries/ideas/`, for the duty desk and the units that have one."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as w
from django.views.decorators.http import require_POST

from geoapp.http.http_methods import require_safe
from gis_data.alphabet import in_alphabet
from incidents import access
from incidents.disclosure import register
from incidents.forms import WordsField
from incidents.ideas import receiving, retention, steps, supporting
from incidents.models import Authority, Idea, PersonalDataView
from incidents.page_access import SignedInRequest, require_work
from incidents.reporting import TEXT_MAX

ROWS = 200
# Lists by their value in the address: name, and queryset.
SHOWS = {
    "": (w("Waiting"), lambda user: access.ideas_for(user, "work").order_by("due_at", "-supporters", "pk")),
    "held": (w("To be checked"), lambda user: access.ideas_for(user, "check").filter(stage="held").order_by("pk")),
    "done": (w("Completed"), lambda user: access.ideas_for(user).exclude(settled_at=None).order_by("-settled_at")),
}


class StepForm(forms.Form):
    """The note of a step, the words for the public, the unit, and the other idea."""

    note = WordsField(required=False, limit=steps.NOTE_MAX)
    title = WordsField(required=False, limit=receiving.TITLE_MAX)
    text = WordsField(required=False, limit=TEXT_MAX)
    authority = forms.ModelChoiceField(
        Authority.objects.all(),
        to_field_name="code",
        required=False,
        error_messages={"invalid_choice": w("There is no such unit. Choose from the list.")},
    )
    other = forms.ModelChoiceField(
        Idea.objects.filter(stage__in=Idea.OPEN),
        required=False,
        error_messages={"invalid_choice": w("Choose an idea that is still open.")},
    )


@require_safe
@require_work("enquiries")
def idea_list(request: SignedInRequest) -> HttpResponse:
    show = request.GET.get("show", "")
    show = show if show in SHOWS else ""
    context = {
        "rows": SHOWS[show][1](request.user).with_pages()[:ROWS],
        "shows": [(key, name, rows(request.user).count()) for key, (name, rows) in SHOWS.items()],
        "show": show,
        "late": access.ideas_for(request.user, "work").late().count(),
    }
    return render(request, "incidents/desk/ideas.html", context)


def find_idea(request: SignedInRequest, pk: int) -> Idea:
    seen = access.ideas_for(request.user) | access.ideas_for(request.user, "check")
    return get_object_or_404(seen.select_related("authority", "area", "joined_to"), pk=pk)


@require_safe
@require_work("enquiries")
def idea_page(request: SignedInRequest, pk: int) -> HttpResponse:
    return render_idea(request, find_idea(request, pk))


def render_idea(request: SignedInRequest, idea: Idea, *, status: int = 200, **more: Any) -> HttpResponse:
    """Shows an idea; what was sent, as long as it is not public, leaves a line in the register."""
    offered = steps.offered_steps(request.user, idea)
    if idea.published_at is None and "contact" not in more:
        register.record_views(PersonalDataView.How.IDEA, (), by=request.user, ideas=[idea])
    title = idea.title or idea.raw_title
    context = {
        "idea": idea,
        "title": title,
        "text": idea.text or idea.raw_text,
        "lines": idea.lines.select_related("by", "authority"),
        "steps": offered,
        "may_see_contact": access.ideas_for(request.user, "contact").filter(pk=idea.pk, erased_at=None).exists(),
        "units": Authority.objects.exclude(pk=idea.authority_id).order_by(in_alphabet("name"))
        if "pass-on" in offered
        else (),
        "likes": receiving.similar_ideas(title, besides=idea.pk),
        "crowds": supporting.crowded_networks(idea),
        "decisions": [(name, steps.STEPS[name].button) for name in DECISIONS if name in offered],
        "faults": {},
    }
    return render(request, "incidents/desk/idea.html", context | more, status=status)


DECISIONS = ("study", "answer", "plan", "decline")


@require_POST
@require_work("enquiries")
def show_contact(request: SignedInRequest, pk: int) -> HttpResponse:
    rows = access.ideas_for(request.user, "contact").filter(erased_at=None)
    idea = get_object_or_404(rows.select_related("authority", "area", "joined_to"), pk=pk)
    retention.show_contact(idea, by=request.user)
    return render_idea(request, idea, contact=True)


@require_POST
@require_work("enquiries")
def take_step(request: SignedInRequest, pk: int, step: str) -> HttpResponse:
    idea = find_idea(request, pk)
    if step not in steps.STEPS or not may_take(request, idea, step):
        raise Http404
    form = StepForm(request.POST)
    faults: dict[str, list[str]] = {
        name: [str(fault) for fault in field_messages] for name, field_messages in form.errors.items()
    }
    if not faults:
        try:
            steps.move(idea, step, by=request.user, **form.cleaned_data)
        except steps.StepRefused as refused:
            faults = {refused.field: [str(refused)]}
    if faults:
        return render_idea(request, idea, status=400, step=step, faults=faults, typed=request.POST.dict())
    messages.success(request, f"{idea.pk}: {idea.get_stage_display()}")
    return redirect("desk-ideas")


def may_take(request: SignedInRequest, idea: Idea, step: str) -> bool:
    """Returns whether this person may take the step in some stage; `steps.move` checks the present one."""
    right = steps.STEPS[step].right
    return access.ideas_for(request.user, right, in_any_stage=True).filter(pk=idea.pk).exists()
