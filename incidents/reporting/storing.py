"""Store the rows of reports: step by step, in one database round trip, or many at once."""

from collections.abc import Sequence
from operator import attrgetter

from geoapp.db import connections
from incidents import photos, timeline
from incidents.reporting import remote_photos, uncertainty
from incidents.reporting.building import NewReport


def store_report(new: NewReport) -> None:
    """Store a report as the last act of the caller's transaction."""
    if new.is_plain:
        with connections.open_pipeline() as pipeline:
            store_plain_reports(pipeline, [new])
    else:
        store_step_by_step(new)


def store_plain_reports(pipeline: connections.Pipeline, news: Sequence[NewReport]) -> None:
    """Store plain reports by statements of the given pipeline.

    Two transactions that store the same reports, sent to both, wait for one another in one order only.
    """
    pipeline.insert([new.incident for new in news])
    pipeline.insert(sorted((new.report for new in news), key=attrgetter("sending")))
    timeline.write_first_lines(pipeline, [(new.incident, new.lines, capture_jobs(new.incident)) for new in news])


def store_step_by_step(new):
    """Store a report of any kind; a plain one gets the same rows as by `store_plain_reports`."""
    incoming, incident, report = new.incoming, new.incident, new.report
    if not incoming.join:
        incident.save(force_insert=True)
        if new.shares:
            uncertainty.store_shares(incident, new.shares)
    report.save(force_insert=True)
    public = incoming.pictures_public
    with photos.storing_photos(incoming.pictures, incident=incident, report=report, public=public):
        jobs = remote_photos.store_addresses(report, incoming.media_urls, public=public)
        more = {"jobs": jobs} if incoming.join else {"asked_units": [], "jobs": [*jobs, *capture_jobs(incident)]}
        timeline.write_lines(incident, *new.lines, **more)


def capture_jobs(incident):
    job = "cameras.capture_evidence", {"incident_id": incident.pk, "moment": "reported"}
    return [job] if incident.category.cameras else []
