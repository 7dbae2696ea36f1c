"""How due dates came about, for templates."""

from django import template

from incidents.deadlines import service_levels

register = template.Library()
register.simple_tag(service_levels.explain_due_date)
