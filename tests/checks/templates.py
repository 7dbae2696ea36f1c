"""Says which templates cannot be read, have lines over 160 characters, or an `{% if %}` of more than three branches."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import django
from django.template import TemplateSyntaxError
from django.template.base import Lexer, TokenType
from django.template.loader import get_template

LONGEST_LINE = 160
MOST_BRANCHES = 3


def faults(source: str) -> Iterator[tuple[int, str]]:
    """Each as (line, what is wrong). Branches are counted by their conditions; `{% else %}` has none."""
    for number, line in enumerate(source.splitlines(), 1):
        if len(line) > LONGEST_LINE:
            yield number, f"{len(line)} characters"
    chains: list[tuple[int, int]] = []
    for token in Lexer(source).tokenize():
        word = token.contents.split(maxsplit=1)[0] if token.token_type == TokenType.BLOCK and token.contents else ""
        if word == "if":
            chains.append((token.lineno, 1))
        elif word == "elif":
            chains[-1] = (chains[-1][0], chains[-1][1] + 1)
        elif word == "endif":
            number, branches = chains.pop()
            if branches > MOST_BRANCHES:
                yield number, f"an if of {branches} branches; a table in Python can be read"


def unreadable(name: str) -> Iterator[str]:
    """What keeps a template from being read: a tag, a filter or a library that there is not."""
    try:
        get_template(name.partition("templates/")[2])
    except TemplateSyntaxError as error:
        yield str(error)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geoapp.settings")
    django.setup()
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*templates/*.html", "*templates/*.txt"]
    names = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.splitlines()
    lines = [f"{name}:{number}: {what}" for name in names for number, what in faults(Path(name).read_text())]
    lines += [f"{name}: {what}" for name in names for what in unreadable(name)]
    for line in lines:
        print(line)
    sys.exit(bool(lines))
