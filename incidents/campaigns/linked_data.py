"""Describe a campaign to search engines (schema.org): only what its page shows."""

from typing import Any

from gis_data.models import City
from incidents.models import Campaign


def linked_data(campaign: Campaign, address: str, *, city: City, language: str) -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": "Project",
        "@id": address,
        "url": address,
        "name": campaign.heading,
        "description": campaign.description,
        "foundingDate": campaign.starts_on.isoformat(),
        "areaServed": city.title,
        "parentOrganization": {"@type": "GovernmentOrganization", "name": campaign.authority.title},
        "knowsLanguage": language,
    }
