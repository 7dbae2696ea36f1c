"""Says where a variable, a parameter or a function has one of the names that say nothing."""

import ast
import re
from collections.abc import Iterator

from tests.checks.sources import APPS, nodes_of, python_files

FORBIDDEN = {
    "one", "found", "said", "asked", "told", "there", "held", "kept", "taken", "given", "made", "gone",
    "eyes", "halves", "lenses",
}  # fmt: skip
# Names of fields by which addresses call a column (`/watch/?sort=asked`).
COLUMNS = {"incidents/analytics/oversight.py": {"asked"}}


def forbidden_names(source: str) -> list[tuple[int, str]]:
    """Each as (line, name). A column, a field of a form and a keyword of a call are no variables."""
    columns = {target.lineno for node in nodes_of(source) for target in column_targets(node)}
    return sorted({(line, name) for line, name in bound_names(source) if name in FORBIDDEN and line not in columns})


def column_targets(node: ast.AST) -> Iterator[ast.expr]:
    """What a class binds to a field of a model or a form."""
    for part in node.body if isinstance(node, ast.ClassDef) else []:
        if isinstance(part, ast.Assign) and re.match(r"(models|forms)\.\w+\(", ast.unparse(part.value)):
            yield from part.targets


def bound_names(source: str) -> Iterator[tuple[int, str]]:
    """Each name with its line that an assignment, a loop, a parameter, an import, a function or a class binds."""
    for node in nodes_of(source):
        match node:
            case ast.Name(ctx=ast.Store()):
                yield node.lineno, node.id
            case ast.arg():
                yield node.lineno, node.arg
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.lineno, node.name
            case ast.alias(asname=str(name)):
                yield node.lineno, name
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield node.lineno, name


def report() -> list[str]:
    return [
        f"{path}:{line}: “{name}” says nothing: name the thing"
        for path, source in python_files(*APPS, "tests", "bin", "deploy", "manage.py").items()
        if "/migrations/" not in path
        for line, name in forbidden_names(source)
        if name not in COLUMNS.get(path, ())
    ]
