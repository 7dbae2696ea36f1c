"""Save layouts of the wall, and the settings of each person in the control room."""

from collections.abc import Callable

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from cameras import access as pictures
from cameras.models import Habits, Layout
from cameras.wall.first_page import STATES
from gis_data.words import tidy
from incidents.page_access import SignedInRequest, require_work
from incidents.wording import person_name

MOST = 100  # layouts of one person
GROUPS = ("area", "road", "source")


class LayoutForm(forms.ModelForm):
    """A layout to be saved, validated by what the wall can show."""

    class Meta:
        model = Layout
        fields = ["name", "shared", "size", "state", "group", "words", "pins", "dwell_s"]
        error_messages = {
            "name": {
                "required": gettext_lazy("Give the layout a name."),
                "max_length": gettext_lazy("Please shorten the name to %(limit_value)d characters."),
            }
        }

    state = forms.ChoiceField(choices=[(state, state) for state in STATES])

    def __init__(self, user, *args, **more):
        super().__init__(*args, **more)
        self.user = user

    def clean_name(self):
        name = tidy(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError(_("Give the layout a name."))
        return name

    def clean_group(self):
        group = tidy(self.cleaned_data["group"])
        kind, _colon, which = group.partition(":")
        if group and (kind not in GROUPS or not which):
            raise forms.ValidationError(_("There is no such group of cameras."))
        return group

    def clean_words(self):
        return tidy(self.cleaned_data["words"])

    def clean_pins(self):
        pins = self.cleaned_data["pins"] or {}
        columns, rows = (
            (int(n) for n in self.data.get("size", "0x0").split("x")) if "size" in self.cleaned_data else (0, 0)
        )
        places = list(pins.values()) if isinstance(pins, dict) else [None]
        if not all(type(place) is int and 0 <= place < columns * rows for place in places):
            raise forms.ValidationError(_("A pinned camera has no place on a wall of this size."))
        if len(set(places)) < len(places):
            raise forms.ValidationError(_("Two pinned cameras have the same place."))
        known = pictures.cameras_for(self.user).filter(code__in=pins)
        return {code: pins[code] for code in known.values_list("code", flat=True)}


def room_view(methods: list[str]) -> Callable[[Callable], Callable]:
    """Require a post in the control room; others get 404, and a script whose session ended gets no page."""
    return lambda view: login_not_required(require_http_methods(methods)(require_work("control")(view)))


def layout_json(layout, user):
    return {
        "key": layout.pk, "name": layout.name, "mine": layout.owner_id == user.pk, "shared": layout.shared,
        "by": person_name(layout.owner), "size": layout.size, "state": layout.state,
        "group": layout.group, "words": layout.words, "pins": layout.pins, "dwell": layout.dwell_s,
    }  # fmt: skip


def layouts_response(user, **more):
    return JsonResponse({"layouts": [layout_json(layout, user) for layout in Layout.objects.for_person(user)], **more})


def faults_response(form):
    return JsonResponse({"error": " ".join(fault for faults in form.errors.values() for fault in faults)}, status=400)


@room_view(["GET", "POST"])
def list_or_save_layouts(request: SignedInRequest) -> HttpResponse:
    """GET: list the layouts that this person may choose. POST: save one; it replaces one of the same name."""
    if request.method == "GET":
        return layouts_response(request.user)
    before = Layout.objects.filter(owner=request.user, name=tidy(request.POST.get("name", ""))).first()
    form = LayoutForm(request.user, request.POST, instance=before or Layout(owner=request.user))
    if not form.is_valid():
        return faults_response(form)
    if not before and request.user.layouts.count() >= MOST:
        return JsonResponse({"error": _("You have too many layouts. Remove one first.")}, status=400)
    try:
        with transaction.atomic():
            saved = form.save()
    except IntegrityError:  # the same form was sent twice at once
        return JsonResponse({"error": _("A layout with this name has just been saved.")}, status=409)
    return layouts_response(request.user, saved=saved.pk)


@room_view(["POST"])
def remove_layout(request: SignedInRequest, key: int) -> HttpResponse:
    get_object_or_404(request.user.layouts, pk=key).delete()
    return layouts_response(request.user)


class HabitsForm(forms.ModelForm):
    class Meta:
        model = Habits
        fields = ["sound_urgent", "sound_disputed", "keys"]


@room_view(["POST"])
def save_habits(request: HttpRequest) -> HttpResponse:
    """Save the settings of this person; checkboxes missing from the form are off."""
    form = HabitsForm(request.POST, instance=Habits.of(request.user))
    form.save()
    return HttpResponse(status=204)
