"""Record absences and offboard staff, and reassign their work. The only way to do either."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from gis_data.alphabet import in_alphabet
from incidents import access, timeline
from incidents.accounts import sessions
from incidents.accounts.signed_rows import sign_rows
from incidents.audit import accounts as ledger
from incidents.models import (
    Absence,
    AccountLine,
    Authority,
    Directive,
    Event,
    Extension,
    Incident,
    Membership,
    PushSubscription,
    SavedFilter,
    SignIn,
    User,
)
from incidents.wording import person_name

LONGEST = timedelta(days=366)  # of one absence


class InvalidChange(ValueError):
    """The change is not possible; `faults` says why, by field: {"deputy": "…"}."""

    def __init__(self, faults: dict[str, str]):
        super().__init__(" ".join(faults.values()))
        self.faults = faults


# ---- away for a while ----


def deputies_for(person: User) -> QuerySet[User]:
    units = Membership.objects.on().filter(user=person).values("authority")
    colleagues = Membership.objects.on().filter(authority__in=units).exclude(user=person.pk)
    return User.objects.filter(pk__in=colleagues.values("user")).order_by("last_name", "first_name", "username")


@transaction.atomic
def record_absence(person: User, deputy: User | None, starts: date | None, ends: date | None) -> Absence:
    """Store on which days a person is absent, and who has their posts and messages meanwhile.

    Raises InvalidChange.
    """
    User.objects.select_for_update(no_key=True).get(pk=person.pk)  # of two forms at once the second finds the first's
    faults = absence_faults(person, deputy, starts, ends)
    if faults or deputy is None or starts is None or ends is None:
        raise InvalidChange(faults)
    absence = Absence(user=person, deputy=deputy, starts=starts, ends=ends)
    sign_rows([absence])
    absence.save()
    return absence


def absence_faults(person: User, deputy: User | None, starts: date | None, ends: date | None) -> dict[str, str]:
    faults = {}
    if starts is None:
        faults["starts"] = _("Choose the first day.")
    if ends is None:
        faults["ends"] = _("Choose the last day.")
    elif starts and ends < starts:
        faults["ends"] = _("The last day is before the first.")
    elif ends < localdate():
        faults["ends"] = _("That date has passed.")
    elif starts and ends - starts > LONGEST:
        faults["ends"] = _("That is longer than a year: ask an administrator to end the posts.")
    if deputy is None or not deputies_for(person).filter(pk=deputy.pk).exists():
        faults["deputy"] = _("Choose somebody from your unit.")
    if faults:
        return faults
    meanwhile = Absence.objects.filter(starts__lte=ends, ends__gte=starts)
    if meanwhile.filter(user=person).exists():
        faults["starts"] = _("You are already away on some of these days.")
    elif meanwhile.filter(user=deputy).exists():
        faults["deputy"] = _("%(name)s is away on some of these days.") % {"name": person_name(deputy)}
    return faults


@transaction.atomic
def end_absence(absence: Absence) -> None:
    """End the absence with yesterday; delete it if it has not begun."""
    yesterday = localdate() - timedelta(days=1)
    if absence.starts > yesterday:
        absence.delete()
    elif absence.ends > yesterday:
        absence.ends = yesterday
        sign_rows([absence])
        absence.save(update_fields=["ends"])


# ---- leaving ----


@dataclass(frozen=True)
class OffboardingPlan:
    """What becomes of a person's work. Each incident in hand goes to the successor, or back to its unit's desk."""

    person: User
    successor: User | None
    posts: list[Membership]
    handed: list[Incident]  # incidents that the successor works on, too
    pooled: list[Incident]  # the others
    extensions: int  # asked for and not decided: they stay
    directives: list[tuple[Directive, Membership | None]]  # (directive, the post that settles it from now on, or None)
    standing_in: list[tuple[Absence, bool]]  # of others whose deputy this is, and whether the successor is from then on
    filters: int
    alone: list[Authority]  # units where nobody else holds a post


def plan_offboarding(person: User, successor: User | None = None) -> OffboardingPlan:
    posts = list(
        Membership.objects.filter(user=person)
        .filter(Q(ends=None) | Q(ends__gte=localdate()))
        .select_related("authority", "area", "category")
        .order_by(in_alphabet("authority__name"), "role", "pk")
    )
    in_hand = Incident.objects.open().filter(handler=person).select_related("category", "area", "authority")
    theirs = in_hand.none()
    if successor:
        theirs = in_hand.filter(pk__in=access.incidents_for(successor, "work").values("pk"))
    handed = list(theirs.order_by("due_at", "pk"))
    others = Membership.objects.on().exclude(user=person)
    units = {post.authority_id for post in posts}
    return OffboardingPlan(
        person=person,
        successor=successor,
        posts=posts,
        handed=handed,
        pooled=list(in_hand.exclude(pk__in=[incident.pk for incident in handed]).order_by("due_at", "pk")),
        extensions=Extension.objects.filter(asked_by=person, granted=None).count(),
        directives=[
            (directive, directive_heir(directive, person, successor)) for directive in unsettled_directives_of(person)
        ],
        standing_in=[
            (absence, successor is not None and adds_no_rights(absence, successor))
            for absence in Absence.objects.filter(deputy=person, ends__gte=localdate()).select_related("user")
        ],
        filters=SavedFilter.objects.filter(user=person).count(),
        alone=list(
            Authority.objects.filter(pk__in=units)
            .exclude(pk__in=others.values("authority"))
            .order_by(in_alphabet("name"))
        ),
    )


def unsettled_directives_of(person: User) -> QuerySet[Directive]:
    return Directive.objects.filter(by=person, settled_at=None).select_related("to", "post__authority").order_by("pk")


def directive_heir(directive: Directive, person: User, successor: User | None) -> Membership | None:
    """Return the post that settles a directive from now on: the successor's as leader of the unit, else another
    leader's.
    """
    if directive.post is None:
        return None
    leaders = Membership.objects.on().filter(authority=directive.post.authority_id, role=access.LEADER)
    leaders = leaders.exclude(user=person).select_related("user", "authority").order_by("pk")
    return (successor and leaders.filter(user=successor).first()) or leaders.first()


@transaction.atomic
def offboard(person: User, *, by: User, successor: User | None = None) -> OffboardingPlan:
    """Deactivate a person today: posts end, and open work goes as `plan_offboarding` says.

    Also written: a line for staff in the history of each incident in hand, and an entry in the admin log. Raises
    InvalidChange.
    """
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    person.refresh_from_db()
    if faults := offboarding_faults(person, by, successor):
        raise InvalidChange(faults)
    list(Incident.objects.open().filter(handler=person).select_for_update().order_by("pk").values_list("pk"))
    done, today = plan_offboarding(person, successor), localdate()
    reassign_incidents(done, by)
    for directive, heir in done.directives:
        if heir:
            Directive.objects.filter(pk=directive.pk).update(post=heir)
    for absence, goes_on in done.standing_in:
        if goes_on and successor:
            absence.deputy = successor
            sign_rows([absence])
            absence.save(update_fields=["deputy"])
        else:
            absence.delete()
    SavedFilter.objects.filter(user=person).delete()
    PushSubscription.objects.filter(person=person).delete()
    Membership.objects.filter(user=person, starts__gt=today).delete()
    for post in done.posts:
        ledger.record_account_line(AccountLine.Kind.ENDED, person, by, what=ledger.post_words(post))
        post.ends = today
    sign_rows(done.posts)
    Membership.objects.bulk_update(done.posts, ["ends"])
    sessions.end_sessions(SignIn.objects.filter(user=person))
    User.objects.filter(pk=person.pk).update(is_active=False)
    message = f"left; successor: {successor.username if successor else '–'}"
    LogEntry.objects.log_actions(by.pk, User.objects.filter(pk=person.pk), CHANGE, change_message=message)
    person.refresh_from_db()
    return done


def adds_no_rights(absence: Absence, deputy: User) -> bool:
    """Return whether the deputy already has all posts of the absent person: then nobody gets more rights."""
    if deputy == absence.user:
        return False
    fields = ("authority", "role", "area", "category")
    posts = set(Membership.objects.on().filter(user=deputy).values_list(*fields))
    return set(Membership.objects.on().filter(user=absence.user).values_list(*fields)) <= posts


def offboarding_faults(person: User, by: User, successor: User | None) -> dict[str, str]:
    if not person.is_active:
        return {"person": _("%(name)s has already left.") % {"name": person_name(person)}}
    if person == by:
        return {"person": _("You cannot remove yourself: ask another administrator.")}
    if person.is_superuser and not by.is_superuser:
        return {"person": _("Only someone with full rights can remove this person.")}
    if successor and (not successor.is_active or successor == person):
        return {"successor": _("Choose somebody who stays.")}
    return {}


def reassign_incidents(done: OffboardingPlan, by: User) -> None:
    handed, pooled = ([incident.pk for incident in some] for some in (done.handed, done.pooled))
    Incident.objects.filter(pk__in=handed).update(handler=done.successor)
    Incident.objects.filter(pk__in=pooled).update(handler=None)
    with translation.override(settings.LANGUAGE_CODE):
        notes = {True: person_name(done.successor), False: _("Return to the shared desk")}
    lines = {
        (unit, to): timeline.Line(Event.Kind.GIVEN, by=by, authority=Authority(pk=unit), note=notes[to], public=False)
        for unit, to in {(incident.authority_id, incident in done.handed) for incident in [*done.handed, *done.pooled]}
    }
    timeline.write_lines_in_bulk(
        [(incident.pk, lines[incident.authority_id, True]) for incident in done.handed]
        + [(incident.pk, lines[incident.authority_id, False]) for incident in done.pooled]
    )
