"""Say how results are proven: by people, or by a photo from the place; counted as the share *proven* beside the closed.

One definition for all figures: an incident is proven while it is done and its current result has a row of
`models.neighbours.Proof`, whose table says what counts.
"""

import math
from collections.abc import Sequence
from datetime import datetime

from django.contrib.gis.geos import Point
from django.db.models import Count, QuerySet
from django.utils.timezone import now
from procrastinate.contrib.django import app

from geoapp.media import pictures
from incidents.models import Event, Incident, Photo, PhotoProof, Proof
from incidents.photos import Picture, read_file
from incidents.result_checks import NEAR_M, VAGUE_M, Sending, metres_apart

COMPARE_JOB = "incidents.compare_photos"


def store_proof(incident: Incident, result: Event, how: str, at: datetime | None = None) -> None:
    """Store how the current result is proven; what people say replaces what a photo says."""
    values = {"received_at": incident.received_at, "category_id": incident.category_id, "area_id": incident.area_id}
    values |= {"result": result, "how": how, "at": at or now()}
    Proof.objects.update_or_create(incident=incident, defaults=values)


def follow_step(
    event: Event, stored: Sequence[tuple[Photo, Picture]], *, sending: Sending | None, has_remarks: bool
) -> None:
    """Keep what the photos of a result prove; forget the proof of an incident that is no longer done."""
    if event.state not in Incident.DONE:
        Proof.objects.filter(incident=event.incident_id).delete()
        return
    if event.kind != Event.Kind.RESOLVED or not stored:
        return
    known = [place_photo(event.incident, photo, picture, sending) for photo, picture in stored]
    if not has_remarks and any(known):
        store_proof(event.incident, event, Proof.How.PHOTO, event.at)
    app.configure_task(COMPARE_JOB).defer(event_id=event.pk)


def place_photo(incident: Incident, photo: Photo, picture: Picture, sending: Sending | None) -> bool:
    """Store from where a photo was taken. Returns whether that is near, and just now."""
    device = sending.place if sending and sending.accuracy_m <= VAGUE_M else None
    place = picture.taken_place or device
    if place is None:
        return False
    metres = math.ceil(metres_apart(place, incident.place))
    PhotoProof.objects.create(
        photo=photo, metres=metres, bearing=bearing(incident.place, place),
        heading=picture.heading, by_compass=picture.by_compass,
    )  # fmt: skip
    return metres <= NEAR_M and (picture.live or picture.taken_at is not None)


def compare_photos(event_id: int, at: datetime | None = None) -> int:
    """Compare each photo of a result with the first one before it, where that is sure. Returns how many are alike."""
    event = Event.objects.get(pk=event_id)
    before = Photo.objects.filter(incident=event.incident_id, event=None).order_by("pk").first()
    alike = 0
    if before is None:
        return alike
    for photo in Photo.objects.filter(event=event):
        same = pictures.show_same_view(read_file(before.picture), read_file(photo.picture))
        values = {"before": before, "same_view": same, "compared_at": at or now()}
        PhotoProof.objects.update_or_create(photo=photo, defaults=values)
        alike += same
    return alike


def bearing(point: Point, other: Point) -> int:
    """Degrees from north of the way from one place to another (EPSG:4326), 0 to 359."""
    east = (other.x - point.x) * math.cos(math.radians(point.y))
    return round(math.degrees(math.atan2(east, other.y - point.y))) % 360


def proven(incidents: QuerySet[Incident]) -> QuerySet[Incident]:
    """Select the incidents that are done and proven."""
    return incidents.filter(proof__isnull=False, state__in=Incident.DONE)


def count_proven(incidents: QuerySet[Incident], since: datetime) -> int:
    """Count the proven of incidents, none of which was done before `since`."""
    return proven(incidents.filter(proof__at__gte=since)).count()


def select_reported(first: datetime, last: datetime, *, published_only: bool) -> QuerySet[Proof]:
    """Select the proofs of incidents reported from `first` to before `last`, by the index `proofs_of_a_period`.

    All of them count: `follow_step` deletes a proof that ends with a step. The few that are hidden are left out.
    """
    reported = Proof.objects.filter(received_at__gte=first, received_at__lt=last).order_by()
    if not published_only:
        return reported
    return reported.exclude(incident__in=Incident.objects.filter(published=False).values("pk"))


def count_by_unit(incidents: QuerySet[Incident], since: datetime) -> dict[int, int]:
    """Count the proven of incidents, none of which was done before `since`, by key of their unit."""
    units = proven(incidents.filter(proof__at__gte=since)).order_by().values_list("authority")
    return dict(units.annotate(number=Count("pk")))
