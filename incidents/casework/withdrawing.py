"""Withdraw a report on behalf of its sender."""

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from incidents import timeline, workflow
from incidents.models import Event, Incident, Notice, Report, Subtask
from incidents.public_text import reporter_receipt


@transaction.atomic
def withdraw_report(report: Report) -> None:
    """Withdraw a report; idempotent. Its sender gets no more notices. Raises workflow.NotAllowed.

    An incident with other reports counts one less. One without, and not accepted by a unit, ends. One that a unit has
    accepted goes on, with an event in its history.
    """
    incident, moment = Incident.objects.lock(report.incident_id), now()
    if Report.objects.filter(pk=report.pk, withdrawn_at__isnull=False).exists():
        return
    if not incident.is_open:
        raise workflow.NotAllowed(
            _("It has already ended: the incident is “%(state)s”.") % {"state": incident.get_state_display()}
        )
    Report.objects.filter(pk=report.pk).update(withdrawn_at=moment)
    Notice.objects.filter(report=report, state__in=Notice.UNSENT).update(state=Notice.State.DROPPED)
    receipt = reporter_receipt(report)
    if incident.reports.filter(withdrawn_at=None).exists():
        incident.reports_count = max(1, incident.reports_count - 1)
        incident.changed_at = moment
        incident.save(update_fields=["reports_count", "changed_at"])
    elif incident.state in Incident.UNACCEPTED and not has_open_parts(incident):
        workflow.move(incident, "withdraw", receipt=receipt)
        return
    timeline.record(incident, Event.Kind.WITHDRAWN, public=False, receipt=receipt)


def has_open_parts(incident):
    return incident.subtasks.filter(state=Subtask.State.OPEN).exists()


def ends_incident(report: Report) -> bool:
    """Whether withdrawing ends the incident: it has no other reporter, and no unit has accepted it."""
    incident = report.incident
    others = incident.reports.filter(withdrawn_at=None).exclude(pk=report.pk)
    return incident.state in Incident.UNACCEPTED and not others.exists() and not has_open_parts(incident)
