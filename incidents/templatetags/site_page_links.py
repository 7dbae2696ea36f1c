"""Template filter with the addresses of the pages about this site."""

from django import template

from gis_data.models import SitePage
from gis_data.site_pages import address_of

register = template.Library()


@register.filter
def site_page_address(page: SitePage) -> str:
    return address_of(page.slug)
