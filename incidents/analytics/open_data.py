"""Incidents as open data: what `public_map` shows to everybody, with nothing of who reported them."""

from django.conf import settings
from django.db.models import BooleanField, Case, F, Min, Value, When
from django.db.models.functions import Concat
from django.utils import translation
from django.utils.timezone import localdate, now
from django.utils.translation import gettext_lazy as _

from gis_data.addresses.geocode import NamedPlace
from gis_data.models import Area
from gis_data.services.open_data import (
    BOOLEAN,
    INTEGER,
    TIME,
    Collection,
    Field,
    Filter,
    english_or_own,
    register,
    worded_choices,
)
from incidents.map.public_map import MapFilters, is_late_at, published_incidents
from incidents.models import Authority, Category, Incident

state_title = worded_choices("state", Incident.State.choices)


def late_expression():
    """Its clock runs and has run out."""
    return Case(When(is_late_at(now()), then=True), default=False, output_field=BooleanField())


def page_address():
    """Where everybody can read about it."""
    return Concat(Value(f"{settings.SITE_URL}/i/"), F("reference"), Value("/"))


def place_name():
    """What names its place, in the city's language."""
    with translation.override(settings.LANGUAGE_CODE):
        before, after = NamedPlace("|", near=True).title.split("|")
    return Case(When(near=True, then=Concat(Value(before), F("address"), Value(after))), default=F("address"))


def map_filter(name):
    """A filter of the public map, by itself."""
    return lambda rows, value: MapFilters(**{"state": "all", "days": 0, name: value}).apply(rows)


def filter_state(rows, state):
    """In this very state; `open` stands for all that want work."""
    return rows.filter(state__in=Incident.OPEN if state == "open" else [state])


def filter_late(rows, wanted):
    return rows.filter(is_late_at(now())) if wanted else rows.exclude(is_late_at(now()))


def filter_authority(rows, code):
    return rows.filter(authority__code=code)


def category_choices():
    return code_and_title(Category.objects.filter(parent=None, children__restricted=False).distinct())


def area_choices():
    return code_and_title(Area.objects.on(localdate()).defer("shape", "outline").order_by("level", "name"))


def authority_choices():
    return code_and_title(Authority.objects.order_by("name"))


def code_and_title(rows):
    return [(row.code, row.title) for row in rows]


def filter_received(rows, interval):
    start, end = interval.moments()
    rows = rows.filter(received_at__gte=start) if start else rows
    return rows.filter(received_at__lt=end) if end else rows


register(
    Collection(
        id="incidents",
        title=_("Reported incidents"),
        description=_("What citizens have reported, where it is, who answers for it and until when. No personal data."),
        rows=published_incidents,
        shape="place",
        key="reference",
        fields=(
            Field("reference", _("Reference"), "reference"),
            Field("state", _("State"), "state"),
            Field("state_vi", _("State in Vietnamese"), state_title("vi")),
            Field("state_en", _("State in English"), state_title("en")),
            Field("late", _("Overdue"), late_expression, BOOLEAN),
            Field("category", _("Code of the category"), "category__code"),
            Field("category_name", _("Category"), "category__name"),
            Field("category_name_en", _("Category in English"), english_or_own("category__name")),
            Field("group", _("Code of the field"), "category__parent__code"),
            Field("area", _("Code of the area"), "area__code"),
            Field("area_name", _("Area"), "area__full_name"),
            Field("authority", _("Code of the authority"), "authority__code"),
            Field("authority_name", _("Authority"), "authority__name"),
            Field("authority_name_en", _("Authority in English"), english_or_own("authority__name")),
            Field("address", _("Address"), place_name),
            Field("text", _("Description"), "text"),
            Field("reports", _("Number of reports"), "reports_count", INTEGER),
            Field("received_at", _("Received"), "received_at", TIME),
            Field("due_at", _("Due"), "due_at", TIME),
            Field("changed_at", _("Last changed"), "changed_at", TIME),
            Field("closed_at", _("Closed"), "closed_at", TIME),
            Field("page", _("Page"), page_address),
        ),
        filters={
            "state": Filter(_("State"), filter_state, choices=(("open", _("Open")), *Incident.State.choices)),
            "late": Filter(_("Overdue"), filter_late, BOOLEAN),
            "category": Filter(_("Category"), map_filter("category"), suggested=category_choices),
            "area": Filter(_("Area"), map_filter("area"), suggested=area_choices),
            "authority": Filter(_("Authority"), filter_authority, suggested=authority_choices),
        },
        during=filter_received,
        since=lambda: (published_incidents().aggregate(first=Min("received_at"))["first"], None),
        time_title=_("Received"),
    )
)
