"""Accept uploaded boundary files, and unpack them safely for GDAL.

Nothing is believed: names in an archive, sizes that it declares, and that a file is what its suffix says. GDAL would
open whatever it recognises, and some formats name other files and addresses to be read.
"""

import gzip
import re
import stat
import tempfile
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from django.conf import settings
from django.utils.translation import gettext_noop as _

from gis_data.editions.checking import refusal_of

FORMATS = {".geojson": "GeoJSON", ".json": "GeoJSON", ".gpkg": "GeoPackage", ".zip": "Shapefile"}
SUFFIXES = (*FORMATS, *(f"{suffix}.gz" for suffix in FORMATS))
UNPACKED = 5  # unpacked, a file may be so many times as large as one may be that is not packed
RATIO, FROM = 200, 20_000_000  # and so many times as large as it is packed, if it has more bytes than that
MEMBERS = 1000  # files in an archive
RECORDS = 100_000  # shapes in a Shapefile without its index
NEEDED = (".shp", ".dbf", ".prj")
EXTRACTED = (*NEEDED, ".shx", ".cpg")
CHUNK = 1 << 20
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
CUT_OFF = _("This file is incomplete: its end is missing. Send it again.")


def suffix_of(name: str) -> str:
    """Return the suffix that selects the reader, with packing: `.geojson.gz`."""
    last = [suffix.lower() for suffix in PurePosixPath(name).suffixes][-2:]
    known_suffix = next(
        (candidate for candidate in ("".join(last), last[-1] if last else "") if candidate in SUFFIXES), None
    )
    if known_suffix is None:
        raise refusal_of(_("“%(name)s” is not one of the file types that can be read: %(kinds)s."),
                      name=name[-80:], kinds=", ".join(FORMATS) + ", .gz")  # fmt: skip
    return known_suffix


@contextmanager
def open_without_gzip(file, name):
    suffix = suffix_of(name)
    size = file.seek(0, 2)
    file.seek(0)
    if size > settings.BOUNDARY_MAX_BYTES:
        raise refusal_of(_("This file has %(size)s MB; the limit is %(most)s MB."),
                      size=size // 1_000_000, most=settings.BOUNDARY_MAX_BYTES // 1_000_000)  # fmt: skip
    if not size:
        raise refusal_of(_("This file is empty."))
    if not suffix.endswith(".gz"):
        yield file, suffix
        return
    with tempfile.TemporaryFile() as plain:
        try:
            with gzip.GzipFile(fileobj=file) as packed:
                copy_at_most(packed, plain, max_unpacked_bytes(size))
        except gzip.BadGzipFile as error:
            raise refusal_of(_("This file is not a gzip file, or it is damaged.")) from error
        except EOFError as error:
            raise refusal_of(CUT_OFF) from error
        except zlib.error as error:
            raise refusal_of(_("This file is not a gzip file, or it is damaged.")) from error
        plain.seek(0)
        yield plain, suffix.removesuffix(".gz")


def max_unpacked_bytes(size):
    return min(UNPACKED * settings.BOUNDARY_MAX_BYTES, max(RATIO * size, FROM))


def copy_at_most(source, target, most):
    while chunk := source.read(CHUNK):
        most -= len(chunk)
        if most < 0:
            raise refusal_of(_("Unpacked, this file would be far too large for a boundary file."))
        target.write(chunk)


def inspect_file(file: IO[bytes], name: str, *, crs: str | None = None) -> None:
    with open_without_gzip(file, name) as (plain, suffix):
        INSPECTORS[FORMATS[suffix]](plain, crs)


def unpack(file: IO[bytes], name: str, folder: str, *, crs: str | None = None) -> str:
    """Unpack the data into an empty folder under own names; returns what GDAL opens."""
    with open_without_gzip(file, name) as (plain, suffix):
        kind = FORMATS[suffix]
        archive = INSPECTORS[kind](plain, crs)
        if kind == "Shapefile":
            extract_shapefiles(archive, Path(folder))
            return str(folder)
        path = Path(folder) / ("areas.gpkg" if kind == "GeoPackage" else "areas.geojson")
        plain.seek(0)
        with path.open("wb") as target:
            copy_at_most(plain, target, UNPACKED * settings.BOUNDARY_MAX_BYTES)
        # The prefix allows GDAL this one driver.
        return f"{'GPKG' if kind == 'GeoPackage' else 'GeoJSON'}:{path}"


# --- what each format looks like


def inspect_geojson(file, crs):
    if not file.read(CHUNK).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        raise refusal_of(_("Despite its name, this file is not a %(format)s."), format="GeoJSON")
    file.seek(max(0, file.seek(0, 2) - CHUNK))
    if not file.read().rstrip(b" \t\r\n\0").endswith(b"}"):
        raise refusal_of(CUT_OFF)


def inspect_geopackage(file, crs):
    """Check an SQLite file's length against its header (first 100 bytes)."""
    head = file.read(100)
    if not head.startswith(b"SQLite format 3\0"):
        raise refusal_of(_("Despite its name, this file is not a %(format)s."), format="GeoPackage")
    page, pages = int.from_bytes(head[16:18], "big"), int.from_bytes(head[28:32], "big")
    if file.seek(0, 2) < (65536 if page == 1 else page) * pages:
        raise refusal_of(CUT_OFF)


def inspect_zip(file, crs):
    """Return the archive if its directory lists at least one whole Shapefile and nothing harmful."""
    size = file.seek(0, 2)
    file.seek(0)
    if file.read(4) != b"PK\x03\x04":
        raise refusal_of(_("Despite its name, this file is not a %(format)s."), format="zip")
    try:
        archive = zipfile.ZipFile(file)
    except BROKEN as error:
        raise refusal_of(CUT_OFF) from error  # the list of files stands at the end
    members = archive.infolist()
    for member in members:
        check_member(member)
    if len(members) > MEMBERS or sum(member.file_size for member in members) > max_unpacked_bytes(size):
        raise refusal_of(_("Unpacked, this file would be far too large for a boundary file."))
    check_shapefiles(archive, crs)
    return archive


def check_member(member):
    path = PurePosixPath(member.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", member.filename):
        raise refusal_of(_("The zip refers to a file outside itself: %(name)s."), name=member.filename[:80])
    if stat.S_ISLNK(member.external_attr >> 16):
        raise refusal_of(_("The zip contains a link instead of a file: %(name)s."), name=member.filename[:80])
    if member.flag_bits & 1:
        raise refusal_of(_("The zip is protected with a password."))


def shapefiles(archive):
    """Return an archive's Shapefiles: {stem: {suffix: member}}."""
    members_by_name = {}
    for member in archive.infolist():
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.suffix.lower() in EXTRACTED and not path.name.startswith(".") and "__MACOSX" not in path.parts:
            members_by_name.setdefault(str(path.with_suffix("")), {})[path.suffix.lower()] = member
    return members_by_name


def check_shapefiles(archive, crs):
    members_by_name = shapefiles(archive)
    if not any(".shp" in files for files in members_by_name.values()):
        raise refusal_of(_("There is no Shapefile in the zip: a .shp is missing."))
    for stem, files in members_by_name.items():
        missing = [suffix for suffix in NEEDED if suffix not in files and ".shp" in files]
        if ".prj" in missing and (crs or len(missing) > 1):
            missing.remove(".prj")
        if missing == [".prj"]:
            raise refusal_of(
                _(
                    "%(stem)s.prj, which states the coordinate system of the areas, is missing in the zip. Add it, "
                    "or enter the system with the file."
                ),
                "crs",
                stem=stem[-80:],
            )
        if missing:
            raise refusal_of(_("%(name)s is missing in the zip."), name=f"{stem[-80:]}{missing[0]}")


def extract_shapefiles(archive, folder):
    for stem, files in shapefiles(archive).items():
        if ".shp" in files:
            name = re.sub(r"[^\w -]", "_", PurePosixPath(stem).name)[:60]
            if (folder / f"{name}.shp").exists():
                raise refusal_of(_("Two Shapefiles in the zip have the same name, %(name)s."), name=name)
            for suffix, member in files.items():
                extract_member(archive, member, folder / f"{name}{suffix}")
            check_length(folder / f"{name}.shp", folder / f"{name}.dbf")
            if ".shx" not in files:
                write_index(folder / f"{name}.shp", folder / f"{name}.shx")


def extract_member(archive, member, path):
    try:
        with archive.open(member) as source, path.open("wb") as target:
            copy_at_most(source, target, member.file_size)
    except BROKEN as error:
        raise refusal_of(_("%(name)s in the zip is damaged."), name=member.filename[-80:]) from error


def check_length(shp, dbf):
    with shp.open("rb") as file:
        head = file.read(100)
    if int.from_bytes(head[:4], "big") != 9994:
        raise refusal_of(_("Despite its name, this file is not a %(format)s."), format="Shapefile")
    if shp.stat().st_size < 2 * int.from_bytes(head[24:28], "big"):
        raise refusal_of(CUT_OFF)
    with dbf.open("rb") as file:
        head = file.read(32)
    rows, start, width = (int.from_bytes(head[a:b], "little") for a, b in ((4, 8), (8, 10), (10, 12)))
    if dbf.stat().st_size < start + rows * width:
        raise refusal_of(CUT_OFF)


def write_index(shp, shx):
    """Write the missing index (.shx) of a Shapefile: offset and length of each shape in 16-bit words."""
    size, at, rows = shp.stat().st_size, 100, []
    with shp.open("rb") as file:
        head = file.read(100)
        while at + 8 <= size and len(rows) < RECORDS:
            file.seek(at)
            length = int.from_bytes(file.read(8)[4:], "big")
            rows.append((at // 2).to_bytes(4, "big") + length.to_bytes(4, "big"))
            at += 8 + 2 * length
    words = (50 + 4 * len(rows)).to_bytes(4, "big")
    shx.write_bytes(head[:24] + words + head[28:] + b"".join(rows))


INSPECTORS = {"GeoJSON": inspect_geojson, "GeoPackage": inspect_geopackage, "Shapefile": inspect_zip}
