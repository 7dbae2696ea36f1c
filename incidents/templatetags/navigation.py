"""Links of the top bar and the menu, limited to pages where this person has work."""

from dataclasses import dataclass

from django import template
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as w

register = template.Library()


@dataclass(frozen=True)
class PageLink:
    """A page, its name, and the work (a key of `access.DOES`) that it needs; empty: open to everybody."""

    page: str
    words: Promise
    work: str = ""


# The bar shows as many as fit, the most used first.
LINKS = [
    PageLink("map", w("Map")),
    PageLink("stats", w("Statistics")),
    PageLink("announcements", w("Announcements")),
    PageLink("desk", w("To do"), "desk"),
    PageLink("operator", w("Hotline"), "operator"),
    PageLink("moderation", w("Checking"), "moderate"),
    PageLink("mails", w("E-mails"), "operator"),
    PageLink("desk-enquiries", w("Enquiries"), "enquiries"),
    PageLink("lead", w("Overview"), "lead"),
    PageLink("watch", w("Watch"), "watch"),
    PageLink("control", w("Control room"), "control"),
    PageLink("announcing", w("Announce"), "announce"),
    PageLink("administration", w("Administration"), "administer"),
    PageLink("people", w("People"), "administer"),
    PageLink("editions", w("Boundaries"), "boundaries"),
    PageLink("routing", w("Who answers"), "routing"),
    PageLink("notices", w("Messages"), "notices"),
    PageLink("privacy", w("Personal data"), "privacy"),
    PageLink("camera-faults", w("Faults of cameras"), "camera-health"),
    PageLink("camera-health", w("Cameras"), "camera-health"),
    PageLink("register", w("Register of cameras"), "register"),
    PageLink("directives", w("Directives"), "desk"),
    PageLink("desk-crews", w("Crews and shifts"), "crews"),
    PageLink("mine", w("My reports")),
    PageLink("before-after", w("Before and after")),
    PageLink("data", w("Open data")),
    PageLink("chat", w("Chat")),
    PageLink("ask", w("Ask, thank, complain")),
]


@register.simple_tag(takes_context=True)
def is_staff_page(context):
    request = context.get("request")
    match = request.resolver_match if request else None
    if match is None or not request.user.is_authenticated:
        return False
    return getattr(match.func, "login_required", True)


@register.simple_tag(takes_context=True)
def page_links(context):
    """Returns (address, words, whether it is the current page) of each link. On staff pages these are the pages of this
    person's work only.
    """
    match, for_staff = context["request"].resolver_match, is_staff_page(context)
    return [
        {"address": reverse(link.page), "words": link.words, "here": bool(match) and match.url_name == link.page}
        for link in LINKS
        if (link.work in context["works"] if link.work else not for_staff)
    ]
