"""Template filters that show phone numbers and chats to hotline operators."""

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
    return TRANSPORTS[medium_of_chat(chat)].letter


@register.simple_tag
def people_waiting() -> dict[str, int]:
    """Counts who waits for the hotline: unclaimed call-backs, unanswered chats and e-mails. One statement, because
    every page of the hotline asks for it.
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
