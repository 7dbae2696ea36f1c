"""How the desk names moments and colleagues inside its sentences."""

from django import template

from incidents.templatetags.incident_words import day_and_time

register = template.Library()


@register.filter
def moment(at):
    """`14:32 today`, without the machine's own writing: for a sentence."""
    return day_and_time(at)


@register.filter
def person(user):
    """A colleague's name, or the one they sign in with."""
    return user.get_full_name() or user.username
