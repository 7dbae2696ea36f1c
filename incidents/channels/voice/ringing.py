"""Calls that ring at the hotline: at which extension, until an operator takes them or the caller hangs up.

Open pages of the operator at the extension are notified, and the queue shows the call to all operators.
"""

from datetime import datetime

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from incidents import access
from incidents.channels.voice.events import Ring
from incidents.channels.voice.own import EXTENSION
from incidents.models import Call, OperatorPhone, RingingCall, User, VoiceCall
from incidents.notify import operator_pages

# Message on which an open page reloads.
RINGING = "ringing"  # what rings at this operator has changed
QUEUE = "queue"  # what rings anywhere has changed


@transaction.atomic
def assign_extension(user: User, extension: str) -> None:
    """Assign an extension to this user alone; "" for none. Raises ValueError for an invalid extension."""
    extension = extension.strip().casefold()
    if not EXTENSION.fullmatch(extension):
        raise ValueError(_("An extension has letters, digits and symbols without spaces, at most 40."))
    OperatorPhone.objects.filter(extension=extension).exclude(user=user).delete()
    if extension:
        OperatorPhone.objects.update_or_create(user=user, defaults={"extension": extension, "since": now()})
    else:
        OperatorPhone.objects.filter(user=user).delete()


def extension_of(user: User) -> str:
    phone = OperatorPhone.objects.filter(user=user).first()
    return phone.extension if phone else ""


def operator_at(extension: str) -> User | None:
    if not extension:
        return None
    phone = OperatorPhone.objects.filter(extension=extension.casefold()).select_related("user").first()
    return phone.user if phone and access.does_work(phone.user, "operator") else None


def ring(call: VoiceCall, ring_event: Ring, at: datetime) -> None:
    """Store that a call rings. Call it in a transaction that locks `call`.

    Late events of earlier moments change nothing; a call that was taken no longer rings.
    """
    fields = {
        "operator": operator_at(ring_event.extension),
        "extension": ring_event.extension,
        "queue": ring_event.queue,
        "rang_at": at,
    }
    rings, new = RingingCall.objects.select_related("operator").get_or_create(call=call, defaults=fields)
    before = None if new else rings.operator
    if not new:
        if rings.ended_at or at < rings.rang_at:
            return
        for name, value in fields.items():
            setattr(rings, name, value)
        rings.save(update_fields=list(fields))
    notify_pages({before, rings.operator})


def stop_ringing(call: VoiceCall) -> bool:
    """End the ringing of a call; returns whether nobody had taken it. In a transaction that locks `call`."""
    rings = RingingCall.objects.select_related("operator").filter(call=call, ended_at=None).first()
    if rings is None:
        return False
    end_ringing(rings, None)
    return True


def end_ringing(rings: RingingCall, call: Call | None) -> None:
    rings.ended_at, rings.taken = now(), call
    rings.save(update_fields=["ended_at", "taken"])
    notify_pages({rings.operator})


def notify_pages(operators: set[User | None]) -> None:
    for operator in operators:
        if operator is not None:
            operator_pages.notify_operators(RINGING, to=operator)
    operator_pages.notify_operators(QUEUE)
