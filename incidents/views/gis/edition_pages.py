"""Pages of boundary editions: uploads, their import and check findings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.validators import RegexValidator
from django.db.models import Count, Prefetch
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from pyproj import CRS
from pyproj.exceptions import CRSError

from geoapp.http.http_methods import require_safe
from gis_data import city
from gis_data.editions import drafting
from gis_data.models import Edition, Level, Upload
from gis_data.pack import InvalidData
from incidents.forms import WordsField
from incidents.models import Reform
from incidents.page_access import require_work
from incidents.views.gis import drawing

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

w = gettext_lazy
RUNNING = (Upload.State.WAITING, Upload.State.READING)
UNDER_WAY = (*RUNNING, Upload.State.UNMAPPED)
SHOWN_REFUSED = 5  # last refused files
SHOWN_FINDINGS = 200  # rows shown at first


def data_view(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Wraps a view for scripts and programs: 404 without permission, signed in or not."""
    return login_not_required(require_safe(require_work("boundaries")(view)))


def posted_data(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


# The label of a state of an edition, its icon, and the incident state whose colours it has.
STATES = {
    "draft": (w("Draft"), "i-edit", "received"),
    "planned": (w("Planned"), "i-calendar", "assigned"),
    "in_force": (w("In force"), "i-check", "resolved"),
    "ended": (w("Ended"), "i-history", "rejected"),
}


@dataclass
class EditionLine:
    """An edition with its state and days, as the lists show it."""

    edition: Edition
    state: str
    first: date | None = None
    last: date | None = None  # the last day in force

    @property
    def label(self):
        return STATES[self.state][0]

    @property
    def icon(self):
        return STATES[self.state][1]

    @property
    def colours(self):
        return STATES[self.state][2]


def edition_line(edition, today):
    """Returns an edition with its state today; expects `open_reforms` from editions_with_reforms."""
    planned = next((change for change in edition.open_reforms if change.state == Reform.State.PLANNED), None)
    if edition.in_force is None:
        return EditionLine(edition, "planned", planned.day) if planned else EditionLine(edition, "draft")
    first, end = edition.in_force.lower, edition.in_force.upper
    last = end - timedelta(days=1) if end else None
    state = "planned" if first and first > today else "ended" if end and end <= today else "in_force"
    return EditionLine(edition, state, first, last)


def editions_with_reforms():
    """Returns all editions with `areas_count` and `open_reforms`, the planned or enacted reforms."""
    open_reforms = Reform.objects.filter(state__in=[Reform.State.PLANNED, Reform.State.ENACTED])
    return (
        Edition.objects.annotate(areas_count=Count("areas"))
        .prefetch_related(Prefetch("reforms", open_reforms, to_attr="open_reforms"))
        .order_by("-level", "-in_force", "-pk")
    )


def find_edition(code: str) -> Edition:
    return get_object_or_404(editions_with_reforms(), city=city.current(), code=code)


@require_safe
@require_work("boundaries")
def edition_list(request):
    today = localdate()
    lines = [edition_line(edition, today) for edition in editions_with_reforms()]
    uploads = Upload.objects.defer("report", "columns")
    refused = uploads.filter(state=Upload.State.FAULTY)[:SHOWN_REFUSED]
    part = "#uploads" if request.GET.get("part") == "uploads" else ""
    return render(
        request,
        f"incidents/gis/list.html{part}",
        {
            "lines": lines,
            "now": [line for line in lines if line.state == "in_force"],
            "chart": edition_chart(lines, today),
            "uploads": [
                (upload, progress_in_words(upload.progress, READING_STEPS) if upload.state in RUNNING else None)
                for upload in (*uploads.filter(state__in=UNDER_WAY), *refused)
            ],
            "running": uploads.filter(state__in=RUNNING).exists(),
        },
    )


BAR, ROOM, LEFT, RIGHT = 26, 44, 8, 992  # pixels of the drawing, 1000 wide


def edition_chart(lines, today):
    dated = [line for line in lines if line.first or line.last]
    if not dated:
        return None
    days = [day for line in dated for day in (line.first, line.last) if day] + [today]
    start, end = min(days) - timedelta(days=180), max(days) + timedelta(days=365)

    def x(day):
        return LEFT + (RIGHT - LEFT) * (day - start).days / (end - start).days

    levels = sorted({line.edition.level for line in dated}, reverse=True)
    bars = []
    for line in dated:
        left, right = x(line.first or start), x(line.last + timedelta(days=1) if line.last else end)
        bars.append(
            {
                "line": line, "x": round(left, 1), "y": 30 + ROOM * levels.index(line.edition.level),
                "width": round(max(right - left - 2, 3), 1), "words": right - left > 120,
            }
        )  # fmt: skip
    every = max(1, (end.year - start.year) // 8)
    years = [date(year, 1, 1) for year in range(start.year + 1, end.year + 1, every)]
    return {
        "bars": bars,
        "rows": [(Level(level).label, 22 + ROOM * row) for row, level in enumerate(levels)],
        "years": [(year.year, round(x(year), 1)) for year in years],
        "today": round(x(today), 1),
        "height": 34 + ROOM * len(levels),
        "bar": BAR,
    }


LEVELS = {level.name.lower(): level.label for level in reversed(Level)}


class UploadForm(forms.Form):
    """A boundary file and the name and level of its edition."""

    file = forms.FileField(
        label=w("Boundary file"),
        error_messages={"required": w("Choose the file."), "empty": w("This file is empty.")},
    )
    name = WordsField(limit=100, label=w("Name"), error_messages={"required": w("Give the edition a name.")})
    name_en = WordsField(limit=100, label=w("Name in English"), required=False)
    code = forms.CharField(
        max_length=50,
        label=w("Short name"),
        validators=[
            RegexValidator(r"^[a-z0-9_-]+$", w("Only lower-case letters without diacritics, digits and hyphens."))
        ],
        error_messages={"required": w("Enter a short name; it is used in addresses.")},
    )
    level = forms.ChoiceField(
        label=w("Level"),
        choices=list(LEVELS.items()),
        initial="ward",
        error_messages={"required": w("Choose the level."), "invalid_choice": w("There is no such level.")},
    )
    crs = forms.CharField(max_length=2000, label=w("Coordinate system"), required=False)

    def clean_code(self):
        code = self.cleaned_data["code"]
        if Edition.objects.filter(city=city.current(), code=code).exists():
            raise forms.ValidationError(_("There is already an edition with this short name."))
        return code

    def clean_crs(self):
        crs = self.cleaned_data["crs"].strip()
        if crs:
            try:
                CRS.from_user_input(int(crs) if crs.isdigit() else crs)
            except CRSError:
                raise forms.ValidationError(_("There is no such system. Enter its EPSG code: EPSG:9210.")) from None
        return f"EPSG:{crs}" if crs.isdigit() else crs

    def read_options(self):
        """Returns the non-empty clean data except the file, as options of the import job."""
        return {key: value for key, value in self.cleaned_data.items() if key != "file" and value}


@require_http_methods(["GET", "HEAD", "POST"])
@require_work("boundaries")
def new_upload(request):
    form = UploadForm(posted_data(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            upload = drafting.accept_upload(file, name=file.name, by=request.user.username, options=form.read_options())
            return redirect("edition-upload", upload.pk)
        except InvalidData as refusal:
            form.add_error("file", list(refusal.faults))
    return render(
        request, "incidents/gis/new_upload.html", {"form": form}, status=400 if request.method == "POST" else 200
    )


# Attributes of an edition and their purpose; the first two are required.
ATTRIBUTES: dict[str, "tuple[StrOrPromise, StrOrPromise]"] = {
    "code": (w("Official code"), w("No two areas share one.")),
    "name": (w("Name without its type"), w("As people say it: Old Wharf.")),
    "full_name": (w("Full name"), w("With its type: Ward of Old Wharf.")),
    "full_name_en": (w("Full name in English"), ""),
    "kind": (w("Kind"), w("Ward, commune, special zone.")),
    "declared_km2": (w("Declared area, km²"), w("The check compares it with the drawn area.")),
    "parent": (w("Code of the area above"), w("The district that a ward belongs to.")),
}


class AttributesForm(forms.Form):
    """Maps the attributes of the file to ATTRIBUTES, and names its layer and CRS if the file does not."""

    crs = forms.CharField(max_length=2000, label=w("Coordinate system"), required=False)
    layer = forms.CharField(max_length=200, label=w("Layer"), required=False)

    def __init__(self, *args, columns, **more):
        super().__init__(*args, **more)
        names = [(column["name"], column["name"]) for column in columns]
        for field, (label, hint) in ATTRIBUTES.items() if names else ():
            needed = field in ("code", "name")
            self.fields[field] = forms.ChoiceField(
                label=label,
                help_text=hint,
                required=needed,
                choices=[("", _("Choose…") if needed else _("Not in the file")), *names],
                error_messages={
                    "required": _("Choose the column."),
                    "invalid_choice": _("The file has no such column."),
                },
            )

    clean_crs = UploadForm.clean_crs

    @property
    def attributes(self):
        return [self[field] for field in ATTRIBUTES if field in self.fields]

    def read_options(self):
        data = self.cleaned_data
        chosen = {field: data[field] for field in ATTRIBUTES if data.get(field)}
        options = {key: data[key] for key in ("crs", "layer") if data[key]}
        return options | {"attributes": chosen} if chosen else options


# The steps of reading a file, in order, as `Upload.progress` names them.
READING_STEPS = {
    "waiting": w("Waiting for its turn"),
    "open": w("Opening the file"),
    "read": w("Reading the file"),
    "check": w("Checking the areas"),
    "save": w("Saving the draft"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@require_work("boundaries")
def upload_page(request, pk):
    """Shows an upload: progress, attribute form, or refusal. Redirects to the page of a finished draft."""
    upload = get_object_or_404(Upload, pk=pk)
    if upload.state == Upload.State.DRAFTED:
        return redirect("edition", upload.edition.code) if upload.edition else redirect("editions")
    form, status = None, 200
    if upload.state in (Upload.State.UNMAPPED, Upload.State.FAULTY):
        initial = upload.options | upload.options.get("attributes", {})
        form = AttributesForm(posted_data(request), columns=upload.columns, initial=initial)
        if request.method == "POST" and form.is_valid():
            try:
                drafting.map_attributes(upload, form.read_options())
                return redirect("edition-upload", upload.pk)
            except InvalidData as refusal:
                form.add_error(None, list(refusal.faults))
        status = 400 if request.method == "POST" else 200
    context = {
        "upload": upload,
        "form": form,
        "running": upload.state in RUNNING,
        "step": progress_in_words(upload.progress, READING_STEPS),
        "report": FindingsList(upload.report, request.GET) if upload.state == Upload.State.FAULTY else None,
    }
    part = "#progress" if request.GET.get("part") == "progress" else ""
    return render(request, f"incidents/gis/upload.html{part}", context, status=status)


def progress_in_words(progress: Mapping[str, Any], steps: Mapping[str, "StrOrPromise"]) -> dict[str, Any]:
    name = progress.get("step") or ""
    return {
        "name": name,
        "said": steps.get(name, name or steps["waiting"]),
        "done": progress.get("done") or 0,
        "of": progress.get("of") or 0,
    }


# The kinds of findings, with the word on their chips, in order.
KINDS = {
    "file": w("File"),
    "crs": w("Coordinate system"),
    "empty": w("Empty shapes"),
    "no_polygon": w("No polygons"),
    "invalid": w("Invalid shapes"),
    "missing_code": w("Missing codes"),
    "doubled_code": w("Duplicate codes"),
    "unknown_code": w("Unknown codes"),
    "missing_name": w("Missing names"),
    "doubled_name": w("Duplicate names"),
    "overlap": w("Overlaps"),
    "gap": w("Gaps"),
    "sliver": w("Slivers"),
    "outside_city": w("Outside the city"),
    "declared_area": w("Declared area"),
}


class FindingsList:
    """Findings of a check for a page: serious ones first, of one kind if `?kind=` names one."""

    def __init__(self, report, wanted_kind):
        self.report = report
        numbered = list(enumerate(report.get("findings", [])))
        self.all = sorted(numbered, key=lambda pair: not pair[1].get("grave"))
        self.grave = sum(bool(finding.get("grave")) for _number, finding in self.all)
        counts = {}
        for _number, finding in self.all:
            counts[finding["kind"]] = counts.get(finding["kind"], 0) + 1
        self.kind = wanted_kind.get("kind") if wanted_kind.get("kind") in counts else ""
        self.chips = [
            (kind, KINDS.get(kind, kind), counts[kind]) for kind in (*KINDS, *counts.keys() - KINDS) if kind in counts
        ]
        chosen = [pair for pair in self.all if not self.kind or pair[1]["kind"] == self.kind]
        self.shown = chosen if wanted_kind.get("all") else chosen[:SHOWN_FINDINGS]
        self.more = len(chosen) - len(self.shown)
        self.rows = [
            {"number": number, "label": KINDS.get(finding["kind"], finding["kind"]), **finding}
            for number, finding in self.shown
        ]

    @property
    def notes(self):
        return len(self.all) - self.grave

    @property
    def coverage(self):
        """Returns the covered share in percent; None without a reference to compare with."""
        share = self.report.get("coverage")
        return None if share is None else 100 * share

    @property
    def repaired_areas(self):
        return self.report.get("repaired", [])


@require_safe
@require_work("boundaries")
def edition_page(request, code):
    edition = find_edition(code)
    return render(
        request,
        "incidents/gis/check.html",
        edition_context(edition, "check")
        | {
            "report": FindingsList(edition.report, request.GET) if edition.report else None,
            "areas": edition.areas.defer("shape", "outline").order_by("code"),
        },
    )


def edition_context(edition: Edition, tab: str) -> dict[str, Any]:
    return {"one": edition, "line": edition_line(edition, localdate()), "tab": tab}


@data_view
def edition_shapes(request, code):
    edition = find_edition(code)
    return drawing.json_response(
        {"areas": drawing.area_features(edition.areas.all()), "findings": drawing.finding_features(edition.report)}
    )


@data_view
def upload_shapes(request, pk):
    upload = get_object_or_404(Upload, pk=pk)
    return drawing.json_response({"areas": [], "findings": drawing.finding_features(upload.report)})


@require_http_methods(["GET", "HEAD", "POST"])
@require_work("boundaries")
def discard_draft(request, code):
    """Deletes a draft after a confirmation; 404 for planned, current or ended editions."""
    edition = find_edition(code)
    if edition_line(edition, localdate()).state != "draft":
        raise Http404
    refusal = None
    if request.method == "POST":
        try:
            drafting.discard_draft(edition)
            messages.success(request, _("Discarded: %(name)s") % {"name": edition.title})
            return redirect("editions")
        except InvalidData as fault:
            refusal = fault
    context = edition_context(edition, "discard") | {"refusal": refusal}
    return render(request, "incidents/gis/discard.html", context, status=409 if refusal else 200)


@require_POST
@require_work("boundaries")
def discard_upload(request, pk):
    upload = get_object_or_404(Upload, pk=pk, state__in=[Upload.State.UNMAPPED, Upload.State.FAULTY])
    drafting.delete_upload(upload)
    messages.success(request, _("Discarded: %(name)s") % {"name": upload.name})
    return redirect("editions")
