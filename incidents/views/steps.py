"""The steps that an officer takes: their words, keys and signs, and the form that each is filled in on."""

from dataclasses import dataclass

from django import forms
from django.db.models import Case, Exists, IntegerField, OuterRef, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_data.models import Area
from gis_data.words import tidy
from incidents import intake, photos, reform, workflow
from incidents.models import Authority

PHOTOS_MAX = 3  # with a result


@dataclass(frozen=True)
class Words:
    """How a step is named on its button, asked in its dialog and told when it is done; its icon and its key."""

    button: str
    question: str
    says: str
    note: str
    go: str
    done: str
    icon: str
    key: str = ""


w = gettext_lazy
# In the order of the buttons: the first that may be taken is the main one, the last two hide in the menu.
STEPS = {
    "accept": Words(
        w("Accept"),
        w("Accept this incident?"),
        w("The reporter sees at once that your unit works on it."),
        "",
        w("Accept"),
        w("Accepted: %(what)s"),
        "i-check",
        "n",
    ),
    "resolve": Words(
        w("Resolved, send the result…"),
        w("What was done?"),
        w("The reporter and everybody can read it; photos convince."),
        w("Result"),
        w("Send the result"),
        w("Resolved: %(what)s"),
        "i-check",
        "x",
    ),
    "reopen": Words(
        w("Reopen"),
        w("Reopen this incident?"),
        w("It is in progress again and its deadline counts."),
        w("Why"),
        w("Reopen"),
        w("Reopened: %(what)s"),
        "i-refresh",
    ),
    "ask": Words(
        w("Ask the reporter"),
        w("What do you need to know?"),
        w("The clock stands still until the reporter answers."),
        w("Question to the reporter"),
        w("Ask"),
        w("Asked the reporter: %(what)s"),
        "i-ask",
        "h",
    ),
    "hand_over": Words(
        w("Hand over…"),
        w("Hand over to another unit?"),
        w("The other unit receives it at once. The deadline stays."),
        w("Reason, everybody can read it"),
        w("Hand over"),
        w("Handed over to %(to)s: %(what)s"),
        "i-handover",
        "c",
    ),
    "claim": Words(
        w("It is ours: take it over"),
        w("Take this incident over?"),
        w("Your unit has it then, and the other one is told. The deadline stays."),
        w("Reason, everybody can read it"),
        w("Take it over"),
        w("Taken over by %(to)s: %(what)s"),
        "i-handover",
    ),
    "reject": Words(
        w("Do not accept…"),
        w("Not accept this incident?"),
        w("It is closed. The reporter and everybody read why."),
        w("Reason, everybody can read it"),
        w("Do not accept"),
        w("Not accepted: %(what)s"),
        "i-ban",
    ),
}


@dataclass(frozen=True)
class Offered:
    """The steps that may be taken now: the main one, those beside it, and the rare ones of the menu."""

    main: str = ""
    beside: tuple = ()
    more: tuple = ()


def offered(state):
    """What the unit that has the incident may do; taking over is for others."""
    names = [name for name in STEPS if name != "claim" and name in workflow.steps_from(state)]
    if not names:
        return Offered()
    main, *rest = names
    beside = tuple(name for name in rest if name in ("ask", "hand_over"))
    return Offered(main, beside, tuple(name for name in rest if name not in beside))


class Text(forms.CharField):
    """Words as people write them, in one form."""

    def to_python(self, value):
        return tidy(super().to_python(value))


class StepForm(forms.Form):
    """What an officer fills in for a step. `cleaned_data`: note, to (an Authority), pictures (as photos.Picture)."""

    note = Text(max_length=intake.TEXT_MAX)
    only = None  # the one unit for which this person can take over

    to = forms.ModelChoiceField(Authority.objects.none(), error_messages={"required": w("Choose the unit.")})

    def __init__(self, name, incident, claimants=None, *args):
        super().__init__(*args)
        self.name, self.incident, self.words = name, incident, STEPS[name]
        if workflow.STEPS[name].needs_note:
            self.fields["note"].error_messages["required"] = _("Write a few words: the citizen reads them.")
        else:
            del self.fields["note"]
        match name:
            case "hand_over":
                self.fields["to"].queryset = reform.in_office().exclude(pk=incident.authority_id)
            case "claim":
                self.fields["to"].queryset = claimants
                self.only = claimants[0] if len(claimants) == 1 else None
                self.fields["to"].required = not self.only
            case _:
                del self.fields["to"]
        self.takes_photos = name == "resolve"

    def clean(self):
        self.cleaned_data["pictures"] = []
        if self.only:
            self.cleaned_data["to"] = self.only
        uploads = self.files.getlist("photos") if self.files and self.takes_photos else []
        if len(uploads) > PHOTOS_MAX:
            self.add_error(None, _("At most %(n)d photos.") % {"n": PHOTOS_MAX})
            return
        try:
            self.cleaned_data["pictures"] = [photos.read(upload) for upload in uploads]
        except photos.BadPhoto as bad:
            self.add_error(None, str(bad))

    def units(self):
        """The authorities to choose from, by kind: neighbouring wards, the duty desk, city-wide ones, other wards."""
        groups = {}
        for authority in by_nearness(self.incident, self.fields["to"].queryset):
            groups.setdefault(NEARNESS[authority.nearness], []).append(authority)
        return groups.items()


NEARNESS = (w("Neighbouring wards"), w("Duty desk"), w("Departments and utilities"), w("Other wards"))


def by_nearness(incident, authorities):
    """The authorities with `nearness`, the place of their kind in NEARNESS, in that order and by name."""
    here = Area.objects.only("outline", "edition").get(pk=incident.area_id)
    touching = Area.objects.filter(pk=OuterRef("area"), edition=here.edition_id, outline__intersects=here.outline)
    return authorities.annotate(
        nearness=Case(
            When(Exists(touching), then=Value(0)),
            When(duty_desk=True, then=Value(1)),
            When(area=None, then=Value(2)),
            default=Value(3),
            output_field=IntegerField(),
        )
    ).order_by("nearness", "name")
