"""Template tag that words the photos of a talk between a reporter and the city."""

from django import template
from django.utils.translation import gettext as _

from incidents.views.public.talk import TalkLine

register = template.Library()


@register.simple_tag
def talk_photo_words(line: TalkLine, number: int) -> str:
    if line.theirs:
        return _("Photo %(n)s from %(unit)s: how it looks now") % {"n": number, "unit": line.unit}
    return _("Your photo %(n)s") % {"n": number}
