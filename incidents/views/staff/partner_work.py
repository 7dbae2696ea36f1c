"""The page behind the link in a letter to a partner unit: one incident and its steps, without an account."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as w
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_POST

from geoapp.http import rate_limits
from geoapp.http.http_methods import require_GET
from incidents import partners, reporting, result_checks, timeline, workflow
from incidents.casework import extensions
from incidents.disclosure import register
from incidents.disclosure.shown import name_reader, note_shown
from incidents.forms import PhotosField, SendingForm, WordsField
from incidents.models import Event, Incident, PersonalDataView
from incidents.partners import codes, letters
from incidents.redaction import without_contacts
from incidents.routing.rules import in_both_languages
from incidents.views.desk.detail import masked_email, masked_phone
from incidents.views.public import incident_pages

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


GRANT, GRANT_LIFETIME = "unit-contact", timedelta(minutes=30)


@dataclass(frozen=True)
class StepWords:
    """The texts of a step: button, question and hint of its form, success message; and its icon."""

    button: "StrOrPromise"
    done: "StrOrPromise"
    asks: "StrOrPromise" = ""
    says: "StrOrPromise" = ""
    icon: str = "i-check"


STEPS = {
    "accept": StepWords(w("Accept"), w("Accepted. The reporter sees it at once."), icon="i-check"),
    "begin": StepWords(w("Start"), w("Work has started. The reporter sees it at once."), icon="i-play"),
    "resolve": StepWords(
        w("Send the result…"),
        w("The result was sent."),
        w("What was done?"),
        w("The reporter and everyone can read it; photos are convincing."),
    ),
    "ask": StepWords(
        w("Ask the reporter"),
        w("The reporter was asked. The deadline is paused until the answer, which comes by e-mail."),
        w("Question to the reporter"),
        w("The deadline is paused until the reporter answers."),
        "i-ask",
    ),
    "more_time": StepWords(
        w("Request an extension…"),
        w("An extension was requested. The decision comes by e-mail."),
        w("Why it takes longer"),
        w("Somebody else decides on it. Until then the deadline does not change."),
        "i-clock",
    ),
    "hand_back": StepWords(
        w("Not ours: hand it back…"),
        w("It was handed back to the duty desk. Thank you; this link no longer works."),
        w("Why it is not yours"),
        w("The duty desk finds the unit responsible for it."),
        "i-handover",
    ),
}


@dataclass(frozen=True)
class EndWords:
    heading: "StrOrPromise"
    text: "StrOrPromise"


# Texts for a link that has ended and cannot be renewed.
END_WORDS = {
    "done": EndWords(
        w("This incident is closed"),
        w(
            "%(reference)s is “%(state)s”, and this link is older than 30 days. Nothing more has to be done. If work "
            "resumes, you will get a new e-mail."
        ),
    ),
    "moved": EndWords(
        w("This incident has moved"),
        w(
            "%(reference)s has gone to another unit, or came back to you with a newer e-mail. Nothing more has to be "
            "done here; look for the newest e-mail."
        ),
    ),
}


class StepForm(SendingForm):
    """The form of a step: note, photos of a result, date of an extension, and the number of events `seen`."""

    step = forms.ChoiceField(choices=[(name, name) for name in STEPS])
    seen = forms.IntegerField(min_value=0)
    note = WordsField(required=False, limit=reporting.TEXT_MAX)
    until = forms.DateTimeField(required=False, error_messages={"invalid": w("Enter a date and a time.")})
    photos = PhotosField(required=False)

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        step = data.get("step")
        if step and workflow.TRANSITIONS[step].needs_note and not data.get("note") and "note" not in self.errors:
            self.add_error("note", _("Write a few words for the reporter to read."))
        if step == "more_time" and not data.get("until") and "until" not in self.errors:
            self.add_error("until", _("Until when?"))
        return data


def open_link(token):
    try:
        return letters.open_link(token)
    except letters.ForgedLink:
        raise Http404 from None


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def work_page(request, token):
    link = open_link(token)
    if link.ended:
        return render_closed_page(request, link)
    return take_step(request, token, link) if request.method == "POST" else render_work_page(request, token, link)


def offered_steps(incident):
    """Returns the names of the steps possible now; the duty desk cannot hand an incident back."""
    names = [name for name in STEPS if incident.state in workflow.TRANSITIONS[name].origins]
    return [name for name in names if name != "hand_back" or not incident.authority.duty_desk]


def take_step(request, token, link):
    form = StepForm(request.POST, request.FILES)
    if form.data.get("step") in STEPS and form.data["step"] not in offered_steps(link.incident):
        return render_work_page(
            request, token, link, form=form, refused=str(workflow.already_done(link.incident)), status=409
        )
    if not form.is_valid():
        return render_work_page(request, token, link, form=form, status=400)
    data = form.cleaned_data
    try:
        partners.act_for_unit(
            link.incident, data["step"], way=letters.BY_LINK, note=data["note"], seen=data["seen"],
            until=data["until"], sending=form.sending(from_device=False),
            pictures=form.with_facts(data["photos"]) if workflow.TRANSITIONS[data["step"]].takes_photos else (),
        )  # fmt: skip
    except result_checks.ReasonMissing as missing:
        form.ask_reason(missing)
        return render_work_page(request, token, link, form=form, status=400)
    except extensions.NotPossible as fault:
        form.add_error("until", str(fault))
        return render_work_page(request, token, link, form=form, status=400)
    except workflow.NotAllowed as refused:
        return render_work_page(request, token, open_link(token), form=form, refused=str(refused), status=409)
    return HttpResponseRedirect(f"{reverse('outside', args=[token])}?done={data['step']}", status=303)


def render_work_page(request, token, link, *, form=None, refused="", too_old=False, shown=False, code=None, status=200):
    name_reader(request, link.contact.authority)
    incident = Incident.objects.with_pages().get(pk=link.incident.pk)
    typed = form.data if form else request.POST
    steps = [
        {"name": name, "words": STEPS[name], "typed": typed if typed.get("step") == name else {}, "form": form}
        for name in offered_steps(incident)
    ]
    reports = list(incident.reports.order_by("pk"))
    context = incident_pages.incident_context(incident) | {
        "token": token,
        "unit": link.contact.authority,
        "desk": link.contact,
        "steps": steps,
        "reports": [report.public_text for report in reports if report.public_text],
        "photos": list(incident.photos.looked_at()),
        "answers": [
            without_contacts(event.note)
            for event in incident.timeline.filter(kind=Event.Kind.ANSWERED).order_by("-pk")
            if event.note
        ],
        "contacts": [displayed_contact(report, shown) for report in reports if report.phone or report.email],
        "shown": shown,
        "code": code,
        "sent_to": masked_email(link.contact.email),
        "done": STEPS[request.GET["done"]].done if request.GET.get("done") in STEPS else "",
        "refused": refused,
        "too_old": too_old,
        "last_day": localtime(extensions.latest_due_date(incident)),
    }
    return keep_out_of_search(render(request, "incidents/staff/partner_work/work.html", context, status=status))


def displayed_contact(report, shown):
    if shown:
        return {"phone": report.phone, "email": report.email}
    return {"phone": masked_phone(report.phone), "email": masked_email(report.email)}


def render_closed_page(request, link, *, sent=False):
    """Renders an ended link (410), or the confirmation of a step or of a request for a fresh link."""
    context = {"incident": link.incident, "ended": link.ended, "unit": link.contact.authority, "sent": sent}
    context["handed_back"] = request.GET.get("done") == "hand_back"
    if words := END_WORDS.get(link.ended):
        values = {"reference": link.incident.reference, "state": link.incident.get_state_display()}
        context |= {"heading": words.heading, "words": words.text % values}
    well = sent or context["handed_back"]
    return keep_out_of_search(
        render(request, "incidents/staff/partner_work/closed.html", context, status=200 if well else 410)
    )


def keep_out_of_search(response):
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_POST
def show_contact(request, token):
    """Shows the reporters' contacts after entering the code sent to the desk; each access is recorded.

    A code is valid for half an hour in the browser in which it was entered.
    """
    link = open_link(token)
    if link.ended:
        return render_closed_page(request, link)
    entered = "code" in request.POST
    try:
        if entered:
            codes.use_code(link, request.POST["code"])
        elif not holds_grant(request, link):
            codes.send_code(link)
            return render_work_page(request, token, link, code={"sent": True})
    except codes.CodeRefused as refused:
        code = {"sent": entered, "fault": str(refused)}
        return render_work_page(request, token, link, code=code, status=400 if entered else 429)
    record_view(link)
    response = render_work_page(request, token, link, shown=True)
    if entered:
        response.set_signed_cookie(
            GRANT, grant_of(link), salt=GRANT, max_age=GRANT_LIFETIME, path=reverse("outside", args=[token]),
            secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Strict",
        )  # fmt: skip
    return response


def grant_of(link):
    return f"{link.event.pk}-{link.contact.pk}"


def holds_grant(request, link):
    granted = request.get_signed_cookie(GRANT, default="", salt=GRANT, max_age=GRANT_LIFETIME)
    return granted == grant_of(link)


@transaction.atomic
def record_view(link):
    timeline.record(
        link.incident, Event.Kind.VIEWED, authority=link.contact.authority, public=False,
        reasons=(in_both_languages(letters.BY_LINK),),
    )  # fmt: skip
    register.record_views(PersonalDataView.How.LINK, link.incident.reports.all(), authority=link.contact.authority)


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_POST
def send_fresh_link(request, token):
    link = open_link(token)
    if link.ended != "expired":
        return render_closed_page(request, link)
    letters.renew_letter(link)
    return render_closed_page(request, link, sent=True)


@rate_limits.limit_requests("photo")
@login_not_required
@require_GET
@cache_control(private=True, max_age=3600)
def show_photo(request, token, pk):
    link = open_link(token)
    if link.ended:
        raise Http404
    picture = get_object_or_404(link.incident.photos.looked_at(), pk=pk)
    name_reader(request, link.contact.authority)
    note_shown(request, incidents=[link.incident.pk])
    try:
        with picture.picture.open() as file:
            return keep_out_of_search(HttpResponse(file.read(), content_type="image/jpeg"))
    except FileNotFoundError:
        raise Http404 from None


def redisplay_work_page(request: HttpRequest, token: str) -> HttpResponse:
    link = open_link(token)
    if link.ended:
        return render_closed_page(request, link)
    return render_work_page(request, token, link, too_old=True, status=403)
