"""Propose routing rules from repeated corrections, for a person to accept or dismiss."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _

from gis_data.models import Area
from incidents.models import Authority, Category, Correction, Incident, RoutingRule, RuleProposal, User
from incidents.routing.check import RuleChange, dry_run

DAYS = 90  # how far back it looks
MANY = 5  # corrections of one kind before they are more than chance
SHARE = 0.6  # of all that was decided there
AREAS = 3  # from so many areas on, the whole city is meant
S = RuleProposal.State


class DecidedAlready(Exception):
    """Another user has decided the proposal."""


def propose_rules(at: datetime | None = None) -> list[RuleProposal]:
    """Propose rules for repeated and consistent corrections. Returns the new proposals.

    A category's corrections to one unit must be at least MANY, and SHARE of all its incidents decided in the last DAYS
    days: corrected, or ended by the unit that the rules chose. From AREAS areas on, the proposal is for the whole city,
    else for each area. Rules that exist, and proposals dismissed without MANY corrections since, are not proposed
    again.
    """
    at = at or now()
    since = at - timedelta(days=DAYS)
    by_matter, standing = defaultdict(list), set(Area.objects.on(localdate(at)).values_list("pk", flat=True))
    corrections = Correction.objects.filter(at__gte=since).select_related("category__parent", "area", "to", "was")
    for correction in corrections.defer("area__shape", "area__outline").order_by("pk"):
        by_matter[correction.category].append(correction)
    return [
        proposal
        for category, some in by_matter.items()
        for proposal in propose_for_category(
            category,
            [correction for correction in some if correction.area_id in standing],
            settled_counts(category, since),
            at,
        )
    ]


def settled_counts(category: Category, since: datetime) -> Counter[int]:
    ended = Incident.objects.filter(category=category, received_at__gte=since, state__in=Incident.DONE)
    rows = ended.filter(corrections=None).order_by().values_list("area").annotate(n=Count("pk"))
    return Counter(dict(rows))


def propose_for_category(
    category: Category, corrections: Sequence[Correction], stayed: Counter[int], at: datetime
) -> Iterator[RuleProposal]:
    scopes = Counter((correction.area, correction.to) for correction in corrections)
    for to, count in Counter(correction.to for correction in corrections).items():
        areas = {area for area, unit in scopes if unit == to}
        if len(areas) >= AREAS and is_enough(count, len(corrections) + sum(stayed.values())):
            yield from create_proposal(category, None, to, corrections=corrections, stayed=sum(stayed.values()), at=at)
            return
    for (area, to), count in scopes.items():
        here = [correction for correction in corrections if correction.area == area]
        if is_enough(count, len(here) + stayed[area.pk]):
            yield from create_proposal(category, area, to, corrections=here, stayed=stayed[area.pk], at=at)


def is_enough(count: int, decided: int) -> bool:
    return count >= MANY and count / decided >= SHARE


def create_proposal(
    category: Category,
    area: Area | None,
    to: Authority,
    *,
    corrections: Sequence[Correction],
    stayed: int,
    at: datetime,
) -> Iterator[RuleProposal]:
    meant = [correction for correction in corrections if correction.to == to]
    rule = RoutingRule.objects.filter(category=category, area=area).first()
    if rule and (rule.authority or (area and getattr(area, "own_authority", None))) == to:
        return
    same = {"category": category, "area": area, "authority": to}
    no = RuleProposal.objects.filter(**same, state=S.DISMISSED).order_by("-decided_at").first()
    if no and no.decided_at and sum(correction.at > no.decided_at for correction in meant) < MANY:
        return
    total, moves = dry_run([RuleChange(category, area, to)], at=at)
    evidence = {
        "corrections": len(meant),
        "others": len(corrections) - len(meant),
        "stayed": stayed,
        "days": DAYS,
        "was": dict(Counter(correction.was.code for correction in meant)),
        "references": [reference for (reference,) in newest_references(meant)],
        "received": total,
        "moves": [
            {"area": move.area.code, "was": move.was.code, "to": move.to.code, "n": move.incidents} for move in moves
        ],
    }
    with transaction.atomic():
        open_proposal = (
            RuleProposal.objects.select_for_update().filter(category=category, area=area, state=S.PROPOSED).first()
        )
        if open_proposal and open_proposal.authority == to:
            open_proposal.evidence = evidence
            open_proposal.save(update_fields=["evidence"])
            return
        if open_proposal:
            open_proposal.delete()  # the corrections lead elsewhere by now
        yield RuleProposal.objects.create(**same, evidence=evidence, proposed_at=at)


def newest_references(corrections: Sequence[Correction]) -> QuerySet:
    incidents = Incident.objects.filter(pk__in=[correction.incident_id for correction in corrections])
    return incidents.order_by("-pk").values_list("reference")[:10]


@transaction.atomic
def accept_proposal(proposal: RuleProposal, *, by: User, reason: str, reason_en: str = "") -> RoutingRule:
    """Store the rule and return it. `reason`: one plain sentence, shown to citizens. Raises DecidedAlready."""
    proposal = lock_undecided(proposal)
    rule, _new = RoutingRule.objects.update_or_create(
        category=proposal.category,
        area=proposal.area,
        defaults={"authority": proposal.authority, "reason": reason, "reason_en": reason_en},
    )
    record_decision(proposal, S.ACCEPTED, by)
    return rule


@transaction.atomic
def dismiss_proposal(proposal: RuleProposal, *, by: User) -> None:
    """Dismiss a proposal. Raises DecidedAlready."""
    record_decision(lock_undecided(proposal), S.DISMISSED, by)


def lock_undecided(proposal: RuleProposal) -> RuleProposal:
    locked = RuleProposal.objects.select_for_update(of=("self",)).select_related("category", "area", "authority")
    locked = locked.get(pk=proposal.pk)
    if locked.state != S.PROPOSED:
        raise DecidedAlready(_("This proposal has already been decided."))
    return locked


def record_decision(proposal: RuleProposal, state: str, by: User) -> None:
    proposal.state, proposal.decided_by, proposal.decided_at = state, by, now()
    proposal.save(update_fields=["state", "decided_by", "decided_at"])
