"""Put the states of incidents into the five groups of the public map."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from incidents.models import Incident

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

S = Incident.State


@dataclass(frozen=True)
class StateGroup:
    """`sign` is the state whose glyph and colour the group has."""

    code: str
    sign: str
    title: "StrOrPromise"
    states: tuple[str, ...]


# What is assigned counts as at work: to a citizen it is somebody's already. Scripts: GROUP of map/pins.js.
GROUPS = (
    StateGroup("new", S.RECEIVED, _("New"), (S.RECEIVED,)),
    StateGroup("working", S.WORKING, _("Working on it"), (S.ASSIGNED, S.PASSED_ON, *Incident.IN_HAND)),
    StateGroup("waiting", S.WAITING, _("Waiting for the reporter"), (S.WAITING,)),
    StateGroup("disputed", S.DISPUTED, _("Residents disagree"), (S.DISPUTED,)),
    StateGroup("resolved", S.RESOLVED, _("Done"), Incident.DONE),
)
GROUP_OF = {state: group for group in GROUPS for state in group.states}
