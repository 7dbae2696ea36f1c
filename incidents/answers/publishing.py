"""Write pages that answer: drafts, a second person's yes, publication, and questions that were answered in public.

Each act locks the version, changes it, adds a line to its history, and, where a page changes, counts the words of pages
anew: all in one transaction. PostgreSQL refuses that somebody publishes what they wrote.
"""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _

from gis_data import city
from gis_data.words import tidy
from incidents import access
from incidents.answers.illustrating import storing_picture
from incidents.answers.personal import find_personal, mask_personal
from incidents.answers.vocabulary import write_vocabulary
from incidents.models import Answer, AnswerLine, AnswerVersion, Authority, Enquiry, EnquiryLine, Subject, User
from incidents.models.answers import MORE_MAX, QUESTION_MAX, TEXT_MAX, TITLE_MAX
from incidents.photos import Picture
from incidents.versions import steps
from incidents.versions.steps import Content, NotPublished
from incidents.wards.duties import public_numbers

V, L = AnswerVersion.State, AnswerLine.Kind
IN_BOTH = ("title", "text", "question", "more", "words", "how_long", "cost", "place", "bring", "steps", "online_note",
           "to_check", "picture_words")  # fmt: skip
IN_ONE = ("online", "office", "rule", "source")
DAYS = ("reviewed_on", "review_by", "valid_until")
TEXTS = tuple(name + end for name in IN_BOTH for end in ("", "_en"))
FIELDS = ("subject", *TEXTS, *IN_ONE, *DAYS, "picture")
ASKED = ("title", "title_en", "question", "question_en", "text", "text_en", "more", "more_en")  # of a public question


# ---- drafts ----


def content_of(answer: Answer) -> Content:
    values = {name: getattr(answer, name) for name in FIELDS if name not in ("subject", "picture")}
    values |= {"subject": answer.subject.code, "picture": str(answer.picture_id or "")}
    return {name: value.isoformat() if isinstance(value, date) else value or "" for name, value in values.items()}


def empty_content() -> Content:
    return dict.fromkeys(FIELDS, "") | {"reviewed_on": localdate().isoformat()}


@transaction.atomic
def begin_version(
    content: Content, *, by: User, authority: Authority, answer: Answer | None = None, enquiry: Enquiry | None = None
) -> AnswerVersion:
    """Store a draft, or return the open one of this page or question: two people never write two at once."""
    page = {"answer": answer} if answer else {"enquiry": enquiry}
    others = {"enquiry": enquiry} if answer else {}
    version, is_new = steps.create_or_find_open(
        AnswerVersion.objects.all(), page, content=content, by=by, authority=authority, **others
    )
    if is_new:
        write_line(version, L.DRAFTED, by=by, content=content)
    return version


def begin_change(answer: Answer, *, by: User, authority: Authority) -> AnswerVersion:
    last = answer.versions.exclude(enquiry=None).last()
    made_of = last.enquiry if last else None
    return begin_version(content_of(answer), by=by, authority=authority, answer=answer, enquiry=made_of)


def begin_question(enquiry: Enquiry, *, by: User) -> AnswerVersion:
    """Begin a public question of an answered enquiry, all that is personal masked. Raises NotPublished."""
    reply = enquiry.lines.filter(kind=EnquiryLine.Kind.ANSWERED).select_related("note").last()
    if fault := fault_of_question(enquiry):
        raise NotPublished(fault)
    question = mask_personal(enquiry.text)
    first, rest = split_answer(mask_personal(reply.note.text if reply else ""))
    content = empty_content() | {
        "title": question.split("\n")[0][:TITLE_MAX],
        "question": question[:QUESTION_MAX],
        "text": first,
        "more": rest[:MORE_MAX],
        "office": enquiry.authority.name,
    }
    return begin_version(content, by=by, authority=enquiry.authority, enquiry=enquiry)


def fault_of_question(enquiry: Enquiry) -> str:
    """Why this enquiry cannot become a public question; "" where it can."""
    if enquiry.kind != Enquiry.Kind.QUESTION or enquiry.state != Enquiry.State.ANSWERED or enquiry.erased_at:
        return _("Only a question that was answered can be published.")
    if enquiry.public_agreed_at is None:
        return _("The person who asked has not agreed to publication.")
    if enquiry.answer_page_id:
        return _("A public page answers it already.")
    return ""


def split_answer(text: str) -> tuple[str, str]:
    """Return the first paragraph of an answer, as far as it fits, and the rest."""
    first, _break, rest = text.partition("\n")
    if len(first) <= TEXT_MAX:
        return first.strip(), rest.strip()
    cut = first.rfind(" ", 0, TEXT_MAX)
    cut = cut if cut > 0 else TEXT_MAX
    return first[:cut].strip(), "\n".join(filter(None, (first[cut:].strip(), rest.strip())))


def illustrate_version(version: AnswerVersion, content: Content, picture: Picture, *, by: User, edit: int) -> None:
    """Replace the text of a draft and its picture. Raises ChangedMeanwhile: then neither is stored."""
    with transaction.atomic(), storing_picture(picture, by=by) as row:
        change_version(version, content | {"picture": str(row.pk)}, by=by, edit=edit)


@transaction.atomic
def change_version(version: AnswerVersion, content: Content, *, by: User, edit: int) -> None:
    """Replace the text of a draft. `edit`: the number that the writer read. Raises ChangedMeanwhile."""
    locked = steps.lock_version(version, edit=edit, states=[V.DRAFT])
    if content == locked.content:
        return
    locked.content, locked.edit = content, edit + 1
    locked.save(update_fields=["content", "edit"])
    write_line(locked, L.CHANGED, by=by, content=content)


def write_line(
    version: AnswerVersion, kind: str, *, by: User | None, note: str = "", content: Content | None = None
) -> None:
    """Add a line; what is personal in the text of a public question is masked, since no line can be erased."""
    if content is not None and version.enquiry_id:
        content = content | {name: mask_personal(content.get(name, "")) for name in ASKED}
    AnswerLine.objects.create(version=version, kind=kind, by=by, note=note, content=content)


def personal_pieces(version: AnswerVersion) -> dict[str, list[str]]:
    """Return what must be removed before a public question is handed in, by field; {} for other pages."""
    if version.enquiry_id is None:
        return {}
    known = [city.current().contact_texts.get("number", ""), *public_numbers([version.authority_id]).values()]
    pieces = {name: find_personal(version.content.get(name, ""), known=known) for name in ASKED}
    return {name: parts for name, parts in pieces.items() if parts}


# ---- steps ----


def offered_steps(user: User, version: AnswerVersion) -> list[str]:
    return steps.offered_steps(version.state, lambda right: may_do(user, right, version))


def may_do(user: User, right: str, version: AnswerVersion) -> bool:
    if right == "approve" and version.state in AnswerVersion.OPEN and wrote_in(user, version):
        return False
    return access.answer_versions_for(user, right).filter(pk=version.pk).exists()


def wrote_in(user: User, version: AnswerVersion) -> bool:
    return version.by_id == user.pk or version.lines.filter(by=user, kind__in=AnswerLine.WRITING).exists()


@transaction.atomic
def take_step(version: AnswerVersion, step_name: str, *, by: User, edit: int, note: str = "") -> AnswerVersion:
    """Take a step of `STEPS`. Raises NotPublished, ChangedMeanwhile."""
    step, note = steps.STEPS[step_name], tidy(note)
    locked = steps.begin_step(version, step, may_do=lambda row: may_do(by, step.right, row), edit=edit, note=note)
    if step.needs_whole_text:
        check_whole(locked)
    if step.target == V.PUBLISHED:
        steps.set_decision(locked, by=by)
        locked.answer = store_page(locked)
    if step.target == V.DROPPED and locked.enquiry_id:
        locked.content = {name: mask_personal(text) for name, text in locked.content.items()}
    locked.save()
    write_line(locked, step.line, by=by, note=note)
    if step.target == V.WITHDRAWN:
        hide_page(locked)
    if step.target in (V.PUBLISHED, V.WITHDRAWN):
        tell_enquiry(locked, step.target, by=by)
        write_vocabulary()
    return locked


def check_whole(version: AnswerVersion) -> None:
    """Raise NotPublished where the text is not whole, says something personal, or its sender no longer agrees."""
    content = version.content
    for name in ("title", "text", "subject"):
        if not content.get(name):
            raise NotPublished(_("Title, first sentence and subject are required."), field=name)
    if content.get("picture") and not content.get("picture_words"):
        raise NotPublished(_("Say what the picture shows."), field="picture_words")
    for name, pieces in personal_pieces(version).items():
        listed = ", ".join(f"“{piece}”" for piece in pieces)
        raise NotPublished(_("Remove or mask what tells who somebody is: %(pieces)s.") % {"pieces": listed}, field=name)
    if version.enquiry is None:
        return
    if version.enquiry.public_agreed_at is None:
        raise NotPublished(_("The person who asked has not agreed to publication."))
    if not content.get("question"):
        raise NotPublished(_("Write the question without personal data."), field="question")


def store_page(version: AnswerVersion) -> Answer:
    """Write the text of a version to its page, new or changed, and return the page."""
    content, enquiry = version.content, version.enquiry
    values: dict[str, Any] = {name: content.get(name, "") for name in (*TEXTS, *IN_ONE)}
    values |= {name: content.get(name) or None for name in DAYS}
    values |= {
        "subject": Subject.objects.get(code=content["subject"]),
        "reviewed_on": content.get("reviewed_on") or localdate(),
        "picture_id": content.get("picture") or None,
        "state": Answer.State.PUBLISHED,
    }
    if enquiry:
        values |= {"answered_by": version.authority, "office": version.authority.name}
        values["asked_on"] = localdate(enquiry.received_at)
        values["answered_on"] = localdate(enquiry.closed_at)
    if version.answer:
        Answer.objects.filter(pk=version.answer.pk).update(**values)
        return version.answer
    slug = steps.free_slug(Answer.objects.all(), content["title"], otherwise="page")
    page = Answer.objects.create(slug=slug, **values)
    if enquiry:
        Enquiry.objects.filter(pk=enquiry.pk).update(answer_page=page)
    return page


def hide_page(version: AnswerVersion) -> None:
    Enquiry.objects.filter(versions=version, answer_page=version.answer).update(answer_page=None)
    Answer.objects.filter(versions=version).update(state=Answer.State.DRAFT)


def tell_enquiry(version: AnswerVersion, state: str, *, by: User | None) -> None:
    """Add to the history of the enquiry that its public question was published or withdrawn."""
    if version.enquiry:
        kinds = {V.PUBLISHED: EnquiryLine.Kind.PUBLISHED, V.WITHDRAWN: EnquiryLine.Kind.WITHDRAWN}
        version.enquiry.write_line(kinds[V(state)], by=by)


# ---- the sender's yes ----


@transaction.atomic
def agree(enquiry: Enquiry) -> None:
    """Store that the sender of a question agrees to its publication; twice is once."""
    locked = Enquiry.objects.select_for_update(of=("self",)).select_related("authority").get(pk=enquiry.pk)
    if locked.kind != Enquiry.Kind.QUESTION or locked.public_agreed_at:
        return
    locked.public_agreed_at = now()
    locked.save(update_fields=["public_agreed_at"])
    locked.write_line(EnquiryLine.Kind.AGREED)


@transaction.atomic
def revoke(enquiry: Enquiry) -> None:
    """Take the sender's agreement back: drafts are discarded, and a page made of the question is withdrawn."""
    locked = Enquiry.objects.select_for_update(of=("self",)).select_related("authority").get(pk=enquiry.pk)
    if locked.public_agreed_at is None:
        return
    locked.public_agreed_at = None
    locked.save(update_fields=["public_agreed_at"])
    locked.write_line(EnquiryLine.Kind.REVOKED)
    versions = AnswerVersion.objects.select_for_update(of=("self",)).filter(enquiry=locked)
    for version in versions.filter(state__in=AnswerVersion.OPEN):
        AnswerVersion.objects.filter(pk=version.pk).update(state=V.DROPPED, content={})
        write_line(version, L.DROPPED, by=None)
    published = list(versions.filter(state=V.PUBLISHED).select_related("enquiry__authority"))
    for version in published:
        AnswerVersion.objects.filter(pk=version.pk).update(state=V.WITHDRAWN)
        write_line(version, L.WITHDRAWN, by=None)
        hide_page(version)
    if published:
        tell_enquiry(published[-1], V.WITHDRAWN, by=None)
        write_vocabulary()


# ---- what changed ----


def changes_of(version: AnswerVersion) -> list[tuple[str, str, str]]:
    """Return (field, text before, text now) of what was changed since the draft was begun."""
    first = version.lines.exclude(content=None).first()
    before = first.content or {} if first else {}
    return steps.list_changes(FIELDS, before, version.content)
