"""Load plug-ins from entry points of pyproject.toml and of installed distributions, by group and name.

We run from our folder and are not installed ourselves, so ours are read from the file in which they are declared.
"""

import re
import tomllib
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

NAME = re.compile(r"[-\w]{1,20}", re.ASCII)  # as columns and addresses hold it
PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


@cache
def plugins(group: str) -> dict[str, EntryPoint]:
    """Return plug-ins by name. Raises ImproperlyConfigured for a name given twice or too long."""
    own = tomllib.loads(PYPROJECT.read_text())["project"]["entry-points"][group]
    by_name = {name: EntryPoint(name, value, group) for name, value in own.items()}
    for plugin in entry_points(group=group):
        if not NAME.fullmatch(plugin.name):
            raise ImproperlyConfigured(f"{plugin.name} of {group} is no name of at most 20 letters, digits, - and _.")
        if by_name.setdefault(plugin.name, plugin).value != plugin.value:
            raise ImproperlyConfigured(f"Two plug-ins of {group} are called {plugin.name}.")
    return by_name


@cache
def load_plugin(group: str, name: str) -> Any:
    return plugins(group)[name].load()
