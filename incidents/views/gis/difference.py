"""Compare two boundary editions as a page with a map and as files."""

import csv
import io
import tempfile
from pathlib import Path

import geopandas
import shapely
from django.contrib.gis.db.models.functions import AsWKB, Intersection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from geoapp.http.http_methods import require_safe
from geoapp.web.sheets import without_formula
from gis_data.editions import succession
from gis_data.editions.checking import polygons_of
from gis_data.editions.succession import Kind
from gis_data.models import Edition
from incidents import reform
from incidents.page_access import require_work
from incidents.reform.comparing import choose_older
from incidents.views.gis import drawing
from incidents.views.gis.edition_pages import data_view, edition_context, find_edition

w = gettext_lazy
# In order of the list: the largest changes first.
KINDS = {
    Kind.SPLIT: w("Divided"),
    Kind.MERGED: w("Merged"),
    Kind.MOVED: w("Boundary changed"),
    Kind.RENAMED: w("Renamed"),
    Kind.GONE: w("Abolished"),
    Kind.NEW: pgettext_lazy("an area of an edition", "New"),
    Kind.STAYS: w("Unchanged"),
}
KINDS_IN_ORDER = list(KINDS)
# The incident state whose colours a kind of change has.
COLOURS = {
    Kind.STAYS: "resolved",
    Kind.RENAMED: "assigned",
    Kind.MERGED: "working",
    Kind.SPLIT: "disputed",
    Kind.MOVED: "received",
    Kind.GONE: "late",
    Kind.NEW: "waiting",
}


def chosen_edition(request: HttpRequest, edition: Edition) -> tuple[Edition | None, list[Edition]]:
    """Returns (the edition to compare with or None, all comparable ones); 404 if `?against=` names none of them."""
    try:
        return choose_older(edition, request.GET.get("against"))
    except Edition.DoesNotExist:
        raise Http404 from None


@require_safe
@require_work("boundaries")
def difference_page(request, code):
    edition = find_edition(code)
    old, olds = chosen_edition(request, edition)
    waiting = old is not None and not succession.successions_between(edition, old).exists()
    changes = sorted(
        succession.changes_between(edition, old) if old else [], key=lambda change: KINDS_IN_ORDER.index(change.kind)
    )
    counts = {kind: sum(change.kind == kind for change in changes) for kind in Kind}
    kind = request.GET.get("kind") if request.GET.get("kind") in Kind.values else ""
    preview = reform.preview_reform(edition, [old]) if edition.is_draft and old and not waiting else None
    pairs = pairs_by_areas(preview)
    context = edition_context(edition, "difference") | {
        "old": old,
        "olds": olds,
        "waiting": waiting,
        "rows": [change_row(change, pairs) for change in changes if not kind or change.kind == kind],
        "chips": [(name, label, counts[name]) for name, label in KINDS.items() if counts[name]],
        "total": len(changes),
        "kind": kind,
        "preview": preview,
        "endings": [("csv", "CSV"), ("geojson", "GeoJSON"), ("gpkg", "GeoPackage")],
    }
    return render(request, "incidents/gis/difference.html", context)


def pairs_by_areas(preview):
    """Returns what would move, by (key of the old area, key of the new area or None)."""
    if preview is None:
        return {}
    return {(pair.old.pk, pair.new and pair.new.pk): pair for pair in preview.pairs}


def change_row(change, pairs):
    return {
        "change": change,
        "colours": COLOURS[change.kind],
        "parts": [
            {
                "new": part.new,
                "percent": 100 * part.share_old,
                "moves": moves_in_words(pairs.get((part.old_id, part.new_id))),
            }
            for part in change.parts
        ],
        "outside": moves_in_words(pairs.get((change.old and change.old.pk, None))),
    }


def moves_in_words(pair):
    if pair is None:
        return ""
    phrases = [
        (pair.incidents, ngettext("%(n)s open incident", "%(n)s open incidents", pair.incidents)),
        (pair.followers, ngettext("%(n)s follower", "%(n)s followers", pair.followers)),
        (pair.officers, ngettext("%(n)s officer", "%(n)s officers", pair.officers)),
        (pair.rules, ngettext("%(n)s rule", "%(n)s rules", pair.rules)),
    ]
    return " · ".join(words % {"n": number} for number, words in phrases if number)


@data_view
def difference_shapes(request, code):
    edition = find_edition(code)
    old, _olds = chosen_edition(request, edition)
    changes = {
        change.old.pk: {"kind": change.kind, "parts": [part.new_id for part in change.parts]}
        for change in (succession.changes_between(edition, old) if old else [])
        if change.old
    }
    return drawing.json_response(
        {
            "areas": drawing.area_features(edition.areas.all()),
            "old": drawing.area_features(old.areas.all()) if old else [],
            "changes": changes,
        }
    )


MOVED_COLUMNS = ["incidents", "followers", "officers", "rules"]
COLUMNS = ["kind", "old_code", "old_name", "new_code", "new_name", "km2", "share_old", "share_new", *MOVED_COLUMNS]


def difference_rows(edition, old):
    """Returns ((key of the old area, key of the new area), values of COLUMNS) of each pair of overlapping areas.

    Moves are counted for drafts only; an edition in force has moved everything already.
    """
    pairs = pairs_by_areas(reform.preview_reform(edition, [old]) if edition.is_draft else None)
    for change in succession.changes_between(edition, old):
        for part in change.parts or [None]:
            new = part.new if part else change.heir
            keys = change.old and change.old.pk, new and new.pk
            yield (
                keys,
                [
                    change.kind.value,
                    change.old.code if change.old else "",
                    change.old.full_name if change.old else "",
                    new.code if new else "",
                    new.full_name if new else "",
                    *(round(getattr(part, name), 6) if part else None for name in ("km2", "share_old", "share_new")),
                    *(getattr(pairs[keys], name) if keys in pairs else None for name in MOVED_COLUMNS),
                ],
            )


def write_csv(edition, old):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for _pair, row in difference_rows(edition, old):
        writer.writerow(map(without_formula, row))
    return out.getvalue().encode("utf-8-sig")


def difference_frame(edition, old):
    """Returns the rows with their intersection (EPSG:4326), or the whole area if it has no counterpart."""
    common = succession.successions_between(edition, old).annotate(land=AsWKB(Intersection("old__shape", "new__shape")))
    lands = {(pair[0], pair[1]): pair[2] for pair in common.values_list("old", "new", "land")}
    alone = dict(old.areas.annotate(land=AsWKB("shape")).values_list("pk", "land"))
    alone |= dict(edition.areas.annotate(land=AsWKB("shape")).values_list("pk", "land"))
    numbered = list(difference_rows(edition, old))
    shapes = [lands.get(pair) or alone[pair[0] or pair[1]] for pair, _row in numbered]
    shapes = [polygons_of(shapely.from_wkb(bytes(shape))) for shape in shapes]
    return geopandas.GeoDataFrame([row for _pair, row in numbered], columns=COLUMNS, geometry=shapes, crs=4326)


def write_geojson(edition, old):
    return difference_frame(edition, old).to_json(drop_id=True, ensure_ascii=False).encode()


def write_geopackage(edition, old):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "difference.gpkg"
        difference_frame(edition, old).to_file(path, layer="difference", driver="GPKG")
        return path.read_bytes()


FILE_FORMATS = {
    "csv": ("text/csv; charset=utf-8", write_csv),
    "geojson": ("application/geo+json", write_geojson),
    "gpkg": ("application/geopackage+sqlite3", write_geopackage),
}


@data_view
def difference_file(request, code, ending):
    edition = find_edition(code)
    old, _olds = chosen_edition(request, edition)
    if old is None:
        raise Http404
    media, write = FILE_FORMATS[ending]
    response = HttpResponse(write(edition, old), content_type=media)
    response["Content-Disposition"] = f'attachment; filename="{old.code}-{edition.code}.{ending}"'
    return response
