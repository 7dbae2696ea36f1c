"""The files of the repository that the checks of names read, each parsed once a run."""

import ast
import subprocess
from functools import cache
from pathlib import Path

APPS = ("geoapp", "gis_data", "incidents", "cameras", "demo")


@cache
def list_files(*patterns: str) -> tuple[str, ...]:
    """The paths that git tracks, or would, which match these of its patterns."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return tuple(path for path in output.split("\0") if path and Path(path).is_file())


def read_files(*patterns: str) -> dict[str, str]:
    """{path: text} of these."""
    return {path: Path(path).read_text() for path in list_files(*patterns)}


def python_files(*folders: str) -> dict[str, str]:
    """{path: source} of the Python in these folders, scripts without an ending among it."""
    return {path: Path(path).read_text() for path in list_files(*folders) if is_python(path)}


def is_python(path: str) -> bool:
    if Path(path).suffix:
        return path.endswith(".py")
    with Path(path).open("rb") as file:
        first_line = file.readline()
    return first_line.startswith(b"#!") and b"python" in first_line


@cache
def parse(source: str) -> ast.Module:
    return ast.parse(source)


@cache
def nodes_of(source: str) -> tuple[ast.AST, ...]:
    """All nodes of a module, breadth first."""
    nodes: list[ast.AST] = [parse(source)]
    for node in nodes:  # grows on the way; half the time of ast.walk
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, list):
                nodes += [part for part in value if isinstance(part, ast.AST)]
            elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
                nodes.append(value)
    return tuple(nodes)


def module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
