"""Says which functions and methods that another module uses lack the type of a parameter or of what they return.

    python -m tests.checks.annotations [FOLDER…]      e.g. incidents/reporting; all of the product without

A function is used where another module imports it or reads it from its module; a method, where another module calls
something of its name. `urls.py` uses nothing: it hands views to Django.
"""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ["geoapp", "gis_data", "incidents", "cameras", "demo"]


def find_unannotated(sources: dict[str, str]) -> list[tuple[str, int, str]]:
    """Each as (path, line, name), out of {path: source}."""
    paths = {path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): path for path in sources}
    trees = {module: ast.parse(sources[path]) for module, path in paths.items()}
    imports = {module: imported_names(module, tree, paths[module]) for module, tree in trees.items()}
    names, calls = set(), set()
    for module, tree in trees.items():
        if not paths[module].endswith("urls.py"):
            used = set(imports[module].values()) | set(read_names(tree, imports[module]))
            names |= {(module, defined_name(name, imports)) for name in used}
            calls |= {(module, name) for name in called_attributes(tree)}
    unannotated = []
    for module, tree in trees.items():
        users_of = {name for user, name in names if user != module}
        called = {name for user, name in calls if user != module}
        for owner, node in functions(tree):
            if not owner:
                used = f"{module}.{node.name}" in users_of
            elif node.name == "__init__":
                used = f"{module}.{owner}" in users_of
            else:
                used = node.name in called and not node.name.startswith("_")
            if used and not is_annotated(node):
                unannotated.append((paths[module], node.lineno, f"{owner}.{node.name}" if owner else node.name))
    return unannotated


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """The functions of a module and the methods of its classes, each with the name of its class."""
    for node in tree.body:
        for part in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
                yield (node.name if isinstance(node, ast.ClassDef) else ""), part


def is_annotated(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    parameters = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
    typed = all(
        parameter is None or parameter.annotation or parameter.arg in ("self", "cls") for parameter in parameters
    )
    return typed and (node.returns is not None or node.name == "__init__")


def imported_names(module: str, tree: ast.Module, path: str) -> dict[str, str]:
    """What each name that a module imports stands for, wherever in the module: {"reporting": "incidents.reporting"}."""
    package = module.split(".") if path.endswith("__init__.py") else module.split(".")[:-1]
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            source = [*package[: len(package) + 1 - node.level]] if node.level else []
            source += [node.module] if node.module else []
            names |= {alias.asname or alias.name: ".".join([*source, alias.name]) for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.asname: alias.name for alias in node.names if alias.asname}
    return names


def read_names(tree: ast.Module, imported: dict[str, str]) -> Iterator[str]:
    """`reporting.receive` as "incidents.reporting.receive", where `intake` was imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in imported:
            yield f"{imported[node.value.id]}.{node.attr}"


def called_attributes(tree: ast.Module) -> set[str]:
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {function.attr for function in calls if isinstance(function, ast.Attribute)}


def defined_name(name: str, imports: dict[str, dict[str, str]]) -> str:
    """Where something is defined that a package's face only hands on."""
    module, _, last = name.rpartition(".")
    onward = imports.get(module, {}).get(last)
    return defined_name(onward, imports) if onward and name not in imports and onward != name else name


if __name__ == "__main__":
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *(f"{name}/*.py" for name in PACKAGES)]
    files = subprocess.run([*listed, ":!*/migrations/*"], capture_output=True, text=True, check=True).stdout.split()
    folders = tuple(sys.argv[1:] or PACKAGES)
    unannotated = [
        line
        for line in find_unannotated({name: Path(name).read_text() for name in files})
        if line[0].startswith(folders)
    ]
    for path, number, name in unannotated:
        print(f"{path}:{number}: {name}")
    for folder, count in sorted(Counter(str(Path(path).parent) for path, _number, _name in unannotated).items()):
        print(f"{count:5} {folder}")
    sys.exit(bool(unannotated))
