"""Requests of data subjects: list, the person's reports, fulfilment."""

import tempfile
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from geoapp.media.files import attachment_response
from gis_data import policies
from incidents.data_requests import handover
from incidents.data_requests import requests as data_requests
from incidents.disclosure import subject_requests
from incidents.forms import PhoneField, WordsField
from incidents.models import PersonalDataView, SubjectRequest
from incidents.page_access import ask_again, require_work
from incidents.reporting import retention as held_retention

w = gettext_lazy
ARCHIVE_IN_MEMORY = 5_000_000  # bytes; a larger file goes through the disk


class AddressForm(forms.Form):
    """A phone number, an e-mail address, or both."""

    phone = PhoneField(required=False)
    email = forms.EmailField(required=False, error_messages={"invalid": w("This is not an e-mail address.")})

    def clean(self) -> dict[str, Any]:
        if not self.errors and not (self.cleaned_data["phone"] or self.cleaned_data["email"]):
            raise forms.ValidationError(_("Write the phone number or the e-mail address that the person used."))
        return self.cleaned_data


class RequestForm(AddressForm):
    kind = forms.ChoiceField(choices=SubjectRequest.Kind, error_messages={"required": w("Choose what is requested.")})
    note = WordsField(required=False, limit=2000)


@require_work("privacy")
@require_http_methods(["GET", "HEAD", "POST"])
def request_list(request):
    form = RequestForm(request.POST if request.method == "POST" else None, initial={"kind": "access"})
    if form.is_bound and form.is_valid():
        recorded = subject_requests.record_request(**form.cleaned_data, by=request.user)
        return redirect("privacy-request", recorded.pk)
    requests = SubjectRequest.objects.select_related("taken_by")
    context = {
        "form": form,
        "kinds": SubjectRequest.Kind.choices,
        "open": requests.filter(done_at=None),
        "done": requests.exclude(done_at=None).order_by("-done_at")[:50],
        "at": now(),
        "months": policies.current().keep_contacts_months,
        "expired": data_requests.expired_reports().count(),
        "soon": now() + timedelta(days=1),
    }
    return render(request, "incidents/staff/privacy/list.html", context, status=400 if form.is_bound else 200)


@require_work("privacy")
@require_http_methods(["GET", "HEAD"])
def request_page(request, pk):
    """Shows one request; `?look` shows the person's reports, which is recorded."""
    return render_request(request, get_object_or_404(SubjectRequest, pk=pk))


def render_request(request, subject_request, status=200, **more):
    reports = data_requests.view_reports(subject_request, by=request.user) if "look" in request.GET else None
    context = {
        "one": subject_request, "reports": reports, "count": data_requests.reports_of_request(subject_request).count(),
        "held": held_retention.held_reports_of_request(subject_request).filter(report=None).count(), "at": now(),
    }  # fmt: skip
    return render(request, "incidents/staff/privacy/request.html", context | more, status=status)


@require_work("privacy")
@require_POST
@ask_again
def download_data(request, pk, kind):
    """Returns all stored data of the person as JSON, or with pictures as a zip; the download is recorded."""
    subject_request = get_object_or_404(SubjectRequest, pk=pk)
    reports = data_requests.view_reports(subject_request, by=request.user, how=PersonalDataView.How.DATA)
    data = handover.personal_data(subject_request, reports)
    if kind == "json":
        name = f'attachment; filename="request-{subject_request.pk}.json"'
        headers = {"Content-Disposition": name}
        return HttpResponse(handover.as_json(data), content_type="application/json", headers=headers)
    file = tempfile.SpooledTemporaryFile(max_size=ARCHIVE_IN_MEMORY)  # noqa: SIM115  # the response closes it
    handover.write_archive(file, data, handover.all_pictures(subject_request, reports))
    file.seek(0)
    return attachment_response(request, file, f"request-{subject_request.pk}.zip", "application/zip")


@require_work("privacy")
@require_POST
@ask_again
def fulfil_request(request, pk):
    subject_request = get_object_or_404(SubjectRequest, pk=pk)
    data = {}
    if subject_request.kind == SubjectRequest.Kind.CORRECT:
        form = AddressForm(request.POST)
        if not form.is_valid():
            return render_request(request, subject_request, 400, form=form)
        data = form.cleaned_data
    count = data_requests.fulfil_request(
        subject_request, by=request.user, outcome=request.POST.get("outcome", "")[:2000], **data
    )
    messages.success(request, ngettext("Done for %(n)d report.", "Done for %(n)d reports.", count) % {"n": count})
    return redirect("privacy")
