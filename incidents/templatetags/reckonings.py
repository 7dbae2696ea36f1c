"""How due dates came about, for templates."""

from django import template

from incidents import levels

register = template.Library()
register.simple_tag(levels.explained)
