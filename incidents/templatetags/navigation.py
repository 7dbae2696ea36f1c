"""The links of the top bar and of the menu: the pages where this person has something to do."""

from dataclasses import dataclass

from django import template
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as w

register = template.Library()


@dataclass(frozen=True)
class Link:
    """A page, what it is called, and the work (a key of `access.DOES`) that leads there; empty: for everybody."""

    page: str
    words: Promise
    work: str = ""


# The bar shows as many as it has room for: what a person does first stands first.
LINKS = [
    Link("map", w("Map")),
    Link("stats", w("Statistics")),
    Link("desk", w("To do"), "desk"),
    Link("lead", w("Overview"), "lead"),
    Link("watch", w("Watch"), "watch"),
    Link("control", w("Control room"), "control"),
    Link("people", w("People"), "administer"),
    Link("editions", w("Boundaries"), "boundaries"),
    Link("routing", w("Who answers"), "routing"),
    Link("notices", w("Messages"), "notices"),
    Link("privacy", w("Personal data"), "privacy"),
    Link("camera-health", w("Cameras"), "camera-health"),
    Link("register", w("Register of cameras"), "register"),
    Link("directives", w("Directives"), "lead"),
    Link("data", w("Open data")),
]


@register.simple_tag(takes_context=True)
def links(context):
    """The links for the person who looks at the page: address, words, and whether it is the page that is shown."""
    match = context["request"].resolver_match
    return [
        {"address": reverse(link.page), "words": link.words, "here": bool(match) and match.url_name == link.page}
        for link in LINKS
        if not link.work or link.work in context["works"]
    ]
