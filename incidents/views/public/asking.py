"""Ask a question, give thanks or complain about staff at `/ask/`; and the enquiry's private page."""

import uuid
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe
from incidents import reporting
from incidents.answers import publishing
from incidents.answers.search import search_answers
from incidents.disclosure import privacy_notice
from incidents.enquiries import receiving
from incidents.enquiries.receiving import IncomingEnquiry
from incidents.enquiries.words import kind_in_words
from incidents.forms import PhoneField, WordsField
from incidents.models import Answer, Enquiry, EnquiryLine, Report
from incidents.reporting import danger, puzzle
from incidents.views.public import own_browser
from incidents.views.public.page_feedback import words_about
from incidents.views.public.private_addresses import hide_address
from incidents.views.public.reporting import puzzle_comes_first, sender_of

w = gettext_lazy
SIMILAR = 3  # pages that are shown beside a question before it is sent
# The purpose of each kind, shown beside it.
HINTS = {
    Enquiry.Kind.QUESTION: w("How to get a document, who to contact, when an office is open."),
    Enquiry.Kind.THANKS: w("What was done well, and by whom."),
    Enquiry.Kind.COMPLAINT: w("How someone at an office behaved. It goes to those who supervise the units."),
}


class EnquiryForm(forms.Form):
    """A question, thanks or a complaint, without a place."""

    kind = forms.ChoiceField(
        choices=Enquiry.Kind.choices,
        error_messages={
            "required": w("Choose what it is: a question, thanks or a complaint."),
            "invalid_choice": w("Choose what it is: a question, thanks or a complaint."),
        },
    )
    text = WordsField(limit=reporting.TEXT_MAX, error_messages={"required": w("Write what you want to ask or say.")})
    phone = PhoneField(required=False)
    email = forms.EmailField(
        required=False,
        max_length=254,
        error_messages={"invalid": w("This is not an e-mail address. One looks like name@example.org.")},
    )
    public_agreed = forms.BooleanField(required=False)
    sending = forms.UUIDField(required=False)
    notice = WordsField(required=False, limit=10)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask_page(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        text = request.GET.get("text", "")[: reporting.TEXT_MAX] or words_about(request.GET.get("about", ""))
        known = {"kind": request.GET.get("kind") or kind_in_words(text), "text": text}
        return render_form(request, EnquiryForm(initial=known))
    form, blocked = EnquiryForm(request.POST), ""
    if form.is_valid():
        try:
            enquiry = receiving.receive_enquiry(enquiry_from_form(form.cleaned_data), sender_of(request))
        except reporting.ReportRefused as refused:
            if refused.field == "block":
                blocked = str(refused)
            else:
                form.add_error(refused.field, str(refused))
        else:
            response = HttpResponseRedirect(reverse("enquiry", args=[enquiry.token]) + "?sent=1", status=303)
            return own_browser.keep_enquiry(request, enquiry, response)
    return render_form(request, form, status=400, blocked=blocked)


def enquiry_from_form(data: dict[str, Any]) -> IncomingEnquiry:
    return IncomingEnquiry(
        channel=Report.Channel.WEB,
        kind=data["kind"],
        text=data["text"],
        phone=data["phone"],
        email=data["email"],
        language=get_language(),
        notice_version=data["notice"],
        sending=data["sending"] or uuid.uuid4(),
        public_agreed=data["public_agreed"],
    )


def redisplay_form(request: HttpRequest) -> HttpResponse:
    return render_form(request, EnquiryForm(initial=request.POST.dict()), status=403, too_old=True)


def render_form(request: HttpRequest, form: EnquiryForm, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "form": form,
        "kinds": [(kind.value, kind.label, HINTS[kind]) for kind in Enquiry.Kind],
        "sending": form["sending"].value() or uuid.uuid4(),
        "emergency_numbers": danger.numbers_to_call(form["text"].value() or ""),
        "in_danger": danger.mentions_danger(form["text"].value() or ""),
        "notice": privacy_notice.notice_lines(privacy_notice.ENQUIRY_SENTENCES)[: privacy_notice.FORM_LINES],
        "notice_version": privacy_notice.VERSION,
        "text_max": reporting.TEXT_MAX,
        "similar": list_similar(form),
        "question": puzzle.new_question() if puzzle_comes_first(request) else None,
    }
    return render(request, "incidents/public/ask.html", context | more, status=status)


def list_similar(form: EnquiryForm) -> list[Answer]:
    """Returns the public pages most like a question that is not sent yet; none for thanks and complaints."""
    if form["kind"].value() not in ("", None, Enquiry.Kind.QUESTION):
        return []
    return [match.answer for match in search_answers(form["text"].value() or "", limit=SIMILAR)]


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_safe
def enquiry_page(request: HttpRequest, token: str) -> HttpResponse:
    """Shows an enquiry to the holder of its private link: its words, the answer, or the due date."""
    enquiry = Enquiry.objects.with_link(token).select_related("authority", "incident", "answer_page").first()
    if enquiry is None:
        raise Http404
    lines = enquiry.lines.filter(kind__in=EnquiryLine.TOLD).select_related("authority", "note")
    context = {
        "enquiry": enquiry,
        "lines": [(line, note_for_sender(line)) for line in lines],
        "report": receiving.report_of(enquiry) if enquiry.incident_id else None,
        "sent": "sent" in request.GET,
        "page": enquiry.answer_page if enquiry.answer_page and enquiry.answer_page.is_public else None,
        "may_agree": enquiry.kind == Enquiry.Kind.QUESTION and enquiry.state != Enquiry.State.REFUSED,
    }
    return hide_address(render(request, "incidents/public/enquiry.html", context))


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_POST
def set_agreement(request: HttpRequest, token: str) -> HttpResponse:
    """Stores whether the holder of the private link agrees that the question and its answer are published."""
    enquiry = get_object_or_404(Enquiry.objects.with_link(token))
    if request.POST.get("agreed") == "yes":
        publishing.agree(enquiry)
    else:
        publishing.revoke(enquiry)
    return hide_address(HttpResponseRedirect(reverse("enquiry", args=[token]) + "#public", status=303))


def note_for_sender(line: EnquiryLine) -> str:
    """Returns the note of an event unless it is meant for the unit, as the reason for passing it on is."""
    if line.kind == EnquiryLine.Kind.PASSED_ON or not hasattr(line, "note"):
        return ""
    return line.note.text
