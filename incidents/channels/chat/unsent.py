"""Store for a day what a writer did not send: the draft given up, and further matters of one message."""

from datetime import timedelta
from typing import Any

from django.contrib.gis.geos import Point
from django.utils.timezone import now

from incidents.channels.chat import media
from incidents.models import Category, ChatEvent, ChatPhoto, Correspondent, Draft, DraftPhoto
from incidents.photos import stored_fields

DRAFT_LIFETIME = timedelta(hours=24)  # so long a draft waits to be gone on with
DRAFT, MATTER = "draft", "matter"
COPIED = ("text", "accuracy_m", "where", "ward", "phone", "network", "of_street", "answers")


def store_dropped_draft(draft: Draft) -> None:
    """Remember the draft and its photos for `restore_draft`, instead of the one that was given up before."""
    fields: dict[str, Any] = {name: getattr(draft, name) for name in COPIED}
    fields |= {"place": list(draft.place.coords) if draft.place else None, "photos": move_photos(draft)}
    fields["category"] = draft.category.code if draft.category else ""
    save_unsent(draft.writer, [*entries_of(draft.writer, MATTER), [DRAFT, fields]])


def move_photos(draft: Draft) -> list[int]:
    """Store the draft's photos with the writer's last message, and return their keys. Deletes those stored before."""
    for _kind, fields in entries_of(draft.writer, DRAFT):
        ChatPhoto.objects.filter(pk__in=fields["photos"]).delete()
    event = ChatEvent.objects.filter(user=draft.writer.user).order_by("-at", "-pk").first()
    if event is None:
        return []
    pictures = media.read_waiting_photos(draft)
    rows = ChatPhoto.objects.bulk_create(ChatPhoto(event=event, **stored_fields(picture)) for picture in pictures)
    return [photo.pk for photo in rows]


def restore_draft(writer: Correspondent) -> Draft | None:
    """Return the draft given up last, open again with its photos; None for none."""
    stored = next((fields for _kind, fields in entries_of(writer, DRAFT)), None)
    if stored is None:
        return None
    Draft.objects.filter(writer=writer).delete()
    draft = Draft(writer=writer, expires_at=now() + DRAFT_LIFETIME, **{name: stored[name] for name in COPIED})
    draft.place = Point(stored["place"][0], stored["place"][1], srid=4326) if stored["place"] else None
    draft.category = Category.objects.leaves().filter(code=stored["category"]).first()
    draft.save()
    waiting = ChatPhoto.objects.filter(pk__in=stored["photos"], event__user=writer.user)
    DraftPhoto.objects.bulk_create(
        DraftPhoto(draft=draft, **stored_fields(picture)) for picture in media.pictures_of(waiting)
    )
    waiting.delete()
    save_unsent(writer, entries_of(writer, MATTER))
    return draft


def store_matters(writer: Correspondent, matters: list[str]) -> None:
    save_unsent(writer, [*entries_of(writer, DRAFT), *([MATTER, text] for text in matters)])


def next_matter(writer: Correspondent) -> tuple[str, int] | None:
    """Take the next matter of a message, and how many are left behind it; None for none."""
    matters = [text for _kind, text in entries_of(writer, MATTER)]
    if not matters:
        return None
    store_matters(writer, matters[1:])
    return matters[0], len(matters) - 1


def entries_of(writer: Correspondent, kind: str) -> list[list[Any]]:
    if writer.unsent_until is None or writer.unsent_until < now():
        return []
    return [entry for entry in writer.unsent if entry[0] == kind]


def save_unsent(writer: Correspondent, entries: list[list[Any]]) -> None:
    writer.unsent = entries
    writer.unsent_until = now() + DRAFT_LIFETIME if entries else None
    writer.save(update_fields=["unsent", "unsent_until"])
