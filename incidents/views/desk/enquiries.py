"""Pages of questions, thanks and complaints at `/enquiries/`, for the duty desk, units with an enquiry desk, and
supervisors.
"""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from geoapp.http.http_methods import require_safe
from gis_data.alphabet import in_alphabet
from incidents import access, reporting
from incidents.answers import publishing
from incidents.answers.search import search_answers
from incidents.channels.chat.draft import leaf_categories
from incidents.enquiries import receiving
from incidents.enquiries import retention as enquiry_retention
from incidents.enquiries import steps as enquiry_steps
from incidents.forms import WordsField
from incidents.models import Answer, Authority, Enquiry
from incidents.page_access import SignedInRequest, require_work
from incidents.views.staff.mails import ReportForm

w = gettext_lazy
ROWS = 200
SIMILAR = 5  # pages that are offered as the answer
# Lists by their value in the address: name, and queryset.
SHOWS = {
    "": (w("Waiting"), lambda user: access.enquiries_for(user).waiting()),
    "held": (w("To be checked"), lambda user: access.enquiries_for(user, "check").held_back()),
    "done": (w("Completed"), lambda user: access.enquiries_for(user).done()),
}


class StepForm(forms.Form):
    """The note of a step, and the unit that it passes the enquiry to."""

    note = WordsField(required=False, limit=enquiry_steps.NOTE_MAX)
    authority = forms.ModelChoiceField(
        Authority.objects.all(),
        to_field_name="code",
        required=False,
        error_messages={"invalid_choice": w("There is no such unit. Choose from the list.")},
    )


class ReferForm(StepForm):
    """The public page that answers an enquiry, and words before it."""

    page = forms.ModelChoiceField(
        Answer.objects.none(),
        to_field_name="slug",
        error_messages={"required": w("Choose a page."), "invalid_choice": w("Choose a page that anyone can read.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["page"]).queryset = Answer.objects.public()  # of today


# Forms of steps that need more than a note.
STEP_FORMS: dict[str, type[forms.Form]] = {"incident": ReportForm, "refer": ReferForm}


@require_safe
@require_work("enquiries")
def enquiry_list(request: SignedInRequest) -> HttpResponse:
    show = request.GET.get("show", "")
    show = show if show in SHOWS else ""
    kind = request.GET.get("kind", "")
    chosen = {"kind": kind} if kind in Enquiry.Kind.values else {}
    counts = {key: rows(request.user).filter(**chosen).count() for key, (_name, rows) in SHOWS.items()}
    mine = access.enquiries_for(request.user)
    context = {
        "rows": SHOWS[show][1](request.user).filter(**chosen).with_pages()[:ROWS],
        "shows": [(key, name, counts[key]) for key, (name, _rows) in SHOWS.items()],
        "kinds": [
            (enquiry_kind.value, enquiry_kind.label, mine.open().filter(kind=enquiry_kind).count())
            for enquiry_kind in Enquiry.Kind
        ],
        "show": show,
        "kind": kind if chosen else "",
        "late": mine.late().count(),
        "may_write_answers": access.does_work(request.user, "answers"),
    }
    return render(request, "incidents/desk/enquiries.html", context)


@require_safe
@require_work("enquiries")
def enquiry_page(request: SignedInRequest, reference: str) -> HttpResponse:
    return render_enquiry(request, find_enquiry(request, reference))


def find_enquiry(request: SignedInRequest, reference: str) -> Enquiry:
    seen = access.enquiries_for(request.user) | access.enquiries_for(request.user, "check")
    return get_object_or_404(seen.select_related("authority", "incident"), reference=reference)


def render_enquiry(request: SignedInRequest, enquiry: Enquiry, *, status: int = 200, **more: Any) -> HttpResponse:
    steps = enquiry_steps.offered_steps(request.user, enquiry)
    context = {
        "enquiry": enquiry,
        "lines": enquiry.lines.select_related("by", "authority", "note"),
        "steps": steps,
        "may_see_contact": access.enquiries_for(request.user, "contact").filter(pk=enquiry.pk).exists(),
        "units": Authority.objects.exclude(pk=enquiry.authority_id).order_by(in_alphabet("name"))
        if "pass-on" in steps
        else (),
        "categories": leaf_categories() if "incident" in steps else (),
        "report_form": ReportForm(),
        "similar": [match.answer for match in search_answers(enquiry.text, limit=SIMILAR)] if "refer" in steps else (),
        "answer_page": enquiry.answer_page,
        "may_publish": may_publish(request, enquiry),
        "versions": access.answer_versions_for(request.user, "write").filter(enquiry=enquiry),
        "faults": {},
    }
    return render(request, "incidents/desk/enquiry.html", context | more, status=status)


def may_publish(request: SignedInRequest, enquiry: Enquiry) -> bool:
    """Returns whether this person may draft a public question of this enquiry now."""
    if publishing.fault_of_question(enquiry) or not access.does_work(request.user, "answers"):
        return False
    mine = access.enquiries_for(request.user, "work", in_any_state=True)
    return mine.filter(pk=enquiry.pk).exists() and not enquiry.versions.open().exists()


@require_POST
@require_work("enquiries")
def show_contact(request: SignedInRequest, reference: str) -> HttpResponse:
    rows = access.enquiries_for(request.user, "contact").select_related("authority", "incident")
    enquiry = get_object_or_404(rows, reference=reference)
    enquiry_retention.show_contact(enquiry, by=request.user)
    return render_enquiry(request, enquiry, contact=True)


@require_POST
@require_work("enquiries")
def take_step(request: SignedInRequest, reference: str, step: str) -> HttpResponse:
    enquiry = find_enquiry(request, reference)
    if step not in enquiry_steps.STEPS or step not in steps_of_right(request, enquiry):
        raise Http404
    form = STEP_FORMS.get(step, StepForm)(request.POST)
    faults: dict[str, list[str]] = {
        name: [str(fault) for fault in field_messages] for name, field_messages in form.errors.items()
    }
    if not faults:
        try:
            do_step(request, enquiry, step, form.cleaned_data)
        except enquiry_steps.StepRefused as refused:
            faults = {refused.field: [str(refused)]}
        except reporting.ReportRefused as refused:
            faults = {"where" if refused.field == "place" else "": [str(refused)]}
    if faults:
        typed = {"step": step, "faults": faults, "typed": request.POST.dict()}
        return render_enquiry(request, enquiry, status=400, **typed)
    messages.success(request, f"{enquiry.reference}: {enquiry.get_state_display()}")
    return redirect("desk-enquiries")


def steps_of_right(request: SignedInRequest, enquiry: Enquiry) -> list[str]:
    """Returns the steps allowed to this person in some state; `enquiry_steps.move` checks the present state."""
    rights = {step.right for step in enquiry_steps.STEPS.values()}
    mine = {
        right
        for right in rights
        if access.enquiries_for(request.user, right, in_any_state=True).filter(pk=enquiry.pk).exists()
    }
    return [name for name, step in enquiry_steps.STEPS.items() if step.right in mine]


def do_step(request, enquiry, step, data):
    if step == "incident":
        where, place, accuracy_m = data["where"]
        located = {"category": data["category"], "place": place, "accuracy_m": accuracy_m, "where": where}
        report = receiving.make_incident(enquiry, by=request.user, **located)
        messages.success(request, _("It is report %(reference)s.") % {"reference": report.incident.reference})
    else:
        fields = {name: data.get(name) for name in ("authority", "page")}
        enquiry_steps.move(enquiry, step, by=request.user, note=data["note"], **fields)
