"""Record every non-public incident and enquiry shown to staff or partners, on any page, file or stream.

Views cannot forget it: the middleware `record_what_is_shown` searches responses to staff and partner units for
reference numbers and records those that are not public. Only content without a number (a picture, the words of a chat)
is reported by its view, with `note_shown`. See docs/adr/0065.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.timezone import now

from incidents import access
from incidents.disclosure import register
from incidents.models import Authority, Category, Enquiry, Event, Incident, PersonalDataView, Report, User

How = PersonalDataView.How
Noted = dict[str, set[int]]  # how something was shown: the keys of the incidents
# What must leave a line, and how it is known in what goes out. Contacts, messages, held reports, calls, call-backs,
# e-mails and requests of people are recorded by who shows them, at each look (`register.record_views`).
TRACED = (
    # what is shown            known by                                    recorded as
    ("a report not public",    "its number, in any text that goes out",    How.SHOWN),
    ("an enquiry",             "its number, in any text that goes out",    How.ENQUIRY),
    ("a photo, a video of it", "the view that hands it out",               How.SHOWN),
    ("the words of a chat",    "the view that shows them",                 How.CHAT),
    ("news of a live stream",  "the incident of the news",                 How.SHOWN),
)  # fmt: skip
NUMBER = re.compile(r"(?<!\d)\d{4}-\d{5,10}(?!\d)")
ENQUIRY_NUMBER = re.compile(r"(?<![A-Za-z])H\d{4}-\d{5,10}(?!\d)")
LONGEST_NUMBER = 16
READ_TYPES = ("text/", "application/json", "application/geo+json", "application/xml", "application/problem+json")
THE_REGISTER = ("personal-views", "personal-views-csv")  # else looking at it would add to it
SAME_LOOK = timedelta(minutes=15)  # of one person at one thing by one address: one line


def record_what_is_shown(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: commit the lines before the first byte of the content goes out."""

    def answer(request):
        response = get_response(request)
        if request.method == "HEAD" or not has_reader(request):
            return response
        record_noted(request, getattr(request, "_shown", {}))
        if not response.headers.get("Content-Type", "").startswith(READ_TYPES):
            return response
        if not response.streaming:
            record_text(request, response.content.decode(response.charset or "utf-8", "replace"))
        elif not response.is_async:
            response.streaming_content = recorded_parts(request, response.streaming_content)
        return response

    return answer


def has_reader(request: HttpRequest) -> bool:
    if request.resolver_match and request.resolver_match.url_name in THE_REGISTER:
        return False
    if hasattr(request, "_shown_to"):
        return True
    return settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated


def name_reader(request: HttpRequest, authority: Authority) -> None:
    request._shown_to = authority  # type: ignore[attr-defined]


def note_shown(request: HttpRequest, how: str = How.SHOWN, *, incidents: Iterable[int] = ()) -> None:
    """Note that the response shows these incidents (keys) without their numbers.

    Public ones leave no line as `How.SHOWN`. A chat without a report is recorded by its address.
    """
    noted: Noted = request.__dict__.setdefault("_shown", {})
    noted.setdefault(how, set()).update(incidents)


def recorded_parts(request: HttpRequest, parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the parts of a streamed response, each recorded before it goes out. A number may span two parts."""
    rest = ""
    for part in parts:
        text = rest + part.decode("utf-8", "replace")
        record_text(request, text)
        rest = text[-LONGEST_NUMBER:]
        yield part


def record_text(request: HttpRequest, text: str) -> None:
    numbers = set(NUMBER.findall(text))
    if not numbers:
        return
    if hidden := hidden_incidents(Q(reference__in=numbers)):
        keys = {pk for pk, number in hidden.items() if may_be_shown(request, pk, number)}
        write_lines(reader_of(request), How.SHOWN, incidents=keys, address=register.address_of(request))
    if (numbers := set(ENQUIRY_NUMBER.findall(text))) and not hasattr(request, "_shown_to"):
        readable = access.enquiries_for(request.user) | access.enquiries_for(request.user, "check")
        keys = set(readable.filter(reference__in=numbers).values_list("pk", flat=True))
        write_lines(reader_of(request), How.ENQUIRY, enquiries=keys, address=register.address_of(request))


def record_noted(request: HttpRequest, noted: Noted) -> None:
    for how, keys in noted.items():
        shown: set[int] | set[None] = set(hidden_incidents(Q(pk__in=keys))) if how == How.SHOWN else keys or {None}
        write_lines(reader_of(request), how, incidents=shown, address=register.address_of(request))


def record_news(user: User, incident: int, *, address: str) -> None:
    write_lines({"by": user}, How.SHOWN, incidents={incident}, address=address)


def hidden_incidents(which: Q) -> dict[int, str]:
    """Return {key: number} of those of these incidents that are not public: of a restricted category, or
    reported so.
    """
    never = Q(category__in=Category.objects.never_public().values("pk"))
    came_in = Event.objects.filter(incident=OuterRef("pk"), kind=Event.Kind.RECLASSIFIED, receipt__private=True)
    hidden = Incident.objects.filter(which).filter(never | Q(published=False) & Exists(came_in))
    return dict(hidden.order_by().values_list("pk", "reference"))


def may_be_shown(request: HttpRequest, pk: int, number: str) -> bool:
    """Return whether a number may be in the response for more than that a person without rights asked for it."""
    if number not in request.get_full_path() and number not in request.POST.values():
        return True
    return hasattr(request, "_shown_to") or access.incidents_for(request.user).filter(pk=pk).exists()


def reader_of(request: HttpRequest) -> dict[str, Any]:
    return {"authority": request._shown_to} if hasattr(request, "_shown_to") else {"by": request.user}


def write_lines(
    reader: dict[str, Any],
    how: str,
    *,
    incidents: Collection[int | None] = (),
    enquiries: Collection[int] = (),
    address: str,
) -> None:
    """Write a line for each of these keys, unless the reader has a recent one by this address."""
    lately = PersonalDataView.objects.filter(**reader, how=how, address=address, at__gt=now() - SAME_LOOK)
    if new := set(enquiries) and set(enquiries) - set(lately.values_list("enquiry", flat=True)):
        register.record_views(how, (), enquiries=Enquiry.objects.filter(pk__in=new), address=address, **reader)
    if new := set(incidents) and set(incidents) - set(lately.values_list("incident", flat=True)):
        reports = Report.objects.filter(incident__in=new - {None}).only("pk", "incident_id").order_by("pk")
        register.record_views(how, reports, address=address, **reader)
