"""Wards and districts that are no longer, by whose names people still give addresses: loaded from a pack's table."""

from gis_data.models import FormerPart, FormerUnit, Level
from gis_data.pack import Faulty, doubled
from gis_data.words import plain

COLUMNS = ["level", "code", "full_name", "district", "areas"]
LEVELS = {level.name.lower(): level for level in Level}
How = FormerPart.How


def load(city, pack, areas) -> int | None:
    """Put the pack's former units in the place of those loaded before; returns how many, None where it names none.

    `areas` (official code → Area) are those that they went into. Raises Faulty with every fault of the tables.
    """
    spec = pack.section("former_units", ["file"])
    if spec is None:
        return None
    names = [spec["file"]] if isinstance(spec["file"], str) else spec["file"]
    rows = [row | {"file": name} for name in names for row in pack.rows(name, COLUMNS)]
    check(rows, areas)
    city.former_units.all().delete()
    units = FormerUnit.objects.bulk_create(
        FormerUnit(
            city=city,
            level=LEVELS[row["level"]],
            code=row["code"],
            full_name=row["full_name"],
            district=row["district"],
            search=plain(f"{row['full_name']} {row['district']}"),
        )
        for row in rows
    )
    FormerPart.objects.bulk_create(
        FormerPart(former=unit, area=areas[code], how=how)
        for unit, row in zip(units, rows, strict=True)
        for code, how in parts(row["areas"].split())
    )
    return len(units)


def parts(codes):
    """How a unit went into these areas: into one as a whole, into several the main part first."""
    hows = [How.WHOLE] if len(codes) == 1 else [How.MAIN] + [How.PART] * (len(codes) - 1)
    return zip(codes, hows, strict=True)


def check(rows, areas):
    twice = doubled((row["level"], row["code"]) for row in rows)
    faults = [f"Former units: the {level} {code} stands more than once." for level, code in twice]
    for row in rows:
        where, codes = f"{row['file']} line {row['line']}", row["areas"].split()
        faults += [f"{where}: {key} is empty." for key in ("code", "full_name", "areas") if not row[key]]
        if row["level"] not in LEVELS:
            faults.append(f"{where}: there is no level {row['level']!r}.")
        faults += [f"{where}: there is no area {code}." for code in codes if code not in areas]
        faults += [f"{where}: the area {code} stands more than once." for code in doubled(codes)]
    if faults:
        raise Faulty(*faults)
