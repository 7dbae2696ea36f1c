"""Writing a city's own text: what cannot be filled in, or is too long, is refused with the place named."""

from django import forms
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from incidents.models import Medium, MessageTemplate
from incidents.notify import texts


class OwnText(forms.ModelForm):
    """A text of one key, medium and language; these three are given with the instance or by the form's own fields."""

    class Meta:
        model = MessageTemplate
        fields = ["subject", "text", "provider_key"]

    def clean(self):
        super().clean()
        cleaned = self.cleaned_data
        key, medium = self.of("key"), self.of("medium")
        for field in ("subject", "text"):
            for fault in texts.faults(key, cleaned.get(field) or ""):
                self.add_error(field, fault)
        if not self.errors and medium == Medium.SMS:
            language, text = self.of("language"), cleaned["text"]
            count = texts.sms_parts(texts.fill(text, texts.examples(key, language))).count
            if count > texts.SMS_PARTS:
                self.add_error(
                    "text",
                    _("With its example this SMS has %(count)d parts. At most %(most)d are allowed: shorten it.")
                    % {"count": count, "most": texts.SMS_PARTS},
                )
        return cleaned

    def of(self, field):
        return self.cleaned_data.get(field) or getattr(self.instance, field)


class AnyOwnText(OwnText):
    """The same in the administration, where key, medium and language are chosen."""

    key = forms.ChoiceField(choices=lambda: [(key, f"{title} ({key})") for key, title in texts.titles()])

    class Meta(OwnText.Meta):
        fields = ["key", "medium", "language", *OwnText.Meta.fields]


def draft(key, medium, language):
    """The text that ships, with its places as `{place}`: what a text of one's own begins with. Subject and text."""
    with translation.override(language):
        places = {place: f"{{{place}}}" for place in texts.TEXTS[key]}
        text = texts.shipping(f"{key}.txt", medium, places)
        titled = medium in (Medium.EMAIL, Medium.PUSH)
        subject = texts.shipping(f"{key}_subject.txt", Medium.EMAIL, places) if titled else ""
    return " ".join(subject.split()), texts.letter(text) if medium in texts.LETTERS else " ".join(text.split())


def preview(key, medium, language, own=None):
    """How a text reads with its examples, `own` in place of what is kept; of an SMS its parts and what they cost."""
    said = texts.examples(key, language)
    if own:
        with translation.override(language):
            subject, text = texts.fill(own.subject, said), texts.fill(own.text, said)
    else:
        subject, text = texts.render(key, medium, language, said)
    parts = texts.sms_parts(text) if medium == Medium.SMS else None
    return {
        "subject": subject,
        "text": "".join(parts.texts) if parts else text,
        "parts": parts.count if parts else 0,
        "units": parts.units if parts else 0,
        "encoding": parts.encoding if parts else "",
        "cost": parts.count * settings.SMS_COST if parts else 0,
    }
