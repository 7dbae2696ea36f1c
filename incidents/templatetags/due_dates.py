"""Template tag that explains how a due date was computed."""

from django import template

from incidents.deadlines import service_levels

register = template.Library()
register.simple_tag(service_levels.explain_due_date)
