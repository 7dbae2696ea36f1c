"""Which attribute of a boundary file is what, guessed by names and by content. Pure: no database.

What is known of the city helps: codes and kinds that areas have or had are recognised. An attribute that is named like
one of a deeper or higher level is not taken for one of this level.
"""

import unicodedata
from dataclasses import dataclass

import geopandas
import numpy
import pandas

from gis_data.words import plain, tidy

NEEDED = ("code", "name")
FIELDS = ("code", "name", "full_name", "full_name_en", "kind", "declared_km2", "parent")

# How attributes are called, the surest first; compared without blanks, marks and case.
LEVEL_WORDS = {"ward": ["ward", "xa", "phuong", "phuongxa", "commune"], "district": ["district", "huyen", "quan"],
               "city": ["province", "tinh", "thanhpho", "city"]}  # fmt: skip
ABOVE = {"ward": "district", "district": "city", "city": ""}
CALLED = {
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
class Known:
    """What is known of the city's areas, past and present, of the level that is read."""

    codes: frozenset = frozenset()
    kinds: frozenset = frozenset()


def guess(table, level, known):
    """{field: column} as far as it is sure; `level` is ward, district or city."""
    columns = {column: like(column) for column in table.columns.drop(table.geometry.name)}
    found = {}
    for name in FIELDS:
        called = names_of(name, level)
        hits = sorted((called.index(key), column) for column, key in columns.items() if key in called)
        if hits:
            found[name] = hits[0][1]
    by_codes = coded(table, columns, known)
    if by_codes and share_known(table[by_codes], known) > share_known(table.get(found.get("code")), known):
        found["code"] = by_codes
    if "code" not in found and by_codes is None and (only := alone(table, columns, code_like)):
        found["code"] = only
    if not {"name", "full_name"} & found.keys():
        begins = [column for column in columns if begins_with_kind(table[column], known) > 0.5]
        if len(begins) == 1:
            found["name"] = begins[0]
    if "name" in found and "full_name" not in found and begins_with_kind(table[found["name"]], known) > 0.5:
        found["full_name"] = found["name"]
    if "full_name" in found:
        found.setdefault("name", found["full_name"])
    return found


def names_of(name, level):
    """How this attribute may be called in a file of this level, the surest first."""
    words, above = LEVEL_WORDS[level], LEVEL_WORDS.get(ABOVE[level], [])
    special = {
        "code": [form for word in words for form in (f"{word}code", f"ma{word}", f"{word}id")],
        "name": [form for word in words for form in (f"{word}name", f"ten{word}", word)],
        "parent": [form for word in above for form in (f"{word}code", f"ma{word}")],
    }
    return special.get(name, []) + CALLED[name]


def like(column):
    return "".join(c for c in plain(str(column)) if c.isalnum())


def coded(table, columns, known):
    """The attribute in which codes stand that the city knows; most of them."""
    shares = {column: share_known(table[column], known) for column in columns}
    best = max(shares, key=shares.__getitem__, default=None)
    return best if best is not None and shares[best] > 0.5 else None


def share_known(values, known):
    return 0.0 if values is None or not len(values) else values.map(text).isin(known.codes).mean()


def alone(table, columns, fits):
    """The one attribute that fits; None where there are several or none."""
    found = [column for column in columns if fits(table[column])]
    return found[0] if len(found) == 1 else None


def code_like(values):
    """Different short words with a digit, one for each row."""
    words = values.map(text)
    return len(words) > 0 and words.is_unique and words.str.fullmatch(r"(?=.*\d)[\w.-]{1,20}").all()


def begins_with_kind(values, known):
    """The share of texts that begin with a kind of unit."""
    return values.map(lambda value: bool(kind_of(text(value), known))).mean() if len(values) else 0.0


def kind_of(full_name, known):
    """The kind with which a full name begins, as it is commonly written, or an empty text."""
    words = full_name.casefold()
    fits = [kind for kind in {*KINDS, *known.kinds} if words.startswith(f"{kind.casefold()} ")]
    return max(fits, key=len, default="")


def text(value):
    """A value of a table as tidy text, codes that are held as numbers too."""
    if value is None or value is pandas.NA or value is pandas.NaT or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return tidy(unicodedata.normalize("NFC", str(value).encode("utf-8", "replace").decode()).replace("\n", " "))


def units(table, chosen, known, drawn):
    """The table of the areas as the check and the database want it. `drawn`: how large they are as drawn, in km²."""

    def column(name):
        return table[chosen[name]].map(text) if name in chosen else pandas.Series("", index=table.index)

    columns = zip(column("name"), column("full_name"), column("kind"), strict=True)
    rows = [named(name, full_name, kind, known) for name, full_name, kind in columns]
    result = pandas.DataFrame(rows, index=table.index, columns=["name", "full_name", "kind"])
    english = [
        given or (in_english(name, KINDS[kind]) if kind in KINDS else "")
        for given, name, kind in zip(column("full_name_en"), result.name, result.kind, strict=True)
    ]
    result = result.assign(code=column("code"), full_name_en=english, parent=column("parent"))
    result["declared_km2"] = in_km2(numbers(column("declared_km2")), drawn)
    return geopandas.GeoDataFrame(result, geometry=table.geometry.rename("geometry"))


def named(name, full_name, kind, known):
    """Name, full name and kind, as far as each follows from the others."""
    whole = kind_of(name, known) or not kind or says_kind(name, kind)
    full_name = full_name or (name if whole else f"{kind} {name}".strip())
    kind = kind or kind_of(full_name, known)
    short = name or full_name
    if kind and short.casefold().startswith(f"{kind.casefold()} "):
        short = short[len(kind) :].strip()
    return short, full_name, kind


def says_kind(name, kind):
    """Whether a name says already what it is: `District 1`, `Wharf Ward`."""
    words, what = name.casefold(), kind.casefold()
    return words.startswith(f"{what} ") or words.endswith(f" {what}")


def in_english(name, kind):
    """`Wharf Ward`, but `District 1`."""
    return f"{kind} {name}" if name[:1].isdigit() else f"{name} {kind}"


def numbers(texts):
    """Numbers above zero, NaN for what is none; a comma may stand for the decimal point."""
    values = pandas.to_numeric(texts.str.replace(",", "."), errors="coerce").astype(float)
    return values.where(numpy.isfinite(values) & (values > 0))


def in_km2(values, drawn):
    """Declared areas in km², whatever unit they are declared in, by comparison with what is drawn."""
    with numpy.errstate(all="ignore"):
        ratio = (values / drawn).median()
    if not ratio > 0:
        return values
    return values * min(UNITS, key=lambda unit: abs(numpy.log10(ratio * unit)))


def described(table):
    """The attributes with samples of what stands there, for a person to choose from."""
    return [
        {"name": str(column), "samples": list(dict.fromkeys(filter(None, table[column].head(200).map(text))))[:5]}
        for column in table.columns.drop(table.geometry.name)
    ]
