"""Register open data collections: their rows and fields.

Pages, downloads and the OGC service show only these. Each app registers its own in a module of this name. `rows` of a
collection must return public rows only: responses are cached for everybody.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib.gis.db.models import Extent
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Case, CharField, DateField, F, Func, Value, When
from django.db.models.functions import Coalesce, NullIf
from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from gis_data.models import Area, City, Edition, Level

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

STRING, INTEGER, NUMBER, BOOLEAN, DATE, TIME = "string", "integer", "number", "boolean", "date", "date-time"


@dataclass(frozen=True)
class Field:
    """A property of a collection: name, kind, and an ORM path or a function that returns an expression."""

    name: str
    title: "StrOrPromise"
    source: str | Callable
    kind: str = STRING

    def expression(self) -> Any:
        return self.source() if callable(self.source) else F(self.source)


@dataclass(frozen=True)
class Filter:
    """A filter by property: `apply(rows, value)` returns the matching rows."""

    title: "StrOrPromise"
    apply: Callable
    kind: str = STRING
    choices: tuple = ()  # (value, title), where only these make sense
    suggested: Callable = lambda: []  # () → [(value, title)] to choose from in a form


def ignore_interval(rows, interval):
    return rows


@dataclass(frozen=True)
class Collection:
    """Rows of one kind that are public."""

    id: str
    title: "StrOrPromise"
    description: "StrOrPromise"
    rows: Callable  # () → the rows that everybody may see
    shape: str  # the column that is drawn
    key: str  # a column that is unique among them: their public number and their order
    fields: tuple
    filters: dict = field(default_factory=dict)
    during: Callable = ignore_interval  # (rows, Interval) → those of that time
    moment: str = ""  # the column of that time, where an index has its order: the order of what is asked for by a time
    by_itself: Callable = lambda rows: rows  # what is meant where no time is asked for
    since: Callable = lambda: (None, None)  # () → first and last time (datetime or date) of which there is anything
    time_title: "StrOrPromise" = ""
    of_a_day: bool = False  # a question for a time is one for a day, not for a period
    many: bool = True  # of points; shapes with thousands of corners otherwise
    # (west, south, east, north) → the primary keys of all rows in this box of EPSG:4326 as an array in no order, None
    # where they are not known; with it, what is asked for by a box comes in the order of the primary keys.
    keys_in_box: Callable | None = None

    @property
    def most(self) -> int:
        return 5000 if self.many else 500


registered: dict[str, Collection] = {}


def register(collection: Collection) -> None:
    registered[collection.id] = collection


def collections() -> list[Collection]:
    return sorted(
        registered.values(),
        key=lambda collection: (collection.id != "areas", collection.id != "incidents", collection.id),
    )


def extent() -> list[float]:
    box = Area.objects.on(localdate()).aggregate(box=Extent("outline"))["box"]
    return list(box or (-180, -90, 180, 90))


def attribution() -> list[str]:
    city = City.objects.first()
    editions = Edition.objects.on(localdate()).values_list("attribution", flat=True)
    return list(dict.fromkeys(filter(None, [*(city.attribution.splitlines() if city else []), *editions])))


def worded_choices(column: str, choices: Iterable[tuple[str, Any]]) -> Callable[[str], Callable[[], Case]]:
    def of(language):
        def expression():
            with translation.override(language):
                return Case(
                    *(When(**{column: value}, then=Value(str(title))) for value, title in choices),
                    default=Value(""),
                    output_field=CharField(),
                )

        return expression

    return of


def english_or_own(column: str) -> Callable[[], Coalesce]:
    return lambda: Coalesce(NullIf(f"{column}_en", Value("")), column)


class RangeBound(Func):
    """SQL expression: lower or upper day of a range."""

    output_field = DateField()


def areas():
    return Area.objects.filter(edition__in=Edition.objects.ever_in_force())


def areas_during(rows, interval):
    """Filter the areas of editions in force on any of these days."""
    return rows.filter(edition__in=Edition.objects.filter(in_force__overlap=DateRange(*interval.days(), "[]")))


def areas_today(rows):
    return rows.filter(edition__in=Edition.objects.on(localdate()))


def days_of_the_law():
    days = [edition.in_force for edition in Edition.objects.ever_in_force()]
    first = min((day.lower for day in days if day.lower), default=None)
    open_ended = any(day.upper is None for day in days)
    return first, None if open_ended else max((day.upper for day in days), default=None)


LEVELS = {Level.CITY: "city", Level.DISTRICT: "district", Level.WARD: "ward"}


def level_word():
    return Case(*(When(level=level, then=Value(word)) for level, word in LEVELS.items()), output_field=CharField())


register(
    Collection(
        id="areas",
        title=_("Areas"),
        description=_("Wards and districts: those in force today, or on the requested day."),
        rows=areas,
        shape="shape",
        key="pk",
        many=False,
        fields=(
            Field("code", _("Official code"), "code"),
            Field("name", _("Name without the kind"), "name"),
            Field("full_name", _("Name"), "full_name"),
            Field("full_name_en", _("Name in English"), english_or_own("full_name")),
            Field("kind", _("Kind"), "kind"),
            Field("level", _("Level"), level_word),
            Field("parent", _("Code of the parent area"), "parent__code"),
            Field("declared_km2", _("Area by law, km²"), "declared_km2", NUMBER),
            Field("edition", _("Edition of the boundaries"), "edition__code"),
            Field("approximate", _("Approximate boundaries"), "edition__approximate", BOOLEAN),
            Field(
                "valid_from", _("First day in force"), lambda: RangeBound("edition__in_force", function="lower"), DATE
            ),
            Field("valid_to", _("Not in force from"), lambda: RangeBound("edition__in_force", function="upper"), DATE),
        ),
        filters={
            "code": Filter(_("Official code"), lambda rows, code: rows.filter(code=code)),
            "level": Filter(
                _("Level"),
                lambda rows, word: rows.filter(level=next(level for level, label in LEVELS.items() if label == word)),
                choices=tuple((word, level.label) for level, word in LEVELS.items()),
            ),
            "edition": Filter(_("Edition of the boundaries"), lambda rows, code: rows.filter(edition__code=code)),
        },
        during=areas_during,
        by_itself=areas_today,
        since=days_of_the_law,
        time_title=_("In force on"),
        of_a_day=True,
    )
)
