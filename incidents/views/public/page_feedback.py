"""Say on which page somebody has something to tell about this site: a question with the page's address.

Only addresses without a secret are named: who answers reads them.
"""

from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.translation import gettext as _

from gis_data.site_pages import OWN_ADDRESS

PATH_MAX = 200
OPEN_PARTS = {"code", "reference", "pk", "name"}  # parts of addresses that are no keys to anything
OPEN_PAGES = {*OWN_ADDRESS, "site-page"}


def is_open(match: ResolverMatch | None) -> bool:
    """Return whether the address of a page holds no secret."""
    return match is not None and (match.url_name in OPEN_PAGES or match.kwargs.keys() <= OPEN_PARTS)


def words_about(path: str) -> str:
    """Return the beginning of what is written about a page of this site; "" for any other address."""
    if not path.startswith("/") or len(path) > PATH_MAX or not path.isprintable():
        return ""
    try:
        match = resolve(path)
    except Resolver404:
        return ""
    return _("About the page %(page)s:") % {"page": path} + "\n" if is_open(match) else ""
