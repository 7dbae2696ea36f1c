"""Publish incidents as open data: what `public_map` shows to everybody, without anything about reporters."""

from django.conf import settings
from django.db.models import BooleanField, Case, F, Q, Value, When
from django.db.models.functions import Concat
from django.utils import translation
from django.utils.timezone import localdate, now
from django.utils.translation import gettext_lazy as _

from gis_data.addresses.geocode import NamedPlace
from gis_data.alphabet import in_alphabet
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
from incidents.map.box_keys import keys_in_box
from incidents.map.public_map import is_late_at, published_incidents
from incidents.models import Authority, Category, Incident

state_title = worded_choices("state", Incident.State.choices)


def late_expression():
    """Return the expression: its clock runs and the deadline has passed."""
    return Case(When(is_late_at(now()), then=True), default=False, output_field=BooleanField())


def proven_expression():
    """Return the expression: done and proven, by the table of `models.Proof`."""
    return Case(
        When(proof__isnull=False, state__in=Incident.DONE, then=True), default=False, output_field=BooleanField()
    )


def page_address():
    return Concat(Value(f"{settings.SITE_URL}/i/"), F("reference"), Value("/"))


def place_name():
    with translation.override(settings.LANGUAGE_CODE):
        before, after = NamedPlace("|", near=True).title.split("|")
    return Case(When(near=True, then=Concat(Value(before), F("address"), Value(after))), default=F("address"))


# Which fields, areas and units are meant is asked first: PostgreSQL knows how many incidents these very keys have. Of
# what a query gives it takes the average, which leads it through two million of them for a field that had three.
def filter_category(rows, code):
    keys = Category.objects.filter(Q(code=code) | Q(parent__code=code)).order_by().values_list("pk", flat=True)
    return rows.filter(category__in=list(keys))


def filter_area(rows, code):
    named = Area.objects.filter(code=code).values_list("pk", flat=True)
    return rows.filter(area__in=list(Area.objects.within(named).order_by().values_list("pk", flat=True)))


def filter_state(rows, state):
    """Keep this state; `open` means all open states."""
    return rows.filter(state__in=Incident.OPEN if state == "open" else [state])


def filter_late(rows, wanted):
    return rows.filter(is_late_at(now())) if wanted else rows.exclude(is_late_at(now()))


def filter_authority(rows, code):
    return rows.filter(authority__in=list(Authority.objects.filter(code=code).values_list("pk", flat=True)))


def first_day():
    """Return when the oldest was received; read from the index of days, which an aggregate over a join cannot use."""
    return published_incidents().order_by("received_at").values_list("received_at", flat=True).first()


def category_choices():
    return code_and_title(Category.objects.filter(parent=None, children__restricted=False).distinct())


def area_choices():
    return code_and_title(Area.objects.on(localdate()).defer("shape", "outline").order_by("level", in_alphabet("name")))


def authority_choices():
    return code_and_title(Authority.objects.order_by(in_alphabet("name")))


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
        description=_("What citizens have reported, where it is, who is responsible and by when. No personal data."),
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
            Field("proven", _("Confirmed by people, or by a photo of the place and time"), proven_expression, BOOLEAN),
            Field("page", _("Page"), page_address),
        ),
        filters={
            "state": Filter(_("State"), filter_state, choices=(("open", _("Open")), *Incident.shown_states())),
            "late": Filter(_("Overdue"), filter_late, BOOLEAN),
            "category": Filter(_("Category"), filter_category, suggested=category_choices),
            "area": Filter(_("Area"), filter_area, suggested=area_choices),
            "authority": Filter(_("Authority"), filter_authority, suggested=authority_choices),
        },
        during=filter_received,
        moment="received_at",
        since=lambda: (first_day(), None),
        time_title=_("Received"),
        keys_in_box=keys_in_box,
    )
)
