"""Record corrections of the routing: hand-overs by people to other units than the rules chose."""

from incidents.models import Authority, Correction, Event, Incident

# Kinds of events with an assignment by the rules.
RULE_LINES = (
    Event.Kind.ASSIGNED, Event.Kind.REDRAWN, Event.Kind.RESTORED, Event.Kind.RELOCATED, Event.Kind.RECLASSIFIED,
)  # fmt: skip


def record_correction(event: Event, incident: Incident, to: Authority) -> None:
    """Record that a person gave this incident to another unit than the rules; the latest counts.

    Handed back to the rules' unit, the correction is deleted. A hand-over to the duty desk is not a decision yet.
    """
    if to.duty_desk:
        return
    ruled = incident.timeline.filter(kind__in=RULE_LINES).order_by("-pk").select_related("authority").first()
    incident.corrections.all().delete()
    if ruled and ruled.authority and ruled.authority != to:
        Correction.objects.create(
            event=event,
            incident=incident,
            category=incident.category,
            area=incident.area,
            was=ruled.authority,
            to=to,
            at=event.at,
        )
