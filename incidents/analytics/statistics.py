"""Count incidents of a period by area; across a change of boundaries by the law of each day, or as of today.

No persons are read: incidents are only counted.
"""

import csv
import io
import json
import math
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cached_property
from html import escape
from typing import Any

import folium
import shapely
from django.conf import settings
from django.contrib.gis.db.models import Extent
from django.db import connection
from django.db.models import F, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geoapp.http.query_parameters import OneOfField, RowField, SortField
from geoapp.web import periods
from geoapp.web.figures import format_number, format_percentage, round_percentage
from geoapp.web.periods import PeriodForm
from geoapp.web.sheets import without_formula
from gis_data.alphabet import alphabet_key
from gis_data.models import Area, Edition, Level
from incidents import proofs
from incidents.analytics import kept_statistics, proven_statistics
from incidents.analytics.former_districts import former_districts
from incidents.analytics.proven_statistics import ProvenCounts
from incidents.analytics.tables import sort_rows
from incidents.models import Category, Incident
from incidents.sql import named_query, statement

LEVELS = {"ward": Level.WARD, "district": Level.DISTRICT}
LAWS = ("then", "today")
STATES: dict[str, tuple] = {"": (), "open": Incident.OPEN, **{state: (state,) for state in Incident.State}}
# The columns of figures, in their order; each is an attribute of Row.
COLUMNS = {
    "received": gettext_lazy("Intake"),
    "done": gettext_lazy("Done"),
    "in_time": gettext_lazy("Done on time"),
    "share": gettext_lazy("Share on time"),
    "share_proven": gettext_lazy("Share confirmed"),
    "late": gettext_lazy("Late"),
    "open": gettext_lazy("Open"),
    "rejected": gettext_lazy("Not accepted"),
    "days": gettext_lazy("Median days"),
}
SORTS = ("name", *COLUMNS)
SHADES = 5  # shades of the map
SMALL_SAMPLE = 20  # a share of fewer says little
MANY_INCIDENTS = 10_000  # of so many incidents it takes less long to ask each piece of the areas which of them it holds
SIMPLIFY_DEGREES = 0.0007  # degrees: how coarse its borders are, less than half a pixel where the whole city shows


ONE_OF = gettext_lazy("%(name)s: must be one of %(these)s.")


def top_groups():
    return Category.objects.filter(parent=None)


class StatisticsForm(PeriodForm):
    """Parameters of the statistics page."""

    names = PeriodForm.names | {"group": "field", "level": "by"}

    group = RowField(top_groups, gettext_lazy("There is no such field."))
    level = OneOfField(LEVELS, ONE_OF, params={"name": "by"}, default="ward")
    law = OneOfField(LAWS, ONE_OF, params={"name": "law"}, default="then")
    state = OneOfField(STATES, ONE_OF, params={"name": "state"}, default="")
    sort = SortField(SORTS, ONE_OF, params={"name": "sort"}, default="-received")

    def clean_group(self):
        return self.cleaned_data["group"].code if self.cleaned_data["group"] else ""


@dataclass(frozen=True)
class StatisticsQuery:
    """Parameters of the statistics page; read by `StatisticsQuery.from_parameters`."""

    first: date
    last: date
    level: str = "ward"
    law: str = "then"
    group: str = ""  # the code of a group of fields
    state: str = ""
    sort: str = "-received"

    @classmethod
    def usual(cls) -> "StatisticsQuery":
        today = localdate()
        return cls(today.replace(month=1, day=1), today)

    @classmethod
    def from_parameters(cls, parameters: QueryDict) -> "StatisticsQuery":
        """Read `from`, `to`, `by`, `law`, `field`, `state`, `sort` of a QueryDict. Raises QueryError."""
        usual = cls.usual()
        return cls(**StatisticsForm(parameters, usual=(usual.first, usual.last)).read())

    def parameters(self, **other: Any) -> dict[str, str]:
        query = replace(self, **other)
        parameters = {
            "from": query.first.isoformat(),
            "to": query.last.isoformat(),
            "by": query.level,
            "law": query.law,
        }
        return parameters | {"field": query.group, "state": query.state, "sort": query.sort}

    def apply(self, incidents: QuerySet[Incident]) -> QuerySet[Incident]:
        start, end = periods.midnights(self.first, self.last)
        incidents = incidents.filter(received_at__gte=start, received_at__lt=end)
        if self.group:
            incidents = incidents.filter(Q(category__parent__code=self.group) | Q(category__code=self.group))
        return incidents.filter(state__in=STATES[self.state]) if self.state else incidents


# By which edition the incidents of which days are counted.


@dataclass(frozen=True)
class Segment:
    """Days on which one edition counts. `former`: by the districts of the former units in its areas."""

    edition: Edition | None
    first: date
    last: date
    former: bool = False
    past: bool = False  # the edition is no longer the law by which these days are to be counted

    @property
    def note(self) -> str:
        """A sentence if these days are not counted by the law of the day, or by approximate boundaries; else ""."""
        days = {"first": day_in_words(self.first), "last": day_in_words(self.last)}
        if self.edition is None:
            return (
                _("From %(first)s to %(last)s no boundaries are known: the first known area of each incident is used.")
                % days
            )
        named = days | {"edition": self.edition.title}
        if self.former:
            return (
                _(
                    "From %(first)s to %(last)s districts are approximate: each area counts towards the district "
                    "that held most of its former units."
                )
                % named
            )
        if self.past:
            return _("From %(first)s to %(last)s there are no districts: the last ones are used (%(edition)s).") % named
        return ""


def day_in_words(day):
    return date_format(day, "DATE_FORMAT")


def is_in_force(edition, day):
    since, until = edition.in_force.lower, edition.in_force.upper
    return (since is None or since <= day) and (until is None or day < until)


def period_segments(question, editions, today):
    if question.law == "today":
        return [segment_for_day(question.level, editions, today, question.first, question.last)]
    changes = {day for edition in editions for day in (edition.in_force.lower, edition.in_force.upper) if day}
    starts = sorted({question.first} | {day for day in changes if question.first < day <= question.last})
    ends = [start - timedelta(days=1) for start in starts[1:]] + [question.last]
    segments = []
    for start, end in zip(starts, ends, strict=True):
        segment = segment_for_day(question.level, editions, start, start, end)
        if segments and replace(segments[-1], first=segment.first, last=segment.last) == segment:
            segments[-1] = replace(segments[-1], last=end)
        else:
            segments.append(segment)
    return segments


def segment_for_day(level, editions, day, first, last):
    """Return the segment by the law of a day. Wards: the deepest areas. Districts: those in force, the last ones, or
    the former.
    """
    law = sorted((edition for edition in editions if is_in_force(edition, day)), key=lambda edition: -edition.level)
    if level == "ward":
        return Segment(law[0] if law else None, first, last)
    districts = [edition for edition in editions if edition.level == Level.DISTRICT]
    now = [edition for edition in districts if is_in_force(edition, day)]
    past = [edition for edition in districts if edition.in_force.upper and edition.in_force.upper <= day]
    if now:
        return Segment(now[0], first, last)
    if past:
        return Segment(max(past, key=lambda edition: edition.in_force.upper), first, last, past=True)
    coming = sorted(editions, key=lambda edition: edition.in_force.lower or date.min)
    areas = next(iter([*law, *coming]), None)
    return Segment(areas, first, last, former=areas is not None)


# Counting.


class Kept(Enum):
    """Which ended incidents are read from packed months: `incidents.aggregates` knows no permissions."""

    PUBLIC = 1  # public_map.published_incidents
    EVERYTHING = 2


@dataclass(frozen=True)
class AreaFigures:
    """The figures of an area, a district, a group of fields, or of all. `days`: median from report to done."""

    received: int = 0
    done: int = 0
    in_time: int = 0
    late: int = 0
    open: int = 0
    rejected: int = 0
    days: float | None = None
    name: str = ""
    icon: str = ""  # of a group of fields
    area: Area | None = None
    edition: Edition | None = None
    district: str = ""  # where there is no area: a district that is approximated
    proven: int = 0  # of those done, by the table of `models.Proof`

    @property
    def share(self) -> float | None:
        """The percentage done in time of what was due by now; 100 if nothing is late."""
        return 100 * self.in_time / self.judged if self.judged else None

    @property
    def share_proven(self) -> float | None:
        """The percentage proven of what is done."""
        return 100 * self.proven / self.done if self.done else None

    @property
    def judged(self) -> int:
        return self.in_time + self.late

    @property
    def cells(self) -> list[tuple[str, str]]:
        return [(column, format_figure(column, getattr(self, column))) for column in COLUMNS]

    @property
    def law_until(self) -> date | None:
        until = self.edition.in_force.upper if self.edition else None
        return until - timedelta(days=1) if until else None

    @property
    def is_approximate(self) -> bool:
        return bool(self.district) or bool(self.edition and self.edition.approximate)

    @property
    def is_small(self) -> bool:
        return self.judged < SMALL_SAMPLE

    @property
    def whole_share(self) -> int:
        """The whole percentage done in time; 100 only if nothing is late."""
        return int(round_percentage(self.share or 0, 0))

    @property
    def half_within(self) -> timedelta | None:
        return None if self.days is None else timedelta(days=self.days)


@dataclass(frozen=True)
class StatisticsTable:
    question: StatisticsQuery
    segments: list
    rows: list = field(default_factory=list)
    groups: list = field(default_factory=list)
    total: AreaFigures = field(default_factory=AreaFigures)

    @property
    def notes(self) -> list[str]:
        return [segment.note for segment in self.segments if segment.note]

    @property
    def least_in_time(self) -> AreaFigures | None:
        large_groups = [row for row in self.groups if not row.is_small]
        return min(large_groups, key=lambda row: (row.share or 0, row.name)) if len(large_groups) > 1 else None

    @property
    def editions(self) -> list[Edition]:
        editions_by_key = {segment.edition.pk: segment.edition for segment in self.segments if segment.edition}
        return sorted(editions_by_key.values(), key=lambda edition: edition.in_force.lower or date.min, reverse=True)

    @property
    def shown_column(self) -> str:
        column = self.question.sort.removeprefix("-")
        return column if column in COLUMNS else "received"

    @cached_property
    def scale(self) -> "ColourScale":
        return ColourScale.from_values(
            sorted(value for row in self.rows if (value := getattr(row, self.shown_column)) is not None)
        )


def count_incidents(
    incidents: QuerySet[Incident], question: StatisticsQuery, now: datetime | None = None, packed: Kept | None = None
) -> StatisticsTable:
    """Return the figures of those incidents that the question selects. `packed`: which ended ones are read from packed
    months.
    """
    now = now or timezone.now()
    editions = list(Edition.objects.ever_in_force())
    parts = period_segments(question, editions, localdate(now))
    rows = question.apply(incidents).exclude(state=Incident.State.MERGED).order_by()
    rows = rows.values(
        "id", "area_id", "state", "received_at", "due_at", "closed_at", group_id=F("category__parent_id")
    )
    params = {
        "editions": [part.edition and part.edition.pk for part in parts],
        "firsts": [part.first for part in parts],
        "lasts": [part.last for part in parts],
        "formers": [part.former for part in parts],
        "first_day": question.first,
        "last_day": question.last,
        "zone": timezone.get_current_timezone_name(),
        "now": now,
        "many": MANY_INCIDENTS,
    }
    categories = list(Category.objects.select_related("parent"))
    groups = {category.pk: category for category in categories if category.parent_id is None}
    if packed is None or params["zone"] != settings.TIME_ZONE:
        counted = count_each(rows, params)
    else:
        counted = kept_statistics.count_kept(
            rows,
            params=params,
            categories=[category for category in categories if is_asked_for(category, question.group, packed)],
            states=STATES[question.state],
            published_only=packed is Kept.PUBLIC,
        )
    proven = count_proven(incidents, question, parts, params=params, packed=packed, categories=categories)
    return build_table(
        question, parts, counted,
        proven=proven, editions={edition.pk: edition for edition in editions}, groups=groups,
    )  # fmt: skip


def count_proven(incidents, question, parts, *, params, packed, categories) -> ProvenCounts:
    """Return how many are done and proven: by the proofs' own columns where all of them count, else one by one."""
    if packed is None or question.state:
        return proven_statistics.count_each(proofs.proven(question.apply(incidents)), params)
    start, end = periods.midnights(question.first, question.last)
    groups = {
        category.pk: category.parent_id for category in categories if is_asked_for(category, question.group, packed)
    }
    reported = proofs.select_reported(start, end, published_only=packed is Kept.PUBLIC).filter(
        category__in=list(groups)
    )
    return proven_statistics.count_kept(reported, parts, groups=groups, params=params)


def count_each(rows, params):
    inner, values = named_query(rows, "of")
    text = statement("statistics_placed", incidents=inner) + statement("statistics_counts")
    with connection.cursor() as cursor:
        cursor.execute("WITH " + text, params | values)
        return cursor.fetchall()


def is_asked_for(category: Category, group: str, packed: Kept) -> bool:
    """Return whether a category counts, by the rules of `StatisticsQuery.apply` and
    `public_map.published_incidents`.
    """
    in_group = not group or group in (category.code, category.parent and category.parent.code)
    return in_group and (packed is Kept.EVERYTHING or not category.restricted)


def build_table(question, parts, counted, *, proven, editions, groups):
    proven_by_place, proven_by_group = Counter(), Counter()
    for (area_id, district, group_id), number in proven.items():
        proven_by_place[area_id, district] += number
        proven_by_group[group_id] += number
    areas = Area.objects.defer("shape", "outline").in_bulk([row[1] for row in counted if row[1]])
    by_area, by_group, total = [], [], AreaFigures()
    for grouping, area_id, district, group_id, *figures in counted:
        row = AreaFigures(*figures)
        if grouping == 3:
            total = replace(row, proven=proven.total())
        elif grouping == 2:
            row = replace(row, proven=proven_by_group[group_id])
            by_group.append(replace(row, name=groups[group_id].title, icon=groups[group_id].icon))
        else:
            area = areas.get(area_id)
            name = area.title if area else district or _("Outside all areas")
            edition = editions.get(area.edition_id) if area else None
            row = replace(row, proven=proven_by_place[area_id, district])
            by_area.append(replace(row, name=name, area=area, edition=edition, district=district or ""))
    by_group.sort(key=lambda row: (-row.received, alphabet_key(row.name)))
    by_area.sort(key=lambda row: row.edition.code if row.edition else "")
    return StatisticsTable(question, parts, sort_rows(by_area, question.sort), by_group, total)


# Files and maps.


def table_to_csv(table: StatisticsTable) -> str:
    """Return the figures as CSV for spreadsheets: UTF-8 with BOM, decimal points."""
    out = io.StringIO()
    write = csv.writer(out).writerow
    heads = (_("Area"), _("Code"), _("Boundaries"), _("In force from"), _("In force until"), _("Approximate"))
    write([*heads, *map(str, COLUMNS.values())])
    for row in table.rows:
        write(
            [
                without_formula(row.name),
                without_formula(row.area.code if row.area else ""),
                without_formula(row.edition.title if row.edition else ""),
                (row.edition.in_force.lower if row.edition else None) or "",
                row.law_until or "",
                _("yes") if row.is_approximate else "",
                *map(round_figure, row_figures(row)),
            ]
        )
    write([_("Total"), "", "", "", "", "", *map(round_figure, row_figures(table.total))])
    return "\ufeff" + out.getvalue()


def row_figures(row):
    return [getattr(row, column) for column in COLUMNS]


def round_figure(figure):
    return "" if figure is None else round(figure, 2)


@dataclass(frozen=True)
class ColourScale:
    """Classes of about equal size; `tops` are their largest figures, `shades` the most there may be."""

    tops: tuple = ()
    bottoms: tuple = ()
    shades: int = SHADES

    @classmethod
    def from_values(cls, values: list[float], shades: int = SHADES) -> "ColourScale":
        wanted = min(shades, len(set(values)))
        tops = sorted({values[math.ceil(len(values) * step / wanted) - 1] for step in range(1, wanted + 1)})
        return cls(
            tuple(tops),
            tuple(next(value for value in values if bisect_left(tops, value) == n) for n in range(len(tops))),
            shades,
        )

    def shade(self, value: float | None) -> int:
        """Return 1 … `shades` from pale to dark; 0 without a figure."""
        if value is None or not self.tops:
            return 0
        steps = len(self.tops) - 1
        if not steps:
            return (self.shades + 1) // 2
        return 1 + round(min(bisect_left(self.tops, value), steps) * (self.shades - 1) / steps)

    @property
    def legend(self) -> list[tuple[int, float, float]]:
        return [(self.shade(top), bottom, top) for bottom, top in zip(self.bottoms, self.tops, strict=True)]


def format_figure(column: str, value: float | None) -> str:
    if value is None:
        return "–"
    if column in ("share", "share_proven"):
        return format_percentage(value)
    return format_number(value, 1 if column == "days" else 0)


def map_script(table: StatisticsTable) -> str:
    """Return the script that draws the map of a table, without Folium's styles and third-party hosts."""
    chart = folium.Map(tiles=None, attribution_control=False, scroll_wheel_zoom=False, zoom_snap=0.25)
    chart._id = "of_statistics"
    figures_of = {row.area.pk if row.area else row.district: row for row in table.rows}
    for edition in table.editions:
        former = any(part.former for part in table.segments if part.edition == edition)
        shapes = list(area_features(edition, table, figures_of, former_districts(edition) if former else None))
        if shapes:
            layer = folium.FeatureGroup(escape(edition.title), overlay=False, show=not chart._children).add_to(chart)
            folium.GeoJson(
                {"type": "FeatureCollection", "features": shapes},
                style_function=lambda shape: {"className": f"area shade-{shape['properties']['shade']}"},
                tooltip=folium.GeoJsonTooltip(["name", "figure"], labels=False),
                smooth_factor=0,
            ).add_to(layer)
    if len(chart._children) > 1:
        folium.LayerControl("bottomleft", collapsed=False).add_to(chart)
    if chart._children:
        chart.fit_bounds(central_bounds(table.editions[0]))
    chart.get_root().render()
    return chart.get_root().script.render()  # type: ignore[attr-defined]  # the root of a map is a Figure


def central_bounds(edition):
    """Return the corners of the bounds (latitude, longitude) of an edition without the few areas that lie far off."""
    labels = list(edition.areas.values_list("pk", "label_point"))
    west, east = range_without_outliers([point.x for _pk, point in labels])
    south, north = range_without_outliers([point.y for _pk, point in labels])
    near = [pk for pk, point in labels if west <= point.x <= east and south <= point.y <= north]
    west, south, east, north = edition.areas.filter(pk__in=near).aggregate(box=Extent("outline"))["box"]
    return [[south, west], [north, east]]


def range_without_outliers(values):
    """Return the smallest and largest value without 1 in 50 at each end, of twenty and more at least one."""
    off = max(len(values) // 50, int(len(values) >= 20))
    values = sorted(values)
    return values[off], values[-1 - off]


def area_features(edition, table, figures_of, districts):
    """Return the areas of an edition with the figures of the shown column; of approximate districts the figures of the
    district.
    """
    areas = list(edition.areas.defer("shape"))
    outlines = shapely.from_wkb([bytes(area.outline.wkb) for area in areas])
    outlines = shapely.coverage_simplify(outlines, SIMPLIFY_DEGREES)  # what neighbours have in common stays common
    for area, outline in zip(areas, shapely.transform(outlines, lambda corners: corners.round(4)), strict=True):
        district = None if districts is None else districts.get(area.pk, "")
        row = figures_of.get(area.pk if district is None else district)
        value = getattr(row, table.shown_column) if row else None
        yield {
            "type": "Feature",
            "id": area.pk,
            "geometry": json.loads(shapely.to_geojson(outline)),
            "properties": {
                "name": escape(area.title if not district else f"{area.title} ({district})"),
                "figure": escape(f"{COLUMNS[table.shown_column]}: {format_figure(table.shown_column, value)}"),
                "shade": table.scale.shade(value),
            },
        }
