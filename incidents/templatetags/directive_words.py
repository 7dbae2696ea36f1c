"""The directives that pages of other matters show."""

from django import template

from incidents import access

register = template.Library()


@register.simple_tag
def directives_at_desk(user):
    """The directives to this person's units that want an answer, the nearest deadline first."""
    directives = access.directives_for(user, "answer").filter(settled_at=None, reported_at=None)
    return list(directives.select_related("to", "by", "post__authority").order_by("until", "pk"))
