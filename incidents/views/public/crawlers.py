"""Files for crawlers: robots.txt, sitemaps, favicon.ico and security.txt."""

from datetime import date, timedelta
from xml.sax.saxutils import escape

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import Max, Min
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.cache import cache_control

from geoapp.db.connections import on_replica
from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe
from gis_data import city, site_pages
from incidents.map import public_map
from incidents.models import Answer, Campaign, Idea, Incident

HOUR, DAY = 3600, 86_400
PART = 50_000  # addresses per sitemap file (the protocol's limit), and incident numbers per file
PAGES = (
    "map",
    "report",
    "ask",
    "answers",
    "ideas",
    "campaigns",
    "stats",
    "before-after",
    "announcements",
    "public-cameras",
    "data",
    "history",
    "privacy-notice",
    "chat",
    "developers",
    "directory",
    "status",
)
# Private links, staff pages and addresses of forms: not for search engines.
PRIVATE = (
    "/f/", "/q/", "/mine/", "/following/", "/t/", "/c/", "/w/", "/desk/", "/enquiries/", "/lead/", "/watch/",
    "/control/", "/people/", "/moderation/", "/announcing/",
    "/notices/", "/routing/", "/directives/", "/editions/", "/evidence/", "/privacy/", "/sign-in/", "/admin/",
    "/stop/", "/hooks/", "/push/", "/live/", "/list/", "/report/here/", "/report/near/", "/report/puzzle/", "/tiles/",
    "/developers/keys/", "/developers/requests/", "/webhooks/",
)  # fmt: skip
SITEMAP_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<{} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'


@login_not_required
@require_safe
@cache_control(public=True, max_age=DAY)
def robots_file(request: HttpRequest) -> HttpResponse:
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in PRIVATE),
        "",
        f"Sitemap: {settings.SITE_URL}/sitemap.xml",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
@cache_control(public=True, max_age=DAY)
def favicon(request: HttpRequest) -> HttpResponse:
    """Redirects `/favicon.ico` to the icon, for programs that do not read it from the page."""
    return HttpResponsePermanentRedirect(static("look/mark.svg"))


@login_not_required
@require_safe
@cache_control(public=True, max_age=DAY)
def security_file(request: HttpRequest) -> HttpResponse:
    """Returns `/.well-known/security.txt` (RFC 9116); 404 where the city names no contact."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    month = now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    lines = [
        *(f"Contact: {contact}" for contact in settings.SECURITY_CONTACT),
        f"Expires: {month + timedelta(days=180):%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {', '.join(code for code, _name in settings.LANGUAGES)}",
        f"Canonical: {settings.SITE_URL}{request.path}",
        *([f"Policy: {settings.SECURITY_POLICY}"] if settings.SECURITY_POLICY else []),
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@rate_limits.limit_requests("export")
@login_not_required
@require_safe
@cache_control(public=True, max_age=HOUR)
@on_replica()
def sitemap_index(request: HttpRequest) -> HttpResponse:
    """Returns `/sitemap.xml`: the sitemap files, those of the newest incidents first."""
    bounds = Incident.objects.aggregate(first=Min("pk"), last=Max("pk"))
    parts = range(bounds["first"] // PART, bounds["last"] // PART + 1) if bounds["last"] else range(0)
    addresses = [reverse("sitemap-pages"), *(reverse("sitemap-part", args=[part]) for part in reversed(parts))]
    rows = "".join(f"<sitemap><loc>{escape(settings.SITE_URL + path)}</loc></sitemap>\n" for path in addresses)
    return xml_response(f"{SITEMAP_HEAD.format('sitemapindex')}{rows}</sitemapindex>\n")


@login_not_required
@require_safe
@cache_control(public=True, max_age=DAY)
def sitemap_pages(request: HttpRequest) -> HttpResponse:
    written = [site_pages.address_of(slug) for slug in city.current().site_pages]
    answers = Answer.objects.public().values_list("slug", "reviewed_on")
    rows: list[tuple[str, date | None]] = [(reverse("answer-page", args=[slug]), day) for slug, day in answers]
    rows += [
        (reverse("campaign", args=[slug]), None) for slug in Campaign.objects.public().values_list("slug", flat=True)
    ]
    ideas = Idea.objects.shown().order_by("-pk").values_list("pk", "published_at")[: PART // 2]
    rows += [(reverse("idea", args=[pk]), moment) for pk, moment in ideas]
    return url_set([*((address, None) for address in (*map(reverse, PAGES), *written)), *rows])


@rate_limits.limit_requests("export")
@login_not_required
@require_safe
@cache_control(public=True, max_age=HOUR)
@on_replica()
def sitemap_part(request: HttpRequest, part: int) -> HttpResponse:
    """Returns `/sitemap/incidents-N.xml`: published incidents in ranges of PART keys, so that each file takes the same
    time.
    """
    first = part * PART
    if first >= 2**62:
        raise Http404
    shown = public_map.published_incidents().filter(pk__gte=first, pk__lt=first + PART).order_by("pk")
    rows = shown.values_list("reference", "changed_at")
    if not rows.exists():
        raise Http404
    before, after = reverse("incident", args=["REFERENCE"]).split("REFERENCE")
    return url_set((f"{before}{reference}{after}", changed) for reference, changed in rows.iterator(5000))


def url_set(rows):
    entries = "".join(
        f"<url><loc>{escape(settings.SITE_URL + path)}</loc>"
        + (f"<lastmod>{changed:%Y-%m-%dT%H:%M:%SZ}</lastmod>" if changed else "")
        + "</url>\n"
        for path, changed in rows
    )
    return xml_response(f"{SITEMAP_HEAD.format('urlset')}{entries}</urlset>\n")


def xml_response(content):
    return HttpResponse(content, content_type="application/xml; charset=utf-8")
