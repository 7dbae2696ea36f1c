"""Ask at `/privacy/request/` for a copy, correction, restriction or erasure of the own personal data."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from geoapp.http import rate_limits
from incidents.disclosure import subject_requests
from incidents.forms import WordsField
from incidents.models import AddressCode, SubjectRequest
from incidents.notify import own_codes
from incidents.notify.transports import TRANSPORTS
from incidents.views.public import own_browser

NOTE_MAX = 2000
NO_KIND = dict.fromkeys(["required", "invalid_choice"], gettext_lazy("Choose what you ask for."))
NO_ADDRESS = dict.fromkeys(["required", "invalid_choice"], gettext_lazy("Choose one of your addresses."))


class OwnDataForm(forms.Form):
    """What is asked for, and for which of the addresses that this browser has proven."""

    kind = forms.ChoiceField(choices=SubjectRequest.Kind, error_messages=NO_KIND)
    note = WordsField(required=False, limit=NOTE_MAX)

    def __init__(self, data: Any, proven: QuerySet[AddressCode]) -> None:
        super().__init__(data)
        self.fields["address"] = forms.ModelChoiceField(proven, error_messages=NO_ADDRESS)


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own_data_page(request: HttpRequest) -> HttpResponse:
    """Shows the form once an address is proven, and what has been asked for it; before, how to prove one."""
    proven = own_codes.proven_addresses(own_browser.browser_of(request))
    form = OwnDataForm(request.POST if request.method == "POST" else None, proven)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        subject_requests.record_own_request(data["kind"], data["address"], note=data["note"])
        return HttpResponseRedirect(reverse("own-data") + "?sent=1#requests", status=303)
    response = render(request, "incidents/public/own_data.html", page_context(request, form, proven))
    response.status_code = 400 if form.is_bound else 200
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def page_context(request, form, proven) -> dict[str, Any]:
    return {
        "form": form,
        "kinds": SubjectRequest.Kind.choices,
        "addresses": [(str(code.pk), TRANSPORTS[code.medium].hint(code.address)) for code in proven],
        "requests": subject_requests.list_own_requests(proven),
        "sent": "sent" in request.GET,
        "note_max": NOTE_MAX,
    }
