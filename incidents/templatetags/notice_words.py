"""How messages are shown to those who watch over them: nobody's address, and no private link."""

from django import template
from django.utils.translation import gettext_lazy as w

from incidents.models import Notice
from incidents.notify import hidden_words, sending, text_keys
from incidents.notify.transports import TRANSPORTS

register = template.Library()
WHY = {
    sending.OPTED_OUT: w("This address wants no more messages."),
    sending.MERGED: w("It was told together with others in one letter."),
    sending.WITHDRAWN: w("It was no longer needed."),
    sending.NO_ANSWER: w("The gateway gave no answer. It may have been sent."),
}
# How the state of a message is coloured: as a state of incidents is. What was sent is well.
TONES = {"failed": "late", "unsure": "waiting", "waiting": "assigned", "dropped": "rejected"}


@register.filter
def tone(state):
    """The state of incidents in whose colour a message's state is shown."""
    return TONES.get(state, "resolved")


@register.filter
def masked_address(notice: Notice) -> str:
    """As much of an address as is needed to tell it from others."""
    return TRANSPORTS[notice.medium].mask(notice.address)


@register.filter
def undelivered_reason(notice):
    """Why it was not sent, in words where the reason is ours, else as the gateway said it."""
    return WHY.get(notice.fault.partition(":")[0], notice.fault)


@register.filter
def without_secrets(notice: Notice) -> str:
    """The text of a message, with the kinds of its codes and private links in their place."""
    return hidden_words.shown_words(notice)


@register.filter
def text_title(notice: Notice) -> str:
    """What a message is for, in words."""
    return str(text_keys.TITLES.get(notice.template, notice.get_medium_display()))
