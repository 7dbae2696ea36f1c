"""E-mails that no parser understood, at `/mails/`: make a report, answer, or dismiss."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.gis.geos import Point
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from geoapp.http.http_methods import require_safe
from gis_data.addresses.suggest import only_sure_candidate, suggest
from incidents import reporting
from incidents.channels.chat.draft import leaf_categories
from incidents.channels.mail import settling, understanding, unread
from incidents.channels.mail.understanding import MailReading
from incidents.forms import PlaceWordsField, WordsField
from incidents.models import Category, Enquiry, StoredMail
from incidents.page_access import SignedInRequest, require_work
from incidents.understanding import understand

w = gettext_lazy
ROWS, TITLES = 100, 4


class ReportForm(forms.Form):
    """The report that a person reads from a mail."""

    category = forms.ModelChoiceField(
        Category.objects.leaves(),
        to_field_name="code",
        error_messages={
            "required": w("Choose what it is about."),
            "invalid_choice": w("This cannot be reported. Choose from the list."),
        },
    )
    where = PlaceWordsField(limit=200, error_messages={"required": w("Write where it is.")})

    def clean_where(self) -> tuple[str, Point, float | None]:
        """Returns (words, place, accuracy in metres) of coordinates, a map link, or an address."""
        words = self.cleaned_data["where"]
        if linked := understanding.linked_place(words):
            return words, linked.point, None
        spots_found = suggest(words)
        if sure := only_sure_candidate(spots_found):
            return words, sure.point, float(sure.accuracy_m)
        if spots_found:
            titles = "; ".join(
                ", ".join(filter(None, [spot.title, str(spot.area or "")])) for spot in spots_found[:TITLES]
            )
            message = _("Several places match: %(titles)s. Give more detail.") % {"titles": titles}
        else:
            message = _("We cannot find this place. Write a house number and street, or the name of the ward.")
        raise forms.ValidationError(message)


class EnquiryForm(forms.Form):
    kind = forms.ChoiceField(
        choices=Enquiry.Kind.choices,
        error_messages={
            name: w("Choose what it is: a question, thanks or a complaint.") for name in ("required", "invalid_choice")
        },
    )


class AnswerForm(forms.Form):
    text = WordsField(limit=unread.MAX_WORDS, error_messages={"required": w("Write an answer.")})


@require_safe
@require_work("operator")
def mail_list(request: SignedInRequest) -> HttpResponse:
    rows = unread.mails_for_a_person()
    context = {"rows": rows[:ROWS], "count": rows.count()}
    return render(request, "incidents/staff/mails/list.html", context)


@require_safe
@require_work("operator")
def mail_page(request: SignedInRequest, pk: int) -> HttpResponse:
    return render_mail(request, find_waiting_mail(pk))


def find_waiting_mail(pk):
    return get_object_or_404(StoredMail.objects.for_a_person(), pk=pk)


def render_mail(request, mail, *, status=200, **values):
    read = unread.show_mail(mail, by=request.user)
    words = settling.all_words(read.subject, read.words)
    understood = understand(words)
    reading = MailReading(understood, understanding.named_place(words, understood))
    known = {"category": reading.category and reading.category.code, "where": reading.place and reading.place.named}
    context = {
        "one": mail, "read": read, "report_form": ReportForm(initial=known), "answer_form": AnswerForm(),
        "enquiry_form": EnquiryForm(initial={"kind": reading.enquiry_kind}), "categories": leaf_categories(),
    }  # fmt: skip
    return render(request, "incidents/staff/mails/mail.html", context | values, status=status)


@require_POST
@require_work("operator")
def make_report(request: SignedInRequest, pk: int) -> HttpResponse:
    mail, form = find_waiting_mail(pk), ReportForm(request.POST)
    if not form.is_valid():
        return render_mail(request, mail, status=400, report_form=form)
    where, place, accuracy_m = form.cleaned_data["where"]
    located = {"category": form.cleaned_data["category"], "place": place, "accuracy_m": accuracy_m, "where": where}
    try:
        report = unread.make_report(mail, by=request.user, **located)
    except reporting.ReportRefused as refused:
        form.add_error("where" if refused.field == "place" else None, str(refused))
        return render_mail(request, mail, status=400, report_form=form)
    except unread.SettledByAnother:
        return redirect_too_late(request)
    messages.success(request, _("It is report %(reference)s.") % {"reference": report.incident.reference})
    return redirect("mails")


@require_POST
@require_work("operator")
def make_enquiry(request: SignedInRequest, pk: int) -> HttpResponse:
    mail, form = find_waiting_mail(pk), EnquiryForm(request.POST)
    if not form.is_valid():
        return render_mail(request, mail, status=400, enquiry_form=form)
    try:
        enquiry = unread.make_enquiry(mail, kind=form.cleaned_data["kind"], by=request.user)
    except reporting.ReportRefused as refused:
        form.add_error("kind", str(refused))
        return render_mail(request, mail, status=400, enquiry_form=form)
    except unread.SettledByAnother:
        return redirect_too_late(request)
    messages.success(request, f"{enquiry.get_kind_display()} {enquiry.reference}")
    return redirect("mails")


@require_POST
@require_work("operator")
def answer_mail(request: SignedInRequest, pk: int) -> HttpResponse:
    mail, form = find_waiting_mail(pk), AnswerForm(request.POST)
    if not form.is_valid():
        return render_mail(request, mail, status=400, answer_form=form)
    try:
        unread.answer_mail(mail, text=form.cleaned_data["text"], by=request.user)
    except unread.SettledByAnother:
        return redirect_too_late(request)
    except ValueError as refused:
        form.add_error("text", str(refused))
        return render_mail(request, mail, status=400, answer_form=form)
    messages.success(request, _("The answer is sent."))
    return redirect("mails")


@require_POST
@require_work("operator")
def put_mail_aside(request: SignedInRequest, pk: int) -> HttpResponse:
    try:
        unread.dismiss_mail(find_waiting_mail(pk), by=request.user)
    except unread.SettledByAnother:
        return redirect_too_late(request)
    return redirect("mails")


def redirect_too_late(request: HttpRequest) -> Any:
    messages.info(request, _("Somebody else was faster."))
    return redirect("mails")
