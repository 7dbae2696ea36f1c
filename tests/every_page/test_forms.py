"""Test what holds for each form of the project."""

from datetime import date

from django import forms
from django.urls import get_resolver

PACKAGES = ("geoapp", "incidents", "cameras", "gis_data")


def own_forms(base=forms.BaseForm):
    for form in base.__subclasses__():
        if form.__module__.partition(".")[0] in PACKAGES:
            yield form
        yield from own_forms(form)


def conditions_of(node):
    for child in getattr(node, "children", ()):
        yield from conditions_of(child)
    if hasattr(node, "rhs"):
        yield node.rhs


def test_no_form_keeps_the_day_on_which_it_was_loaded():
    assert get_resolver().url_patterns  # imports the pages
    names = set(own_forms())
    dated = [
        f"{form.__module__}.{form.__name__}.{name}"
        for form in names
        for name, field in form.base_fields.items()
        if isinstance(field, forms.ModelChoiceField)
        and any(isinstance(value, date) for value in conditions_of(field.queryset.query.where))
    ]
    assert (len(names) > 50, dated) == (True, [])
