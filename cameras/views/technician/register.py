"""Show and edit the register of cameras, one camera with its views, a new one, and import a file."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from cameras import access as pictures
from cameras import freshness
from cameras.forms import FactsForm, FileForm, ViewForm
from cameras.masking import zoning
from cameras.models import Camera, View
from cameras.register import registry
from cameras.register.fields_of_view import update_footprints, update_view
from cameras.views.technician import zones
from geoapp.http.http_methods import require_safe
from geoapp.http.query_parameters import read_number
from gis_data.alphabet import in_alphabet
from gis_data.pack import InvalidData
from gis_data.words import tidy
from incidents import access
from incidents.page_access import require_work

ROWS = 50
SHOWN = 200  # changes of a file by name; of more, the number
# The initial values of a camera's first view.
ANGLE_DEG, RANGE_M = 60, 100
WHICH = {
    "": Q(),
    "unseen": ~Q(has_view=True),
    "unverified": Q(has_view=True) & ~Q(has_verified=True),
    "gone": Q(active=False),
}


@require_safe
@require_work("register")
def register_page(request: HttpRequest) -> HttpResponse:
    """List cameras: `?q=` searches code, name, road and source; `?which=` those without a view, not compared, or
    inactive.
    """
    words, which = tidy(request.GET.get("q", ""))[:100], request.GET.get("which", "")
    views = View.objects.filter(camera=OuterRef("pk"), current=True, footprint__isnull=False)
    rows = Camera.objects.annotate(has_view=Exists(views), has_verified=Exists(views.filter(verified=True)))
    rows = (
        rows.filter(WHICH.get(which, Q()), active=which != "gone")
        .select_related("source")
        .order_by(in_alphabet("name"), "code")
    )
    for word in words.split():
        rows = rows.filter(Q(code__icontains=word) | Q(name__icontains=word)
                           | Q(road__icontains=word) | Q(source__name__icontains=word))  # fmt: skip
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    chips = (("", _("In use")), ("unseen", _("Direction unknown")), ("unverified", _("Not checked")),
             ("gone", _("Out of use")))  # fmt: skip
    context = {"page": page, "words": words, "which": which, "chips": chips, "may_edit": may_edit(request)}
    context["query"] = urlencode({"which": which, "q": words})
    return render(request, "cameras/technician/register/list.html", context)


def may_set_views(request):
    return access.does_work(request.user, "views")


def may_edit(request):
    return access.does_work(request.user, "administer")


def may_look(request, camera):
    return pictures.cameras_for(request.user).filter(pk=camera.pk).exists()


@sensitive_post_parameters("credentials")
@require_http_methods(["GET", "HEAD", "POST"])
@require_work("register")
@sensitive_variables()
def camera_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show one camera: `?view=` which of its views (a key, or `new`). POST `part`: facts, view, or remove (of a
    view).
    """
    camera = get_object_or_404(Camera.objects.select_related("source"), code=code)
    view = requested_view(request, camera)
    facts, form = FactsForm(camera=camera), ViewForm(view=view, compares=may_look(request, camera))
    if request.method == "POST":
        part = request.POST.get("part")
        if not (may_edit if part == "facts" else may_set_views)(request):
            raise Http404
        if part == "remove":
            return remove_view(request, camera, view)
        if part == "facts":
            facts = FactsForm(request.POST, camera=camera)
            if facts.is_valid():
                return save_facts(request, facts)
        else:
            form = ViewForm(request.POST, view=view, compares=may_look(request, camera))
            if form.is_valid():
                return save_view(request, form)
    return render_camera(request, camera, view, facts, form, 400 if facts.errors or form.errors else 200)


def requested_view(request, camera):
    """Return the requested view, else the current one, or an unsaved one if there is none."""
    view_key = request.GET.get("view", "")
    key = read_number(view_key)
    if key is not None:
        view = get_object_or_404(camera.views, pk=key)
    else:
        view = None if view_key == "new" else camera.views.order_by("-current", "pk").first()
    if view is None:
        first = not camera.views.exists()
        view = View(camera=camera, bearing_deg=0, angle_deg=ANGLE_DEG, range_m=RANGE_M, current=first)
    view.camera = camera
    return view


def render_camera(request, camera, view, facts, form, status):
    camera.refresh_from_db()
    context = {
        "camera": camera,
        "tile": freshness.tile_facts(camera, now()),
        "views": camera.views.order_by("pk"),
        "view": view,
        "facts": facts,
        "form": form,
        "may_edit": may_edit(request),
        "may_set_views": may_set_views(request),
        "may_look": may_look(request, camera),
        **zones.zones_context(request, camera),
    }
    return render(request, "cameras/technician/register/camera.html", context, status=status)


def save_facts(request, facts):
    moved = "latitude" in facts.changed_data or "longitude" in facts.changed_data
    with transaction.atomic():
        camera = facts.camera_as_typed()
        camera.save(update_fields=registry.CAMERA_COLUMNS if camera.pk else None)
        if moved:
            update_footprints(View.objects.filter(camera=camera))
    messages.success(request, _("Saved."))
    return redirect("camera", camera.code)


def save_view(request, form):
    """Save a view. A person who compared it with the picture confirms that it looks there now."""
    view = update_view(form.view, **form.view_changes)
    away = view.current and view.state not in (View.State.FITS, View.State.UNKNOWN)
    # Privacy zones are drawn on the reference picture: as long as there are any, it is not let go of.
    if view.verified and away and not view.zones:
        zoning.record_turn(view.camera, request.user)
    messages.success(request, _("Saved."))
    return redirect(f"{request.path}?view={view.pk}")


def remove_view(request, camera, view):
    if view.pk and not view.current:
        view.delete()
        messages.success(request, _("The view was removed."))
    return redirect(request.path)


@sensitive_post_parameters("credentials")
@require_http_methods(["GET", "HEAD", "POST"])
@require_work("administer")
@sensitive_variables()
def new_camera(request: HttpRequest) -> HttpResponse:
    facts = FactsForm(request.POST if request.method == "POST" else None, camera=Camera())
    if request.method == "POST" and facts.is_valid():
        try:
            return save_facts(request, facts)
        except IntegrityError:  # somebody else was quicker
            facts.add_error("code", _("There is already a camera with this code."))
    return render(
        request, "cameras/technician/register/new.html", {"facts": facts}, status=400 if facts.errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@require_work("administer")
@sensitive_variables()
def import_file(request: HttpRequest) -> HttpResponse:
    """Preview the changes of a file of cameras; with `commit` apply them."""
    context, status = {"form": FileForm(), "most": SHOWN}, 200
    if request.method == "POST":
        form = context["form"] = FileForm(request.POST, request.FILES)
        if form.is_valid():
            file, whole = form.cleaned_data["file"], form.cleaned_data["whole"]
            data = file.read()
            try:
                if "commit" in request.POST:
                    plan = registry.carry_out_plan(lambda: registry.plan_file(data, file.name, whole))
                    messages.success(request, import_summary(plan))
                    return redirect("register")
                context |= {"plan": registry.plan_file(data, file.name, whole), "file": file.name, "whole": whole}
            except InvalidData as error:
                context["faults"], status = error.faults, 400
        else:
            status = 400
    part = "#plan" if request.GET.get("part") == "plan" else ""
    return render(request, f"cameras/technician/register/import.html{part}", context, status=status)


def import_summary(plan):
    return _("%(new)d new, %(changed)d changed, %(gone)d out of use.") % {
        "new": len(plan.new), "changed": len(plan.changed), "gone": len(plan.retired),
    }  # fmt: skip
