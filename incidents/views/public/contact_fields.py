"""Parse a phone number or an e-mail address typed into one field."""

from django import forms
from django.utils.translation import gettext as _

from gis_data.words import tidy
from incidents.forms import PhoneField
from incidents.models import Medium
from incidents.notify.transports import TRANSPORTS


def clean_contact(typed: str, missing: str) -> tuple[str, str]:
    """Returns (medium, address); `missing` is the message for an empty field. Raises ValidationError."""
    contact = tidy(typed)
    if not contact:
        raise forms.ValidationError(missing)
    if "@" in contact:
        return Medium.EMAIL, str(forms.EmailField(max_length=254).clean(contact)).casefold()
    if not TRANSPORTS[Medium.SMS].is_configured():
        raise forms.ValidationError(_("We do not send SMS here. Enter an e-mail address."))
    return Medium.SMS, PhoneField().clean(contact)
