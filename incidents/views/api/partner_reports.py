"""Take in reports as JSON from systems with a key, under their own numbers, at `/api/reports/`."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.utils import translation
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from geoapp.http import rate_limits
from geoapp.http.query_parameters import OneOfField, QueryError
from geoapp.http.text_validation import InvalidJson, read_json
from geoapp.web import language
from incidents import forms as fields
from incidents import reporting, webhooks
from incidents.channels import open311, partner_reports
from incidents.enquiries import receiving
from incidents.models import ApiKey, Enquiry, HeldReport, Report
from incidents.reporting.sender import Sender
from incidents.views.api.enquiry_fields import EnquiryForm, kind_of_code
from incidents.views.api.open311 import TOO_LARGE_ERRORS, GeoReportForm, is_busy, too_many_error

BEARER = "Bearer "
ID_MAX = 200


class BadReport(Exception):
    """A document that cannot be stored; `faults` as [(member, sentence)]."""

    def __init__(self, faults: list[partner_reports.Fault]) -> None:
        super().__init__(faults)
        self.faults = faults


def json_endpoint(**views: Callable[..., JsonResponse]) -> Callable[..., JsonResponse]:
    """Builds the view of an address from one function per HTTP method, called with the request and its API key. Faults
    are returned as {"errors": [{"field": …, "message": …}]}. Sessions and CSRF tokens are not used.
    """
    allowed = ", ".join([*views, *(["HEAD"] if "GET" in views else []), "OPTIONS"])

    @csrf_exempt
    @login_not_required
    @never_cache
    @wraps(next(iter(views.values())))
    def answer(request: HttpRequest, **more: Any) -> JsonResponse:
        accepted, spoken = request.headers.get("Accept-Language", ""), translation.get_language()
        with translation.override(language.preferred_language(accepted, spoken)):
            response = respond(request, **more)
            response["Content-Language"] = translation.get_language()
        response["Allow"] = allowed
        return response

    def respond(request, **more):
        view = views.get("GET" if request.method == "HEAD" else str(request.method))
        try:
            if request.method == "OPTIONS":
                return JsonResponse({}, status=204)
            if view is None:
                raise QueryError(_("This address only accepts %(methods)s.") % {"methods": allowed}, status=405)
            return view(request, key=find_key(request), **more)
        except BadReport as bad:
            return errors_response(bad.faults, 400)
        except QueryError as error:
            response = errors_response([("", fault) for fault in error.faults], error.status)
            if error.again_s:
                response["Retry-After"] = str(error.again_s)
            if error.status == 401:
                response["WWW-Authenticate"] = "Bearer"
            return response

    answer.limited = "open311"  # type: ignore[attr-defined]  # see limits.limit_requests
    return answer


def errors_response(faults, status):
    errors = [{"field": field or None, "message": message} for field, message in faults]
    return JsonResponse({"errors": errors}, status=status, json_dumps_params={"ensure_ascii": False})


def find_key(request: HttpRequest) -> ApiKey:
    """Returns the active key in `Authorization: Bearer` or `X-API-Key`. Raises QueryError."""
    bearer = request.headers.get("Authorization", "")
    secret = bearer.removeprefix(BEARER) if bearer.startswith(BEARER) else request.headers.get("X-API-Key", "")
    key = ApiKey.objects.opened_by(secret.strip()).first()
    if key is None:
        raise QueryError(_("The key is missing or no longer in use."), status=401)
    return key


class ReportForm(GeoReportForm):
    """The fields of an Open311 report, with the accuracy of its place and the sender's own number."""

    client_request_id = fields.WordsField(limit=ID_MAX)
    accuracy_m = forms.FloatField(required=False, min_value=0, max_value=100_000)
    language = OneOfField(dict(settings.LANGUAGES), gettext_lazy("Must be %(these)s."))

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("accuracy") is None:
            data["accuracy"] = data.get("accuracy_m")
        return data


def create_report(request, key):
    """Stores a report: 201; 200 for a known `id`, 202 if a moderator looks at it first."""
    busy = is_busy(key)
    document, files = read_document(request)
    sent, faults = partner_reports.fields_of(document)
    if kind_of_code(sent.get("service_code", "").strip()):
        return create_enquiry(key, sent, faults)
    form = ReportForm(sent, files)
    wrong = {name for name, _said in faults}
    form_faults = [fault for fault in partner_reports.faults_of(form.errors, NON_FIELD_ERRORS) if fault[0] not in wrong]
    if faults or form_faults:
        raise BadReport([*faults, *form_faults])
    incoming = open311.report_from_request(form.cleaned_data, key)
    incoming.channel, incoming.language = Report.Channel.API, form.cleaned_data["language"] or incoming.language
    known = reporting.find_sent_report(incoming.sending) is not None
    try:
        webhooks.note_sent_reports([(key, incoming.sending, form.cleaned_data["client_request_id"])])
        report = reporting.receive(incoming, Sender(key=key, busy=busy))
    except reporting.ReportRefused as refused:
        if refused.field == "block":
            raise QueryError(refused, status=403) from refused
        raise BadReport([(refused.field, str(refused))]) from refused
    return report_response(report, form.cleaned_data["client_request_id"], known=known, notices=form.left_out)


def create_enquiry(key, sent, faults):
    """Stores an enquiry: a document whose `category` names a kind of enquiry needs no place."""
    form = EnquiryForm(sent)
    form.fields["client_request_id"].required = True
    form_faults = [
        fault for fault in partner_reports.faults_of(form.errors, NON_FIELD_ERRORS) if fault[0] not in dict(faults)
    ]
    if faults or form_faults:
        raise BadReport([*faults, *form_faults])
    incoming = open311.enquiry_from_request(form.cleaned_data, key)
    incoming.channel = Report.Channel.API
    incoming.language = sent["language"] if sent.get("language") in dict(settings.LANGUAGES) else incoming.language
    known = Enquiry.objects.filter(sending=incoming.sending).exists()
    try:
        enquiry = receiving.receive_enquiry(incoming, Sender(key=key))
    except reporting.ReportRefused as refused:
        if refused.field == "block":
            raise QueryError(refused, status=403) from refused
        raise BadReport([(refused.field, str(refused))]) from refused
    return enquiry_response(enquiry, incoming.sender_id, status=200 if known else 201, notices=form.left_out)


def enquiry_response(enquiry, name, *, status, notices=()):
    document = {"id": name} | partner_reports.describe_enquiry(enquiry) | {"notices": list(notices)}
    return JsonResponse(document, status=status, json_dumps_params={"ensure_ascii": False})


def read_document(request):
    """Returns (document, photos) of a JSON body, or of a multipart body with the document as `report`."""
    try:
        match request.content_type:
            case "application/json":
                return read_json(request.body), MultiValueDict()
            case "multipart/form-data":
                photos = MultiValueDict({"media": request.FILES.getlist("photos")})
                return read_json(request.POST.get("report", "")), photos
    except InvalidJson as fault:
        raise BadReport([("", f"JSON: {fault}")]) from fault
    except TOO_LARGE_ERRORS:
        raise QueryError(_("This is more than one report can hold."), status=413) from None
    except MultiPartParserError:
        raise QueryError(_("The body does not match its Content-Type.")) from None
    types = "application/json / multipart/form-data"
    raise QueryError(_("Send the fields as %(types)s.") % {"types": types}, status=415)


def report_response(report, name, *, known, notices=()):
    if isinstance(report, HeldReport):
        document, status = partner_reports.describe_held(report), 200 if known else 202
    else:
        document, status = partner_reports.describe_report(report, site=settings.SITE_URL), 200 if known else 201
    return JsonResponse(
        {"id": name} | document | {"notices": list(notices)}, status=status, json_dumps_params={"ensure_ascii": False}
    )


def show_report(request, key, name):
    if waits := rate_limits.take(rate_limits.Ask("open311:key", str(key.pk))):
        raise too_many_error(max(waits.values()))
    sending = open311.sending_of(key, name)
    report = reporting.find_sent_report(sending)
    if report is None and (enquiry := Enquiry.objects.filter(sending=sending, key=key, erased_at=None).first()):
        return enquiry_response(enquiry, name, status=200)
    if report is None:
        raise QueryError(_("You have no report with this id."), status=404)
    return report_response(report, name, known=True)
