"""Form fields of enquiries that other systems send by Open311 or as JSON; they need no place."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents import forms as fields
from incidents import reporting
from incidents.models import Category, Enquiry

PLACES = ("lat", "long", "address_string")
OPTIONAL_CONTACTS = ("phone", "email")


def kind_of_code(code: str) -> str:
    """Returns the kind of enquiry that a service_code means; "" for a category or an unknown code."""
    if code not in Enquiry.Kind.values or Category.objects.leaves().filter(code=code).exists():
        return ""
    return code


class EnquiryForm(forms.Form):
    """An enquiry from another system. Invalid contacts are dropped without refusing it."""

    service_code = forms.CharField()
    description = fields.WordsField(
        limit=reporting.TEXT_MAX, error_messages={"required": gettext_lazy("Write what you want to ask or say.")}
    )
    email = forms.EmailField(required=False)
    phone = fields.PhoneField(required=False)
    client_request_id = fields.WordsField(required=False, limit=200)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.left_out: list[str] = []  # sentences about dropped values

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for name in OPTIONAL_CONTACTS:
            for fault in self.errors.pop(name, ()):
                self.left_out.append(_("%(name)s was left out: %(why)s") % {"name": name, "why": fault})
                data[name] = ""
        if placed := [name for name in PLACES if self.data.get(name)]:
            self.left_out.append(_("Not saved: %(names)s.") % {"names": ", ".join(placed)})
        return data
