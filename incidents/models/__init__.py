"""The tables of incidents; import them from here."""

from incidents.models.catalogue import Category, RoutingRule
from incidents.models.incident import AreaShare, Event, Incident, Notice, Photo, Report
from incidents.models.people import ApiKey, Authority, Contact, Membership, User
from incidents.models.reform import Placement, Progress, Reassignment, Reform

__all__ = [
    "ApiKey",
    "AreaShare",
    "Authority",
    "Category",
    "Contact",
    "Event",
    "Incident",
    "Membership",
    "Notice",
    "Photo",
    "Placement",
    "Progress",
    "Reassignment",
    "Reform",
    "Report",
    "RoutingRule",
    "User",
]
