"""Guess which attribute of a boundary file holds code, name, kind and so on. Pure functions.

Codes and kinds that the city's areas have or had are recognised. An attribute named like one of another level is not
taken for this level.
"""

import unicodedata
from dataclasses import dataclass
from typing import Any

import geopandas
import numpy
import pandas

from gis_data.words import plain, tidy

NEEDED = ("code", "name")
FIELDS = ("code", "name", "full_name", "full_name_en", "kind", "declared_km2", "parent")

# How attributes are called, the surest first; compared without blanks, marks and case.
LEVEL_WORDS = {"ward": ["ward", "xa", "phuong", "phuongxa", "commune"], "district": ["district", "huyen", "quan"],
               "city": ["province", "tinh", "thanhpho", "city"]}  # fmt: skip
LEVEL_ABOVE = {"ward": "district", "district": "city", "city": ""}
COLUMN_NAMES = {
    "code": ["code", "ma", "madvhc", "madonvi", "unitcode", "gsocode", "officialcode", "mahc", "codigo"],
    "name": ["name", "ten", "shortname", "unitname", "tendvhc", "tendonvi", "nome", "namevi"],
    "full_name": ["fullname", "tendaydu", "officialname", "longname", "tendd", "nomecompleto"],
    "full_name_en": ["fullnameen", "nameen", "ennname", "englishname", "tentienganh"],
    "kind": ["kind", "type", "loai", "capdvhc", "capdonvi", "unittype", "tipo", "cap"],
    "declared_km2": ["declaredareakm2", "declaredkm2", "areakm2", "dientichkm2", "dientich", "declaredarea", "dtkm2"],
    "parent": ["parent", "parentcode", "macha", "matren"],
}
# Kinds of Vietnamese units; those of other countries are learnt from the areas that are loaded.
KINDS = {
    "Phường": "Ward", "Xã": "Commune", "Thị trấn": "Township", "Đặc khu": "Special Zone", "Quận": "District",
    "Huyện": "District", "Thị xã": "Town", "Thành phố": "City", "Tỉnh": "Province",
}  # fmt: skip
UNITS = (1.0, 0.01, 1e-6)  # declared areas stand in km², hectares or m²


@dataclass(frozen=True)
class KnownAreas:
    """Codes and kinds of the city's areas of this level, past and present."""

    codes: frozenset = frozenset()
    kinds: frozenset = frozenset()


def guess_columns(table: geopandas.GeoDataFrame, level: str, known: KnownAreas) -> dict[str, str]:
    """Return {field: column} as far as it is certain; `level` is ward, district or city."""
    columns = {column: normalized_column_name(column) for column in table.columns.drop([table.geometry.name])}
    columns_by_role = {}
    for name in FIELDS:
        called = possible_column_names(name, level)
        hits = sorted((called.index(key), column) for column, key in columns.items() if key in called)
        if hits:
            columns_by_role[name] = hits[0][1]
    by_codes = find_code_column(table, columns, known)
    if by_codes and share_known(table[by_codes], known) > share_known(table.get(columns_by_role.get("code")), known):
        columns_by_role["code"] = by_codes
    if (
        "code" not in columns_by_role
        and by_codes is None
        and (only := only_fitting_column(table, columns, look_like_codes))
    ):
        columns_by_role["code"] = only
    if not {"name", "full_name"} & columns_by_role.keys():
        begins = [column for column in columns if share_beginning_with_kind(table[column], known) > 0.5]
        if len(begins) == 1:
            columns_by_role["name"] = begins[0]
    if (
        "name" in columns_by_role
        and "full_name" not in columns_by_role
        and share_beginning_with_kind(table[columns_by_role["name"]], known) > 0.5
    ):
        columns_by_role["full_name"] = columns_by_role["name"]
    if "full_name" in columns_by_role:
        columns_by_role.setdefault("name", columns_by_role["full_name"])
    return columns_by_role


def possible_column_names(name, level):
    words, above = LEVEL_WORDS[level], LEVEL_WORDS.get(LEVEL_ABOVE[level], [])
    special = {
        "code": [form for word in words for form in (f"{word}code", f"ma{word}", f"{word}id")],
        "name": [form for word in words for form in (f"{word}name", f"ten{word}", word)],
        "parent": [form for word in above for form in (f"{word}code", f"ma{word}")],
    }
    return special.get(name, []) + COLUMN_NAMES[name]


def normalized_column_name(column):
    return "".join(c for c in plain(str(column)) if c.isalnum())


def find_code_column(table, columns, known):
    shares = {column: share_known(table[column], known) for column in columns}
    best = max(shares, key=shares.__getitem__, default=None)
    return best if best is not None and shares[best] > 0.5 else None


def share_known(values, known):
    return 0.0 if values is None or not len(values) else values.map(cell_text).isin(known.codes).mean()


def only_fitting_column(table, columns, fits):
    fitting = [column for column in columns if fits(table[column])]
    return fitting[0] if len(fitting) == 1 else None


def look_like_codes(values):
    words = values.map(cell_text)
    return len(words) > 0 and words.is_unique and words.str.fullmatch(r"(?=.*\d)[\w.-]{1,20}").all()


def share_beginning_with_kind(values, known):
    return values.map(lambda value: bool(kind_of(cell_text(value), known))).mean() if len(values) else 0.0


def kind_of(full_name, known):
    words = full_name.casefold()
    fits = [kind for kind in {*KINDS, *known.kinds} if words.startswith(f"{kind.casefold()} ")]
    return max(fits, key=len, default="")


def cell_text(value):
    if value is None or value is pandas.NA or value is pandas.NaT or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return tidy(unicodedata.normalize("NFC", str(value).encode("utf-8", "replace").decode()).replace("\n", " "))


def read_units(
    table: geopandas.GeoDataFrame, chosen: dict[str, str], known: KnownAreas, drawn: Any
) -> geopandas.GeoDataFrame:
    def column(name):
        return table[chosen[name]].map(cell_text) if name in chosen else pandas.Series("", index=table.index)

    columns = zip(column("name"), column("full_name"), column("kind"), strict=True)
    rows = [complete_names(name, full_name, kind, known) for name, full_name, kind in columns]
    result = pandas.DataFrame(rows, index=table.index, columns=["name", "full_name", "kind"])
    english = [
        english_name or (english_full_name(name, KINDS[kind]) if kind in KINDS else "")
        for english_name, name, kind in zip(column("full_name_en"), result.name, result.kind, strict=True)
    ]
    result = result.assign(code=column("code"), full_name_en=english, parent=column("parent"))
    result["declared_km2"] = declared_in_km2(positive_numbers(column("declared_km2")), drawn)
    return geopandas.GeoDataFrame(result, geometry=table.geometry.rename("geometry"))


def complete_names(name, full_name, kind, known):
    whole = kind_of(name, known) or not kind or name_includes_kind(name, kind)
    full_name = full_name or (name if whole else f"{kind} {name}".strip())
    kind = kind or kind_of(full_name, known)
    short = name or full_name
    if kind and short.casefold().startswith(f"{kind.casefold()} "):
        short = short[len(kind) :].strip()
    return short, full_name, kind


def name_includes_kind(name, kind):
    words, what = name.casefold(), kind.casefold()
    return words.startswith(f"{what} ") or words.endswith(f" {what}")


def english_full_name(name, kind):
    return f"{kind} {name}" if name[:1].isdigit() else f"{name} {kind}"


def positive_numbers(texts):
    values = pandas.to_numeric(texts.str.replace(",", "."), errors="coerce").astype(float)
    return values.where(numpy.isfinite(values) & (values > 0))


def declared_in_km2(values, drawn):
    """Return declared areas in km², guessing their unit from the drawn areas."""
    with numpy.errstate(all="ignore"):
        ratio = (values / drawn).median()
    if not ratio > 0:
        return values
    return values * min(UNITS, key=lambda unit: abs(numpy.log10(ratio * unit)))


def describe_columns(table: geopandas.GeoDataFrame) -> list[dict[str, Any]]:
    return [
        {"name": str(column), "samples": list(dict.fromkeys(filter(None, table[column].head(200).map(cell_text))))[:5]}
        for column in table.columns.drop([table.geometry.name])
    ]
