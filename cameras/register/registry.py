"""Import cameras from a file or a pack: plan the changes first, then apply all of them or none."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from cameras.capture import addresses
from cameras.models import Camera, Source, View
from cameras.register.entries import cell_text, read_entries, read_rows
from cameras.register.fields_of_view import footprint, update_footprints
from geoapp.crypto import vault
from geoapp.db import locks
from gis_data.pack import InvalidData, Pack, check_keys, duplicates, float_or_nan
from gis_data.services import open_data
from gis_data.words import tidy

MARGIN = 0.05  # degrees beyond the city's areas in which one of its cameras may stand
NEEDED = ("name", "place")  # what a camera cannot be without


@dataclass
class Change:
    """The change of one camera: [(name of the field, before, afterwards)], in words for people, without secrets."""

    code: str
    name: str
    lines: list = field(default_factory=list)


@dataclass
class Plan:
    """The changes that a file would make to the register."""

    new: list = field(default_factory=list)
    changed: list = field(default_factory=list)
    retired: list = field(default_factory=list)
    same: int = 0
    rows: list = field(default_factory=list)  # the cameras to be kept, each as (Camera, View or None)

    @property
    def has_changes(self):
        return bool(self.new or self.changed or self.retired)


def plan_file(data: bytes, name: str, whole: bool = False) -> Plan:
    """Return the plan of a file (bytes). `whole`: it is the whole register, and cameras that are not in it are retired.

    Raises InvalidData with all that is wrong with it.
    """
    return plan_entries(read_entries(read_rows(data, name), bounds()), whole=whole)


def bounds() -> tuple[float, float, float, float]:
    west, south, east, north = open_data.extent()
    return west - MARGIN, south - MARGIN, east + MARGIN, north + MARGIN


def plan_entries(entries, whole=False, keep_verified=False):
    """Return the plan of these entries; nothing is written. Raises InvalidData.

    `keep_verified`: a view that a person compared with the picture stays as that person left it.
    """
    known = {camera.code: camera for camera in Camera.objects.select_related("source")}
    views = {view.camera_id: view for view in View.objects.filter(current=True)}
    sources = {source.code: source for source in Source.objects.all()}
    plan, faults = Plan(), []
    for entry in entries:
        camera = known.get(entry.code)
        wrong = entry.wrong or entry_faults(entry, camera, sources)
        faults += [f"{entry.where}: {fault}" for fault in wrong]
        if faults:
            continue
        view = views.get(camera.pk) if camera else None
        change = apply_entry(entry, camera or Camera(code=entry.code), view, sources, plan, keep_verified)
        if not camera:
            plan.new.append(change)
        elif change.lines:
            plan.changed.append(change)
        else:
            plan.same += 1
    if faults:
        raise InvalidData(*faults)
    if whole:
        here = {entry.code for entry in entries}
        left = sorted((row for row in known.values() if row.active and row.code not in here), key=lambda row: row.code)
        plan.retired = [Change(row.code, row.name) for row in left]
    return plan


def entry_faults(entry, camera, sources):
    if not camera and (missing := [name for name in NEEDED if name not in entry.camera]):
        titles = {"name": "name", "place": "longitude, latitude"}
        names = ", ".join(titles[name] for name in missing)
        return [_("%(code)s is new and has no %(names)s.") % {"code": entry.code, "names": names}]
    if entry.source and entry.source not in sources:
        return [_("there is no source with the code %(code)s.") % {"code": entry.source[:40]}]
    source = (sources.get(entry.source) if entry.source is not None else camera and camera.source) or None
    if camera and entry.source is None and not {"url", "kind"} & entry.camera.keys():
        return []  # nothing of its address is touched
    values = ({"url": camera.url, "kind": camera.kind} if camera else {}) | entry.camera
    networks = source.networks if source else ()
    return addresses.address_faults(values.get("url", ""), values.get("kind", Camera.Kind.JPEG), networks)


def apply_entry(entry, camera, view, sources, plan, keep_verified):
    values = dict(entry.camera) | {"active": True}
    if entry.source is not None:
        values["source"] = sources.get(entry.source)
    lines = [
        (name, value_text(getattr(camera, name)), value_text(value))
        for name, value in values.items()
        if getattr(camera, name) != value and not same_place(getattr(camera, name), value)
    ]
    for name, value in values.items():
        setattr(camera, name, value)
    if entry.secret and entry.secret != unlock_secret(camera.credentials):
        camera.credentials = vault.encrypt(entry.secret)
        lines.append(("credentials", "", _("new")))
    if not view and any(value is not None for value in entry.view.values()):
        view = View()
    lines += apply_view(entry, view, keep_verified)
    if view and lines:
        view.camera = camera
        view.footprint = footprint(view)
    if lines or not camera.pk:
        plan.rows.append((camera, view))
    return Change(camera.code, camera.name, lines)


def apply_view(entry, view, keep_verified):
    """Change a view as the entry says and return what changes; the view then counts as not compared by a person."""
    if not view or (keep_verified and view.verified):
        return []
    lines = [
        (name, value_text(getattr(view, name)), value_text(value))
        for name, value in entry.view.items()
        if getattr(view, name) != value
    ]
    for name, value in entry.view.items():
        setattr(view, name, value)
    view.verified = view.verified and not lines
    return lines


def same_place(before, after):
    """Return whether two points are the same place, to a tenth of a metre."""
    return hasattr(after, "coords") and hasattr(before, "coords") and before.equals_exact(after, 1e-6)


def unlock_secret(locked):
    try:
        return vault.decrypt(locked)
    except vault.CannotDecrypt:
        return None


def value_text(value):
    if value is None or value == "":
        return ""
    if hasattr(value, "coords"):
        return f"{value.y:.6f}, {value.x:.6f}"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)


@transaction.atomic
def carry_out_plan(make: Callable[[], Plan]) -> Plan:
    """Plan and apply the changes in one transaction under a lock. `make()` plans for the register as it is then."""
    locks.hold(locks.Lock.CITY)
    plan = make()
    new = [camera for camera, _view in plan.rows if not camera.pk]
    old = [camera for camera, _view in plan.rows if camera.pk]
    Camera.objects.bulk_create(new, batch_size=500)
    Camera.objects.bulk_update(old, CAMERA_COLUMNS, batch_size=500)
    for camera, view in plan.rows:
        if view:
            view.camera = camera
    views = [view for _camera, view in plan.rows if view]
    seen_before = [view for view in views if view.pk]
    View.objects.bulk_create([view for view in views if not view.pk], batch_size=500)
    View.objects.bulk_update(seen_before, VIEW_COLUMNS, batch_size=500)
    update_footprints(View.objects.filter(camera__in=[camera.pk for camera in old], current=False))
    Camera.objects.filter(code__in=[change.code for change in plan.retired]).update(active=False)
    return plan


# The columns that a file or a person writes; what the patrol writes meanwhile stays.
CAMERA_COLUMNS = [
    "name", "road", "place", "height_m", "source", "kind", "url", "credentials", "period_s", "public", "active",
]  # fmt: skip
VIEW_COLUMNS = ["bearing_deg", "angle_deg", "range_m", "verified", "footprint"]


# ---- from a city's pack


def load_pack(pack: Pack) -> int | None:
    """Load a pack's register; return the number of cameras, or None without a pack or file (nothing changes then).

    A camera keeps its row, frames and evidence while its code stays; a camera missing from the register becomes
    inactive. Fields that the pack does not have, as addresses or bearings, stay as they are set here.
    """
    spec = pack.section("cameras", ["file", "code", "name", "longitude", "latitude", "attribution"])
    records = pack.read_records(spec["file"]) if spec else None
    if not spec or records is None:
        return None
    check_records(spec["file"], spec, records, pack)
    with transaction.atomic():
        store_sources(spec)
        entries = read_entries(pack_rows(spec, records), pack.bounds)
        carry_out_plan(lambda: plan_entries(entries, whole=True, keep_verified=True))
    return len(records)


def store_sources(spec):
    faults = []
    for source in spec.get("sources", []):
        check_keys("city.toml [[cameras.sources]]", source, ["code", "name"])
        faults += [
            f"city.toml [[cameras.sources]]: {fault}" for fault in addresses.network_faults(source.get("networks", []))
        ]
    if faults:
        raise InvalidData(*faults)
    for source in spec.get("sources", []):
        values = {
            name: source[name] for name in ("name", "owner", "networks", "at_once", "quickest_s") if name in source
        }
        Source.objects.update_or_create(code=source["code"], defaults=values)


OPTIONAL = ("road", "height", "source", "kind", "public", "bearing", "angle", "range")  # whose keys a pack may name


def pack_rows(spec, records):
    named = {column: spec[column] for column in ("code", "name", "longitude", "latitude", *OPTIONAL) if column in spec}
    same = {"period": str(spec.get("period_s", 30))}
    if "source" not in spec and len(spec.get("sources", [])) == 1:
        same["source"] = spec["sources"][0]["code"]
    rows = []
    for n, record in enumerate(records, 1):
        row = {column: cell_text(record.get(key)) for column, key in named.items()} | same
        row["name"] = tidy(row["name"])[:150]
        if spec.get("url"):
            row["url"] = spec["url"].format_map(record)
        rows.append((f"{spec['file']} record {n}", row))
    return rows


def check_records(name, spec, records, pack):
    """Raise InvalidData with every record that lacks a field, or stands outside the city."""
    keys = [spec[key] for key in ("code", "name", "longitude", "latitude")]
    faults = [
        f"{name} record {n}: no {key}." for n, record in enumerate(records, 1) for key in keys if not record.get(key)
    ]
    if faults:
        raise InvalidData(*faults)
    codes = [tidy(str(record[spec["code"]])) for record in records]
    faults = [f"{name}: the code {code} is listed more than once." for code in duplicates(codes)]
    for code, record in zip(codes, records, strict=True):
        if not pack.contains(float_or_nan(record[spec["longitude"]]), float_or_nan(record[spec["latitude"]])):
            faults.append(f"{name}: camera {code} stands outside the city's bounds.")
    try:
        for record in records:
            spec.get("url", "").format_map(record)
    except (KeyError, ValueError) as error:
        faults.append(f"city.toml [cameras]: the url cannot be filled in ({error}).")
    if faults:
        raise InvalidData(*faults)
