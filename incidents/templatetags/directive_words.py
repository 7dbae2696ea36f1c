"""Template tag that lists a person's open directives on pages of the desk."""

from django import template

from incidents import access

register = template.Library()


@register.simple_tag
def directives_at_desk(user):
    directives = access.directives_for(user, "answer").filter(settled_at=None, reported_at=None)
    return list(directives.select_related("to", "by", "post__authority").order_by("until", "pk"))
