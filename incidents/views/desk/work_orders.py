"""Print work orders for crews: one page per incident, without names and phone numbers."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

import segno
from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gis_data import city
from gis_data.models import in_language
from incidents.casework.crews import SHEETS_MAX
from incidents.map import print_map
from incidents.models import Incident, Photo, WorkOrderText
from incidents.page_access import SignedInRequest
from incidents.views.desk import bulk, desk_pages
from incidents.wording import duration_in_words

PHOTOS = 2  # per page
WORDS = 300  # characters of the report on a page


@dataclass
class Sheet:
    """One page."""

    incident: Incident
    shift: tuple[datetime, datetime] | None  # of its crew: the current one, else the next
    map: print_map.MapPiece
    code: SafeString  # a QR code as SVG: the address of the incident at the desk
    photos: list[Photo]
    left_out: int  # photos without room, or with faces not covered yet
    words: str
    is_cut: bool
    late_by: str
    todo: list[str]
    bring: str
    safety: str


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def work_orders_page(request: SignedInRequest) -> HttpResponse:
    """Renders the sheets of the incidents in `of`, in this order; a POST of ticked rows redirects to that address."""
    desk_pages.require_desk(request)
    chosen = bulk.parse_picked((request.POST if request.method == "POST" else request.GET).getlist("of"))
    known = bulk.find_incidents(request.user, chosen)
    fault = bulk.selection_fault(chosen, known, at_most=SHEETS_MAX)
    if request.method != "POST" and 0 < len(chosen) <= SHEETS_MAX and not known:
        raise Http404
    if fault:
        return desk_pages.render_desk(request, status=400, refusal=fault, picking=True)
    references = [reference for reference in chosen if reference in known]
    if request.method == "POST":
        return redirect(f"{reverse('desk-orders')}?{urlencode({'of': references}, doseq=True)}")
    here = city.current()
    context = {
        "sheets": make_sheets(references, at=now()),
        "printed_at": now(),
        "credit": "© OpenStreetMap" if "OpenStreetMap" in here.attribution else here.title,
        "width": print_map.WIDTH,
        "height": print_map.HEIGHT,
    }
    return render(request, "incidents/desk/work_orders.html", context)


def make_sheets(references: list[str], *, at: datetime) -> list[Sheet]:
    incidents = Incident.objects.filter(reference__in=references).with_pages().select_related("handler", "crew")
    by_reference = {incident.reference: incident for incident in incidents.prefetch_related("photos")}
    texts = WorkOrderText.objects.by_category()
    return [make_sheet(by_reference[reference], texts, at=at) for reference in references]


def make_sheet(incident: Incident, texts: dict[int | None, WorkOrderText], *, at: datetime) -> Sheet:
    keys = (incident.category_id, incident.category.parent_id, None)
    text = next((texts[key] for key in keys if key in texts), None)
    reported = sorted((photo for photo in incident.photos.all() if photo.event_id is None), key=lambda photo: photo.pk)
    photos = [photo for photo in reported if photo.is_looked_at][:PHOTOS]
    words = " ".join(incident.text.split())
    address = settings.SITE_URL + reverse("desk-incident", args=[incident.reference])
    late = incident.is_open and incident.is_late
    return Sheet(
        incident=incident,
        shift=incident.crew.shift_to_come(at) if incident.crew else None,
        map=print_map.draw_piece(incident.place.x, incident.place.y, incident.accuracy_m),
        code=mark_safe(segno.make(address, error="m").svg_inline(border=2, omitsize=True)),
        photos=photos,
        left_out=len(reported) - len(photos),
        words=words if len(words) <= WORDS else words[:WORDS].rsplit(" ", 1)[0] + "…",
        is_cut=len(words) > WORDS,
        late_by=_("%(span)s late") % {"span": duration_in_words(at - incident.due_at)} if late else "",
        todo=in_language(text, "todo").splitlines() if text else neutral_todo(),
        bring=in_language(text, "bring") if text else "",
        safety=in_language(text, "safety") if text else "",
    )


def neutral_todo() -> list[str]:
    return [
        _("Take a photo before you begin"),
        _("Do what was reported; check for the same problem nearby"),
        _("Leave the place safe and clean"),
        _("Take a photo from the same spot when it is done"),
    ]
