"""Template tags of maps: `{% map_files %}` in the head, `<div class="map" {% map_data %}>` in the body."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html

from gis_data.services.map_data import map_data
from gis_data.templatetags.look import style_links

register = template.Library()
register.simple_tag(map_data, takes_context=True)


@register.simple_tag
def map_files():
    script = format_html('<script src="{}" defer fetchpriority="high"></script>', static("leaflet/leaflet.js"))
    return style_links("leaflet/map.css") + script
