"""Pages of a unit's crews: who is on shift with which incidents, and the form of a crew."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as w
from django.views.decorators.http import require_http_methods, require_POST

from geoapp.http.http_methods import require_safe
from gis_data.alphabet import in_alphabet
from incidents import access
from incidents.casework import crews
from incidents.models import AnyUser, Authority, Crew, Membership, User
from incidents.page_access import SignedInRequest, require_work
from incidents.views.desk.step_forms import TidyTextField
from incidents.wording import WEEKDAYS, person_name

CREWS_MAX = 30  # per unit
WEEK = list(enumerate(WEEKDAYS))


class PeopleField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, person):
        return person_name(person)


class CrewForm(forms.ModelForm):
    """A crew: its unit if the person has several, its name, members and hours."""

    authority = forms.ModelChoiceField(Authority.objects.none(), error_messages={"required": w("Choose the unit.")})
    name = TidyTextField(max_length=60, error_messages={"required": w("Give it a name.")})
    members = PeopleField(User.objects.none(), required=False)
    days = forms.TypedMultipleChoiceField(
        choices=WEEK, coerce=int, error_messages={"required": w("Choose at least one day.")}
    )

    class Meta:
        model = Crew
        fields = ("authority", "name", "members", "others", "days", "starts", "ends", "room")

    def __init__(self, user: AnyUser, data: Any = None, *, instance: Crew | None = None):
        super().__init__(data, instance=instance)
        units = units_arranged(user)
        if instance:
            del self.fields["authority"]
            units = units.filter(pk=instance.authority_id)
        else:
            cast(forms.ModelChoiceField, self.fields["authority"]).queryset = units
            self.only = units[0] if len(units) == 1 else None
            self.fields["authority"].required = not self.only
        cast(forms.ModelMultipleChoiceField, self.fields["members"]).queryset = people_of(units)
        self.fields["others"].required = False

    only: Authority | None = None

    def clean_others(self) -> int:
        return self.cleaned_data["others"] or 0

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        unit = self.instance.authority if self.instance.pk else data.get("authority") or self.only
        if unit is None:
            return data
        self.instance.authority = data["authority"] = unit
        same = Crew.objects.of_units([unit.pk]).exclude(pk=self.instance.pk)
        if data.get("name") and same.filter(name=data["name"]).exists():
            self.add_error("name", _("Your unit already has a crew with this name."))
        if not self.instance.pk and same.count() >= CREWS_MAX:
            self.add_error(None, _("A unit can have at most %(n)d crews.") % {"n": CREWS_MAX})
        if data.get("starts") and data.get("starts") == data.get("ends"):
            self.add_error("ends", _("A shift must end at another time than it starts."))
        if "members" in data and data["members"].exclude(pk__in=people_of([unit])).exists():
            self.add_error("members", _("Choose people of this unit."))
        return data

    def hours(self) -> list[forms.BoundField]:
        return [self["starts"], self["ends"]]

    def numbers(self) -> list[forms.BoundField]:
        return [self["others"], self["room"]]

    @property
    def chosen_days(self) -> list[int]:
        if self.is_bound:
            return [int(day) for day in self.data.getlist("days") if day in "0123456" and day]  # type: ignore[attr-defined]
        return self.instance.days

    @property
    def chosen_people(self) -> set[int]:
        if self.is_bound:
            return {int(key) for key in self.data.getlist("members") if key.isascii() and key.isdigit()}  # type: ignore[attr-defined]
        return set(self.instance.members.values_list("pk", flat=True)) if self.instance.pk else set()


def units_arranged(user: AnyUser) -> QuerySet[Authority]:
    if user.is_superuser:
        return Authority.objects.order_by(in_alphabet("name"))
    keys = {post.authority_id for post in access.posts_of(user) if post.role in access.DOES["crews"]}
    return Authority.objects.filter(pk__in=keys).order_by(in_alphabet("name"))


def people_of(units: Any) -> QuerySet[User]:
    posts = Membership.objects.on().filter(authority__in=units, role__in=access.DOES["desk"])
    return User.objects.filter(pk__in=posts.values("user")).order_by("last_name", "first_name", "username")


@require_work("crews")
@require_safe
def crew_list(request: SignedInRequest) -> HttpResponse:
    crew_query = access.crews_for(request.user).select_related("authority").prefetch_related("members")
    states = crews.crew_states(crew_query, now())
    several = len({state.crew.authority_id for state in states}) > 1
    return render(request, "incidents/desk/crews.html", {"states": states, "week": WEEK, "several": several})


@require_work("crews")
@require_http_methods(["GET", "HEAD", "POST"])
def new_crew(request: SignedInRequest) -> HttpResponse:
    return edit_crew(request, None)


@require_work("crews")
@require_http_methods(["GET", "HEAD", "POST"])
def crew_page(request: SignedInRequest, pk: int) -> HttpResponse:
    return edit_crew(request, get_object_or_404(access.crews_for(request.user).select_related("authority"), pk=pk))


def edit_crew(request: SignedInRequest, crew: Crew | None) -> HttpResponse:
    form = CrewForm(request.user, request.POST if request.method == "POST" else None, instance=crew)
    if form.is_bound and form.is_valid():
        saved = form.save()
        messages.success(request, _("Saved: %(name)s") % {"name": saved.name})
        return redirect("desk-crews")
    context = {"form": form, "crew": crew, "week": WEEK}
    return render(request, "incidents/desk/crew.html", context, status=400 if form.is_bound else 200)


@require_work("crews")
@require_POST
def end_crew(request: SignedInRequest, pk: int) -> HttpResponse:
    crew = get_object_or_404(access.crews_for(request.user), pk=pk)
    crews.give_up_crew(crew, request.user)
    messages.success(request, _("Removed: %(name)s") % {"name": crew.name})
    return redirect("desk-crews")
