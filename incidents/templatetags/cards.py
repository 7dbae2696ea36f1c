"""What sites and chats show of a link to a page: title, words, address and picture (Open Graph)."""

from typing import Any

from django import template
from django.conf import settings
from django.template.context import Context
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from gis_data import city
from incidents.map import share_image
from incidents.templatetags.navigation import is_staff_page
from incidents.views.public.crawlers import PRIVATE

register = template.Library()


@register.simple_tag(takes_context=True)
def page_card(context: Context) -> dict[str, Any] | None:
    """Returns the card of a public page from its blocks `title` and `description`; None for private links and staff."""
    request, here = context.get("request"), city.find_city()
    if request is None or here is None or request.path.startswith(PRIVATE) or is_staff_page(context):
        return None
    return {
        "title": page_title(context, here.brand),
        "words": block_text(context, "description"),
        "address": settings.SITE_URL + request.path,
        "picture": settings.SITE_URL + reverse("city-picture"),
        "width": share_image.WIDTH,
        "height": share_image.HEIGHT,
    }


def page_title(context: Context, brand: str) -> SafeString:
    title = block_text(context, "title")
    return mark_safe(title.removesuffix(f" · {brand}"))  # it is markup already


def block_text(context: Context, name: str) -> SafeString:
    """Returns what a block of the page renders to, on one line; blocks are escaped as they render."""
    block = context.render_context[BLOCK_CONTEXT_KEY].get_block(name)
    return mark_safe(" ".join(block.render(context).split()))
