"""Assign an incident to a person of its unit, or back to the whole desk."""

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from incidents import access, timeline, workflow
from incidents.models import Event, Incident, User
from incidents.wording import person_name


class NotAssignable(ValueError):
    """The person does not work on this incident for its unit; the message says so."""


@transaction.atomic
def assign_person(incident: Incident, to: User | None, by: User, seen: int | None = None) -> Event | None:
    """Assign an open incident (None: to the desk). Returns the event, or None where nothing changed.

    Writes the row and an internal event, which notifies the person. `seen`: as in `workflow.move`, which raises
    NotAllowed where the incident has changed. Raises NotAssignable.
    """
    locked = workflow.lock_incident(incident, seen)
    if not locked.is_open:
        raise workflow.NotAllowed(_("It is closed: it cannot be assigned to anyone."))
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
    posts = access.posts_reaching(incident, access.MAY["work"])
    return User.objects.filter(pk__in=posts.values("user")).order_by("last_name", "first_name", "username")


def assignment_note(person: User | None) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return person_name(person) if person else _("Return to the shared desk")
