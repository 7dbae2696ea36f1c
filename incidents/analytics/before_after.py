"""What was resolved, with a photo of before and one of after that everybody may see."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from gis_data.models import Area
from incidents import access
from incidents.models import Category, Event, Incident, Photo

S = Incident.State


@dataclass(frozen=True)
class BeforeAfter:
    """A resolved incident with two photos: a citizen's of before, and the unit's of after."""

    incident: Incident
    before: Photo
    after: Photo


def newest_pairs(
    number: int, *, area: Area | None = None, group: Category | None = None, older_than: int | None = None
) -> list[BeforeAfter]:
    """The newest pairs, of a ward and of a group of categories where these are named.

    `older_than`: the key of a photo of after; only what was resolved with an older one.
    """
    done = Incident.objects.filter(access.PUBLISHED, state__in=(S.RESOLVED, S.CLOSED))
    if area:
        done = done.filter(area=area)
    if group:
        done = done.filter(category__parent=group)
    shown = Photo.objects.shown().filter(incident=OuterRef("incident"))
    results = Photo.objects.shown().filter(event__kind=Event.Kind.RESOLVED)
    newer = results.filter(incident=OuterRef("incident"), pk__gt=OuterRef("pk"))
    results = results.filter(Exists(shown.filter(report__isnull=False)), ~Exists(newer), incident__in=done)
    if older_than:
        results = results.filter(pk__lt=older_than)
    after = {photo.incident_id: photo for photo in results.order_by("-pk")[:number]}
    incidents = Incident.objects.with_pages().in_bulk(list(after))
    befores: dict[int, Photo] = {}
    for photo in Photo.objects.shown().filter(incident__in=after, report__isnull=False).order_by("pk"):
        befores.setdefault(photo.incident_id, photo)
    return [
        BeforeAfter(incidents[key], befores[key], photo)
        for key, photo in after.items()
        if key in befores and key in incidents
    ]
