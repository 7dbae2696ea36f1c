"""How the hotline shows numbers and matters."""

import phonenumbers
from django import template

from gis_data import city

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
