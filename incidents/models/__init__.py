"""The tables of incidents; import them from here."""

from incidents.models.catalogue import Category, RoutingRule
from incidents.models.incident import Event, Incident, Notice, Photo, Report
from incidents.models.people import ApiKey, Authority, Contact, Membership, User

__all__ = [
    "ApiKey",
    "Authority",
    "Category",
    "Contact",
    "Event",
    "Incident",
    "Membership",
    "Notice",
    "Photo",
    "Report",
    "RoutingRule",
    "User",
]
