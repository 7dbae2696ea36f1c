"""Turn an uploaded boundary file into a draft edition by jobs: accept, read, check, load.

    take ──► gis_data.read_upload ──► read ──► drafted ──► gis_data.compare_edition
                    ▲                  ├─► unmapped: map_attributes says what is what, and it is read again
                    └──────────────────┴─► faulty: the report says why

`read_upload` may run twice, and be killed at any moment: all that it loads is written by one transaction at its end.
"""

import datetime
import re
import tempfile
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import IO, Any

import geopandas
import pyproj
import shapely
from django.contrib.gis.db.models import Extent
from django.core.files import File
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import ProtectedError
from django.utils.text import slugify
from django.utils.timezone import localdate
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from procrastinate.contrib.django import app
from pyproj.exceptions import CRSError

from gis_data.editions import attributes, boundaries, checking, importing, unpacking
from gis_data.editions.checking import FileRefused, Finding, refusal_of
from gis_data.models import Area, City, Edition, Level, Upload
from gis_data.pack import InvalidData
from gis_data.words import plain, tidy

State = Upload.State

STEPS = ("open", "read", "check", "save")  # as `Upload.progress` names them
TEXTS = {"code": 50, "name": 100, "name_en": 100, "level": 10, "crs": 2000, "layer": 200, "attribution": 500}
DAYS = ("from", "to")
AROUND = 1.0  # degrees around the centre of a city of which no areas are known yet
NO_AREAS = geopandas.GeoDataFrame(geometry=[], crs=4326)


# --- a file is brought


def accept_upload(file: IO[bytes] | File, *, name: str, by: str, options: dict[str, Any] | None = None) -> Upload:
    """Store a boundary file and defer the job that reads it. Raises InvalidData with all immediate faults.

    `file` is an open, seekable file or an uploaded one, `name` what it was called, `by` a user name. `options` says
    what the edition will be called and how the file is to be read: docs/editions.md lists its keys.
    """
    with transaction.atomic():
        upload = store_upload(file, name=name, by=by, options=options)
        app.configure_task("gis_data.read_upload").defer(upload_id=upload.pk)
    return upload


def store_upload(file: IO[bytes] | File, *, name: str, by: str, options: dict[str, Any] | None = None) -> Upload:
    city = City.objects.first()
    if city is None:
        raise InvalidData(gettext("There is no city yet: load its pack first."))
    options = clean_options(city, options or {})
    name = tidy(str(name)).replace("\n", " ")[-200:]
    try:
        unpacking.inspect_file(file, name, crs=options.get("crs"))
        suffix = unpacking.suffix_of(name)
    except FileRefused as refusal:
        raise InvalidData(*(finding.sentence() for finding in refusal.findings)) from refusal
    file.seek(0)
    upload = Upload(city=city, name=name, by=by, options=options)
    upload.file.save(f"areas{suffix}", file if isinstance(file, File) else File(file), save=False)
    try:
        with transaction.atomic():
            upload.save()
    except BaseException:
        upload.file.delete(save=False)
        raise
    return upload


def clean_options(city, options):
    """Return normalized edition options. Raises InvalidData with every fault."""
    faults: list[str] = []
    cleaned: dict[str, Any] = {}
    for key, value in options.items():
        if value in (None, "", {}):
            continue
        if key in TEXTS and isinstance(value, str | int):
            text = cleaned[key] = tidy(str(value))
            if len(text) > TEXTS[key]:
                faults.append(gettext("%(key)s: at most %(most)s characters.") % {"key": key, "most": TEXTS[key]})
        elif key == "attributes" and isinstance(value, dict):
            columns = cleaned[key] = {field: str(column) for field, column in value.items() if column}
            faults += [
                gettext("attributes: there is no %(field)s; there are only %(fields)s.")
                % {"field": field, "fields": ", ".join(attributes.FIELDS)}
                for field in columns.keys() - set(attributes.FIELDS)
            ]
        elif key in DAYS:
            cleaned[key] = str(value)
        else:
            faults.append(gettext("There is no setting called %(key)s.") % {"key": key})
    checks = [check_level, check_code, check_crs, check_days]
    faults += [fault for check in checks if (fault := check(city, cleaned))]
    if faults:
        raise InvalidData(*faults)
    return cleaned


def check_level(city, options):
    levels = [level.name.lower() for level in Level]
    if options.setdefault("level", "ward") not in levels:
        return gettext("level: there are only %(levels)s.") % {"levels": ", ".join(levels)}
    return None


def check_code(city, options):
    code = options.get("code")
    if code and not re.fullmatch(r"[a-z0-9_-]+", code):
        return gettext("code: only lower-case letters without diacritics, digits and hyphens.")
    if code and Edition.objects.filter(city=city, code=code).exists():
        return gettext("code: there is already an edition %(code)s.") % {"code": code}
    return None


def check_crs(city, options):
    crs = options.get("crs")
    if crs and crs.isdigit():
        options["crs"] = crs = f"EPSG:{crs}"
    try:
        pyproj.CRS.from_user_input(crs or 4326)
    except CRSError:
        return gettext("crs: there is no coordinate system %(crs)s. Enter an EPSG code: EPSG:9210.") % {"crs": crs[:40]}
    return None


def check_days(city, options):
    """Refuse days of an edition other than a past one: a reform sets those of a draft."""
    if not options.keys() & set(DAYS):
        return None
    try:
        first, last = (options.get(key) and datetime.date.fromisoformat(options[key]) for key in DAYS)
    except ValueError:
        return gettext("from, to: write dates like 2021-01-31.")
    if not first or not last or not first < last <= localdate():
        return gettext("from, to: both days of a past edition. A future edition gets its day later.")
    level = Level[options["level"].upper()] if options["level"].upper() in Level.__members__ else None
    return overlap_sentence(Edition(city=city, level=level, in_force=DateRange(first, last)))  # type: ignore[misc]  # of an unknown level there is none beside it


def overlap_sentence(edition):
    others = Edition.objects.filter(city=edition.city, level=edition.level, in_force__overlap=edition.in_force)
    names = ", ".join(f"{other.title} ({format_days(other.in_force)})" for other in others)
    return names and gettext("On some of these days another edition is in force: %(names)s.") % {"names": names}


def format_days(days):
    return f"{days.lower or '…'} – {days.upper - datetime.timedelta(days=1) if days.upper else '…'}"


def map_attributes(upload: Upload, options: dict[str, Any]) -> Upload:
    """Set attributes, CRS or layer of an unclear file and read it again. Raises InvalidData."""
    with transaction.atomic():
        upload = Upload.objects.select_for_update().get(pk=upload.pk)
        if upload.state not in (State.UNMAPPED, State.FAULTY):
            raise InvalidData(gettext("This file is being read, or is already a draft."))
        same_layer = options.get("layer", "") == upload.options.get("layer", "")
        columns_present = {column["name"] for column in upload.columns if same_layer}
        missing = [name for name in (options.get("attributes") or {}).values() if name and name not in columns_present]
        if columns_present and missing:
            raise InvalidData(
                *(gettext("There is no attribute %(name)s in the file.") % {"name": name} for name in missing)
            )
        upload.options = clean_options(upload.city, upload.options | options)
        upload.state, upload.progress, upload.report = State.WAITING, {}, {}
        upload.save(update_fields=["options", "state", "progress", "report"])
        app.configure_task("gis_data.read_upload").defer(upload_id=upload.pk)
    return upload


# --- it is read


def read_upload(upload_id: int, say: Callable[[str], Any] = lambda step: None) -> Any:
    upload = Upload.objects.select_related("city").filter(pk=upload_id).first()
    if upload is None or upload.state not in (State.WAITING, State.READING):
        return upload

    def step(name):
        progress = {"step": name, "done": STEPS.index(name), "of": len(STEPS)}
        Upload.objects.filter(pk=upload.pk, edition=None).update(state=State.READING, progress=progress)
        say(name)

    try:
        table, chosen = read_table(upload, step)
        if not {"code", "name"} <= chosen.keys():
            return finish_upload(upload, State.UNMAPPED)
        return load_draft(upload, table, chosen, step)
    except FileRefused as refusal:
        return finish_upload(upload, State.FAULTY, report=failure_report(upload.city, refusal.findings))


def read_table(upload, step):
    """Return the file's areas in EPSG:4326, and the attribute of each field."""
    options, city = upload.options, upload.city
    step("open")
    with tempfile.TemporaryDirectory() as folder:
        with upload.file.open("rb") as file:
            path = unpacking.unpack(file, upload.name, folder, crs=options.get("crs"))
        step("read")
        table = boundaries.read_areas(
            path, choose_layer(boundaries.list_layers(path), options.get("layer")), options.get("crs")
        )
    upload.columns = attributes.describe_columns(table)
    Upload.objects.filter(pk=upload.pk).update(columns=upload.columns)
    if table.empty:
        raise refusal_of(_("There are no areas in this file."))
    if (kinds := set(table.geom_type.dropna())) and not kinds & set(checking.POLYGONS):
        raise refusal_of(_("There are no areas in this file, but %(kinds)s."), "no_polygon", kinds=sorted(kinds))
    misplaced = checking.check_position(table, extent_of(city))
    if any(finding.grave for finding in misplaced):
        raise FileRefused(*misplaced)
    table = boundaries.reproject_to_degrees(table)
    table.attrs["remarks"] = misplaced
    chosen = options.get("attributes") or attributes.guess_columns(
        table, options["level"], known_areas(city, options["level"])
    )
    if "full_name" in chosen:
        chosen = {"name": chosen["full_name"]} | chosen
    if missing := sorted(set(chosen.values()) - set(table.columns)):
        columns_present = [column["name"] for column in upload.columns]
        text = _("There is no attribute %(names)s in the file; there are %(there)s.")
        raise refusal_of(text, names=missing, there=columns_present)
    return table, chosen


def choose_layer(layers, options):
    if not layers:
        raise refusal_of(_("There are no shapes in this file."))
    if options and options not in layers:
        raise refusal_of(_("There is no layer %(name)s in the file; there are %(there)s."), name=options, there=layers)
    if not options and len(layers) > 1:
        raise refusal_of(
            _("The file has several layers: %(there)s. Choose one, or upload a file with one."), there=layers
        )
    return options or layers[0]


def load_draft(upload, table, chosen, step):
    city, level = upload.city, Level[upload.options["level"].upper()]
    step("check")
    drawn = table.geometry.to_crs(city.metric_srid).area / 1e6
    units = attributes.read_units(table, chosen, known_areas(city, upload.options["level"]), drawn)
    parents, unknown = parents_of(city, level, units)
    shape, approximate = shape_of(city)
    remarks = [*table.attrs["remarks"], *unknown]
    checked = checking.check_areas(units, city.metric_srid, shape, approximate=approximate, also=remarks)
    report = checking.build_report(
        checked.findings, city.metric_srid, areas=checked.areas, repaired=checked.repaired, coverage=checked.coverage
    )
    if checked.grave:
        return finish_upload(upload, State.FAULTY, report=report | {"areas": len(units)})
    step("save")
    return create_draft(upload, level, checked.areas, parents, report)


def create_draft(upload, level, areas, parents, report):
    try:
        with transaction.atomic():
            locked = Upload.objects.select_for_update().get(pk=upload.pk)
            if locked.state != State.READING:
                return locked
            edition = Edition.objects.create(city=upload.city, level=level, report=report, **edition_names(upload))
            areas = areas.set_index("code", drop=False)
            importing.save_areas(edition, areas, areas.geometry, upload.city.metric_srid)
            for code, parent in parents.items():
                edition.areas.filter(code__in=list(areas.code[areas.parent == code])).update(parent=parent)
            if days := option_days(upload.options):
                edition.in_force = days
                edition.save(update_fields=["in_force"])
            finish_upload(locked, State.DRAFTED, report=report, edition=edition)
            app.configure_task("gis_data.compare_edition").defer(edition_id=edition.pk)
            return locked
    except Upload.DoesNotExist:
        return None
    except IntegrityError as error:
        text = _("In the meantime there is an edition with the same short name, or one for some of the same days.")
        raise refusal_of(text) from error


def finish_upload(upload, state, **fields):
    fields = {"state": state, "progress": {}} | fields
    Upload.objects.filter(pk=upload.pk, edition=None).exclude(state=State.DRAFTED).update(**fields)
    for name, value in fields.items():
        setattr(upload, name, value)
    return upload


def give_up_upload(upload_id: int) -> None:
    upload = Upload.objects.select_related("city").get(pk=upload_id)
    finding = Finding("file", _("This file could not be read: the service failed, and its log says why."), grave=True)
    finish_upload(upload, State.FAULTY, report=failure_report(upload.city, [finding]))


def failure_report(city, findings):
    return checking.build_report(findings, city.metric_srid, areas=NO_AREAS)


def edition_names(upload):
    stem = PurePosixPath(upload.name).name.split(".")[0] or "edition"
    options = upload.options
    code = options.get("code") or free_code(upload.city, slugify(plain(stem))[:40] or "edition")
    return {
        "code": code,
        "name": options.get("name") or stem[:100],
        "name_en": options.get("name_en", ""),
        "attribution": options.get("attribution", ""),
    }


def free_code(city, code):
    codes_in_use = set(city.editions.filter(code__startswith=code).values_list("code", flat=True))
    return next(
        candidate
        for candidate in (code, *(f"{code}-{n}" for n in range(2, len(codes_in_use) + 3)))
        if candidate not in codes_in_use
    )


def option_days(options):
    return DateRange(*(datetime.date.fromisoformat(options[key]) for key in DAYS)) if "from" in options else None


# --- what is known of the city


def known_areas(city, level):
    areas = Area.objects.filter(edition__city=city, edition__in_force__isnull=False, level=Level[level.upper()])
    codes, kinds = zip(*areas.values_list("code", "kind"), strict=True) if areas.exists() else ((), ())
    return attributes.KnownAreas(frozenset(codes), frozenset(kinds) - {""})


def parents_of(city, level, units):
    """Return {code: area} of the level above, the latest edition first, and remarks on unknown codes."""
    text = _("The code %(code)s of an area above is unknown.")
    codes = set(units.parent) - {""}
    above = Area.objects.filter(edition__city=city, edition__in_force__isnull=False, level__lt=level, code__in=codes)
    areas_by_code = {area.code: area for area in above.defer("shape", "outline").order_by("level", "edition__in_force")}
    unknown = sorted(codes - areas_by_code.keys())
    return areas_by_code, [
        Finding("unknown_code", text, {"code": code}, areas=tuple(units.code[units.parent == code])) for code in unknown
    ]


def latest_law(city):
    """Return the deepest edition in force today, else the last one; None without any."""
    editions = city.editions.ever_in_force()
    return editions.on(localdate()).order_by("-level").first() or editions.order_by("-in_force", "-level").first()


def shape_of(city):
    """Return (the city's shape in EPSG:4326 by the edition in force, or None, whether it is approximate)."""
    edition = latest_law(city)
    if edition is None:
        return None, False
    with connection.cursor() as cursor:
        cursor.execute("SELECT ST_AsBinary(shape) FROM gis_data_area WHERE edition_id = %s", [edition.pk])
        shapes = shapely.from_wkb([bytes(row[0]) for row in cursor.fetchall()])
    if not len(shapes):
        return None, False
    return checking.union_of_areas(geopandas.GeoDataFrame(geometry=shapes, crs=4326)), edition.approximate


def extent_of(city):
    """Return west, south, east, north of the city in degrees, else of a square around its centre."""
    edition = latest_law(city)
    extent = edition and edition.areas.aggregate(box=Extent("shape"))["box"]
    x, y = city.centre.coords
    return extent or (x - AROUND, y - AROUND, x + AROUND, y + AROUND)


# --- it is thrown away


def discard_draft(edition: Edition) -> None:
    """Delete a draft and its files. Raises InvalidData for an edition that is no draft."""
    if not edition.is_draft:
        raise InvalidData(gettext("This edition is, was or will be in force: it cannot be deleted."))
    try:
        with transaction.atomic():
            uploads = list(edition.uploads.all())
            edition.delete()
            for upload in uploads:
                delete_upload(upload)
    except ProtectedError as error:
        raise InvalidData(gettext("A reform is or was planned with this edition: it cannot be deleted.")) from error


@transaction.atomic
def delete_upload(upload: Upload) -> None:
    storage, name = upload.file.storage, upload.file.name or ""
    upload.delete()
    transaction.on_commit(lambda: storage.delete(name))
