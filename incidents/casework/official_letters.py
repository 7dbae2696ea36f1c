"""Official letters with a unit's answer, for the private page, e-mail and print."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from incidents import public_text
from incidents.models import Authority, Event, Incident

K = Event.Kind
ANSWERS = (K.RESOLVED, K.REJECTED)  # the lines that a letter tells
ENDED_BY = (K.RESOLVED, K.REJECTED, K.REOPENED, K.UPHELD, K.DISPUTED)  # the last of these says whether one stands


@dataclass(frozen=True, kw_only=True)
class OfficialLetter:
    """Content of a letter; the addressee is never named, since reports hold no names."""

    unit: Authority
    incident: Incident
    at: datetime
    words: str
    head: list[str]
    signature: list[str]


def letter_of(incident: Incident) -> OfficialLetter | None:
    """The letter on the result of an incident; None while it is open, or where the unit writes none."""
    if not incident.authority.letters:
        return None
    lines = incident.timeline.filter(kind__in=ENDED_BY, public=True).exclude(Q(undoable__undone_at__isnull=False))
    event = lines.select_related("authority").order_by("-pk").first()
    if event is None or event.kind not in ANSWERS or event.authority is None or not event.authority.letters:
        return None
    unit = event.authority
    return OfficialLetter(
        unit=unit, incident=incident, at=event.at, words=public_text.public_note_of(event),
        head=unit.letter_head.splitlines(), signature=signature_lines(unit),
    )  # fmt: skip


def signature_lines(unit: Authority) -> list[str]:
    return unit.letter_signature.splitlines() or [unit.title]
