"""Parse and validate query parameters (`?limit=10&bbox=…`) and report all faults in one QueryError.

A question with several parameters is a QueryForm, which names all faults at once. A single parameter can be read by its
field alone: `DAY.read(text)`.
"""

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.gis.geos import Polygon
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

BIGGEST = 2**63 - 1  # what a key of PostgreSQL holds


class QueryError(Exception):
    """A request that cannot be answered. `faults`: a sentence each; `status`: the HTTP status.

    `again_s`: the seconds after which it may be asked again, where that is known.
    """

    def __init__(self, *faults: object, status: int = 400, again_s: int = 0):
        self.faults = tuple(str(fault) for fault in faults)
        self.status, self.again_s = status, again_s
        super().__init__(" ".join(self.faults))


def read_together(*readings: Callable[[], Any]) -> list[Any]:
    """Call all readers and return their results. Raises one QueryError with all faults."""
    read, faults = [], []
    for reading in readings:
        try:
            read.append(reading())
        except QueryError as error:
            faults += error.faults
    if faults:
        raise QueryError(*faults)
    return read


def read_number(text: str | None, *, at_most: int = BIGGEST) -> int | None:
    if not (text and text.isascii() and text.isdigit() and len(text) <= len(str(at_most))):
        return None
    number = int(text)
    return number if number <= at_most else None


class QueryField(forms.Field):
    """A query parameter. Subclasses implement `parse`, which raises ValueError for a bad text.

    `fault` is the sentence for a bad text, with `params` in it; `default` (or what it returns) is meant where the
    parameter is missing or empty. With `reads_empty` an empty text is read like any other.
    """

    def __init__(
        self,
        fault: "StrOrPromise",
        *,
        params: dict[str, Any] | None = None,
        default: Any = None,
        reads_empty: bool = False,
    ):
        super().__init__(required=False, error_messages={"invalid": fault})
        self.params, self.default = params, default
        if reads_empty:
            self.empty_values = [None]

    def to_python(self, value: str | None) -> Any:
        if value is None or value in self.empty_values:
            return self.default() if callable(self.default) else self.default
        try:
            return self.parse(value)
        except (ValueError, OverflowError):
            raise self.refusal() from None

    def refusal(self, code: str = "invalid") -> ValidationError:
        return ValidationError(self.error_messages[code], code, self.params)

    def parse(self, text: str) -> Any:
        raise NotImplementedError

    def read(self, text: Any) -> Any:
        try:
            return self.clean(text)
        except ValidationError as error:
            raise QueryError(*error.messages) from None


class NumberField(QueryField):
    """A whole number in ASCII digits from `at_least` to `at_most`; both are parameters of the fault."""

    def __init__(self, fault: "StrOrPromise", *, at_least: int = 0, at_most: int = BIGGEST, **more: Any):
        super().__init__(fault, params={"least": at_least, "most": at_most}, **more)
        self.at_least, self.at_most = at_least, at_most

    def parse(self, text: str) -> int:
        number = read_number(text, at_most=self.at_most)
        if number is None or number < self.at_least:
            raise ValueError(text)
        return number


class FloatField(QueryField):
    """A finite number from `at_least` to `at_most`. `out_of_range`: the fault of an infinite or excessive one."""

    def __init__(
        self,
        fault: "StrOrPromise",
        *,
        at_least: float = -math.inf,
        at_most: float = math.inf,
        out_of_range: "StrOrPromise" = "",
        **more: Any,
    ):
        super().__init__(fault, **more)
        self.error_messages["out_of_range"] = out_of_range or fault
        self.at_least, self.at_most = at_least, at_most

    def parse(self, text: str) -> float:
        number = float(text)
        if not (math.isfinite(number) and self.at_least <= number <= self.at_most):
            raise self.refusal("out_of_range")
        return number


class TextField(QueryField):
    """A text of at most `at_most` characters; "" where it is missing."""

    def __init__(self, fault: "StrOrPromise", *, at_most: int, default: str | None = "", **more: Any):
        super().__init__(fault, params={"n": at_most, "most": at_most}, default=default, **more)
        self.at_most = at_most

    def parse(self, text: str) -> str:
        if len(text) > self.at_most or "\0" in text:
            raise ValueError(text)
        return text


class DayField(QueryField):
    """A day in ISO 8601: 2025-07-01."""

    def parse(self, text: str) -> date:
        return date.fromisoformat(text)


class PointField(QueryField):
    """(longitude, latitude) in degrees, written `106.7,10.8`."""

    def parse(self, text: str) -> tuple[float, float]:
        lon, lat = (float(number) for number in text.split(","))
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise ValueError(text)
        return lon, lat


class BboxField(QueryField):
    """A box `west,south,east,north` in degrees as a Polygon in EPSG:4326.

    `out_of_range` is the fault of four numbers that are no box; with `may_be_flat` a line or a point is one.
    """

    def __init__(
        self, fault: "StrOrPromise", *, out_of_range: "StrOrPromise" = "", may_be_flat: bool = False, **more: Any
    ):
        super().__init__(fault, **more)
        self.error_messages["out_of_range"] = out_of_range or fault
        self.may_be_flat = may_be_flat

    def parse(self, text: str) -> Polygon:
        west, south, east, north = (float(part) for part in text.split(","))
        is_flat = west == east or south == north
        is_inside = -180 <= west <= east <= 180 and -90 <= south <= north <= 90  # False for NaN, too
        if not is_inside or (is_flat and not self.may_be_flat):
            raise self.refusal("out_of_range")
        box = Polygon.from_bbox((west, south, east, north))
        box.srid = 4326
        return box


class OneOfField(QueryField):
    """One of the words of `known` (or what it returns); the fault lists them as `these`."""

    def __init__(
        self,
        known: Collection[str] | Callable[[], Collection[str]],
        fault: "StrOrPromise",
        *,
        params: dict[str, Any] | None = None,
        **more: Any,
    ):
        super().__init__(fault, params=params, **more)
        self.known = known

    def known_words(self) -> Collection[str]:
        return self.known() if callable(self.known) else self.known

    def refusal(self, code: str = "invalid") -> ValidationError:
        these = ", ".join(word for word in self.known_words() if word)
        return ValidationError(self.error_messages[code], code, {"these": these} | (self.params or {}))

    def parse(self, text: str) -> str:
        if text not in self.known_words():
            raise ValueError(text)
        return text


class SortField(OneOfField):
    """A column to sort by; descending with a leading `-`."""

    def parse(self, text: str) -> str:
        super().parse(text.removeprefix("-"))
        return text


class RowField(QueryField):
    """The row of `rows()` whose field `by` equals the text."""

    def __init__(self, rows: Callable[[], QuerySet], fault: "StrOrPromise", *, by: str = "code", **more: Any):
        super().__init__(fault, **more)
        self.rows, self.by = rows, by

    def parse(self, text: str) -> Model:
        row = None if "\0" in text else self.rows().filter(**{self.by: text}).first()
        if row is None:
            raise ValueError(text)
        return row


class QueryForm(forms.Form):
    """A set of query parameters. `QueryForm(request.GET).read()` returns the values or raises QueryError."""

    names: Mapping[str, str] = {}  # how a parameter is called whose field must be called otherwise
    also_known: Iterable[str] = ()  # parameters that another reader reads
    only_known = False  # a parameter without a field is a fault
    only_once = False  # a parameter that is given twice is a fault
    faults_name_fields = False  # each sentence begins with the name of its parameter

    def add_prefix(self, field_name: str) -> str:
        return self.names.get(field_name, field_name)

    def read(self) -> dict[str, Any]:
        """Return the value of each field. Raises QueryError with every fault."""
        faults = [*self.faults_of_names(), *self.faults_of_values()]
        if faults:
            raise QueryError(*faults)
        return self.cleaned_data

    def faults_of_names(self) -> list[str]:
        known = {*map(self.add_prefix, self.fields), *self.also_known}
        unknown = unknown_parameters(self.data, known) if self.only_known else []
        return unknown + (repeated_parameters(self.data) if self.only_once else [])

    def faults_of_values(self) -> list[str]:
        return [
            f"{self.add_prefix(name)}: {fault}" if self.faults_name_fields and name != NON_FIELD_ERRORS else str(fault)
            for name, faults in self.errors.items()
            for fault in faults
        ]


def unknown_parameters(parameters: Mapping[str, str], known: Iterable[str]) -> list[str]:
    words = ", ".join(sorted(known))
    return [
        _("There is no parameter %(name)s here; there are: %(known)s.") % {"name": name[:40], "known": words}
        for name in parameters
        if name not in known
    ]


def repeated_parameters(parameters: Any) -> list[str]:
    return [_("%(name)s: given twice.") % {"name": name} for name in parameters if len(parameters.getlist(name)) > 1]
