"""Template tag that shows staff why an incident was assigned to its unit."""

from django import template
from django.db.models import Q
from django.utils.translation import gettext as _

from gis_data.models import Area, Edition
from incidents.models import Authority, Event, RoutingRule

register = template.Library()


@register.inclusion_tag("incidents/public/incident/assignment.html")
def assignment_receipt(incident):
    routed = (Event.Kind.ASSIGNED, Event.Kind.RELOCATED, Event.Kind.RECLASSIFIED)
    event = incident.timeline.filter(kind__in=routed).only("receipt").last()
    return {"receipt": receipt_in_words(event.receipt, incident.category) if event and event.receipt else None}


def receipt_in_words(receipt, category):
    """Replaces the codes in a receipt by names; keeps a code whose row no longer exists."""
    edition = Edition.objects.filter(pk=receipt["edition"]).first()
    codes = {*receipt["areas"], *(candidate["area"] for candidate in receipt["candidates"])} - {""}
    editions = [edition, *Edition.objects.above(edition)] if edition else []
    areas = {
        area.code: area.title
        for area in Area.objects.filter(edition__in=editions, code__in=codes).defer("shape", "outline")
    }
    units = {
        unit.code: unit.title
        for unit in Authority.objects.filter(code__in=[candidate["authority"] for candidate in receipt["candidates"]])
    }
    rules = current_rules(category)
    matter = {
        "leaf": category.title,
        "group": category.parent.title if category.parent else category.title,
        "any": _("all types"),
    }
    return {
        "edition": edition.title if edition else receipt["edition"],
        "areas": [areas.get(code, code) for code in receipt["areas"]],
        "candidates": [
            {
                "matter": matter[candidate["field"]],
                "where": areas.get(candidate["area"], candidate["area"]) or _("the whole city"),
                "unit": units.get(candidate["authority"], candidate["authority"]),
                "gone": rules.isdisjoint(
                    (candidate["field"], candidate["area"], to) for to in (candidate["authority"], None)
                ),
            }
            for candidate in receipt["candidates"]
        ],
    }


def current_rules(category):
    """Returns the rules for a category as receipts name them: (field, code of the area or "", code of the unit or None
    for the local one). Reloading a pack replaces rules by equal ones under other keys.
    """
    field_of = {category.pk: "leaf", category.parent_id: "group", None: "any"}
    rules = RoutingRule.objects.filter(Q(category=None) | Q(category__in=[category.pk, category.parent_id]))
    return {
        (field_of[key], area or "", unit)
        for key, area, unit in rules.values_list("category", "area__code", "authority__code")
    }
