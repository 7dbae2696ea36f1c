"""Record telephone calls from the control room about an incident, and list whom to call."""

from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from incidents import access, timeline
from incidents.models import CallScript, Contact, Event, Incident, User

WORDS_MAX = 300
LONGEST_S = 4 * 3600  # a call that took longer was not timed
# The outcomes of a call: the label in the form, and the text that is recorded.
OUTCOMES: dict[str, tuple[Promise, Promise]] = {
    "reached": (gettext_lazy("Reached"), gettext_lazy("reached")),
    "busy": (gettext_lazy("Line busy"), gettext_lazy("line busy, nobody reached")),
    "no_answer": (gettext_lazy("No answer"), gettext_lazy("no answer")),
    "unknown": (gettext_lazy("Not stated"), gettext_lazy("result not recorded")),
}


@dataclass(frozen=True)
class Callee:
    """Somebody who can be called about an incident."""

    name: str
    number: str

    @property
    def dialled(self) -> str:
        return self.number.replace(" ", "")


def callees_of(incident: Incident) -> list[Callee]:
    """Return the contacts of the responsible unit, then the emergency numbers for this category (113, 114, 115)."""
    contacts = Contact.objects.filter(authority=incident.authority).exclude(phone="").order_by("pk")
    callees = [Callee(f"{incident.authority.title}, {contact.label}", contact.phone) for contact in contacts]
    scripts = CallScript.objects.applying_to(incident.category, "hurt")
    in_english = translation.get_language() == "en"
    callees += [
        Callee((in_english and script.transfer_to_en) or script.transfer_to or script.number, script.number)
        for script in scripts
        if script.number
    ]
    return list({callee.number: callee for callee in reversed(callees)}.values())[::-1]


def find_callee(incident: Incident, number: str) -> Callee | None:
    with translation.override(settings.LANGUAGE_CODE):
        return next((callee for callee in callees_of(incident) if callee.number == number), None)


def record_call(incident: Incident, callee: Callee, *, by: User, outcome: str, seconds: int | None, words: str) -> str:
    """Record a call as an event of the incident, for staff only. Returns the text for the room's log."""
    with translation.override(settings.LANGUAGE_CODE):
        ended = words if words and outcome == "reached" else "; ".join(filter(None, [str(OUTCOMES[outcome][1]), words]))
        lasted = f", {length_words(seconds)}" if outcome == "reached" and seconds else ""
        text = f"{callee.name}{lasted}: {ended}"
        note = _("Called %(what)s") % {"what": text}
    timeline.record(incident, Event.Kind.NOTE, by=by, authority=access.room_unit(by, incident), note=note, public=False)
    return text


def length_words(seconds: int) -> str:
    if seconds < 100:
        return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    minutes = round(seconds / 60)
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
