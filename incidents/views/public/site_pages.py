"""Pages about this site that the city writes: `/about/`, `/help/`, `/terms/`, `/accessibility/`, `/about/PAGE/`."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from geoapp.http.http_methods import require_safe
from geoapp.web import markup
from gis_data.models import SitePage
from gis_data.site_pages import OWN_ADDRESS, address_of

CACHE_SECONDS = 60
LISTED_FROM = 4  # so many headings stand in a list of contents


@login_not_required
@require_safe
def site_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Shows a page in the reader's language, else in the city's own; 404 where the city has none."""
    page = SitePage.objects.filter(slug=slug).first()
    if page is None:
        raise Http404(_("There is no such page"))
    address = address_of(slug)
    if slug in OWN_ADDRESS and request.path != address:
        return redirect(address)
    headings = markup.headings(page.shown_text)
    context = {
        "page": page,
        "text": markup.render(page.shown_text),
        "headings": headings if len(headings) >= LISTED_FROM else [],
        "text_language": "" if page.is_translated else settings.LANGUAGE_CODE,
        "further": SitePage.objects.exclude(slug=slug).only("slug", "title", "title_en"),
    }
    response = render(request, "incidents/public/site_page.html", context)
    response["Cache-Control"] = f"private, max-age={CACHE_SECONDS}"
    return response
