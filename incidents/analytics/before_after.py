"""Find resolved incidents with a public photo from before and one from after."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from gis_data.models import Area
from incidents import access
from incidents.models import Category, Event, Incident, Photo
from incidents.models.incident import IncidentQuerySet

S = Incident.State


@dataclass(frozen=True)
class BeforeAfter:
    """A resolved incident with a citizen's photo from before and the unit's from after."""

    incident: Incident
    before: Photo
    after: Photo


def find_pair(incident: Incident) -> BeforeAfter | None:
    return (
        None
        if incident.state not in Incident.DONE
        else next(iter(pairs_of(Incident.objects.filter(pk=incident.pk), 1)), None)
    )


def newest_pairs(
    number: int, *, area: Area | None = None, group: Category | None = None, older_than: int | None = None
) -> list[BeforeAfter]:
    """Return the newest pairs, of a ward and of a group of categories if given.

    `older_than`: the key of a photo from after; only pairs with an older one.
    """
    incidents = Incident.objects.all()
    if area:
        incidents = incidents.filter(area=area)
    if group:
        incidents = incidents.filter(category__parent=group)
    return pairs_of(incidents, number, older_than=older_than)


def pairs_of(incidents: IncidentQuerySet, number: int, *, older_than: int | None = None) -> list[BeforeAfter]:
    done = incidents.filter(access.PUBLISHED, state__in=(S.RESOLVED, S.CLOSED))
    shown = Photo.objects.shown().filter(incident=OuterRef("incident"))
    results = Photo.objects.shown().filter(event__kind=Event.Kind.RESOLVED)
    newer = results.filter(incident=OuterRef("incident"), pk__gt=OuterRef("pk"))
    results = results.filter(Exists(shown.filter(report__isnull=False)), ~Exists(newer), incident__in=done)
    if older_than:
        results = results.filter(pk__lt=older_than)
    after = {photo.incident_id: photo for photo in results.order_by("-pk")[:number]}
    incidents_by_key = Incident.objects.with_pages().in_bulk(list(after))
    befores: dict[int, Photo] = {}
    for photo in Photo.objects.shown().filter(incident__in=after, report__isnull=False).order_by("pk"):
        befores.setdefault(photo.incident_id, photo)
    return [
        BeforeAfter(incidents_by_key[key], befores[key], photo)
        for key, photo in after.items()
        if key in befores and key in incidents_by_key
    ]
