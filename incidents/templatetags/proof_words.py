"""Show on the pages of an incident why its result is believed, and what is missing."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from incidents.models import NeighbourAnswer, PhotoProof
from incidents.result_checks import NEAR_M
from incidents.views.public.neighbours import Evidence, evidence_of

register = template.Library()
W = NeighbourAnswer.Word
FACING = gettext_lazy("%(where)s; the camera faced %(side)s (%(degrees)d°)")
FACING_BY_COMPASS = gettext_lazy("%(where)s; the camera faced %(side)s (%(degrees)d° by its compass)")


@dataclass(frozen=True)
class ProofLine:
    """One fact of a proof: what it is, in few words more, and whether it speaks for the result."""

    what: str
    more: str
    proves: bool = True


@register.inclusion_tag("incidents/public/neighbours/proof.html", takes_context=True)
def result_proof(context: dict[str, Any]) -> dict[str, Any]:
    evidence = evidence_of(context["request"], context["incident"], context.get("result"))
    if evidence is None:
        return {"proof": None}
    place = context["incident"].place
    lines = [place_line(evidence.placed), view_line(evidence), neighbours_line(evidence)]
    return {"proof": {"lines": lines, "pictures": evidence.pictures, "question": evidence.question, "place": place}}


def place_line(placed: PhotoProof | None) -> ProofLine:
    if placed is None or placed.metres is None:
        return ProofLine(_("Location unknown"), _("no photo shows where it was taken"), proves=False)
    side = compass_point(placed.bearing or 0)
    where = _("%(metres)d m from the place, from the %(side)s") % {"metres": placed.metres, "side": side}
    if placed.heading is not None:
        facing = {"where": where, "side": compass_point(placed.heading), "degrees": placed.heading}
        where = FACING_BY_COMPASS % facing if placed.by_compass else FACING % facing
    near = placed.metres <= NEAR_M
    return ProofLine(_("At the place") if near else _("Far from the place"), where, proves=near)


def view_line(evidence: Evidence) -> ProofLine:
    if evidence.is_alike:
        return ProofLine(_("The same view"), _("compared with the earlier photo"))
    return ProofLine(_("View not compared"), _("it is not certain that the photos show the same view"), proves=False)


def neighbours_line(evidence: Evidence) -> ProofLine:
    yes, no = evidence.counts[W.GONE], evidence.counts[W.STILL]
    if no:
        words = ngettext("%(n)d neighbour says it is still there", "%(n)d neighbours say it is still there", no)
        return ProofLine(words % {"n": no}, _("%(n)d say it is gone") % {"n": yes}, proves=False)
    if not yes or evidence.span is None:
        more = _("those who reported it and live nearby are being asked")
        return ProofLine(_("No neighbour has answered"), more, proves=False)
    words = ngettext("%(n)d neighbour confirms it", "%(n)d neighbours confirm it", yes) % {"n": yes}
    first, last = (date_format(localtime(moment), "H:i d/m") for moment in evidence.span)
    between = _("%(first)s to %(last)s") % {"first": first, "last": last}
    return ProofLine(words, first if first == last else between)


def compass_point(bearing: int) -> str:
    points = (
        pgettext("side", "north"), pgettext("side", "north-east"), pgettext("side", "east"),
        pgettext("side", "south-east"), pgettext("side", "south"), pgettext("side", "south-west"),
        pgettext("side", "west"), pgettext("side", "north-west"),
    )  # fmt: skip
    return points[round(bearing / 45) % len(points)]
