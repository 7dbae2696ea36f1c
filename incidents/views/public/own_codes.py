"""Find own reports from other devices at `/mine/code/` by a code sent to their address."""

import math

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from geoapp.http import rate_limits
from gis_data.words import tidy
from incidents.channels import web
from incidents.models import Medium
from incidents.notify import own_codes
from incidents.notify.code_limits import CodeRefused
from incidents.notify.texts import REFERENCE
from incidents.notify.transports import TRANSPORTS
from incidents.reporting import puzzle
from incidents.views.public import own_browser
from incidents.views.public.contact_fields import clean_contact
from incidents.views.public.reporting import puzzle_fields

FOR_DATA = "?for=data"


class OwnCodeForm(forms.Form):
    """The address for the code, and optionally one report. Clean data: `medium`, `address`, `reference` or ""."""

    contact = forms.CharField(max_length=254, required=False)
    reference = forms.CharField(max_length=40, required=False)

    def clean_contact(self) -> str:
        missing = _("Enter the phone number or e-mail address you left with a report.")
        self.cleaned_data["medium"], address = clean_contact(self.cleaned_data["contact"], missing)
        return address

    def clean_reference(self) -> str:
        reference = "".join(tidy(self.cleaned_data["reference"]).split())
        if reference and not REFERENCE.fullmatch(reference.upper().removeprefix("H")):
            raise forms.ValidationError(_("An incident number looks like 2611-40873."))
        return reference.upper()


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own_code_page(request: HttpRequest) -> HttpResponse:
    """Sends a code or checks one; the answer never says whether an address or a reference is known."""
    if request.method != "POST":
        return render_code_page(request, OwnCodeForm())
    try:
        return enter_code(request) if "code" in request.POST else ask_for_code(request)
    except CodeRefused as refused:
        form = OwnCodeForm(initial=request.POST.dict())
        status = 429 if refused.again_s or refused.puzzle else 400
        response = render_code_page(request, form, fault=str(refused), status=status, puzzle_first=refused.puzzle)
        if refused.again_s:
            response["Retry-After"] = str(math.ceil(refused.again_s))
        return response


def ask_for_code(request):
    form = OwnCodeForm(request.POST)
    if not form.is_valid():
        return render_code_page(request, form, status=400)
    browser, key = own_browser.known_browser(request)
    data = form.cleaned_data
    own_codes.ask_for_code(
        browser,
        data["medium"],
        data["contact"],
        reference=data["reference"],
        language=get_language() or settings.LANGUAGE_CODE,
        network=rate_limits.network_of_request(request),
        known=web.read_known_addresses(request.COOKIES.get(web.KNOWN, "")),
        puzzle_solved=puzzle.is_solved(**puzzle_fields(request)),
    )
    again = HttpResponseRedirect(reverse("mine-code") + query_of_purpose(request), status=303)
    return own_browser.remember_browser(request, again, key)


def enter_code(request):
    browser = own_browser.browser_of(request)
    own_codes.enter_code(browser, request.POST["code"][:20], network=rate_limits.network_of_request(request))
    home = reverse("own-data") if query_of_purpose(request) else reverse("mine") + "?found=1"
    return HttpResponseRedirect(home, status=303)


def query_of_purpose(request):
    """Returns the query by which an entered code leads to the own data and not to the own reports."""
    return FOR_DATA if request.GET.get("for") == "data" else ""


def render_code_page(request, form, *, fault="", status=200, puzzle_first=False):
    browser = own_browser.browser_of(request)
    open_code = own_codes.open_question(browser)
    context = {
        "form": form,
        "fault": fault,
        "question": puzzle.new_code_puzzle() if puzzle_first else None,
        "address": TRANSPORTS[open_code.medium].hint(open_code.address) if open_code else "",
        "sms_on": TRANSPORTS[Medium.SMS].is_configured(),
        "opened": own_codes.opened_addresses(browser),
        "purpose": query_of_purpose(request),
    }
    response = render(request, "incidents/public/own_code.html", context, status=status)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
