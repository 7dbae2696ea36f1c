"""Claim incidents in the control room: one person has an incident in hand, and everybody there sees who."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from cameras.freshness import clock_text
from cameras.models import RoomClaim, RoomLine
from cameras.room import log
from incidents.models import Incident, User
from incidents.wording import person_name

TERM = timedelta(hours=2)  # who still has it in hand then says so again
K, End = RoomLine.Kind, RoomClaim.End


class HeldByAnother(Exception):
    """Somebody else has it in hand; the message says who, since when."""


@transaction.atomic
def claim_incident(incident: Incident, by: User, *, over: bool = False) -> RoomClaim:
    """Claim an incident for two hours, or extend the claim by two hours. Returns the claim.

    `over`: also if somebody else has it. Raises HeldByAnother, also if it is closed by now.
    """
    locked = Incident.objects.lock(incident.pk)
    if not locked.is_open:
        raise HeldByAnother(_("This incident is closed."))
    at, standing = now(), claim_of(incident)
    if standing and standing.by_id == by.pk:
        standing.until = at + TERM
        standing.save(update_fields=["until"])
        return standing
    if standing and standing.until > at and not over:
        raise HeldByAnother(
            _("%(who)s has been handling this since %(when)s.")
            % {"who": person_name(standing.by), "when": clock_text(standing.taken_at)}
        )
    if standing:
        end_claim(standing, End.TAKEN_OVER if standing.until > at else End.TERM, at)
    claim = RoomClaim.objects.create(incident=incident, by=by, taken_at=at, until=at + TERM)
    log.write_line(K.TAKEN, by, incident=incident, text=from_whom(standing, at))
    log.tell_room({"claim": incident.reference, "who": person_name(by)})
    return claim


def from_whom(standing, at):
    if standing is None or standing.until <= at:
        return ""
    return person_name(standing.by)


@transaction.atomic
def give_back_incident(incident: Incident, by: User) -> None:
    Incident.objects.lock(incident.pk)
    claim = claim_of(incident)
    if claim and claim.by_id == by.pk:
        end_claim(claim, End.GIVEN_BACK, now())
        log.write_line(K.GIVEN_BACK, by, incident=incident)
        log.tell_room({"claim": incident.reference, "who": ""})


def claim_of(incident: Incident) -> RoomClaim | None:
    return RoomClaim.objects.standing().filter(incident=incident).select_related("by").first()


def standing_claim_of(incident: Incident, at: datetime) -> RoomClaim | None:
    claim = claim_of(incident)
    return claim if claim and claim.until > at else None


def standing_claims(at: datetime) -> list[RoomClaim]:
    rows = RoomClaim.objects.standing().filter(until__gt=at).select_related("by", "incident")
    return list(rows.order_by("taken_at", "pk"))


def end_claim(claim, end, at):
    claim.ended_at, claim.end = at, end
    claim.save(update_fields=["ended_at", "end"])


def end_passed_claims() -> int:
    at, ended = now(), 0
    with transaction.atomic():
        rows = RoomClaim.objects.standing().select_for_update(of=("self",), skip_locked=True)
        for claim in rows.select_related("incident", "by"):
            end = End.CLOSED if not claim.incident.is_open else End.TERM if claim.until <= at else None
            if end is None:
                continue
            end_claim(claim, end, at)
            if end == End.TERM:
                log.write_line(K.TERM, None, incident=claim.incident, text=person_name(claim.by))
            log.tell_room({"claim": claim.incident.reference, "who": ""})
            ended += 1
    return ended
