"""Template tag for the button with which a browser subscribes to push messages."""

from django import template
from django.urls import reverse

from incidents.notify import push

register = template.Library()


@register.inclusion_tag("incidents/public/push_offer.html", takes_context=True)
def push_offer(context, save, fresh=False):
    """Returns the button; nothing where no push key is set. `save`: the address that stores the subscription.

    `fresh`: that address does not know this browser yet, even if the browser has other subscriptions.
    """
    if not push.is_on():
        return {}
    return {
        "key": push.public_key(),
        "save": save,
        "fresh": fresh,
        "worker": reverse("worker"),
        "csrf_token": context["csrf_token"],
    }
