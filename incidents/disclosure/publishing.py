"""Publish, hide and partly cover incidents; originals are kept."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from incidents import photos, public_text, timeline
from incidents.audit import words as audit_words
from incidents.models import Category, CoveredNote, Event, Incident, Photo, User
from incidents.routing import rules

BATCH = 500  # incidents whose words are stored anew at once
NO_LONGER_PUBLIC = gettext_noop("Incidents of this type are no longer public.")
WORDS, ADDRESS, PHOTO = gettext_noop("The text"), gettext_noop("The address"), gettext_noop("A photo")
VIDEO = gettext_noop("A video")
LINE = gettext_noop("Line in the history: %(line)s")
FOUND_IN_PHOTO = gettext_noop("Faces, number plates and small text found in a photo by the models: %(n)s")


class PublishingRefused(Exception):
    """The incident cannot be published or covered like this; the message says why."""


@transaction.atomic
def release_incident(incident: Incident, *, by: User, note: str = "") -> None:
    """Publish an incident. Raises PublishingRefused for what is never public."""
    locked = Incident.objects.lock(incident.pk)
    if locked.category.is_never_public:
        raise PublishingRefused(_("Incidents of this type are never shown in public."))
    if locked.came_in_never_public:
        raise PublishingRefused(_("It was reported as a type that is never shown in public, and stays so."))
    if not locked.published:
        set_published(locked, True)
        timeline.record(locked, Event.Kind.RELEASED, by=by, authority=locked.authority, note=note, public=False)


@transaction.atomic
def hide_incident(incident: Incident, *, by: User, note: str) -> None:
    if not note.strip():
        raise PublishingRefused(_("Give the reason: the supervisor reads it."))
    locked = Incident.objects.lock(incident.pk)
    if locked.published:
        set_published(locked, False)
        timeline.record(locked, Event.Kind.HIDDEN, by=by, authority=locked.authority, note=note, public=False)


def set_published(incident, published):
    incident.published, incident.changed_at = published, now()
    incident.save(update_fields=["published", "changed_at"])
    public_text.store_words(incident)


@transaction.atomic
def withdraw_category(category: Category, *, by: User | None = None) -> int:
    keys = list(Incident.objects.filter(category=category, published=True).values_list("pk", flat=True))
    Incident.objects.filter(pk__in=keys).update(published=False)
    for incident in Incident.objects.filter(pk__in=keys).iterator(chunk_size=BATCH):
        public_text.store_words(incident)
    line = timeline.Line(Event.Kind.HIDDEN, by=by, public=False, reasons=(rules.in_both_languages(NO_LONGER_PUBLIC),))
    return timeline.write_lines_in_bulk((key, line) for key in keys)


@transaction.atomic
def cover_text(incident: Incident, text: str, *, by: User | None) -> None:
    """Set the public words of the report; the reporters' words stay with their reports.

    `by` is None for the patterns that find contacts. Raises PublishingRefused if the words were erased.
    """
    locked = Incident.objects.lock(incident.pk)
    if locked.text == text:
        return
    first = locked.timeline.filter(kind=Event.Kind.RECEIVED).first()
    before, locked.text, locked.changed_at = locked.text, text, now()
    receipt = None
    if first:  # the first line of the history says the same
        store_covered_note(first, text, by)
        receipt = audit_words.cover_receipt(first.pk, text)
    locked.save(update_fields=["text", "changed_at"])
    public_text.reword_notices(locked.pk, {before: text})
    record_covering(locked, by, WORDS, receipt=receipt)


@transaction.atomic
def cover_address(incident: Incident, address: str, *, by: User | None) -> None:
    """Set the public address; the reporter's own words for the place stay with the report."""
    locked = Incident.objects.lock(incident.pk)
    if locked.address_title == address:
        return
    locked.address, locked.near, locked.changed_at = address, False, now()
    locked.save(update_fields=["address", "near", "changed_at"])
    record_covering(locked, by, ADDRESS)


@transaction.atomic
def cover_note(event: Event, text: str, *, by: User | None) -> None:
    """Set what is public in place of a history line's note. Raises PublishingRefused if that was erased."""
    if event.kind == Event.Kind.RECEIVED:
        return cover_text(event.incident, text, by=by)
    locked = Incident.objects.lock(event.incident_id)
    store_covered_note(event, text, by)
    receipt = audit_words.cover_receipt(event.pk, text)
    record_covering(locked, by, LINE, receipt=receipt, line=event.get_kind_display)


def record_covering(
    incident: Incident, by: User | None, sentence: str, receipt: dict | None = None, **words: Any
) -> None:
    reason = rules.in_both_languages(sentence, **words)
    timeline.record(
        incident, Event.Kind.COVERED, by=by, authority=incident.authority, public=False, reasons=(reason,),
        receipt=receipt,
    )  # fmt: skip


def store_covered_note(event, text, by):
    event.refresh_from_db(fields=["note", "erased_at"])
    if event.erased_at:
        raise PublishingRefused(_("This text was erased: it cannot be replaced."))
    before = public_text.public_note_of(event)
    CoveredNote.objects.update_or_create(event=event, defaults={"text": text, "by": by, "at": now()})
    public_text.reword_notices(event.incident_id, {before: text})
    reports = public_text.reports_by_line(event.incident_id) if event.kind in public_text.REPORT_LINES else {}
    if report := reports.get(event.pk):
        report.public_text = text
        report.save(update_fields=["public_text"])


def cover_photo(photo: Photo, parts: Iterable[Sequence[float]], *, by: User) -> None:
    """Cover parts of a photo: [(x, y, width, height)] as fractions of its size, 0 … 1, from the upper left.

    The covered picture replaces the shown one; the original stays for those who work on the incident. Without parts the
    original is shown again. The photo counts as reviewed by this. Raises PublishingRefused for parts outside the
    picture.
    """
    parts = [tuple(round(float(number), 4) for number in part) for part in parts]
    if any(not is_inside_picture(part) for part in parts):
        raise PublishingRefused(_("The redacted part must be inside the picture."))
    covered = photos.cover_parts(original_bytes(photo), parts)
    with transaction.atomic():
        locked = Incident.objects.lock(photo.incident_id)
        store_covered_photo(Photo.objects.select_for_update().get(pk=photo.pk), covered, parts)
        record_covering(locked, by, PHOTO)


def mask_photo(photo: Photo, parts: Sequence[Sequence[float]], findings: dict) -> bool:
    """Cover what the models found in a photo that waits for them. Returns False if a person was faster.

    `findings`: {kind: count, "tools": {tool: version}}.
    """
    covered = photos.cover_parts(original_bytes(photo), parts) if parts else None
    with transaction.atomic():
        locked = Incident.objects.lock(photo.incident_id)
        photo = Photo.objects.select_for_update().get(pk=photo.pk)
        if photo.masking != Photo.Masking.DUE:
            return False
        store_covered_photo(photo, covered, parts, findings)
        if parts:
            record_covering(locked, None, FOUND_IN_PHOTO, n=len(parts))
    return True


def hold_photo(photo: Photo, reason: str) -> None:
    """Queue a photo that waits for the models for review by a person; `reason` is one of Photo.Held."""
    waiting = Photo.objects.filter(pk=photo.pk, masking=Photo.Masking.DUE)
    waiting.update(masking=Photo.Masking.HELD, held_reason=reason)


@transaction.atomic
def release_photo(photo: Photo, *, by: User) -> bool:
    """Show a photo as it is, after a person saw neither face nor number plate. Returns whether it waited."""
    locked = Incident.objects.lock(photo.incident_id)
    waiting = Photo.objects.filter(pk=photo.pk).exclude(masking=Photo.Masking.DONE)
    if not waiting.update(masking=Photo.Masking.DONE, held_reason=""):
        return False
    reason = rules.in_both_languages(PHOTO)
    timeline.record(
        locked, Event.Kind.RELEASED, by=by, authority=locked.authority, public=False, reasons=(reason,)
    )  # fmt: skip
    return True


@transaction.atomic
def show_video(photo: Photo, shown: bool, *, by: User) -> bool:
    """Publish or hide a video. Returns whether that changed something.

    Raises PublishingRefused if parts of its still are covered: the video would show them.
    """
    locked = Incident.objects.lock(photo.incident_id)
    photo = Photo.objects.select_for_update().get(pk=photo.pk)
    if shown and photo.covers:
        raise PublishingRefused(_("Parts of its picture are covered: the video would show them."))
    if not photo.video or photo.video_public == shown:
        return False
    photo.video_public = shown
    photo.save(update_fields=["video_public"])
    kind = Event.Kind.RELEASED if shown else Event.Kind.COVERED
    reason = rules.in_both_languages(VIDEO)
    timeline.record(locked, kind, by=by, authority=locked.authority, public=False, reasons=(reason,))
    return True


def original_bytes(photo: Photo) -> bytes:
    with (photo.original or photo.picture).open() as file:
        return file.read()


def store_covered_photo(
    photo: Photo, covered: photos.Picture | None, parts: Sequence[Sequence[float]], findings: dict | None = None
) -> None:
    """Store the covered picture of a locked photo (None: uncovered); from now on others than the desk may see it."""
    fields = ["covers", "masking", "held_reason", "found", "video_public"]
    if covered is not None:
        # Their names, for a file that is saved anew goes by its new name under the same object.
        before = [photo.picture.name, photo.small.name]
        if not photo.original:
            photo.original = photo.picture.name
        photo.picture.save(photos.random_file_name(), ContentFile(covered.large), save=False)
        photo.small.save(photos.random_file_name("-s.jpg"), ContentFile(covered.small), save=False)
        delete_on_commit(photo.picture.storage, [name for name in before if name != photo.original.name])
        fields += ["original", "picture", "small"]
    photo.covers, photo.found = [list(part) for part in parts], photo.found if findings is None else findings
    photo.masking, photo.held_reason = Photo.Masking.DONE, ""
    photo.video_public = photo.video_public and not parts  # it would show what is covered
    photo.save(update_fields=fields)


def delete_on_commit(storage, names):
    def delete():
        for name in names:
            storage.delete(str(name))

    transaction.on_commit(delete)


def is_inside_picture(part: Sequence[float]) -> bool:
    """Return whether a part (x, y, width, height; 0 … 1, from the upper left) lies in the picture."""
    x, y, width, height = part
    return 0 <= x < 1 and 0 <= y < 1 and 0 < width <= 1 - x + 1e-4 and 0 < height <= 1 - y + 1e-4
