"""Merge incidents of one event by rule where many reports come at once; people split what was more.

Each report is stored by itself, so that none waits. The job that announces it looks for incidents of the same category
near by within minutes.
"""

from datetime import timedelta

from django.utils.translation import gettext_noop

from incidents import workflow
from incidents.casework import merging
from incidents.models import Event, Incident, ReportMove
from incidents.models.incident import IncidentQuerySet
from incidents.reporting.close_by import CLOSE_BY_M, open_incidents_around
from incidents.routing import rules

WITHIN = timedelta(minutes=10)
MANY = 5  # reports of one kind, within so long and CLOSE_BY_M metres, are taken for reports of one event
TRIES = 5  # where others merge the same at the same time
WHY = gettext_noop("Many reports of this type were received here within minutes.")


def merge_similar_incidents(event_id: int) -> Incident | None:
    """Merge this event's incident with others of the same occurrence, where many report it.

    Returns the standing incident; None where nothing was merged. Idempotent.
    """
    event = Event.objects.filter(pk=event_id, kind=Event.Kind.RECEIVED).select_related("incident__category").first()
    if event is None or event.incident.category.is_never_public:
        return None
    stands = None
    for _try in range(TRIES):
        incidents = list(incidents_of_event(event.incident)[: merging.AT_ONCE])
        if len(incidents) < 2 or sum(incident.reports_count for incident in incidents) < MANY:
            return stands
        try:
            stands = merging.merge_incidents(incidents, reason=rules.in_city_language(WHY))
        except workflow.NotAllowed:
            continue
    return stands


def incidents_of_event(incident: Incident) -> IncidentQuerySet:
    near = open_incidents_around(Incident.objects.all(), incident.place, metres=CLOSE_BY_M)
    span = (incident.received_at - WITHIN, incident.received_at + WITHIN)
    taken_apart = ReportMove.objects.filter(merge=None).values("target")
    near = near.filter(category=incident.category_id, received_at__range=span, state__in=merging.STANDING)
    return near.exclude(pk__in=taken_apart).order_by("received_at", "pk")
