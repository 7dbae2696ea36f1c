"""Collect the metrics of incidents, notices, jobs and the database archive for /metrics."""

from django.db.models import Count, Min
from django.utils.timezone import now

from geoapp.metrics import figure
from incidents import sql
from incidents.audit import parts
from incidents.models import Incident, Notice
from incidents.notify import sending


@figure("incidents_open", "Incidents that want work")
def open_incidents() -> float:
    return Incident.objects.open().count()


@figure("incidents_late", "Open incidents past their deadline")
def late_incidents() -> float:
    return Incident.objects.overdue().count()


@figure("notices_unsent", "Notices that have not been sent")
def unsent_notices() -> float:
    return Notice.objects.filter(sent_at=None).count()


@figure("notices_failed", "Notices that a person may send again")
def failed_notices() -> float:
    return Notice.objects.filter(state=Notice.State.FAILED).count()


@figure("notices_sent_today", "Notices handed over since midnight", "medium")
def notices_of_today() -> dict[str, float]:
    return dict(sending.sent_on_day(now()).values_list("medium").annotate(Count("pk")))


@figure(
    "oldest_unsent_notice_seconds", "Seconds since the moment at which the oldest unsent notice was due; 0: none is"
)
def age_of_oldest_notice() -> float:
    due = Notice.objects.filter(state__in=Notice.UNSENT, send_after__lte=now()).aggregate(at=Min("send_after"))["at"]
    return (now() - due).total_seconds() if due else 0


@figure("jobs_waiting", "Jobs that wait or run")
def waiting_jobs() -> float:
    return sum(row[1] for row in sql.execute("job_figures"))


@figure("jobs_late", "Jobs that should have begun a minute ago", "queue")
def late_jobs() -> dict[str, float]:
    return {queue: late for queue, _waiting, late, _oldest, _failed in sql.execute("job_figures")}


@figure("oldest_job_seconds", "Seconds since the oldest waiting job should have begun; 0: none should have", "queue")
def ages_of_oldest_jobs() -> dict[str, float]:
    return {queue: oldest for queue, _waiting, _late, oldest, _failed in sql.execute("job_figures")}


@figure("jobs_failed", "Jobs that were given up, of those of the last 30 days", "queue")
def failed_jobs() -> dict[str, float]:
    return {queue: failed for queue, _waiting, _late, _oldest, failed in sql.execute("job_figures")}


@figure("workers_alive", "Workers heard of within half a minute")
def living_workers() -> float:
    return sql.execute("living_workers")[0][0]


@figure("history_lines_ahead", "Lines of history for which its table has a part already")
def history_lines_ahead() -> float:
    return parts.lines_ahead()


@figure("wal_unarchived_seconds", "Seconds since the archive took what the database wrote; 0 where nothing is archived")
def age_of_unarchived() -> float:
    return sql.execute("archive_lag")[0][0]
