"""List the modules that a script imports, for preload links, and the texts it translates.

And which words it says: a page sends no others."""

import json
import posixpath
import re
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders

IMPORT = re.compile(r"""^(?:import|export)\b[^"';(]*["'](\.{1,2}/[^"']+\.js)["']""", re.MULTILINE)
LATER = re.compile(r"""\bimport\(["'](\.{1,2}/[^"']+\.js)["']\)""")
WORDS = re.compile(r"""\bn?gettext\(\s*("(?:[^"\\]|\\.)*")""")


@cache
def imported_modules(name: str, *, later: bool = False) -> tuple[str, ...]:
    """Return the static files that a module imports, transitively, in the order of their imports.

    Modules loaded by `import(…)` are included only if `later`. `name`: as in `{% static %}`. Raises FileNotFoundError.
    """
    return tuple(follow_imports(name, IMPORT, *[LATER] * later))


@cache
def words_of_module(name: str) -> frozenset[str]:
    """Return the English texts that a module and its imports pass to gettext. Raises FileNotFoundError."""
    modules = {name, *follow_imports(name, IMPORT, LATER)}
    return frozenset(json.loads(words) for module in modules for words in WORDS.findall(read_module(module)))


def follow_imports(name, *patterns):
    modules: dict[str, None] = {}
    waiting = [name]
    while waiting:
        module = waiting.pop(0)
        for path in (path for pattern in patterns for path in pattern.findall(read_module(module))):
            imported = posixpath.normpath(posixpath.join(posixpath.dirname(module), path))
            if imported not in modules and imported != name:
                modules[imported] = None
                waiting.append(imported)
    return modules


def read_module(name: str) -> str:
    path = finders.find(name)
    if path is None:
        raise FileNotFoundError(name)
    return Path(path).read_text()
