"""Template tags for icons, styles and script modules."""

from functools import cache, lru_cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from geoapp.http.modules import imported_modules
from geoapp.http.static_storage import bundled_files

register = template.Library()


@cache
def sprite():
    """Return the sprite's URL, cached: a list asks for it hundreds of times."""
    return static("look/icons.svg")


@register.simple_tag
@lru_cache(maxsize=1000)  # a row of a list has five of them
def icon(name, size=""):
    """Return an icon of the sprite; its label stands beside it or in aria-label."""
    return format_html('<svg class="icon {}" aria-hidden="true"><use href="{}#{}"/></svg>', size, sprite(), name)


@register.simple_tag
@lru_cache(maxsize=100)
def glyph(state: str) -> SafeString:
    return format_html(
        '<svg class="glyph" data-state="{0}" aria-hidden="true"><use href="{1}#s-{0}"/></svg>',
        state,
        sprite(),
    )


@register.simple_tag
def styles(bundle):
    """Return the links of a style bundle (`geoapp.http.static_storage.BUNDLES`)."""
    return style_links(bundle)


@cache
def style_links(bundle: str) -> SafeString:
    links = ((static(name),) for name in bundled_files(bundle))
    return format_html_join("", '<link rel="stylesheet" href="{}">', links)


@register.simple_tag
def module(name):
    imports = format_html_join(
        "", '<link rel="modulepreload" href="{}">', ((static(module_name),) for module_name in imported_modules(name))
    )
    return imports + format_html('<script type="module" src="{}"></script>', static(name))


@register.simple_tag
def picture(name):
    return format_html('<svg class="picture" aria-hidden="true"><use href="{}#{}"/></svg>', sprite(), name)
