"""Name the acts of the control room: their forms, fields and buttons."""

from typing import NamedTuple

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as w

register = template.Library()


class ActWords(NamedTuple):
    title: Promise
    label: Promise
    button: Promise


WORDS = {
    "remark": ActWords(w("Remark to the unit"), w("What the unit should know"), w("Enter")),
    "inquire": ActWords(w("Ask the unit"), w("What you want to know"), w("Ask")),
    "urge": ActWords(w("Remind the unit"), w("Description"), w("Remind")),
    "grade": ActWords(w("Change the severity"), w("Why"), w("Change it")),
    "call": ActWords(w("Call about this incident"), w("Result"), w("Enter it in the log")),
    "order": ActWords(w("Order the unit to do something"), w("What is to be done"), w("Give the order")),
}


@register.simple_tag
def act_title(name: str) -> Promise:
    return WORDS[name].title


@register.simple_tag
def act_label(name: str) -> Promise:
    return WORDS[name].label


@register.simple_tag
def act_button(name: str) -> Promise:
    return WORDS[name].button
