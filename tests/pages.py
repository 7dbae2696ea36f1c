"""Find elements of a page however its template is laid out."""

import re

from django.http import HttpResponse


def one_line(page: HttpResponse) -> str:
    """The HTML of a page with each run of blanks as one, none before the end of a tag or where a field begins."""
    text = re.sub(r"\s+", " ", re.sub(r"(<textarea[^>]*>)\n", r"\1", page.content.decode()))
    return re.sub(r" (?=/?>)", "", text)
