"""How the hotline shows numbers and matters."""

import phonenumbers
from django import template
from django.db.models import Count, Value

from gis_data import city
from incidents.channels.chat import persons
from incidents.models import CallBack, StoredMail
from incidents.models.notices import medium_of_chat
from incidents.notify.transports import TRANSPORTS

register = template.Library()


@register.filter
def masked_phone(phone: str) -> str:
    """A number (E.164) of which only the beginning and the end are shown: `0903 ••• 018`; "" for none."""
    if not phone:
        return ""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return "•••"
    ours = phonenumbers.region_code_for_number(number) == city.current().holidays
    form = phonenumbers.PhoneNumberFormat.NATIONAL if ours else phonenumbers.PhoneNumberFormat.E164
    digits = "".join(sign for sign in phonenumbers.format_number(number, form) if sign.isdigit() or sign == "+")
    return f"{digits[:4]} ••• {digits[-3:]}"


@register.filter
def chat_letter(chat: str) -> str:
    """The letter that stands for the way by which somebody chats (Correspondent.user)."""
    return TRANSPORTS[medium_of_chat(chat)].letter


@register.simple_tag
def people_waiting() -> dict[str, int]:
    """How many wait for the hotline: call-backs that nobody has taken and chats that nobody answers, and e-mails.

    One statement, for it is asked on every page of the hotline.
    """
    call_backs, chats, mails = (
        rows.order_by().annotate(of=Value(of)).values_list("of").annotate(number=Count("pk"))
        for of, rows in (
            ("call-backs", CallBack.objects.waiting().free()),
            ("chats", persons.chats_for_a_person().filter(answered_by=None)),
            ("mails", StoredMail.objects.for_a_person()),
        )
    )
    numbers = dict(call_backs.union(chats, mails, all=True))
    return {
        "messages": numbers.get("call-backs", 0) + numbers.get("chats", 0),
        "mails": numbers.get("mails", 0),
    }
