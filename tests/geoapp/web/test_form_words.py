"""Every error that a field of a form can give is in our Vietnamese, also where Django words it."""

from collections import defaultdict
from importlib import import_module

import polib
from django import forms
from django.utils import translation

from tests.checks.translations import ROOT

PACKAGES = {"cameras", "geoapp", "gis_data", "incidents"}
VALUES = defaultdict(lambda: 7)  # for whatever a text has holes


def test_each_error_of_each_field_has_our_vietnamese():
    texts = errors_of_forms()
    assert "This field is required." in texts
    assert {english for english, vietnamese in texts.items() if vietnamese not in our_vietnamese()} == set()


def errors_of_forms():
    """Returns by its English each text with which a field refuses what is sent, in Vietnamese."""
    import_module("geoapp.urls")  # all pages, thereby all forms
    texts = {}
    for form in forms_below(forms.BaseForm):
        for field in form.base_fields.values():
            messages = [*field.error_messages.values(), *(v.message for v in field.validators if hasattr(v, "message"))]
            for message in messages:
                with translation.override("en"):
                    english = message % VALUES
                with translation.override("vi"):
                    texts[english] = message % VALUES
    return texts


def forms_below(parent):
    for form in parent.__subclasses__():
        if form.__module__.split(".")[0] in PACKAGES:
            yield form
        yield from forms_below(form)


def our_vietnamese():
    catalogue = polib.pofile(str(ROOT / "locale/vi/LC_MESSAGES/django.po"))
    texts = [text for entry in catalogue for text in (entry.msgstr, *entry.msgstr_plural.values())]
    return {text % VALUES if "%(" in text else text for text in texts}
