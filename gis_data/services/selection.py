"""Select a collection's rows by place, time, properties and CRS, for pages, files and services."""

import datetime
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.core.exceptions import EmptyResultSet, ValidationError
from django.db import models
from django.db.models import BinaryField, F, Func, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.timezone import get_current_timezone, localdate
from django.utils.translation import gettext_lazy
from shapely.geometry.base import BaseGeometry

from geoapp.http.query_parameters import OneOfField, QueryField, QueryForm, TextField
from gis_data import sql
from gis_data.services import crs
from gis_data.services.open_data import BOOLEAN, TIME, Collection

LONGEST = 200  # characters of a value that is looked for
CHUNK = 2000
KEYS_AHEAD = 5000  # at least, among which a page of what is asked for is looked for first
COUNTED_AT_MOST = 100_000  # rows: to count more takes longer than a page may
YES, NO = {"true", "1"}, {"false", "0"}


@dataclass(frozen=True)
class Interval:
    """From `start` to `end`, inclusive; None is open. Dates mean whole days of the city."""

    start: datetime.date | datetime.datetime | None
    end: datetime.date | datetime.datetime | None

    def moments(self) -> tuple[datetime.datetime | None, datetime.datetime | None]:
        return to_moment(self.start), to_moment(self.end, end=True)

    def days(self) -> tuple[datetime.date | None, datetime.date | None]:
        return to_day(self.start), to_day(self.end)


def to_moment(value: Any, end: bool = False) -> Any:
    if value is None or isinstance(value, datetime.datetime):
        # The clock of the database counts microseconds: the end is meant as well.
        return value + datetime.timedelta(microseconds=1) if value and end else value
    midnight = datetime.datetime.combine(value, datetime.time(), get_current_timezone())
    return midnight + datetime.timedelta(days=1) if end else midnight


def to_day(value):
    return localdate(value) if isinstance(value, datetime.datetime) else value


@dataclass(frozen=True)
class Count:
    """A row count; an inexact one is an estimate rounded to ten thousands."""

    number: int
    exact: bool = True


@dataclass(frozen=True)
class Selection:
    """A selection of a collection. `box` is in EPSG:4326; `system`: CRS of the output; `moments`: form of datetimes
    (see `feature_rows`).
    """

    collection: Collection
    box: BaseGeometry | None = None
    interval: Interval | None = None
    filters: dict = field(default_factory=dict)
    system: crs.CoordinateSystem = crs.CRS84
    moments: type[Func] | None = None

    @property
    def order(self) -> tuple[str, ...]:
        """Return the sort columns: the key, or a time and the key where a time is selected (its rows are spread over
        the keys); the primary key where a box's keys are known without its rows.
        """
        collection = self.collection
        if collection.moment and self.interval:
            return collection.moment, "pk"
        return ("pk",) if collection.keys_in_box and self.box is not None else (collection.key,)

    def rows(self) -> QuerySet:
        return self.narrow(self.collection.rows()).order_by(*self.order)

    def narrow(self, rows):
        return self.narrow_by_properties(self.narrow_time(rows))

    def narrow_time(self, rows):
        collection = self.collection
        return collection.during(rows, self.interval) if self.interval else collection.by_itself(rows)

    def narrow_by_properties(self, rows):
        collection = self.collection
        for name, value in self.filters.items():
            rows = collection.filters[name].apply(rows, value)
        if self.box is not None:
            rows = rows.filter(
                **{
                    f"{collection.shape}__intersects": GEOSGeometry(
                        memoryview(shapely.to_wkb(self.box)), srid=crs.STORED
                    )
                }
            )
        return rows

    def first_page(self, number: int) -> tuple[list[tuple], int | None]:
        """Return the first rows as `feature_rows` does, and their count; None if there are too many to count."""
        if (known := self.keys_of_box()) is not None:
            return self.load_rows(first_in_order(known, number)), len(known) if len(known) <= COUNTED_AT_MOST else None
        if not self.is_sparse:
            rows = self.load_rows(self.rows()[:number])
            count = Count(len(rows)) if len(rows) < number else self.count_some()
            return rows, count.number if count.exact else None
        if self.interval and len(near := self.rows_ahead(None, number)) == number:
            return near, self.count_unless_many()
        keys, count = self.first_keys(number)
        if count > COUNTED_AT_MOST:
            return self.page_after(None, number), None
        return self.load_rows(keys), count

    def first_keys(self, number):
        """Return primary keys of the first rows, and the count if there are few enough to sort."""
        try:
            rows, params = self.keys_query()
        except EmptyResultSet:
            return [], 0
        keys = sql.fetch_rows(sql.statement("first_keys", rows=rows), [*params, number])
        return [key for key, _count in keys], keys[0][1] if keys else 0

    def keys_query(self) -> tuple[str, tuple]:
        """Return the SQL, with parameters, for the keys of all rows up to one more than are counted."""
        rows = self.rows().order_by().values("pk", key=F(self.order[0]))
        return rows[: COUNTED_AT_MOST + 1].query.sql_with_params()

    def page_after(self, after: Any, number: int) -> list[tuple]:
        """Return the next rows after a key, or the first ones, as `feature_rows` does.

        They are looked for among the next rows; where too few of those are wanted, all that are wanted are sorted.
        PostgreSQL, which knows nothing of how keys, places and properties go together, would read a million rows in
        their order to find the first.
        """
        if after is not None and (known := self.keys_of_box()) is not None:
            return self.load_rows(first_in_order(known[known > self.primary_key(after)], number))
        rows = self.rows_after(self.rows(), after)
        if self.is_sparse:
            near = self.rows_ahead(after, number)
            if len(near) == number:
                return near
            # By expressions that no index has: so nothing is read in its order.
            rows = rows.order_by(*(Coalesce(F(name), F(name)) for name in self.order))
        return self.load_rows(rows[:number])

    def rows_ahead(self, after: Any, number: int) -> list[tuple]:
        rows = self.collection.rows()
        ahead = self.rows_after(self.narrow_time(rows), after).order_by(*self.order)
        if self.box is None and not self.filters:
            return self.load_rows(ahead[:number])
        ahead = ahead.values("pk")[: max(KEYS_AHEAD, 10 * number)]
        return self.load_rows(self.narrow_by_properties(rows).filter(pk__in=ahead).order_by(*self.order)[:number])

    def rows_after(self, rows: QuerySet, after: Any) -> QuerySet:
        collection, first = self.collection, self.order[0]
        if after is None:
            return rows
        if first == collection.key:
            return rows.filter(**{f"{first}__gt": after})
        # Whatever became of it meanwhile, it says where the page before ended.
        at = rows.model._base_manager.filter(**{collection.key: after}).values_list(first, "pk").first()
        if at is None:
            return rows.none()
        later = Q(**{f"{first}__gt": at[0]}) | Q(**{first: at[0], "pk__gt": at[1]})
        return rows.filter(later, **{f"{first}__gte": at[0]})  # the second for an index

    def keys_of_box(self) -> np.ndarray | None:
        """Return primary keys of all rows, unordered, where only a box is given and its keys are indexed."""
        collection = self.collection
        if self.box is None or self.interval or self.filters or not (collection.keys_in_box and is_rectangle(self.box)):
            return None
        return collection.keys_in_box(*self.box.bounds)

    def primary_key(self, key: Any) -> int:
        """Return the row's primary key, even if it changed meanwhile; for an unknown key one that sorts last."""
        rows = self.collection.rows().model._base_manager
        primary_key = rows.filter(**{self.collection.key: key}).values_list("pk", flat=True).first()
        return NO_KEY_AFTER if primary_key is None else primary_key

    @property
    def is_sparse(self) -> bool:
        return self.collection.many and bool(self.box is not None or self.interval or self.filters)

    def load_rows(self, chosen: QuerySet | list[int]) -> list[tuple]:
        """Return a queryset's rows, or those of these primary keys, as `feature_rows` does.

        They are chosen before: else all that are wanted would be joined before they are cut.
        """
        collection = self.collection
        rows = collection.rows().filter(pk__in=chosen if isinstance(chosen, list) else chosen.values("pk"))
        return list(feature_rows(collection, rows.order_by(*self.order), self.moments))

    def count(self) -> int:
        return self.narrow(self.collection.rows()).count()

    def count_some(self, at_most: int | None = None) -> Count:
        """Count exactly up to COUNTED_AT_MOST, beyond it by PostgreSQL's estimate."""
        rows, at_most = self.narrow(self.collection.rows()).order_by(), at_most or COUNTED_AT_MOST
        counted = rows[: at_most + 1].count()
        if counted <= at_most:
            return Count(counted)
        return Count(max(counted, round(estimate_rows(rows), -4)), exact=False)

    def count_unless_many(self) -> int | None:
        rows = self.narrow(self.collection.rows()).order_by()
        if estimate_rows(rows) > 2 * COUNTED_AT_MOST:
            return None
        counted = rows[: COUNTED_AT_MOST + 1].count()
        return counted if counted <= COUNTED_AT_MOST else None


NO_KEY_AFTER = 2**63 - 1


def first_in_order(keys: np.ndarray, number: int) -> list[int]:
    return np.sort(keys if len(keys) <= number else np.partition(keys, number)[:number]).tolist()


def is_rectangle(box: BaseGeometry) -> bool:
    return bool(shapely.equals_exact(box.normalize(), shapely.envelope(box).normalize()))


def estimate_rows(rows: QuerySet) -> int:
    (plan,) = json.loads(rows.explain(format="json"))
    return plan["Plan"]["Plan Rows"]


class AsWkb(Func):
    """SQL expression: a shape as WKB, without GEOS."""

    function = "ST_AsBinary"
    output_field = BinaryField()


class JsonMoment(Func):
    """SQL expression: a moment as `to_json_value` writes it."""

    template = """to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""
    output_field = models.TextField()


class Milliseconds(Func):
    """SQL expression: a moment as whole milliseconds since 1970."""

    template = "floor(extract(epoch FROM %(expressions)s) * 1000)::bigint"
    output_field = models.BigIntegerField()


def feature_rows(collection: Collection, rows: QuerySet, moments: type[Func] | None = None) -> QuerySet:
    """Return rows as tuples: key, shape (WKB), then the collection's fields.

    `moments`: as what moments are wanted in place of datetimes, of which Python takes longer to read each than for all
    the rest of a row.
    """
    wanted = (
        moments(field.expression()) if moments and field.kind == TIME else field.expression()
        for field in collection.fields
    )
    return rows.values_list(collection.key, AsWkb(collection.shape), *wanted)


def projected_shapes(system: crs.CoordinateSystem, rows: Iterable[tuple]) -> Any:
    """Return the shapes of rows of `feature_rows` as an array in this CRS."""
    return system.project(shapely.from_wkb([bytes(row[1]) for row in rows]))


# --- Reading parameters


class SystemField(QueryField):
    """The name of an offered CRS."""

    def __init__(self):
        super().__init__(gettext_lazy("must be one of: %(these)s."), reads_empty=True)

    def refusal(self, code: str = "invalid") -> ValidationError:
        return ValidationError(self.error_messages[code], code, {"these": ", ".join(crs.offered_systems())})

    def parse(self, text: str) -> crs.CoordinateSystem:
        return crs.system_named(text)


class CornersField(QueryField):
    """A bbox of four numbers, or six with ignored heights: minimum x, y, maximum x, y as written."""

    def parse(self, text: str) -> tuple[float, ...]:
        values = [float(part) for part in text.split(",")]
        if len(values) not in (4, 6) or not all(map(math.isfinite, values)):
            raise ValueError(text)
        half = len(values) // 2
        return (*values[:2], *values[half : half + 2])


class IntervalField(QueryField):
    """An Interval: `A`, `A/B`, `../B`, `A/..`, where empty is the same as `..`."""

    def parse(self, text: str) -> Interval:
        start, slash, end = text.partition("/")
        if not slash:
            moment = parse_instant(text)
            interval = Interval(moment, moment)
        else:
            interval = Interval(
                *(None if end_text in ("", "..") else parse_instant(end_text) for end_text in (start, end))
            )
        (first, last), _days = interval.moments(), interval.days()
        if first and last and first >= last:
            raise ValueError(text)
        return interval


def parse_instant(text):
    """Parse a day or RFC 3339 moment; without offset it is in the city's time zone."""
    if len(text) > 40 or not text.isascii():
        raise ValueError(text)
    if len(text) == 10:
        return datetime.date.fromisoformat(text)
    moment = parse_datetime(text.replace(" ", "+"))
    if moment is None:
        raise ValueError(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=get_current_timezone())


class YesOrNoField(QueryField):
    def parse(self, text: str) -> bool:
        if text.lower() not in YES | NO:
            raise ValueError(text)
        return text.lower() in YES


def filter_field(row_filter):
    if row_filter.kind == BOOLEAN:
        return YesOrNoField(gettext_lazy("must be true or false."))
    if row_filter.choices:
        return OneOfField(dict(row_filter.choices), gettext_lazy("must be one of: %(these)s."))
    return TextField(gettext_lazy("must have at most %(n)s characters."), at_most=LONGEST, default=None)


BBOX_WANTED = gettext_lazy("must be four numbers, the smaller two first, in the axis order and units of bbox-crs.")


class SelectionForm(QueryForm):
    """Parameters of OGC API – Features and the collection's filters; `more` are read elsewhere."""

    names = {"bbox_crs": "bbox-crs", "interval": "datetime"}
    only_known = only_once = faults_name_fields = True

    bbox = CornersField(BBOX_WANTED, reads_empty=True)
    bbox_crs = SystemField()
    interval = IntervalField(
        gettext_lazy("must be a day like 2025-07-01, a moment, or two of them with / between, .. for no end."),
        reads_empty=True,
    )
    crs = SystemField()

    def __init__(self, collection, parameters, more=()):
        super().__init__(parameters)
        self.filters = {f"filter_{name}": name for name in collection.filters}
        self.names = self.names | self.filters
        self.also_known = more
        for field_name, name in self.filters.items():
            self.fields[field_name] = filter_field(collection.filters[name])

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if data.get("bbox") and not self.errors:
            try:
                data["bbox"] = box_of(data["bbox"], data["bbox_crs"] or crs.CRS84)
            except ValueError:
                self.add_error("bbox", str(BBOX_WANTED))
        return data

    def filter_values(self, data: dict[str, Any]) -> dict[str, Any]:
        return {name: data[field] for field, name in self.filters.items() if data[field] is not None}


def box_of(values, system):
    first, second, third, fourth = values
    west, south, east, north = (second, first, fourth, third) if system.flipped else values
    if south > north:
        raise ValueError(values)
    return crs.box_in_degrees(west, south, east, north, system)


def read_selection(collection: Collection, query: QueryDict, more: Iterable[str] = ()) -> Selection:
    """Parse a QueryDict into a Selection. Raises QueryError.

    Names beside those of the standard, the collection's filters and `more` are faults, and so is a name given twice.
    """
    form = SelectionForm(collection, query, more)
    data = form.read()
    return Selection(collection, data["bbox"], data["interval"], form.filter_values(data), data["crs"] or crs.CRS84)


def key_of(collection: Collection, text: str) -> Any:
    try:
        value: Any = collection.rows().model._meta.pk.to_python(text) if collection.key == "pk" else text
    except ValidationError:
        raise ValueError from None
    if len(text) > LONGEST or "\0" in text or (collection.key == "pk" and not 0 <= value < 2**63):
        raise ValueError
    return value


# --- Features


def geojson_features(collection: Collection, system: crs.CoordinateSystem, rows: Iterable[tuple]) -> Iterator[str]:
    """Yield each row of `feature_rows` as GeoJSON feature text, in the CRS's own axis order."""
    shapes = shapely.to_geojson(system.in_own_order(projected_shapes(system, rows)))
    names, encode = [field.name for field in collection.fields], json.JSONEncoder(ensure_ascii=False).encode
    for row, shape in zip(rows, shapes, strict=True):
        properties = dict(zip(names, map(to_json_value, row[2:]), strict=True))
        yield (
            f'{{"type": "Feature", "id": {encode(row[0])}, "geometry": {shape}, "properties": {encode(properties)}}}'
        )


def to_json_value(value: Any) -> Any:
    if type(value) in PLAIN:
        return value
    if isinstance(value, datetime.datetime):
        in_utc = value if value.tzinfo is datetime.UTC else value.astimezone(datetime.UTC)
        return f"{in_utc.isoformat(timespec='seconds')[:-6]}Z"
    return value.isoformat() if isinstance(value, datetime.date) else value


PLAIN = {str, int, float, bool, type(None)}  # most values of most rows, and as JSON has them
