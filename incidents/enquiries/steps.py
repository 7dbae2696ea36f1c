"""Table of the steps of enquiries, and `move`, which takes one."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as w
from procrastinate.contrib.django import app

from gis_data.words import tidy
from incidents import access
from incidents.models import Answer, Authority, Enquiry, EnquiryLine, Incident, Membership, User

NOTE_MAX = 4000
S, L, K = Enquiry.State, EnquiryLine.Kind, Enquiry.Kind


class StepRefused(ValueError):
    """The step is refused: `field` is at fault; the message says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class EnquiryStep:
    """A step: the right it needs (a key of `access.ENQUIRIES`), its origins, its target and its words.

    `missing`: message where the required note is missing; "": no note required. `wordless`: kinds that need no note.
    `kinds`: the kinds of enquiries that it is for; () for all.
    """

    right: str
    sources: tuple[str, ...]
    target: str
    line: str
    button: Promise
    missing: Promise | str = ""
    wordless: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def is_for(self, enquiry: Enquiry) -> bool:
        return not self.kinds or enquiry.kind in self.kinds


STEPS = {
    "answer": EnquiryStep(
        "work", Enquiry.OPEN, target=S.ANSWERED, line=L.ANSWERED, button=w("Send the answer"),
        missing=w("Write an answer."),
    ),
    "refer": EnquiryStep(
        "work", Enquiry.OPEN, target=S.ANSWERED, line=L.ANSWERED, button=w("Answer with this page"),
        kinds=(K.QUESTION,),
    ),
    "pass-on": EnquiryStep(
        "work", Enquiry.OPEN, target=S.PASSED_ON, line=L.PASSED_ON, button=w("Pass it on"),
        missing=w("Give the reason: the unit reads it."),
    ),
    "give-back": EnquiryStep(
        "give_back", (S.PASSED_ON,), target=S.RECEIVED, line=L.GIVEN_BACK, button=w("Return it"),
        missing=w("Give the reason, or your unit's statement."),
    ),
    "close": EnquiryStep(
        "work", Enquiry.OPEN, target=S.CLOSED, line=L.CLOSED, button=w("Close"),
        missing=w("Give the reason: the sender reads it."), wordless=(K.THANKS,),
    ),
    "incident": EnquiryStep(
        "work", Enquiry.OPEN, target=S.INCIDENT, line=L.INCIDENT, button=w("Create an incident"),
    ),
    "let-through": EnquiryStep("check", (S.HELD,), target=S.RECEIVED, line=L.LET_THROUGH, button=w("Release")),
    "refuse": EnquiryStep(
        "check", (S.HELD,), target=S.REFUSED, line=L.REFUSED, button=w("Refuse"),
        missing=w("Give the reason: the sender reads it."),
    ),
}  # fmt: skip


def home_authority(kind: str) -> Authority:
    if kind == K.COMPLAINT:
        post = Membership.objects.on().filter(role=Membership.Role.SUPERVISOR).order_by("pk").first()
        if post:
            return post.authority
    return Authority.objects.get(duty_desk=True)


def offered_steps(user: User, enquiry: Enquiry) -> list[str]:
    rights = {step.right for step in STEPS.values()}
    may = {right for right in rights if access.enquiries_for(user, right).filter(pk=enquiry.pk).exists()}
    fitting = {name: step for name, step in STEPS.items() if enquiry.state in step.sources and step.is_for(enquiry)}
    return [name for name, step in fitting.items() if step.right in may]


@transaction.atomic
def move(
    enquiry: Enquiry,
    step_name: str,
    *,
    by: User,
    note: str = "",
    authority: Authority | None = None,
    incident: Incident | None = None,
    page: Answer | None = None,
) -> EnquiryLine:
    """Take a step: store the row, its line and the job that notifies, in one transaction.

    `authority`: the unit to which it is passed on. `incident`: made of it. `page`: which answers it. Raises
    StepRefused.
    """
    line = take_step(enquiry, step_name, by=by, note=note, authority=authority, incident=incident, page=page)
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
    page: Answer | None = None,
    at: datetime | None = None,
) -> EnquiryLine:
    """Take a step as `move` does, in the caller's transaction at this moment, else now, without notices."""
    step = STEPS[step_name]
    moment = at or now()
    locked = Enquiry.objects.select_for_update(of=("self",)).select_related("authority").get(pk=enquiry.pk)
    if locked.state not in step.sources or not step.is_for(locked):
        raise StepRefused("", _("Somebody else was faster: this is no longer possible."))
    words = checked_note(step, locked, note)
    if step_name == "refer":
        if page is None or not Answer.objects.public().filter(pk=page.pk).exists():
            raise StepRefused("page", _("Choose a page that anyone can read."))
        words, locked.answer_page = "\n\n".join(filter(None, (words, name_page(page, locked.language)))), page
    if step.target == S.PASSED_ON:
        if authority is None or authority.pk == locked.authority_id:
            raise StepRefused("authority", _("Choose another unit."))
        locked.authority, locked.reminded_at = authority, None
    elif step_name == "give-back":
        locked.authority = home_authority(locked.kind)
    locked.state, locked.incident = step.target, incident
    locked.closed_at = moment if step.target in Enquiry.ENDED else None
    locked.save(update_fields=["state", "authority", "incident", "answer_page", "closed_at", "reminded_at"])
    return locked.write_line(step.line, by=by, note=words, at=moment)


def name_page(page: Answer, language: str) -> str:
    """The title of a page and its address, as the sender of an enquiry reads them."""
    with translation.override(language):
        return f"{page.heading}\n{settings.SITE_URL}{reverse('answer-page', args=[page.slug])}"


def checked_note(step: EnquiryStep, enquiry: Enquiry, note: str) -> str:
    """The note as stored. Raises StepRefused."""
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
