"""Find elements of a page however its template is laid out."""

import re

from django.http import HttpResponse


def one_line(page: HttpResponse) -> str:
    """Return HTML with blanks folded, none before a tag's end or at a field's start."""
    text = re.sub(r"\s+", " ", re.sub(r"(<textarea[^>]*>)\n", r"\1", page.content.decode()))
    return re.sub(r" (?=/?>)", "", text)
