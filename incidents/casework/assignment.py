"""An incident is given to a person of the unit that has it, or back to all of its desk. The only way to do so."""

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from incidents import access, timeline, workflow
from incidents.models import Event, Incident, User
from incidents.wording import person_name


class NotAssignable(ValueError):
    """The person does not work on this incident for the unit that has it; the message says so."""


@transaction.atomic
def assign_person(incident: Incident, to: User | None, by: User, seen: int | None = None) -> Event | None:
    """Give an open incident to a person (None: back to the desk). Returns the event, or None where nothing changed.

    Behind it: the row, and a line for staff, by which the person is told. `seen` as in `workflow.move`, which says
    NotAllowed where the incident has changed meanwhile. Raises NotAssignable.
    """
    locked = workflow.lock_incident(incident, seen)
    if not locked.is_open:
        raise workflow.NotAllowed(_("It is closed: it cannot be given to anybody."))
    if to and not assignable_people(locked).filter(pk=to.pk).exists():
        raise NotAssignable(
            _("%(name)s does not work on this for %(unit)s.")
            % {"name": person_name(to), "unit": locked.authority.title}
        )
    if locked.handler_id == (to and to.pk):
        return None
    locked.handler = to
    locked.save(update_fields=["handler"])
    note = assignment_note(to)
    event = timeline.record(locked, Event.Kind.GIVEN, by=by, authority=locked.authority, note=note, public=False)
    incident.refresh_from_db()
    return event


def assignable_people(incident: Incident) -> QuerySet[User]:
    """The people who work on this incident for the unit that has it: their posts' areas and fields reach it today."""
    posts = access.posts_reaching(incident, access.MAY["work"])
    return User.objects.filter(pk__in=posts.values("user")).order_by("last_name", "first_name", "username")


def assignment_note(person: User | None) -> str:
    """What the history says: to whom it was given."""
    with translation.override(settings.LANGUAGE_CODE):
        return person_name(person) if person else _("Back to the desk")
