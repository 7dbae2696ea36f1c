"""Merge incidents into one and split them again without losing anything.

The incident with the earliest deadline stands, so that no deadline moves back. The others get state "merged", keep
their history and evidence and are not counted; their reports, followers and photos move to the standing one. Incidents
are locked in the order of their keys.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from gis_data.addresses import geocode
from gis_data.words import tidy
from incidents import public_text, timeline, workflow
from incidents.casework.numbers import next_reference
from incidents.deadlines import ladder, service_levels
from incidents.models import (
    Category,
    Event,
    Incident,
    Merge,
    Photo,
    Report,
    ReportMove,
    Severity,
    User,
)
from incidents.models.merging import MergeQuerySet
from incidents.redaction import without_contacts
from incidents.routing import rules

S, E = Incident.State, Event.Kind
MERGEABLE = (*Incident.UNACCEPTED, S.ACCEPTED, S.WORKING, S.WAITING)
STANDING = (*MERGEABLE, S.EXTENSION)  # what others can be merged into
AT_ONCE = 50  # incidents that are merged by one act
REASON_MAX = 1000
MERGED_INTO = gettext_noop("It is handled together with %(reference)s.")
GATHERED = gettext_noop("%(reference)s is handled together with this one. Reports: %(n)s.")
REVIVED = gettext_noop("It is handled separately again; it had been merged into %(reference)s.")
GONE_BACK = gettext_noop("%(reference)s is handled separately again. Reports: %(n)s.")
TAKEN_OUT = gettext_noop("Reports separated: %(n)s. They are now %(reference)s.")
CAME_FROM = gettext_noop("Reports separated from %(reference)s: %(n)s.")
REVIVED_FIELDS = (
    "state", "published", "closed_at", "waiting_since", "changed_at", "steps_taken", "next_check_at", "reports_count",
)  # fmt: skip


class NotMergeable(workflow.NotAllowed):
    """The merge or split is refused; the message says why."""


def order_by_standing(incidents: Iterable[Incident]) -> list[Incident]:
    return sorted(
        incidents,
        key=lambda incident: (incident.state not in STANDING, incident.due_at, incident.received_at, incident.pk),
    )


@transaction.atomic
def merge_incidents(incidents: Iterable[Incident], *, by: User | None = None, reason: str = "") -> Incident:
    """Merge incidents into the one with the earliest deadline. Returns that one.

    One transaction: reports move with photos and followers, each history gets an event, and reporters of merged
    incidents are sent the new number. `by` None: merged by rule. Raises NotMergeable.
    """
    locked = order_by_standing(lock_all(incident.pk for incident in incidents))
    if not 2 <= len(locked) <= AT_ONCE:
        raise NotMergeable(_("Choose between two and %(n)d incidents.") % {"n": AT_ONCE})
    stands, *others = locked
    if stands.state not in STANDING:
        raise refusal(stands)
    for incident in others:
        refuse_unmergeable(incident, stands)
    moment, note, written = now(), tidy(reason)[:REASON_MAX], []
    for incident in others:
        written += merge_one(incident, stands, by=by, note=note, moment=moment)
    stands.reports_count = count_reports(stands)
    stands.changed_at = moment
    stands.steps_taken += 1
    stands.save(update_fields=["reports_count", "changed_at", "steps_taken"])
    for incident, line in written:
        timeline.write_lines(incident, line)
    return stands


def lock_all(keys: Iterable[int]) -> list[Incident]:
    """Incidents read again and locked in the order of their keys until the transaction ends."""
    wanted = Incident.objects.filter(pk__in=set(keys)).order_by("pk")
    list(wanted.select_for_update().values_list("pk", flat=True))
    return list(wanted.select_related("category", "area", "authority"))


def count_reports(incident: Incident) -> int:
    return max(1, incident.reports.filter(withdrawn_at=None).count())


def refusal(incident: Incident) -> NotMergeable:
    return NotMergeable(
        _("%(reference)s cannot be merged: it is “%(state)s”.")
        % {"reference": incident.reference, "state": incident.get_state_display()}
    )


def refuse_unmergeable(merged: Incident, stands: Incident) -> None:
    if merged.state not in MERGEABLE:
        raise refusal(merged)
    if merged.category.is_never_public != stands.category.is_never_public:
        raise NotMergeable(_("Incidents that are never public cannot be merged with others."))
    workflow.refuse_with_open_subtasks(merged)


def merge_one(
    merged: Incident, stands: Incident, *, by: User | None, note: str, moment: datetime
) -> list[tuple[Incident, timeline.Line]]:
    reports = list(merged.reports.order_by("pk").values_list("pk", flat=True))
    was_public = merged.published
    merge = Merge(incident=merged, into=stands, stands=stands, by=by, reason=note, at=moment)
    merge.was = {
        "state": merged.state,
        "published": was_public,
        "waiting_since": merged.waiting_since and merged.waiting_since.isoformat(),
        "photos": [],
    }
    if stands.published and not was_public:
        # A merge publishes nothing that was not public.
        hidden = Photo.objects.filter(report__in=reports, public=True)
        merge.was["photos"] = list(hidden.values_list("pk", flat=True))
        hidden.update(public=False)
    merge.save()
    Merge.objects.in_force().filter(stands=merged).update(stands=stands)
    move_reports(reports, merged, stands, moment, merge)
    merged.state, merged.published, merged.closed_at, merged.waiting_since = S.MERGED, False, moment, None
    merged.changed_at, merged.next_check_at, merged.reports_count = moment, None, 0
    merged.steps_taken += 1
    save_merged(merged)
    receipt = {"merge": merge.pk}
    reason = rules.in_both_languages(MERGED_INTO, reference=stands.reference)
    here = rules.in_both_languages(GATHERED, reference=merged.reference, n=len(reports))
    return [
        (
            merged,
            timeline.Line(
                E.MERGED,
                by=by,
                authority=merged.authority,
                note=note,
                public=was_public,
                reasons=(reason,),
                receipt=receipt,
                at=moment,
            ),
        ),
        (
            stands,
            timeline.Line(
                E.GATHERED,
                by=by,
                authority=stands.authority,
                note=note,
                public=was_public,
                reasons=(here,),
                receipt=receipt,
                at=moment,
            ),
        ),
    ]


def save_merged(incident: Incident) -> None:
    """Save an incident that becomes merged or is restored; PostgreSQL allows it while `incidents.merging` is set."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('incidents.merging', 'on', true)")
        incident.save(update_fields=REVIVED_FIELDS)
        cursor.execute("SELECT set_config('incidents.merging', '', true)")


def move_reports(
    reports: Sequence[int], origin: Incident, target: Incident, moment: datetime, merge: Merge | None = None
) -> None:
    """Move reports (by key) with their photos between two locked incidents."""
    ReportMove.objects.bulk_create(
        ReportMove(report_id=report, origin=origin, target=target, merge=merge, at=moment) for report in reports
    )
    Report.objects.filter(pk__in=reports).update(incident=target)
    Photo.objects.filter(report__in=reports).update(incident=target)


# ---- splitting ----


@dataclass
class Parting:
    """Reports that leave together: back to `home`, which `merge` brought here, or to a new incident."""

    reports: list[Report]
    home: Incident | None = None
    merge: Merge | None = None


@transaction.atomic
def split_reports(incident: Incident, reports: Iterable[Report], *, by: User, reason: str = "") -> list[Incident]:
    """Take reports out of an incident. Returns the incidents that have them now.

    Reports of a merged incident go back to it, and it is restored with number, deadline and history. All others become
    one new incident dated by the first of them. The report with which this incident began stays. Raises NotMergeable.

    One transaction: events in both histories, and notices to reporters whose number changed.
    """
    chosen = {report.pk for report in reports}
    homes = homes_of(chosen, incident)
    locked = {row.pk: row for row in lock_all([incident.pk, *(home for home, _merge in homes.values())])}
    stays = locked[incident.pk]
    partings = plan_parting(stays, chosen, homes, locked)
    moment, note, targets, written = now(), tidy(reason)[:REASON_MAX], [], []
    for parting in partings:
        act = revive_incident if parting.home else create_split_incident
        target, lines = act(stays, parting, by=by, note=note, moment=moment)
        targets.append(target)
        written += lines
    stays.reports_count = count_reports(stays)
    stays.changed_at = moment
    stays.steps_taken += 1
    stays.save(update_fields=["reports_count", "changed_at", "steps_taken"])
    for target, line in written:
        timeline.write_lines(target, line)
    incident.refresh_from_db()
    return targets


def homes_of(reports: Iterable[int], incident: Incident) -> dict[int, tuple[int, Merge]]:
    """{report: (its original incident, the merge that brought it here)} for reports that came by a merge."""
    first: dict[int, int] = {}
    for report, origin in ReportMove.objects.filter(report__in=list(reports)).values_list("report", "origin"):
        first.setdefault(report, origin)
    merges = Merge.objects.in_force().filter(incident__in=set(first.values()), stands=incident)
    by_home = {merge.incident_id: merge for merge in merges}
    return {report: (home, by_home[home]) for report, home in first.items() if home in by_home}


def plan_parting(
    stays: Incident, chosen: set[int], homes: dict[int, tuple[int, Merge]], locked: dict[int, Incident]
) -> list[Parting]:
    """Groups of reports that leave together. Raises NotMergeable."""
    reports = {report.pk: report for report in stays.reports.order_by("received_at", "pk")}
    if stays.state == S.MERGED:
        raise refusal(stays)
    if not chosen or not chosen <= reports.keys():
        raise NotMergeable(_("Choose reports of this incident."))
    if founding_report_key(stays) in chosen:
        raise NotMergeable(_("The first report of this incident stays in it."))
    if chosen == reports.keys():
        raise NotMergeable(_("At least one report must stay in it."))
    groups: dict[int | None, Parting] = defaultdict(lambda: Parting([]))
    for key in (key for key in reports if key in chosen):
        home, merge = homes.get(key, (None, None))
        groups[home].reports.append(reports[key])
        if home is not None:
            groups[home].home, groups[home].merge = locked[home], merge
    return list(groups.values())


def founding_report_key(incident: Incident) -> int | None:
    """Key of the report with which an incident began; None where it began without one."""
    came = public_text.reports_that_came_with(incident.pk)
    return came[0].pk if came and came[0].incident_id == incident.pk else None


def revive_incident(
    stays: Incident, parting: Parting, *, by: User, note: str, moment: datetime
) -> tuple[Incident, list[tuple[Incident, timeline.Line]]]:
    incident, merge = parting.home, parting.merge
    if incident is None or merge is None:
        raise TypeError("no incident to revive")
    keys, was = [report.pk for report in parting.reports], merge.was
    merge.undone_at, merge.undone_by = moment, by
    merge.save(update_fields=["undone_at", "undone_by"])
    move_reports(keys, stays, incident, moment)
    Photo.objects.filter(pk__in=was["photos"], report__in=keys).update(public=True)
    incident.state, incident.closed_at, incident.changed_at = was["state"], None, moment
    incident.waiting_since = was["waiting_since"] and datetime.fromisoformat(was["waiting_since"])
    incident.published = was["published"] and not incident.category.is_never_public
    incident.next_check_at = moment if incident.state in Incident.RUNNING else None  # the next chase looks anew
    incident.reports_count = count_reports(incident)
    incident.steps_taken += 1
    save_merged(incident)
    reason = rules.in_both_languages(REVIVED, reference=stays.reference)
    here = rules.in_both_languages(GONE_BACK, reference=incident.reference, n=len(keys))
    return incident, split_lines(incident, stays, by=by, note=note, moment=moment, reason_there=reason, here=here)


def create_split_incident(
    stays: Incident, parting: Parting, *, by: User, note: str, moment: datetime
) -> tuple[Incident, list[tuple[Incident, timeline.Line]]]:
    first, keys = parting.reports[0], [report.pk for report in parting.reports]
    category, start = stays.category, localtime(first.received_at)
    try:
        located = geocode.locate(first.place)
    except geocode.OutsideTheCity:
        located = geocode.Located((stays.area,))
    way = rules.find_route(category, located)
    dates = service_levels.current_rules().dates(category, Severity.NORMAL, way.authority.pk, start)
    named = geocode.named_place(first.place)
    if first.address:
        named = geocode.NamedPlace(without_contacts(first.address)[:200])
    incident = Incident(
        reference=next_reference(localtime(moment)),
        category=category,
        state=S.ASSIGNED if way.by_rule else S.RECEIVED,
        place=first.place,
        accuracy_m=first.accuracy_m,
        address=named.name[:200],
        near=named.near,
        area=located.area,
        authority=way.authority,
        text=first.public_text,
        published=stays.published and category.publishes(Category.Publish.AT_ONCE),
        reports_count=max(1, sum(1 for report in parting.reports if not report.withdrawn_at)),
        received_at=start,
        changed_at=moment,
        accept_by=dates.accept_by,
        due_at=dates.due_at,
        due_date_trace=dates.due_date_trace,
    )
    ladder.set_next_check(incident, moment)
    incident.save(force_insert=True)
    move_reports(keys, stays, incident, moment)
    reason = rules.in_both_languages(CAME_FROM, n=len(keys), reference=stays.reference)
    here = rules.in_both_languages(TAKEN_OUT, n=len(keys), reference=incident.reference)
    lines = split_lines(incident, stays, by=by, note=note, moment=moment, reason_there=reason, here=here, is_new=True)
    assigned = timeline.Line(
        E.ASSIGNED, authority=incident.authority, reasons=tuple(way.reasons), receipt=way.receipt, at=moment
    )
    return incident, [lines[0], (incident, assigned), lines[1]]


def split_lines(
    target: Incident,
    stays: Incident,
    *,
    by: User,
    note: str,
    moment: datetime,
    reason_there: dict,
    here: dict,
    is_new: bool = False,
) -> list[tuple[Incident, timeline.Line]]:
    return [
        (
            incident,
            timeline.Line(
                E.SPLIT,
                by=by,
                authority=incident.authority,
                note=note,
                public=target.published,
                reasons=(reasons,),
                receipt={"revived": incident is target and not is_new},
                at=moment,
            ),
        )
        for incident, reasons in ((target, reason_there), (stays, here))
    ]


def public_merges(references: Iterable[str]) -> MergeQuerySet:
    return Merge.objects.in_force().filter(incident__reference__in=list(references), was__published=True)


def standing_incident(incident: Incident) -> Incident:
    merge = Merge.objects.in_force().filter(incident=incident.pk).select_related("stands").first()
    return merge.stands if merge else incident
