"""What a script of ours imports: a page names it, so that a browser asks for all at once and not one after another."""

import posixpath
import re
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders

IMPORT = re.compile(r"""^(?:import|export)\b[^"';]*["'](\.{1,2}/[^"']+\.js)["']""", re.MULTILINE)


@cache
def imported_modules(name: str) -> tuple[str, ...]:
    """The static files that a module imports, and those that they import, in the order in which they are named.

    Not what it imports by `import(…)`, which is fetched when it is needed. `name`: as `{% static %}` takes it. Raises
    FileNotFoundError.
    """
    found: dict[str, None] = {}
    waiting = [name]
    while waiting:
        module = waiting.pop(0)
        for path in IMPORT.findall(read_module(module)):
            imported = posixpath.normpath(posixpath.join(posixpath.dirname(module), path))
            if imported not in found and imported != name:
                found[imported] = None
                waiting.append(imported)
    return tuple(found)


def read_module(name):
    path = finders.find(name)
    if path is None:
        raise FileNotFoundError(name)
    return Path(path).read_text()
