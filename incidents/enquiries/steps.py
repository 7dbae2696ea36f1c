"""What is done with enquiries: the table of steps, and the one way to take one."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.functional import Promise
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as w
from procrastinate.contrib.django import app

from gis_data.words import tidy
from incidents import access
from incidents.models import Authority, Enquiry, EnquiryLine, Incident, Membership, User

NOTE_MAX = 4000
S, L, K = Enquiry.State, EnquiryLine.Kind, Enquiry.Kind


class StepRefused(ValueError):
    """The step cannot be taken so: `field` says what is wrong with it, the message what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class EnquiryStep:
    """A step: which right it needs (a key of `access.ENQUIRIES`), from which states it leads where, and its words.

    `missing`: what is said where nothing is written with it; empty: nothing need be. `wordless`: kinds of which nothing
    need be written all the same.
    """

    right: str
    sources: tuple[str, ...]
    target: str
    line: str
    button: Promise
    missing: Promise | str = ""
    wordless: tuple[str, ...] = ()


STEPS = {
    "answer": EnquiryStep(
        "work", Enquiry.OPEN, target=S.ANSWERED, line=L.ANSWERED, button=w("Send the answer"),
        missing=w("Write an answer."),
    ),
    "pass-on": EnquiryStep(
        "work", Enquiry.OPEN, target=S.PASSED_ON, line=L.PASSED_ON, button=w("Pass it on"),
        missing=w("Say why: the unit reads it."),
    ),
    "give-back": EnquiryStep(
        "give_back", (S.PASSED_ON,), target=S.RECEIVED, line=L.GIVEN_BACK, button=w("Give it back"),
        missing=w("Say why, or write what the unit has to say to it."),
    ),
    "close": EnquiryStep(
        "work", Enquiry.OPEN, target=S.CLOSED, line=L.CLOSED, button=w("Close"),
        missing=w("Say why: the sender reads it."), wordless=(K.THANKS,),
    ),
    "incident": EnquiryStep(
        "work", Enquiry.OPEN, target=S.INCIDENT, line=L.INCIDENT, button=w("Make it an incident"),
    ),
    "let-through": EnquiryStep("check", (S.HELD,), target=S.RECEIVED, line=L.LET_THROUGH, button=w("Let through")),
    "refuse": EnquiryStep(
        "check", (S.HELD,), target=S.REFUSED, line=L.REFUSED, button=w("Refuse"),
        missing=w("Say why: the sender reads it."),
    ),
}  # fmt: skip


def home_authority(kind: str) -> Authority:
    """The unit that has an enquiry of this kind at first: a complaint that of the supervisors, else the duty desk."""
    if kind == K.COMPLAINT:
        post = Membership.objects.on().filter(role=Membership.Role.SUPERVISOR).order_by("pk").first()
        if post:
            return post.authority
    return Authority.objects.get(duty_desk=True)


def offered_steps(user: User, enquiry: Enquiry) -> list[str]:
    """The names of the steps that this person may take now."""
    rights = {step.right for step in STEPS.values()}
    may = {right for right in rights if access.enquiries_for(user, right).filter(pk=enquiry.pk).exists()}
    return [name for name, step in STEPS.items() if step.right in may and enquiry.state in step.sources]


@transaction.atomic
def move(
    enquiry: Enquiry,
    step_name: str,
    *,
    by: User,
    note: str = "",
    authority: Authority | None = None,
    incident: Incident | None = None,
) -> EnquiryLine:
    """Take a step: the row, the line of its history, and the job by which people hear of it, in one transaction.

    Raises StepRefused where the state does not allow it, or something is missing. `authority`: to which it is passed
    on. `incident`: which it became.
    """
    line = take_step(enquiry, step_name, by=by, note=note, authority=authority, incident=incident)
    app.configure_task("incidents.announce_enquiry").defer(line_id=line.pk)
    enquiry.refresh_from_db()
    return line


def take_step(
    enquiry: Enquiry,
    step_name: str,
    *,
    by: User,
    note: str = "",
    authority: Authority | None = None,
    incident: Incident | None = None,
    at: datetime | None = None,
) -> EnquiryLine:
    """Take a step as `move` does, at this moment, else now; nobody hears of it. In the caller's transaction."""
    step = STEPS[step_name]
    moment = at or now()
    locked = Enquiry.objects.select_for_update(of=("self",)).select_related("authority").get(pk=enquiry.pk)
    if locked.state not in step.sources:
        raise StepRefused("", _("Somebody was quicker: this cannot be done any more."))
    words = checked_note(step, locked, note)
    if step.target == S.PASSED_ON:
        if authority is None or authority.pk == locked.authority_id:
            raise StepRefused("authority", _("Choose another unit."))
        locked.authority, locked.reminded_at = authority, None
    elif step_name == "give-back":
        locked.authority = home_authority(locked.kind)
    locked.state, locked.incident = step.target, incident
    locked.closed_at = moment if step.target in Enquiry.ENDED else None
    locked.save(update_fields=["state", "authority", "incident", "closed_at", "reminded_at"])
    return locked.write_line(step.line, by=by, note=words, at=moment)


def checked_note(step: EnquiryStep, enquiry: Enquiry, note: str) -> str:
    """What is written with a step. Raises StepRefused where it is missing or too long."""
    words = tidy(note)
    if not words and step.missing and enquiry.kind not in step.wordless:
        raise StepRefused("note", str(step.missing))
    if len(words) > NOTE_MAX:
        raise StepRefused(
            "note",
            _("Please shorten the text to %(limit)d characters; it has %(length)d.")
            % {"limit": NOTE_MAX, "length": len(words)},
        )
    return words
