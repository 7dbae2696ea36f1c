"""Says where a template has an `{% if %}` of more than three branches."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.template.base import Lexer, TokenType

MOST_BRANCHES = 3


def faults(source: str) -> Iterator[tuple[int, str]]:
    """Each as (line, what is wrong). Branches are counted by their conditions; `{% else %}` has none."""
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


if __name__ == "__main__":
    settings.configure()
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*templates/*.html", "*templates/*.txt"]
    names = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.splitlines()
    lines = [f"{name}:{number}: {what}" for name in names for number, what in faults(Path(name).read_text())]
    for line in lines:
        print(line)
    sys.exit(bool(lines))
