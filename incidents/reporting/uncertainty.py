"""Shares of a vague report's uncertainty circle by area."""

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils.timezone import localdate

from gis_data.addresses import geocode
from gis_data.models import Area, Edition
from incidents.models import AreaShare, Incident

MIN_SHARE = 0.05  # of the circle: less of an area is not worth a word


def area_shares(place: Point, metres: float) -> list[tuple[Area, float]]:
    """[(Area, 0 … 1)], largest first, of a circle in metres around a place (EPSG:4326); [] if one area has it."""
    shares = [(area, share) for area, share in geocode.ward_shares(place, metres) if share >= MIN_SHARE]
    return shares if len(shares) > 1 else []


def store_shares(incident: Incident, shares: list[tuple[Area, float]]) -> None:
    with transaction.atomic():
        incident.area_shares.all().delete()
        AreaShare.objects.bulk_create(AreaShare(incident=incident, area=area, share=share) for area, share in shares)


def renew_shares() -> int:
    """Recompute shares of open vague incidents whose areas are no longer in force. Returns how many; idempotent."""
    outdated = AreaShare.objects.exclude(area__edition__in=Edition.objects.on(localdate()).values("pk"))
    stale = list(Incident.objects.open().filter(pk__in=outdated.values("incident")).order_by("pk"))
    for incident in stale:
        store_shares(incident, area_shares(incident.place, incident.accuracy_m or 0))
    return len(stale)
