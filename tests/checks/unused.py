"""Says which public functions, classes and methods of the apps nothing uses. A test is no use.

A function or a class is used where another module, or its own outside its definition, reads it, where a text names it
behind its module (`"geoapp.urls"` of a setting, an entry point, a script of the shell), or where a decorator registers
it. A face (`__init__.py`) that only hands it on is no use. A method is used where something of its name is read, in
code or in templates, or where it replaces one of a class that is not ours; so is a function of a plug-in, whose module
its caller holds as an object.
"""

import ast
import importlib
import inspect
import os
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import django

from tests.checks.annotations import defined_name
from tests.checks.sources import APPS, module_name, nodes_of, parse, python_files, read_files

# Decorators that hand what they decorate to somebody who calls it.
REGISTERS = re.compile(
    r"app\.(task|periodic)|(\w+\.)?figure|register(\.\w+)?|receiver|admin\.register|\w+\.register\w*"
)
# What Django, asyncio, sockets and aiosmtpd call of classes that need no base.
HOOKS = re.compile(r"process_(view|exception)|from_db_value|handle_[A-Z]+|clean_\w+|setblocking")
BEHIND_A_NAME = re.compile(r"(?=\b([A-Za-z_]\w*)(?:[.:]| import )([A-Za-z_]\w*))")
WORD = re.compile(r"[A-Za-z_]\w*")
# Doors of packages whose callers are being written.
AWAITED = {
    ("incidents/understanding/sentence.py", "understand"),
}


@dataclass(frozen=True)
class Definition:
    path: str
    line: int
    owner: str  # its class; "" of a function or class at the top of a module
    name: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: nothing uses {self.owner and self.owner + '.'}{self.name}"


def find_unused(
    sources: dict[str, str], *, users: dict[str, str], texts: Iterable[str] = (), plugins: Collection[str] = ()
) -> list[Definition]:
    """Of {path: source}; `users` are other Python files that may use them, `texts` what is not Python."""
    every_source = sources | users
    imports = {module_name(path): imports_of(path, source) for path, source in every_source.items()}
    readers: dict[str, set[str]] = {}  # of each name by its module: the modules that read it
    pairs = {pair for text in texts for pair in BEHIND_A_NAME.findall(text)}
    attributes, words = set(), set()
    for path, source in every_source.items():
        module = module_name(path)
        for name in names_used(source, imports[module]):
            readers.setdefault(defined_name(name, imports), set()).add(module)
        for node in nodes_of(source):
            if isinstance(node, ast.Attribute):
                attributes.add(node.attr)
        for text in strings_of(source):
            pairs |= set(BEHIND_A_NAME.findall(text))
            words |= {text} if WORD.fullmatch(text) else set()
    attributes |= words | {name for _owner, name in pairs}
    unused = []
    for path, source in sources.items():
        module = module_name(path)
        read_here = names_read_outside_themselves(source)
        for definition in definitions(path, source):
            held_as_object = bool(definition.owner) or module in plugins
            used = held_as_object and definition.name in attributes
            if not definition.owner and not used:
                others = readers.get(f"{module}.{definition.name}", set()) - {module}
                named = (module.rpartition(".")[2], definition.name) in pairs
                used = bool(others) or named or definition.name in read_here
            if not used:
                unused.append(definition)
    return unused


def definitions(path: str, source: str) -> Iterator[Definition]:
    """The public functions and classes at the top of a module, and the public methods of its classes."""
    for node in parse(source).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if is_public(node):
                yield Definition(path, node.lineno, "", node.name)
            for part in node.body if isinstance(node, ast.ClassDef) else []:
                if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and is_public(part):
                    yield Definition(path, part.lineno, node.name, part.name)


def is_public(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    calls = (decorator.func if isinstance(decorator, ast.Call) else decorator for decorator in node.decorator_list)
    return not node.name.startswith("_") and not any(REGISTERS.fullmatch(ast.unparse(call)) for call in calls)


def imports_of(path: str, source: str) -> dict[str, str]:
    """What each imported name of a module stands for: {"move": "incidents.workflow.move"}."""
    module = module_name(path).split(".")
    package = module if path.endswith("__init__.py") else module[:-1]
    names = {}
    for node in nodes_of(source):
        if isinstance(node, ast.ImportFrom):
            start = package[: len(package) + 1 - node.level] if node.level else []
            start = [*start, node.module] if node.module else start
            names |= {alias.asname or alias.name: ".".join([*start, alias.name]) for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.asname: alias.name for alias in node.names if alias.asname}
    return names


def names_used(source: str, imported: dict[str, str]) -> Iterator[str]:
    """What a module reads of others: an imported name that stands in it, and an attribute of an imported module."""
    for node in nodes_of(source):
        if isinstance(node, ast.Name) and node.id in imported:
            yield imported[node.id]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in imported:
            yield f"{imported[node.value.id]}.{node.attr}"


def names_read_outside_themselves(source: str) -> set[str]:
    """The names that a module reads, but for those that only their own definition reads."""
    return {
        node.id
        for part in parse(source).body
        for node in ast.walk(part)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id != getattr(part, "name", "")
    }


def strings_of(source: str) -> Iterator[str]:
    """The texts of a module that are no statements: docstrings are."""
    statements = {id(node.value) for node in nodes_of(source) if isinstance(node, ast.Expr)}
    for node in nodes_of(source):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in statements:
            yield node.value


def is_called_by_a_library(definition: Definition) -> bool:
    """Whether Django finds such a class by its place, a class that is not ours has such a method, or it is a hook."""
    if not definition.owner:
        return definition.name == "Command" or Path(definition.path).stem == "apps" or "/models/" in definition.path
    owner = getattr(importlib.import_module(module_name(definition.path)), definition.owner)
    foreign = [base for base in inspect.getmro(owner) if not base.__module__.startswith(APPS)]
    return bool(HOOKS.fullmatch(definition.name)) or any(hasattr(base, definition.name) for base in foreign)


def report() -> list[str]:
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    plugins = {module for group in project.get("entry-points", {}).values() for module in group.values()}
    sources = python_files(*APPS)
    users = {path: source for path, source in sources.items() if "/migrations/" in path}
    users |= python_files("bin", "deploy", "manage.py")
    texts = read_files("*templates/*", "*.sh", "bin/*", ".ci/*", "Dockerfile", "docker-compose.yml", "pyproject.toml")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geoapp.settings")
    django.setup()
    unused = find_unused(
        {path: source for path, source in sources.items() if path not in users},
        users=users, texts=texts.values(), plugins=plugins,
    )  # fmt: skip
    return [
        str(definition)
        for definition in unused
        if (definition.path, definition.name) not in AWAITED and not is_called_by_a_library(definition)
    ]
