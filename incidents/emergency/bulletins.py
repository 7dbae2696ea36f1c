"""Publish the figures of an emergency mode at intervals (`bulletin_minutes` of the city's policies)."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from geoapp.db import locks
from geoapp.web.figures import format_number
from gis_data import policies
from incidents import access
from incidents.emergency.current import own_incidents
from incidents.emergency.places import flooded_streets, open_shelters
from incidents.models import Emergency, EmergencyBulletin, Incident


@transaction.atomic
def issue_due(at: datetime | None = None) -> int:
    """Issue the bulletin of each emergency mode that has none, or whose last is old enough. Returns how many."""
    locks.hold(locks.Lock.EMERGENCY)
    moment = at or now()
    pause = timedelta(minutes=policies.current().bulletin_minutes)
    count = 0
    for emergency in Emergency.objects.on(moment).order_by("pk"):
        last = emergency.bulletins.last()
        if last is None or moment - last.at >= pause:
            issue(emergency, moment)
            count += 1
    return count


def issue(emergency: Emergency, at: datetime) -> EmergencyBulletin:
    last = emergency.bulletins.last()
    number = last.number + 1 if last else 1
    return EmergencyBulletin.objects.create(
        emergency=emergency, number=number, at=at, figures=count_figures(emergency, at)
    )


def count_figures(emergency: Emergency, at: datetime) -> dict[str, Any]:
    """Return the public figures of this moment, by name."""
    incidents = own_incidents(emergency, Incident.objects.filter(access.PUBLISHED, state__in=Incident.SHOWN))
    streets = flooded_streets(emergency, at)
    shelters = open_shelters(emergency)
    return {
        "reports": incidents.aggregate(n=Sum("reports_count"))["n"] or 0,
        "open": incidents.open().count(),
        "done": incidents.filter(state__in=Incident.DONE).count(),
        "streets": len(streets),
        "deepest_cm": max((street.depth_cm for street in streets), default=0),
        "deepest": max(streets, key=lambda street: street.depth_cm).street if streets else "",
        "shelters": shelters.count(),
        "capacity": shelters.aggregate(n=Sum("capacity"))["n"] or 0,
    }


def sentences_of(figures: dict[str, Any]) -> list[str]:
    """Return the figures in words, one sentence each."""
    n = figures["reports"]
    sentences = [
        ngettext("%(n)s report since it began.", "%(n)s reports since it began.", n) % {"n": format_number(n)},
        _("%(open)s incidents open, %(done)s done.")
        % {"open": format_number(figures["open"]), "done": format_number(figures["done"])},
    ]
    if streets := figures["streets"]:
        sentences.append(
            ngettext(
                "%(n)s street under water, the deepest %(street)s with %(depth)s cm.",
                "%(n)s streets under water, the deepest %(street)s with %(depth)s cm.",
                streets,
            )
            % {"n": format_number(streets), "street": figures["deepest"], "depth": figures["deepest_cm"]}
        )
    if shelters := figures["shelters"]:
        sentence = ngettext("%(n)s shelter is open", "%(n)s shelters are open", shelters) % {
            "n": format_number(shelters)
        }
        if places := figures["capacity"]:
            sentence = _("%(shelters)s, with room for %(n)s people") % {
                "shelters": sentence, "n": format_number(places),
            }  # fmt: skip
        sentences.append(f"{sentence}.")
    return sentences
