"""Validate a city's own texts: a place that cannot be filled in, or a text too long, is refused with its name."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.models import Medium, MessageTemplate
from incidents.notify import text_keys, texts
from incidents.notify.transports import TRANSPORTS


class OwnTextForm(forms.ModelForm):
    """A text of one key, medium and language; these three are set by the instance or the form's own fields."""

    class Meta:
        model = MessageTemplate
        fields = ["subject", "text", "provider_key"]

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        key, medium = self.field_value("key"), self.field_value("medium")
        for field in ("subject", "text"):
            for fault in texts.text_faults(key, cleaned.get(field) or ""):
                self.add_error(field, fault)
        transport = TRANSPORTS.get(medium)
        if not self.errors and transport and transport.split:
            language, text = self.field_value("language"), cleaned["text"]
            count = transport.split(texts.fill_places(text, texts.example_values(key, language))).count
            if count > transport.max_parts:
                self.add_error(
                    "text",
                    _("With its example this SMS has %(count)d parts. At most %(most)d are allowed: shorten it.")
                    % {"count": count, "most": transport.max_parts},
                )
        return cleaned

    def field_value(self, field: str) -> str:
        return self.cleaned_data.get(field) or getattr(self.instance, field)


class AnyOwnTextForm(OwnTextForm):
    """The same in the administration, where key, medium and language are chosen."""

    key = forms.ChoiceField(label=gettext_lazy("text used"), choices=text_keys.text_titles)

    class Meta(OwnTextForm.Meta):
        fields = ["key", "medium", "language", *OwnTextForm.Meta.fields]


def shipped_draft(key: str, medium: str, language: str) -> tuple[str, str]:
    with translation.override(language):
        places = {place: f"{{{place}}}" for place in text_keys.TEXTS[key]}
        text = texts.render_shipped_text(f"{key}.txt", medium, places)
        subject = ""
        if TRANSPORTS[medium].has_subject:
            subject = texts.render_shipped_text(f"{key}_subject.txt", Medium.EMAIL, places)
    return " ".join(subject.split()), texts.lay_out(text, TRANSPORTS[medium])


def preview_text(key: str, medium: str, language: str, own: MessageTemplate | None = None) -> dict[str, object]:
    values = texts.example_values(key, language)
    if own:
        with translation.override(language):
            subject, text = texts.fill_places(own.subject, values), texts.fill_places(own.text, values)
    else:
        subject, text = texts.render_notice(key, medium, language, values)
    split = TRANSPORTS[medium].split
    parts = split(text) if split else None
    return {
        "subject": subject,
        "text": "".join(parts.texts) if parts else text,
        "parts": parts.count if parts else 0,
        "units": parts.units if parts else 0,
        "encoding": parts.encoding if parts else "",
        "cost": parts.count * settings.SMS_COST if parts else 0,
    }
