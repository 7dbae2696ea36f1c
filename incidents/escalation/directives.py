"""What a leader orders of a unit: given, acknowledged, reported back, settled. The only way to do each."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext as _

from gis_data.words import tidy
from incidents import access, notify, timeline
from incidents.models import Authority, Directive, Event, Incident, Membership, User

WORDS = 2000  # characters of a directive or of a report
AT_MOST = 100  # incidents of one directive


class Unfit(ValueError):
    """It cannot be ordered or reported so; `faults` says why, by the field: {"until": "…"}."""

    def __init__(self, faults):
        super().__init__(" ".join(faults.values()))
        self.faults = faults


class NotAllowed(Exception):
    """Somebody did it already, or it is not this person's to do."""


@transaction.atomic
def give(by, post, to, what, until, incidents=()):
    """Order a unit to do something until a moment: about incidents, or about none. Returns the Directive.

    `post`: the post as a leader in which it is given; None for who needs none. Behind it: the rows of the directive; a
    line in the history of each incident, for staff; and a notice to the unit's contacts and leaders. The same words to
    the same unit for the same moment are one directive, however often the form was sent. Raises Unfit.
    """
    what, incidents = tidy(what), list({one.pk: one for one in incidents}.values())
    if faults := faults_of(by, post, to, what, until, incidents):
        raise Unfit(faults)
    Authority.objects.select_for_update(no_key=True).get(pk=to.pk)  # of two forms at once the second finds the first's
    if sent_before := Directive.objects.filter(by=by, to=to, what=what, until=until, settled_at=None).first():
        return sent_before
    directive = Directive.objects.create(by=by, post=post, to=to, what=what, until=until)
    directive.incidents.set(incidents)
    tell_unit(directive, incidents)
    say(directive, what, by=by, authority=post and post.authority, incidents=incidents)
    return directive


def faults_of(by, post, to, what, until, incidents):
    """All that is wrong with a directive, by the field."""
    faults = {}
    if not what:
        faults["what"] = _("Write what is to be done.")
    elif len(what) > WORDS:
        faults["what"] = _("That is too long: %(most)s characters at most.") % {"most": WORDS}
    if until is None or until <= now():
        faults["until"] = _("Choose a moment that is still to come.")
    if to is None or not units_for(by, post).filter(pk=to.pk).exists():
        faults["to"] = _("Choose one of the units that you lead.")
    if len(incidents) > AT_MOST:
        faults["incidents"] = _("One directive is for at most %(most)s incidents.") % {"most": AT_MOST}
    reached = access.incidents_for(by, "direct").filter(pk__in=[one.pk for one in incidents])
    if len(incidents) > reached.count():
        faults["incidents"] = _("One of these incidents is not led by you.")
    return faults


def units_for(by, post):
    """The units to which this person may give directives in this post."""
    if post is None:
        return Authority.objects.all() if by.is_superuser else Authority.objects.none()
    if not posts_of(by).filter(pk=post.pk).exists():
        return Authority.objects.none()
    return Authority.objects.under([post.authority_id])


def posts_of(user):
    """The posts in which this person leads, or stands in for who leads."""
    return access.posts_with_role(user, {access.LEADER})


@transaction.atomic
def acknowledge(directive, by):
    """The unit has read it. Raises NotAllowed where it is not this person's, or somebody was faster."""
    one = locked(directive, by, "answer")
    if one.acknowledged_at or one.reported_at or one.settled_at:
        raise NotAllowed(_("This was done already."))
    one.acknowledged_by, one.acknowledged_at = by, now()
    one.save(update_fields=["acknowledged_by", "acknowledged_at"])
    directive.refresh_from_db()


@transaction.atomic
def report(directive, by, text):
    """The unit says what was done; who gave the directive is told. Raises Unfit, NotAllowed."""
    text = tidy(text)
    if not text:
        raise Unfit({"report": _("Write what was done.")})
    if len(text) > WORDS:
        raise Unfit({"report": _("That is too long: %(most)s characters at most.") % {"most": WORDS}})
    one = locked(directive, by, "answer")
    if one.reported_at or one.settled_at:
        raise NotAllowed(_("This was done already."))
    one.reported_by, one.reported_at, one.report = by, now(), text
    if not one.acknowledged_at:
        one.acknowledged_by, one.acknowledged_at = by, one.reported_at
    one.save()
    tell_giver(one)
    say(one, text, by=by, authority=one.to)
    directive.refresh_from_db()


@transaction.atomic
def settle(directive, by):
    """The leader takes the report; without one, takes the directive back. Raises NotAllowed."""
    one = locked(directive, by, "settle")
    if one.settled_at:
        raise NotAllowed(_("This was done already."))
    one.settled_at = now()
    one.save(update_fields=["settled_at"])
    directive.refresh_from_db()


def locked(directive, by, action):
    """The directive as it is now, locked until the transaction ends."""
    Directive.objects.select_for_update().only("pk").get(pk=directive.pk)
    try:
        return access.directives_for(by, action).select_related("to", "by", "post__authority").get(pk=directive.pk)
    except Directive.DoesNotExist:
        raise NotAllowed(_("This directive is not yours.")) from None


def say(directive, words, *, by, authority, incidents=None):
    """A line in the history of each incident, for staff."""
    if incidents is None:
        incidents = directive.incidents.all()
    rows = Incident.objects.filter(pk__in=[one.pk for one in incidents])
    for incident in rows.select_related("category", "area", "authority").order_by("pk"):
        timeline.record(incident, Event.Kind.DIRECTED, by=by, authority=authority, note=words, public=False)


def tell_unit(directive, incidents):
    """A notice to the unit's contacts and to who leads it."""
    leaders = Membership.objects.on().filter(authority=directive.to, role=access.LEADER)
    people = User.objects.filter(pk__in=leaders.values("user")).exclude(pk=directive.by_id)
    hearers = [*notify.desk_of(directive.to, sms=True), *notify.people(people, sms=True)]
    references = ", ".join(one.reference for one in incidents[:5])
    notify.tell("directive", f"directive:{directive.pk}", hearers, lambda one: places(directive, one, references))


def tell_giver(directive):
    """A notice to who gave the directive."""
    hearers = notify.people(who_gave(directive))
    notify.tell("directive_reported", f"directive:{directive.pk}:reported", hearers, lambda one: places(directive, one))


def who_gave(directive):
    """The person; when that one has left, who leads the unit from which it was given."""
    if directive.by.is_active or directive.post is None:
        return [directive.by]
    leaders = Membership.objects.on().filter(authority=directive.post.authority_id, role=access.LEADER)
    return User.objects.filter(pk__in=leaders.values("user")).order_by("pk")


def places(directive, one, references=""):
    """What stands in the places of its messages to a recipient."""
    with translation.override(one.language):
        return {
            "unit": directive.to.title,
            "giver": directive.giver,
            "what": directive.what,
            "until": notify.moment(directive.until),
            "incidents": references,
            "report": directive.report,
            "link": settings.SITE_URL + reverse("directive", args=[directive.pk]),
        }
