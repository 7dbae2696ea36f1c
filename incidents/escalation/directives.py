"""Give, acknowledge, report back and settle directives of leaders to units. The only way to do each."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext as _

from geoapp.crypto.fields import rows_with_text
from gis_data.words import tidy
from incidents import access, notify, timeline
from incidents.models import Authority, Directive, Event, Incident, Membership, User

TEXT_MAX = 2000  # characters of a directive or of a report
INCIDENTS_MAX = 100  # incidents of one directive


class InvalidDirective(ValueError):
    """A directive or report cannot have these words; `faults` says why, by field: {"until": "…"}."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = faults


class DirectiveNotAllowed(Exception):
    """Somebody did it already, or it is not this person's to do."""


@transaction.atomic
def give_directive(
    by: User,
    post: Membership | None,
    to: Authority | None,
    what: str,
    until: datetime | None,
    incidents: Iterable[Incident] = (),
) -> Directive:
    """Order a unit to do something until a moment, about incidents or none. Returns the Directive.

    `post`: the leader's post in which it is given; None for a superuser. Also written: a line in the history of each
    incident, for staff; and a notice to the unit's contacts and leaders. The same words to the same unit for the same
    moment are one directive, however often the form was sent. Raises InvalidDirective.
    """
    what, incidents = tidy(what), list({incident.pk: incident for incident in incidents}.values())
    faults = directive_faults(by, post, to, what, until, incidents)
    if faults or to is None or until is None:
        raise InvalidDirective(faults)
    Authority.objects.select_for_update(no_key=True).get(pk=to.pk)  # of two forms at once the second finds the first's
    earlier = Directive.objects.filter(by=by, to=to, until=until, settled_at=None)
    if sent_before := rows_with_text(earlier, "what", what).first():
        return sent_before
    directive = Directive.objects.create(by=by, post=post, to=to, what=what, until=until)
    directive.incidents.set(incidents)
    notify_unit(directive, incidents)
    record_in_history(directive, what, by=by, authority=post and post.authority, incidents=incidents)
    return directive


def directive_faults(by, post, to, what, until, incidents):
    faults = {}
    if not what:
        faults["what"] = _("Enter what is to be done.")
    elif len(what) > TEXT_MAX:
        faults["what"] = _("Too long: at most %(most)s characters.") % {"most": TEXT_MAX}
    if until is None or until <= now():
        faults["until"] = _("Choose a time in the future.")
    if to is None or not directable_units(by, post).filter(pk=to.pk).exists():
        faults["to"] = _("Choose one of the units you lead.")
    if len(incidents) > INCIDENTS_MAX:
        faults["incidents"] = _("A directive can cover at most %(most)s incidents.") % {"most": INCIDENTS_MAX}
    reached = access.incidents_for(by, "direct").filter(pk__in=[incident.pk for incident in incidents])
    if len(incidents) > reached.count():
        faults["incidents"] = _("You do not lead one of these incidents.")
    return faults


def directable_units(by: User, post: Membership | None) -> QuerySet[Authority]:
    if post is None:
        return Authority.objects.all() if by.is_superuser else Authority.objects.none()
    everywhere = access.may_everywhere(by, "direct", [post])
    if not access.posts_with_role(by, {post.role} if everywhere else {access.LEADER}).filter(pk=post.pk).exists():
        return Authority.objects.none()
    if everywhere:
        return Authority.objects.all()
    return Authority.objects.under([post.authority_id])


def leader_posts(user: User | AnonymousUser) -> QuerySet[Membership]:
    return access.posts_with_role(user, {access.LEADER})


@transaction.atomic
def acknowledge_directive(directive: Directive, by: User) -> None:
    """Store that the unit has read it. Raises DirectiveNotAllowed if it is not this person's, or done already."""
    locked = lock_directive(directive, by, "answer")
    if locked.acknowledged_at or locked.reported_at or locked.settled_at:
        raise DirectiveNotAllowed(_("This has already been done."))
    locked.acknowledged_by, locked.acknowledged_at = by, now()
    locked.save(update_fields=["acknowledged_by", "acknowledged_at"])
    directive.refresh_from_db()


@transaction.atomic
def report_back(directive: Directive, by: User, text: str) -> None:
    """Store what the unit did, and notify the giver. Raises InvalidDirective, DirectiveNotAllowed."""
    text = tidy(text)
    if not text:
        raise InvalidDirective({"report": _("Enter what was done.")})
    if len(text) > TEXT_MAX:
        raise InvalidDirective({"report": _("Too long: at most %(most)s characters.") % {"most": TEXT_MAX}})
    locked = lock_directive(directive, by, "answer")
    if locked.reported_at or locked.settled_at:
        raise DirectiveNotAllowed(_("This has already been done."))
    locked.reported_by, locked.reported_at, locked.report = by, now(), text
    if not locked.acknowledged_at:
        locked.acknowledged_by, locked.acknowledged_at = by, locked.reported_at
    locked.save()
    notify_giver(locked)
    record_in_history(locked, text, by=by, authority=locked.to)
    directive.refresh_from_db()


@transaction.atomic
def settle_directive(directive: Directive, by: User) -> None:
    """End a directive: accept the report or, without one, withdraw the directive. Raises DirectiveNotAllowed."""
    locked = lock_directive(directive, by, "settle")
    if locked.settled_at:
        raise DirectiveNotAllowed(_("This has already been done."))
    locked.settled_at = now()
    locked.save(update_fields=["settled_at"])
    directive.refresh_from_db()


def lock_directive(directive, by, action):
    Directive.objects.select_for_update().only("pk").get(pk=directive.pk)
    try:
        return access.directives_for(by, action).select_related("to", "by", "post__authority").get(pk=directive.pk)
    except Directive.DoesNotExist:
        raise DirectiveNotAllowed(_("This directive is not yours.")) from None


def record_in_history(directive, words, *, by, authority, incidents=None):
    if incidents is None:
        incidents = directive.incidents.all()
    rows = Incident.objects.filter(pk__in=[incident.pk for incident in incidents])
    for incident in rows.select_related("category", "area", "authority").order_by("pk"):
        timeline.record(incident, Event.Kind.DIRECTED, by=by, authority=authority, note=words, public=False)


def notify_unit(directive, incidents):
    leaders = Membership.objects.on().filter(authority=directive.to, role=access.LEADER)
    people = User.objects.filter(pk__in=leaders.values("user")).exclude(pk=directive.by_id)
    hearers = [*notify.unit_recipients(directive.to, sms=True), *notify.person_recipients(people, sms=True)]
    references = ", ".join(incident.reference for incident in incidents[:5])
    notify.create_notices(
        "directive",
        f"directive:{directive.pk}",
        hearers,
        lambda recipient: notice_values(directive, recipient, references),
    )


def notify_giver(directive):
    hearers = notify.person_recipients(current_givers(directive))
    notify.create_notices(
        "directive_reported",
        f"directive:{directive.pk}:reported",
        hearers,
        lambda recipient: notice_values(directive, recipient),
    )


def current_givers(directive):
    if directive.by.is_active or directive.post is None:
        return [directive.by]
    leaders = Membership.objects.on().filter(authority=directive.post.authority_id, role=access.LEADER)
    return User.objects.filter(pk__in=leaders.values("user")).order_by("pk")


def notice_values(directive, recipient, references=""):
    with translation.override(recipient.language):
        return {
            "unit": directive.to.title,
            "giver": directive.giver,
            "what": directive.what,
            "until": notify.format_moment(directive.until),
            "incidents": references,
            "report": directive.report,
            "link": settings.SITE_URL + reverse("directive", args=[directive.pk]),
        }
