"""The button with which a browser asks for push messages."""

from django import template
from django.urls import reverse

from incidents.notify import push

register = template.Library()


@register.inclusion_tag("incidents/public/push_offer.html", takes_context=True)
def push_offer(context, save, fresh=False):
    """The button; `save` is the address that keeps the browser. Nothing where no key is set.

    `fresh`: the address does not know this browser yet, whatever messages it gets already.
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
