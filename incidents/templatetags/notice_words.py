"""Template filters that show outgoing messages to supervisors without addresses and private links."""

from django import template
from django.utils.translation import gettext_lazy as w

from incidents.models import Notice
from incidents.notify import hidden_words, sending, text_keys
from incidents.notify.transports import TRANSPORTS

register = template.Library()
WHY = {
    sending.OPTED_OUT: w("This address does not want any more messages."),
    sending.MERGED: w("It was sent together with others in one e-mail."),
    sending.WITHDRAWN: w("It was no longer needed."),
    sending.NO_ANSWER: w("The gateway did not answer. The message may have been sent."),
}
# The incident state whose colour each message state has; sent ones count as good.
TONES = {"failed": "late", "unsure": "waiting", "waiting": "assigned", "dropped": "rejected"}


@register.filter
def tone(state):
    return TONES.get(state, "resolved")


@register.filter
def masked_address(notice: Notice) -> str:
    return TRANSPORTS[notice.medium].mask(notice.address)


@register.filter
def undelivered_reason(notice):
    """Returns our own words for a known reason, else the gateway's text."""
    return WHY.get(notice.fault.partition(":")[0], notice.fault)


@register.filter
def without_secrets(notice: Notice) -> str:
    """Returns the message text with codes and private links replaced by the names of their kinds."""
    return hidden_words.shown_words(notice)


@register.filter
def text_title(notice: Notice) -> str:
    return str(text_keys.TITLES.get(notice.template, notice.get_medium_display()))
