"""More time in the demo's histories."""

from datetime import timedelta

from demo.incidents import month
from incidents.deadlines import service_levels
from incidents.models import Event, Extension
from tests import factories


def test_extension_keeps_the_dates_that_were_granted(town, officer, outsider):
    """The clock stood still later for longer than was granted, which makes both due dates of the incident the same."""
    incident = factories.incident(town.hole)
    due = incident.due_at
    service_levels.add_extension(incident, due + timedelta(hours=2))
    service_levels.add_pause(incident, due - timedelta(days=3), due - timedelta(days=1))
    incident.due_at = incident.first_due_at = max(incident.due_at, incident.first_due_at)
    incident.save()
    for kind in (Event.Kind.MORE_TIME, Event.Kind.EXTENDED):
        Event.objects.create(incident=incident, kind=kind, state=incident.state, at=incident.received_at, note="Rain")
    month.create_extensions(officer, outsider)
    extension = Extension.objects.get()
    assert (extension.was_due_at, extension.until, extension.granted) == (due, due + timedelta(hours=2), True)
