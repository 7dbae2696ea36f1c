"""Ask another unit for a part of the work: request, answer, withdraw.

An incident with an open subtask can be neither resolved nor rejected (`workflow` checks). The unit asked reads the
incident without the reporter's contact (`access`, "help").
"""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext as _

from geoapp.crypto.fields import rows_with_text
from gis_data.words import tidy
from incidents import access, photos, timeline, workflow
from incidents.models import Authority, Event, Incident, Subtask, User

TEXT_MAX = 2000  # characters of what is asked for, or of an answer
OPEN_MAX = 10  # open parts of one incident
S = Subtask.State


class InvalidSubtask(ValueError):
    """The subtask or answer is invalid; `faults`: messages by field, {"what": "…"}."""

    def __init__(self, faults: dict[str, str]):
        super().__init__(" ".join(faults.values()))
        self.faults = faults


@transaction.atomic
def request_subtask(
    incident: Incident, *, by: User, to: Authority | None, what: str, due_at: datetime | None, seen: int | None = None
) -> Subtask:
    """Ask another unit for a subtask until a moment (aware). The same words to the same unit are one subtask.

    Writes the row and an internal event, which notifies the unit. `seen`: as in `workflow.move`, which raises
    NotAllowed where the incident has changed. Raises InvalidSubtask.
    """
    what = tidy(what)
    locked = workflow.lock_incident(incident, seen)
    if not locked.is_open:
        raise workflow.NotAllowed(_("It is closed: no other unit can be asked to help any more."))
    open_subtasks = locked.subtasks.filter(state=S.OPEN)
    if sent_before := rows_with_text(open_subtasks.filter(authority=to), "what", what).first():
        return sent_before
    faults = subtask_faults(locked, to, what, due_at, open_subtasks)
    if faults or to is None or due_at is None:
        raise InvalidSubtask(faults)
    moment = now()
    part = Subtask.objects.create(incident=locked, authority=to, what=what, due_at=due_at, asked_by=by, asked_at=moment)
    timeline.record(
        locked, Event.Kind.TASK_ASKED, by=by, authority=locked.authority, note=what, public=False, at=moment
    )
    return part


def subtask_faults(
    incident: Incident, to: Authority | None, what: str, due_at: datetime | None, open_subtasks: QuerySet[Subtask]
) -> dict[str, str]:
    faults = text_faults("what", what, _("Enter what the other unit should do."))
    if to is None or to.pk == incident.authority_id:
        faults["to"] = _("Choose another unit.")
    elif to.works != Authority.Works.HERE:
        faults["to"] = _("This unit works outside this system: transfer the incident to it, or choose another.")
    if due_at is None or due_at <= now():
        faults["due_at"] = _("Choose a time in the future.")
    if open_subtasks.count() >= OPEN_MAX:
        faults["what"] = _("At most %(n)d requests for help can be open at once.") % {"n": OPEN_MAX}
    return faults


def text_faults(field: str, words: str, label: str) -> dict[str, str]:
    if not words:
        return {field: label}
    if len(words) > TEXT_MAX:
        return {field: _("Too long: at most %(most)s characters.") % {"most": TEXT_MAX}}
    return {}


@transaction.atomic
def answer_subtask(part: Subtask, *, by: User, done: bool, text: str, pictures: Iterable[photos.Picture] = ()) -> Event:
    """Answer a subtask as done, or not (`done` False) with a reason; the unit that asked is notified.

    Photos are internal. Raises InvalidSubtask; workflow.NotAllowed where it was answered meanwhile.
    """
    text = tidy(text)
    if faults := text_faults("answer", text, _("Enter what was done, or why not.")):
        raise InvalidSubtask(faults)
    locked = lock_open_subtask(part)
    if not access.incidents_for(by, "help").filter(pk=locked.incident_id).exists():
        raise workflow.NotAllowed(_("This request is not addressed to your unit."))
    event = end_subtask(
        locked,
        state=S.DONE if done else S.REFUSED,
        kind=Event.Kind.TASK_DONE,
        by=by,
        words=text,
        speaker=locked.authority,
    )
    photos.store_photos(pictures, incident=locked.incident, event=event, public=False)
    part.refresh_from_db()
    return event


@transaction.atomic
def withdraw_subtask(part: Subtask, *, by: User, why: str = "") -> Event:
    """Withdraw a subtask. Raises workflow.NotAllowed where it was answered meanwhile."""
    locked = lock_open_subtask(part)
    with translation.override(settings.LANGUAGE_CODE):
        label = _("%(unit)s is no longer needed: %(what)s") % {"unit": locked.authority.title, "what": locked.what}
    note = f"{label}\n{tidy(why)[:TEXT_MAX]}".strip()
    event = end_subtask(
        locked, state=S.WITHDRAWN, kind=Event.Kind.NOTE, by=by, words=note, speaker=locked.incident.authority
    )
    part.refresh_from_db()
    return event


def lock_open_subtask(part: Subtask) -> Subtask:
    """The subtask with its incident, locked until the transaction ends: the incident first, as in every step."""
    incident = Incident.objects.lock(part.incident_id)
    locked = Subtask.objects.select_for_update(of=["self"]).select_related("authority").get(pk=part.pk)
    locked.incident = incident
    if locked.state != S.OPEN:
        raise workflow.NotAllowed(
            _("This has already been done: the request is now “%(state)s”.") % {"state": locked.get_state_display()}
        )
    return locked


def end_subtask(part: Subtask, *, state: str, kind: str, by: User, words: str, speaker: Authority) -> Event:
    part.state, part.answer, part.answered_by, part.answered_at = state, words, by, now()
    part.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    return timeline.record(part.incident, kind, by=by, authority=speaker, note=words, public=False, at=part.answered_at)
