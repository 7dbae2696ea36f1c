"""Load former wards and districts, by whose names people still give addresses, from a pack's table."""

from collections import defaultdict

from django.utils.timezone import localdate

from gis_data.models import Area, City, FormerPart, FormerUnit, Level, Succession
from gis_data.pack import InvalidData, Pack, duplicates
from gis_data.words import plain

COLUMNS = ["level", "code", "full_name", "district", "areas"]
LEVELS = {level.name.lower(): level for level in Level}
How = FormerPart.How
ASTRAY = 0.05  # the table may leave out this share of a former unit's land
NOTHING = 0.01  # and a part that it names has more than this share of it


def load_former_units(city: City, pack: Pack, areas: dict[str, Area]) -> int | None:
    """Replace the former units by the pack's; returns how many, None where the pack has none.

    `areas` (official code → Area) are those that they went into. Raises InvalidData with every fault of the tables.
    """
    spec = pack.section("former_units", ["file"])
    if spec is None:
        return None
    names = spec["file"] if isinstance(spec["file"], list) else [spec["file"]]
    rows = [row | {"file": name} for name in names for row in pack.read_rows(name, COLUMNS)]
    check_rows(rows, areas)
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
        for code, how in parts_of_unit(row["areas"].split())
    )
    return len(units)


def parts_of_unit(codes):
    hows = [How.WHOLE] if len(codes) == 1 else [How.MAIN] + [How.PART] * (len(codes) - 1)
    return zip(codes, hows, strict=True)


def check_rows(rows, areas):
    twice = duplicates((row["level"], row["code"]) for row in rows)
    faults = [f"Former units: the {level} {code} is listed more than once." for level, code in twice]
    for row in rows:
        where, codes = f"{row['file']} line {row['line']}", row["areas"].split()
        faults += [f"{where}: {key} is empty." for key in ("code", "full_name", "areas") if not row[key]]
        if row["level"] not in LEVELS:
            faults.append(f"{where}: there is no level {row['level']!r}.")
        faults += [f"{where}: there is no area {code}." for code in codes if code not in areas]
        faults += [f"{where}: the area {code} is listed more than once." for code in duplicates(codes)]
    if faults:
        raise InvalidData(*faults)


def find_disagreements(city: City) -> list[str]:
    """Compare the table of former units with their boundaries; returns a sentence for each difference.

    A unit is compared if an edition that was in force has an area of its level with its code, or its name and district,
    and that area's successions are stored (`succession.compute_successions`).
    """
    drawn = shares_by_unit(city)
    units = city.former_units.prefetch_related("parts__area").order_by("level", "code")
    return [sentence for unit in units if (sentence := describe_disagreement(unit, drawn))]


def shares_by_unit(city):
    """Return {(level, code) or (level, full name, district's full name): {area in force: share of the unit}}."""
    rows = (
        Succession.objects.filter(new__in=Area.objects.on(localdate()), old__edition__city=city)
        .filter(old__edition__in_force__endswith__lte=localdate(), old__edition__approximate=False)
        .filter(new__edition__approximate=False)
        .select_related("old__parent", "new")
        .defer(*(f"{side}__{name}" for side in ("old", "old__parent", "new") for name in ("shape", "outline")))
        .order_by("old__edition__in_force", "-share_old")
    )
    shares = defaultdict(dict)
    for row in rows:
        old, district = row.old, row.old.parent.full_name if row.old.parent else ""
        shares[old.level, old.code][row.new] = row.share_old
        shares[old.level, old.full_name, district][row.new] = row.share_old
    return shares


def describe_disagreement(unit, drawn):
    shares = drawn.get((unit.level, unit.code)) or drawn.get((unit.level, unit.full_name, unit.district))
    if not shares:
        return ""
    parts = sorted(unit.parts.all(), key=lambda part: (part.how == How.PART, part.pk))
    named = [part.area for part in parts]
    level = max(area.level for area in named)
    shares = {area: share for area, share in shares.items() if area.level == level}
    astray = sum(share for area, share in shares.items() if area not in named)
    largest = max(shares, key=shares.__getitem__, default=None)
    ranked = unit.level == Level.WARD  # of a district no part is the main one
    main_is_wrong = (
        ranked and largest in named and largest != named[0] and shares[largest] > shares.get(named[0], 0) + ASTRAY
    )
    if astray <= ASTRAY and not main_is_wrong and all(shares.get(area, 0) >= NOTHING for area in named):
        return ""
    listed_shares = ", ".join(f"{area.full_name} {share:.0%}" for area, share in shares.items() if share >= NOTHING)
    name = f"{unit.full_name}, {unit.district}" if unit.district else unit.full_name
    table = ", ".join(area.full_name for area in named)
    return f"{name} ({unit.code}): the table has it in {table}; by the boundaries it lies in {listed_shares or 'none'}."
