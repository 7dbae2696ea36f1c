"""Serve Open311 GeoReport v2: list services, take in reports and return their state."""

import hashlib
import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlencode

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point
from django.contrib.gis.measure import D
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.datastructures import MultiValueDict
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt

from geoapp.http import rate_limits
from geoapp.http.query_parameters import BboxField, OneOfField, QueryError, QueryForm
from geoapp.http.text_validation import text_faults
from geoapp.web import language
from gis_data.addresses import geocode
from gis_data.services.selection import COUNTED_AT_MOST, estimate_rows
from gis_data.words import tidy
from incidents import access, developers, reporting, rulebook, webhooks
from incidents import forms as fields
from incidents.casework import merging
from incidents.channels import open311, open311_sandbox
from incidents.enquiries import receiving
from incidents.models import ApiKey, Authority, Category, Enquiry, HeldReport, Incident, Report
from incidents.models.incident import IncidentQuerySet
from incidents.reporting import danger, questions, remote_photos, surge
from incidents.reporting.address_candidates import parse_spot
from incidents.reporting.sender import Sender
from incidents.routing import rules
from incidents.views.api.enquiry_fields import EnquiryForm, kind_of_code

MAX_WINDOW = timedelta(days=90)
MAX_PAGE_SIZE = 1000  # requests in one answer
DAYS_AHEAD = (1, 8)  # first searched for the first page of a long window, or for the rows after a row
MARGIN = 1.2  # some days have fewer rows than others
NUMBERED_AT_MOST = 100_000  # rows that a page number may skip in an uncounted list
WINDOW_PARAMETERS = ("start_date", "end_date")
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
PHOTO_FIELDS = re.compile(r"media|photo\d*|file(_.*)?")
TOO_LARGE_ERRORS = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
MAX_RADIUS_M = 10_000
USUAL_RADIUS_M = 500
OPTIONAL_CONTACTS = ("phone", "email")  # invalid ones are dropped without refusing the report
ALWAYS_KNOWN = frozenset({"api_key", "jurisdiction_id"})
NOT_KEPT = ("first_name", "last_name", "account_id", "device_id", "deviceid", "address_id")
ATTRIBUTE = re.compile(r"attribute\[([^][]{1,50})\](?:\[\])?")
UNKNOWN_NAMED = 20  # unknown parameters named in the answer
View = TypeVar("View", bound=Callable[..., Any])
Answer = tuple[str, list, dict[str, str]]  # the root element, its content, and headers


def declare_parameters(*names: str, form: type[forms.Form] | None = None) -> Callable[[View], View]:
    """Decorator that declares a view's known parameters: these and the fields of a form."""

    def mark(view: View) -> View:
        view.takes = frozenset(names) | (form.base_fields.keys() if form else set())  # type: ignore[attr-defined]  # see endpoint
        return view

    return mark


def endpoint(**views: Callable[..., tuple[Any, ...]]) -> Callable[..., HttpResponse]:
    """Builds the view of an address from one function per HTTP method.

    Each function gets the request and `test` and returns the root element, its content and optionally headers; the
    suffix of the address selects XML or JSON. Sessions and CSRF tokens are not used.
    """
    allowed = ", ".join([*views, *(["HEAD"] if "GET" in views else []), "OPTIONS"])

    def respond(request, suffix, **more):
        view = views.get("GET" if request.method == "HEAD" else str(request.method))
        try:
            if request.method == "OPTIONS":
                return HttpResponse(status=204)
            if view is None:
                raise QueryError(_("This address only accepts %(methods)s.") % {"methods": allowed}, status=405)
            root, content, *headers = view(request, **more)
            response = open311.render_response(root, content, suffix)
            add_headers(response, *headers)
        except QueryError as error:
            response = error_response(error, suffix)
        if request.method != "POST":
            add_headers(response, unknown_parameters(request.GET, getattr(view, "takes", ())))
            return with_etag(request, response)
        return response

    @csrf_exempt
    @login_not_required
    def answer(request: HttpRequest, suffix: str, **more: Any) -> HttpResponse:
        accepted, spoken = request.headers.get("Accept-Language", ""), translation.get_language()
        with translation.override(language.preferred_language(accepted, spoken)):
            response = respond(request, suffix, **more)
            response["Content-Language"] = translation.get_language()
        response["Allow"] = allowed
        if request.method != "POST":
            response["Access-Control-Expose-Headers"] = UNKNOWN_HEADER
        return response

    answer.refusal = lambda request, message, status, suffix, **more: open311.render_response(  # type: ignore[attr-defined]  # admission asks for it
        "errors", [{"code": status, "description": message}], suffix, status
    )
    answer.limited = "open311"  # type: ignore[attr-defined]  # see limits.limit_requests
    return answer


UNKNOWN_HEADER = "X-Unknown-Parameters"


def add_headers(response: HttpResponse, headers: Mapping[str, str] | None = None) -> None:
    for name, value in (headers or {}).items():
        response[name] = value


def unknown_parameters(sent: Iterable[str], known: Collection[str]) -> dict[str, str]:
    unknown = [
        name for name in sent if name not in known and name not in ALWAYS_KNOWN and not ATTRIBUTE.fullmatch(name)
    ]
    names = ", ".join(quote(name[:40], safe="[]") for name in unknown[:UNKNOWN_NAMED])
    return {UNKNOWN_HEADER: names} if names else {}


def with_etag(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if response.status_code != 200:
        return response
    tag = f'W/"{hashlib.sha256(response.content).hexdigest()[:32]}"'  # weak: it may be compressed on the way
    response["ETag"] = tag
    return get_conditional_response(request, etag=tag, response=response) or response


def error_response(error: QueryError, suffix: str) -> HttpResponse:
    errors = [{"code": error.status, "description": fault} for fault in error.faults]
    response = open311.render_response("errors", errors, suffix, error.status)
    if error.again_s:
        response["Retry-After"] = str(error.again_s)
    return response


def show_discovery(request, test):
    desk = Authority.objects.get(duty_desk=True)
    reached = [f"{c.label}: {c.phone} {c.email}".strip() for c in desk.contacts.all()]
    return "discovery", {
        "changeset": open311.CHANGESET,
        "contact": f"{desk.title}. {'; '.join(reached)}",
        "key_service": _("Ask for a key at %(page)s.") % {"page": settings.SITE_URL + reverse("developers")},
        "endpoints": [
            {
                "specification": "http://wiki.open311.org/GeoReport_v2",
                "url": settings.SITE_URL + reverse(name, args=["xml"]).removesuffix("/services.xml"),
                "changeset": open311.CHANGESET,
                "type": kind,
                "formats": ["text/xml", "application/json"],
            }
            for kind, name in (("production", "open311"), ("test", "open311-test"))
        ],
    }


@declare_parameters("lat", "long")
def list_services(request, test):
    categories = Category.objects.leaves().select_related("parent").order_by("parent__position", "position", "code")
    if place := PlaceForm(request.GET).read()["place"]:
        try:
            categories = rules.served_categories(categories, fields.locate(place))
        except geocode.OutsideTheCity:
            categories = categories.none()
    # Services without a place are not listed at a place: front ends ask for one for every service listed.
    elsewhere = [] if place else open311.enquiry_services()
    return "services", [*open311.service_list(categories), *elsewhere]


def show_service(request, code, test):
    category = Category.objects.leaves().filter(code=tidy(code)).first()
    if category is None and (kind := kind_of_code(tidy(code))):
        return "service_definition", open311.enquiry_definition(kind)
    if category is None:
        raise QueryError(_("There is no such service_code."), status=404)
    return "service_definition", open311.service_definition(category)


class PlaceForm(QueryForm):
    """A place as `lat` and `long`, both or neither. Clean data: `place` (Point, EPSG:4326) or None."""

    faults_name_fields = True

    lat = forms.FloatField(required=False, min_value=-90, max_value=90)
    long = forms.FloatField(required=False, min_value=-180, max_value=180)

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        lat, long = data.get("lat"), data.get("long")
        data["place"] = None if lat is None or long is None else Point(long, lat, srid=4326)
        if not self.errors and (lat is None) != (long is None):
            self.add_error("lat" if lat is None else "long", _("lat and long belong together; one of them is missing."))
        return data


TRIED = gettext_lazy("A trial: it can be read back here for an hour, and nobody is notified.")
ASK_LATER = gettext_lazy("Then ask with the token.")


class GeoReportForm(PlaceForm):
    """A report from another system. Clean data includes `accuracy` in metres and `media` as pictures."""

    service_code = forms.CharField()
    address_string = fields.PlaceWordsField(required=False, limit=200)
    description = fields.WordsField(required=False, limit=reporting.TEXT_MAX)
    email = forms.EmailField(required=False)
    phone = fields.PhoneField(required=False)
    media = fields.PhotosField(required=False)  # type: ignore[assignment]  # GeoReport calls it so; no page asks for Form.media
    client_request_id = fields.WordsField(required=False, limit=200)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.book = rulebook.current_rulebook()
        self.left_out: list[str] = []  # sentences about dropped values

    def clean_service_code(self):
        leaf = self.book.leaf(self.cleaned_data["service_code"])
        if leaf is None:
            raise forms.ValidationError(_("There is no such service_code."), "invalid_choice")
        return leaf

    def clean(self) -> dict[str, Any]:
        data = super().clean() | {"accuracy": None, "ward_named": False}
        self.leave_out_bad_contacts(data)
        data["media_urls"] = self.read_media_urls(data.get("media") or [])
        data["answers"] = self.read_answers(data["service_code"]) if "service_code" in data else []
        if self.errors.keys() & {"lat", "long", "address_string"}:
            return data
        if not data["place"]:
            self.locate_by_address(data)
        if data["place"]:
            self.locate_by_point(data)
        return data

    def leave_out_bad_contacts(self, data):
        """Drops an invalid phone or e-mail address instead of refusing the report."""
        for name in OPTIONAL_CONTACTS:
            for fault in self.errors.pop(name, ()):
                self.left_out.append(_("%(name)s was left out: %(why)s") % {"name": name, "why": fault})
                data[name] = ""

    def read_media_urls(self, pictures):
        """Returns the photo addresses to fetch, as many as PHOTOS_MAX leaves beside uploaded photos."""
        urls = list(dict.fromkeys(filter(None, (url.strip() for url in values_of(self.data, "media_url")))))
        if not settings.OPEN311_FETCH_MEDIA:
            return []
        good = []
        for url in urls:
            if fault := remote_photos.fault_of_address(url):
                self.left_out.append(_("%(name)s was left out: %(why)s") % {"name": "media_url", "why": fault})
            else:
                good.append(url)
        room = max(settings.PHOTOS_MAX - len(pictures), 0)
        if len(good) > room:
            notice = _("A report takes up to %(limit)d photos; the others were left out.")
            self.left_out.append(notice % {"limit": settings.PHOTOS_MAX})
        return good[:room]

    def read_answers(self, category: Category) -> list[dict[str, Any]]:
        sent, category_questions = sent_attributes(self.data), self.book.questions_of(category)
        if lost := [f"attribute[{code}]" for code in questions.find_unasked_codes(category_questions, sent)]:
            self.left_out.append(_("Not saved: %(names)s.") % {"names": ", ".join(lost[:UNKNOWN_NAMED])})
        try:
            return questions.read_answers(category_questions, sent)
        except questions.BadAnswers as bad:
            self.add_error(None, [f"attribute[{code}]: {message}" for code, message in bad.faults.items()])
            return []

    def locate_by_address(self, data):
        """Sets the place if `address_string` has exactly one match; else adds a fault that lists the candidates."""
        words = data["address_string"]
        if not words:
            self.add_error("lat", _("Give the location: lat and long, or address_string."))
            return
        try:
            named, candidates = fields.place_in_words(words)
        except forms.ValidationError as error:
            self.add_error("address_string", error)
            return
        if named:
            data |= {"place": named.point, "accuracy": named.accuracy_m, "ward_named": bool(named.ward)}
        elif candidates:
            self.add_error(
                "address_string",
                _("Which of these places is it? %(known)s")
                % {"known": "; ".join(map(spot_with_coordinates, candidates))},
            )
        else:
            self.add_error("address_string", _("We cannot find this place. Write the name of the ward."))

    def locate_by_point(self, data):
        """Sets `located` and checks that the point lies in the city and that the service is offered there."""
        try:
            data["located"] = fields.locate(data["place"])
        except geocode.OutsideTheCity:
            swapped = Point(data["place"].y, data["place"].x, srid=4326)
            self.add_error("lat", fields.SWAPPED if fields.lies_in_city(swapped) else fields.OUTSIDE)
            return
        if "service_code" in data and not rules.is_served(data["service_code"], data["located"], self.book):
            self.add_error("service_code", _("No unit takes this type of report at that place. Choose from the list."))


def spot_with_coordinates(spot):
    point = parse_spot(spot.value).point
    return f"{spot.title} (lat={point.y:.6f}, long={point.x:.6f})"


def create_request(request, test):
    """Stores a report; the answer names the responsible authority and the deadline."""
    sent, files = read_posted_fields(request)
    key = ApiKey.objects.opened_by(sent.get("api_key") or request.GET.get("api_key", "")).first()
    if key is None:
        raise unknown_key_error()
    return receive_fields(sent, files, key, test=test, busy=is_busy(key))


def is_busy(key: ApiKey) -> bool:
    """Counts a call of this key and returns whether the report is only queued for now.

    Raises QueryError beyond the limit for queued reports.
    """
    try:
        busy = surge.is_busy(key)
    except surge.TooMany as many:
        developers.count_uses([(key.pk, True)])
        raise too_many_error(many.wait_s) from many
    developers.count_uses([(key.pk, False)])
    return busy


def unknown_key_error() -> QueryError:
    return QueryError("api_key: " + _("The key is missing or no longer valid."), status=403)


def too_many_error(wait_s: float) -> QueryError:
    return QueryError(rate_limits.too_many_sentence(wait_s), status=429, again_s=math.ceil(wait_s))


def receive_fields(
    sent: QueryDict, files: MultiValueDict, key: ApiKey, *, test: bool = False, busy: bool = False
) -> Answer:
    """Stores a report with these fields for the owner of this key. Returns the answer; raises QueryError.

    `busy`: the key has exceeded the rate for immediate processing.
    """
    if kind_of_code(sent.get("service_code", "").strip()):
        return receive_enquiry_fields(sent, key, test=test)
    form = GeoReportForm(sent, files)
    if not form.is_valid():
        unknown = any(fault.code == "invalid_choice" for fault in form.errors.as_data().get("service_code", ()))
        raise QueryError(*form.faults_of_values(), status=404 if unknown else 400)
    try:
        if test:
            incident, number = open311_sandbox.keep_trial(form.cleaned_data, key)
            return receipt_of(incident, number, sent, [str(TRIED), *form.left_out])
        incoming = open311.report_from_request(form.cleaned_data, key)
        webhooks.note_sent_reports([(key, incoming.sending, form.cleaned_data["client_request_id"])])
        report = reporting.receive(incoming, Sender(key=key, busy=busy))
    except reporting.ReportRefused as refused:
        raise refusal_of(refused) from refused
    return build_receipt(report, sent, form.left_out)


def receive_enquiry_fields(sent: QueryDict, key: ApiKey, *, test: bool) -> Answer:
    """Stores an enquiry with these fields. Returns the answer; raises QueryError.

    The test endpoint only checks them and stores nothing.
    """
    form = EnquiryForm(sent)
    if not form.is_valid():
        raise QueryError(*(f"{name}: {fault}" for name, faults in form.errors.items() for fault in faults))
    headers = unknown_parameters(sent, REPORT_FIELDS)
    if test:
        service_notice = " ".join([_("A trial: nothing is saved."), *form.left_out])
        return (
            "service_requests",
            [{"service_request_id": None, "service_notice": service_notice, "account_id": None}],
            headers,
        )
    try:
        enquiry = receiving.receive_enquiry(open311.enquiry_from_request(form.cleaned_data, key), Sender(key=key))
    except reporting.ReportRefused as refused:
        raise refusal_of(refused) from refused
    answers = {"unit": enquiry.authority.title, "due": open311.iso_moment(enquiry.due_at)}
    is_held = enquiry.state == Enquiry.State.HELD
    who = (
        _("A person checks it first.")
        if is_held
        else _("%(unit)s is responsible for it and must act by %(due)s.") % answers
    )
    service_notice = join_sentences(danger_of(sent), who, *form.left_out)
    answer = {"service_request_id": enquiry.reference, "service_notice": service_notice, "account_id": None}
    return "service_requests", [answer], headers


def refusal_of(refused: reporting.ReportRefused) -> QueryError:
    return QueryError(refused, status=403 if refused.field == "block" else 400)


def build_receipt(report: Report | HeldReport, sent: QueryDict, left_out: Sequence[str] = ()) -> Answer:
    if not isinstance(report, HeldReport):
        return receipt_of(report.incident, report.incident.reference, sent, left_out)
    service_notice = join_sentences(danger_of(sent), surge.sentence_of(report), ASK_LATER, *notice_of(sent, left_out))
    answer = {"token": report.token, "service_notice": service_notice, "account_id": None}
    return "service_requests", [answer], unknown_parameters(sent, REPORT_FIELDS)


def receipt_of(incident, number, sent, left_out):
    service_notice = join_sentences(danger_of(sent), who_answers(incident), *notice_of(sent, left_out))
    answer = {"service_request_id": number, "service_notice": service_notice, "account_id": None}
    return "service_requests", [answer], unknown_parameters(sent, REPORT_FIELDS)


def danger_of(sent: QueryDict) -> str:
    return danger.danger_notice(sent.get("description", ""))


def join_sentences(*sentences: object) -> str:
    return " ".join(str(sentence) for sentence in sentences if sentence)


def show_token(request, token, test):
    """Returns the request number for a token once a moderator has decided on the report."""
    token, theirs = tidy(token), {"channel": Report.Channel.OPEN311}
    if report := Report.objects.with_link(token).filter(**theirs).select_related("incident").first():
        return "service_requests", [{"service_request_id": report.incident.reference, "token": report.token}]
    held_report = HeldReport.objects.with_link(token).filter(**theirs).first()
    if held_report is None:
        raise QueryError(_("There is no such token."), status=404)
    if held_report.state == HeldReport.State.REFUSED:
        raise QueryError(_("It was not accepted: %(why)s") % {"why": held_report.refusal}, status=410)
    return "service_requests", [{"service_request_id": None, "token": held_report.token}]


def read_posted_fields(request: HttpRequest) -> tuple[QueryDict, MultiValueDict]:
    """Returns the fields of the body, with photos under `media`; raises QueryError."""
    if request.content_type not in FORM_TYPES:
        raise QueryError(_("Send the fields as %(types)s.") % {"types": " / ".join(FORM_TYPES)}, status=415)
    try:
        photos = [
            file for name in request.FILES if PHOTO_FIELDS.fullmatch(name) for file in request.FILES.getlist(name)
        ]
        sent = request.POST.copy()
        for name, values in request.GET.lists():  # some clients send all fields in the query
            if name not in sent:
                sent.setlist(name, values)
        if faults := text_faults(sent):
            raise QueryError(*faults)
    except TOO_LARGE_ERRORS:
        raise QueryError(_("This is more than one report can hold.")) from None
    except MultiPartParserError:
        raise QueryError(_("The body does not match its Content-Type.")) from None
    if key := request.headers.get("Idempotency-Key"):
        sent["client_request_id"] = key
    return sent, MultiValueDict({"media": photos})


def values_of(sent: Any, name: str) -> list[str]:
    return sent.getlist(name) if hasattr(sent, "getlist") else [sent.get(name, "")]


def sent_attributes(sent: Any) -> dict[str, list[str]]:
    """Returns answers by question code: `attribute[CODE]`, repeated or with `[]` for several values."""
    values_by_code: dict[str, list[str]] = {}
    for name in sent:
        if match := ATTRIBUTE.fullmatch(name):
            values_by_code.setdefault(match[1], []).extend(value for value in values_of(sent, name) if value.strip())
    return {code: values for code, values in values_by_code.items() if values}


REPORT_FIELDS = frozenset(GeoReportForm.base_fields) | {"media_url", *NOT_KEPT}


def who_answers(incident: Incident) -> str:
    return _("%(unit)s is responsible for it and must act by %(due)s.") % {
        "unit": incident.authority.title,
        "due": open311.iso_moment(incident.due_at),
    }


def notice_of(sent: QueryDict, left_out: Sequence[str]) -> list[str]:
    sentences = list(left_out)
    if lost := [name for name in NOT_KEPT if sent.get(name)]:
        sentences.append(_("Not saved: %(names)s.") % {"names": ", ".join(lost[:UNKNOWN_NAMED])})
    if sent.get("media_url") and not settings.OPEN311_FETCH_MEDIA:
        sentences.append(_("media_url is not fetched: send photos in the fields media of multipart/form-data."))
    return sentences


def published_incidents():
    """Returns the public incidents; the session of the request does not count."""
    return access.incidents_for(AnonymousUser()).filter(access.PUBLISHED)


class MomentField(forms.Field):
    """A date and time of the W3C profile of ISO 8601: with seconds and time zone."""

    def to_python(self, value: str | None) -> datetime | None:
        if not value:
            return None
        # A plus sign that was not escaped arrives as a blank.
        value = re.sub(r" (\d\d:?\d\d)$", r"+\1", value)
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo:
                return moment.astimezone(now().tzinfo)
        except (ValueError, OverflowError):
            pass
        raise forms.ValidationError(_("Enter a moment with its time zone, for example 2026-01-05T08:00:00+07:00."))


class WordListField(forms.CharField):
    """A comma-separated list of words; with `known`, only of these words."""

    def __init__(self, *, known: Collection[str] = (), **more: Any) -> None:
        super().__init__(**more)
        self.known = known

    def clean(self, value: object) -> list[str]:
        words = [word.strip() for word in super().clean(value).split(",") if word.strip()]
        if unknown := [word for word in words if self.known and word not in self.known]:
            raise forms.ValidationError(
                _("%(words)s: only %(known)s can be used here."),
                params={"words": ", ".join(unknown), "known": ", ".join(self.known)},
            )
        return words


class PlaceInListField(forms.CharField):
    """A position in a list as (datetime, number), or None."""

    def clean(self, value: object) -> tuple[datetime, int] | None:
        words = super().clean(value)
        if not words:
            return None
        moment, _mark, number = words.partition("_")
        if not moment or not number.isascii() or not number.isdigit() or len(number) > 18:
            raise forms.ValidationError(_("It comes from the link to the next page and cannot be made up."))
        return MomentField().clean(moment), int(number)


class PageForm(QueryForm):
    """Paging parameters: a page number, and the row after which the page starts, if known."""

    faults_name_fields = True

    page = forms.IntegerField(required=False, min_value=1, max_value=1_000_000)
    page_size = forms.IntegerField(required=False, min_value=1, max_value=MAX_PAGE_SIZE)
    after = PlaceInListField(required=False)


@dataclass(frozen=True)
class Page:
    """The rows of one page of `total` rows, None if too many to count; `window` holds the requested start and end
    dates, `last` the last row as in PlaceInListField.
    """

    rows: list
    number: int
    size: int
    total: int | None
    window: dict
    last: str = ""

    @classmethod
    def from_queryset(
        cls,
        chosen: QuerySet,
        cleaned: Mapping[str, Any],
        *,
        shown: QuerySet,
        by: str,
        at_least: QuerySet | None = None,
    ) -> Self:
        """Returns the page that the clean data of a PageForm ask for; counts the queryset unless this page is the last.

        `by`: the datetime field by which both querysets are sorted, then by key, newest first. `shown`: the same rows
        with all joins. Only the page's rows are read from it: else PostgreSQL would join notes and photos of all rows
        before the page as well. `at_least`: about as many rows, quicker to count; beyond COUNTED_AT_MOST `chosen` is
        not counted. Rows beyond the last days are not read if those fill the page: without an index on the field rows
        are read by days. Raises QueryError for a page so far back that skipping rows would take seconds.
        """
        number, size = cleaned["page"] or 1, cleaned["page_size"] or MAX_PAGE_SIZE
        first, wanted, newest = (number - 1) * size, chosen, cleaned.get("end_date")
        if after := cleaned["after"]:
            newest, pk = after
            below = Q(**{f"{by}__lt": newest}) | Q(**{by: newest, "pk__lt": pk})
            wanted = chosen.filter(below, **{f"{by}__lte": newest})  # the second condition uses an index
            first = 0
        part = slice(first, first + size)
        keys = wanted.values("pk")[part]
        if at_least is not None and first > NUMBERED_AT_MOST:
            raise QueryError(
                _("page: page numbers lead through %(n)s rows; the “next” link of each page leads through all of them.")
                % {"n": NUMBERED_AT_MOST}
            )
        if at_least is not None and newest:
            keys = keys_of_last_days(wanted, part, by=by, newest=newest) or keys
        rows = list(shown.filter(pk__in=keys))
        if 0 < len(rows) < size:
            total = (number - 1) * size + len(rows)
        elif at_least is not None and are_too_many(at_least.order_by()):
            total = None
        else:
            total = chosen.count()
        last = place_in_list(rows[-1], by) if rows else ""
        window = {name: cleaned[name] for name in WINDOW_PARAMETERS if cleaned.get(name)}
        return cls(rows, number, size, total, window, last)

    def headers(self, request: HttpRequest) -> dict[str, str]:
        """Returns `X-Total-Count`, if known, and for several pages `Link` (RFC 8288).

        The addresses hold the window, so that every page is cut from the same rows, whenever it is fetched.
        """
        numbers = {"first": 1, "prev": self.number - 1, "next": self.number + 1}
        if self.total is None:
            last, headers = self.number + bool(self.rows), {}
        else:
            last, headers = max(1, -(-self.total // self.size)), {"X-Total-Count": str(self.total)}
            numbers["last"] = last
        links = []
        params = request.GET.dict() | {name: localtime(moment).isoformat() for name, moment in self.window.items()}
        params.pop("after", None)
        for relation, number in numbers.items():
            if last > 1 and 1 <= number <= last:
                more = {"after": self.last} if relation == "next" and self.last else {}
                query = urlencode(params | {"page": number, "page_size": self.size} | more)
                links.append(f'<{settings.SITE_URL}{request.path}?{query}>; rel="{relation}"')
        return headers | ({"Link": ", ".join(links)} if links else {})


def place_in_list(row: Any, by: str) -> str:
    moment, pk = (row[by], row["pk"]) if isinstance(row, dict) else (getattr(row, by), row.pk)
    return f"{moment.isoformat()}_{pk}"


def are_too_many(rows: QuerySet) -> bool:
    """Returns whether there are more rows than are counted, by PostgreSQL's estimate or by a limited count."""
    return estimate_rows(rows) > 2 * COUNTED_AT_MOST or rows[: COUNTED_AT_MOST + 1].count() > COUNTED_AT_MOST


def keys_of_last_days(rows: QuerySet, part: slice, *, by: str, newest: datetime) -> list[int]:
    """Returns the keys of the rows of the last days before a time, if those fill the page; else none."""

    def of_last(days):
        return rows.filter(**{f"{by}__gt": newest - timedelta(days=days)})

    days_ahead = DAYS_AHEAD
    if part.start:  # as many days as hold so many rows by PostgreSQL's estimate
        of_a_day = estimate_rows(of_last(DAYS_AHEAD[-1]).order_by()) / DAYS_AHEAD[-1]
        days = math.ceil(MARGIN * part.stop / of_a_day)
        days_ahead = (days, 2 * days) if days < MAX_WINDOW.days else ()
    for days in days_ahead:
        keys = list(of_last(days).values_list("pk", flat=True)[part])
        if len(keys) == part.stop - part.start:
            return keys
    return []


class ExtensionsForm(QueryForm):
    """Whether requests have fields beyond the standard: `extensions=true`."""

    faults_name_fields = True

    extensions = OneOfField(("true", "false"), gettext_lazy("Must be %(these)s."), default="false")

    def clean_extensions(self):
        return self.cleaned_data["extensions"] == "true"


class FilterForm(PageForm, ExtensionsForm, PlaceForm):
    """Filters of the list of requests, over at most 90 days."""

    service_code = WordListField(required=False)
    status = WordListField(required=False, known=("open", "closed"))
    start_date = MomentField(required=False)
    end_date = MomentField(required=False)
    updated_after = MomentField(required=False)
    updated_before = MomentField(required=False)
    bbox = BboxField(gettext_lazy("Enter west,south,east,north in degrees."))
    radius = forms.FloatField(required=False, min_value=1, max_value=MAX_RADIUS_M)
    q = fields.WordsField(required=False, limit=100)

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if data.get("radius") and not self.errors and not data["place"]:
            self.add_error("radius", _("It needs lat and long."))
        if self.errors.keys() & {"start_date", "end_date"}:
            return data
        start, end = data["start_date"], data["end_date"]
        try:
            data["end_date"] = end or (start + MAX_WINDOW if start else now())
            data["start_date"] = start or data["end_date"] - MAX_WINDOW
        except OverflowError:
            raise forms.ValidationError(_("This time does not exist.")) from None
        if data["end_date"] < data["start_date"]:
            self.add_error("end_date", _("It is earlier than start_date."))
        elif data["end_date"] - data["start_date"] > MAX_WINDOW:
            self.add_error("end_date", _("It is more than 90 days after start_date; ask for a shorter period."))
        return data

    def filter(self, incidents: IncidentQuerySet) -> IncidentQuerySet:
        chosen, place = incidents.filter(**self.conditions()), self.cleaned_data["place"]
        if place:
            metres = self.cleaned_data["radius"] or USUAL_RADIUS_M
            circle = place.buffer(geocode.degrees_of_metres(metres, place.y))
            chosen = chosen.filter(place__intersects=circle).alias(away=Distance("place", place))
            chosen = chosen.filter(away__lte=D(m=metres))
        return chosen.matching_in_public(self.cleaned_data["q"]) if self.cleaned_data["q"] else chosen

    def conditions(self):
        data = self.cleaned_data
        states = [state for status in data["status"] for state in open311.STATUS_STATES[status]]
        conditions = {
            "received_at__gte": data["start_date"],
            "received_at__lte": data["end_date"],
            "category__code__in": data["service_code"],
            "state__in": states,
            "changed_at__gte": data["updated_after"],
            "changed_at__lte": data["updated_before"],
            "place__intersects": data["bbox"],
        }
        return {condition: value for condition, value in conditions.items() if value}


@declare_parameters("extensions")
def show_request(request, reference, test):
    if test and (trials := open311_sandbox.list_trials(references=[tidy(reference)])):
        return "service_requests", trials
    row = open311.request_rows(known_by_number([tidy(reference)])).first()
    if row is None:
        raise QueryError(_("There is no such service_request_id."), status=404)
    return "service_requests", describe_rows([row], ExtensionsForm(request.GET).read())


@declare_parameters("service_request_id", form=FilterForm)
def list_requests(request, test):
    """Returns requests, newest first: by number, or over at most 90 days by service, status, words and place.

    The test endpoint returns what was sent to it within the last hour.
    """
    params = {name: tidy(value) for name, value in request.GET.items()}
    if numbers := split_parameter(params, "service_request_id"):
        if test:
            return "service_requests", open311_sandbox.list_trials(references=numbers[:MAX_PAGE_SIZE])
        chosen = known_by_number(numbers[:MAX_PAGE_SIZE]).order_by("-received_at")
        return "service_requests", describe_rows(open311.request_rows(chosen), ExtensionsForm(params).read())
    form = FilterForm(params)
    data = form.read()
    if test:
        rows = open311_sandbox.list_trials(services=data["service_code"], statuses=data["status"])
        return "service_requests", rows, {"X-Total-Count": str(len(rows))}
    order = ("-received_at", "-pk")
    chosen = form.filter(published_incidents()).order_by(*order)
    shown = open311.request_rows(published_incidents()).order_by(*order)
    page = Page.from_queryset(chosen, data, shown=shown, by="received_at")
    return "service_requests", describe_rows(page.rows, data), page.headers(request)


def known_by_number(numbers):
    """Returns the published incidents with these numbers, including those merged into another incident since."""
    merged = merging.public_merges(numbers).values("incident")
    published = Q(pk__in=published_incidents().filter(reference__in=numbers).values("pk")) | Q(pk__in=merged)
    return Incident.objects.filter(published)


def describe_rows(rows, params):
    rows = list(rows)
    if not params["extensions"]:
        return [open311.service_request(row) for row in rows]
    return open311.extended_requests(rows)


def split_parameter(params, name):
    return [word.strip() for word in params.get(name, "").split(",") if word.strip()]
