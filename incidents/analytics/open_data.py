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
    in_english,
    in_words,
    register,
)
from incidents.map.public_map import Filters, late_at, published
from incidents.models import Authority, Category, Incident

state_in = in_words("state", Incident.State.choices)


def is_late():
    """Its clock runs and has run out."""
    return Case(When(late_at(now()), then=True), default=False, output_field=BooleanField())


def page():
    """Where everybody can read about it."""
    return Concat(Value(f"{settings.SITE_URL}/i/"), F("reference"), Value("/"))


def address():
    """What names its place, in the city's language."""
    with translation.override(settings.LANGUAGE_CODE):
        before, after = NamedPlace("|", near=True).title.split("|")
    return Case(When(near=True, then=Concat(Value(before), F("address"), Value(after))), default=F("address"))


def having(name):
    """A filter of the public map, by itself."""
    return lambda rows, value: Filters(**{"state": "all", "days": 0, name: value}).apply(rows)


def in_state(rows, state):
    """In this very state; `open` stands for all that want work."""
    return rows.filter(state__in=Incident.OPEN if state == "open" else [state])


def of_being_late(rows, wanted):
    return rows.filter(late_at(now())) if wanted else rows.exclude(late_at(now()))


def of_authority(rows, code):
    return rows.filter(authority__code=code)


def fields_of_the_matter():
    return titled(Category.objects.filter(parent=None, children__restricted=False).distinct())


def areas_in_force():
    return titled(Area.objects.on(localdate()).defer("shape", "outline").order_by("level", "name"))


def authorities():
    return titled(Authority.objects.order_by("name"))


def titled(rows):
    return [(row.code, row.title) for row in rows]


def received_in(rows, interval):
    start, end = interval.moments()
    rows = rows.filter(received_at__gte=start) if start else rows
    return rows.filter(received_at__lt=end) if end else rows


register(
    Collection(
        id="incidents",
        title=_("Reported incidents"),
        description=_("What citizens have reported, where it is, who answers for it and until when. No personal data."),
        rows=published,
        shape="place",
        key="reference",
        fields=(
            Field("reference", _("Reference"), "reference"),
            Field("state", _("State"), "state"),
            Field("state_vi", _("State in Vietnamese"), state_in("vi")),
            Field("state_en", _("State in English"), state_in("en")),
            Field("late", _("Overdue"), is_late, BOOLEAN),
            Field("category", _("Code of the category"), "category__code"),
            Field("category_name", _("Category"), "category__name"),
            Field("category_name_en", _("Category in English"), in_english("category__name")),
            Field("group", _("Code of the field"), "category__parent__code"),
            Field("area", _("Code of the area"), "area__code"),
            Field("area_name", _("Area"), "area__full_name"),
            Field("authority", _("Code of the authority"), "authority__code"),
            Field("authority_name", _("Authority"), "authority__name"),
            Field("authority_name_en", _("Authority in English"), in_english("authority__name")),
            Field("address", _("Address"), address),
            Field("text", _("Description"), "text"),
            Field("reports", _("Number of reports"), "reports_count", INTEGER),
            Field("received_at", _("Received"), "received_at", TIME),
            Field("due_at", _("Due"), "due_at", TIME),
            Field("changed_at", _("Last changed"), "changed_at", TIME),
            Field("closed_at", _("Closed"), "closed_at", TIME),
            Field("page", _("Page"), page),
        ),
        filters={
            "state": Filter(_("State"), in_state, choices=(("open", _("Open")), *Incident.State.choices)),
            "late": Filter(_("Overdue"), of_being_late, BOOLEAN),
            "category": Filter(_("Category"), having("category"), suggested=fields_of_the_matter),
            "area": Filter(_("Area"), having("area"), suggested=areas_in_force),
            "authority": Filter(_("Authority"), of_authority, suggested=authorities),
        },
        during=received_in,
        since=lambda: (published().aggregate(first=Min("received_at"))["first"], None),
        time_title=_("Received"),
    )
)
