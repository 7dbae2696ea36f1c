"""Links of the public header, its menu and the footer, and of the bar of staff, limited to pages of their work."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django import template
from django.template.context import Context
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as w
from django.utils.translation import pgettext_lazy

from incidents.views.public.page_feedback import is_open

register = template.Library()


@dataclass(frozen=True)
class PageLink:
    """A page, its name, and the work (a key of `access.DOES`) that it needs; empty: open to everybody.

    `parts` are further pages on which the link is the current one. What `may_overflow` moves from the header into its
    menu where the header is narrow. `of_city`: a page that the city writes, shown where there is one.
    """

    page: str
    words: Promise
    work: str = ""
    icon: str = ""
    parts: tuple[str, ...] = ()
    may_overflow: bool = False
    of_city: bool = False


# The header of public pages. A page that does not exist is left out, here and in all tables below.
BAR_LINKS = [
    PageLink("map", w("Map"), icon="i-map", parts=("incident",)),
    PageLink(
        "answers",
        pgettext_lazy("in the header", "Questions"),
        icon="i-ask",
        parts=("answer-page", "ask", "enquiry"),
        may_overflow=True,
    ),
    PageLink("wards", w("My ward"), icon="i-building", parts=("ward",), may_overflow=True),
    PageLink(
        "mine",
        pgettext_lazy("in the header", "My reports"),
        icon="i-user",
        parts=("mine-report", "mine-code", "follow"),
    ),
]
# What steps back while emergency mode is on.
NOT_IN_EMERGENCY = {"ideas", "stats", "before-after"}
# Its menu: groups with a line between them.
MENU_LINKS = [
    [
        PageLink("ideas", w("Ideas"), icon="i-idea", parts=("idea", "idea-new", "idea-sent", "idea-code")),
        PageLink("campaigns", w("Campaigns"), icon="i-flag", parts=("campaign",)),
        PageLink("announcements", w("Announcements"), icon="i-megaphone", parts=("announcement",)),
        PageLink("stats", w("Statistics"), icon="i-chart"),
        PageLink("before-after", w("Before and after"), icon="i-history"),
        PageLink("public-cameras", w("Traffic cameras"), icon="i-camera"),
    ],
    [
        PageLink("data", w("Open data"), icon="i-download"),
        PageLink("chat", w("Contact us"), icon="i-send"),
    ],
]
# The footer.
ABOUT_LINKS = [
    PageLink("about", pgettext_lazy("in the footer", "About"), parts=("site-page",), of_city=True),
    PageLink("help", w("Help"), of_city=True),
    PageLink("privacy-notice", w("Privacy")),
    PageLink("terms", w("Terms of use"), of_city=True),
    PageLink("accessibility", w("Accessibility"), of_city=True),
    PageLink("status", w("Service status")),
]
OPEN_LINKS = [
    PageLink("answers", pgettext_lazy("in the header", "Questions")),
    PageLink("ideas", w("Ideas")),
    PageLink("campaigns", w("Campaigns")),
    PageLink("directory", w("Directory of units")),
    PageLink("data", w("Open data")),
    PageLink("stats", w("Statistics")),
    PageLink("developers", w("For developers")),
    PageLink("history", w("Sealed history")),
]
# The bar of staff shows as many as fit, the most used first.
STAFF_LINKS = [
    PageLink("desk", w("To do"), "desk"),
    PageLink("operator", w("Hotline"), "operator"),
    PageLink("moderation", w("Checking"), "moderate"),
    PageLink("mails", w("E-mails"), "operator"),
    PageLink("desk-enquiries", w("Enquiries"), "enquiries"),
    PageLink("desk-ideas", w("Ideas"), "enquiries", parts=("desk-idea", "desk-idea-contact", "desk-idea-step")),
    PageLink("lead", w("Overview"), "lead"),
    PageLink("watch", w("Supervision"), "watch"),
    PageLink("control", w("Control room"), "control"),
    PageLink("announcing", w("Announce"), "works"),
    PageLink(
        "emergencies",
        w("Emergency mode"),
        "emergencies",
        parts=("emergency-new", "emergency-state", "emergency-review"),
    ),
    PageLink("administration", w("Administration"), "administer"),
    PageLink("people", w("People"), "administer"),
    PageLink("editions", w("Boundaries"), "boundaries"),
    PageLink("routing", w("Who is responsible"), "routing"),
    PageLink("notices", w("Messages"), "notices"),
    PageLink("privacy", w("Personal data"), "privacy"),
    PageLink("camera-faults", w("Camera faults"), "camera-health"),
    PageLink("camera-health", w("Cameras"), "camera-health"),
    PageLink("register", w("Register of cameras"), "register"),
    PageLink("directives", w("Directives"), "desk"),
    PageLink("desk-crews", w("Crews and shifts"), "crews"),
]


@register.simple_tag(takes_context=True)
def is_staff_page(context: Context) -> bool:
    request = context.get("request")
    if request is None or request.resolver_match is None or not request.user.is_authenticated:
        return False
    return getattr(request.resolver_match.func, "login_required", True)


@register.simple_tag(takes_context=True)
def staff_links(context: Context) -> list[dict[str, Any]]:
    """Returns the links to all pages of this person's work."""
    return existing_links(context, [link for link in STAFF_LINKS if link.work in context["works"]])


@register.simple_tag(takes_context=True)
def public_links(context: Context) -> dict[str, Any]:
    """Returns the links of the header (`bar`) and its menu (`menu`, in groups), and how many messages are `unread`."""
    bar = existing_links(context, BAR_LINKS)
    menu = [existing_links(context, group) for group in MENU_LINKS]
    return {
        "bar": bar,
        "menu": menu,
        "in_menu": any(link["here"] for group in menu for link in group),
        "unread": context.get("unread_count") or 0,
    }


@register.simple_tag(takes_context=True)
def footer_links(context: Context) -> dict[str, Any]:
    return {"about": existing_links(context, ABOUT_LINKS), "open": existing_links(context, OPEN_LINKS)}


@register.simple_tag(takes_context=True)
def feedback_address(context: Context) -> str:
    """Returns where to write about this page; a page whose address is a secret is not named."""
    request = context["request"]
    query = {"kind": "question"} | ({"about": request.path} if is_open(request.resolver_match) else {})
    return f"{reverse('ask')}?{urlencode(query)}"


def existing_links(context: Context, links: Iterable[PageLink]) -> list[dict[str, Any]]:
    match = context["request"].resolver_match
    page = match.url_name if match else ""
    here, emergency = context.get("city"), context.get("emergency")
    hidden = NOT_IN_EMERGENCY if emergency and not emergency.practice else ()
    written = here.site_pages if here else ()
    return [
        {
            "page": link.page,
            "address": address,
            "words": link.words,
            "icon": link.icon,
            "may_overflow": link.may_overflow,
            "here": "page" if page == link.page else "true" if page in link.parts else "",
        }
        for link in links
        if link.page not in hidden and (address := address_of(link.page)) and (not link.of_city or link.page in written)
    ]


@cache
def address_of(page: str) -> str:
    """Returns the page's address, "" where there is no such page (yet)."""
    try:
        return reverse(page)
    except NoReverseMatch:
        return ""
