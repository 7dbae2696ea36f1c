"""Form that saves a desk list under a name."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_data.words import tidy
from incidents.models import SavedFilter, User

FILTERS_MAX = 30  # of one person
w = gettext_lazy


class FilterForm(forms.Form):
    """The name under which `query`, the query string of a list, is kept for a person."""

    name = forms.CharField(
        max_length=60,
        error_messages={"required": w("Give it a name."), "max_length": w("At most 60 characters.")},
    )

    def __init__(self, *args: Any, user: User, query: str):
        super().__init__(*args)
        self.user, self.query = user, query

    def clean_name(self):
        name = tidy(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError(_("Give it a name."))
        if len(self.query) > (SavedFilter._meta.get_field("query").max_length or 0):
            raise forms.ValidationError(_("The search text is too long to be saved."))
        others = SavedFilter.objects.filter(user=self.user).exclude(name=name)
        if others.count() >= FILTERS_MAX:
            raise forms.ValidationError(_("You have already saved %(n)d lists. Remove one first.") % {"n": FILTERS_MAX})
        return name

    def save_filter(self) -> None:
        name = self.cleaned_data["name"]
        SavedFilter.objects.update_or_create(user=self.user, name=name, defaults={"query": self.query})
