"""Put a new edition of boundaries into force on its day, and take it back as a whole.

    plan_reform ──► (its day comes) ──► enact_reform ──► take_back_reform
      └────► drop_reform

Enacting is prepared in batches that can be stopped anywhere (`placing`); then everything changes in one transaction:
the editions' days, the authorities with their people and rules (`units`), the open incidents (`moving`).
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import date, timedelta

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q, QuerySet
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _

from geoapp.db import locks
from gis_data.editions import succession
from gis_data.models import Edition
from incidents import sql
from incidents.models import Event, Incident, Reform
from incidents.reform import moving, placing, progress, units
from incidents.reform.placing import place_incidents
from incidents.reform.preview import AreaPair, ReformPreview, preview_reform
from incidents.reform.units import authorities_in_office
from incidents.reporting import uncertainty
from incidents.routing import rules

__all__ = [
    "AreaPair",
    "ReformNotPossible",
    "ReformPreview",
    "authorities_in_office",
    "drop_reform",
    "due_reforms",
    "enact_due_reforms",
    "enact_reform",
    "move_late_arrivals",
    "place_incidents",
    "plan_reform",
    "preview_reform",
    "take_back_reform",
]  # fmt: skip

S = Reform.State


class ReformNotPossible(Exception):
    """The law cannot change like this; the message says why."""


def editions_to_end(edition: Edition, day: date) -> QuerySet[Edition]:
    return Edition.objects.on(day - timedelta(days=1)).filter(city=edition.city_id).exclude(pk=edition.pk)


@transaction.atomic
def plan_reform(edition: Edition, day: date, *, ends: Iterable[Edition] | None = None, by: str = "") -> Reform:
    """Set the day on which a draft replaces the editions in `ends` (default: `editions_to_end`).

    Nothing changes before that day; a past day is enacted by the next worker. Raises ReformNotPossible.
    """
    edition = Edition.objects.select_for_update(of=("self",)).select_related("city").get(pk=edition.pk)
    ends = list(editions_to_end(edition, day) if ends is None else ends)
    check_plan(edition, day, ends)
    for old in ends:
        if not succession.successions_between(edition, old).exists():
            succession.compute_successions(edition, [old])
    reform = Reform.objects.create(edition=edition, day=day, by=by)
    reform.ends.set(ends)
    return reform


def check_plan(edition: Edition, day: date, ends: Iterable[Edition]) -> None:
    if not edition.is_draft:
        raise ReformNotPossible(_("%(edition)s is or was already in force.") % {"edition": edition.title})
    if Reform.objects.filter(edition=edition, state=S.PLANNED).exists():
        raise ReformNotPossible(_("A day has already been set for %(edition)s.") % {"edition": edition.title})
    if not edition.areas.exists():
        raise ReformNotPossible(_("%(edition)s has no areas.") % {"edition": edition.title})
    for old in ends:
        if old.city_id != edition.city_id or old.is_draft or old.pk == edition.pk:
            raise ReformNotPossible(_("%(edition)s is not in force and cannot end.") % {"edition": old.title})
        if old.in_force.lower and old.in_force.lower >= day:
            values = {"edition": old.title, "day": f"{old.in_force.lower:%d/%m/%Y}"}
            raise ReformNotPossible(_("%(edition)s has only been in force since %(day)s: choose a later day.") % values)
    ending = [old.pk for old in ends]
    clash = Edition.objects.filter(
        city=edition.city_id, level=edition.level, in_force__overlap=DateRange(day, None)
    ).exclude(pk__in=ending)
    if other := clash.first():
        values = {"edition": other.title}
        raise ReformNotPossible(
            _("%(edition)s is in force on some of these days: it must end with this change.") % values
        )
    if other := Reform.objects.filter(state=S.PLANNED, ends__in=ending).select_related("edition").first():
        values = {"edition": other.edition.title, "day": f"{other.day:%d/%m/%Y}"}
        raise ReformNotPossible(_("Another change is planned for %(day)s (%(edition)s): cancel that first.") % values)


@transaction.atomic
def drop_reform(reform: Reform) -> None:
    """Cancel a change before its day. Raises ReformNotPossible if it was enacted."""
    if not Reform.objects.filter(pk=reform.pk, state=S.PLANNED).update(state=S.DROPPED):
        raise ReformNotPossible(_("Only a future change can be cancelled."))
    placing.delete_placements(reform.edition)
    reform.refresh_from_db()


def due_reforms(day: date | None = None) -> QuerySet[Reform]:
    return Reform.objects.filter(state=S.PLANNED, day__lte=day or localdate()).order_by("day", "pk")


def enact_due_reforms() -> None:
    """Enact what is due, and move reports received beside the last changes. An impossible one holds up no other."""
    for reform in due_reforms():
        with suppress(ReformNotPossible):  # its row of Progress says why
            enact_reform(reform.pk)
    lately = now() - timedelta(days=1)
    for reform in Reform.objects.filter(Q(enacted_at__gte=lately, state=S.ENACTED) | Q(taken_back_at__gte=lately)):
        move_late_arrivals(reform)
    uncertainty.renew_shares()


def enact_reform(reform_id: int) -> bool:
    """Put a planned edition into force if its day has come; returns whether this call did it.

    First every incident is placed in the new edition, in batches, with a public row of Progress. Then, in one
    transaction, of which only one runs at a time: the days of the editions; authorities, posts and rules
    (`units.transfer_units`); open incidents and their histories (`moving.move_incidents`); and the ledger by which all
    of it can be taken back. Stopped at any point, it did nothing or all of that; a repeated call continues or is done.
    Raises ReformNotPossible.
    """
    reform = Reform.objects.select_related("edition__city").get(pk=reform_id)
    if reform.state != S.PLANNED:
        return False
    if reform.day > localdate():
        raise ReformNotPossible(_("The day of this change has not come yet."))
    with progress.report_progress(reform) as say:
        for edition in (reform.edition, *concerned_editions(reform)):
            place_incidents(edition, say)
        with transaction.atomic():
            reform = lock_reform(reform_id)
            if reform.state != S.PLANNED:
                say("done")  # by another worker, while this one prepared
                return False
            write_reform(reform, say)
        move_late_arrivals(reform)
        uncertainty.renew_shares()
        say("done")
    return True


def write_reform(reform, say):
    ends, stay = list(reform.ends.order_by("-level")), editions_that_stay(reform)
    before, after = [*ends, *stay], [reform.edition, *stay]
    check_again(reform, ends)
    say("law")
    old_law = rules.RuleSnapshot.now(before)
    ledger = {"editions": set_days(reform, ends)}
    say("units")
    ledger |= units.transfer_units(reform.edition, ends)
    say("rest")
    for edition in (reform.edition, *before):
        place_incidents(edition, batch=10**9)
    say("incidents")
    change = moving.LawChange(reform, Event.Kind.REDRAWN, before, after)
    counts = moving.move_incidents(change, old_law, rules.RuleSnapshot.now(after), ledger=ledger)
    counts |= {
        "closed": Incident.objects.exclude(state__in=Incident.OPEN).filter(area__edition__in=ends).count(),
        "carried": len(ledger["carried"]),
        "authorities": len(ledger["authorities"]) + len(ledger["revived"]),
        "memberships": len(ledger["memberships"]),
        "rules": len(ledger["rules"]),
    }
    reform.state, reform.enacted_at, reform.counts, reform.ledger = S.ENACTED, now(), counts, ledger
    reform.save(update_fields=["state", "enacted_at", "counts", "ledger"])


def lock_reform(reform_id):
    """Return the reform, locked with all changes of the law until the transaction ends."""
    locks.hold(locks.Lock.LAW)
    # "No key": the row of progress points to this one and is written on another connection.
    return Reform.objects.select_for_update(of=("self",), no_key=True).select_related("edition__city").get(pk=reform_id)


def editions_that_stay(reform):
    ends = reform.ends.values("pk")
    return list(succession.other_editions_in_force(reform.edition).exclude(pk__in=ends))


def concerned_editions(reform):
    return [*reform.ends.order_by("-level"), *editions_that_stay(reform)]


def check_again(reform, ends):
    reform.edition.refresh_from_db()
    ending = [old.pk for old in ends]
    clash = Edition.objects.filter(
        city=reform.edition.city_id, level=reform.edition.level, in_force__overlap=DateRange(reform.day, None)
    ).exclude(pk__in=ending)
    if not reform.edition.is_draft or clash.exists() or any(old.is_draft for old in ends):
        raise ReformNotPossible(_("In the meantime other editions have come into force: plan this change again."))


def set_days(reform, ends):
    days = {}
    for old in ends:
        lower, upper = old.in_force.lower, old.in_force.upper
        days[old.pk] = [str(day) if day else None for day in (lower, upper)]
        if upper is None or upper > reform.day:
            old.in_force = DateRange(lower, reform.day)
            old.save(update_fields=["in_force"])
    reform.edition.in_force = DateRange(reform.day, None)
    reform.edition.save(update_fields=["in_force"])
    return days


def move_late_arrivals(reform: Reform) -> int:
    """Move incidents received under the old law while the new one was being written. Returns how many.

    A report located before the change and committed after it lies in an ended area. It was routed by rule, so only the
    new rules count.
    """
    reform = Reform.objects.select_related("edition__city").get(pk=reform.pk)
    enacted = reform.state == S.ENACTED
    left = [reform.edition] if not enacted else list(reform.ends.all())
    rest = Incident.objects.open().filter(area__edition__in=left)
    if not rest.exclude(reassignments__reform=reform).exists():
        return 0
    with transaction.atomic():
        reform = lock_reform(reform.pk)
        ends, stay = list(reform.ends.order_by("-level")), editions_that_stay(reform)
        new, kind = ([reform.edition], Event.Kind.REDRAWN) if enacted else (ends, Event.Kind.RESTORED)
        for edition in new:
            place_incidents(edition, batch=10**9)
        old = ends if enacted else [reform.edition]
        change = moving.LawChange(reform, kind, [*old, *stay], [*new, *stay])
        counts = moving.move_incidents(
            change, None, rules.RuleSnapshot.now([*new, *stay]), ledger=reform.ledger if enacted else None
        )  # fmt: skip
        if enacted:
            for name, number in counts.items():
                reform.counts[name] += number if name != "untouched" else 0
            reform.save(update_fields=["counts", "ledger"])
    return counts["open"]


def take_back_reform(reform_id: int, by: str = "") -> bool:
    """Undo an enacted change as a whole, in one transaction; returns whether this call did it.

    The old editions are in force again, the new one is a draft. Authorities, posts, rules and open incidents are
    restored unless somebody has changed them since: a later hand-over or closing stands. All incidents lie in the old
    areas again; those received since are placed in them and routed anew. Raises ReformNotPossible.
    """
    reform = Reform.objects.select_related("edition__city").get(pk=reform_id)
    if reform.state == S.TAKEN_BACK:
        return False
    with progress.report_progress(reform) as say:
        for edition in reform.ends.all():
            place_incidents(edition, say)
        with transaction.atomic():
            reform = lock_reform(reform_id)
            if reform.state == S.TAKEN_BACK:
                say("done")
                return False
            if reform.state != S.ENACTED:
                raise ReformNotPossible(_("Only a change in force can be revoked."))
            later = Reform.objects.filter(state=S.ENACTED, ends=reform.edition).select_related("edition").first()
            if later:
                values = {"edition": later.edition.title}
                raise ReformNotPossible(_("A later change builds on this one: revoke %(edition)s first.") % values)
            undo_reform(reform, by, say)
        move_late_arrivals(reform)
        uncertainty.renew_shares()
        placing.delete_placements(reform.edition)
        say("done")
    return True


def undo_reform(reform, by, say):
    ledger = reform.ledger
    ends, stay = list(reform.ends.order_by("-level")), editions_that_stay(reform)
    before, after = [reform.edition, *stay], [*ends, *stay]
    say("law")
    their_law = rules.RuleSnapshot.now(before)
    restore_days(reform, ends)
    say("units")
    units.hand_units_back(ledger)
    say("rest")
    for edition in ends:
        place_incidents(edition, batch=10**9)
    say("incidents")
    change = moving.LawChange(reform, Event.Kind.RESTORED, before, after)
    law = rules.RuleSnapshot.now(after)
    founded = ledger["authorities"] + ledger["revived"]
    counts = moving.restore_incidents(change, law.desk, ledger, founded)
    reform.reassignments.all().delete()
    counts["received_since"] = moving.move_incidents(change, their_law, law, units=founded)["open"]
    sql.execute(
        "restore_closed", edition=reform.edition_id, editions=[edition.pk for edition in after], open=moving.OPEN_STATES
    )
    sql.execute("tidy_places", editions=[old.pk for old in ends])
    counts["authorities_gone"] = units.delete_founded(ledger)
    reform.state, reform.taken_back_at = S.TAKEN_BACK, now()
    reform.counts |= {"taken_back": counts | {"by": by}}
    reform.save(update_fields=["state", "taken_back_at", "counts"])


def restore_days(reform, ends):
    reform.edition.in_force = None
    reform.edition.save(update_fields=["in_force"])
    for old in ends:
        old.in_force = DateRange(*reform.ledger["editions"][str(old.pk)])
        old.save(update_fields=["in_force"])
