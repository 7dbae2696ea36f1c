"""Form and context of the pages on which versions are written: answers and campaigns."""

from typing import Any

from django import forms
from django.utils.functional import Promise

from incidents.forms import WordsField
from incidents.models import Version
from incidents.versions.steps import NOTE_MAX, STEPS

Label = Promise | str
Field = tuple[str, Label, Label, int, int]  # name, label, hint, lines of the box, longest text


class StepForm(forms.Form):
    """A step of a version: the number that was read, and the reason."""

    edit = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    note = WordsField(required=False, limit=NOTE_MAX)
    checked = forms.BooleanField(required=False)


def version_context(
    version: Version, form: forms.Form | None, *, pairs: list[Field], singles: list[Field],
    days: list[tuple[str, Label]], labels: dict[str, Label], changes: list[tuple[str, str, str]], steps: list[str],
    changed_meanwhile: bool = False, bold: tuple[str, ...] = (),
) -> dict[str, Any]:  # fmt: skip
    """Return the context of `incidents/desk/version.html`: what was typed with its faults, or what is stored.

    `bold`: names of fields whose words a button sets in bold.
    """
    values, faults = form.data if form else version.content, form.errors if form else {}
    return {
        "version": version,
        "pairs": [[read_field(field, values, faults, end, bold) for end in ("", "_en")] for field in pairs],
        "singles": [read_field(field, values, faults, end="") for field in singles],
        "days": [(name, label, values.get(name, ""), faults.get(name, [])) for name, label in days],
        "faults": [(name, labels.get(name.removesuffix("_en"), ""), texts[0]) for name, texts in faults.items()],
        # A faulty form keeps the number that its writer read, so that nobody's change in between is overwritten.
        "edit": values.get("edit", "") if form and not changed_meanwhile else str(version.edit),
        "steps": [(name, STEPS[name]) for name in steps],
        "changes": [(labels[name.removesuffix("_en")], name.endswith("_en"), before, after)
                    for name, before, after in changes],
        "changed_meanwhile": changed_meanwhile,
    }  # fmt: skip


def read_field(field: Field, values: Any, faults: Any, end: str, bold: tuple[str, ...] = ()) -> dict[str, Any]:
    name, label, hint, lines, most = field
    key = name + end
    return {
        "name": key,
        "label": label,
        "hint": hint,
        "lines": lines,
        "most": most,
        "value": values.get(key, ""),
        "faults": faults.get(key, []),
        "language": "en" if end else "vi",
        "bold": name in bold,
    }
